"""Exports the records of final jobs: read, reconciled and published, or rejected.

In: what is known of jobs, what each takes, and what is left of a budget. Out: which jobs' records are
exported, in which order, and which of them wait for another run; publications and rejects.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..api import INLINE_RECORDS, RECORDS_PAGE_SIZE
from ..destinations import held
from ..progress import Progress
from ..reading import (
    Failures,
    JobFigures,
    JobNotRead,
    JobsRead,
    RecordOwners,
    RecordReader,
    UnknownJob,
    created_within,
    job_figures,
)
from ..reading import job_ids as ids_of
from .changes import changes, exports, overlaid
from .known_jobs import KnownJobs
from .options import SyncOptions
from .publisher import Publisher, Ready
from .rejects import RETRIES_A_RUN
from .runs import pruned_before

JOBS_AT_ONCE = 5_000
"""Jobs whose known rows are held at a time."""


def open_work(known: KnownJobs, options: SyncOptions) -> pa.Table:
    """The final jobs to export, oldest first: those not exported yet, or with ``refetch`` all of them."""
    columns = ["job_id", "created_at", "is_final", "deleted_at", "total_records"]
    known.flush()  # what it writes has no place in a holding that reads
    with held(known.destination):
        jobs = known.jobs("all" if options.refetch else "open", columns)
        pruned = pruned_before(known.destination, known.stamp.account)
    jobs = jobs.filter(pc.and_(jobs.column("is_final"), pc.is_null(jobs.column("deleted_at"))))
    if options.jobs:
        jobs = jobs.filter(pc.is_in(jobs.column("job_id"), value_set=pa.array(options.jobs, pa.int64())))
    jobs = created_within(jobs, options.since, options.until)
    jobs = created_within(jobs, pruned, None)
    rejected = pa.array(sorted(known.rejects.job_ids), pa.int64())
    jobs = jobs.filter(pc.invert(pc.is_in(jobs.column("job_id"), value_set=rejected)))
    return jobs.sort_by([("created_at", "ascending"), ("job_id", "ascending")])


def pruned_among(known: KnownJobs, job_ids: Collection[int]) -> list[int]:
    """Those of the jobs whose records were removed for their age."""
    pruned = pruned_before(known.destination, known.stamp.account) if job_ids else None
    if pruned is None:
        return []
    return ids_of(created_within(known.rows(sorted(job_ids)), None, pruned))


def due_rejects(known: KnownJobs, options: SyncOptions) -> Iterator[int]:
    """Jobs rejected in earlier runs that are worth another look now: named ones all, others a few a run."""
    rejected = sorted(known.rejects.job_ids - known.rejects.rejected_now - {0})
    if options.jobs:
        yield from (job_id for job_id in rejected if job_id in options.jobs)
        return
    due = [job_id for job_id in rejected if known.rejects.is_due(job_id)]
    yield from due[:RETRIES_A_RUN]


@dataclass(frozen=True, slots=True)
class Need:
    """How many requests a job's records take."""

    job_id: int
    requests: int


def needs_of(work: pa.Table) -> list[Need]:
    """What each job of ``work`` takes, by its ``total_records``, in the same order."""
    totals = work.column("total_records").to_pylist()
    return [Need(job_id, _requests(total)) for job_id, total in zip(ids_of(work), totals, strict=True)]


def small_first(needs: Sequence[Need]) -> list[Need]:
    """The jobs that take least first, else as they were."""
    return sorted(needs, key=lambda need: need.requests)


def fitting(needs: Sequence[Need], left: int) -> tuple[list[Need], list[Need]]:
    """The jobs that fit into what is left, one after the other, and those that do not."""
    now, later = [], []
    for need in needs:
        if need.requests <= left:
            now.append(need)
            left -= need.requests
        else:
            later.append(need)
    return now, later


def budget_spent(later: list[Need], max_requests: int) -> str:
    """That a run's budget did not do for these jobs, and which of them it never will."""
    largest = max(later, key=lambda need: need.requests)
    spent = f"the budget of {max_requests} requests is spent; {len(later)} jobs wait for the next run"
    if largest.requests < max_requests:
        return spent
    return (
        f"{spent}, and job {largest.job_id} alone takes {largest.requests} requests: "
        "give a run a larger --max-requests for it"
    )


def _requests(total: int | None) -> int:
    if total is None or total <= INLINE_RECORDS:
        return 1
    return -(-total // RECORDS_PAGE_SIZE)


class Export:
    """One run's export of records."""

    def __init__(
        self,
        reader: RecordReader,
        known: KnownJobs,
        publisher: Publisher,
        progress: Progress,
    ) -> None:
        self._reader = reader
        self._known = known
        self._publisher = publisher
        self._progress = progress
        self._rows = schema.JOBS.empty()
        self._taken_in: list[int] = []
        self._failures = Failures(reader.session.endpoints)
        self._owners = RecordOwners()

    def run(self, job_ids: Sequence[int]) -> None:
        """Export these jobs, in this order.

        A job that cannot be had does not keep the others. Raises the API's error when several in a row
        cannot be had, and at the end when any could not. What was complete before is published in any case.
        """
        try:
            for start in range(0, len(job_ids), JOBS_AT_ONCE):
                self._some(job_ids[start : start + JOBS_AT_ONCE])
        finally:
            self.finish()
        if self._failures.last is not None:
            raise self._failures.last

    def requests_left(self, max_requests: int) -> int:
        """How many requests are left of a run's budget."""
        return max(max_requests - self._reader.session.endpoints.api.traffic.requests, 0)

    def publish(self, read: JobsRead) -> None:
        """Hand jobs that were read on to the destination."""
        known = _of(self._rows, read.job_ids)
        history = schema.JOB_HISTORY.empty()
        stamp = self._known.stamp
        if read.facts is not None:
            stored = self._known.privacy.facts
            found = changes(known, stored(read.facts), stamp, stored)
            known, history = overlaid(known, found.jobs), found.history
            self._known.run.count(jobs_changed=len(found.jobs))
        lengths = dict(zip(read.job_ids, read.lengths, strict=True))
        jobs = exports(_of(known, read.job_ids), lengths, is_reconciled=read.is_reconciled, stamp=stamp)
        self._publisher.add(Ready(jobs, history, read))
        self._taken_in += read.job_ids
        self._progress.read(len(read.job_ids), sum(read.lengths))

    def finish(self) -> None:
        """Wait until all is published; rejects of those jobs are resolved."""
        for other in self._publisher.take_refused():
            self._note(other)
        self._known.rejects.resolve(self._taken_in)
        self._taken_in.clear()

    def know(self, job_ids: Sequence[int]) -> None:
        """Fetch what is known of these jobs, before they are published."""
        self._publisher.wait()
        self._rows = self._known.rows(job_ids)

    def _some(self, job_ids: Sequence[int]) -> None:
        self.know(job_ids)
        # Closed at once on an error: requests that have not begun are given up.
        with closing(self._reader.read(self._figures(job_ids))) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, JobsRead):
                    self._failures.interrupt()
                    self._take_in(outcome)
                else:
                    self._miss(outcome)

    def _take_in(self, read: JobsRead) -> None:
        """Publish the jobs whose records are their own; the others are rejected."""
        own, others = self._owners.of(read)
        if own is not None:
            self.publish(own)
        for other in others:
            self._miss(other)

    def _figures(self, job_ids: Sequence[int]) -> Iterator[JobFigures | UnknownJob]:
        """The figures to read by; a job that is unknown, or was rejected, is asked for its status first."""
        by_id = {job.job_id: job for job in job_figures(self._rows)}
        rejected = self._known.rejects.job_ids
        for job_id in job_ids:
            if job_id in by_id and job_id not in rejected:
                yield by_id[job_id]
            else:
                yield UnknownJob(job_id)

    def _miss(self, outcome: JobNotRead) -> None:
        """Count a job whose records cannot be had, and write what was learnt of it."""
        self._progress.read(1, 0)
        if outcome.outcome == "unavailable":
            assert outcome.error is not None, "an unavailable job has an error"
            self._failures.add(outcome.error)
            return
        self._publisher.wait()
        self._note(outcome)

    def _note(self, outcome: JobNotRead) -> None:
        if outcome.outcome == "gone":
            self._known.note_deleted([outcome.job_id])
        if outcome.facts is not None:
            self._known.note(outcome.facts)
        self._known.rejects.add(outcome.faults)


def _of(jobs: pa.Table, job_ids: Sequence[int]) -> pa.Table:
    """The rows of these jobs in this order, as far as there are any."""
    at: Any = pc.index_in(pa.array(job_ids, pa.int64()), value_set=jobs.column("job_id").combine_chunks())
    return jobs.take(at.drop_null())
