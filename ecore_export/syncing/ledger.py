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
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..api import Endpoints, PayloadFault
from ..destinations import Destination, JobState, Publication, count_jobs, read_jobs, read_runs
from ..errors import AccountMismatchError, NotFoundError
from ..privacy import Privacy
from ..reading import job_ids
from .changes import Changes, Stamp, changes, deletions
from .options import SyncResult
from .rejects import Rejects

GATHERED_JOBS, PATIENCE_S = 2_000, 2.0
"""What is gathered is written with so many jobs, or after so long: a killed run has to list so much again."""
NEWEST_ASKED = 5
FEW_DELETIONS, DELETED_SHARE = 5, 0.05
"""More deletions than this many, and than this share of the known jobs, look like another account's token."""


class Ledger:
    """The destination's jobs of one account, as one run sees and changes them."""

    def __init__(
        self,
        destination: Destination,
        endpoints: Endpoints,
        result: SyncResult,
        privacy: Privacy,
        *,
        accept_deletions: bool = False,
    ) -> None:
        self.privacy = privacy
        self.destination = destination
        self._endpoints = endpoints
        self._result = result
        self._accept_deletions = accept_deletions
        self._stamp = Stamp(result.account, result.run_id, result.started_at)
        self.rejects = Rejects(destination, self._stamp, privacy)
        self._gathered: list[Changes] = []
        self._gathered_news: list[pa.RecordBatch] = []
        self._gathered_ids: set[int] = set()
        self._gathering_since = 0.0
        self._count: int | None = None
        self._known_at_start = self.count()
        self._was_empty = not self._known_at_start and not len(self.jobs("all", ["job_id"]))
        self._lowest_seen: int | None = None
        self._has_met_known_job = False
        self._deleted = 0
        self._seen: list[Any] = []

    @property
    def stamp(self) -> Stamp:
        """Who writes, and now."""
        return replace(self._stamp, at=datetime.now(UTC))

    def count(self) -> int:
        """How many known jobs are not deleted."""
        self.flush()
        if self._count is None:
            self._count = count_jobs(self.destination, self._stamp.account)
        return self._count

    def known(self, ids: Sequence[int]) -> pa.Table:
        """What is known of these jobs: rows of `schema.JOBS`."""
        self.flush()
        return read_jobs(self.destination, self._stamp.account, job_ids=ids)

    def jobs(self, state: JobState, columns: Sequence[str]) -> pa.Table:
        """The known jobs in that state; ``all``: deleted ones too."""
        self.flush()
        return read_jobs(self.destination, self._stamp.account, state=state, columns=columns)

    def compare(self, facts: pa.RecordBatch) -> Changes:
        """What these facts change; writes nothing."""
        facts = self.privacy.facts(facts)
        ids = job_ids(facts)
        if not self._gathered_ids.isdisjoint(ids):
            self.flush()
        known = read_jobs(self.destination, self._stamp.account, job_ids=ids)
        self._has_met_known_job |= len(known) > 0
        return changes(known, facts, self.stamp, self.privacy.facts)

    def gather(self, facts: pa.RecordBatch, faults: Sequence[PayloadFault] = ()) -> int:
        """Write what was read of jobs soon, as far as it is new; faulty ones are rejected at once.

        Returns how many of the jobs are new.
        """
        facts = _each_once(facts)
        self._result.jobs_seen += facts.num_rows + len({fault.job_id for fault in faults})
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
        return self._was_empty and (
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
            self._result.jobs_changed += len(found.jobs)
            self._count = None
            self.destination.publish(Publication(self._stamp.account, found.jobs, found.history))

    def note_deleted(self, gone: Iterable[int]) -> None:
        """Mark known jobs as gone; rejects of gone jobs are resolved, whether those are known or not.

        Raises `AccountMismatchError` when that looks like another account.
        """
        gone = sorted(gone)
        known = self.known(gone)
        known = known.filter(pc.is_null(known.column("deleted_at")))
        if len(known):
            self._deleted += len(known)
            self._refuse_too_many(self._deleted)
            if not self._has_met_known_job:
                self.refuse_other_account()
            self.write(deletions(known, self.stamp))
        self.rejects.resolve(gone)

    def was_cut_short(self) -> bool:
        """Whether the account's run before this one did not go through to its end."""
        before = self._last_run
        return before is not None and before["status"] not in ("complete", "partial")

    def runs_so_far(self) -> int:
        """How many runs of the account there were before this one."""
        return len(self._runs_before)

    def was_in_vain(self) -> bool:
        """Whether the account's run before this one was cut short, and exported nothing."""
        return self.was_cut_short() and not (self._last_run or {}).get("jobs_exported")

    def runs_ahead(self) -> int:
        """How many runs of the account began later than this one: a clock is, or was, wrong."""
        return sum(run["run_id"] > self._stamp.run_id for run in self._runs_before)

    @property
    def _last_run(self) -> dict[str, Any] | None:
        """The account's run before this one; those of a clock that was ahead do not count."""
        earlier = [run for run in self._runs_before if run["run_id"] < self._stamp.run_id]
        return earlier[-1] if earlier else None

    @cached_property
    def _runs_before(self) -> list[dict[str, Any]]:
        """The account's other runs, oldest first."""
        runs = read_runs(self.destination).select(["run_id", "account", "status", "jobs_exported"])
        runs = runs.filter(pc.equal(runs.column("account"), pa.scalar(self._stamp.account)))
        return runs.filter(pc.not_equal(runs.column("run_id"), pa.scalar(self._stamp.run_id))).to_pylist()

    def note_in_run(self, note: str) -> None:
        """Say something in the run's row and summary, once."""
        if note not in self._result.notes:
            self._result.notes.append(note)

    def has_seen(self, ids: Any) -> Any:
        """For each id of an array whether this run has read that job."""
        seen = np.concatenate(self._seen) if self._seen else np.empty(0, np.int64)
        return np.isin(ids, seen)

    def check_account(self, first_page: pa.RecordBatch, count: int) -> None:
        """Before the first write: is this the account whose jobs the destination knows?

        ``count``: how many jobs the API has. Raises `AccountMismatchError`.
        """
        if not self._known_at_start:
            self.refuse_second_label(first_page)
            return
        self._refuse_too_many(self._known_at_start - count)
        if not len(self.known(job_ids(first_page))):
            self.refuse_other_account()

    def refuse_second_label(self, facts: pa.RecordBatch) -> None:
        """Before the first job of a label is written: is this an account that another label has?

        Raises `AccountMismatchError`. A job's UUID is its own everywhere.
        """
        if not self._was_empty:
            return
        ids, uuids = job_ids(facts), set(facts.column("job_uuid").to_pylist())
        labels = set(read_runs(self.destination).column("account").to_pylist())
        for label in sorted(map(str, labels - {self._stamp.account})):
            known = read_jobs(self.destination, label, job_ids=ids, columns=["job_uuid"])
            if not uuids.isdisjoint(known.column("job_uuid").to_pylist()):
                raise AccountMismatchError(
                    "the jobs of this token are in the destination already, as those of the account "
                    f"{label}: say --account {label}, or take that label out with `ecore-export forget`"
                )

    def refuse_other_account(self) -> None:
        """Read the newest known jobs; if all are gone, raise `AccountMismatchError`."""
        if self._accept_deletions:
            return
        known = self.jobs("all", ["job_id", "created_at", "deleted_at"])
        newest = known.filter(pc.is_null(known.column("deleted_at"))).sort_by(
            [("created_at", "descending"), ("job_id", "descending")]
        )
        ids = job_ids(newest.slice(0, NEWEST_ASKED))
        if ids and not any(self._exists(job_id) for job_id in ids):
            raise AccountMismatchError(
                f"none of the newest {len(ids)} known jobs exists any more: this token seems to belong to "
                "another eCore account. Check ECORE_API_TOKEN, give each account a destination or an "
                "--account label of its own, or say --accept-deletions"
            )

    def _refuse_too_many(self, vanished: int) -> None:
        limit = max(FEW_DELETIONS, DELETED_SHARE * self._known_at_start)
        if vanished > limit and not self._accept_deletions:
            raise AccountMismatchError(
                f"{vanished} of {self._known_at_start} known jobs have vanished: is this the token of "
                "another eCore account? Check ECORE_API_TOKEN, or say --accept-deletions if they were deleted"
            )

    def _exists(self, job_id: int) -> bool:
        try:
            self._endpoints.job_status(job_id)
        except NotFoundError:
            return False
        return True

    def unknown_rejected(self) -> int:
        """How many rejected jobs are not among the known ones, though the API counts them."""
        ids = sorted(self.rejects.job_ids - {0})
        if not ids:
            return 0
        return len(ids) - len(self.known(ids))


def _each_once(facts: pa.RecordBatch) -> pa.RecordBatch:
    """The facts without jobs that come again, as a list without a settled order may show them."""
    firsts = np.unique(facts.column("job_id").to_numpy(), return_index=True)[1]
    return facts if len(firsts) == facts.num_rows else facts.take(np.sort(firsts))
