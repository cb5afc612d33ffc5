"""The views as functions over DataFrames, for a notebook.

In: DataFrames as `load_jobs` and `load_records` give them, or `pandas.read_parquet` of a Parquet destination.
Out: DataFrames in the same dtype backend, computed on exact values. Called by users.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd
import pyarrow as pa

from .. import schema
from ..arguments import one_of
from ..frames import DtypeBackend, from_frame, to_frame
from . import credit_rows, job_rows, record_rows
from .declared import CREDIT_USAGE
from .zones import offsets_of


def credit_events(jobs: pd.DataFrame, history: pd.DataFrame | None = None) -> pd.DataFrame:
    """The charges and refunds of jobs; those of a job add up to its total_credits_charged exactly.

    ``history``: rows of `job_history`, in which the charge before the refund may have been seen; without it
    what a finished job was charged at first follows from its counters. Columns: account, job_id, list_name,
    event (charge or refund), event_at, credits (negative in a refund), records, basis (observed, derived or
    assumed). Raises `SettingsError` for a frame without the columns it takes.
    """
    return to_frame(_events(jobs, history), dtype_backend=_backend(jobs))


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
    one_of("freq", freq, credit_rows.UNITS)
    offsets = offsets_of(tz)
    usage = credit_rows.credit_usage(_events(jobs, history), CREDIT_USAGE, offsets, credit_rows.UNITS[freq])
    return to_frame(usage, dtype_backend=_backend(jobs))


def list_quality(jobs: pd.DataFrame) -> pd.DataFrame:
    """What became of each list's addresses, and what they cost, over its Processed jobs.

    Columns: account, list_name, jobs, total_records, valid_count, invalid_count, unknown_count, other_count,
    valid_rate, invalid_rate, unknown_rate, credits_net, credits_per_valid, first_job_at, last_job_at.
    """
    rows = from_frame(jobs, schema.JOBS, columns=job_rows.LIST_COLUMNS)
    return to_frame(job_rows.list_quality(rows), dtype_backend=_backend(jobs))


def job_turnaround(jobs: pd.DataFrame) -> pd.DataFrame:
    """How long each final job waited and took, in seconds, and its records per second."""
    rows = from_frame(jobs, schema.JOBS, columns=job_rows.TURNAROUND_COLUMNS)
    return to_frame(job_rows.job_turnaround(rows), dtype_backend=_backend(jobs))


def validator_mix(records: pd.DataFrame) -> pd.DataFrame:
    """Records per validator, by status, and how many came from its cache.

    Columns: account, validator_used (missing where none is named), records, cached_count, valid_count,
    invalid_count, unknown_count, error_count, cache_share, valid_rate.
    """
    rows = from_frame(records, schema.RECORDS, columns=record_rows.MIX_COLUMNS)
    return to_frame(record_rows.validator_mix(rows.to_batches()), dtype_backend=_backend(records))


def latest_email_status(records: pd.DataFrame) -> pd.DataFrame:
    """The newest verdict (Valid, Invalid or Unknown) of each address, or email_hash where there is one.

    Columns: account, email, email_hash, email_domain, status, validator_used, is_cached, processed_at,
    job_id, record_id.
    """
    rows = from_frame(records, schema.RECORDS, columns=record_rows.STATUS_COLUMNS)
    return to_frame(record_rows.latest_email_status(rows.to_batches()), dtype_backend=_backend(records))


def data_freshness(
    jobs: pd.DataFrame, runs: pd.DataFrame | None = None, rejects: pd.DataFrame | None = None
) -> pd.DataFrame:
    """How fresh and complete the data of each account are.

    ``runs`` and ``rejects``: rows of `sync_runs` and `rejects`. Columns: those of the view `data_freshness`.
    """
    rows = from_frame(jobs, schema.JOBS, columns=job_rows.FRESHNESS_COLUMNS)
    run_rows = _optional(runs, schema.SYNC_RUNS, job_rows.RUN_COLUMNS)
    reject_rows = _optional(rejects, schema.REJECTS, job_rows.REJECT_COLUMNS)
    return to_frame(job_rows.data_freshness(rows, run_rows, reject_rows), dtype_backend=_backend(jobs))


def _events(jobs: pd.DataFrame, history: pd.DataFrame | None) -> pa.Table:
    rows = from_frame(jobs, schema.JOBS, columns=credit_rows.JOB_COLUMNS)
    states = _optional(history, schema.JOB_HISTORY, credit_rows.HISTORY_COLUMNS)
    return credit_rows.credit_events(rows, states)


def _optional(frame: pd.DataFrame | None, table: schema.Table, columns: tuple[str, ...]) -> pa.Table | None:
    return None if frame is None else from_frame(frame, table, columns=columns)


def _backend(frame: pd.DataFrame) -> DtypeBackend:
    """The dtype backend a frame came in."""
    is_arrow = any(isinstance(dtype, pd.ArrowDtype) for dtype in frame.dtypes)
    return "pyarrow" if is_arrow else "numpy_nullable"
