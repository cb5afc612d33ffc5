"""What the account's earlier runs left behind: how they ended, and which jobs they found missing.

In: rows of `schema.SYNC_RUNS`, and an entry of the destination about itself, which `status` and `verify`
read, too. Out: what this run may leave out, such as listing everything again for jobs that the API does not
give.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..destinations import Destination, read_meta, read_runs, write_meta
from .changes import Stamp

ENTRY = "missing_jobs"
"""Of all accounts in one entry: a label may be as long as the name of an entry."""
LISTED_AGAIN_AFTER = timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class Gap:
    """``known`` of the ``counted`` jobs are known, although everything was listed at ``listed_at``."""

    counted: int
    known: int
    listed_at: datetime

    def __str__(self) -> str:
        return (
            f"jobs are missing: the API counts {self.counted:,}, and {self.known:,} are known although all "
            "that it gives was listed; tell eCore's support if this lasts"
        )

    def stands(self, counted: int, known: int, now: datetime) -> bool:
        """Whether nothing has changed since, and it is too early to list everything again.

        A clock that was ahead makes nobody wait longer.
        """
        age = now - self.listed_at
        return (self.counted, self.known) == (counted, known) and timedelta(0) <= age < LISTED_AGAIN_AFTER


def read_gap(destination: Destination, account: str) -> Gap | None:
    """What the last run that compared found missing; None if nothing was."""
    found = _entries(destination).get(account)
    if found is None:
        return None
    return Gap(found["counted"], found["known"], datetime.fromisoformat(found["listed_at"]))


def write_gap(destination: Destination, account: str, gap: Gap | None) -> None:
    """Remember what is missing, or that nothing is; writes only what changes."""
    entries = _entries(destination)
    if gap is None:
        if entries.pop(account, None) is None:
            return
    else:
        listed_at = gap.listed_at.isoformat()
        now = {"counted": gap.counted, "known": gap.known, "listed_at": listed_at}
        if entries.get(account) == now:
            return
        entries[account] = now
    write_meta(destination, {ENTRY: json.dumps(entries, sort_keys=True)})


def _entries(destination: Destination) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = json.loads(read_meta(destination).get(ENTRY, "{}"))
    return entries
