"""In which order jobs are exported, and which of them wait for another run: pure functions.

In: what each job takes, and what is left of a budget. Out: jobs for now and for later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from ..api import INLINE_RECORDS, RECORDS_PAGE_SIZE
from ..reading import job_ids as ids_of


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


def _requests(total: int | None) -> int:
    if total is None or total <= INLINE_RECORDS:
        return 1
    return -(-total // RECORDS_PAGE_SIZE)
