"""What the views say about a period: all that the report knows.

In: a destination, what was asked for. Out: `Figures`. The destination's own engine counts; of records nothing
arrives here but sums by day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..destinations import Destination, chosen_tz, read_meta
from ..times import Moment, Offsets, offsets_of
from ..views import Period, period_of
from .health import Health, read_health

_SECOND_US, _DAY_US = 1_000_000, 86_400_000_000

LIMITS_S = (10, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 28_800, 86_400, 172_800, 604_800)
"""Upper bounds of the classes of turnaround, in seconds; the last class has none."""


@dataclass(frozen=True, slots=True)
class Query:
    """What the report is about. ``account``: None for all; ``tz``: None for that of the views."""

    since: Moment | None = None
    until: Moment | None = None
    tz: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Figures:
    """Rows of daily_credit_usage, daily_list_quality and daily_validator_mix, and the health of each account.

    ``turnaround``: final jobs by account, day of creation, status and class (`LIMITS_S`), which is null for
    those whose end is not known.
    """

    tz: str
    period: Period
    usage: pa.Table
    quality: pa.Table
    validators: pa.Table
    turnaround: pa.Table
    health: list[Health]


def read_figures(destination: Destination, query: Query, now: datetime) -> Figures:
    """Read the views. Raises `SettingsError` for a period or zone that makes no sense."""
    tz = chosen_tz({} if query.tz else read_meta(destination), query.tz)
    period = period_of(query.since, query.until, tz)

    def read(name: str) -> pa.Table:
        bounds: Any = {"since": period.since, "until": period.until}
        return destination.read_view(name, tz=tz, account=query.account, **bounds)

    return Figures(
        tz=tz,
        period=period,
        usage=read("daily_credit_usage"),
        quality=read("daily_list_quality"),
        validators=read("daily_validator_mix"),
        turnaround=_classed(read("job_turnaround"), tz),
        health=read_health(destination, now, query.account),
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
