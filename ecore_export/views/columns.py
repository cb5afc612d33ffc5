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
    ACCOUNT_SUMMARY,
    CREDIT_EVENTS,
    CREDIT_USAGE,
    DAILY_CREDIT_USAGE,
    DATA_FRESHNESS,
    JOB_TURNAROUND,
    LIST_DECAY,
    LIST_QUALITY,
    MONTHLY_STATEMENT,
    STALE_LISTS,
)
from .record_views import (
    DOMAIN_QUALITY,
    ERROR_REASONS,
    LATEST_EMAIL_STATUS,
    REPEAT_COSTS,
    REPEAT_VALIDATIONS,
    VALIDATOR_MIX,
    VERDICT_CHANGES,
)

__all__ = [
    "ACCOUNT_SUMMARY",
    "ALWAYS",
    "CREDIT_EVENTS",
    "CREDIT_USAGE",
    "DAILY_CREDIT_USAGE",
    "DAILY_DOMAIN_QUALITY",
    "DAILY_LIST_QUALITY",
    "DAILY_VALIDATOR_MIX",
    "DATA_FRESHNESS",
    "DOMAIN_QUALITY",
    "ERROR_REASONS",
    "JOB_TURNAROUND",
    "LATEST_EMAIL_STATUS",
    "LIST_DECAY",
    "LIST_QUALITY",
    "MONTHLY_STATEMENT",
    "REPEAT_COSTS",
    "REPEAT_VALIDATIONS",
    "STALE_LISTS",
    "VALIDATOR_MIX",
    "VERDICT_CHANGES",
    "VIEWS",
    "Period",
    "View",
    "ViewName",
    "check_period",
    "find_view",
    "period_of",
]


def _daily(view: View, question: str) -> View:
    """The view with a row for each day on which jobs were created."""
    described = f"As {view.name}, with a row for each day on which jobs were created."
    account, *others = view.columns
    day = Column("day", Kind.DATE, "The day the jobs were created, in the views' time zone.", required=True)
    key = ("account", "day", *view.key[1:])
    return replace(
        view,
        name=f"daily_{view.name}",
        description=described,
        key=key,
        columns=(account, day, *others),
        question=question,
    )


DAILY_LIST_QUALITY = _daily(LIST_QUALITY, "How has this list's share of Valid addresses moved over time?")
DAILY_VALIDATOR_MIX = _daily(VALIDATOR_MIX, "Since when does that validator answer less from its cache?")
DAILY_DOMAIN_QUALITY = _daily(DOMAIN_QUALITY, "Since when does this domain refuse our addresses?")

VIEWS = (
    CREDIT_EVENTS,
    DAILY_CREDIT_USAGE,
    MONTHLY_STATEMENT,
    ACCOUNT_SUMMARY,
    LIST_QUALITY,
    DAILY_LIST_QUALITY,
    LIST_DECAY,
    STALE_LISTS,
    VALIDATOR_MIX,
    DAILY_VALIDATOR_MIX,
    JOB_TURNAROUND,
    LATEST_EMAIL_STATUS,
    REPEAT_VALIDATIONS,
    REPEAT_COSTS,
    VERDICT_CHANGES,
    DOMAIN_QUALITY,
    DAILY_DOMAIN_QUALITY,
    ERROR_REASONS,
    DATA_FRESHNESS,
)
"""The views of every destination."""


ViewName = Literal[
    "credit_events",
    "daily_credit_usage",
    "monthly_statement",
    "account_summary",
    "list_quality",
    "daily_list_quality",
    "list_decay",
    "stale_lists",
    "validator_mix",
    "daily_validator_mix",
    "job_turnaround",
    "latest_email_status",
    "repeat_validations",
    "repeat_costs",
    "verdict_changes",
    "domain_quality",
    "daily_domain_quality",
    "error_reasons",
    "data_freshness",
]
"""Their names, for editors and type checkers."""


def find_view(name: str) -> View:
    """The view of that name; raises `SettingsError`."""
    for view in VIEWS:
        if view.name == name:
            return view
    raise SettingsError(f"no such view: {name!r}; there are {', '.join(view.name for view in VIEWS)}")


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
