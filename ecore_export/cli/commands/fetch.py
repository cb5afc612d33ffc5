"""`jobs`, `job` and `records`: from the API to a terminal, a pipe or a file.

In: dates and job ids. Out: rows of `schema.JOBS` and `schema.RECORDS`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, get_args

import click

from ...arguments import JobStatus, RecordStatus
from ..formats import write
from ..messages import LOG
from ..options import one_job_id, period_options
from ..output import Output, output_options
from ..profiles import api_settings, profile_of

if TYPE_CHECKING:
    import pyarrow as pa

    from ...client import Client

_JOBS_SHOWN = (
    "job_id",
    "list_name",
    "status",
    "total_records",
    "valid_count",
    "invalid_count",
    "unknown_count",
    "total_credits_charged",
    "created_at",
)
_RECORDS_SHOWN = (
    "job_id",
    "record_id",
    "email",
    "status",
    "validator_used",
    "is_cached",
    "processed_at",
    "error_message",
)


@click.command("jobs")
@period_options
@click.option(
    "--status", type=click.Choice(get_args(JobStatus), case_sensitive=False), help="Only jobs of this status."
)
@output_options
def jobs_command(
    since: datetime | None, until: datetime | None, status: JobStatus | None, output: Output
) -> None:
    """List jobs, newest first.

    A table shows the columns that matter most; the other formats hold all of them, credits exactly (xlsx: to
    15 digits).

    \b
    Examples:
      ecore-export jobs --since 2026-01-01 --status Processed
      ecore-export jobs -o jobs.parquet
      ecore-export jobs -o jobs.xlsx
      ecore-export jobs --format jsonl | jq .list_name
    """
    with output.sink() as sink, _client() as client:
        jobs = _exact(client.load_jobs(since=since, until=until, status=status), "JOBS")
        write(jobs, output.form, sink, shown=_JOBS_SHOWN, on_terminal=output.on_terminal)


@click.command("job")
@click.argument("job_id", metavar="ID", type=one_job_id)
@click.option("--wait", is_flag=True, help="Wait until the job is Processed or Failed.")
@click.option(
    "--timeout",
    "timeout_s",
    type=click.FloatRange(min=0),
    metavar="SECONDS",
    help="Give up waiting after this: exit code 75.",
)
@output_options
def job_command(job_id: int, wait: bool, timeout_s: float | None, output: Output) -> None:
    """Show one job, now or when it is final.

    \b
    Examples:
      ecore-export job 42
      ecore-export job 42 --wait --timeout 600 && ecore-export records 42 -o records.csv
    """

    if timeout_s is not None and not wait:
        raise click.UsageError("--timeout goes with --wait")
    with output.sink() as sink:
        job = _waited_for(job_id, timeout_s) if wait else _read(job_id)
        write(job, output.form, sink)


@click.command("records")
@click.argument("job_ids", metavar="ID...", type=one_job_id, nargs=-1, required=True)
@click.option(
    "--status",
    type=click.Choice(get_args(RecordStatus), case_sensitive=False),
    help="Only records of this status.",
)
@output_options
def records_command(job_ids: tuple[int, ...], status: RecordStatus | None, output: Output) -> None:
    """Load the records of some jobs.

    Each job is checked against its own counters: exit code 1 if one does not add up.

    Values are written as they are. For a spreadsheet use -o FILE.xlsx, or --excel, as a cell of plain CSV may
    look like a formula (=HYPERLINK…). The file holds addresses; only its owner can read it.

    \b
    Examples:
      ecore-export records 42
      ecore-export records 42 43 -o records.parquet
      ecore-export records 42 --status Unknown
    """
    with output.sink() as sink, _client() as client:
        records = _exact(client.load_records(job_ids, status=status), "RECORDS")
        write(records, output.form, sink, shown=_RECORDS_SHOWN, on_terminal=output.on_terminal)


def _client() -> Client:
    from ...client import Client

    profile = profile_of(click.get_current_context())
    if profile is None:
        return Client(dtype_backend="pyarrow")
    return Client.from_profile(profile, dtype_backend="pyarrow")


def _read(job_id: int) -> pa.Table:
    """A row of `schema.JOBS`, by one request."""
    import pyarrow as pa

    from ...errors import PayloadError
    from ...reading import Session, as_job_rows

    with Session.open(api_settings()) as session:
        statuses = session.status(job_id)
    if statuses.faults:
        raise PayloadError(statuses.faults[0].reason, job_id=job_id)
    profile = profile_of(click.get_current_context())
    label = (profile and profile.get("ECORE_ACCOUNT")) or "default"
    return as_job_rows(pa.Table.from_batches([statuses.jobs]), account=label)


def _waited_for(job_id: int, timeout_s: float | None) -> pa.Table:
    with _client() as client:
        return _exact(client.wait_for_job(job_id, timeout_s=timeout_s, on_poll=_tell_poll), "JOBS")


def _tell_poll(state: Mapping[str, Any]) -> None:
    LOG.info("job %s: %s, %s records done", state["job_id"], state["status"], state["results_summary"])


def _exact(frame: Any, table: str) -> pa.Table:
    """The rows of a DataFrame with their exact Arrow types."""
    from ... import schema
    from ...frames import from_frame

    return from_frame(frame, getattr(schema, table))
