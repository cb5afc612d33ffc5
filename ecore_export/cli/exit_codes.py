"""Exit codes: what a scheduler should do next, by the type of the error alone.

In: an error. Out: the code of DESIGN.md's "Errors and exit codes".
"""

from __future__ import annotations

import signal
from collections.abc import Iterable

import click

from ..errors import EcoreError, SettingsError, StoppedError

COMPLETE = 0
FAILED = 1
"""A person has to do something."""
USAGE = 2
PARTIAL = 3
"""Rejects are open."""
TRY_LATER = 75
"""EX_TEMPFAIL of sysexits.h: the same again may work later."""
STOPPED = (128 + signal.SIGINT, 128 + signal.SIGTERM)

_BY_URGENCY = (COMPLETE, TRY_LATER, PARTIAL, USAGE, FAILED)
"""What mends itself first, what somebody has to do something about last."""


def worst(codes: Iterable[int]) -> int:
    """The most urgent of several exit codes; one that is none of these beats them all."""
    return max(codes, key=lambda code: _BY_URGENCY.index(code) if code in _BY_URGENCY else len(_BY_URGENCY))


def exit_code(error: BaseException, *, stopped_by: int = signal.SIGINT) -> int:
    """The exit code for an error. ``stopped_by``: the signal that asked to stop, where one did."""
    match error:
        case StoppedError() | KeyboardInterrupt():
            return 128 + stopped_by
        case SettingsError():
            return USAGE
        case EcoreError():
            return TRY_LATER if error.retryable else FAILED
        case click.ClickException():
            return error.exit_code
    return FAILED
