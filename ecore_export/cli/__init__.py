"""The command line: parse, call, print, exit code; no logic of its own.

In: arguments and the environment. Out: data on stdout, one line a message on stderr, an exit code. Run as
``ecore-export`` and ``python -m ecore_export``. Everything heavy is imported by the command that needs it,
so that ``--help`` is quick.

Read in this order: `app` (the group of commands), `options` (arguments they share), `exit_codes`, `messages`,
`signals`; then one module a command; `output` brings data to a terminal, pipe or file.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import click

from .app import app
from .exit_codes import exit_code
from .messages import reporting, tell_error
from .options import OWN_PROCESS
from .own_process import settle_in
from .signals import exiting_on_sigterm

__all__ = ["main"]

PROGRAM = "ecore-export"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; ``arguments`` default to those of the process.

    Whatever goes wrong is one line on stderr. With ``ECORE_DEBUG=1`` the traceback comes before it, which
    may show data.
    """
    obj = None
    if arguments is None:
        settle_in()
        obj = OWN_PROCESS
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a list name must not end an export
    with reporting(), exiting_on_sigterm():
        try:
            return app.main(arguments, prog_name=PROGRAM, standalone_mode=False, obj=obj) or 0
        except click.Abort:  # what click makes of an interrupt
            return exit_code(KeyboardInterrupt())
        except Exception as error:  # noqa: BLE001 - the one place where nothing may get past
            # The traceback of wrong usage says nothing more, and repeats the command line.
            if os.environ.get("ECORE_DEBUG") and not isinstance(error, click.ClickException):
                sys.excepthook(type(error), error, error.__traceback__)
            tell_error(error)
            return exit_code(error)
