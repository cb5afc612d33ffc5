"""`check`: is the set-up sound? In: settings, a destination. Out: a line a check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from ..exit_codes import COMPLETE, PARTIAL
from ..options import destination_argument, opened

if TYPE_CHECKING:
    from ...api import PayloadFault

_ATTEMPTS = 2


@click.command("check")
@destination_argument(required=False)
def check_command(destination: str | None, schema_name: str | None) -> int:
    """Check token, API and destination.

    Changes nothing. Exit code 3 if some of the newest jobs do not fit the API reference, or a destination
    holds one eCore account under two labels or files that are not its own.

    \b
    Examples:
      ecore-export check
      ecore-export check postgresql+psycopg://me@localhost/warehouse
    """
    is_sound = _check_api()
    if destination:
        is_sound &= _check_destination(destination, schema_name)
    return COMPLETE if is_sound else PARTIAL


def _check_api() -> bool:
    from ...reading import Session
    from ...settings import load_settings

    settings = load_settings()
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
