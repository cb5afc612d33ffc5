"""`check`: is the set-up sound? In: settings, a destination. Out: a line a check. Called through `app`."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import urlsplit

import click

from .asked import destination_argument, opened

_ATTEMPTS = 2


@click.command("check")
@destination_argument(required=False)
def check_command(destination: str | None, schema_name: str | None) -> None:
    """Check token, API and destination.

    Changes nothing.

    \b
    Examples:
      ecore-export check
      ecore-export check postgresql+psycopg://me@localhost/warehouse
    """
    _check_api()
    if destination:
        _check_destination(destination, schema_name)


def _check_api() -> None:
    from ..settings import load_settings
    from .connection import connected

    settings = load_settings()
    settings = replace(settings, attempts=min(settings.attempts, _ATTEMPTS))
    with connected(settings) as endpoints:
        page = endpoints.jobs_page(1)
    count = page.count if page else 0
    click.echo(f"token        accepted by {urlsplit(settings.base_url).hostname}")
    click.echo(f"jobs         {count} on the account")
    if page and page.faults:
        click.echo(
            f"             {len(page.faults)} of the newest {page.jobs.num_rows} do not fit the API reference"
        )


def _check_destination(destination: str, schema_name: str | None) -> None:
    from ..errors import DestinationVersionError
    from ..schema import SCHEMA_VERSION

    with opened(destination, schema_name) as found:
        found.check_writable()
        version = found.schema_version()
        if version is not None and version > SCHEMA_VERSION:
            raise DestinationVersionError(
                f"{found.url} has schema version {version}, this ecore-export knows {SCHEMA_VERSION}: "
                "upgrade ecore-export"
            )
        click.echo(f"destination  {found.url}")
        click.echo(f"schema       {'nothing there yet' if version is None else f'version {version}'}")
