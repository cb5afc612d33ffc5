"""Payload structs as Arrow columns: what the fields say, and what follows from them.

In: the structs of `fields`. Out: `JOB_FACTS_ARROW` and `RECORD_ROWS_ARROW`. Raises an error of msgspec, Arrow
or arithmetic for a value that no column can hold: `decode` then has it explained.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from .faults import Drift, shown, to_six_places
from .fields import JOB, RECORD, Field, FieldKind

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


def job_facts(jobs: Sequence[Any], drift: Drift) -> pa.RecordBatch:
    """Job payloads as `JOB_FACTS_ARROW`."""
    columns = _columns(JOB, jobs, drift)
    counts = [columns[name] for name in ("total_records", "valid_count", "invalid_count", "unknown_count")]
    columns |= {
        "is_final": [status in schema.FINAL_STATUSES for status in columns["status"]],
        "other_count": [total - sum(others) for total, *others in zip(*counts, strict=True)],
        "processed_count": [_processed_count(text, drift) for text in columns["results_summary"]],
        "queue_seconds": _seconds(columns["created_at"], columns["started_at"]),
        "processing_seconds": _seconds(columns["started_at"], columns["completed_at"]),
    }
    _note_statuses("job", columns["status"], schema.JOB_STATUSES, drift)
    _note_nulls(columns, drift)
    return _batch(columns, JOB_FACTS_ARROW)


def record_rows(records: Sequence[Any], drift: Drift) -> pa.RecordBatch:
    """Record payloads as `RECORD_ROWS_ARROW`."""
    columns = _columns(RECORD, records, drift)
    _note_statuses("record", columns["status"], schema.RECORD_STATUSES, drift)
    columns["email"] = pa.array(columns["email"], pa.string())
    columns["email_domain"] = domains(columns["email"])
    columns["email_hash"] = pa.nulls(len(records), pa.string())
    return _batch(columns, RECORD_ROWS_ARROW)


def domains(emails: Any) -> Any:
    """What follows the last @ of each address; null where nothing does."""
    ends: Any = pc.split_pattern(emails, "@", max_splits=1, reverse=True)
    parts = ends.values
    if len(parts) == 2 * len(emails):
        found: Any = parts.take(pa.array(np.arange(1, len(parts), 2)))
    else:  # an address without @, as nobody has but test data
        found = pa.array([each[1] if len(each) == 2 else "" for each in ends.to_pylist()], pa.string())
    if pc.min(pc.binary_length(found)).as_py() == 0:
        has_some: Any = pc.cast(pc.binary_length(found), pa.bool_())
        found = pc.if_else(has_some, found, pa.scalar(None, pa.string()))
    return pc.utf8_lower(found)


def _columns(fields: Sequence[Field], items: Sequence[Any], drift: Drift) -> dict[str, Any]:
    """The values of each field that has a column, by the column: instants as Arrow, others as lists."""
    columns: dict[str, Any] = {}
    for field in fields:
        if field.column is None:
            continue
        values: Any = _VALUES[field.name](items)
        if field.kind is FieldKind.INSTANT:
            values = _instants(values)
        elif field.kind is FieldKind.CREDITS:
            values = [_credits(bytes(number), drift) for number in values]
        columns[field.column] = values
    return columns


def _batch(columns: dict[str, Any], arrow: pa.Schema) -> pa.RecordBatch:
    arrays = [
        values if isinstance(values := columns[name], pa.Array) else pa.array(values, kind)
        for name, kind in zip(arrow.names, arrow.types, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=arrow)


_VALUES: dict[str, Callable[[Sequence[Any]], list[Any]]] = {
    # Half the cost of `operator.attrgetter`: in a comprehension, Python looks a slot up only once.
    name: eval(f"lambda items: [item.{name} for item in items]")  # noqa: S307 - a name declared in `fields`
    for name in {field.name for field in (*JOB, *RECORD)}
}


def _note_nulls(columns: dict[str, Any], drift: Drift) -> None:
    """Report nulls that the reference does not promise, but which make sense."""
    for field in JOB:
        if field.null != "reported" or field.column is None:
            continue
        values = columns[field.column]
        if values.null_count if isinstance(values, pa.Array) else None in values:
            drift.note(f"job.{field.name}: null, which the reference does not promise")


def _note_statuses(kind: str, statuses: Iterable[str], known: tuple[str, ...], drift: Drift) -> None:
    for status in set(statuses):
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
    rounded = to_six_places(exact)
    if rounded != exact:
        drift.note("job.total_credits_charged: more than 6 decimals, rounded half-even")
    return rounded


def _instants(texts: list[str | None]) -> pa.Array[Any]:
    instants = pa.array(texts, pa.string()).cast(_INSTANT)
    ends: Any = pc.min_max(instants.view(pa.int64())).as_py()
    if ends["min"] is not None and not _EARLIEST <= ends["min"] <= ends["max"] <= _LATEST:
        raise pa.ArrowInvalid("an instant before the year 1 or after 9999")
    return instants


def _seconds(begin: pa.Array[Any], end: pa.Array[Any]) -> pa.Array[Any]:
    # Unsafe, as Arrow refuses microseconds beyond 2**53 (285 years), which lose nothing that shows.
    elapsed = pc.subtract(end, begin).cast(pa.int64()).cast(pa.float64(), safe=False)
    return pc.divide(elapsed, 1e6)
