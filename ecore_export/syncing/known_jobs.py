"""What a run knows and writes of jobs: every look at the API goes through here.

In: job facts and faults as they are read. Out: rows of `jobs`, `job_history` and `rejects` in the
destination, written at once; what a long listing brings is gathered into commits of some size, as each
rewrites Parquet files.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..api import PayloadFault
from ..destinations import Destination, JobState, Publication, count_jobs, read_jobs
from ..privacy import Privacy
from ..reading import job_ids
from .account_guard import AccountGuard
from .changes import Changes, Stamp, changes, deletions
from .rejects import Rejects
from .runs import EarlierRuns, Run

GATHERED_JOBS, PATIENCE_S = 2_000, 2.0
"""What is gathered is written with so many jobs, or after so long: a killed run has to list so much again."""


class KnownJobs:
    """The destination's jobs of one account, as one ``run`` sees and changes them.

    ``guard`` refuses another account's token, ``rejects`` are the account's open ones, ``earlier`` its runs.
    """

    def __init__(self, destination: Destination, guard: AccountGuard, run: Run, privacy: Privacy) -> None:
        self.privacy = privacy
        self.destination = destination
        self.guard = guard
        self.run = run
        self._account = run.stamp.account
        self.rejects = Rejects(destination, run.stamp, privacy)
        self.earlier = EarlierRuns(destination, run.stamp)
        self._gathered: list[Changes] = []
        self._gathered_news: list[pa.RecordBatch] = []
        self._gathered_ids: set[int] = set()
        self._gathering_since = 0.0
        self._count: int | None = None
        self._lowest_seen: int | None = None
        self._seen: list[Any] = []

    @property
    def stamp(self) -> Stamp:
        """Who writes, and now."""
        return replace(self.run.stamp, at=datetime.now(UTC))

    def count(self) -> int:
        """How many known jobs are not deleted."""
        self.flush()
        if self._count is None:
            self._count = count_jobs(self.destination, self._account)
        return self._count

    def rows(self, ids: Sequence[int]) -> pa.Table:
        """What is known of these jobs: rows of `schema.JOBS`."""
        self.flush()
        return read_jobs(self.destination, self._account, job_ids=ids)

    def jobs(self, state: JobState, columns: Sequence[str]) -> pa.Table:
        """The known jobs in that state; ``all``: deleted ones too."""
        self.flush()
        return read_jobs(self.destination, self._account, state=state, columns=columns)

    def compare(self, facts: pa.RecordBatch) -> Changes:
        """What these facts change; writes nothing."""
        facts = self.privacy.facts(facts)
        ids = job_ids(facts)
        if not self._gathered_ids.isdisjoint(ids):
            self.flush()
        known = read_jobs(self.destination, self._account, job_ids=ids)
        self.guard.has_met_known_job |= len(known) > 0
        return changes(known, facts, self.stamp, self.privacy.facts)

    def gather(self, facts: pa.RecordBatch, faults: Sequence[PayloadFault] = ()) -> int:
        """Write what was read of jobs soon, as far as it is new; faulty ones are rejected at once.

        Returns how many of the jobs are new.
        """
        facts = _each_once(facts)
        self.run.count(jobs_seen=facts.num_rows + len({fault.job_id for fault in faults}))
        if not self._gathered_ids:
            self._gathering_since = time.monotonic()
        new = self._gather_news(facts) if self._is_news(facts) else self._gather_changes(facts)
        self._see(facts)
        if len(self._gathered_ids) >= GATHERED_JOBS or time.monotonic() - self._gathering_since > PATIENCE_S:
            self.flush()
        self.rejects.add(faults)
        self.rejects.resolve_listed(job_ids(facts))
        return new

    def _is_news(self, facts: pa.RecordBatch) -> bool:
        """Whether none of these jobs can be known: an account's first listing goes down to older ones."""
        highest = pc.max(facts.column("job_id")).as_py()
        return self.guard.was_empty and (
            highest is None or self._lowest_seen is None or highest < self._lowest_seen
        )

    def _gather_news(self, facts: pa.RecordBatch) -> int:
        """Rows are made of many pages at once: that costs by the page, not by the job."""
        self._gathered_news.append(self.privacy.facts(facts))
        self._gathered_ids.update(job_ids(facts))
        return facts.num_rows

    def _gather_changes(self, facts: pa.RecordBatch) -> int:
        found = self.compare(facts)
        if len(found.jobs):
            self._gathered.append(found)
            self._gathered_ids.update(job_ids(found.jobs))
        return found.new

    def _see(self, facts: pa.RecordBatch) -> None:
        if facts.num_rows:
            ids = facts.column("job_id").to_numpy()
            self._seen.append(ids)
            lowest = int(ids.min())
            self._lowest_seen = lowest if self._lowest_seen is None else min(lowest, self._lowest_seen)

    def note(self, facts: pa.RecordBatch, faults: Sequence[PayloadFault] = ()) -> None:
        """Write what was read of jobs, as far as it is new; faulty ones are rejected."""
        self.gather(facts, faults)
        self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        gathered, self._gathered = self._gathered, []
        news, self._gathered_news = self._gathered_news, []
        self._gathered_ids.clear()
        if news:
            gathered.append(
                changes(schema.JOBS.empty(), pa.Table.from_batches(news).combine_chunks(), self.stamp)
            )
        if gathered:
            jobs = pa.concat_tables([found.jobs for found in gathered])
            history = pa.concat_tables([found.history for found in gathered])
            self.write(Changes(jobs, history, sum(found.new for found in gathered)))

    def write(self, found: Changes) -> None:
        """Write changed jobs with their history."""
        if len(found.jobs):
            self.run.count(jobs_changed=len(found.jobs))
            self._count = None
            self.run.groups.cover(found.jobs)
            self.destination.publish(Publication(self._account, found.jobs, found.history))

    def note_deleted(self, gone: Iterable[int]) -> None:
        """Mark known jobs as gone; rejects of gone jobs are resolved, whether those are known or not.

        Raises `AccountMismatchError` when that looks like another account.
        """
        gone = sorted(gone)
        known = self.rows(gone)
        known = known.filter(pc.is_null(known.column("deleted_at")))
        if len(known):
            self.guard.check_deletions(len(known))
            self.write(deletions(known, self.stamp))
        self.rejects.resolve(gone)

    def has_seen(self, ids: Any) -> Any:
        """For each id of an array whether this run has read that job."""
        seen = np.concatenate(self._seen) if self._seen else np.empty(0, np.int64)
        return np.isin(ids, seen)

    def unknown_rejected(self) -> int:
        """How many rejected jobs are not among the known ones, though the API counts them."""
        ids = sorted(self.rejects.job_ids - {0})
        if not ids:
            return 0
        return len(ids) - len(self.rows(ids))


def _each_once(facts: pa.RecordBatch) -> pa.RecordBatch:
    """The facts without jobs that come again, as a list without a settled order may show them."""
    firsts = np.unique(facts.column("job_id").to_numpy(), return_index=True)[1]
    return facts if len(firsts) == facts.num_rows else facts.take(np.sort(firsts))
