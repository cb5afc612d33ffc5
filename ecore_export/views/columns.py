"""The views' names and columns, declared once, as `schema` declares the tables, and the period asked for.

Out: `VIEWS`, `Period`s. SQL, DataFrame functions, JSON Schema and the data dictionary follow it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..errors import SettingsError
from ..schema import Column, Kind
from ..times import Moment, as_instant, check_order, zone_of
from .declaring import View
from .job_views import (
    CREDIT_EVENTS,
    CREDIT_USAGE,
    DAILY_CREDIT_USAGE,
    DATA_FRESHNESS,
    JOB_TURNAROUND,
    LIST_QUALITY,
)
from .record_views import LATEST_EMAIL_STATUS, REPEAT_VALIDATIONS, VALIDATOR_MIX

__all__ = [
    "ALWAYS",
    "CREDIT_EVENTS",
    "CREDIT_USAGE",
    "DAILY_CREDIT_USAGE",
    "DATA_FRESHNESS",
    "JOB_TURNAROUND",
    "LATEST_EMAIL_STATUS",
    "LIST_QUALITY",
    "READABLE",
    "REPEAT_VALIDATIONS",
    "VALIDATOR_MIX",
    "VIEWS",
    "Period",
    "View",
    "ViewName",
    "check_period",
    "find_view",
    "period_of",
]

VIEWS = (
    CREDIT_EVENTS,
    DAILY_CREDIT_USAGE,
    LIST_QUALITY,
    VALIDATOR_MIX,
    JOB_TURNAROUND,
    LATEST_EMAIL_STATUS,
    REPEAT_VALIDATIONS,
    DATA_FRESHNESS,
)
"""The views of every destination."""


def _daily(view: View) -> View:
    """The view with a row for each day on which jobs were created."""
    account, *others = view.columns
    day = Column("day", Kind.DATE, "The day the jobs were created, in the views' time zone.", required=True)
    key = ("account", "day", *view.key[1:])
    return replace(view, name=f"daily_{view.name}", key=key, columns=(account, day, *others))


DAILY_LIST_QUALITY = _daily(LIST_QUALITY)
DAILY_VALIDATOR_MIX = _daily(VALIDATOR_MIX)
"""Read by their definition, as the report does; no destination has them as views."""

READABLE = (*VIEWS, DAILY_LIST_QUALITY, DAILY_VALIDATOR_MIX)
"""The views that can be read."""

ViewName = Literal[
    "credit_events",
    "daily_credit_usage",
    "list_quality",
    "validator_mix",
    "job_turnaround",
    "latest_email_status",
    "repeat_validations",
    "data_freshness",
    "daily_list_quality",
    "daily_validator_mix",
]
"""Their names, for editors and type checkers."""


def find_view(name: str) -> View:
    """The view of that name; raises `SettingsError`."""
    for view in READABLE:
        if view.name == name:
            return view
    raise SettingsError(f"no such view: {name!r}; there are {', '.join(view.name for view in READABLE)}")


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` (inclusive) to ``until`` (exclusive); None: without end on that side."""

    since: datetime | None = None
    until: datetime | None = None


ALWAYS = Period()


def period_of(since: Moment | None, until: Moment | None, tz: str) -> Period:
    """The period between two days or times, by the clock of ``tz`` where they name no offset.

    Raises `SettingsError` for text that is no time, an unknown zone, and a ``since`` not before ``until``.
    """
    period = Period(as_instant(since, zone_of(tz)), as_instant(until, zone_of(tz)))
    check_order(period.since, period.until)
    return period


def check_period(view: View, period: Period) -> None:
    """Raise `SettingsError` where a view that knows no period is asked for one."""
    if period != ALWAYS and view.instant is None:
        raise SettingsError(f"{view.name} tells how things are now: it takes no --since and no --until")
