"""Whether the records that were read are all of a job's records: pure functions, no I/O.

In: record rows and a job's own counters. Out: figures, and the reasons why they do not agree.

The rule (DESIGN.md, Reconcile): unique record ids = the count the API gave with them = ``total_records``, and
the tallies of Valid, Invalid and Unknown equal the job's counters. For a Failed job the ids suffice: the API
does not promise its counters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

COUNTED = ("Valid", "Invalid", "Unknown")


@dataclass(frozen=True, slots=True)
class JobFigures:
    """What a job says of its own records."""

    job_id: int
    status: str
    total_records: int
    tallies: tuple[int, int, int]
    """Valid, Invalid and Unknown, in this order."""


@dataclass(frozen=True, slots=True)
class UnknownJob:
    """A job that is asked for its figures first."""

    job_id: int


@dataclass(frozen=True, slots=True)
class Found:
    """What was read: unique ``ids``, the ``count`` the API gave with them, tallies as in `JobFigures`."""

    ids: int
    count: int
    tallies: tuple[int, int, int]


def job_figures(jobs: pa.RecordBatch | pa.Table) -> list[JobFigures]:
    """The figures of job rows (`schema.JOBS` or job facts)."""
    names = ("job_id", "status", "total_records", "valid_count", "invalid_count", "unknown_count")
    columns = [jobs.column(name).to_pylist() for name in names]
    return [
        JobFigures(job_id, status, total, (valid, invalid, unknown))
        for job_id, status, total, valid, invalid, unknown in zip(*columns, strict=True)
    ]


def disagreement(job: JobFigures, found: Found) -> str | None:
    """Why the records read are not the job's records, with the figures; None if they are."""
    if not found.ids == found.count == job.total_records:
        return (
            f"records do not add up: {found.ids} unique ids read, {found.count} announced with them, "
            f"{job.total_records} in total_records"
        )
    if job.status == "Failed" or found.tallies == job.tallies:
        return None
    differing = [
        f"{name} {read} read, {counted} counted"
        for name, read, counted in zip(COUNTED, found.tallies, job.tallies, strict=True)
        if read != counted
    ]
    return "tallies do not add up: " + "; ".join(differing)


def tallies(statuses: pa.Array[Any], lengths: Sequence[int]) -> list[tuple[int, int, int]]:
    """Valid, Invalid and Unknown of each of several jobs whose rows follow one another."""
    encoded = statuses.dictionary_encode()
    kinds = encoded.dictionary.to_pylist()
    width = max(len(kinds), 1)
    of_job = np.repeat(np.arange(len(lengths)), lengths)
    cells = of_job * width + encoded.indices.to_numpy(zero_copy_only=False)
    counts = np.bincount(cells, minlength=len(lengths) * width).reshape(len(lengths), width)
    columns = [
        counts[:, kinds.index(kind)] if kind in kinds else np.zeros(len(lengths), np.int64)
        for kind in COUNTED
    ]
    return [(int(v), int(i), int(u)) for v, i, u in zip(*columns, strict=True)]


def unique_counts(ids: pa.Array[Any], lengths: Sequence[int]) -> list[int]:
    """How many distinct ids each of several jobs has whose rows follow one another."""
    values = ids.to_numpy()
    steps = np.diff(values) > 0
    ends = np.cumsum(lengths, dtype=np.int64)
    steps[ends[(ends > 0) & (ends < len(values))] - 1] = True
    if steps.all():
        return list(lengths)  # Ascending within every job: nothing can repeat.
    parts = np.split(values, ends[:-1])
    return [len(np.unique(part)) for part in parts]
