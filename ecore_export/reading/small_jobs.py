"""Small jobs, looked at many at a time: compiled code then costs by the record, not by the job.

In: Job status bodies, or all pages of jobs. Out: `JobsRead` of those that add up at first sight, and the
others, for a closer look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa

from ..api import RecordsPage, Statuses, rows_of
from .outcomes import JobsRead
from .reconcile import Found, JobFigures, disagreement, job_figures, tallies, unique_counts

ROWS, BYTES, JOBS = 20_000, 8 * 1024 * 1024, 100
"""So much is gathered of paged jobs before it is looked at. A job of more rows than that is no small one."""


@dataclass(frozen=True, slots=True)
class PagedJob:
    """All pages of one job."""

    job: JobFigures
    pages: list[RecordsPage]


@dataclass(slots=True)
class PagedJobs:
    """Jobs all of whose pages are there, until they are enough for a look."""

    jobs: list[PagedJob] = field(default_factory=list)
    _rows: int = 0
    _bytes: int = 0

    def add(self, job: JobFigures, pages: list[RecordsPage]) -> bool:
        """Put a job to the others; the answer says whether they are enough now."""
        self.jobs.append(PagedJob(job, pages))
        self._rows += sum(page.rows.num_rows for page in pages)
        self._bytes += sum(page.rows.get_total_buffer_size() for page in pages)
        return self._rows >= ROWS or self._bytes >= BYTES or len(self.jobs) >= JOBS

    def take(self) -> list[PagedJob]:
        """What was gathered; nothing is left."""
        jobs, self.jobs, self._rows, self._bytes = self.jobs, [], 0, 0
        return jobs


def read_inline(statuses: Statuses) -> tuple[JobsRead | None, list[int]]:
    """The jobs whose inline records are all their records, and the ids of the others."""
    jobs, lengths = job_figures(statuses.jobs), statuses.lengths
    is_final = statuses.jobs.column("is_final").to_pylist()
    adds_up = _adds_up(jobs, lengths, lengths, statuses.rows)
    is_good = [bool(final) and good for final, good in zip(is_final, adds_up, strict=True)]
    facts = statuses.jobs.filter(pa.array(is_good, pa.bool_()))
    others = [job.job_id for job, good in zip(jobs, is_good, strict=True) if not good]
    return _good_ones(jobs, lengths, statuses.rows, is_good, facts), others


def read_paged(given: list[PagedJob]) -> tuple[JobsRead | None, list[PagedJob]]:
    """The jobs whose pages are all their records, and the others."""
    plain = [each for each in given if not any(page.faults for page in each.pages)]
    rows = rows_of([page for each in plain for page in each.pages])
    jobs = [each.job for each in plain]
    lengths = [sum(page.rows.num_rows for page in each.pages) for each in plain]
    is_good = _adds_up(jobs, [_count(each) for each in plain], lengths, rows)
    good = {job.job_id for job in compress(jobs, is_good)}
    others = [each for each in given if each.job.job_id not in good]
    return _good_ones(jobs, lengths, rows, is_good), others


def _count(paged: PagedJob) -> int:
    """The count that the pages announce; -1, which is no job's, if they do not agree."""
    counts = {page.count for page in paged.pages}
    return counts.pop() if len(counts) == 1 else -1


def _adds_up(
    jobs: Sequence[JobFigures], counts: Sequence[int], lengths: Sequence[int], rows: pa.RecordBatch
) -> list[bool]:
    """Whether each job's rows are its records, none twice; rows of the jobs follow one another."""
    unique = unique_counts(rows.column("record_id"), lengths)
    counted = tallies(rows.column("status"), lengths)
    return [
        ids == length and disagreement(job, Found(ids, count, tally)) is None
        for job, ids, length, count, tally in zip(jobs, unique, lengths, counts, counted, strict=True)
    ]


def _good_ones(
    jobs: Sequence[JobFigures],
    lengths: Sequence[int],
    rows: pa.RecordBatch,
    is_good: list[bool],
    facts: pa.RecordBatch | None = None,
) -> JobsRead | None:
    if not any(is_good):
        return None
    if not all(is_good):
        rows = rows.filter(pa.array(np.repeat(np.array(is_good, bool), lengths)))
    kept = tuple(compress(lengths, is_good))
    ids = tuple(job.job_id for job in compress(jobs, is_good))
    return JobsRead(ids, kept, [_by_id(rows, kept)], facts)


def _by_id(rows: pa.RecordBatch, lengths: tuple[int, ...]) -> pa.RecordBatch:
    """The rows of each job by ascending record id."""
    ids = rows.column("record_id").to_numpy()
    of_job = np.repeat(np.arange(len(lengths)), lengths)
    order: Any = np.lexsort((ids, of_job))
    return rows if (np.diff(order) == 1).all() else rows.take(order)
