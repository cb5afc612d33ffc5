"""`check`: is the set-up sound? In: settings, a destination. Out: a line a check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from ..exit_codes import COMPLETE, PARTIAL
from ..formats import cell
from ..options import destination_argument, opened
from ..profiles import EachProfile, api_settings, origin, profile_of

if TYPE_CHECKING:
    from ...api import PayloadFault
    from ...settings import Settings

_ATTEMPTS = 2

_SETTINGS = {
    "token": ("ECORE_API_TOKEN", "ECORE_API_TOKEN_FILE"),
    "base_url": ("ECORE_BASE_URL",),
    "destination": ("ECORE_DESTINATION", "ECORE_DESTINATION_FILE"),
    "schema": ("ECORE_SCHEMA",),
    "account": ("ECORE_ACCOUNT",),
    "pii": ("ECORE_PII",),
    "pii_key": ("ECORE_PII_KEY", "ECORE_PII_KEY_FILE"),
    **{
        name: (f"ECORE_{name.upper()}",)
        for name in ("tz", "group", "no_records", "no_views", "max_requests", "max_minutes", "max_age")
    },
    **{name: (f"ECORE_{name.upper()}",) for name in ("workers", "attempts", "timeout_s")},
}
"""Settings, and the variables that they may stand in."""
_ALWAYS, _HIDDEN = ("token", "base_url"), ("token", "destination", "pii_key")
_TYPED = {"destination": "destination", "schema": "schema_name"}
"""What may be typed, and the parameter that holds it."""


@click.command("check", cls=EachProfile)
@destination_argument(required=False)
def check_command(destination: str | None, schema_name: str | None) -> int:
    """Check token, API and destination.

    Shows where each setting comes from, and changes nothing. Exit code 3 if some of the newest jobs do not
    fit the API reference, or a destination holds one eCore account under two labels or files that are not its
    own.

    \b
    Examples:
      ecore-export check
      ecore-export check postgresql+psycopg://me@localhost/warehouse
    """
    settings = api_settings()
    for line in _origins(settings, click.get_current_context()):
        click.echo(f"setting      {line}")
    is_sound = _check_api(settings)
    if destination:
        is_sound &= _check_destination(destination, schema_name)
    return COMPLETE if is_sound else PARTIAL


def _origins(settings: Settings, ctx: click.Context) -> Iterator[str]:
    """Where each value comes from: of those that stand at their default only what everybody asks about."""
    profile = profile_of(ctx)
    if profile is not None:
        yield f"profile: {profile.name}, of {profile.path}"
    for name, variables in _SETTINGS.items():
        value, source = origin(variables)
        is_typed = ctx.get_parameter_source(_TYPED.get(name, "")) is ParameterSource.COMMANDLINE
        if is_typed:
            value, source = ctx.params[_TYPED[name]], "command line"
        if name == "base_url":
            value = settings.base_url
        if name in _ALWAYS or value is not None:
            shown = "" if name in _HIDDEN or value is None else f"{cell(value)}, "
            yield f"{name}: {shown}from {source}"


def _check_api(settings: Settings) -> bool:
    from ...reading import Session

    settings = replace(settings, attempts=min(settings.attempts, _ATTEMPTS))
    with Session.open(settings) as session:
        page = session.endpoints.jobs_page(1)
    count = page.count if page else 0
    click.echo(f"token        accepted by {urlsplit(settings.base_url).hostname}")
    click.echo(f"jobs         {count} on the account")
    if page is None or not page.faults:
        return True
    faulty = _faulty_jobs(page.faults)
    click.echo(
        f"             {faulty} of the newest {page.jobs.num_rows + faulty} do not fit the API reference"
    )
    return False


def _faulty_jobs(faults: Sequence[PayloadFault]) -> int:
    """How many jobs have faults: one may have several; those without a readable id have one example each."""
    nameless = len({fault.raw for fault in faults if not fault.job_id})
    return nameless + len({fault.job_id for fault in faults if fault.job_id})


def _check_destination(destination: str, schema_name: str | None) -> bool:
    from ...destinations import refuse_newer
    from ...syncing import labels_twice

    with opened(destination, schema_name) as found:
        found.check_writable()
        version = found.schema_version()
        refuse_newer(found.url, version)
        click.echo(f"destination  {found.url}")
        click.echo(f"schema       {'nothing there yet' if version is None else f'version {version}'}")
        twice = [] if version is None else labels_twice(found)
        for first, second in twice:
            click.echo(
                f"accounts     {first} and {second} hold the same jobs: take one out with "
                f"`ecore-export forget --account {second} DEST`"
            )
        notes = list(dict.fromkeys(found.notes))
        for note in notes:
            click.echo(f"note         {note}")
    return not twice and not notes
