"""`view`: a report over what was exported, to a terminal, a pipe or a file."""

from __future__ import annotations

import click

from ..formats import write
from ..options import days_option, destination_and, only_account_option, opened_export
from ..output import Output, output_options


def _is_name(words: tuple[str, ...]) -> bool:
    """Whether DEST is left out: a lone word is a view's name, as every destination has a colon."""
    return len(words) == 1 and ":" not in words[0]


@click.command("view")
@destination_and("name", "NAME", is_rest=_is_name)
@days_option
@only_account_option
@click.option("--since", metavar="DATE", help="Jobs created, or credits charged, at this date or later.")
@click.option("--until", metavar="DATE", help="And before this date. Both in the time zone of --tz.")
@output_options
def view_command(
    destination: str, schema_name: str | None, name: tuple[str, ...], output: Output, **asked: str | None
) -> None:
    """Show a view of what was exported.

    Makes no API request. The destination computes the view, whether it was created there or not.

    \b
    DEST may be left out where ECORE_DESTINATION is set. NAME is one of:
      credit_events        charges and refunds of each job
      daily_credit_usage   credits charged, refunded and net, by day
      list_quality         what became of each list, and what it cost
      validator_mix        who answered, and how much came from a cache
      daily_list_quality   three of these by day: this one,
      daily_validator_mix    this,
      daily_domain_quality   and this
      job_turnaround       how long each job waited and took
      latest_email_status  the newest verdict on each address
      repeat_validations   verdicts on addresses that had one before, and their cost
      verdict_changes      how often verdicts became others, by the days between
      domain_quality       what became of each domain's addresses, and their cost
      repeat_costs         what repeats cost, by list and month
      monthly_statement    charged, refunded and net, by list and month
      account_summary      accounts side by side
      list_decay           lists that came back, month against month
      stale_lists          how long ago each list was validated
      error_reasons        what went wrong with records in Error, by month
      data_freshness       how fresh and complete the data are

    \b
    Examples:
      ecore-export view parquet:warehouse list_quality
      ecore-export view parquet:warehouse daily_credit_usage --tz Europe/Berlin -o credits.csv
    """

    if len(name) > 1:
        raise click.UsageError(f"Got unexpected extra argument ({name[1]})")
    from ...destinations import Streaming

    with opened_export(destination, schema_name, asked["account"]) as found, output.sink() as sink:
        read = found.stream_view if isinstance(found, Streaming) else found.read_view
        rows = read(name[0], **asked)
        write(rows, output.form, sink, shown=rows.schema.names, on_terminal=output.on_terminal)
