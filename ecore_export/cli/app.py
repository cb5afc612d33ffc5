"""The group of commands and the options that all of them share.

In: the command modules, which are light. Out: `app`.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

import click

from .. import __version__
from .commands.check import check_command
from .commands.compact import compact_command
from .commands.demo import demo_command
from .commands.erase import erase_command, forget_command, prune_command
from .commands.fetch import job_command, jobs_command, records_command
from .commands.rejects import rejects_command
from .commands.report import report_command
from .commands.sandbox import sandbox_command
from .commands.schema import schema_command
from .commands.status import status_command
from .commands.sync import sync_command
from .commands.verify import verify_command
from .commands.view import view_command
from .messages import give_up_stdout
from .options import log_options
from .profiles import profile_options

_PIPE_CLOSED = 141
"""128 + SIGPIPE: what a shell shows of any program whose reader went away."""


_UNWRITABLE = (errno.EBADF, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""What a stdout says that is closed, or on a full disk."""


class _App(click.Group):
    """Lists commands in the order they were added, and ends quietly when nobody reads on."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            give_up_stdout()
            return _PIPE_CLOSED
        except OSError as error:  # files and networks have errors of this package
            if error.filename is not None or error.errno not in _UNWRITABLE:
                raise
            give_up_stdout()
            raise click.ClickException(f"stdout cannot be written: {os.strerror(error.errno)}") from error
        return code


@click.group(cls=_App, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, message="%(prog)s %(version)s")
def app() -> None:
    """Export eCore email-validation jobs to pandas, Parquet and SQL.

    Data goes to stdout, messages and progress to stderr.

    \b
    Try it without an account:   ecore-export demo
    Run it on a schedule:        ecore-export sync parquet:warehouse

    \b
    Environment:
      ECORE_API_TOKEN        the API token (eCore dashboard, Settings → API Tokens)
      ECORE_API_TOKEN_FILE   a file that holds it
      ECORE_DESTINATION, ECORE_DESTINATION_FILE
                             where to export, when DEST is left out, or a file that holds it
      ECORE_PII_KEY, ECORE_PII_KEY_FILE
                             the key for --pii hash, or a file that holds it
      ECORE_BASE_URL         base URL of another API, such as `ecore-export sandbox`
      ECORE_TIMEOUT_S, ECORE_ATTEMPTS, ECORE_WORKERS
                             seconds per request; attempts; concurrent requests
      ECORE_DEBUG            1: show the traceback of an error, which may show data
      others                 beside the options they stand for, in the help of each command
    """


OFFLINE = (demo_command, schema_command, sandbox_command)
"""Commands that need no settings: they take no profile."""

log_options(app)
for command in (
    demo_command,
    check_command,
    jobs_command,
    job_command,
    records_command,
    sync_command,
    status_command,
    view_command,
    report_command,
    verify_command,
    rejects_command,
    erase_command,
    prune_command,
    forget_command,
    compact_command,
    schema_command,
    sandbox_command,
):
    if command not in OFFLINE:
        profile_options(command)
    log_options(command)
    app.add_command(command)
