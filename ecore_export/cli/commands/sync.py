"""`sync`: the scheduled line. In: a destination and what to export. Out: a run."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from ... import telemetry
from ..exit_codes import COMPLETE, PARTIAL, exit_code
from ..messages import LOG, plural, tell_error, tell_outcome
from ..options import (
    account_option,
    destination_argument,
    from_environment,
    job_ids,
    json_option,
    list_rule,
    minutes,
    opened,
    period_options,
    setting,
    time_zone,
)
from ..profiles import EachProfile, api_settings, is_one_of_several, profile_name
from ..signals import Stop, stopping_on_signals

if TYPE_CHECKING:
    from ...syncing import SyncOptions, SyncResult


@click.command("sync", cls=EachProfile)
@destination_argument()
@period_options
@click.option("--jobs", type=job_ids, metavar="ID,ID…", help="Only these jobs.")
@click.option("--full", is_flag=True, help="List every job, not only until nothing is new.")
@click.option("--refetch", is_flag=True, help="Read records again, also of jobs exported before.")
@setting(
    "--no-records",
    envvar="ECORE_NO_RECORDS",
    is_flag=True,
    help="Jobs only: credits and counters, no addresses.",
)
@setting(
    "--max-requests",
    envvar="ECORE_MAX_REQUESTS",
    type=click.IntRange(min=1),
    metavar="N",
    help="Stop cleanly after N requests.",
)
@setting(
    "--max-minutes",
    envvar="ECORE_MAX_MINUTES",
    type=minutes,
    metavar="N",
    help="Stop cleanly after N minutes.",
)
@click.option("--accept-deletions", is_flag=True, help="Continue although many known jobs are gone.")
@setting(
    "--pii",
    envvar="ECORE_PII",
    type=click.Choice(("keep", "hash", "drop")),
    help="Store addresses, keyed hashes (needs ECORE_PII_KEY) or neither. Default: as before, or keep.",
)
@setting(
    "--tz",
    envvar="ECORE_TZ",
    type=time_zone,
    metavar="ZONE",
    help="Time zone of the views' days. Default: as before, or UTC.",
)
@setting(
    "--no-views", envvar="ECORE_NO_VIEWS", is_flag=True, help="Do not create or update the reporting views."
)
@setting(
    "--group",
    envvar="ECORE_GROUP",
    type=list_rule,
    metavar="REGEX",
    help="Lists belong together whose names agree in the part that REGEX matches, or its first (…). "
    "Default: as before, or each list by itself.",
)
@click.option("--dry-run", is_flag=True, help="List and count, write nothing.")
@setting(
    "--workers",
    envvar="ECORE_WORKERS",
    type=click.IntRange(min=1),
    metavar="N",
    help="Concurrent requests (default 8).",
)
@account_option
@json_option
def sync_command(
    destination: str, schema_name: str | None, workers: int | None, as_json: bool, **asked: Any
) -> int:
    """Export what is new to a destination.

    Safe to repeat, to kill and to run again.

    \b
    DEST is one of these, by default ECORE_DESTINATION:
      parquet:PATH
      duckdb:///FILE
      sqlite:///FILE
      postgresql+psycopg://USER@HOST/DATABASE
      mysql+pymysql://USER@HOST/DATABASE, or another SQLAlchemy URL

    \b
    Examples:
      ecore-export sync parquet:warehouse
      ecore-export sync sqlite:///ecore.sqlite --since 2026-01-01
      ecore-export sync duckdb:///ecore.duckdb --jobs 42,43 --refetch
      ecore-export sync parquet:warehouse --group '^(.+) [0-9]{4}-[0-9]{2}$'

    \b
    Exit codes:
      0    complete; jobs still running at eCore come with a later run
      1    failed, needs a person: token, destination, unknown job
      2    wrong usage or settings
      3    partial: some jobs were rejected, see `ecore-export rejects DEST`
      75   try later: usage cap, --max-requests or --max-minutes spent, API or destination not
           reachable, another run at work
      130, 143   stopped by SIGINT, SIGTERM, after the batch in hand
    """
    from ...progress import shown_run
    from ...syncing import SyncOptions, run_sync

    if asked["tz"] and asked["no_views"]:
        asked |= _one_of_both(click.get_current_context())
    options, settings = SyncOptions(**asked), api_settings(workers=workers)
    if missing := telemetry.absence():
        LOG.info("%s", missing)
    with opened(destination, schema_name) as found, stopping_on_signals() as stop:
        with shown_run() as progress:
            result = run_sync(settings, found, options, progress=progress, stopping=stop.event)
        code = _code_of(result, stop)
        tell_outcome(_json(result, code) if as_json else _told(result, options))
    if result.error is not None:
        tell_error(result.error, _fields(result))
    elif not sys.stderr.isatty():
        log = LOG.warning if result.status == "partial" else LOG.info
        log("%s", _closing_line(result, options), extra=_fields(result))
    return code


def _code_of(result: SyncResult, stop: Stop) -> int:
    if result.error is not None:
        return exit_code(result.error, stopped_by=stop.signal)
    return PARTIAL if result.status == "partial" else COMPLETE


def _one_of_both(ctx: click.Context) -> dict[str, Any]:
    """What goes where --tz meets --no-views: the one from the environment. Raises where both were typed."""
    if from_environment(ctx, "tz"):
        return {"tz": None}
    if from_environment(ctx, "no_views"):
        return {"no_views": False}
    raise click.UsageError("--tz is for the views, which --no-views leaves alone: give one of them")


def _json(result: SyncResult, code: int) -> str:
    """The figures of the run, and what a monitor wants beside them."""
    about = {"profile": profile_name(), "exit_code": code, "seconds": _seconds(result)}
    return json.dumps(result.as_dict() | {name: said for name, said in about.items() if said is not None})


def _told(result: SyncResult, options: SyncOptions) -> str:
    """The summary of a run; of one of several profiles a line."""
    if is_one_of_several():
        return f"{profile_name()}: {_closing_line(result, options)}"
    return _summary(result, options)


def _summary(result: SyncResult, options: SyncOptions) -> str:
    """Some lines about a run, the outcome first."""
    lines = [
        _headline(result, options),
        *(f"  {name:<12} {text}" for name, text in _figures(result, options)),
    ]
    lines += [
        f"  {'drift':<12} {what}: {plural(count, 'time')}" for what, count in sorted(result.drift.items())
    ]
    lines += [f"  {'note':<12} {note}" for note in result.notes]
    if result.missing and result.rejects_open:
        lines.append(f"  {'missing':<12} {result.missing}")
    return "\n".join(lines)


def _closing_line(result: SyncResult, options: SyncOptions) -> str:
    """The run in one line."""
    if options.dry_run:
        return _headline(result, options)
    return (
        f"{result.status}: {plural(result.jobs_seen, 'job')} seen, {result.jobs_exported:,} exported, "
        f"{result.jobs_rejected:,} rejected, {plural(result.records_written, 'record')}, "
        f"{plural(result.requests, 'request')}, {_duration(result)}"
        + (f"; {result.missing}" if result.missing else "")
    )


def _fields(result: SyncResult) -> dict[str, object]:
    """The run as fields of a JSON line."""
    about = {"profile": profile_name()} if profile_name() else {}
    return about | {
        "run_id": result.run_id,
        "account": result.account,
        "status": result.status,
        "jobs": result.jobs_exported,
        "records": result.records_written,
        "rejects": result.rejects_open,
        "requests": result.requests,
        "seconds": _seconds(result),
    }


def _headline(result: SyncResult, options: SyncOptions) -> str:
    if result.error is not None:
        return f"{result.status}: what was published stays; the next run goes on from there"
    if options.dry_run:
        records = plural(result.records_open, "record")
        return f"dry run: would export {plural(result.jobs_open, 'job')} with {records}"
    if result.status == "partial" and not result.rejects_open:
        return f"partial: {result.missing}"
    if result.status == "partial":
        command = f"ecore-export rejects {shlex.quote(result.destination)}"
        return f"partial: {plural(result.rejects_open, 'open reject')}, see `{command}`"
    return result.status


def _figures(result: SyncResult, options: SyncOptions) -> list[tuple[str, str]]:
    listed = [
        ("destination", result.destination),
        ("jobs seen", f"{result.jobs_seen:,}, {result.jobs_changed:,} of them new or changed"),
    ]
    if options.dry_run:
        return listed
    return [
        *listed,
        (
            "exported",
            f"{plural(result.jobs_exported, 'job')} with {plural(result.records_written, 'record')}",
        ),
        ("rejected", plural(result.jobs_rejected, "job")),
        ("requests", f"{result.requests:,}, {result.retries:,} of them again after a fault"),
        ("duration", _duration(result)),
    ]


def _duration(result: SyncResult) -> str:
    seconds = _seconds(result)
    return "" if seconds is None else f"{seconds:.1f} s"


def _seconds(result: SyncResult) -> float | None:
    if result.finished_at is None:
        return None
    return round((result.finished_at - result.started_at).total_seconds(), 1)
