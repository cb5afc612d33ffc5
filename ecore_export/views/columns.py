"""The views' names and columns, declared once, as `schema` declares the tables, and the period asked for.

Out: `VIEWS`, `Period`s. SQL, DataFrame functions, JSON Schema and the data dictionary follow it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from ..errors import SettingsError
from ..schema import JOBS, RECORDS, Column, Kind, Table
from ..times import Moment, as_instant, check_order, zone_of


@dataclass(frozen=True)
class View(Table):
    """One view. ``key``: what tells its rows apart, null included. ``question``: one that it answers."""

    question: str = ""
    instant: str | None = None
    """What lies in a period when only that is asked for; None: the view knows no period."""


def _of(table: Table, *names: str) -> tuple[Column, ...]:
    """Columns of a table as they are there, the API's field left out."""
    return tuple(replace(table.column(name), source=None) for name in names)


def _count(name: str, description: str, unit: str, *, required: bool = True) -> Column:
    return Column(name, Kind.INT64, description, required=required, unit=unit)


def _credits(name: str, description: str) -> Column:
    return Column(name, Kind.CREDITS, description, required=True, unit="credits")


def _double(name: str, description: str, unit: str | None = None) -> Column:
    return Column(name, Kind.FLOAT64, description, unit=unit)


def _instant(name: str, description: str, *, required: bool = False) -> Column:
    return Column(name, Kind.INSTANT, description, required=required)


_ACCOUNT = JOBS.column("account")

_CREDIT_SUMS = (
    _credits("credits_charged", "Charged in the period."),
    _credits("credits_refunded", "Given back in the period; not negative."),
    _credits("credits_net", "credits_charged less credits_refunded."),
    _count("records_charged", "Addresses of the jobs charged in the period.", "records"),
    _count("jobs_charged", "Jobs charged in the period.", "jobs"),
)

CREDIT_EVENTS = View(
    "credit_events",
    "One row per charge or refund of a job; those of a job add up to its total_credits_charged. The API "
    "tells that net alone: what was charged at first is `observed` in job_history, else `derived` from the "
    "net and the Valid addresses, else `assumed` to be 1 credit per address. Deleted jobs are in.",
    ("account", "job_id", "event"),
    (
        *_of(JOBS, "account", "job_id", "list_name"),
        Column("event", Kind.TEXT, "charge or refund.", required=True),
        _instant("event_at", "When the job was charged, or when it finished.", required=True),
        _credits("credits", "Credits of the event; those of a refund are negative."),
        _count("records", "Addresses charged or refunded.", "records", required=False),
        Column("basis", Kind.TEXT, "How the credits are known: observed, derived or assumed.", required=True),
    ),
    question="What was this list charged, and what came back?",
    instant="event_at",
)

DAILY_CREDIT_USAGE = View(
    "daily_credit_usage",
    "One row per account and day with a credit event. Days are those of the views' time zone, UTC unless "
    "`ecore-export sync --tz` set another. Refunds count on the day they came.",
    ("account", "day"),
    (
        _ACCOUNT,
        Column("day", Kind.DATE, "The day, in the views' time zone.", required=True),
        *_CREDIT_SUMS,
    ),
    question="How many credits did we use each day of this month?",
    instant="event_at",
)

CREDIT_USAGE = View(
    "credit_usage",
    "One row per account and period with a credit event.",
    ("account", "period"),
    (_ACCOUNT, Column("period", Kind.DATE, "The period's first day.", required=True), *_CREDIT_SUMS),
)
"""What `ecore_export.credit_usage` gives; no SQL view, as a day can be grouped further in SQL."""

LIST_QUALITY = View(
    "list_quality",
    "One row per account and list_name, over its Processed jobs; deleted jobs are in.",
    ("account", "list_name"),
    (
        *_of(JOBS, "account", "list_name"),
        _count("jobs", "Processed jobs of the list.", "jobs"),
        *(
            _count(name, f"Sum of the jobs' {name}.", "records")
            for name in ("total_records", "valid_count", "invalid_count", "unknown_count", "other_count")
        ),
        *(
            _double(f"{name}_rate", f"{name}_count per total_records; null when there are none.")
            for name in ("valid", "invalid", "unknown")
        ),
        _credits("credits_net", "Sum of the jobs' total_credits_charged."),
        _double(
            "credits_per_valid",
            "credits_net per Valid address; null when there are none.",
            "credits",
        ),
        _instant("first_job_at", "created_at of the oldest of the jobs.", required=True),
        _instant("last_job_at", "created_at of the newest of the jobs.", required=True),
    ),
    question="Which lists are worst, and what did a Valid address cost?",
    instant="created_at",
)

VALIDATOR_MIX = View(
    "validator_mix",
    "One row per account and validator_used (null where no validator is named), over all exported records.",
    ("account", "validator_used"),
    (
        *_of(RECORDS, "account", "validator_used"),
        _count("records", "Records.", "records"),
        _count("cached_count", "Of these, answered from the validator's cache.", "records"),
        _count("valid_count", "Of these, with status Valid.", "records"),
        _count("invalid_count", "Of these, with status Invalid.", "records"),
        _count("unknown_count", "Of these, with status Unknown.", "records"),
        _count("error_count", "Of these, with status Error.", "records"),
        _double("cache_share", "cached_count per records."),
        _double("valid_rate", "valid_count per records."),
    ),
    question="Who answers for our addresses, and how much comes from the cache?",
    instant="job_created_at",
)

JOB_TURNAROUND = View(
    "job_turnaround",
    "One row per final job: how long it waited and took. Deleted jobs are in.",
    ("account", "job_id"),
    (
        *_of(JOBS, "account", "job_id", "list_name", "status", "total_records"),
        *_of(JOBS, "created_at", "started_at", "completed_at", "queue_seconds", "processing_seconds"),
        _double("total_seconds", "From created_at to completed_at.", "s"),
        _double("records_per_second", "total_records per processing_seconds; null when 0.", "records/s"),
    ),
    question="How long do jobs take, and has that changed?",
    instant="created_at",
)

LATEST_EMAIL_STATUS = View(
    "latest_email_status",
    "One row per address (per email_hash in the privacy mode hash; none in drop): its newest verdict, Valid, "
    "Invalid or Unknown. The newest is by processed_at, null being oldest, then job_created_at, job_id and "
    "record_id. Erased addresses are out.",
    ("account", "email", "email_hash"),
    (
        *_of(RECORDS, "account", "email", "email_hash", "email_domain", "status", "validator_used"),
        *_of(RECORDS, "is_cached", "processed_at", "job_id", "record_id"),
    ),
    question="Is this address good to write to, as far as we know?",
    instant="job_created_at",
)

DATA_FRESHNESS = View(
    "data_freshness",
    "One row per account: how fresh and how complete its data are.",
    ("account",),
    (
        _ACCOUNT,
        _instant("last_complete_at", "finished_at of the newest complete run."),
        _instant("last_run_at", "started_at of the newest run."),
        Column("last_run_status", Kind.TEXT, "Its status."),
        _instant("newest_job_at", "created_at of the newest known job."),
        _count("jobs_known", "Known jobs, deleted ones included.", "jobs"),
        _count("jobs_in_flight", "Not final yet, and not deleted.", "jobs"),
        _count("jobs_waiting", "Final, not exported yet, and not deleted.", "jobs"),
        _count("jobs_exported", "Jobs whose records were exported.", "jobs"),
        _count("jobs_unreconciled", "Of these, accepted although they do not add up.", "jobs"),
        _count("records", "Records exported, those pruned since included.", "records"),
        _count("open_rejects", "Rows of rejects without resolved_at.", "rejects"),
    ),
    question="May I trust today's figures?",
)

VIEWS = (
    CREDIT_EVENTS,
    DAILY_CREDIT_USAGE,
    LIST_QUALITY,
    VALIDATOR_MIX,
    JOB_TURNAROUND,
    LATEST_EMAIL_STATUS,
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
