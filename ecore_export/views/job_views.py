"""The views over jobs, their history and the runs, as they are declared.

Out: `View`s; `columns` lists them all.
"""

from __future__ import annotations

from ..schema import JOBS, Column, Kind
from .declaring import ACCOUNT, View, count, credits, double, instant, of

_CREDIT_SUMS = (
    credits("credits_charged", "Charged in the period."),
    credits("credits_refunded", "Given back in the period; not negative."),
    credits("credits_net", "credits_charged less credits_refunded."),
    count("records_charged", "Addresses of the jobs charged in the period.", "records"),
    count("jobs_charged", "Jobs charged in the period.", "jobs"),
)

CREDIT_EVENTS = View(
    "credit_events",
    "One row per charge or refund of a job; those of a job add up to its total_credits_charged. The API "
    "tells that net alone: what was charged at first is `observed` in job_history, else `derived` from the "
    "net and the Valid addresses, else `assumed` to be 1 credit per address. Deleted jobs are in.",
    ("account", "job_id", "event"),
    (
        *of(JOBS, "account", "job_id", "list_name"),
        Column("event", Kind.TEXT, "charge or refund.", required=True),
        instant("event_at", "When the job was charged, or when it finished.", required=True),
        credits("credits", "Credits of the event; those of a refund are negative."),
        count("records", "Addresses charged or refunded.", "records", required=False),
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
        ACCOUNT,
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
    (ACCOUNT, Column("period", Kind.DATE, "The period's first day.", required=True), *_CREDIT_SUMS),
)
"""What `ecore_export.credit_usage` gives; no SQL view, as a day can be grouped further in SQL."""

LIST_QUALITY = View(
    "list_quality",
    "One row per account and list_name, over its Processed jobs; deleted jobs are in.",
    ("account", "list_name"),
    (
        *of(JOBS, "account", "list_name"),
        count("jobs", "Processed jobs of the list.", "jobs"),
        *(
            count(name, f"Sum of the jobs' {name}.", "records")
            for name in ("total_records", "valid_count", "invalid_count", "unknown_count", "other_count")
        ),
        *(
            double(f"{name}_rate", f"{name}_count per total_records; null when there are none.")
            for name in ("valid", "invalid", "unknown")
        ),
        credits("credits_net", "Sum of the jobs' total_credits_charged."),
        double(
            "credits_per_valid",
            "credits_net per Valid address; null when there are none.",
            "credits",
        ),
        instant("first_job_at", "created_at of the oldest of the jobs.", required=True),
        instant("last_job_at", "created_at of the newest of the jobs.", required=True),
    ),
    question="Which lists are worst, and what did a Valid address cost?",
    instant="created_at",
)

JOB_TURNAROUND = View(
    "job_turnaround",
    "One row per final job: how long it waited and took. Deleted jobs are in.",
    ("account", "job_id"),
    (
        *of(JOBS, "account", "job_id", "list_name", "status", "total_records"),
        *of(JOBS, "created_at", "started_at", "completed_at", "queue_seconds", "processing_seconds"),
        double("total_seconds", "From created_at to completed_at.", "s"),
        double("records_per_second", "total_records per processing_seconds; null when 0.", "records/s"),
    ),
    question="How long do jobs take, and has that changed?",
    instant="created_at",
)

DATA_FRESHNESS = View(
    "data_freshness",
    "One row per account: how fresh and how complete its data are.",
    ("account",),
    (
        ACCOUNT,
        instant("last_complete_at", "finished_at of the newest complete run."),
        instant("last_run_at", "started_at of the newest run."),
        Column("last_run_status", Kind.TEXT, "Its status."),
        instant("newest_job_at", "created_at of the newest known job."),
        count("jobs_known", "Known jobs, deleted ones included.", "jobs"),
        count("jobs_in_flight", "Not final yet, and not deleted.", "jobs"),
        count("jobs_waiting", "Final, not exported yet, and not deleted.", "jobs"),
        count("jobs_exported", "Jobs whose records were exported.", "jobs"),
        count("jobs_unreconciled", "Of these, accepted although they do not add up.", "jobs"),
        count("records", "Records exported, those pruned since included.", "records"),
        count("open_rejects", "Rows of rejects without resolved_at.", "rejects"),
    ),
    question="May I trust today's figures?",
)
