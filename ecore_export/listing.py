"""The whole list of jobs, or the newest part of it. In: dates. Out: job facts. Called by `client`.

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

from .decode import JobsPage
from .endpoints import Endpoints
from .errors import PayloadError

ATTEMPTS = 3

Jobs = TypeVar("Jobs", pa.RecordBatch, pa.Table)


@dataclass(frozen=True, slots=True)
class Listing:
    """Job facts, newest first; ``missing``: how many more the API counts.

    ``shrank``: jobs were deleted while paging, and each may have hidden another one.
    """

    jobs: list[pa.RecordBatch]
    missing: int
    shrank: bool


def list_all_jobs(
    endpoints: Endpoints, *, since: datetime | None, until: datetime | None, status: str | None
) -> Listing:
    """Every job created in [since, until), each once. Raises `PayloadError` if one cannot be read."""
    for _ in range(ATTEMPTS):
        listing = _list_once(endpoints, since, until, status)
        if not listing.missing and not listing.shrank:
            break
    return listing


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


def shrank(counts: list[int]) -> bool:
    """Whether the list got shorter from one page to the next, by the counts that its pages gave."""
    return any(later < earlier for earlier, later in pairwise(counts))


def _list_once(
    endpoints: Endpoints, since: datetime | None, until: datetime | None, status: str | None
) -> Listing:
    seen: set[int] = set()
    batches: list[pa.RecordBatch] = []
    counts: list[int] = []
    number = 0
    while (page := endpoints.jobs_page(number := number + 1, status=status)) is not None:
        if page.faults:
            raise PayloadError(page.faults[0].reason, job_id=page.faults[0].job_id or None)
        ids = page.jobs.column("job_id").to_pylist()
        new = page.jobs.filter(pa.array([job_id not in seen for job_id in ids], pa.bool_()))
        seen.update(int(job_id) for job_id in ids if job_id is not None)
        batches.append(created_within(new, since, until))
        counts.append(page.count)
        if reaches_back_to(page, since):
            return Listing(batches, 0, shrank(counts))
        if number >= page.total_pages:
            return Listing(batches, max(page.count - len(seen), 0), shrank(counts))
    return Listing(batches, 0, shrank=True)


def _instant(value: datetime) -> pa.Scalar[Any]:
    return pa.scalar(value, pa.timestamp("us", tz="UTC"))
