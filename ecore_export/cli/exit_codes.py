"""Exit codes: what a scheduler should do next, by the type of the error alone.

In: an error. Out: the code of DESIGN.md's "Errors and exit codes".
"""

from __future__ import annotations

import signal

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
