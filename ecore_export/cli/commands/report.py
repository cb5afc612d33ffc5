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
@click.option(
    "--balance",
    multiple=True,
    metavar="[ACCOUNT=]N",
    help="Credits left, to tell how long they last; of one account, where it is named.",
)
@setting("--price", envvar="ECORE_PRICE", metavar="N", help="What a credit costs: money beside credits.")
@setting("--currency", envvar="ECORE_CURRENCY", metavar="CODE", help="The currency of --price, such as EUR.")
def report_command(
    destination: str,
    schema_name: str | None,
    output: Path,
    title: str | None,
    max_age: timedelta,
    balance: tuple[str, ...],
    price: str | None,
    currency: str | None,
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
      ecore-export report parquet:warehouse --balance 12000 --price 0.004 --currency EUR
    """
    from ...report import TITLE, Look, Query, balances_of, price_of, report_page

    look = Look(title or TITLE, max_age, price_of(price, currency), balances_of(_balance(balance)))
    path = None if str(output) == "-" else output
    with (
        opened_export(destination, schema_name, asked["account"]) as found,
        Output("html", path, False).sink() as sink,
    ):
        sink.write(report_page(found, Query(**asked), look).encode())
    if path is not None:
        LOG.info("wrote %s", path)


def _balance(given: tuple[str, ...]) -> str | dict[str, str] | None:
    """``N`` alone, or ``ACCOUNT=N`` for each account."""
    if not given:
        return None
    parts = [text.rpartition("=") for text in given]
    if len(given) == 1 and not parts[0][1]:
        return given[0]
    named = {account: left for account, _, left in parts}
    if "" in named or len(named) < len(given):
        raise click.BadParameter("write one --balance N, or --balance ACCOUNT=N once for each account")
    return named
