"""Whether this machine lets the process start threads: a limit on them shows in odd places otherwise.

In: an error of a library. Out: an `EcoreError` that names the limit, where it is that. Arrow calls a healthy
file unreadable, and Python raises a plain RuntimeError, when a thread cannot be started.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .errors import EcoreError

_SPENT = (
    "no more threads can be started: raise the limit on processes (ulimit -u, a container's pids limit), "
    "or set ECORE_WORKERS=1"
)


class ThreadLimitError(EcoreError):
    """The system's limit on processes and threads is reached."""


def check_threads(error: BaseException) -> None:
    """Raise `ThreadLimitError` from ``error`` if no thread can be started at this moment; it tries one."""
    probe = threading.Thread(target=lambda: None)
    try:
        probe.start()
    except RuntimeError:
        raise ThreadLimitError(_SPENT) from error
    probe.join()


@contextmanager
def naming_the_limit() -> Iterator[None]:
    """Turn Python's RuntimeError for a thread that cannot be started into a `ThreadLimitError`."""
    try:
        yield
    except RuntimeError as error:
        check_threads(error)
        raise
