"""Which jobs' records are exported, in which order, and which of them wait for another run.

In: what is known of jobs, what each takes, and what is left of a budget. Out: jobs for now and for later.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from ..api import INLINE_RECORDS, RECORDS_PAGE_SIZE
from ..reading import created_within
from ..reading import job_ids as ids_of
from .known_jobs import KnownJobs
from .options import SyncOptions
from .rejects import RETRIES_A_RUN
from .runs import pruned_before


def open_work(known: KnownJobs, options: SyncOptions) -> pa.Table:
    """The final jobs to export, oldest first: those not exported yet, or with ``refetch`` all of them."""
    columns = ["job_id", "created_at", "is_final", "deleted_at", "total_records"]
    jobs = known.jobs("all" if options.refetch else "open", columns)
    jobs = jobs.filter(pc.and_(jobs.column("is_final"), pc.is_null(jobs.column("deleted_at"))))
    if options.jobs:
        jobs = jobs.filter(pc.is_in(jobs.column("job_id"), value_set=pa.array(options.jobs, pa.int64())))
    jobs = created_within(jobs, options.since, options.until)
    jobs = created_within(jobs, pruned_before(known.destination, known.stamp.account), None)
    rejected = pa.array(sorted(known.rejects.job_ids), pa.int64())
    jobs = jobs.filter(pc.invert(pc.is_in(jobs.column("job_id"), value_set=rejected)))
    return jobs.sort_by([("created_at", "ascending"), ("job_id", "ascending")])


def pruned_among(known: KnownJobs, job_ids: Collection[int]) -> list[int]:
    """Those of the jobs whose records were removed for their age."""
    pruned = pruned_before(known.destination, known.stamp.account) if job_ids else None
    if pruned is None:
        return []
    return ids_of(created_within(known.rows(sorted(job_ids)), None, pruned))


def due_rejects(known: KnownJobs, options: SyncOptions) -> Iterator[int]:
    """Jobs rejected in earlier runs that are worth another look now: named ones all, others a few a run."""
    rejected = sorted(known.rejects.job_ids - known.rejects.rejected_now - {0})
    if options.jobs:
        yield from (job_id for job_id in rejected if job_id in options.jobs)
        return
    due = [job_id for job_id in rejected if known.rejects.is_due(job_id)]
    yield from due[:RETRIES_A_RUN]


@dataclass(frozen=True, slots=True)
class Need:
    """How many requests a job's records take."""

    job_id: int
    requests: int


def needs_of(work: pa.Table) -> list[Need]:
    """What each job of ``work`` takes, by its ``total_records``, in the same order."""
    totals = work.column("total_records").to_pylist()
    return [Need(job_id, _requests(total)) for job_id, total in zip(ids_of(work), totals, strict=True)]


def small_first(needs: Sequence[Need]) -> list[Need]:
    """The jobs that take least first, else as they were."""
    return sorted(needs, key=lambda need: need.requests)


def fitting(needs: Sequence[Need], left: int) -> tuple[list[Need], list[Need]]:
    """The jobs that fit into what is left, one after the other, and those that do not."""
    now, later = [], []
    for need in needs:
        if need.requests <= left:
            now.append(need)
            left -= need.requests
        else:
            later.append(need)
    return now, later


def budget_spent(later: list[Need], max_requests: int) -> str:
    """That a run's budget did not do for these jobs, and which of them it never will."""
    largest = max(later, key=lambda need: need.requests)
    spent = f"the budget of {max_requests} requests is spent; {len(later)} jobs wait for the next run"
    if largest.requests < max_requests:
        return spent
    return (
        f"{spent}, and job {largest.job_id} alone takes {largest.requests} requests: "
        "give a run a larger --max-requests for it"
    )


def _requests(total: int | None) -> int:
    if total is None or total <= INLINE_RECORDS:
        return 1
    return -(-total // RECORDS_PAGE_SIZE)
