"""The records of one status: whether they are all there are of it, and those alone of jobs read whole.

In: what the API gave when it was asked for one status, or jobs with all their records. Out: why that cannot
be right, with the figures; jobs with the records of that status.

A job counts its Valid, Invalid and Unknown records itself, and these counters decide. Of Error and Pending it
keeps no count, nor are a Failed job's counters promised: there the count that comes with the pages is
compared with the ids in them. Each record has to be of the status asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .outcomes import JobsRead
from .reconcile import COUNTED, Found, JobFigures


def status_disagreement(
    job: JobFigures, status: str, rows: Iterable[pa.RecordBatch], found: Found
) -> str | None:
    """Why the records that came for a status are not all of that status in the job; None if they are."""
    if strangers := sum(batch.num_rows - _matching(batch, status).num_rows for batch in rows):
        return f"{strangers} of the {found.ids} records that came for {status} are of another status"
    if found.ids != found.count:
        return (
            f"{status} records do not add up: {found.ids} unique ids read, {found.count} announced with them"
        )
    if job.status != "Failed" and status in COUNTED:
        counted = job.tallies[COUNTED.index(status)]
        if found.ids != counted:
            return f"{status} records do not add up: {found.ids} read, {counted} counted"
    return None


def only_status(read: JobsRead, status: str) -> JobsRead:
    """The same jobs with those of their records that have the status."""
    ends = np.cumsum(read.lengths, dtype=np.int64)
    kept, lengths, begin = list[pa.RecordBatch](), np.zeros(len(ends), np.int64), 0
    for batch in read.rows:
        matching = _matching(batch, status)
        if matching.num_rows:
            places = begin + np.flatnonzero(_is_of(batch, status).to_numpy(zero_copy_only=False))
            lengths += np.bincount(np.searchsorted(ends, places, side="right"), minlength=len(ends))
            kept.append(matching)
        begin += batch.num_rows
    return replace(read, lengths=tuple(map(int, lengths)), rows=kept)


def _matching(batch: pa.RecordBatch, status: str) -> pa.RecordBatch:
    return batch.filter(_is_of(batch, status))


def _is_of(batch: pa.RecordBatch, status: str) -> Any:
    return pc.equal(batch.column("status"), pa.scalar(status))
