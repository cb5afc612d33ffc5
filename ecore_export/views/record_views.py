"""The views over records, as they are declared.

Out: `View`s; `columns` lists them all.
"""

from __future__ import annotations

from dataclasses import replace

from ..schema import JOBS, RECORDS, Column, Kind
from .declaring import View, count, credits, double, flag, instant, of

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
