"""Finds out what jobs there are, and in what state, with as few requests as that takes.

In: List jobs and, for a few, Job status. Out: everything read is written, page by page.

List jobs is newest first by page number, without a date filter: so listing stops at the first page that
brings nothing new, and the API's ``count`` tells whether older ones are missing (DESIGN.md, Discover).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..api import JOBS_PAGE_SIZE, JobsPage
from ..destinations import Gap, read_gap, write_gap
from ..errors import NotFoundError
from ..progress import Progress
from ..reading import UNAVAILABLE, Failures, Session, created_within, other_page_size, pages_of, shrank
from ..reading import job_ids as ids_of
from .job_list import JobList, ListedPage
from .known_jobs import KnownJobs
from .options import SyncOptions

UNKNOWN_STATUS_A_RUN = 20


class Discovery:
    """One run's look at the list of jobs. ``failures``: known jobs that the API failed to give.

    ``first_page``: page 1, where it was read already. ``gap``: jobs that the API counts and does not give.
    """

    def __init__(
        self,
        session: Session,
        known: KnownJobs,
        options: SyncOptions,
        progress: Progress,
        first_page: JobsPage | None = None,
    ) -> None:
        self._endpoints = session.endpoints
        self._known = known
        self._options = options
        self._list = JobList(session, known, options, progress, first_page)
        self.gap: Gap | None = None
        self.failures = Failures(session.endpoints)

    def run(self) -> None:
        """Bring what is known up to date, as far as the options ask for. What was read stays in any case."""
        try:
            self._look()
        finally:
            self._known.flush()

    def _look(self) -> None:
        options = self._options
        if options.jobs:
            self._named(options.jobs)
        elif options.since or options.until:
            self._list.all()
            self._refresh_running()
        elif options.full:
            self._everything()
            self._refresh_running()
        else:
            self._frontier()
            self._refresh_running()

    def _named(self, job_ids: Sequence[int]) -> None:
        """Read the jobs asked for; raises `NotFoundError` for one that nobody knows."""
        found, gone = [], []
        for job_id in dict.fromkeys(job_ids):
            try:
                found.append(self._endpoints.job_status(job_id))
            except NotFoundError:
                gone.append(job_id)
        known = set(ids_of(self._known.rows(job_ids)))
        if not known:
            self._known.guard.check_newest()
        for job_id in gone:
            if job_id not in known:
                raise NotFoundError(
                    f"job {job_id} does not exist, or belongs to another user (404)", status=404
                )
        if found:
            statuses = self._endpoints.decoder.statuses(found)
            self._known.guard.check_label(statuses.jobs)
            self._known.note(statuses.jobs, statuses.faults)
        self._known.note_deleted(gone)

    def _frontier(self) -> None:
        """List until nothing is new; then see by the API's count whether something is missing."""
        page = self._list.newest()
        self.gap = read_gap(self._known.destination, self._known.stamp.account)
        if self.gap is None or not self.gap.stands(page.count, self._known_or_rejected(), datetime.now(UTC)):
            if not page.is_last and self._known_or_rejected() < page.count:
                page = self._older(page)
            if self._known_or_rejected() < page.count:
                page = self._list.newest()  # Jobs were created while listing.
            self._settle_count(page)
        self._look_back(page)

    def _look_back(self, page: ListedPage) -> None:
        """Read one older page, another one each run: what changed there is seen after as many runs."""
        older = pages_of(page.count, JOBS_PAGE_SIZE) - 1
        if older > 0 and (number := 2 + self._known.earlier.runs_so_far() % older) not in self._list.numbers:
            self._list.page(number)

    def _older(self, page: ListedPage) -> ListedPage:
        """Go on where an earlier listing was cut short: after the known jobs, which are the newest ones."""
        start = max(self._known_or_rejected() // JOBS_PAGE_SIZE, 1)
        number = start
        while number > 1 and ((got := self._list.page(number)) is None or not got.overlaps):
            number -= 1
        number = start
        while (got := self._list.page(number := number + 1)) is not None:
            page = got
            if page.is_last or self._known_or_rejected() >= page.count:
                break
        return page

    def _settle_count(self, page: ListedPage) -> None:
        """List everything if the known jobs are not as many as the API counts, or if some may hide.

        After a gap the figures may agree by chance: as many jobs were deleted as are missing.
        """
        is_odd = self._known_or_rejected() != page.count or self.gap is not None
        if is_odd or shrank(self._list.counts) or self._is_end_unknown(page):
            self._everything()
        else:
            self._note_gap(page.count)

    def _is_end_unknown(self, page: ListedPage) -> bool:
        """Whether the oldest jobs are not known, although the count is right.

        So it is when a listing was cut short, and since then as many known jobs were deleted as it missed:
        asked for only after a run that did not go through.
        """
        if page.is_last or not self._known.earlier.was_cut_short():
            return False
        end = self._list.page(-(-page.count // JOBS_PAGE_SIZE))
        return end is not None and end.new > 0

    def _everything(self) -> None:
        """List every job; what is known and not listed is asked for, and marked deleted if it is gone.

        Jobs still missing then are looked for with pages of another size: in an unstable order, one at a
        page's edge may be on neither page.
        """
        unreadable_before = self._known.rejects.job_ids & {0}
        listed = self._list.all()
        if unreadable_before:
            self._known.rejects.resolve([0])
        known = self._known.jobs("all", ["job_id", "deleted_at"])
        ids = known.filter(pc.is_null(known.column("deleted_at"))).column("job_id").to_numpy()
        self._by_id(ids[~np.isin(ids, listed)].tolist())
        count = self._list.counts[-1]
        if self._known_or_rejected() < count:
            count = self._list.newest().count  # Jobs were created while listing.
        if self._known_or_rejected() < count:
            for page in self._list.pages(to_the_end=True, size=other_page_size(count)):
                count = page.count
        self._note_gap(count)

    def _note_gap(self, counted: int) -> None:
        """Remember whether jobs are missing now that all that could be listed was."""
        known = self._known_or_rejected()
        self.gap = Gap(counted, known, datetime.now(UTC)) if known < counted else None
        write_gap(self._known.destination, self._known.stamp.account, self.gap)

    def _refresh_running(self) -> None:
        """Look at the known jobs that were not final and have not been read in this run."""
        running = self._known.jobs("running", ["job_id", "status", "created_at"])
        running = created_within(running, self._options.since, self._options.until)
        running = self._unseen(running)
        usual = pc.is_in(running.column("status"), value_set=pa.array(schema.JOB_STATUSES))
        if len(running.filter(usual)):
            for status in ("Uploading", "Processing"):
                self._list_status(status)
        left = ids_of(self._unseen(running.filter(usual)))
        odd = ids_of(self._unseen(running.filter(pc.invert(usual))))
        self._by_id([*left, *self._sample(odd)])

    def _list_status(self, status: str) -> None:
        number = 0
        while (page := self._endpoints.jobs_page(number := number + 1, status=status)) is not None:
            facts = created_within(page.jobs, self._options.since, self._options.until)
            self._known.note(facts, page.faults)
            if number >= page.total_pages:
                break

    def _by_id(self, job_ids: Sequence[int]) -> None:
        """Read jobs one by one; those that are gone are marked so, together."""
        gone = []
        for job_id in job_ids:
            try:
                statuses = self._endpoints.decoder.statuses([self._endpoints.job_status(job_id)])
            except NotFoundError:
                gone.append(job_id)
            except UNAVAILABLE as error:
                self.failures.add(error)
            else:
                self.failures.interrupt()
                self._known.note(statuses.jobs, statuses.faults)
        self._known.note_deleted(gone)

    def _sample(self, job_ids: Sequence[int]) -> Sequence[int]:
        """A few jobs of a status nobody knows: other ones each run, so that all have their turn."""
        salt = self._known.stamp.run_id

        def turn(job_id: int) -> bytes:
            return hashlib.sha256(f"{salt}/{job_id}".encode()).digest()

        return sorted(job_ids, key=turn)[:UNKNOWN_STATUS_A_RUN]

    def _unseen(self, jobs: pa.Table) -> pa.Table:
        has_seen = self._known.has_seen(jobs.column("job_id").to_numpy())
        return jobs.filter(pa.array(~has_seen))

    def _known_or_rejected(self) -> int:
        return self._known.count() + self._known.unknown_rejected()
