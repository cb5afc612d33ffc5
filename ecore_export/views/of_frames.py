"""The views as functions over DataFrames, for a notebook.

In: DataFrames as `load_jobs` and `load_records` give them, or `pandas.read_parquet` of a Parquet destination.
Out: DataFrames in the same dtype backend, computed by DuckDB on exact values, from
the SQL that databases run.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..grouping import check_rule, group_rows
from ..times import offsets_of
from . import columns
from .columns import View
from .computing import compute, tables_source
from .credit_sql import credit_usage as usage_sql
from .dialects import IN_DUCKDB
from .periods import Freq, length_of
from .sql import READ_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import DtypeBackend


def credit_events(jobs: pd.DataFrame, history: pd.DataFrame | None = None, group: str = "") -> pd.DataFrame:
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
    events = _computed(columns.CREDIT_EVENTS, jobs, frames, group=group)
    return _with_own_columns(events, jobs, schema.JOBS)


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
    return _computed(columns.CREDIT_USAGE, jobs, frames, select)


def list_quality(jobs: pd.DataFrame, group: str = "") -> pd.DataFrame:
    """What became of each list's addresses, and what they cost, over its Processed jobs.

    ``group``: as in `credit_events`. Columns: account, list_name, jobs, total_records, valid_count,
    invalid_count, unknown_count, other_count, valid_rate, invalid_rate, unknown_rate, credits_net,
    credits_per_valid, first_job_at, last_job_at, list_group.

    >>> worst = ee.list_quality(jobs).nsmallest(3, "valid_rate")
    >>> len(worst)
    3
    """
    return _computed(columns.LIST_QUALITY, jobs, {schema.JOBS: jobs}, group=group)


def job_turnaround(jobs: pd.DataFrame, group: str = "") -> pd.DataFrame:
    """How long each final job waited and took, in seconds, and its records per second.

    ``group``: as in `credit_events`. Columns: those of the view `job_turnaround`, then those of your own in
    ``jobs``.

    >>> slowest = ee.job_turnaround(jobs).nlargest(1, "processing_seconds")
    >>> bool(slowest["processing_seconds"].iloc[0] > 0)
    True
    """
    turnaround = _computed(columns.JOB_TURNAROUND, jobs, {schema.JOBS: jobs}, group=group)
    return _with_own_columns(turnaround, jobs, schema.JOBS)


def validator_mix(records: pd.DataFrame) -> pd.DataFrame:
    """Records per validator, by status, and how many came from its cache.

    Columns: account, validator_used (missing where none is named), records, cached_count, valid_count,
    invalid_count, unknown_count, error_count, cache_share, valid_rate.

    >>> mix = ee.validator_mix(records)
    >>> int(mix["records"].sum()) == len(records)
    True
    """
    return _computed(columns.VALIDATOR_MIX, records, {schema.RECORDS: records})


def latest_email_status(records: pd.DataFrame) -> pd.DataFrame:
    """The newest verdict (Valid, Invalid or Unknown) of each address, or email_hash where there is one.

    Columns: account, email, email_hash, email_domain, status, validator_used, is_cached, processed_at,
    job_id, record_id, then those of your own in ``records``.

    >>> latest = ee.latest_email_status(records)
    >>> bool(latest["email"].is_unique)
    True
    """
    latest = _computed(columns.LATEST_EMAIL_STATUS, records, {schema.RECORDS: records})
    return _with_own_columns(latest, records, schema.RECORDS)


def repeat_validations(records: pd.DataFrame, jobs: pd.DataFrame, group: str = "") -> pd.DataFrame:
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
    repeats = _computed(columns.REPEAT_VALIDATIONS, records, frames, group=group)
    return _with_own_columns(repeats, records, schema.RECORDS)


def verdict_changes(records: pd.DataFrame) -> pd.DataFrame:
    """How often verdicts on an address became others, by the days between: how fast lists decay.

    Columns: account, previous_status, age_from_days, age_to_days, status, repeats, share, is_changed.

    >>> decay = ee.verdict_changes(records)
    >>> list(decay)[:2]
    ['account', 'previous_status']
    """
    return _computed(columns.VERDICT_CHANGES, records, {schema.RECORDS: records})


def domain_quality(records: pd.DataFrame, jobs: pd.DataFrame) -> pd.DataFrame:
    """What became of each domain's addresses, how many were repeats, and what they cost.

    ``jobs``: the jobs of these records, which say what they cost. Columns: account, email_domain, records,
    valid_count, invalid_count, unknown_count, error_count, valid_rate, invalid_rate, unknown_rate, repeats,
    repeat_rate, credits_net, first_job_at, last_job_at.

    >>> worst = ee.domain_quality(records, jobs).nsmallest(3, "valid_rate")
    >>> "email_domain" in worst
    True
    """
    return _computed(columns.DOMAIN_QUALITY, records, {schema.RECORDS: records, schema.JOBS: jobs})


def error_reasons(records: pd.DataFrame, tz: str = "UTC") -> pd.DataFrame:
    """What went wrong with records in Error, by month and validator.

    ``tz``: the time zone whose months count. Columns: account, month, validator_used, error_message, records,
    jobs, first_job_at, last_job_at.

    >>> reasons = ee.error_reasons(records, tz="Europe/Berlin")
    >>> list(reasons)[:2]
    ['account', 'month']
    """
    return _computed(columns.ERROR_REASONS, records, {schema.RECORDS: records}, tz=tz)


def data_freshness(
    jobs: pd.DataFrame, runs: pd.DataFrame | None = None, rejects: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How fresh and complete the data of each account are.

    ``runs`` and ``rejects``: rows of `sync_runs` and `rejects`. Columns: those of the view `data_freshness`.

    >>> len(ee.data_freshness(jobs))
    1
    """
    frames = {schema.JOBS: jobs, schema.SYNC_RUNS: runs, schema.REJECTS: rejects}
    return _computed(columns.DATA_FRESHNESS, jobs, frames)


def _computed(
    view: View,
    frame: pd.DataFrame,
    frames: Mapping[schema.Table, pd.DataFrame | None],
    select: str | None = None,
    *,
    tz: str = "UTC",
    group: str = "",
) -> pd.DataFrame:
    """The view over these tables, in the dtype backend of ``frame``."""
    from ..frames import from_frame, to_frame

    check_rule(group)
    tables: dict[schema.Table, pa.Table | None] = {
        table: None if rows is None else from_frame(rows, table, columns=READ_COLUMNS[view.name][table])
        for table, rows in frames.items()
    }
    jobs = tables.get(schema.JOBS)
    if group and jobs is not None:
        tables[schema.LIST_GROUPS] = _groups(jobs, group)
    rows = compute(view, tables_source(tables), offsets=offsets_of(tz), select=select)
    return to_frame(rows, dtype_backend=_backend(frame))


def _groups(jobs: pa.Table, rule: str) -> pa.Table:
    """Rows of `schema.LIST_GROUPS` for the lists of these jobs."""
    accounts: list[Any] = jobs["account"].unique().to_pylist()
    of_each = (
        group_rows(account, jobs.filter(pc.equal(jobs["account"], pa.scalar(account)))["list_name"], rule)
        for account in accounts
    )
    return pa.concat_tables([schema.LIST_GROUPS.empty(), *of_each])


def _with_own_columns(rows: pd.DataFrame, frame: pd.DataFrame, table: schema.Table) -> pd.DataFrame:
    """The rows of a view with the columns that ``frame`` has beyond ``table``, as they are there.

    A column that the view has itself stays the view's. ``created_month`` is what a Parquet folder adds.
    """
    import pandas as pd

    known = {*table.names, *rows.columns, "created_month"}
    own = [name for name in frame.columns if name not in known]
    if not own:
        return rows
    names = [name for name in table.key if name in rows.columns]
    given = _keys_of(frame, names, table)
    is_first = ~given.duplicated()
    places = given[is_first].get_indexer(_keys_of(rows, names, table))
    added = frame.loc[is_first, own].iloc[places].set_axis(rows.index)
    whole: pd.DataFrame = pd.concat([rows, added], axis=1)
    return whole


def _keys_of(frame: pd.DataFrame, names: list[str], table: schema.Table) -> Any:
    """The rows' keys, alike for every dtype backend."""
    import pandas as pd

    from ..frames import from_frame

    keys = from_frame(frame, table, columns=names)
    return pd.MultiIndex.from_arrays([column.to_pylist() for column in keys.columns], names=names)


def _backend(frame: pd.DataFrame) -> DtypeBackend:
    """The dtype backend a frame came in."""
    import pandas as pd

    is_arrow = any(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
    return "pyarrow" if is_arrow else "numpy_nullable"
