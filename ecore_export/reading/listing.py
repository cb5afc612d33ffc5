"""The whole list of jobs, or the newest part of it. In: dates. Out: job facts.

List jobs has page numbers and nothing else, so a job that is created while paging shows twice, and one that
is deleted hides another: the list is read again until it holds as many jobs as the API counts, and did not
shrink on the way.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ..api import JOBS_PAGE_SIZE, Endpoints, JobsPage
from ..errors import MalformedBodyError, PayloadError

ATTEMPTS = 3
FEW_JOBS, SMALL_PAGE, ODD_PAGE = 2_000, 20, 97
"""Other page sizes: the smaller one found every hidden job that was tried, but costs five times as much."""

Jobs = TypeVar("Jobs", pa.RecordBatch, pa.Table)


@dataclass(frozen=True, slots=True)
class Listing:
    """Job facts, newest first; ``missing``: how many more the API counts, which is ``count`` jobs.

    ``shrank``: jobs were deleted while paging, and each may have hidden another one.
    """

    jobs: list[pa.RecordBatch]
    missing: int
    shrank: bool
    count: int


def list_all_jobs(
    endpoints: Endpoints, *, since: datetime | None, until: datetime | None, status: str | None
) -> Listing:
    """Every job created in [since, until), each once. Raises `PayloadError` if one cannot be read."""
    for _ in range(ATTEMPTS):
        listing = _list_once(endpoints, since, until, status)
        if not listing.missing and not listing.shrank:
            return listing
    if not listing.missing:
        return listing
    size = other_page_size(sum(jobs.num_rows for jobs in listing.jobs) + listing.missing)
    other = _list_once(endpoints, since, until, status, page_size=size)
    return _together(listing, other)


def _together(one: Listing, other: Listing) -> Listing:
    """What two listings found, each job once, newest first."""
    seen = {job_id for jobs in one.jobs for job_id in jobs.column("job_id").to_pylist()}
    found = pa.Table.from_batches(
        [*one.jobs]
        + [
            jobs.filter(pa.array([i not in seen for i in jobs.column("job_id").to_pylist()], pa.bool_()))
            for jobs in other.jobs
        ]
    )
    added = found.num_rows - len(seen)
    newest_first = found.sort_by([("created_at", "descending"), ("job_id", "descending")])
    return Listing(newest_first.to_batches(), max(one.missing - added, 0), one.shrank, other.count)


def created_within(jobs: Jobs, since: datetime | None, until: datetime | None) -> Jobs:
    """The jobs created in [since, until)."""
    created = jobs.column("created_at")
    if since is not None:
        jobs = jobs.filter(pc.greater_equal(created, _instant(since)))
        created = jobs.column("created_at")
    return jobs if until is None else jobs.filter(pc.less(created, _instant(until)))


def reaches_back_to(page: JobsPage, since: datetime | None) -> bool:
    """Whether a page, newest first, ends before ``since``."""
    if since is None or not page.jobs.num_rows:
        return False
    oldest: Any = pc.min(page.jobs.column("created_at"))
    return bool(oldest.as_py() < since)


def pages_of(count: int, size: int) -> int:
    """How many pages of that size so many jobs fill; an empty list has one, too."""
    return max(-(-count // size), 1)


def other_page_size(count: int) -> int:
    """The page size to look with for jobs that pages of the usual size do not show.

    Where jobs of the same created_at stand at a page's end, an unstable order may show one of them on neither
    page, each time; another size moves the ends.
    """
    return SMALL_PAGE if count <= FEW_JOBS else ODD_PAGE


def shrank(counts: list[int]) -> bool:
    """Whether the list got shorter from one page to the next, by the counts that its pages gave."""
    return any(later < earlier for earlier, later in pairwise(counts))


def _list_once(
    endpoints: Endpoints,
    since: datetime | None,
    until: datetime | None,
    status: str | None,
    *,
    page_size: int = JOBS_PAGE_SIZE,
) -> Listing:
    seen: set[int] = set()
    batches: list[pa.RecordBatch] = []
    counts: list[int] = []
    number = 0
    while (page := _page(endpoints, number := number + 1, status, page_size)) is not None:
        if page.faults:
            raise PayloadError(page.faults[0].reason, job_id=page.faults[0].job_id or None)
        ids = page.jobs.column("job_id").to_pylist()
        new = page.jobs.filter(pa.array([job_id not in seen for job_id in ids], pa.bool_()))
        seen.update(int(job_id) for job_id in ids if job_id is not None)
        batches.append(created_within(new, since, until))
        counts.append(page.count)
        if reaches_back_to(page, since):
            return Listing(batches, 0, shrank(counts), counts[-1])
        if number >= max(page.total_pages, pages_of(page.count, page_size)):
            break
    return Listing(batches, max(counts[-1] - len(seen), 0), shrank(counts), counts[-1])


def _page(endpoints: Endpoints, number: int, status: str | None, page_size: int) -> JobsPage | None:
    """A page; None where the list ends, or where its next page cannot be read: the count tells that."""
    try:
        return endpoints.jobs_page(number, status=status, page_size=page_size)
    except MalformedBodyError:
        if number == 1:
            raise
        return None


def _instant(value: datetime) -> pa.Scalar[Any]:
    return pa.scalar(value, pa.timestamp("us", tz="UTC"))
