"""Arguments that several commands share, and what their text means.

In: text of the command line, settings. Out: instants, ids, lengths of time, destinations.
"""

from __future__ import annotations

import re
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from .. import arguments
from ..errors import SettingsError
from ..times import as_instant
from .messages import LOG

if TYPE_CHECKING:
    from ..destinations import Destination

_Command = TypeVar("_Command", bound=Callable[..., Any])

OWN_PROCESS = "own process"
"""The object of the outermost context where the command is all that its process is for."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def job_ids(text: str) -> tuple[int, ...]:
    """Job ids, comma-separated, such as ``42,43``."""
    try:
        return arguments.job_ids(text.split(","))
    except SettingsError as error:
        raise click.BadParameter(f"{text!r} is not a list of job ids; write 42 or 42,43") from error


def one_job_id(text: str) -> int:
    """A job id, such as ``42``."""
    try:
        return arguments.job_id(text)
    except SettingsError as error:
        raise click.BadParameter(f"{text!r} is not a job id; write 42") from error


def age(text: str) -> timedelta:
    """A length of time: 90s, 30m, 2h or 1d."""
    parts = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if parts is None:
        raise click.BadParameter(f"{text!r} is not a length of time; write 90s, 30m, 2h or 1d")
    return timedelta(**{_UNITS[parts[2]]: int(parts[1])})


def destination_argument(*, required: bool = True) -> Callable[[_Command], _Command]:
    """DEST and --schema."""
    dest = click.argument(
        "destination",
        metavar="DEST" if required else "[DEST]",
        required=False,
        envvar="ECORE_DESTINATION",
        callback=_given if required else None,
    )
    schema = click.option(
        "--schema", "schema_name", metavar="NAME", help="Schema, in a database that has schemas."
    )
    return lambda command: dest(schema(command))


def _given(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str:
    if not value or not value.strip():
        raise click.UsageError(
            "no destination: name one, such as parquet:warehouse, or set ECORE_DESTINATION"
        )
    return value.strip()


def period_options(command: _Command) -> _Command:
    """--since and --until."""
    until = click.option(
        "--until", type=as_instant, metavar="DATE", help="Jobs created before this date (UTC)."
    )
    since = click.option(
        "--since", type=as_instant, metavar="DATE", help="Jobs created at this date or later (UTC)."
    )
    return since(until(command))


account_option = click.option(
    "--account", default="default", show_default=True, metavar="LABEL", help="Label of the eCore account."
)

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")


def _keep_pandas_out() -> None:
    """For commands that make no frames: saves a fifth of a second and 33 MB.

    PyArrow imports pandas when it converts its first list, to see whether that is a Series, and tries again
    whenever a frame is wanted. What was kept out meanwhile is no Series to it: it takes pandas for too old.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    too_old = ModuleType("pandas")
    too_old.__version__ = "0"  # type: ignore[attr-defined]
    sys.modules["pandas"] = too_old
    try:
        with warnings.catch_warnings(action="ignore"):
            pa.array([])
    finally:
        del sys.modules["pandas"]


@contextmanager
def opened(destination: str, schema_name: str | None) -> Iterator[Destination]:
    """The destination, closed at the end. Nothing is created yet."""
    if click.get_current_context().find_root().obj == OWN_PROCESS:
        _keep_pandas_out()
    from ..destinations import open_destination

    found = open_destination(destination, schema_name=schema_name)
    try:
        yield found
    finally:
        found.close()


@contextmanager
def opened_export(
    destination: str, schema_name: str | None, account: str | None = None
) -> Iterator[Destination]:
    """As `opened`; raises `DestinationError` where nothing is, or nothing of that account."""
    with opened(destination, schema_name) as found:
        from ..destinations import check_exported

        check_exported(found, account)
        yield found
        for note in dict.fromkeys(found.notes):
            LOG.warning("%s", note)
