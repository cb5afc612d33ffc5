"""What comes out of reading: jobs whose records are complete, and jobs whose records cannot be had now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

from ..api import PayloadFault
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
