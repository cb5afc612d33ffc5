"""Whether the records that were read are all of a job, or all of one status, and no other job's: no I/O.

In: record rows and a job's own counters. Out: figures, and the reasons why they do not agree; jobs whose
records are their own, and the others as rejects; jobs with their records of one status.

The rule (DESIGN.md, Reconcile): unique record ids = the count the API gave with them = ``total_records``, and
the tallies of Valid, Invalid and Unknown equal the job's counters. For a Failed job the ids suffice: the API
does not promise its counters. Of one status, Valid, Invalid and Unknown records have the counter to equal. Of
Error and Pending there is none: there the count that comes with the pages is compared with the ids in them.

Record ids are primary keys at eCore, so two jobs with one id in common mean that an answer was given for the
wrong job, and counters that are alike do not show it. Remembered is the first id of each job of the run.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import ReconciliationError
from .outcomes import JobNotRead, JobsRead, refused

_COUNTED = ("Valid", "Invalid", "Unknown")


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
        for name, read, counted in zip(_COUNTED, found.tallies, job.tallies, strict=True)
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
        for kind in _COUNTED
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
    if job.status != "Failed" and status in _COUNTED:
        counted = job.tallies[_COUNTED.index(status)]
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
