"""The views over records, as they are declared.

Out: `View`s; `columns` lists them all.
"""

from __future__ import annotations

from dataclasses import replace

from ..schema import JOBS, RECORDS, Column, Kind
from .declaring import LIST_GROUP, MONTH, View, count, credits, double, flag, instant, of

VALIDATOR_MIX = View(
    "validator_mix",
    "One row per account and validator_used (null where no validator is named), over all exported records.",
    ("account", "validator_used"),
    (
        *of(RECORDS, "account", "validator_used"),
        count("records", "Records.", "records"),
        count("cached_count", "Of these, answered from the validator's cache.", "records"),
        count("valid_count", "Of these, with status Valid.", "records"),
        count("invalid_count", "Of these, with status Invalid.", "records"),
        count("unknown_count", "Of these, with status Unknown.", "records"),
        count("error_count", "Of these, with status Error.", "records"),
        double("cache_share", "cached_count per records."),
        double("valid_rate", "valid_count per records."),
    ),
    question="Who answers for our addresses, and how much comes from the cache?",
    instant="job_created_at",
)

LATEST_EMAIL_STATUS = View(
    "latest_email_status",
    "One row per address (per email_hash in the privacy mode hash; none in drop): its newest verdict, Valid, "
    "Invalid or Unknown. The newest is by processed_at, null being oldest, then job_created_at, job_id and "
    "record_id. Erased addresses are out.",
    ("account", "email", "email_hash"),
    (
        *of(RECORDS, "account", "email", "email_hash", "email_domain", "status", "validator_used"),
        *of(RECORDS, "is_cached", "processed_at", "job_id", "record_id"),
    ),
    question="Is this address good to write to, as far as we know?",
    instant="job_created_at",
    needs_addresses=True,
)

REPEAT_VALIDATIONS = View(
    "repeat_validations",
    "One row per verdict (Valid, Invalid or Unknown) on an address that an earlier job of the same account "
    "had a verdict on, with the newest such verdict. An address is its email, or its email_hash in the "
    "privacy mode hash; in drop there are no rows. Earlier is by job_created_at, then job_id and record_id. "
    "Records in Error or Pending got no answer, cost nothing, and are neither. Erased addresses are out.",
    ("account", "job_id", "record_id"),
    (
        *of(RECORDS, "account", "job_id", "record_id"),
        *of(JOBS, "list_name"),
        LIST_GROUP,
        *of(RECORDS, "email", "email_hash", "email_domain", "status", "is_cached"),
        credits(
            "credits",
            "What this verdict cost in the end: the job's total_credits_charged per Valid address, cut "
            "after six decimals, if it is Valid; else 0, as only Valid ones stay charged.",
        ),
        *of(RECORDS, "job_created_at"),
        Column("previous_job_id", Kind.INT64, "The job of the verdict before.", required=True),
        Column("previous_record_id", Kind.INT64, "The record of the verdict before.", required=True),
        Column("previous_status", Kind.TEXT, "The verdict before.", required=True),
        credits("previous_credits", "What the verdict before cost in the end."),
        instant("previous_created_at", "created_at of the job of the verdict before.", required=True),
        replace(double("days_since", "From previous_created_at to job_created_at.", "days"), required=True),
        flag("is_changed", "Whether this verdict is another one than the verdict before."),
    ),
    question="Which addresses did we validate again within 30 days, and what did that cost?",
    instant="job_created_at",
    needs_addresses=True,
)

VERDICT_CHANGES = View(
    "verdict_changes",
    "One row per account, verdict before, days since then, and verdict now: how often the rows of "
    "repeat_validations went from one to the other. So the share of Valid addresses that are no longer Valid "
    "after so long can be read from it. In the privacy mode drop there are no rows.",
    ("account", "previous_status", "age_from_days", "status"),
    (
        *of(RECORDS, "account"),
        Column("previous_status", Kind.TEXT, "The verdict before.", required=True),
        count("age_from_days", "Days between both verdicts: at least so many.", "days"),
        count("age_to_days", "And fewer than so many; null where there is no end.", "days", required=False),
        Column("status", Kind.TEXT, "The verdict now.", required=True),
        count("repeats", "Verdicts.", "records"),
        double("share", "repeats per those of the same verdict before and days."),
        flag("is_changed", "Whether the verdict is another one than before."),
    ),
    question="How many of the addresses that were Valid three months ago still are?",
    instant="job_created_at",
    needs_addresses=True,
)

_BY_STATUS = tuple(
    count(f"{status.lower()}_count", f"Of these, with status {status}.", "records")
    for status in ("Valid", "Invalid", "Unknown", "Error")
)

DOMAIN_QUALITY = View(
    "domain_quality",
    "One row per account and email_domain (null for erased addresses), over all exported records.",
    ("account", "email_domain"),
    (
        *of(RECORDS, "account", "email_domain"),
        count("records", "Records.", "records"),
        *_BY_STATUS,
        *(double(f"{name}_rate", f"{name}_count per records.") for name in ("valid", "invalid", "unknown")),
        count(
            "repeats",
            "Records that are in repeat_validations; null where neither addresses nor hashes are kept.",
            "records",
            required=False,
        ),
        double("repeat_rate", "repeats per records."),
        credits("credits_net", "What the Valid ones cost in the end, as repeat_validations has it."),
        instant("first_job_at", "created_at of the oldest of their jobs.", required=True),
        instant("last_job_at", "created_at of the newest of their jobs.", required=True),
    ),
    question="Which domains are worst, and what did they cost?",
    instant="job_created_at",
)

ERROR_REASONS = View(
    "error_reasons",
    "One row per account, month, validator_used and error_message, over the records that have one or are in "
    "Error. The text is as the privacy mode lets it be stored. Months are those in which the jobs were "
    "created, in the views' time zone.",
    ("account", "month", "validator_used", "error_message"),
    (
        *of(RECORDS, "account"),
        MONTH,
        *of(RECORDS, "validator_used", "error_message"),
        count("records", "Records.", "records"),
        count("jobs", "Jobs that they are in.", "jobs"),
        instant("first_job_at", "created_at of the oldest of the jobs.", required=True),
        instant("last_job_at", "created_at of the newest of the jobs.", required=True),
    ),
    question="What went wrong with the records in Error, and since when?",
    instant="job_created_at",
)

REPEAT_COSTS = View(
    "repeat_costs",
    "One row per account, month in which jobs were created, and list_name: how many of its verdicts are in "
    "repeat_validations, and what those cost. In the privacy mode drop there are no rows.",
    ("account", "month", "list_name"),
    (
        *of(RECORDS, "account"),
        MONTH,
        *of(JOBS, "list_name"),
        LIST_GROUP,
        count("records", "Records with a verdict (Valid, Invalid or Unknown).", "records"),
        count("repeats", "Of these, those on an address that had one before.", "records"),
        count("repeats_30d", "Of these, at most 30 days after the verdict before.", "records"),
        count("repeats_90d", "Of the repeats, at most 90 days after the verdict before.", "records"),
        count("changed", "Of the repeats, those with another verdict than before.", "records"),
        credits("credits_net", "What all of the records cost in the end, as repeat_validations has it."),
        credits("repeat_credits", "What the repeats cost."),
        credits("repeat_credits_30d", "What those of at most 30 days cost."),
        credits("repeat_credits_90d", "What those of at most 90 days cost."),
        double("repeat_rate", "repeats per records."),
    ),
    question="What did it cost last quarter to validate addresses again, and which lists did it?",
    instant="job_created_at",
    needs_addresses=True,
)
