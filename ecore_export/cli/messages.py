"""Messages: on stderr one line each, as text or as JSON; on stdout what was done.

In: errors, warnings and log records. Out: lines on stderr. The log level binds this package alone: others,
among them SQLAlchemy (which logs values), are heard from warnings upwards only.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TextIO

import click

from ..errors import DriftWarning, EcoreError, IncompleteDataWarning
from .exit_codes import exit_code

LOG = logging.getLogger("ecore_export")

LEVELS = ("debug", "info", "warning", "error")
FORMATS = ("text", "json")

FIELDS = ("profile", "run_id", "account", "status", "jobs", "records", "rejects", "requests", "seconds")
"""What a JSON line has beside its message, where it is known: given as ``extra`` to the logger."""


class _StderrHandler(logging.Handler):
    """Writes to whatever ``sys.stderr`` is at that moment. ``profile``: of which one of several it speaks."""

    profile: str | None = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            click.echo(self.format(record), err=True)
        except Exception:  # noqa: BLE001 - a message that cannot be shown must not end an export
            self.handleError(record)


class _Line(logging.Formatter):
    """``ecore-export: error: …``; information goes without its level."""

    def format(self, record: logging.LogRecord) -> str:
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        profile = f"{_HANDLER.profile}: " if _HANDLER.profile else ""
        return f"ecore-export: {level}{_one_line(profile + record.getMessage())}"


class _Json(logging.Formatter):
    """One JSON object a line: time, level, logger, message, and those of `FIELDS` that are known."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        about: dict[str, Any] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if _HANDLER.profile:
            about["profile"] = _HANDLER.profile
        about |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        return json.dumps(about, ensure_ascii=False)


_HANDLER = _StderrHandler()


@contextmanager
def reporting() -> Iterator[None]:
    """Messages and warnings go to stderr, a line each, until the block ends."""
    root, level_before = logging.getLogger(), LOG.level
    configure("info", "text")
    root.addHandler(_HANDLER)
    try:
        with warnings.catch_warnings():
            for category in (IncompleteDataWarning, DriftWarning):
                warnings.simplefilter("always", category)
            warnings.showwarning = _show_warning
            yield
    finally:
        root.removeHandler(_HANDLER)
        LOG.setLevel(level_before)


@contextmanager
def speaking_of(profile: str) -> Iterator[None]:
    """Until the block ends, each message says which of several profiles it is about."""
    _HANDLER.profile = profile
    try:
        yield
    finally:
        _HANDLER.profile = None


def configure(level: str | None = None, form: str | None = None) -> None:
    """Choose the least level that is shown, and whether lines are text or JSON; None: as it is."""
    if level is not None:
        LOG.setLevel(level.upper())
    if form is not None:
        _HANDLER.setFormatter(_Json() if form == "json" else _Line())


def tell_outcome(text: str) -> None:
    """Say on stdout what was done. Where that cannot be written it was done all the same: a warning."""
    try:
        click.echo(text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up_stdout()
        LOG.warning("the summary could not be written to stdout: %s", os.strerror(error.errno or errno.EIO))


def fill_closed_streams() -> None:
    """Put something in the place of closed streams (``>&-``), which the next file opened would take.

    What is said on a closed stderr is lost; writing to a closed stdout fails, as nobody gets the data.
    """
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number that is free
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open as long as the process
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


def give_up_stdout() -> None:
    """Nothing more goes to stdout. Python flushes it once more at the end, and would complain."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def tell_error(error: BaseException, fields: Mapping[str, object] | None = None) -> None:
    """Say in one line what went wrong; of an unexpected error its kind alone, as its text may hold data.

    ``fields``: what a JSON line has beside the message, of `FIELDS`.
    """
    match error:
        case EcoreError():
            LOG.error("%s", error, extra=fields)
        case click.exceptions.NoArgsIsHelpError():
            error.show()  # the help, which one line cannot hold
        case click.UsageError():
            command = error.ctx.command_path if error.ctx else "ecore-export"
            LOG.error("%s (see `%s --help`)", _without_data(error.format_message()), command)
        case click.ClickException():
            LOG.error("%s", _without_data(error.format_message()))
        case _:
            LOG.error(
                "unexpected %s: this is a bug; run with ECORE_DEBUG=1 for the traceback", type(error).__name__
            )


def tell_failure(error: Exception) -> int:
    """Say what ended a command, and give its exit code. With ECORE_DEBUG the traceback comes first."""
    # The traceback of wrong usage says nothing more, and repeats the command line.
    if os.environ.get("ECORE_DEBUG") and not isinstance(error, click.ClickException):
        sys.excepthook(type(error), error, error.__traceback__)
    tell_error(error)
    return exit_code(error)


def plural(number: int, noun: str) -> str:
    """``1 job``, ``2,000 jobs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _without_data(text: str) -> str:
    """What click repeats of a wrong command line may be a destination, its password inside, or an address."""
    return re.sub(r"""[^\s'"(]+@[^\s'")]+""", "…@…", re.sub(r"://\S+", "://…", text))


def _show_warning(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    LOG.warning("%s", message)


def _one_line(text: str) -> str:
    """Line breaks as blanks, and nothing that would steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
