"""The views over jobs as functions over DataFrames, for a notebook.

In: DataFrames as `load_jobs` gives them. Out: DataFrames in the same dtype backend.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import schema
from ..times import offsets_of
from . import columns
from .credit_sql import credit_usage as usage_sql
from .dialects import IN_DUCKDB
from .framing import computed, with_own_columns
from .periods import Freq, length_of

if TYPE_CHECKING:
    import pandas as pd


def credit_events(
    jobs: pd.DataFrame, history: pd.DataFrame | None = None, *, group: str = ""
) -> pd.DataFrame:
    """The charges and refunds of jobs; those of a job add up to its total_credits_charged exactly.

    ``history``: rows of `job_history`, in which the charge before the refund may have been seen; without it
    what a finished job was charged at first follows from its counters. ``group``: the regular expression by
    which lists of changing names belong together, as `sync` takes it; empty: each is its own group. Columns:
    account, job_id, list_name, event (charge or refund), event_at, credits (negative in a refund), records,
    basis (observed, derived or assumed), list_group, then those of your own in ``jobs``. Raises
    `SettingsError` for a frame without the columns it takes.

    >>> jobs["client"] = jobs["list_name"].str.split().str[0]
    >>> events = ee.credit_events(jobs)
    >>> by_client = events.groupby("client")["credits"].sum()
    >>> round(float(by_client.sum()), 6) == round(float(jobs["total_credits_charged"].sum()), 6)
    True
    """
    frames = {schema.JOBS: jobs, schema.JOB_HISTORY: history}
    events = computed(columns.CREDIT_EVENTS, jobs, frames, group=group)
    return with_own_columns(events, jobs, schema.JOBS)


def credit_usage(
    jobs: pd.DataFrame,
    freq: Freq = "D",
    tz: str = "UTC",
    history: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Credits charged and refunded, per account and period, where there were any.

    ``freq``: D, W (from Monday), M, Q or Y, or as pandas spells them (MS, ME, QE, YE, W-SUN, which ends on a
    Sunday, YE-JUN, …). ``tz``: the time zone whose days count, such as ``Europe/Berlin``. Columns: account,
    period (its first day, however it is spelled), credits_charged, credits_refunded (not negative),
    credits_net, records_charged, jobs_charged. To add up by columns of your own, group what `credit_events`
    gives. Raises `SettingsError` for a period or zone nobody knows; otherwise as `credit_events`.

    >>> by_month = ee.credit_usage(jobs, freq="ME", tz="Europe/Berlin")
    >>> list(by_month)[:3]
    ['account', 'period', 'credits_charged']
    """
    select = usage_sql(IN_DUCKDB, offsets_of(tz), length_of(freq))
    frames = {schema.JOBS: jobs, schema.JOB_HISTORY: history}
    return computed(columns.CREDIT_USAGE, jobs, frames, select)


def monthly_statement(
    jobs: pd.DataFrame, history: pd.DataFrame | None = None, *, tz: str = "UTC", group: str = ""
) -> pd.DataFrame:
    """Credits charged and refunded by month and list: what to lay beside the invoice.

    Adds up to `credit_events` exactly. ``history`` and ``group``: as there; ``tz``: the time zone whose
    months count, such as ``Europe/Berlin``. Columns: account, month (its first day), list_name, list_group,
    credits_charged, credits_refunded (not negative), credits_net, records_charged, records_refunded,
    jobs_charged, jobs_refunded. Raises `SettingsError` for a zone nobody knows or a rule that is none.

    >>> statement = ee.monthly_statement(jobs, group=r"^([^ ]+)")
    >>> by_client = statement.groupby("list_group")["credits_net"].sum()
    >>> round(float(by_client.sum()), 6) == round(float(jobs["total_credits_charged"].sum()), 6)
    True
    """
    frames = {schema.JOBS: jobs, schema.JOB_HISTORY: history}
    return computed(columns.MONTHLY_STATEMENT, jobs, frames, tz=tz, group=group)


def account_summary(jobs: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """Accounts side by side: jobs, lists, verdicts and what they cost.

    ``jobs``: those of one account or of several, told apart by the column account. ``history``: as in
    `credit_events`. Columns: account, jobs, jobs_processed, jobs_failed, lists, total_records, valid_count,
    invalid_count, unknown_count, valid_rate, invalid_rate, unknown_rate, credits_charged, credits_refunded,
    credits_net, credits_per_valid, first_job_at, last_job_at.

    >>> summary = ee.account_summary(jobs)
    >>> int(summary["jobs"].sum()) == len(jobs)
    True
    """
    frames = {schema.JOBS: jobs, schema.JOB_HISTORY: history}
    return computed(columns.ACCOUNT_SUMMARY, jobs, frames)


def list_quality(jobs: pd.DataFrame, *, group: str = "") -> pd.DataFrame:
    """What became of each list's addresses, and what they cost, over its Processed jobs.

    ``group``: as in `credit_events`. Columns: account, list_name, jobs, total_records, valid_count,
    invalid_count, unknown_count, other_count, valid_rate, invalid_rate, unknown_rate, credits_net,
    credits_per_valid, first_job_at, last_job_at, list_group.

    >>> worst = ee.list_quality(jobs).nsmallest(3, "valid_rate")
    >>> len(worst)
    3
    """
    return computed(columns.LIST_QUALITY, jobs, {schema.JOBS: jobs}, group=group)


def daily_list_quality(jobs: pd.DataFrame, *, tz: str = "UTC", group: str = "") -> pd.DataFrame:
    """As `list_quality`, with a row for each day on which jobs of the list were created.

    ``tz``: the time zone whose days count. Columns: account, day, then as there.

    >>> quality = ee.daily_list_quality(jobs, tz="Europe/Berlin")
    >>> list(quality)[:3]
    ['account', 'day', 'list_name']
    """
    return computed(columns.DAILY_LIST_QUALITY, jobs, {schema.JOBS: jobs}, tz=tz, group=group)


def list_decay(jobs: pd.DataFrame, *, tz: str = "UTC", group: str = "") -> pd.DataFrame:
    """How the rates of a list that comes back move, month against month, over its Processed jobs.

    Lists of one group are one list; ``group``: as in `credit_events`. ``tz``: the time zone whose months
    count. Columns: account, list_group, month, month_number (1 for the group's first), jobs, total_records,
    valid_count, invalid_count, unknown_count, valid_rate, invalid_rate, unknown_rate, valid_rate_change
    (since the month before with a job), valid_rate_change_total (since the first).

    >>> decay = ee.list_decay(jobs, group=r"^([^ ]+)")
    >>> bool((decay["month_number"] >= 1).all())
    True
    """
    return computed(columns.LIST_DECAY, jobs, {schema.JOBS: jobs}, tz=tz, group=group)


def stale_lists(jobs: pd.DataFrame, runs: pd.DataFrame | None = None, *, group: str = "") -> pd.DataFrame:
    """How long ago each list, or group of lists, was last validated.

    ``runs``: rows of `sync_runs`, the newest complete one of which says until when jobs are known; without
    them it is the newest job. ``group``: as in `credit_events`. Columns: account, list_group, jobs,
    first_job_at, last_job_at, known_until, days_since, mean_interval_days.

    >>> stale = ee.stale_lists(jobs).query("days_since > 90")
    >>> "list_group" in stale
    True
    """
    frames = {schema.JOBS: jobs, schema.SYNC_RUNS: runs}
    return computed(columns.STALE_LISTS, jobs, frames, group=group)


def job_turnaround(jobs: pd.DataFrame, *, group: str = "") -> pd.DataFrame:
    """How long each final job waited and took, in seconds, and its records per second.

    ``group``: as in `credit_events`. Columns: those of the view `job_turnaround`, then those of your own in
    ``jobs``.

    >>> slowest = ee.job_turnaround(jobs).nlargest(1, "processing_seconds")
    >>> bool(slowest["processing_seconds"].iloc[0] > 0)
    True
    """
    turnaround = computed(columns.JOB_TURNAROUND, jobs, {schema.JOBS: jobs}, group=group)
    return with_own_columns(turnaround, jobs, schema.JOBS)


def data_freshness(
    jobs: pd.DataFrame, runs: pd.DataFrame | None = None, rejects: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How fresh and complete the data of each account are.

    ``runs`` and ``rejects``: rows of `sync_runs` and `rejects`. Columns: those of the view `data_freshness`.

    >>> len(ee.data_freshness(jobs))
    1
    """
    frames = {schema.JOBS: jobs, schema.SYNC_RUNS: runs, schema.REJECTS: rejects}
    return computed(columns.DATA_FRESHNESS, jobs, frames)
