"""The views over jobs, their history and the runs, as they are declared.

Out: `View`s; `columns` lists them all.
"""

from __future__ import annotations

from ..schema import JOBS, Column, Kind
from .declaring import ACCOUNT, LIST_GROUP, MONTH, View, count, credits, double, instant, of

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
        LIST_GROUP,
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
        LIST_GROUP,
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
        LIST_GROUP,
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
        Column("last_run_status", Kind.TEXT, "Its status; running: at work, or killed."),
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

_LIST_COUNTS = tuple(
    count(name, f"Sum of the jobs' {name}.", "records")
    for name in ("total_records", "valid_count", "invalid_count", "unknown_count")
)
_LIST_RATES = tuple(
    double(f"{name}_rate", f"{name}_count per total_records; null when there are none.")
    for name in ("valid", "invalid", "unknown")
)

MONTHLY_STATEMENT = View(
    "monthly_statement",
    "One row per account, month and list_name with a credit event: what to lay beside the invoice. Adds up "
    "to credit_events exactly. Refunds count in the month in which they came.",
    ("account", "month", "list_name"),
    (
        ACCOUNT,
        MONTH,
        *of(JOBS, "list_name"),
        LIST_GROUP,
        *_CREDIT_SUMS[:4],
        count("records_refunded", "Addresses refunded in the period.", "records"),
        _CREDIT_SUMS[4],
        count("jobs_refunded", "Jobs with a refund in the period.", "jobs"),
    ),
    question="What do we owe for May, by client and list?",
    instant="event_at",
)

LIST_DECAY = View(
    "list_decay",
    "One row per account, list_group and month in which jobs of it were created, over Processed jobs of "
    "groups with two such months or more: how its rates move over time.",
    ("account", "list_group", "month"),
    (
        ACCOUNT,
        LIST_GROUP,
        MONTH,
        count(
            "month_number", "1 for the first of the group's months with a job, then 2, and so on.", "months"
        ),
        count("jobs", "Processed jobs.", "jobs"),
        *_LIST_COUNTS,
        *_LIST_RATES,
        double("valid_rate_change", "valid_rate less that of the month before with a job."),
        double("valid_rate_change_total", "valid_rate less that of the first month."),
    ),
    question="Which list loses its Valid addresses fastest?",
    instant="created_at",
)

ACCOUNT_SUMMARY = View(
    "account_summary",
    "One row per account, over its jobs; records are counted of Processed ones. Deleted jobs are in.",
    ("account",),
    (
        ACCOUNT,
        count("jobs", "Jobs, of any status.", "jobs"),
        count("jobs_processed", "Of these, Processed.", "jobs"),
        count("jobs_failed", "Of these, Failed.", "jobs"),
        count("lists", "Different list names of the jobs.", "lists"),
        *_LIST_COUNTS,
        *_LIST_RATES,
        credits("credits_charged", "What the jobs were charged at first, as credit_events has it."),
        credits("credits_refunded", "What came back of it; not negative."),
        credits("credits_net", "credits_charged less credits_refunded."),
        double("credits_per_valid", "credits_net per Valid address; null when there are none.", "credits"),
        instant("first_job_at", "created_at of the oldest job.", required=True),
        instant("last_job_at", "created_at of the newest job.", required=True),
    ),
    question="How do our clients' accounts compare?",
    instant="created_at",
)

STALE_LISTS = View(
    "stale_lists",
    "One row per account and list_group: how long ago its newest job was created, as far as is known. "
    "Deleted jobs are in.",
    ("account", "list_group"),
    (
        ACCOUNT,
        LIST_GROUP,
        count("jobs", "Jobs, of any status.", "jobs"),
        instant("first_job_at", "created_at of the oldest job.", required=True),
        instant("last_job_at", "created_at of the newest job.", required=True),
        instant(
            "known_until",
            "The start of the account's newest complete run, or its newest job's created_at if later.",
            required=True,
        ),
        double("days_since", "From last_job_at to known_until.", "days"),
        double("mean_interval_days", "Mean of the days between its jobs; null for one job.", "days"),
    ),
    question="Which lists were not validated for 90 days?",
)
