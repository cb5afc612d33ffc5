"""How a destination stands: what is in it for one account, and how fresh that is.

In: a destination. Out: a `Standing`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..destinations import Destination, read_jobs, read_rejects, read_runs

RUNS_SHOWN = 5
CLOCKS_DIFFER = timedelta(minutes=5)
"""A run that ended so far in the future was written by a machine whose clock differs a little."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Figures of one account; ``runs``: the last ones, rows of `schema.SYNC_RUNS`, newest first.

    Jobs: ``known`` ever seen, ``exported`` with their records, ``waiting`` final but not exported,
    ``running`` not final, ``deleted`` gone at eCore, ``unreconciled`` exported though they do not add up.
    ``runs_ahead``: complete runs that ended in the future, so a clock was ahead; not among the last.
    ``missing``: that the API counts more jobs than it lists.
    """

    schema_version: int
    jobs: dict[str, int]
    records_exported: int
    rejects_open: int
    last_complete_at: datetime | None
    runs_ahead: int
    missing: str | None
    runs: pa.Table

    def age_s(self, now: datetime) -> float | None:
        """Seconds since the last complete run ended; None if there is none."""
        return (
            None if self.last_complete_at is None else max((now - self.last_complete_at).total_seconds(), 0.0)
        )


def standing(destination: Destination, account: str, now: datetime) -> Standing | None:
    """How it stands; None if nothing was ever written there. Changes nothing."""
    from ..syncing import read_gap

    version = destination.schema_version()
    if version is None:
        return None
    jobs = read_jobs(
        destination, account, columns=["is_final", "records_exported", "is_reconciled", "deleted_at"]
    )
    runs = read_runs(destination)
    runs = runs.filter(pc.equal(runs.column("account"), pa.scalar(account)))
    complete = runs.filter(pc.equal(runs.column("status"), pa.scalar("complete")))
    latest = pa.scalar(now + CLOCKS_DIFFER, complete.schema.field("finished_at").type)
    past = complete.filter(pc.less_equal(complete.column("finished_at"), latest))
    gap = read_gap(destination, account)
    return Standing(
        schema_version=version,
        jobs=_job_counts(jobs),
        records_exported=pc.sum(jobs.column("records_exported")).as_py() or 0,
        rejects_open=len(read_rejects(destination, account)),
        last_complete_at=pc.max(past.column("finished_at")).as_py(),
        runs_ahead=len(complete) - len(past),
        missing=None if gap is None else str(gap),
        runs=runs.take(pa.array(list(reversed(range(len(runs))))[:RUNS_SHOWN], pa.int64())),
    )


def _job_counts(jobs: pa.Table) -> dict[str, int]:
    is_final: Any = jobs.column("is_final")
    is_exported = pc.is_valid(jobs.column("records_exported"))
    is_there = pc.is_null(jobs.column("deleted_at"))
    is_waiting = pc.and_(pc.and_(is_final, is_there), pc.invert(is_exported))
    is_running = pc.and_(pc.invert(is_final), is_there)
    is_unreconciled = pc.equal(jobs.column("is_reconciled"), pa.scalar(False))
    return {
        "known": len(jobs),
        "exported": _count(is_exported),
        "waiting": _count(is_waiting),
        "running": _count(is_running),
        "deleted": _count(pc.invert(is_there)),
        "unreconciled": _count(is_unreconciled),
    }


def _count(flags: Any) -> int:
    return pc.sum(flags).as_py() or 0
