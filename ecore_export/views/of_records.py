"""The views over records as functions over DataFrames, for a notebook.

In: DataFrames as `load_records` gives them. Out: DataFrames in the same dtype backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import schema
from . import columns
from .framing import computed, with_own_columns

if TYPE_CHECKING:
    import pandas as pd


def validator_mix(records: pd.DataFrame) -> pd.DataFrame:
    """Records per validator, by status, and how many came from its cache.

    Columns: account, validator_used (missing where none is named), records, cached_count, valid_count,
    invalid_count, unknown_count, error_count, cache_share, valid_rate.

    >>> mix = ee.validator_mix(records)
    >>> int(mix["records"].sum()) == len(records)
    True
    """
    return computed(columns.VALIDATOR_MIX, records, {schema.RECORDS: records})


def daily_validator_mix(records: pd.DataFrame, *, tz: str = "UTC") -> pd.DataFrame:
    """As `validator_mix`, with a row for each day on which jobs were created.

    ``tz``: the time zone whose days count. Columns: account, day, then as there.

    >>> mix = ee.daily_validator_mix(records)
    >>> int(mix["records"].sum()) == len(records)
    True
    """
    return computed(columns.DAILY_VALIDATOR_MIX, records, {schema.RECORDS: records}, tz=tz)


def latest_email_status(records: pd.DataFrame) -> pd.DataFrame:
    """The newest verdict (Valid, Invalid or Unknown) of each address, or email_hash where there is one.

    Columns: account, email, email_hash, email_domain, status, validator_used, is_cached, processed_at,
    job_id, record_id, then those of your own in ``records``.

    >>> latest = ee.latest_email_status(records)
    >>> bool(latest["email"].is_unique)
    True
    """
    latest = computed(columns.LATEST_EMAIL_STATUS, records, {schema.RECORDS: records})
    return with_own_columns(latest, records, schema.RECORDS)


def repeat_validations(records: pd.DataFrame, jobs: pd.DataFrame, *, group: str = "") -> pd.DataFrame:
    """The verdicts on addresses that an earlier job of the account had a verdict on, each with that one.

    ``jobs``: the jobs of these records, which say what they cost. ``group``: as in `credit_events`. Columns:
    account, job_id, record_id, list_name, list_group, email, email_hash, email_domain, status, is_cached,
    credits, job_created_at, previous_job_id, previous_record_id, previous_status, previous_credits,
    previous_created_at, days_since, is_changed, then those of your own in ``records``.

    >>> again = ee.repeat_validations(records, jobs)
    >>> set(again["job_id"]) <= set(jobs["job_id"])
    True
    """
    frames = {schema.RECORDS: records, schema.JOBS: jobs}
    repeats = computed(columns.REPEAT_VALIDATIONS, records, frames, group=group)
    return with_own_columns(repeats, records, schema.RECORDS)


def repeat_costs(
    records: pd.DataFrame, jobs: pd.DataFrame, *, tz: str = "UTC", group: str = ""
) -> pd.DataFrame:
    """What it cost to validate addresses again, by month and list.

    ``jobs``: the jobs of these records, which say what they cost. ``tz``: the time zone whose months count.
    ``group``: as in `credit_events`. Columns: account, month, list_name, list_group, records, repeats,
    repeats_30d, repeats_90d, changed, credits_net, repeat_credits, repeat_credits_30d, repeat_credits_90d,
    repeat_rate.

    >>> costs = ee.repeat_costs(records, jobs)
    >>> bool((costs["repeats"] <= costs["records"]).all())
    True
    """
    frames = {schema.RECORDS: records, schema.JOBS: jobs}
    return computed(columns.REPEAT_COSTS, records, frames, tz=tz, group=group)


def verdict_changes(records: pd.DataFrame) -> pd.DataFrame:
    """How often verdicts on an address became others, by the days between: how fast lists decay.

    Columns: account, previous_status, age_from_days, age_to_days, status, repeats, share, is_changed.

    >>> decay = ee.verdict_changes(records)
    >>> list(decay)[:2]
    ['account', 'previous_status']
    """
    return computed(columns.VERDICT_CHANGES, records, {schema.RECORDS: records})


def domain_quality(records: pd.DataFrame, jobs: pd.DataFrame) -> pd.DataFrame:
    """What became of each domain's addresses, how many were repeats, and what they cost.

    ``jobs``: the jobs of these records, which say what they cost. Columns: account, email_domain, records,
    valid_count, invalid_count, unknown_count, error_count, valid_rate, invalid_rate, unknown_rate, repeats,
    repeat_rate, credits_net, first_job_at, last_job_at.

    >>> worst = ee.domain_quality(records, jobs).nsmallest(3, "valid_rate")
    >>> "email_domain" in worst
    True
    """
    return computed(columns.DOMAIN_QUALITY, records, {schema.RECORDS: records, schema.JOBS: jobs})


def daily_domain_quality(records: pd.DataFrame, jobs: pd.DataFrame, *, tz: str = "UTC") -> pd.DataFrame:
    """As `domain_quality`, with a row for each day on which jobs were created.

    ``tz``: the time zone whose days count. Columns: account, day, then as there.

    >>> quality = ee.daily_domain_quality(records, jobs)
    >>> int(quality["records"].sum()) == len(records)
    True
    """
    frames = {schema.RECORDS: records, schema.JOBS: jobs}
    return computed(columns.DAILY_DOMAIN_QUALITY, records, frames, tz=tz)


def error_reasons(records: pd.DataFrame, tz: str = "UTC") -> pd.DataFrame:
    """What went wrong with records in Error, by month and validator.

    ``tz``: the time zone whose months count. Columns: account, month, validator_used, error_message, records,
    jobs, first_job_at, last_job_at.

    >>> reasons = ee.error_reasons(records, tz="Europe/Berlin")
    >>> list(reasons)[:2]
    ['account', 'month']
    """
    return computed(columns.ERROR_REASONS, records, {schema.RECORDS: records}, tz=tz)
