"""List quality, turnaround and freshness over Arrow tables: the twins of the SQL.

In: rows of `schema.JOBS`, `schema.SYNC_RUNS` and `schema.REJECTS`. Out: rows of the views. Called by
`of_frames` and, for Parquet folders, `destinations`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from .declared import DAILY_LIST_QUALITY, DATA_FRESHNESS, JOB_TURNAROUND, LIST_QUALITY
from .shaping import WIDE, count_of, days_of, ratio, shaped
from .zones import Offsets

_NOTHING: Any = pa.scalar(Decimal(0), WIDE)
_ZERO: Any = pa.scalar(0, pa.int64())
_COUNTS = ("total_records", "valid_count", "invalid_count", "unknown_count", "other_count")

LIST_COLUMNS = ("account", "list_name", "status", *_COUNTS, "total_credits_charged", "created_at")
"""What `list_quality` needs of `schema.JOBS`."""

TURNAROUND_COLUMNS = (
    *("account", "job_id", "list_name", "status", "is_final", "total_records", "created_at", "started_at"),
    *("completed_at", "queue_seconds", "processing_seconds"),
)
"""What `job_turnaround` needs of `schema.JOBS`."""

FRESHNESS_COLUMNS = (
    *("account", "is_final", "records_exported", "is_reconciled", "deleted_at", "created_at"),
)
"""What `data_freshness` needs of `schema.JOBS`."""

RUN_COLUMNS = ("account", "run_id", "started_at", "finished_at", "status")
"""What `data_freshness` needs of `schema.SYNC_RUNS`."""

REJECT_COLUMNS = ("account", "resolved_at")
"""What `data_freshness` needs of `schema.REJECTS`."""


def list_quality(jobs: pa.Table, offsets: Offsets | None = None) -> pa.Table:
    """Rows of `LIST_QUALITY`; with ``offsets``, which draw the line between days, of `DAILY_LIST_QUALITY`."""
    view = LIST_QUALITY if offsets is None else DAILY_LIST_QUALITY
    done = jobs.filter(pc.equal(jobs["status"], pa.scalar("Processed"))).select(LIST_COLUMNS)
    place = LIST_COLUMNS.index("total_credits_charged")
    done = done.set_column(place, "net", done["total_credits_charged"].cast(WIDE))
    wanted: list[Any] = [("status", "count"), ("net", "sum"), ("created_at", "min"), ("created_at", "max")]
    wanted += [(name, "sum") for name in _COUNTS]
    if offsets is not None:
        done = done.append_column("day", days_of(done["created_at"], offsets))
    sums = done.group_by(list(view.key)).aggregate(wanted)
    counts: dict[str, Any] = {name: pc.fill_null(sums[f"{name}_sum"], _ZERO) for name in _COUNTS}
    net: Any = pc.fill_null(sums["net_sum"].cast(WIDE), _NOTHING)
    columns: dict[str, Any] = {
        **{name: sums[name] for name in view.key},
        "jobs": sums["status_count"],
        **counts,
        **{
            f"{name}_rate": ratio(counts[f"{name}_count"], counts["total_records"])
            for name in ("valid", "invalid", "unknown")
        },
        "credits_net": net,
        "credits_per_valid": _per_one(net, counts["valid_count"]),
        "first_job_at": sums["created_at_min"],
        "last_job_at": sums["created_at_max"],
    }
    return shaped(view, pa.table(columns))


def _per_one(credits: Any, counts: Any) -> Any:
    """Credits divided by counts as the views' SQL does it: the micro-credits' nearest double comes first."""
    pairs = zip(credits.to_pylist(), counts.to_pylist(), strict=True)
    return pa.array(
        [float(int(net.scaleb(6))) / count / 1_000_000 if count else None for net, count in pairs],
        pa.float64(),
    )


def job_turnaround(jobs: pa.Table) -> pa.Table:
    """Rows of `JOB_TURNAROUND`."""
    final = jobs.filter(jobs["is_final"]).select(TURNAROUND_COLUMNS)
    elapsed = pc.subtract(final["completed_at"], final["created_at"]).cast(pa.int64())
    final = final.append_column("total_seconds", pc.divide(elapsed.cast(pa.float64(), safe=False), 1e6))
    speed = ratio(final["total_records"], final["processing_seconds"])
    return shaped(JOB_TURNAROUND, final.append_column("records_per_second", speed))


def data_freshness(jobs: pa.Table, runs: pa.Table | None = None, rejects: pa.Table | None = None) -> pa.Table:
    """Rows of `DATA_FRESHNESS`."""
    runs = schema.SYNC_RUNS.empty() if runs is None else runs
    rejects = schema.REJECTS.empty() if rejects is None else rejects
    accounts = dict.fromkeys(
        [*pc.unique(jobs["account"]).to_pylist(), *pc.unique(runs["account"]).to_pylist()]
    )
    rows = [
        {
            "account": account,
            **_run_facts(_only(runs, account)),
            **_job_facts(_only(jobs, account)),
            "open_rejects": _only(rejects, account)["resolved_at"].null_count,
        }
        for account in accounts
    ]
    return shaped(DATA_FRESHNESS, pa.Table.from_pylist(rows, DATA_FRESHNESS.frame_arrow))


def _only(rows: pa.Table, account: Any) -> pa.Table:
    return rows.filter(pc.equal(rows["account"], pa.scalar(account, pa.string())))


def _run_facts(runs: pa.Table) -> dict[str, Any]:
    complete = runs.filter(pc.equal(runs["status"], pa.scalar("complete")))
    newest = runs.sort_by([("started_at", "descending"), ("run_id", "descending")]).slice(0, 1).to_pylist()
    last = newest[0] if newest else {}
    return {
        "last_complete_at": pc.max(complete["finished_at"]).as_py(),
        "last_run_at": last.get("started_at"),
        "last_run_status": last.get("status"),
    }


def _job_facts(jobs: pa.Table) -> dict[str, Any]:
    is_there, is_exported = pc.is_null(jobs["deleted_at"]), pc.is_valid(jobs["records_exported"])
    is_waiting = pc.and_(jobs["is_final"], pc.invert(is_exported))
    is_unreconciled = pc.and_(is_exported, pc.invert(jobs["is_reconciled"]))
    return {
        "newest_job_at": pc.max(jobs["created_at"]).as_py(),
        "jobs_known": len(jobs),
        "jobs_in_flight": count_of(jobs, pc.and_(is_there, pc.invert(jobs["is_final"]))),
        "jobs_waiting": count_of(jobs, pc.and_(is_there, is_waiting)),
        "jobs_exported": count_of(jobs, is_exported),
        "jobs_unreconciled": count_of(jobs, is_unreconciled),
        "records": int(pc.sum(jobs["records_exported"]).as_py() or 0),
    }
