"""Reads the records of many final jobs: concurrently, in order, each job whole and reconciled or not at all.

In: the figures of jobs. Out: a stream of `JobsRead` and `JobNotRead`. Called by `client` and `sync`.

A job of up to 100 records is complete in its Job status: one request. A larger one takes pages of 1000. All
requests go through one window of bounded size, across the pages of one job and across many jobs alike, so
memory is bounded by the window and not by the job. What does not add up at once is read again by `settling`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from ..decode import StatusBody, Statuses
from ..endpoints import INLINE_RECORDS
from ..errors import EcoreError, NotFoundError, PayloadError
from .bundling import bundled
from .collected import Collected
from .outcomes import UNAVAILABLE, JobNotRead, JobsRead, Outcome, refused, rejected, rejections
from .parallel import ordered_map
from .reconcile import Found, JobFigures, disagreement, job_figures, tallies, unique_counts
from .settling import Wire, page_count, settle

T = TypeVar("T")

STATUSES_A_CALL = 100
"""How many Job status bodies are decoded in one call: 57 µs each, against 269 µs one by one (50 records)."""


@dataclass(frozen=True, slots=True)
class _Request:
    """One request of the stream: a Job status (page 0) or a page of records, and whether it is the last."""

    job: JobFigures
    page: int = 0
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Reads jobs' records over one `Wire`, whose ``in_flight`` bounds what is begun and not yet consumed."""

    wire: Wire

    def read(self, jobs: Iterable[JobFigures]) -> Iterator[Outcome]:
        """The outcome for every job, in the order of the jobs.

        Raises what concerns the whole run: a refused token, a spent cap or budget, a stop. What was complete
        before comes out first, so that a run with a small daily cap gets on all the same.
        """
        return bundled(self._one_by_one(jobs))

    def _one_by_one(self, jobs: Iterable[JobFigures]) -> Iterator[Outcome]:
        given_up: set[int] = set()
        small: list[StatusBody] = []
        paged = Collected()
        answers = ordered_map(
            self.wire.executor, self._answer, _requests(jobs, given_up), in_flight=self.wire.in_flight
        )
        ending: list[EcoreError] = []
        for request, answer in _until_error(answers, ending):
            if isinstance(answer, StatusBody):
                small.append(answer)
                if len(small) == STATUSES_A_CALL:
                    yield from self._flush(small)
                continue
            yield from self._flush(small)
            if request.job.job_id in given_up:
                continue
            if answer is None or isinstance(answer, EcoreError) or answer.is_empty:
                given_up.add(request.job.job_id)
                paged.close()
                paged = Collected()
                yield self._given_up(request.job.job_id, answer)
                continue
            paged.add(answer)
            if request.is_last:
                yield self._paged(request.job, paged)
                paged = Collected()
        yield from self._flush(small)
        paged.close()
        if ending:
            raise ending[0]

    def _answer(self, request: _Request) -> tuple[_Request, Any]:
        """The answer to one request, or the error if it concerns this job alone."""
        job_id = request.job.job_id
        try:
            if request.page == 0:
                return request, self.wire.endpoints.job_status(job_id)
            return request, self.wire.endpoints.records_page(job_id, request.page)
        except (NotFoundError, PayloadError, *UNAVAILABLE) as error:
            return request, error

    def _flush(self, bodies: list[StatusBody]) -> Iterator[Outcome]:
        """The outcomes of the Job status bodies gathered so far."""
        if not bodies:
            return
        statuses = self.wire.endpoints.decoder.statuses(bodies)
        bodies.clear()
        yield from rejections(statuses.faults)
        good, disagreeing = _inline(statuses)
        if good is not None:
            yield good
        for job_id in disagreeing:
            yield self._settled(job_id)

    def _paged(self, job: JobFigures, paged: Collected) -> Outcome:
        if paged.faults:
            paged.close()
            return rejected(job.job_id, tuple(paged.faults))
        rows, found = paged.settle()
        if disagreement(job, found) is None:
            return JobsRead((job.job_id,), (found.ids,), rows)
        rows.close()
        return self._settled(job.job_id)

    def _given_up(self, job_id: int, answer: Any) -> Outcome:
        """The outcome of a job one of whose answers is an error, or an empty page before its last."""
        if isinstance(answer, NotFoundError):
            return JobNotRead(job_id, "gone", error=answer)
        if isinstance(answer, PayloadError):
            return refused(answer, job_id)
        if isinstance(answer, EcoreError):
            return JobNotRead(job_id, "unavailable", error=answer)
        return self._settled(job_id)

    def _settled(self, job_id: int) -> Outcome:
        try:
            return settle(self.wire, job_id)
        except UNAVAILABLE as error:
            return JobNotRead(job_id, "unavailable", error=error)


def _until_error(answers: Iterator[T], ending: list[EcoreError]) -> Iterator[T]:
    """The answers up to an error, which is left in ``ending``."""
    try:
        yield from answers
    except EcoreError as error:
        ending.append(error)


def _requests(jobs: Iterable[JobFigures], given_up: set[int]) -> Iterator[_Request]:
    for job in jobs:
        if job.total_records <= INLINE_RECORDS:
            yield _Request(job)
            continue
        last = page_count(job.total_records)
        for page in range(1, last + 1):
            if job.job_id in given_up:
                break  # One of its pages failed, or came after the last: further ones are of no use.
            yield _Request(job, page, is_last=page == last)


def _inline(statuses: Statuses) -> tuple[JobsRead | None, list[int]]:
    """The jobs whose inline records are all their records, and the ids of the others."""
    if not statuses.lengths:
        return None, []
    jobs = job_figures(statuses.jobs)
    lengths = list(statuses.lengths)
    unique = unique_counts(statuses.rows.column("record_id"), lengths)
    counted = tallies(statuses.rows.column("status"), lengths)
    is_final = statuses.jobs.column("is_final").to_pylist()
    is_good = [
        bool(final) and disagreement(job, Found(ids, length, tally)) is None
        for final, job, ids, length, tally in zip(is_final, jobs, unique, lengths, counted, strict=True)
    ]
    others = [job.job_id for job, good in zip(jobs, is_good, strict=True) if not good]
    if len(others) == len(jobs):
        return None, others
    facts, rows = statuses.jobs, statuses.rows
    if others:
        facts = facts.filter(pa.array(is_good, pa.bool_()))
        rows = rows.filter(pa.array(np.repeat(np.array(is_good, bool), lengths)))
    kept = [(job.job_id, n) for job, n, good in zip(jobs, lengths, is_good, strict=True) if good]
    ids, kept_lengths = zip(*kept, strict=True)
    return JobsRead(ids, kept_lengths, [_by_id(rows, kept_lengths)], facts), others


def _by_id(rows: pa.RecordBatch, lengths: tuple[int, ...]) -> pa.RecordBatch:
    """The rows of each job by ascending record id."""
    ids = rows.column("record_id").to_numpy()
    of_job = np.repeat(np.arange(len(lengths)), lengths)
    order = np.lexsort((ids, of_job))
    return rows if (np.diff(order) == 1).all() else rows.take(order)
