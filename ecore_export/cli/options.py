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
from click.core import ParameterSource

from .. import arguments
from ..errors import SettingsError
from ..profiles import KEYS
from ..times import as_instant, zone_of
from .messages import FORMATS, LEVELS, LOG, configure
from .profiles import destination_of, profile_of

if TYPE_CHECKING:
    from ..destinations import Destination

_Command = TypeVar("_Command", bound=Callable[..., Any])

OWN_PROCESS = "own process"
"""The object of the outermost context where the command is all that its process is for."""

PROFILE_VARIABLES = frozenset(variable for variable, _ in KEYS.values())
"""Variables that a profile may give."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def job_ids(text: str) -> tuple[int, ...]:
    """Job ids, comma-separated, such as ``42,43``."""
    try:
        return arguments.job_ids(text.split(","))
    except SettingsError as error:
        raise click.BadParameter("that is no list of job ids; write 42 or 42,43") from error


def one_job_id(text: str) -> int:
    """A job id, such as ``42``."""
    try:
        return arguments.job_id(text)
    except SettingsError as error:
        raise click.BadParameter("that is no job id; write 42") from error


def age(text: str) -> timedelta:
    """A length of time: 90s, 30m, 2h or 1d."""
    parts = re.fullmatch(r"([0-9]{1,6})([smhd])", text)
    if parts is None:
        raise click.BadParameter("that is no length of time; write 90s, 30m, 2h or 1d")
    return timedelta(**{_UNITS[parts[2]]: int(parts[1])})


def minutes(text: str) -> float:
    """A number of minutes above zero."""
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    return arguments.minutes("--max-minutes", number)


class _Setting(click.Option):
    """An option whose lasting value may stand in a variable; blank it counts as not set.

    A wrong value there is refused by the variable's name, which is where it has to be mended.
    """

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        profile = profile_of(ctx) if self.envvar in PROFILE_VARIABLES else None
        value = super().resolve_envvar_value(ctx) if profile is None else profile.get(str(self.envvar))
        return value.strip() or None if value else None

    def process_value(self, ctx: click.Context, value: Any) -> Any:
        try:
            return super().process_value(ctx, value)
        except (SettingsError, click.BadParameter) as error:
            if not from_environment(ctx, str(self.name)):
                raise
            reason = error.message if isinstance(error, click.BadParameter) else str(error)
            text, profile = f"{self.envvar}: {reason}", profile_of(ctx)
            if profile is not None and profile.key_of(str(self.envvar)) is not None:
                text = profile.located(text)
            raise click.UsageError(text, ctx) from error


def setting(*names: str, envvar: str, **attributes: Any) -> Callable[[_Command], _Command]:
    """An option that a variable of that name may give; the command line wins."""
    return click.option(*names, cls=_Setting, envvar=envvar, show_envvar=True, **attributes)


def from_environment(ctx: click.Context, name: str) -> bool:
    """Whether that parameter's value comes from its variable."""
    return ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT


_schema_option = setting(
    "--schema",
    "schema_name",
    envvar="ECORE_SCHEMA",
    metavar="NAME",
    help="Schema, in a database that has schemas.",
)


def destination_argument(*, required: bool = True) -> Callable[[_Command], _Command]:
    """DEST and --schema. Without DEST the environment says where."""

    def found(ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
        return _given(ctx, value) if required else _named(ctx, value)

    dest = click.argument(
        "destination", metavar="DEST" if required else "[DEST]", required=False, callback=found
    )
    return lambda command: dest(_schema_option(command))


def destination_and(
    name: str, metavar: str, *, is_rest: Callable[[tuple[str, ...]], bool]
) -> Callable[[_Command], _Command]:
    """DEST, --schema and one or more words after it; the command gets these as ``name``.

    ``is_rest`` tells of all words whether they are the rest alone, so that the environment says where.
    """

    def split(ctx: click.Context, param: click.Parameter, words: tuple[str, ...]) -> tuple[str, ...]:
        given, rest = (None, words) if is_rest(words) else (words[0] if words else None, words[1:])
        if not rest:
            raise click.MissingParameter(ctx=ctx, param=param, param_hint=f"'{metavar}'")
        ctx.params["destination"] = _given(ctx, given)
        return rest

    both = click.argument(name, nargs=-1, metavar=f"[DEST] {metavar}", callback=split)
    return lambda command: both(_schema_option(command))


def _named(ctx: click.Context, value: str | None) -> str | None:
    return (value or "").strip() or destination_of(ctx)


def _given(ctx: click.Context, value: str | None) -> str:
    if (found := _named(ctx, value)) is None:
        text, profile = "name one, such as parquet:warehouse, or set ECORE_DESTINATION", profile_of(ctx)
        raise click.UsageError(f"no destination: {profile.located(text) if profile else text}")
    return found


_EAGER: dict[str, Any] = {"show_envvar": True, "expose_value": False, "is_eager": True}
"""Eager: what is wrong with the other options is told in the format asked for."""


def log_options(command: click.Command) -> None:
    """--log-level and --log-format, which come before a command as well as after it."""
    level = _Setting(
        ["--log-level"],
        envvar="ECORE_LOG_LEVEL",
        type=click.Choice(LEVELS),
        help="Lowest level shown.  [default: info]",
        callback=lambda ctx, param, value: _configure(ctx, param, level=value),
        **_EAGER,
    )
    form = _Setting(
        ["--log-format"],
        envvar="ECORE_LOG_FORMAT",
        type=click.Choice(FORMATS),
        help="Format of messages on stderr.  [default: text]",
        callback=lambda ctx, param, value: _configure(ctx, param, form=value),
        **_EAGER,
    )
    command.params += [level, form]


def _configure(ctx: click.Context, param: click.Parameter, **chosen: str | None) -> None:
    """What was typed after the command wins; the variables were heeded before it."""
    if ctx.parent is None or not from_environment(ctx, str(param.name)):
        configure(**chosen)


def time_zone(text: str) -> str:
    """The name of a time zone that is known."""
    zone_of(text)
    return text


def list_rule(text: str) -> str:
    """A regular expression that groups lists by their names."""
    from ..grouping import check_rule  # it takes PyArrow

    check_rule(text, "--group")
    return text


def period_options(command: _Command) -> _Command:
    """--since and --until."""
    until = click.option(
        "--until", type=as_instant, metavar="DATE", help="Jobs created before this date (UTC)."
    )
    since = click.option(
        "--since", type=as_instant, metavar="DATE", help="Jobs created at this date or later (UTC)."
    )
    return since(until(command))


def label_of_variable(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The label as it is. One that cannot be is refused here if a variable holds it, else by the command."""
    if value is not None and from_environment(ctx, str(param.name)):
        arguments.account_label(value)
    return value


account_option = setting(
    "--account",
    envvar="ECORE_ACCOUNT",
    callback=label_of_variable,
    default="default",
    show_default=True,
    metavar="LABEL",
    help="Label of the eCore account.",
)

only_account_option = setting(
    "--account",
    envvar="ECORE_ACCOUNT",
    callback=label_of_variable,
    metavar="LABEL",
    help="Only this eCore account. Default: all.",
)

days_option = setting(
    "--tz",
    envvar="ECORE_TZ",
    type=time_zone,
    metavar="ZONE",
    help="Time zone of the days, such as Europe/Berlin. Default: as synced.",
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
        from ..destinations import check_exported, held

        with held(found):
            check_exported(found, account)
        yield found
        for note in dict.fromkeys(found.notes):
            LOG.warning("%s", note)
