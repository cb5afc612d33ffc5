"""A Delta destination that holds every hostile value in every column, and what a reader of it must find.

In: a folder. Out: rows by table. Texts beyond ASCII, nulls, far instants, decimals of 28 digits.
"""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
from destination_rows import Job, Row, hostile_rows, make_job, publish

from ecore_export import schema
from ecore_export.destinations import open_destination

JOB_ID = 2**53 + 1
CREATED_AT = {"jobs": "created_at", "records": "job_created_at"}


def hostile_jobs() -> list[Row]:
    """Jobs whose records are not exported, but for one."""
    rows = [row | {"account": "default", "job_id": n} for n, row in enumerate(hostile_rows(schema.JOBS))]
    exported = make_job(JOB_ID, hostile_records()).row
    return [*(row | {"records_exported": None, "is_reconciled": None} for row in rows), exported]


def hostile_records() -> list[Row]:
    job = make_job(JOB_ID).row
    key = {"account": job["account"], "job_id": JOB_ID, "job_created_at": job["created_at"]}
    return [row | key | {"record_id": n} for n, row in enumerate(hostile_rows(schema.RECORDS))]


def write_hostile(folder: Path) -> None:
    *jobs, exported = hostile_jobs()
    with closing(open_destination(f"delta:{folder}")) as destination:
        destination.ensure_schema()
        publish(destination, *map(Job, jobs), Job(exported, hostile_records()))


def assert_is_truth(found: pa.Table, table: schema.Table) -> None:
    """A reader has found all rows, each value, the types of the schema, and the month beside them."""
    expected = hostile_jobs() if table is schema.JOBS else hostile_records()
    types: dict[str, Any] = {column.name: column.kind.arrow for column in table.columns}
    assert dict(zip(found.schema.names, found.schema.types, strict=True)) == types | {
        "created_month": pa.string()
    }
    rows = sorted(found.to_pylist(), key=lambda row: tuple(row[name] for name in table.key))
    at = CREATED_AT[table.name]
    assert rows == [row | {"created_month": f"{row[at].year:04}-{row[at].month:02}"} for row in expected]
