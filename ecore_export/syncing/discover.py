"""Finds out what jobs there are, and in what state, with as few requests as that takes.

In: List jobs and, for a few, Job status. Out: everything read is in the ledger, page by page.

List jobs is newest first by page number, without a date filter: so listing stops at the first page that
brings nothing new, and the API's ``count`` tells whether older ones are missing (DESIGN.md, Discover).
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..api import JOBS_PAGE_SIZE, JobsPage
from ..errors import MalformedBodyError, NotFoundError
from ..reading import (
    ATTEMPTS,
    UNAVAILABLE,
    Wire,
    created_within,
    other_page_size,
    pages_of,
    reaches_back_to,
    shrank,
)
from ..reading import job_ids as ids_of
from .failures import Failures
from .gaps import Gap, read_gap, write_gap
from .ledger import Ledger
from .options import Progress, SyncOptions

UNKNOWN_STATUS_A_RUN = 20
PAGES_AHEAD = 8


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of the list after it was written: how many jobs it holds, and how many were not known.

    ``job_ids``: those that could be read. ``is_last``: no further page is wanted.
    """

    job_ids: npt.NDArray[np.int64]
    jobs: int
    new: int
    count: int
    is_last: bool

    @property
    def overlaps(self) -> bool:
        """Whether it holds a job that was known."""
        return self.new < self.jobs


class Discovery:
    """One run's look at the list of jobs. ``failures``: known jobs that the API failed to give.

    ``first_page``: page 1, where it was read already. ``gap``: jobs that the API counts and does not give.
    """

    def __init__(
        self,
        wire: Wire,
        ledger: Ledger,
        options: SyncOptions,
        progress: Progress,
        first_page: JobsPage | None = None,
    ) -> None:
        self._first_page = first_page
        self._wire = wire
        self._endpoints = wire.endpoints
        self._ledger = ledger
        self._options = options
        self._progress = progress
        self._is_account_checked = False
        self._listed = 0
        self._counts: list[int] = []
        self._numbers: set[int] = set()
        self._refused_page: int | None = None
        self.gap: Gap | None = None
        self.failures = Failures(wire.endpoints)

    def run(self) -> None:
        """Bring the ledger up to date, as far as the options ask for. What was read stays in any case."""
        try:
            self._look()
        finally:
            self._ledger.flush()

    def _look(self) -> None:
        options = self._options
        if options.jobs:
            self._named(options.jobs)
        elif options.since or options.until:
            self._list_all()
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
        known = set(ids_of(self._ledger.known(job_ids)))
        if not known:
            self._ledger.refuse_other_account()
        for job_id in gone:
            if job_id not in known:
                raise NotFoundError(
                    f"job {job_id} does not exist, or belongs to another user (404)", status=404
                )
        if found:
            statuses = self._endpoints.decoder.statuses(found)
            self._ledger.refuse_second_label(statuses.jobs)
            self._ledger.note(statuses.jobs, statuses.faults)
        self._ledger.note_deleted(gone)

    def _frontier(self) -> None:
        """List until nothing is new; then see by the API's count whether something is missing."""
        page = self._newest()
        self.gap = read_gap(self._ledger.destination, self._ledger.stamp.account)
        if self.gap is None or not self.gap.stands(page.count, self._known(), datetime.now(UTC)):
            if not page.is_last and self._known() < page.count:
                page = self._older(page)
            if self._known() < page.count:
                page = self._newest()  # Jobs were created while listing.
            self._settle_count(page)
        self._look_back(page)

    def _look_back(self, page: _Page) -> None:
        """Read one older page, another one each run: what changed there is seen after as many runs."""
        older = pages_of(page.count, JOBS_PAGE_SIZE) - 1
        if older > 0 and (number := 2 + self._ledger.runs_so_far() % older) not in self._numbers:
            self._page(number)

    def _newest(self) -> _Page:
        """List until nothing is new; the last page read."""
        for page in self._pages():
            if not page.new:
                break
        return page

    def _older(self, page: _Page) -> _Page:
        """Go on where an earlier listing was cut short: after the known jobs, which are the newest ones."""
        start = max(self._known() // JOBS_PAGE_SIZE, 1)
        number = start
        while number > 1 and ((got := self._page(number)) is None or not got.overlaps):
            number -= 1
        number = start
        while (got := self._page(number := number + 1)) is not None:
            page = got
            if page.is_last or self._known() >= page.count:
                break
        return page

    def _settle_count(self, page: _Page) -> None:
        """List everything if the known jobs are not as many as the API counts, or if some may hide.

        After a gap the figures may agree by chance: as many jobs were deleted as are missing.
        """
        is_odd = self._known() != page.count or self.gap is not None
        if is_odd or shrank(self._counts) or self._is_end_unknown(page):
            self._everything()
        else:
            self._note_gap(page.count)

    def _is_end_unknown(self, page: _Page) -> bool:
        """Whether the oldest jobs are not known, although the count is right.

        So it is when a listing was cut short, and since then as many known jobs were deleted as it missed:
        asked for only after a run that did not go through.
        """
        if page.is_last or not self._ledger.was_cut_short():
            return False
        end = self._page(-(-page.count // JOBS_PAGE_SIZE))
        return end is not None and end.new > 0

    def _everything(self) -> None:
        """List every job; what is known and not listed is asked for, and marked deleted if it is gone.

        Jobs still missing then are looked for with pages of another size: in an unstable order, one at a
        page's edge may be on neither page.
        """
        unreadable_before = self._ledger.rejects.job_ids & {0}
        listed = self._list_all()
        if unreadable_before:
            self._ledger.rejects.resolve([0])
        known = self._ledger.jobs("all", ["job_id", "deleted_at"])
        ids = known.filter(pc.is_null(known.column("deleted_at"))).column("job_id").to_numpy()
        self._by_id(ids[~np.isin(ids, listed)].tolist())
        count = self._counts[-1]
        if self._known() < count:
            count = self._newest().count  # Jobs were created while listing.
        if self._known() < count:
            for page in self._pages(to_the_end=True, size=other_page_size(count)):
                count = page.count
        self._note_gap(count)

    def _note_gap(self, counted: int) -> None:
        """Remember whether jobs are missing now that all that could be listed was."""
        known = self._known()
        self.gap = Gap(counted, known, datetime.now(UTC)) if known < counted else None
        write_gap(self._ledger.destination, self._ledger.stamp.account, self.gap)

    def _list_all(self) -> npt.NDArray[np.int64]:
        """List every job, back to ``since``; their ids.

        A job that is deleted meanwhile hides another: a list that shrank is read again, a few times.
        """
        for _ in range(ATTEMPTS):
            pages = list(self._pages(to_the_end=True))
            is_whole = pages[-1].is_last and not shrank([page.count for page in pages])
            if is_whole or self._refused_page is not None:
                break
        return np.concatenate([page.job_ids for page in pages])

    def _refresh_running(self) -> None:
        """Look at the known jobs that were not final and have not been read in this run."""
        running = self._ledger.jobs("running", ["job_id", "status", "created_at"])
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
            self._ledger.note(facts, page.faults)
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
                self._ledger.note(statuses.jobs, statuses.faults)
        self._ledger.note_deleted(gone)

    def _sample(self, job_ids: Sequence[int]) -> Sequence[int]:
        """A few jobs of a status nobody knows: other ones each run, so that all have their turn."""
        salt = self._ledger.stamp.run_id

        def turn(job_id: int) -> bytes:
            return hashlib.sha256(f"{salt}/{job_id}".encode()).digest()

        return sorted(job_ids, key=turn)[:UNKNOWN_STATUS_A_RUN]

    def _unseen(self, jobs: pa.Table) -> pa.Table:
        has_seen = self._ledger.has_seen(jobs.column("job_id").to_numpy())
        return jobs.filter(pa.array(~has_seen))

    def _pages(self, *, to_the_end: bool = False, size: int = JOBS_PAGE_SIZE) -> Iterator[_Page]:
        """The pages of the list, the first one first, up to the last one that is wanted.

        Further ones are read ahead while nothing on a page was known, or all are wanted anyway: at most a
        quarter of those read before, so an hourly run asks for none too many.
        """
        ahead: deque[Future[JobsPage | None]] = deque()
        number = 0
        try:
            while True:
                number += 1
                got = self._readable(number, size, ahead)
                if got is None:
                    return
                page = self._write(got, number, size)
                yield page
                if page.is_last:
                    return
                if to_the_end or not page.overlaps:
                    last = min(_page_total(got, size), number + min(number // 4, PAGES_AHEAD))
                    for further in range(number + len(ahead) + 1, last + 1):
                        ahead.append(self._wire.executor.submit(self._read, further, size))
        finally:
            for future in ahead:
                future.cancel()

    def _page(self, number: int) -> _Page | None:
        page = self._readable(number, JOBS_PAGE_SIZE)
        return None if page is None else self._write(page, number, JOBS_PAGE_SIZE)

    def _readable(
        self, number: int, size: int, ahead: deque[Future[JobsPage | None]] | None = None
    ) -> JobsPage | None:
        """A page, read ahead or now; None where the list ends, or where its next page cannot be read.

        The jobs before such a page are no worse for it, and the count tells that others are missing.
        """
        try:
            return ahead.popleft().result() if ahead else self._read(number, size)
        except MalformedBodyError as error:
            if number == 1:
                raise
            self._refused_page = number
            self._ledger.note_in_run(f"List jobs, page {number} could not be read: {error}")
            return None

    def _read(self, number: int, size: int) -> JobsPage | None:
        """A page of the list. Raises `PayloadError` if it is no page, before anything was written."""
        if number == 1 and size == JOBS_PAGE_SIZE:
            page = self._take_first_page()
        else:
            page = self._endpoints.jobs_page(number, page_size=size)
        if page is not None and not self._is_account_checked:
            self._ledger.check_account(page.jobs, page.count)
            self._is_account_checked = True
        return page

    def _take_first_page(self) -> JobsPage | None:
        page, self._first_page = self._first_page, None
        return page or self._endpoints.jobs_page(1)

    def _write(self, page: JobsPage, number: int, size: int) -> _Page:
        facts = created_within(page.jobs, self._options.since, self._options.until)
        rejected_before = self._ledger.rejects.job_ids
        new = self._ledger.gather(facts, page.faults)
        faulty = {fault.job_id for fault in page.faults}
        self._listed += facts.num_rows
        self._counts.append(page.count)
        if size == JOBS_PAGE_SIZE:
            self._numbers.add(number)
        self._progress.listed(self._listed, page.count)
        return _Page(
            job_ids=facts.column("job_id").to_numpy(),
            jobs=facts.num_rows + len(faulty),
            new=new + len(faulty - rejected_before),
            count=page.count,
            is_last=number >= _page_total(page, size) or reaches_back_to(page, self._options.since),
        )

    def _known(self) -> int:
        return self._ledger.count() + self._ledger.unknown_rejected()


def _page_total(page: JobsPage, size: int) -> int:
    """How many pages there are: as many as the API says, or as its count of jobs makes if that is more."""
    return max(page.total_pages, pages_of(page.count, size))
