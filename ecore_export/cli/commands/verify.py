"""`verify`: does a destination hold what the API says? In: a destination. Out: differences, an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from ..exit_codes import COMPLETE, FAILED, exit_code
from ..messages import LOG, plural, tell_error, tell_outcome
from ..options import account_option, destination_argument, job_ids, json_option, opened
from ..profiles import api_settings
from ..signals import stopping_on_signals

if TYPE_CHECKING:
    from ...verifying import VerifyResult


@click.command("verify")
@destination_argument()
@click.option("--jobs", type=job_ids, metavar="ID,ID…", help="Only these jobs.")
@click.option("--fix", is_flag=True, help="Export jobs that differ again, regroup lists, then compare again.")
@account_option
@json_option
def verify_command(
    destination: str,
    schema_name: str | None,
    jobs: tuple[int, ...] | None,
    fix: bool,
    account: str,
    as_json: bool,
) -> int:
    """Compare what was exported with the API.

    Reads every exported job again and compares it record by record; and looks whether each list is in the
    group that the rule of `sync --group` gives. Changes nothing without --fix.

    \b
    Examples:
      ecore-export verify parquet:warehouse
      ecore-export verify parquet:warehouse --jobs 42,43 --fix

    \b
    Exit codes:
      0    all agree, or were repaired
      1    some differ, or are missing; or failed, needs a person: token, destination, unknown job
      2    wrong usage or settings
      75   try later: usage cap, API or destination not reachable, another run at work
    """
    from ...progress import shown_run
    from ...verifying import verify

    settings = api_settings()
    with (
        opened(destination, schema_name) as found,
        stopping_on_signals() as stop,
        shown_run("verifying") as progress,
    ):
        result = verify(
            settings, found, account=account, job_ids=jobs, fix=fix, progress=progress, stopping=stop.event
        )
    for note in dict.fromkeys(found.notes):
        LOG.warning("%s", note)
    tell_outcome(json.dumps(result.as_dict(), ensure_ascii=False) if as_json else "\n".join(_lines(result)))
    if result.error is not None:
        tell_error(result.error)
        return exit_code(result.error, stopped_by=stop.signal)
    return COMPLETE if result.agrees else FAILED


def _lines(result: VerifyResult) -> Iterator[str]:
    """A line a job of which something is to be said, and the outcome."""
    for finding in result.findings:
        fixed = " (fixed)" if finding.job_id in result.fixed else ""
        yield f"job {finding.job_id}: {'; '.join(finding.reasons)}{fixed}"
    for found in result.lists:
        fixed = " (fixed)" if found.list_name in result.lists_fixed else ""
        yield (
            f"list {found.list_name!r}: in the group {found.list_group!r}, "
            f"the rule gives {found.expected!r}{fixed}"
        )
    if result.missing is not None:
        yield result.missing
    yield (
        f"{plural(result.jobs_checked, 'job')} with {plural(result.records_checked, 'record')} checked "
        f"in {plural(result.requests, 'request')}: {_outcome(result)}"
    )


def _outcome(result: VerifyResult) -> str:
    differing, fixed = result.jobs_differing, len(result.fixed)
    if not result.jobs_checked and not result.lists and result.error is None:
        return "nothing is exported, so nothing was compared"
    if not differing and not result.lists:
        return "no differences" if result.error is None else "no differences so far"
    said = [_told(f"{differing:,} differ", fixed)] if differing else []
    if result.lists:
        lists = f"{plural(len(result.lists), 'list')} in another group than the rule gives"
        said.append(_told(lists, len(result.lists_fixed)))
    return "; ".join(said)


def _told(what: str, fixed: int) -> str:
    return what + (f", {fixed:,} of them fixed" if fixed else "")
