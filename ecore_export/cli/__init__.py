"""The command line: parse, call, print, exit code; no logic of its own.

In: arguments and the environment. Out: data on stdout, one line a message on stderr, an exit code. Run as
``ecore-export`` and ``python -m ecore_export``. Everything heavy is imported by the command that needs it,
so that ``--help`` is quick.

Read in this order: `app` (the group of commands), `options` (arguments they share), `exit_codes`, `messages`,
`signals`; then one module a command; `output` brings data to a terminal, pipe or file.
"""

from __future__ import annotations

import gc
import io
import os
import sys
from collections.abc import Sequence

import click

from .app import app
from .exit_codes import exit_code
from .messages import fill_closed_streams, reporting, tell_failure
from .options import OWN_PROCESS
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
        _settle_in()
        obj = OWN_PROCESS
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a list name must not end an export
    with reporting(), exiting_on_sigterm():
        try:
            return app.main(arguments, prog_name=PROGRAM, standalone_mode=False, obj=obj) or 0
        except click.Abort:  # what click makes of an interrupt
            return exit_code(KeyboardInterrupt())
        except Exception as error:  # noqa: BLE001 - the one place where nothing may get past
            return tell_failure(error)


def _settle_in() -> None:
    """What a process of its own may do, and a library may not, before Arrow is imported."""
    fill_closed_streams()
    # Arrow's own allocator keeps a third more memory than an export needs; read when Arrow is imported.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Modules and row data hold no cycles worth a look at every 700 objects: 3 to 5 % of a sync's CPU time.
    gc.set_threshold(100_000, 20, 20)
