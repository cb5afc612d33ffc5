"""How far a stream has come in the list of jobs.

In: List jobs, and an offset that Spark kept in its checkpoint. Out: the jobs after it, and the next offset.
An offset is the newest job before the first that is not final: a job comes when it and all before it are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from ...api import JOB_FACTS_ARROW, Endpoints
from ...reading import job_ids, list_all_jobs
from ..frontier import OVERLAP
from .listing import check_whole


@dataclass(frozen=True, slots=True)
class Offset:
    """Jobs up to the id ``job_id`` have come. ``jobs``: how many the API counted up to there.

    ``since``: listing from then on shows all later ones; None: from the beginning.
    """

    job_id: int = 0
    jobs: int = 0
    since: datetime | None = None

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """What `as_state` made."""
        since = datetime.fromisoformat(state["since"]) if state["since"] else None
        return cls(state["job_id"], state["jobs"], since)

    def as_state(self) -> dict[str, Any]:
        """As Spark's checkpoint holds it."""
        return {
            "job_id": self.job_id,
            "jobs": self.jobs,
            "since": "" if self.since is None else self.since.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class Later:
    """The ``jobs`` after ``start``: facts by ascending id; ``count``: of all jobs that the API has."""

    start: Offset
    jobs: pa.Table
    count: int

    def next_offset(self, start: Offset, most: int | None) -> Offset:
        """The offset after ``start``, at most so many jobs later; ``start`` where there is none."""
        jobs = self.between(start.job_id, None)
        final = len(list(takewhile(bool, jobs.column("is_final").to_pylist())))
        taken = final if most is None else min(final, most)
        if not taken:
            return start
        last = jobs.slice(taken - 1, 1).to_pylist()[0]
        return Offset(last["job_id"], self.count - (len(jobs) - taken), last["created_at"] - OVERLAP)

    def between(self, after: int, until: int | None) -> pa.Table:
        """Facts of the jobs with ids above the one, up to the other one."""
        ids = self.jobs.column("job_id")
        jobs = self.jobs.filter(pc.greater(ids, pa.scalar(after, pa.int64())))
        if until is None:
            return jobs
        return jobs.filter(pc.less_equal(jobs.column("job_id"), pa.scalar(until, pa.int64())))

    def reaches(self, start: Offset, end: Offset) -> bool:
        """Whether all jobs between these offsets are among these."""
        return self.start.job_id <= start.job_id and end.job_id in set(job_ids(self.jobs))


def list_later(endpoints: Endpoints, start: Offset) -> Later:
    """The jobs after an offset: one request per 100 of them, or per 100 of all where any is missing.

    Raises `ServerError` if the list does not show all jobs: going on would leave one out for ever.
    """
    listing = list_all_jobs(endpoints, since=start.since, until=None, status=None)
    jobs = _after(listing.jobs, start)
    if start.since is not None and start.jobs + len(jobs) < listing.count:
        listing = list_all_jobs(endpoints, since=None, until=None, status=None)
        jobs = _after(listing.jobs, start)
    check_whole(listing)
    return Later(start, jobs, listing.count)


def _after(listed: list[pa.RecordBatch], start: Offset) -> pa.Table:
    jobs = pa.Table.from_batches(listed, JOB_FACTS_ARROW).sort_by("job_id")
    return jobs.filter(pc.greater(jobs.column("job_id"), pa.scalar(start.job_id, pa.int64())))
