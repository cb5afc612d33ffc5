"""List jobs, page by page, each page written as soon as it is read.

In: the API's list, newest first. Out: pages in the destination, and what each brought. The account is checked
before the first of them is written.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..api import JOBS_PAGE_SIZE, JobsPage
from ..errors import MalformedBodyError
from ..progress import Progress
from ..reading import ATTEMPTS, Session, created_within, pages_of, reaches_back_to, shrank
from .known_jobs import KnownJobs
from .options import SyncOptions

PAGES_AHEAD = 8


@dataclass(frozen=True, slots=True)
class ListedPage:
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


class JobList:
    """The list as one run reads it. ``counts``: how many jobs the API counted, page by page.

    ``numbers``: the pages of the usual size that were read. ``first_page``: page 1, if it was read before.
    """

    def __init__(
        self,
        session: Session,
        known: KnownJobs,
        options: SyncOptions,
        progress: Progress,
        first_page: JobsPage | None = None,
    ) -> None:
        self._session = session
        self._known = known
        self._options = options
        self._progress = progress
        self._first_page = first_page
        self._is_account_checked = False
        self._listed = 0
        self._refused_page: int | None = None
        self.counts: list[int] = []
        self.numbers: set[int] = set()

    def newest(self) -> ListedPage:
        """List until nothing is new; the last page read."""
        for page in self.pages():
            if not page.new:
                break
        return page

    def all(self) -> npt.NDArray[np.int64]:
        """List every job, back to ``since``; their ids.

        A job that is deleted meanwhile hides another: a list that shrank is read again, a few times.
        """
        for _ in range(ATTEMPTS):
            pages = list(self.pages(to_the_end=True))
            is_whole = pages[-1].is_last and not shrank([page.count for page in pages])
            if is_whole or self._refused_page is not None:
                break
        return np.concatenate([page.job_ids for page in pages])

    def pages(self, *, to_the_end: bool = False, size: int = JOBS_PAGE_SIZE) -> Iterator[ListedPage]:
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
                        ahead.append(self._session.executor.submit(self._read, further, size))
        finally:
            for future in ahead:
                future.cancel()

    def page(self, number: int) -> ListedPage | None:
        """One page of the usual size; None past the end, or where it cannot be read."""
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
            note = f"List jobs, page {number} could not be read: {error}"
            if note not in self._known.run.result.notes:
                self._known.run.note(note)
            return None

    def _read(self, number: int, size: int) -> JobsPage | None:
        """A page of the list. Raises `PayloadError` if it is no page, before anything was written."""
        if number == 1 and size == JOBS_PAGE_SIZE:
            page = self._take_first_page()
        else:
            page = self._session.endpoints.jobs_page(number, page_size=size)
        if page is not None and not self._is_account_checked:
            self._known.guard.check_list(page.jobs, page.count)
            self._is_account_checked = True
        return page

    def _take_first_page(self) -> JobsPage | None:
        page, self._first_page = self._first_page, None
        return page or self._session.endpoints.jobs_page(1)

    def _write(self, page: JobsPage, number: int, size: int) -> ListedPage:
        facts = created_within(page.jobs, self._options.since, self._options.until)
        rejected_before = self._known.rejects.job_ids
        new = self._known.gather(facts, page.faults)
        faulty = {fault.job_id for fault in page.faults}
        self._listed += facts.num_rows
        self.counts.append(page.count)
        if size == JOBS_PAGE_SIZE:
            self.numbers.add(number)
        self._progress.listed(self._listed, page.count)
        return ListedPage(
            job_ids=facts.column("job_id").to_numpy(),
            jobs=facts.num_rows + len(faulty),
            new=new + len(faulty - rejected_before),
            count=page.count,
            is_last=number >= _page_total(page, size) or reaches_back_to(page, self._options.since),
        )


def _page_total(page: JobsPage, size: int) -> int:
    """How many pages there are: as many as the API says, or as its count of jobs makes if that is more."""
    return max(page.total_pages, pages_of(page.count, size))
