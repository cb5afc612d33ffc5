"""The row of a run in `sync_runs`: there from the start, brought up to date at the end.

In: a `SyncResult`. Out: rows in the destination. Called by `engine`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from .. import __version__, schema
from ..destinations import Destination
from .options import SyncResult

_FIGURES = (
    "jobs_seen",
    "jobs_exported",
    "jobs_changed",
    "jobs_rejected",
    "records_written",
    "requests",
    "retries",
    "bytes_received",
)


def write_run(destination: Destination, result: SyncResult) -> None:
    """Write the run as it stands."""
    row = {
        "run_id": result.run_id,
        "started_at": result.started_at,
        "finished_at": result.finished_at,
        "status": result.status,
        "account": result.account,
        **{name: getattr(result, name) for name in _FIGURES},
        "drift": json.dumps(result.drift, sort_keys=True) if result.drift else None,
        "error": None if result.error is None else str(result.error),
        "version": __version__,
        "destination": result.destination,
    }
    destination.write_run(pa.Table.from_pylist([row], schema.SYNC_RUNS.arrow))


def close_dead_runs(destination: Destination) -> None:
    """Mark runs as failed that never ended. The caller holds the lock, so nobody else is running."""
    runs = destination.read_runs()
    dead = runs.filter(pc.equal(runs.column("status"), pa.scalar("running"))).to_pylist()
    for row in dead:
        row |= {
            "status": "failed",
            "finished_at": datetime.now(UTC),
            "error": "found dead: the process ended without a word",
        }
    if dead:
        destination.write_run(pa.Table.from_pylist(dead, schema.SYNC_RUNS.arrow))
