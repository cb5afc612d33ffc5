"""The whole list of jobs, or the newest part of it. In: dates. Out: job facts. Called by `client`.

List jobs has page numbers and nothing else, so a job that is created while paging shows twice, and one that
is deleted hides another: the list is read again until it holds as many jobs as the API counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .decode import JobsPage
from .endpoints import Endpoints
from .errors import PayloadError

ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Listing:
    """Job facts, newest first; ``missing``: how many more the API counts."""

    jobs: list[pa.RecordBatch]
    missing: int


def list_all_jobs(
    endpoints: Endpoints, *, since: datetime | None, until: datetime | None, status: str | None
) -> Listing:
    """Every job created in [since, until), each once. Raises `PayloadError` if one cannot be read."""
    for _ in range(ATTEMPTS):
        listing = _list_once(endpoints, since, until, status)
        if listing.missing <= 0:
            break
    return listing


def created_within(jobs: pa.RecordBatch, since: datetime | None, until: datetime | None) -> pa.RecordBatch:
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


def _list_once(
    endpoints: Endpoints, since: datetime | None, until: datetime | None, status: str | None
) -> Listing:
    seen: set[int] = set()
    batches: list[pa.RecordBatch] = []
    number = 0
    while (page := endpoints.jobs_page(number := number + 1, status=status)) is not None:
        if page.faults:
            raise PayloadError(page.faults[0].reason, job_id=page.faults[0].job_id or None)
        ids = page.jobs.column("job_id").to_pylist()
        new = page.jobs.filter(pa.array([job_id not in seen for job_id in ids], pa.bool_()))
        seen.update(int(job_id) for job_id in ids if job_id is not None)
        batches.append(created_within(new, since, until))
        if reaches_back_to(page, since):
            return Listing(batches, 0)
        if number >= page.total_pages:
            break
    return Listing(batches, page.count - len(seen) if page is not None else 0)


def _instant(value: datetime) -> pa.Scalar[Any]:
    return pa.scalar(value, pa.timestamp("us", tz="UTC"))
