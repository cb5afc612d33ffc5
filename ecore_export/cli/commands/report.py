"""`report`: one HTML page on what was exported."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import click

from ..messages import LOG
from ..options import age, days_option, destination_argument, only_account_option, opened_export, setting
from ..output import Output


@click.command("report")
@destination_argument()
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    metavar="FILE",
    help="Write to this file, replaced atomically; - for stdout.",
)
@click.option("--since", metavar="DATE", help="Credits charged, and jobs created, at this date or later.")
@click.option("--until", metavar="DATE", help="And before this date. Both in the time zone of --tz.")
@days_option
@only_account_option
@click.option("--title", metavar="TEXT", help="Title of the page.")
@setting(
    "--max-age",
    envvar="ECORE_MAX_AGE",
    type=age,
    default="26h",
    show_default=True,
    metavar="AGE",
    help="Data older than this are called stale: 90s, 30m, 2h, 1d.",
)
def report_command(
    destination: str,
    schema_name: str | None,
    output: Path,
    title: str | None,
    max_age: timedelta,
    **asked: str | None,
) -> None:
    """Write one HTML page on what was exported.

    Credits charged and refunded, list quality, validators, job turnaround, and whether the data are fresh and
    complete. Makes no API request; the page needs no network. It shows names of lists, and no address. Needs
    pip install 'ecore-export[report]'.

    \b
    Examples:
      ecore-export report parquet:warehouse
      ecore-export report parquet:warehouse -o may.html --since 2026-05-01 --until 2026-06-01
    """
    from ...report import TITLE, Look, Query, report_page

    path = None if str(output) == "-" else output
    with (
        opened_export(destination, schema_name, asked["account"]) as found,
        Output("html", path, False).sink() as sink,
    ):
        sink.write(report_page(found, Query(**asked), Look(title or TITLE, max_age)).encode())
    if path is not None:
        LOG.info("wrote %s", path)
