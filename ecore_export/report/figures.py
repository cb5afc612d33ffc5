"""All that the report knows: what the views say about a period, and how fresh and complete the data are.

In: a destination, what was asked for, the time. Out: `Figures`, and the `Health` of each account, which
`status` shows, too: the view data_freshness, with what no view knows: the time it is, and what the API counts
and does not list. The destination's own engine counts; of records nothing arrives here but sums by day.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..destinations import Destination, chosen_tz, read_gap, read_meta, read_runs
from ..times import Moment, Offsets, offsets_of, zone_of
from ..views import Period, period_of

_SECOND_US, _DAY_US = 1_000_000, 86_400_000_000

LIMITS_S = (10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 604_800)
"""Upper bounds of the classes of turnaround, in seconds; the last class has none."""
CLOCKS_DIFFER = timedelta(minutes=5)
"""A run that ended so far in the future was written by a machine whose clock differs a little."""


@dataclass(frozen=True, slots=True)
class Query:
    """What the report is about. ``account``: None for all; ``tz``: None for that of the views."""

    since: Moment | None = None
    until: Moment | None = None
    tz: str | None = None
    account: str | None = None


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


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows of views for a period, and the health of each account.

    ``usage_ever``, ``quality_ever`` and ``statement``: without the bounds of the period, to compare with what
    was before, and because months are paid whole.

    ``turnaround``: final jobs by account, day of creation, status and class (`LIMITS_S`), which is null for
    those whose end is not known.
    """

    tz: str
    period: Period
    usage: pa.Table
    quality: pa.Table
    usage_ever: pa.Table
    quality_ever: pa.Table
    statement: pa.Table
    validators: pa.Table
    domains: pa.Table
    repeats: pa.Table
    turnaround: pa.Table
    health: list[Health]

    @property
    def known_until(self) -> dict[str, date]:
        """Up to which day each account is known whole."""
        zone = zone_of(self.tz)
        return {
            each.account: (each.last_complete_at or each.now).astimezone(zone).date() for each in self.health
        }


def read_figures(destination: Destination, query: Query, now: datetime) -> Figures:
    """Read the views. Raises `SettingsError` for a period or zone that makes no sense."""
    tz = chosen_tz({} if query.tz else read_meta(destination), query.tz)
    period = period_of(query.since, query.until, tz)

    def read(name: str, within: Period = period) -> pa.Table:
        bounds: Any = {"since": within.since, "until": within.until}
        return destination.read_view(name, tz=tz, account=query.account, **bounds)

    usage, quality = read("daily_credit_usage"), read("daily_list_quality")
    ever, is_bounded = Period(), period != Period()
    return Figures(
        tz=tz,
        period=period,
        usage=usage,
        quality=quality,
        usage_ever=read("daily_credit_usage", ever) if is_bounded else usage,
        quality_ever=read("daily_list_quality", ever) if is_bounded else quality,
        statement=read("monthly_statement", ever),
        validators=read("daily_validator_mix"),
        domains=read("domain_quality"),
        repeats=read("repeat_costs"),
        turnaround=_classed(read("job_turnaround"), tz),
        health=read_health(destination, now, query.account),
    )


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


def _classed(jobs: pa.Table, tz: str) -> pa.Table:
    """How many jobs of each account, day, status and class of turnaround there are."""
    seconds: Any = jobs["total_seconds"]
    limits_passed: Any = pc.if_else(pc.is_valid(seconds), pa.scalar(0), None)
    for limit_s in LIMITS_S:
        limits_passed = pc.add(limits_passed, pc.greater(seconds, pa.scalar(float(limit_s))).cast(pa.int64()))
    columns: dict[str, Any] = {
        "account": jobs["account"],
        "day": _days_of(jobs["created_at"], offsets_of(tz)),
        "status": jobs["status"],
        "class": limits_passed,
    }
    rows = pa.table(columns)
    counted = rows.group_by(rows.column_names).aggregate([([], "count_all")])
    return counted.rename_columns([*rows.column_names, "jobs"])


def _days_of(instants: Any, offsets: Offsets) -> Any:
    """The day of each instant by the clock of a zone."""
    since_epoch = pc.fill_null(instants.cast(pa.int64()), 0).to_numpy()
    changes = np.array(offsets.changes_s, np.int64) * _SECOND_US
    offset = np.array(offsets.offsets_s, np.int64)[np.searchsorted(changes, since_epoch, side="right")]
    days = (since_epoch + offset * _SECOND_US) // _DAY_US
    return pc.if_else(pc.is_valid(instants), pa.array(days, pa.int32()).cast(pa.date32()), None)
