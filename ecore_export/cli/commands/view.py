"""`view`: a report over what was exported, to a terminal, a pipe or a file."""

from __future__ import annotations

import click

from ..options import destination_argument, opened_export
from ..output import Output, output_options, write


@click.command("view")
@destination_argument()
@click.argument("name", metavar="NAME")
@click.option(
    "--tz", metavar="ZONE", help="Time zone of the days, such as Europe/Berlin. Default: as synced."
)
@click.option("--account", metavar="LABEL", help="Only this eCore account. Default: all.")
@click.option("--since", metavar="DATE", help="Jobs created, or credits charged, at this date or later.")
@click.option("--until", metavar="DATE", help="And before this date. Both in the time zone of --tz.")
@output_options
def view_command(
    destination: str, schema_name: str | None, name: str, output: Output, **asked: str | None
) -> None:
    """Show a view of what was exported.

    Makes no API request. The destination computes the view, whether it was created there or not.

    \b
    NAME is one of:
      credit_events        charges and refunds of each job
      daily_credit_usage   credits charged, refunded and net, by day
      list_quality         what became of each list, and what it cost
      validator_mix        who answered, and how much came from a cache
      daily_list_quality, daily_validator_mix   the same, by day
      job_turnaround       how long each job waited and took
      latest_email_status  the newest verdict on each address
      data_freshness       how fresh and complete the data are

    \b
    Examples:
      ecore-export view parquet:warehouse list_quality
      ecore-export view parquet:warehouse daily_credit_usage --tz Europe/Berlin -o credits.csv
    """

    with opened_export(destination, schema_name, asked["account"]) as found, output.sink() as sink:
        rows = found.read_view(name, **asked)
        write(rows, output.form, sink, shown=rows.column_names, on_terminal=output.on_terminal)
