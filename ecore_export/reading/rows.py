"""Payload rows completed to rows of the fixed schema: account, run and the columns only an export knows.

In: job facts and record rows of `columns`. Out: `schema.JOBS` and `schema.RECORDS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from .. import schema
from .outcomes import JobsRead


def complete_jobs(facts: pa.Table, *, account: str, **columns: Any) -> pa.Table:
    """Job facts as `schema.JOBS` with all columns nullable; what ``columns`` does not give is null.

    ``columns``: a value for all rows, or an Arrow array, by column name.
    """
    given: Mapping[str, Any] = {"account": account, **columns}
    arrays = [
        facts.column(field.name)
        if field.name in facts.column_names
        else _column(given.get(field.name), field, facts)
        for field in schema.JOBS.frame_arrow
    ]
    return pa.table(arrays, schema=schema.JOBS.frame_arrow)


def complete_records(
    read: JobsRead, job_created_at: pa.Array[Any], *, account: str, run_id: str | None
) -> Iterator[pa.RecordBatch]:
    """The rows of jobs as `schema.RECORDS` with all columns nullable, batch by batch.

    ``job_created_at``: of each job, in the order of ``read.job_ids``.
    """
    ends = np.cumsum(read.lengths)
    job_ids = pa.array(read.job_ids, pa.int64())
    start = 0
    for batch in read.rows:
        first, last = np.searchsorted(ends, [start, start + batch.num_rows - 1], side="right")
        if first == last:  # one job: its values are repeated, as is the account
            own: tuple[Any, Any] = job_ids[first], job_created_at[first]
        else:
            of_job = np.searchsorted(ends, np.arange(start, start + batch.num_rows), side="right")
            own = job_ids.take(of_job), job_created_at.take(of_job)
        start += batch.num_rows
        added = {"account": account, "job_id": own[0], "job_created_at": own[1], "run_id": run_id}
        arrays = [
            _column(added[field.name], field, batch) if field.name in added else batch.column(field.name)
            for field in schema.RECORDS.frame_arrow
        ]
        yield pa.record_batch(arrays, schema=schema.RECORDS.frame_arrow)


def job_ids(jobs: pa.Table | pa.RecordBatch) -> list[int]:
    """The ids of job rows, in their order."""
    ids: Any = jobs.column("job_id").to_pylist()
    return list(ids)


def _column(value: Any, field: pa.Field[Any], rows: pa.RecordBatch | pa.Table) -> Any:
    if isinstance(value, (pa.Array, pa.ChunkedArray)):
        return value
    scalar: Any = value if isinstance(value, pa.Scalar) else pa.scalar(value, field.type)
    return pa.repeat(scalar, rows.num_rows)
