"""Payload structs as Arrow columns: what the fields say, and what follows from them.

In: the structs of `payloads`. Out: `JOB_FACTS_ARROW` and `RECORD_ROWS_ARROW`. Called by `decode`. Raises an
error of msgspec, Arrow or arithmetic for a value that no column can hold: `decode` then has it explained.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from . import explain, schema
from .drift import Drift, shown
from .payloads import LENIENT_NULLS

JOB_FACTS_ARROW = pa.schema(
    [schema.JOBS.frame_arrow.field(n) for n in ("job_id", *(c.name for c in schema.JOB_FACTS))]
)
"""What a job's payload says, and what follows from it: job_id and the business columns."""

RECORD_ROWS_ARROW = pa.schema(
    [
        schema.RECORDS.frame_arrow.field(name)
        for name in (
            "record_id",
            "ec_id",
            "email",
            "email_hash",
            "email_domain",
            "status",
            "validator_used",
            "is_cached",
            "error_message",
            "processed_at",
        )
    ]
)
"""What a record's payload says, and what follows from it."""

_INSTANT = schema.Kind.INSTANT.arrow
_EARLIEST, _LATEST = (
    (datetime.fromisoformat(f"{moment}+00:00") - datetime(1970, 1, 1, tzinfo=UTC))
    // timedelta(microseconds=1)
    for moment in ("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999")
)
"""What `datetime` can hold, in microseconds since 1970; Arrow also reads the years 0 and 10000."""
_COPIED_JOB_FIELDS = (
    "list_name",
    "status",
    "total_records",
    "valid_count",
    "invalid_count",
    "unknown_count",
    "duration",
    "results_summary",
)


def job_facts(jobs: Sequence[Any], drift: Drift) -> pa.RecordBatch:
    """Job payloads as `JOB_FACTS_ARROW`."""
    instants = {
        name: _instants([getattr(job, name) for job in jobs])
        for name in ("credits_charged_at", "created_at", "started_at", "completed_at")
    }
    columns: dict[str, Any] = {
        "job_id": [job.id for job in jobs],
        "job_uuid": [job.uuid for job in jobs],
        "is_final": [job.status in schema.FINAL_STATUSES for job in jobs],
        "other_count": [
            job.total_records - job.valid_count - job.invalid_count - job.unknown_count for job in jobs
        ],
        "processed_count": [_processed_count(job.results_summary, drift) for job in jobs],
        "total_credits_charged": [_credits(bytes(job.total_credits_charged), drift) for job in jobs],
        **instants,
        "queue_seconds": _seconds(instants["created_at"], instants["started_at"]),
        "processing_seconds": _seconds(instants["started_at"], instants["completed_at"]),
    }
    for name in _COPIED_JOB_FIELDS:
        columns[name] = [getattr(job, name) for job in jobs]
    _note_job_drift(columns, drift)
    return pa.record_batch(
        [
            columns[field.name]
            if isinstance(columns[field.name], pa.Array)
            else pa.array(columns[field.name], field.type)
            for field in JOB_FACTS_ARROW
        ],
        schema=JOB_FACTS_ARROW,
    )


def record_rows(records: Sequence[Any], drift: Drift) -> pa.RecordBatch:
    """Record payloads as `RECORD_ROWS_ARROW`."""
    emails: Any = pa.array([record.email for record in records], pa.string())
    statuses = [record.status for record in records]
    note_record_statuses(statuses, drift)
    return pa.record_batch(
        [
            pa.array([record.id for record in records], pa.int64()),
            pa.array([record.ec_id for record in records], pa.string()),
            emails,
            pa.nulls(len(emails), pa.string()),
            domains(emails),
            pa.array(statuses, pa.string()),
            pa.array([record.validator_used for record in records], pa.string()),
            pa.array([record.is_cached for record in records], pa.bool_()),
            pa.array([record.error_message for record in records], pa.string()),
            _instants([record.processed_at for record in records]),
        ],
        schema=RECORD_ROWS_ARROW,
    )


def note_record_statuses(statuses: Iterable[str], drift: Drift) -> None:
    """Remember values of ``status`` that the reference does not name."""
    _note_statuses("record", statuses, schema.RECORD_STATUSES, drift)


def domains(emails: Any) -> Any:
    """What follows the last @ of each address; null where nothing does."""
    ends: Any = pc.split_pattern(emails, "@", max_splits=1, reverse=True)
    if pc.min(pc.list_value_length(ends)).as_py() == 2:
        found: Any = pc.list_element(ends, 1)
    else:  # an address without @, as nobody has but test data
        found = pa.array([parts[1] if len(parts) == 2 else "" for parts in ends.to_pylist()], pa.string())
    has_some: Any = pc.cast(pc.binary_length(found), pa.bool_())
    if not pc.all(has_some).as_py():
        found = pc.if_else(has_some, found, pa.scalar(None, pa.string()))
    return pc.utf8_lower(found)


def _note_job_drift(columns: dict[str, Any], drift: Drift) -> None:
    _note_statuses("job", columns["status"], schema.JOB_STATUSES, drift)
    for name in LENIENT_NULLS:
        values = columns[name]
        if values.null_count if isinstance(values, pa.Array) else None in values:
            drift.note(f"job.{name}: null, which the reference does not promise")


def _note_statuses(kind: str, statuses: Iterable[str], known: tuple[str, ...], drift: Drift) -> None:
    for status in dict.fromkeys(statuses):
        if status not in known:
            drift.note(f"{kind}.status: unknown value {shown(status)}")


def _processed_count(summary: str | None, drift: Drift) -> int | None:
    if summary is None:
        return None
    processed, slash, total = summary.partition("/")
    if slash and processed.isdecimal() and total.isdecimal() and len(processed) < 19:
        return int(processed)
    drift.note("job.results_summary: not of the form processed/total")
    return None


def _credits(number: bytes, drift: Drift) -> Decimal:
    if number[:1] not in b"-0123456789":
        raise msgspec.ValidationError("credits are not a number")
    exact = Decimal(number.decode("ascii"))
    rounded = explain.to_six_places(exact)
    if rounded != exact:
        drift.note("job.total_credits_charged: more than 6 decimals, rounded half-even")
    return rounded


def _instants(texts: list[str | None]) -> pa.Array[Any]:
    instants = pa.array(texts, pa.string()).cast(_INSTANT)
    earliest, latest = pc.min_max(instants.view(pa.int64())).values()
    if earliest.is_valid and not _EARLIEST <= earliest.as_py() <= latest.as_py() <= _LATEST:
        raise pa.ArrowInvalid("an instant before the year 1 or after 9999")
    return instants


def _seconds(begin: pa.Array[Any], end: pa.Array[Any]) -> pa.Array[Any]:
    # Unsafe, as Arrow refuses microseconds beyond 2**53 (285 years), which lose nothing that shows.
    elapsed = pc.subtract(end, begin).cast(pa.int64()).cast(pa.float64(), safe=False)
    return pc.divide(elapsed, 1e6)
