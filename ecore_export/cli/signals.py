"""SIGINT and SIGTERM: a command ends tidily, a sync finishes the batch in hand first.

In: signals. Out: an event to watch, or the end of the process. A signal that was ignored when the process
began (``nohup``, ``&`` in a script) stays ignored.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_Handler = Callable[[int, FrameType | None], object]
_STOPPING = b"\r\nstopping after the batch in hand; Ctrl-C once more stops at once\r\n"
_SHOW_CURSOR = b"\x1b[?25h"
_STDERR = 2


class Stop:
    """Whether to stop, and which signal asked for it."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.signal = int(signal.SIGINT)

    def ask(self, number: int, _frame: FrameType | None) -> None:
        """The first signal asks to stop; a SIGINT after it ends the process at once.

        At once means without waiting for a request or a commit in flight: destinations stand that, and the
        next run finds this one dead.
        """
        if not self.event.is_set():
            self.signal = number
            self.event.set()
            _tell_person(_STOPPING)
        elif number == signal.SIGINT:
            _tell_person(_SHOW_CURSOR)
            os._exit(128 + number)


@contextmanager
def stopping_on_signals() -> Iterator[Stop]:
    """Until the block ends, SIGINT and SIGTERM ask to stop instead of ending the process."""
    stop = Stop()
    with _handling(signal.SIGINT, stop.ask), _handling(signal.SIGTERM, stop.ask):
        yield stop


@contextmanager
def exiting_on_sigterm() -> Iterator[None]:
    """Until the block ends, SIGTERM unwinds the process, so that no half-written file stays behind."""
    with _handling(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number)):
        yield


def _tell_person(text: bytes) -> None:
    """Write to a terminal from within a signal handler, where buffered streams may be in use.

    `sys.stderr` may be what a progress bar puts in its place, which before rich 15 was no terminal.
    """
    if os.isatty(_STDERR):
        os.write(_STDERR, text)


@contextmanager
def _handling(number: signal.Signals, handler: _Handler) -> Iterator[None]:
    before = signal.getsignal(number)
    if before is not signal.SIG_IGN:
        signal.signal(number, handler)
    try:
        yield
    finally:
        signal.signal(number, before)
