"""Rows of the fixed schema to publish and to expect: realistic ones, hostile ones, random ones.

In: what a test wants to say about a job. Out: rows as dicts with every column, and `Publication`s made of
them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st

from ecore_export import schema
from ecore_export.destinations import Destination, Publication, read_jobs, read_records
from ecore_export.schema import Kind, Table

Row = dict[str, Any]

CREATED = datetime(2026, 5, 6, 11, 41, 55, 1000, tzinfo=UTC)
SEEN = datetime(2026, 6, 1, 8, 0, tzinfo=UTC)
LOCK_S = 60.0


@dataclass(frozen=True, slots=True)
class Job:
    """A row of `schema.JOBS`, with its rows of `schema.RECORDS` if they are to be exported."""

    row: Row
    records: list[Row] = field(default_factory=list)

    @property
    def job_id(self) -> int:
        return self.row["job_id"]

    @property
    def is_exported(self) -> bool:
        return self.row["records_exported"] is not None


def make_job(
    job_id: int, records: int | list[Row] | None = None, *, version: str = "v1", **changes: Any
) -> Job:
    """A finished job; ``records``: how many it has, or the rows themselves, or None for not exported.

    ``version`` marks every record in ``validator_used``; ``changes`` replace columns of the job's row.
    """
    row = job_row(job_id, **changes)
    if isinstance(records, int):
        records = [record_row(row, n, validator_used=version) for n in range(1, records + 1)]
    if records is not None:
        row |= {"records_exported": len(records), "is_reconciled": True, **changes}
    return Job(row, records or [])


def job_row(job_id: int, **changes: Any) -> Row:
    """One row of `schema.JOBS`: the finished job of the API reference's example."""
    created_at = changes.get("created_at", CREATED)
    facts: Row = {
        "job_uuid": f"f8a1c3e5-9b2d-4e6f-a8c1-{job_id % 16**12:012x}",
        "list_name": "Q1 Leads",
        "status": "Processed",
        "is_final": True,
        "total_records": 250,
        "valid_count": 178,
        "invalid_count": 49,
        "unknown_count": 23,
        "other_count": 0,
        "processed_count": 250,
        "total_credits_charged": Decimal("178.000000"),
        "credits_charged_at": created_at,
        "created_at": created_at,
        "started_at": created_at,
        "completed_at": created_at,
        "duration": "1m 16s",
        "results_summary": "250/250",
        "queue_seconds": 6.219,
        "processing_seconds": 76.66,
    }
    seen: Row = {"first_seen_at": SEEN, "changed_at": SEEN, "checked_at": SEEN, "run_id": "run-1"}
    return _complete(schema.JOBS, {"account": "default", "job_id": job_id, **facts, **seen, **changes})


def record_row(job: Row, record_id: int, **changes: Any) -> Row:
    """One row of `schema.RECORDS`: a valid address of that job."""
    values: Row = {
        "account": job["account"],
        "job_id": job["job_id"],
        "record_id": record_id,
        "email": f"jane.{record_id}@example.com",
        "email_domain": "example.com",
        "status": "Valid",
        "validator_used": "ZeroBounce",
        "is_cached": False,
        "processed_at": CREATED + timedelta(seconds=36),
        "job_created_at": job["created_at"],
        "run_id": job["run_id"],
    }
    return _complete(schema.RECORDS, values | changes)


def history_row(job: Row, valid_from: datetime, **changes: Any) -> Row:
    """One row of `schema.JOB_HISTORY`: that state of the job, open since ``valid_from``."""
    values = {name: job[name] for name in schema.JOB_HISTORY.names if name in job}
    return _complete(schema.JOB_HISTORY, {**values, "valid_from": valid_from, **changes})


def run_row(run_id: str, **changes: Any) -> Row:
    """One row of `schema.SYNC_RUNS`: a run that has just begun."""
    values: Row = {
        "run_id": run_id,
        "started_at": SEEN,
        "status": "running",
        "account": "default",
        "version": "0.1.0",
        "destination": "parquet:warehouse",
    }
    return _complete(schema.SYNC_RUNS, values | changes)


def reject_row(job_id: int, reason: str, **changes: Any) -> Row:
    """One row of `schema.REJECTS`: an open one."""
    values: Row = {
        "account": "default",
        "job_id": job_id,
        "record_id": 0,
        "reason": reason,
        "occurrences": 3,
        "raw": '{"id": null}',
        "rejected_at": SEEN,
        "run_id": "run-1",
    }
    return _complete(schema.REJECTS, values | changes)


def _complete(table: Table, values: Row) -> Row:
    assert values.keys() <= set(table.names)
    return {name: values.get(name) for name in table.names}


def to_table(table: Table, rows: Iterable[Row]) -> pa.Table:
    """Rows as an Arrow table of the fixed schema."""
    return pa.Table.from_pylist(list(rows), schema=table.arrow)


def publication(
    *jobs: Job, history: Sequence[Row] = (), batch_rows: int = 1000, account: str = "default"
) -> Publication:
    """A publication of these jobs as the contract wants it: records in the order of ``exported``."""
    exported = sorted((j for j in jobs if j.is_exported), key=lambda j: (j.row["created_at"], j.job_id))
    rows = to_table(schema.RECORDS, (row for job in exported for row in job.records))
    return Publication(
        account=account,
        jobs=to_table(schema.JOBS, (job.row for job in jobs)),
        history=to_table(schema.JOB_HISTORY, history),
        exported=tuple(job.job_id for job in exported),
        records=lambda: iter(rows.combine_chunks().to_batches(batch_rows)),
        record_rows=rows.num_rows,
    )


def publish(destination: Destination, *jobs: Job, **options: Any) -> None:
    """Publish these jobs, holding the lock."""
    with destination.lock(LOCK_S):
        destination.publish(publication(*jobs, **options))


def read_record_rows(
    destination: Destination, account: str = "default", job_ids: Sequence[int] | None = None
) -> list[Row]:
    """All rows, by job_id; asserts the schema, and that each job's rows are together and ordered."""
    batches = list(read_records(destination, account, job_ids=job_ids))
    assert all(batch.schema == schema.RECORDS.arrow for batch in batches)
    rows = [row for batch in batches for row in batch.to_pylist()]
    first_seen = {job_id: place for place, job_id in enumerate(dict.fromkeys(row["job_id"] for row in rows))}
    assert rows == sorted(rows, key=lambda row: (first_seen[row["job_id"]], row["record_id"]))
    return sorted(rows, key=lambda row: row["job_id"])


def records_of(*jobs: Job) -> list[Row]:
    """The rows that `read_record_rows` gives once these jobs are published."""
    return sorted((r for job in jobs for r in job.records), key=lambda r: (r["job_id"], r["record_id"]))


def read_job_rows(destination: Destination, **options: Any) -> list[Row]:
    """All rows of `schema.JOBS` of an account; asserts schema and order."""
    table = read_jobs(destination, options.pop("account", "default"), **options)
    assert table.schema == schema.JOBS.arrow
    assert table["job_id"].to_pylist() == sorted(table["job_id"].to_pylist())
    return table.to_pylist()


def versions_seen(markers: Iterable[tuple[int, str]]) -> dict[int, dict[str, int]]:
    """For each job how many records of which version an outside reader saw."""
    seen: dict[int, Counter[str]] = {}
    for job_id, version in markers:
        seen.setdefault(job_id, Counter())[version] += 1
    return {job_id: dict(versions) for job_id, versions in seen.items()}


def big_job_batches(job: Row, rows: int, batch_rows: int) -> Iterator[pa.RecordBatch]:
    """``rows`` records of one job, made batch by batch."""
    template = to_table(schema.RECORDS, [record_row(job, 0)])
    for start in range(1, rows + 1, batch_rows):
        ids = range(start, min(start + batch_rows, rows + 1))
        table = template.take([0] * len(ids))
        new = {"record_id": pa.array(ids), "email": pa.array([f"jane.{n}@example.com" for n in ids])}
        columns = [new.get(name, table[name]) for name in schema.RECORDS.names]
        yield from pa.table(columns, schema=schema.RECORDS.arrow).combine_chunks().to_batches()


HOSTILE: dict[Kind, tuple[Any, ...]] = {
    Kind.TEXT: (
        *(
            "",
            " ",
            "\t",
            "null",
            "NULL",
            "None",
            "nan",
            "0",
            r"\N",
            "\\",
            r"\\N",
            r"\t",
            r"\x00",
            "\\.",
            "{}",
        ),
        *("'", "''", '"', '""', "`", "a,b;c|d", "--", "%s %(x)s :x ?", "line\nbreak", "line\r\nbreak", "\r"),
        *("\x00", "a\x00b", "\x01", "\x1a", "\x7f", "\u2028", "\ufeffbom", "\u202eabc", "\U0010ffff"),
        *("🙂", "👩‍👩‍👧", "é", "e\u0301", "ﬁ", "İ", "ß", "trailing ", " leading", "x" * 20_000),
    ),
    Kind.INT64: (0, 1, -1, 2**53 + 1, -(2**53) - 1, 2**63 - 1, -(2**63)),
    Kind.FLOAT64: (0.0, -1.5, 0.1, 1 / 3, 1e-300, -1e300, float(2**53), 5e-324, 1.7976931348623157e308),
    Kind.BOOL: (True, False),
    Kind.CREDITS: (
        *(Decimal(0), Decimal("178"), Decimal("-178.5"), Decimal("0.000001"), Decimal("-0.000001")),
        *(Decimal("0.1"), Decimal("123456789.123456"), Decimal("-999999999.999999")),
        *(Decimal("9" * 22 + ".999999"), Decimal("-" + "9" * 22 + ".999999"), Decimal("1" + "0" * 21)),
    ),
    Kind.INSTANT: (
        datetime(1, 1, 1, tzinfo=UTC),
        datetime(1, 1, 1, 0, 0, 0, 1, tzinfo=UTC),
        datetime(1582, 10, 14, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
        CREATED,
        datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
    ),
}
"""Values that some database, driver or file format has been known to change."""


def hostile_rows(table: Table, *, credit_digits: int = 28, key_text_length: int | None = None) -> list[Row]:
    """Rows that hold every hostile value in every column of its kind; the last is null where it may be.

    ``credit_digits``, ``key_text_length``: what credits and texts of the key are kept to.
    """
    credits_kept = [c for c in HOSTILE[Kind.CREDITS] if _digits(c) <= credit_digits]
    values = HOSTILE | {Kind.CREDITS: tuple(credits_kept)}
    rows = [
        {c.name: values[c.kind][(n + shift) % len(values[c.kind])] for shift, c in enumerate(table.columns)}
        for n in range(max(map(len, values.values())))
    ]
    for row, name in itertools.product(rows, table.key):
        if isinstance(row[name], str):
            row[name] = row[name][:key_text_length]
    nulls = {c.name: values[c.kind][0] if c.required else None for c in table.columns}
    return [*rows, nulls]


def _digits(credits: Decimal) -> int:
    """Significant digits of a credits value, its six decimals counted."""
    return len(str(abs(int(credits.scaleb(schema.CREDIT_SCALE)))))


def replace_nul(rows: Iterable[Row]) -> list[Row]:
    """The rows as PostgreSQL stores them: its text cannot hold NUL, U+FFFD stands in for it."""
    return [
        {
            name: value.replace("\0", "\ufffd") if isinstance(value, str) else value
            for name, value in row.items()
        }
        for row in rows
    ]


def random_rows(table: Table, *, credit_digits: int = 28, **fixed: Any) -> st.SearchStrategy[Row]:
    """Any row of that table; ``fixed`` columns have the value given."""
    largest = 10**credit_digits - 1
    kinds: dict[Kind, st.SearchStrategy[Any]] = {
        Kind.TEXT: st.text(st.characters(codec="utf-8"), max_size=20),
        Kind.INT64: st.integers(-(2**63), 2**63 - 1),
        Kind.FLOAT64: st.floats(allow_nan=False, allow_infinity=False),
        Kind.BOOL: st.booleans(),
        Kind.CREDITS: st.integers(-largest, largest).map(lambda n: Decimal(n).scaleb(-schema.CREDIT_SCALE)),
        Kind.INSTANT: st.datetimes(timezones=st.just(UTC)),
    }
    return st.fixed_dictionaries(
        {
            c.name: st.just(fixed[c.name])
            if c.name in fixed
            else kinds[c.kind]
            if c.required
            else st.none() | kinds[c.kind]
            for c in table.columns
        }
    )
