"""The views over records, as they are declared.

Out: `View`s; `columns` lists them all.
"""

from __future__ import annotations

from ..schema import RECORDS
from .declaring import View, count, double, of

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
)
