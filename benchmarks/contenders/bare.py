"""The least that has to be done: one connection, a typed decode, columns; no checks, no retries.

In: what is asked for. Out: Arrow batches of records. Called by the floors, and by dlt where it only loads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import httpx
import msgspec
import pyarrow as pa

from .asked import PAGE, Asked

INSTANT = pa.timestamp("us", "UTC")
_TYPES: dict[str, pa.DataType] = {
    "job_id": pa.int64(),
    "record_id": pa.int64(),
    "ec_id": pa.string(),
    "email": pa.string(),
    "status": pa.string(),
    "validator_used": pa.string(),
    "is_cached": pa.bool_(),
    "error_message": pa.string(),
    "processed_at": INSTANT,
}
SCHEMA = pa.schema(_TYPES)
LOW_CARDINALITY = ("job_id", "status", "validator_used", "error_message")


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


def connection(asked: Asked) -> httpx.Client:
    """A connection as a careful script would open it."""
    return httpx.Client(
        base_url=asked.base_url, headers={"Authorization": "Token benchmark"}, trust_env=False
    )


def batches(asked: Asked) -> Iterator[pa.RecordBatch]:
    """All records, one batch an answer."""
    with connection(asked) as http:
        for job_id, records in _answers(asked, http):
            yield columns(job_id, records)


def columns(job_id: int, records: list[_Record]) -> pa.RecordBatch:
    """Structs as Arrow columns."""
    texts = pa.array([record.processed_at for record in records], pa.string())
    arrays: list[Any] = [
        pa.repeat(pa.scalar(job_id, pa.int64()), len(records)),
        pa.array([record.id for record in records], pa.int64()),
        pa.array([record.ec_id for record in records], pa.string()),
        pa.array([record.email for record in records], pa.string()),
        pa.array([record.status for record in records], pa.string()),
        pa.array([record.validator_used for record in records], pa.string()),
        pa.array([record.is_cached for record in records], pa.bool_()),
        pa.array([record.error_message for record in records], pa.string()),
        texts.cast(INSTANT),
    ]
    return pa.record_batch(arrays, schema=SCHEMA)


def decoded_pages(bodies: Iterable[bytes]) -> Iterator[pa.RecordBatch]:
    """Bodies of Job records that somebody else fetched."""
    decode = msgspec.json.Decoder(_Page).decode
    return (columns(1, decode(body).results) for body in bodies)


def gathered(parts: Iterable[pa.RecordBatch], rows: int = 100_000) -> Iterator[pa.Table]:
    """Batches put together to tables of about so many rows."""
    held: list[pa.RecordBatch] = []
    count = 0
    for part in parts:
        held.append(part)
        count += part.num_rows
        if count >= rows:
            yield pa.Table.from_batches(held).combine_chunks()
            held, count = [], 0
    if held:
        yield pa.Table.from_batches(held).combine_chunks()


def _answers(asked: Asked, http: httpx.Client) -> Iterator[tuple[int, list[_Record]]]:
    status, page = msgspec.json.Decoder(_Status), msgspec.json.Decoder(_Page)
    for job_id in range(1, asked.jobs + 1):
        path = f"email-validation/jobs/{job_id}/"
        if asked.is_inline:
            yield job_id, status.decode(http.get(path).content).records
            continue
        for number in range(1, asked.pages + 1):
            params = {"page": number, "page_size": PAGE}
            yield job_id, page.decode(http.get(f"{path}records/", params=params).content).results
