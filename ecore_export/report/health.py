"""How fresh and complete each account's data are: what `status` and the report both say.

In: a destination, the time. Out: `Health`: the view data_freshness, with what no view knows: the time it is,
and what the API counts and does not list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..destinations import Destination, read_runs
from ..syncing import read_gap

CLOCKS_DIFFER = timedelta(minutes=5)
"""A run that ended so far in the future was written by a machine whose clock differs a little."""


@dataclass(frozen=True, slots=True)
class Health:
    """A row of data_freshness, as it looks at ``now``.

    ``runs_ahead``: complete runs that ended in the future, as a clock was ahead; ``last_complete_at`` passes
    them over. ``missing``: that the API counts more jobs than it lists.
    """

    account: str
    now: datetime
    last_complete_at: datetime | None = None
    last_run_status: str | None = None
    jobs_known: int = 0
    jobs_in_flight: int = 0
    jobs_waiting: int = 0
    jobs_exported: int = 0
    jobs_unreconciled: int = 0
    records: int = 0
    open_rejects: int = 0
    runs_ahead: int = 0
    missing: str | None = None

    @property
    def age(self) -> timedelta | None:
        """How long ago the last complete run ended; None if there is none."""
        return None if self.last_complete_at is None else max(self.now - self.last_complete_at, timedelta(0))


def read_health(destination: Destination, now: datetime, account: str | None = None) -> list[Health]:
    """The health of each account that has jobs or runs, or of one. Changes nothing."""
    rows = destination.read_view("data_freshness", tz="UTC", account=account).to_pylist()
    latest = now + CLOCKS_DIFFER
    ahead = {row["account"] for row in rows if row["last_complete_at"] and row["last_complete_at"] > latest}
    ended = _complete_runs(destination, ahead) if ahead else {}
    return [_health(destination, row, now, ended.get(row["account"], ())) for row in rows]


def _complete_runs(destination: Destination, accounts: set[str]) -> dict[str, list[datetime]]:
    """When the complete runs of some accounts ended."""
    ended: dict[str, list[datetime]] = {account: [] for account in accounts}
    runs = read_runs(destination).select(["account", "status", "finished_at"])
    for account, status, finished_at in zip(*(column.to_pylist() for column in runs.columns), strict=True):
        if account in accounts and status == "complete" and finished_at is not None:
            ended[account].append(finished_at)
    return ended


def _health(
    destination: Destination, row: dict[str, Any], now: datetime, ended: Sequence[datetime]
) -> Health:
    """``ended``: when complete runs did, where one of them is ahead of the clock."""
    figures = {name: value for name, value in row.items() if name in Health.__dataclass_fields__}
    past = [at for at in ended if at <= now + CLOCKS_DIFFER]
    if ended:
        figures["last_complete_at"] = max(past, default=None)
    gap = read_gap(destination, row["account"])
    return Health(
        **figures, now=now, runs_ahead=len(ended) - len(past), missing=None if gap is None else str(gap)
    )
