"""Pages of records as they come, gathered to jobs: large jobs one by one, small ones many at a time.

In: pages, or Job status bodies. Out: of one job, its rows without repetition in a `Spool`, and the figures to
reconcile; of many, `JobsRead` of those that add up at first sight, and the others, for a closer look.
Compiled code then costs by the record, not by the job.

A spool keeps few rows in memory and many in a temporary file, which is unnamed: it vanishes with the process,
and nobody else can read it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..api import RECORD_ROWS_ARROW, PayloadFault, RecordsPage, Statuses, rows_of
from .outcomes import JobsRead
from .reconcile import Found, JobFigures, disagreement, job_figures, tallies, unique_counts

CHUNK_ROWS, CHUNK_BYTES = 20_000, 8 * 1024 * 1024
"""Pages are looked at in chunks of this size: compiled code does the work, outside the GIL."""
MEMORY_ROWS, MEMORY_BYTES = 50_000, 16 * 1024 * 1024
"""What is kept in memory at most before the rest goes to a file."""
SMALL_ROWS, SMALL_BYTES, SMALL_JOBS = 20_000, 8 * 1024 * 1024, 100
"""So much is gathered of paged jobs before it is looked at. A job of more rows than that is no small one."""


class Spool:
    """Batches of one schema, appended once and read any number of times; flat memory."""

    def __init__(self, schema: pa.Schema, *, memory_rows: int = MEMORY_ROWS) -> None:
        self._schema = schema
        self._memory_rows = memory_rows
        self._in_memory: list[pa.RecordBatch] = []
        self._file: Any = None
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._bytes = 0
        self.rows = 0

    def append(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        fits = self.rows + batch.num_rows <= self._memory_rows and self._bytes + batch.nbytes <= MEMORY_BYTES
        if fits and self._file is None:
            self._in_memory.append(batch)
            self._bytes += batch.nbytes
        else:
            self._to_file(batch)
        self.rows += batch.num_rows

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        yield from self._in_memory
        if self._file is None:
            return
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._file.seek(0)
        with pa.ipc.open_stream(pa.PythonFile(self._file, mode="r")) as reader:
            yield from reader

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything; so does whoever drops the last reference."""
        self._in_memory.clear()
        if self._file is not None:
            self._file.close()
            self._file = self._writer = None

    def _to_file(self, batch: pa.RecordBatch) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="ecore-export-")  # noqa: SIM115 - lives with the spool
            # Not compressed: a tenth of the cost, for twice the room (about 100 bytes a record).
            self._writer = pa.ipc.new_stream(pa.PythonFile(self._file, mode="w"), self._schema)
        if self._writer is None:
            raise ValueError("a spool that was read takes no more batches")
        self._writer.write_batch(batch)


class Pages:
    """Pages of one job. Ids are compared page by page; only pages that overlap cost a second look."""

    def __init__(self) -> None:
        self.faults: list[PayloadFault] = []
        self.is_ascending = True
        self._rows = Spool(RECORD_ROWS_ARROW)
        self._counts: set[int] = set()
        self._tallies = np.zeros(3, np.int64)
        self._last_id: int | None = None
        self._chunk: list[RecordsPage] = []
        self._chunk_rows = self._chunk_bytes = 0

    def add(self, page: RecordsPage | None) -> None:
        """Take in a page; None is a page past the end."""
        if page is None:
            return
        self.faults += page.faults
        self._counts.add(page.count)
        self._chunk.append(page)
        self._chunk_rows += page.rows.num_rows
        self._chunk_bytes += page.rows.get_total_buffer_size()  # `nbytes` costs twenty times as much
        if self._chunk_rows >= CHUNK_ROWS or self._chunk_bytes >= CHUNK_BYTES:
            self._look()

    def add_up(self) -> tuple[Spool, Found]:
        """The rows, each id once, and the figures of them. Rows are by ascending id unless they are many.

        Pages that announce different counts, or give one id twice with different values, add up to
        nothing: their figures hold a count that no job has.
        """
        self._look()
        # Pages that do not agree announce -1, which is the count of no job.
        count = next(iter(self._counts)) if len(self._counts) == 1 else -1
        if self.is_ascending:
            return self._rows, Found(self._rows.rows, count, _triple(self._tallies))
        ids = np.concatenate([batch.column("record_id").to_numpy() for batch in self._rows])
        firsts = np.unique(ids, return_index=True)[1]
        if len(firsts) < len(ids) and not self._repeats_are_identical(ids):
            count = -1
        rows = self._only(firsts, len(ids))
        counted = np.zeros(3, np.int64)
        for batch in rows:
            counted += tallies(batch.column("status"), [batch.num_rows])[0]
        return rows, Found(rows.rows, count, _triple(counted))

    def close(self) -> None:
        """Forget the rows."""
        self._chunk.clear()
        self._rows.close()

    def _look(self) -> None:
        """Take the chunk's figures and put its rows away."""
        if not self._chunk_rows:
            return
        rows = rows_of(self._chunk)
        self._chunk, self._chunk_rows, self._chunk_bytes = [], 0, 0
        ids = rows.column("record_id").to_numpy()
        follows = self._last_id is None or ids[0] > self._last_id
        self.is_ascending &= bool(follows and (np.diff(ids) > 0).all())
        self._last_id = int(ids[-1])
        self._tallies += tallies(rows.column("status"), [rows.num_rows])[0]
        self._rows.append(rows)

    def _repeats_are_identical(self, ids: np.ndarray[Any, Any]) -> bool:
        unique, times = np.unique(ids, return_counts=True)
        repeated = pa.array(unique[times > 1])
        rows = pa.Table.from_batches(
            [batch.filter(pc.is_in(batch.column("record_id"), value_set=repeated)) for batch in self._rows],
            RECORD_ROWS_ARROW,
        )
        distinct = rows.group_by(list(RECORD_ROWS_ARROW.names)).aggregate([])
        return bool(distinct.num_rows == len(repeated))

    def _only(self, firsts: np.ndarray, total: int) -> Spool:
        """A spool of the rows at these positions: sorted by id if they fit in memory, else as they came."""
        kept = Spool(RECORD_ROWS_ARROW)
        if total <= MEMORY_ROWS:
            table = pa.Table.from_batches(list(self._rows), RECORD_ROWS_ARROW).take(pa.array(firsts))
            for batch in table.combine_chunks().to_batches():
                kept.append(batch)
        else:
            is_first = np.zeros(total, bool)
            is_first[firsts] = True
            start = 0
            for batch in self._rows:
                kept.append(batch.filter(pa.array(is_first[start : start + batch.num_rows])))
                start += batch.num_rows
        self._rows.close()
        return kept


def _triple(counted: np.ndarray) -> tuple[int, int, int]:
    valid, invalid, unknown = counted.tolist()
    return valid, invalid, unknown


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
        return self._rows >= SMALL_ROWS or self._bytes >= SMALL_BYTES or len(self.jobs) >= SMALL_JOBS

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
