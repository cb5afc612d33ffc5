"""`rejects`: what could not be accepted, and accepting it after all."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from ..formats import draw_rows, json_rows
from ..messages import plural, tell_outcome
from ..options import account_option, destination_argument, job_ids, json_option, opened_export
from ..profiles import api_settings

if TYPE_CHECKING:
    from ...destinations import Destination

_SHOWN = ("job_id", "reason", "occurrences", "rejected_at", "record_id")


@click.command("rejects")
@destination_argument()
@click.option("--all", "with_resolved", is_flag=True, help="Also those resolved since.")
@click.option("--raw", is_flag=True, help="With an example as the API sent it, which may contain an address.")
@click.option(
    "--accept",
    type=job_ids,
    metavar="ID,ID…",
    help="Publish these jobs as the API gives them, with is_reconciled = false where they do not add up.",
)
@account_option
@json_option
def rejects_command(
    destination: str,
    schema_name: str | None,
    with_resolved: bool,
    raw: bool,
    accept: tuple[int, ...] | None,
    account: str,
    as_json: bool,
) -> None:
    """List rejected jobs, and why; or accept some.

    A rejected job is tried again by every sync, with growing delays, and keeps the runs partial.

    \b
    Examples:
      ecore-export rejects parquet:warehouse
      ecore-export rejects parquet:warehouse --accept 42
    """
    with opened_export(destination, schema_name, account) as found:
        if accept:
            _accept(found, accept, account)
        else:
            _list(found, account, with_resolved=with_resolved, raw=raw, as_json=as_json)


def _accept(destination: Destination, job_ids: tuple[int, ...], account: str) -> None:
    from ...destinations import read_rejects
    from ...errors import SettingsError
    from ...syncing import accept

    rejected = read_rejects(destination, account).column("job_id").to_pylist()
    if others := sorted(set(job_ids).difference(rejected)):
        raise SettingsError(f"job {others[0]} is not rejected, so there is nothing to accept")
    result = accept(api_settings(), destination, list(job_ids), account=account)
    if result.error is not None:
        raise result.error
    tell_outcome(
        f"accepted {plural(result.jobs_exported, 'job')} with {plural(result.records_written, 'record')}; "
        f"rejects still open: {result.rejects_open:,}"
    )


def _list(destination: Destination, account: str, *, with_resolved: bool, raw: bool, as_json: bool) -> None:
    from ...destinations import read_rejects

    rejects = read_rejects(destination, account, only_open=not with_resolved)
    columns = [*_SHOWN, *(["resolved_at"] if with_resolved else []), *(["raw"] if raw else [])]
    rejects = rejects.select(columns)
    if as_json:
        click.echo(json.dumps({"rejects": json_rows(rejects)}))
    elif len(rejects):
        click.echo(draw_rows(rejects), nl=False)
    else:
        click.echo("no rejects" if with_resolved else "no open rejects")
