"""A run and its row in `sync_runs`: there from the start, true at the end, whatever happens between; and
how the runs before it ended.

In: a destination and what is asked for. Out: a `SyncResult`, rows in the destination, and what run and
destination agree on before anything is written: lock, privacy mode, what was pruned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import uuid_utils

from .. import __version__, schema, telemetry
from ..destinations import (
    MODE_ENTRY,
    Destination,
    held,
    read_meta,
    read_runs,
    read_suppressed,
    write_meta,
    write_runs,
)
from ..errors import EcoreError, SettingsError
from ..privacy import MODES, PiiMode, Privacy
from ..reading import Session
from ..settings import Secret
from .changes import Stamp
from .list_groups import ListGroups
from .options import LOCK_TIMEOUT_S, SyncResult

FINGERPRINT_ENTRY = "privacy_key_fingerprint"
ERASURE_KEY_ENTRY, PRUNED_ENTRY = "erasure_key", "records_pruned_before"

RUN_FIGURES = (
    "jobs_seen",
    "jobs_exported",
    "jobs_changed",
    "jobs_rejected",
    "records_written",
    "requests",
    "retries",
    "bytes_received",
)


class Run:
    """One run as it goes: its `SyncResult` so far, which several threads count on.

    ``groups``: those of the account's lists, which whoever publishes jobs sees to.
    """

    def __init__(self, account: str, destination: Destination) -> None:
        self._lock = Lock()
        self._result = SyncResult(str(uuid_utils.uuid7()), account, destination.url, datetime.now(UTC))
        self.stamp = Stamp(account, self._result.run_id, self._result.started_at)
        self.groups = ListGroups(destination, account)

    @property
    def result(self) -> SyncResult:
        """What it has done so far."""
        with self._lock:
            return self._result

    def count(self, **more: int) -> None:
        """Add to these figures of the result."""
        telemetry.count("jobs", more.get("jobs_exported", 0))
        telemetry.count("records", more.get("records_written", 0))
        with self._lock:
            sums = {name: getattr(self._result, name) + value for name, value in more.items()}
            self._result = replace(self._result, **sums)

    def say(self, **values: Any) -> None:
        """Set these attributes of the result."""
        with self._lock:
            self._result = replace(self._result, **values)

    def note(self, *notes: str) -> None:
        """Say something in the run's row and summary."""
        with self._lock:
            self._result = replace(self._result, notes=(*self._result.notes, *notes))


class EarlierRuns:
    """The account's runs before this one."""

    def __init__(self, destination: Destination, stamp: Stamp) -> None:
        self._destination = destination
        self._account = stamp.account
        self._run_id = stamp.run_id

    def was_cut_short(self) -> bool:
        """Whether the account's run before this one did not go through to its end."""
        before = self._last_run
        return before is not None and before["status"] not in ("complete", "partial")

    def runs_so_far(self) -> int:
        """How many runs of the account there were before this one."""
        return len(self._runs_before)

    def was_in_vain(self) -> bool:
        """Whether the account's run before this one was cut short, and exported nothing."""
        return self.was_cut_short() and not (self._last_run or {}).get("jobs_exported")

    def runs_ahead(self) -> int:
        """How many runs of the account began later than this one: a clock is, or was, wrong."""
        return sum(run["run_id"] > self._run_id for run in self._runs_before)

    @property
    def _last_run(self) -> dict[str, Any] | None:
        """The account's run before this one; those of a clock that was ahead do not count."""
        earlier = [run for run in self._runs_before if run["run_id"] < self._run_id]
        return earlier[-1] if earlier else None

    @cached_property
    def _runs_before(self) -> list[dict[str, Any]]:
        """The account's other runs, oldest first."""
        runs = read_runs(self._destination).select(["run_id", "account", "status", "jobs_exported"])
        runs = runs.filter(pc.equal(runs.column("account"), pa.scalar(self._account)))
        return runs.filter(pc.not_equal(runs.column("run_id"), pa.scalar(self._run_id))).to_pylist()


@contextmanager
def recorded_run(
    session: Session, destination: Destination, run: Run, pii: PiiMode | None, pii_key: Secret | None
) -> Iterator[Privacy]:
    """Be the only writer, with the run's row there from the start and true at the end.

    An `EcoreError` that ends the run goes into its result. Raises where the run cannot even begin.
    """
    agreed_privacy(destination, pii, pii_key)  # before the lock, which may make a folder
    told = len(destination.notes)
    with destination.lock(LOCK_TIMEOUT_S):
        privacy = agreed_privacy(destination, pii, pii_key)
        destination.ensure_schema()
        with held(destination, for_writing=True):
            record_privacy(destination, privacy)
            if destination.has_one_writer:  # else one that seems dead may be at work beside this one
                close_dead_runs(destination)
            write_run(destination, run.result)
        try:
            with ended(session, run):
                yield privacy
        finally:
            if run.result.status == "running":
                run.say(status="failed")
            run.note(*destination.notes[told:])
            write_run(destination, run.result)


@contextmanager
def ended(session: Session, run: Run) -> Iterator[None]:
    """Let a run end: its error, traffic and end go into its result.

    ``stopped`` if trying again later may help, else ``failed``.
    """
    try:
        yield
    except EcoreError as error:
        run.say(error=error, status="stopped" if error.retryable else "failed")
    finally:
        traffic = session.endpoints.api.traffic
        run.say(
            requests=traffic.requests,
            retries=traffic.retries,
            bytes_received=traffic.bytes_received,
            drift=session.endpoints.decoder.drift.notes(),
            finished_at=datetime.now(UTC),
        )


def write_run(destination: Destination, result: SyncResult) -> None:
    """Write the run as it stands."""
    noted = result.drift | dict.fromkeys(result.notes, 1)
    row = {
        "run_id": result.run_id,
        "started_at": result.started_at,
        "finished_at": result.finished_at,
        "status": result.status,
        "account": result.account,
        **{name: getattr(result, name) for name in RUN_FIGURES},
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


def agreed_privacy(destination: Destination, asked: PiiMode | None, key: Secret | None) -> Privacy:
    """The destination's privacy, or the one asked for where it was never written. Writes nothing.

    Raises `SettingsError` when another mode is asked for than the destination has, or another key is given.
    """
    with held(destination):
        entries, erased = read_meta(destination), read_suppressed(destination)
    stored = entries.get(MODE_ENTRY)
    mode = asked or stored or "keep"
    if stored is not None and mode != stored:
        raise SettingsError(
            f"the destination holds addresses in the mode --pii {stored}, not {mode}: leave --pii out, "
            "or export to another destination"
        )
    if mode == "hash" and key is None:
        raise SettingsError("--pii hash needs a key: set ECORE_PII_KEY to a long random text and keep it")
    erasure_key = Secret(entries.get(ERASURE_KEY_ENTRY, ""))
    for candidate in _candidates(key) if mode == "hash" else [None]:
        privacy = Privacy(mode=_mode(mode), key=candidate, erased=erased, erasure_key=erasure_key)
        if entries.get(FINGERPRINT_ENTRY, privacy.fingerprint()) == privacy.fingerprint():
            return privacy
    raise SettingsError("ECORE_PII_KEY is not the key that the destination's hashes were made with")


def _candidates(key: Secret | None) -> list[Secret | None]:
    """The key without blanks and line breaks around it, then as it was given: version 0.1 took it so."""
    return [None] if key is None else [Secret(key.reveal().strip()), key]


def record_privacy(destination: Destination, privacy: Privacy) -> None:
    """Write down the privacy of a destination, where it is not."""
    entries: dict[str, str] = {MODE_ENTRY: privacy.mode}
    if (fingerprint := privacy.fingerprint()) is not None:
        entries[FINGERPRINT_ENTRY] = fingerprint
    if not entries.items() <= read_meta(destination).items():
        write_meta(destination, entries)


def pruned_before(destination: Destination, account: str) -> datetime | None:
    """Records of the account's jobs created before this were removed; None if none were."""
    entries = read_meta(destination)
    texts = [entries[name] for name in (PRUNED_ENTRY, _pruned_entry(account)) if name in entries]
    return max(map(datetime.fromisoformat, texts), default=None)


def remember_pruned(destination: Destination, before: datetime, account: str | None) -> None:
    """Later syncs leave out records of jobs created before that; of all accounts if ``account`` is None."""
    name = PRUNED_ENTRY if account is None else _pruned_entry(account)
    earlier = read_meta(destination).get(name)
    if earlier is None or datetime.fromisoformat(earlier) < before:
        write_meta(destination, {name: before.astimezone(UTC).isoformat()})


def _pruned_entry(account: str) -> str:
    return f"{PRUNED_ENTRY}:{account}"


def _mode(text: str) -> PiiMode:
    for mode in MODES:
        if text == mode:
            return mode
    raise SettingsError(f"--pii is one of {', '.join(MODES)}, not {text}")
