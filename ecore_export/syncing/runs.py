"""A run and its row in `sync_runs`: there from the start, true at the end, whatever happens between.

In: a `SyncResult`. Out: rows in the destination.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

from .. import __version__, schema
from ..destinations import Destination, read_runs, write_runs
from ..errors import EcoreError
from ..privacy import PiiMode, Privacy
from ..reading import Wire
from ..settings import Secret
from .agreement import LOCK_TIMEOUT_S, agreed_privacy, record_privacy
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


@contextmanager
def recorded_run(
    wire: Wire, destination: Destination, result: SyncResult, pii: PiiMode | None, pii_key: Secret | None
) -> Iterator[Privacy]:
    """Be the only writer, with the run's row there from the start and true at the end.

    An `EcoreError` that ends the run goes into ``result``. Raises where the run cannot even begin.
    """
    agreed_privacy(destination, pii, pii_key)  # before the lock, which may make a folder
    told = len(destination.notes)
    with destination.lock(LOCK_TIMEOUT_S):
        privacy = agreed_privacy(destination, pii, pii_key)
        destination.ensure_schema()
        record_privacy(destination, privacy)
        close_dead_runs(destination)
        write_run(destination, result)
        try:
            with ended(wire, result):
                yield privacy
        finally:
            if result.status == "running":
                result.status = "failed"
            result.notes += destination.notes[told:]
            write_run(destination, result)


@contextmanager
def ended(wire: Wire, result: SyncResult) -> Iterator[None]:
    """Let a run end: its error, traffic and end go into ``result``.

    ``stopped`` if trying again later may help, else ``failed``.
    """
    try:
        yield
    except EcoreError as error:
        result.error = error
        result.status = "stopped" if error.retryable else "failed"
    finally:
        traffic = wire.endpoints.api.traffic
        result.requests, result.retries = traffic.requests, traffic.retries
        result.bytes_received = traffic.bytes_received
        result.drift = wire.endpoints.decoder.drift.notes()
        result.finished_at = datetime.now(UTC)


def write_run(destination: Destination, result: SyncResult) -> None:
    """Write the run as it stands."""
    noted = result.drift | dict.fromkeys(result.notes, 1)
    row = {
        "run_id": result.run_id,
        "started_at": result.started_at,
        "finished_at": result.finished_at,
        "status": result.status,
        "account": result.account,
        **{name: getattr(result, name) for name in _FIGURES},
        "drift": json.dumps(noted, sort_keys=True) if noted else None,
        "error": result.trouble,
        "version": __version__,
        "destination": result.destination,
    }
    write_runs(destination, pa.Table.from_pylist([row], schema.SYNC_RUNS.arrow))


def close_dead_runs(destination: Destination) -> None:
    """Mark runs as failed that never ended. The caller holds the lock, so nobody else is running."""
    runs = read_runs(destination)
    dead = runs.filter(pc.equal(runs.column("status"), pa.scalar("running"))).to_pylist()
    for row in dead:
        row |= {
            "status": "failed",
            "finished_at": datetime.now(UTC),
            "error": "found dead: the process ended without a word",
        }
    if dead:
        write_runs(destination, pa.Table.from_pylist(dead, schema.SYNC_RUNS.arrow))
