"""The least that has to be done: one connection, a typed decode, columns; no checks, no retries.

In: the work. Out: Arrow tables of records, for the floors and for dlt where it only loads.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pyarrow as pa

from ..cases import Work
from .gets import INLINE, connection, paths

ROWS = 100_000
_INSTANT = pa.timestamp("us", "UTC")
_TYPES: dict[str, pa.DataType] = {
    "job_id": pa.int64(),
    "id": pa.int64(),
    "ec_id": pa.string(),
    "email": pa.string(),
    "status": pa.string(),
    "validator_used": pa.string(),
    "is_cached": pa.bool_(),
    "error_message": pa.string(),
    "processed_at": _INSTANT,
}
SCHEMA = pa.schema(_TYPES)


class _Record(msgspec.Struct, gc=False):
    id: int
    ec_id: str | None
    email: str
    status: str
    validator_used: str | None
    is_cached: bool
    error_message: str | None
    processed_at: str | None


class _Page(msgspec.Struct):
    results: list[_Record]


class _Status(msgspec.Struct):
    records: list[_Record]


def tables(work: Work) -> Iterator[pa.Table]:
    """All records, in tables of about 100,000."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in _batches(work):
        held.append(batch)
        count += batch.num_rows
        if count >= ROWS:
            yield pa.Table.from_batches(held).combine_chunks()
            held, count = [], 0
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def _batches(work: Work) -> Iterator[pa.RecordBatch]:
    status, page = msgspec.json.Decoder(_Status), msgspec.json.Decoder(_Page)
    with connection(work) as http:
        for job_id, path in paths(work):
            body = http.get(path).content
            inline = work.records <= INLINE
            yield _columns(job_id, status.decode(body).records if inline else page.decode(body).results)


def _columns(job_id: int, records: list[_Record]) -> pa.RecordBatch:
    """Structs as Arrow columns: written out, as reading attributes by name takes twice as long."""
    lists: list[list[object]] = [
        [job_id] * len(records),
        [record.id for record in records],
        [record.ec_id for record in records],
        [record.email for record in records],
        [record.status for record in records],
        [record.validator_used for record in records],
        [record.is_cached for record in records],
        [record.error_message for record in records],
    ]
    arrays: list[Any] = [pa.array(values, kind) for values, kind in zip(lists, SCHEMA.types, strict=False)]
    texts = pa.array([record.processed_at for record in records], pa.string())
    return pa.record_batch([*arrays, texts.cast(_INSTANT)], schema=SCHEMA)
