"""The views as functions over DataFrames, for a notebook.

In: DataFrames as `load_jobs` and `load_records` give them, or `pandas.read_parquet` of a Parquet destination.
Out: DataFrames in the same dtype backend, computed by DuckDB on exact values, from
the SQL that databases run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from .. import schema
from ..arguments import one_of
from ..times import offsets_of
from . import columns
from .columns import View
from .computing import compute, tables_source
from .credit_sql import Unit
from .credit_sql import credit_usage as usage_sql
from .dialects import IN_DUCKDB
from .sql import READ_COLUMNS

if TYPE_CHECKING:
    import pandas as pd

    from ..frames import DtypeBackend

UNITS: dict[str, Unit] = {"D": "day", "W": "week", "M": "month"}
"""What a period may be; weeks begin on Monday."""


def credit_events(jobs: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """The charges and refunds of jobs; those of a job add up to its total_credits_charged exactly.

    ``history``: rows of `job_history`, in which the charge before the refund may have been seen; without it
    what a finished job was charged at first follows from its counters. Columns: account, job_id, list_name,
    event (charge or refund), event_at, credits (negative in a refund), records, basis (observed, derived or
    assumed). Raises `SettingsError` for a frame without the columns it takes.
    """
    return _computed(columns.CREDIT_EVENTS, jobs, {schema.JOBS: jobs, schema.JOB_HISTORY: history})


def credit_usage(
    jobs: pd.DataFrame,
    freq: Literal["D", "W", "M"] = "D",
    tz: str = "UTC",
    history: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Credits charged and refunded, per account and day, week (from Monday) or month, where there were any.

    ``tz``: the time zone whose days count, such as ``Europe/Berlin``. Columns: account, period (its first
    day), credits_charged, credits_refunded (not negative), credits_net, records_charged, jobs_charged. Raises
    `SettingsError` for a period or zone nobody knows; otherwise as `credit_events`.
    """
    one_of("freq", freq, UNITS)
    select = usage_sql(IN_DUCKDB, offsets_of(tz), UNITS[freq])
    frames = {schema.JOBS: jobs, schema.JOB_HISTORY: history}
    return _computed(columns.CREDIT_USAGE, jobs, frames, select)


def list_quality(jobs: pd.DataFrame) -> pd.DataFrame:
    """What became of each list's addresses, and what they cost, over its Processed jobs.

    Columns: account, list_name, jobs, total_records, valid_count, invalid_count, unknown_count, other_count,
    valid_rate, invalid_rate, unknown_rate, credits_net, credits_per_valid, first_job_at, last_job_at.
    """
    return _computed(columns.LIST_QUALITY, jobs, {schema.JOBS: jobs})


def job_turnaround(jobs: pd.DataFrame) -> pd.DataFrame:
    """How long each final job waited and took, in seconds, and its records per second."""
    return _computed(columns.JOB_TURNAROUND, jobs, {schema.JOBS: jobs})


def validator_mix(records: pd.DataFrame) -> pd.DataFrame:
    """Records per validator, by status, and how many came from its cache.

    Columns: account, validator_used (missing where none is named), records, cached_count, valid_count,
    invalid_count, unknown_count, error_count, cache_share, valid_rate.
    """
    return _computed(columns.VALIDATOR_MIX, records, {schema.RECORDS: records})


def latest_email_status(records: pd.DataFrame) -> pd.DataFrame:
    """The newest verdict (Valid, Invalid or Unknown) of each address, or email_hash where there is one.

    Columns: account, email, email_hash, email_domain, status, validator_used, is_cached, processed_at,
    job_id, record_id.
    """
    return _computed(columns.LATEST_EMAIL_STATUS, records, {schema.RECORDS: records})


def repeat_validations(records: pd.DataFrame, jobs: pd.DataFrame) -> pd.DataFrame:
    """The verdicts on addresses that an earlier job of the account had a verdict on, each with that one.

    ``jobs``: the jobs of these records, which say what they cost. Columns: account, job_id, record_id,
    list_name, email, email_hash, email_domain, status, is_cached, credits, job_created_at, previous_job_id,
    previous_record_id, previous_status, previous_credits, previous_created_at, days_since, is_changed.
    """
    return _computed(columns.REPEAT_VALIDATIONS, records, {schema.RECORDS: records, schema.JOBS: jobs})


def data_freshness(
    jobs: pd.DataFrame, runs: pd.DataFrame | None = None, rejects: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How fresh and complete the data of each account are.

    ``runs`` and ``rejects``: rows of `sync_runs` and `rejects`. Columns: those of the view `data_freshness`.
    """
    frames = {schema.JOBS: jobs, schema.SYNC_RUNS: runs, schema.REJECTS: rejects}
    return _computed(columns.DATA_FRESHNESS, jobs, frames)


def _computed(
    view: View,
    frame: pd.DataFrame,
    frames: dict[schema.Table, pd.DataFrame | None],
    select: str | None = None,
) -> pd.DataFrame:
    """The view over these tables, in the dtype backend of ``frame``."""
    from ..frames import from_frame, to_frame

    tables = {
        table: None if rows is None else from_frame(rows, table, columns=READ_COLUMNS[view.name][table])
        for table, rows in frames.items()
    }
    return to_frame(compute(view, tables_source(tables), select=select), dtype_backend=_backend(frame))


def _backend(frame: pd.DataFrame) -> DtypeBackend:
    """The dtype backend a frame came in."""
    import pandas as pd

    is_arrow = any(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
    return "pyarrow" if is_arrow else "numpy_nullable"
