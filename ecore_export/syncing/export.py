"""Exports the records of final jobs: read, reconciled and published, or rejected.

In: ids of final jobs. Out: publications and rejects.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..progress import Progress
from ..reading import (
    Failures,
    JobFigures,
    JobNotRead,
    JobsRead,
    RecordOwners,
    RecordReader,
    UnknownJob,
    job_figures,
)
from .changes import changes, exports, overlaid
from .known_jobs import KnownJobs
from .publisher import Publisher, Ready

JOBS_AT_ONCE = 5_000
"""Jobs whose known rows are held at a time."""


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
