"""Which jobs are new since the last load, where no destination of ours tells: by a frontier in the list.

In: List jobs, and what the last load left. Out: job facts, and what the next load starts from. The list is
newest first, so reading it ends at the frontier: an hour before the newest job, because a job may show up a
little after others that were created later. Of the jobs since then the ids are kept; of all before, how many
they are and the sum of their ids.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

import pyarrow as pa
import pyarrow.compute as pc

from ..api import JOB_FACTS_ARROW, Endpoints
from ..reading import job_ids, list_all_jobs

OVERLAP = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Frontier:
    """What a load knows of the jobs before it.

    ``recent``: ids of the jobs created at ``since`` or later. ``count`` and ``id_sum``: of all jobs that were
    listed. ``is_settled``: whether the list held as many jobs as the API counts.
    """

    since: datetime | None = None
    recent: frozenset[int] = frozenset()
    count: int = 0
    id_sum: int = 0
    is_settled: bool = True

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> Self:
        """What `as_state` made."""
        if not state.get("since"):
            return cls()
        since = datetime.fromisoformat(state["since"])
        return cls(since, frozenset(state["recent"]), state["count"], state["id_sum"], state["is_settled"])

    def as_state(self) -> dict[str, Any]:
        """As JSON can hold it."""
        return {
            "since": None if self.since is None else self.since.isoformat(),
            "recent": sorted(self.recent),
            "count": self.count,
            "id_sum": self.id_sum,
            "is_settled": self.is_settled,
        }


@dataclass(frozen=True, slots=True)
class Listed:
    """Facts of the ``jobs`` that were listed, newest first, and the ids of those that are ``new``.

    ``missing``: how many more the API counts. ``frontier``: where the next load begins.
    """

    jobs: pa.Table
    new: tuple[int, ...]
    missing: int
    frontier: Frontier


def list_new_jobs(endpoints: Endpoints, known: Frontier) -> Listed:
    """The jobs since the frontier; all of them where their number does not go with what is known.

    One request per 100 jobs. All jobs are new again where some come to light that were hidden before: which
    ones is not known.
    """
    listing = list_all_jobs(endpoints, since=known.since, until=None, status=None)
    jobs = _table(listing.jobs)
    new = [job_id for job_id in job_ids(jobs) if job_id not in known.recent]
    if known.since is not None and listing.count == known.count + len(new) and known.is_settled:
        return Listed(jobs, tuple(new), 0, _moved(known, jobs, new, known.count + len(new)))
    if known.since is not None:
        listing = list_all_jobs(endpoints, since=None, until=None, status=None)
        jobs = _table(listing.jobs)
        new = _new_of_all(jobs, known)
    is_settled = not listing.missing and not listing.shrank
    frontier = Frontier(is_settled=is_settled)
    return Listed(jobs, tuple(new), listing.missing, _moved(frontier, jobs, job_ids(jobs), jobs.num_rows))


def _new_of_all(jobs: pa.Table, known: Frontier) -> list[int]:
    ids = job_ids(jobs)
    since = pc.greater_equal(jobs.column("created_at"), pa.scalar(known.since, pa.timestamp("us", "UTC")))
    new = [
        i for i, is_later in zip(ids, since.to_pylist(), strict=True) if is_later and i not in known.recent
    ]
    before = len(ids) - len(new)
    is_same = (before, sum(ids) - sum(new)) == (known.count, known.id_sum)
    only_fewer = known.is_settled and before < known.count
    return new if is_same or only_fewer else ids


def _moved(frontier: Frontier, jobs: pa.Table, new: list[int], count: int) -> Frontier:
    """The frontier after these jobs; ``new``: those that are not in its sum yet."""
    newest: Any = pc.max(jobs.column("created_at")).as_py()
    if newest is None:
        return Frontier(frontier.since, frontier.recent, count, frontier.id_sum, frontier.is_settled)
    since = newest - OVERLAP if frontier.since is None else max(newest - OVERLAP, frontier.since)
    is_recent = pc.greater_equal(jobs.column("created_at"), pa.scalar(since, pa.timestamp("us", "UTC")))
    recent = frozenset(job_ids(jobs.filter(is_recent)))
    return Frontier(since, recent, count, frontier.id_sum + sum(new), frontier.is_settled)


def _table(batches: list[pa.RecordBatch]) -> pa.Table:
    return pa.Table.from_batches(batches, JOB_FACTS_ARROW)
