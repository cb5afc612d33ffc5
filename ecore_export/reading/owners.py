"""Whose record an id is: one that was read for a job is not read for another one.

In: jobs whose records add up. Out: those whose records are their own, and the others as rejects. Record ids
are primary keys at eCore, so two jobs with one id in common mean that an answer was given for the wrong job,
and counters that are alike do not show it. What is remembered is the first id of each job of the run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa

from ..errors import ReconciliationError
from .outcomes import JobNotRead, JobsRead, refused


class RecordOwners:
    """The jobs that a run has read so far, by their first record id."""

    def __init__(self) -> None:
        self._owners: dict[int, int] = {}

    def of(self, read: JobsRead) -> tuple[JobsRead | None, list[JobNotRead]]:
        """The jobs whose records no other job of this run has, and the rest as rejected."""
        ids = _first_ids(read)
        owners = [
            job_id if first is None else self._owners.setdefault(first, job_id)
            for job_id, first in zip(read.job_ids, ids, strict=True)
        ]
        strangers = zip(read.job_ids, owners, strict=True)
        return parted(read, {job_id: owner for job_id, owner in strangers if owner != job_id})


def parted(read: JobsRead, owners: Mapping[int, int]) -> tuple[JobsRead | None, list[JobNotRead]]:
    """The jobs whose records are their own, and the others as rejected; ``owners``: whose those have."""
    is_own = [job_id not in owners for job_id in read.job_ids]
    if all(is_own):
        return read, []
    others = [_refused(read, n, owners[read.job_ids[n]]) for n, own in enumerate(is_own) if not own]
    return _kept(read, is_own), others


def _first_ids(read: JobsRead) -> list[int | None]:
    """The smallest record id of each job, as far as its rows come by ascending id; None for one without."""
    starts = np.concatenate([[0], np.cumsum(read.lengths)[:-1]])
    wanted = [int(start) if length else None for start, length in zip(starts, read.lengths, strict=True)]
    found: dict[int, int] = {}
    places = iter([place for place in wanted if place is not None])
    next_place = next(places, None)
    begin = 0
    for batch in read.rows:
        if next_place is None:
            break
        ids: Any = batch.column("record_id")
        while next_place is not None and next_place < begin + batch.num_rows:
            found[next_place] = ids[next_place - begin].as_py()
            next_place = next(places, None)
        begin += batch.num_rows
    return [None if place is None else found[place] for place in wanted]


def _refused(read: JobsRead, place: int, owner: int) -> JobNotRead:
    job_id = read.job_ids[place]
    error = ReconciliationError(f"its records are those of job {owner}", job_id=job_id)
    return refused(error, job_id, None if read.facts is None else read.facts.slice(place, 1))


def _kept(read: JobsRead, is_kept: Sequence[bool]) -> JobsRead | None:
    """The jobs that are kept; their rows are looked at again each time they are asked for."""
    if not any(is_kept):
        return None
    return replace(
        read,
        job_ids=tuple(compress(read.job_ids, is_kept)),
        lengths=tuple(compress(read.lengths, is_kept)),
        rows=list(_rows_of(read, is_kept)),
        facts=None if read.facts is None else read.facts.filter(pa.array(is_kept, pa.bool_())),
    )


def _rows_of(read: JobsRead, is_kept: Sequence[bool]) -> Iterator[pa.RecordBatch]:
    mask, begin = np.repeat(np.array(is_kept, bool), read.lengths), 0
    for batch in read.rows:
        yield batch.filter(pa.array(mask[begin : begin + batch.num_rows]))
        begin += batch.num_rows
