"""What comes out of reading: jobs whose records are complete, and jobs whose records cannot be had now.

In: job facts and record rows, as `api` has them, or why there are none. Out: `JobsRead` and `JobNotRead`; and
rows of the fixed schema, with the account, the run and the columns that only an export knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from .. import schema
from ..api import Endpoints, PayloadFault
from ..errors import (
    EcoreError,
    MalformedBodyError,
    NetworkError,
    PayloadError,
    ReconciliationError,
    ServerError,
)

UNAVAILABLE = (ServerError, NetworkError, MalformedBodyError)
"""Errors that may concern one job alone: the API fails to give it now."""

FAILURES_IN_A_ROW = 3
"""After so many jobs in a row that cannot be had, the list is asked whether the API answers at all."""
FAILURES_A_RUN = 20
"""After so many jobs that cannot be had the run ends: each costs minutes of patience."""


@dataclass(frozen=True, slots=True)
class JobsRead:
    """Jobs whose records are complete.

    ``rows``: their record rows (`columns.RECORD_ROWS_ARROW`), in the order of ``job_ids``, re-iterable;
    ``lengths``: how many of each job. ``facts``: what was read of the jobs themselves on the way, in the same
    order, if anything was. ``is_reconciled`` is false only for a job accepted although it does not add up.
    """

    job_ids: tuple[int, ...]
    lengths: tuple[int, ...]
    rows: Iterable[pa.RecordBatch]
    facts: pa.RecordBatch | None = None
    is_reconciled: bool = True


@dataclass(frozen=True, slots=True)
class JobNotRead:
    """A job whose records cannot be had now.

    ``gone``: it answers 404. ``running``: it is not final after all, ``facts`` say what it is. ``rejected``:
    what came cannot be accepted, ``faults`` say why. ``unavailable``: the API failed. ``error``: the outcome
    as an exception, for callers who want just this job.
    """

    job_id: int
    outcome: Literal["gone", "running", "rejected", "unavailable"]
    facts: pa.RecordBatch | None = None
    faults: tuple[PayloadFault, ...] = ()
    error: EcoreError | None = None


Outcome = JobsRead | JobNotRead


def rejected(
    job_id: int, faults: tuple[PayloadFault, ...], facts: pa.RecordBatch | None = None
) -> JobNotRead:
    """A job with items that cannot be accepted."""
    return JobNotRead(job_id, "rejected", facts, faults, PayloadError(faults[0].reason, job_id=job_id))


def refused(
    error: PayloadError | ReconciliationError, job_id: int, facts: pa.RecordBatch | None = None
) -> JobNotRead:
    """A job that cannot be accepted as a whole, no single item being at fault."""
    return JobNotRead(job_id, "rejected", facts, (PayloadFault(job_id, 0, error.reason),), error)


def rejections(faults: tuple[PayloadFault, ...]) -> Iterator[JobNotRead]:
    """One outcome for each job that has faults."""
    for job_id in dict.fromkeys(fault.job_id for fault in faults):
        yield rejected(job_id, tuple(fault for fault in faults if fault.job_id == job_id))


def as_job_rows(facts: pa.Table, *, account: str, **columns: Any) -> pa.Table:
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


def as_record_rows(
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


class Failures:
    """Jobs that the API fails to give: they do not keep the others, unless it is the API that fails.

    ``last`` is the error that the run ends with, if it gets to its end.
    """

    def __init__(self, endpoints: Endpoints) -> None:
        self.last: EcoreError | None = None
        self._endpoints = endpoints
        self._in_a_row = self._in_all = 0

    def add(self, error: EcoreError) -> None:
        """One more job failed; raises the error that ends the run if it is not the job that is at fault."""
        self.last = error
        self._in_a_row += 1
        self._in_all += 1
        if self._in_all == FAILURES_A_RUN:
            raise error
        if self._in_a_row == FAILURES_IN_A_ROW:
            self._endpoints.jobs_page(1)
            self._in_a_row = 0

    def interrupt(self) -> None:
        """A job could be had."""
        self._in_a_row = 0
