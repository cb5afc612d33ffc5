"""What a notebook calls: one load with a client of its own, and a payload at hand without any.

In: job ids and dates, or a payload. Out: DataFrames as `Client` gives them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, SupportsIndex, TypedDict, Unpack, get_args

import pyarrow as pa

from . import schema
from .api import Decoder
from .arguments import JobStatus, RecordStatus, account_label, one_of
from .client import DEFAULT_ACCOUNT, Client, DtypeBackend
from .errors import PayloadError
from .job_loader import ErrorMode, warn
from .reading import JobsRead, as_job_rows, as_record_rows

if TYPE_CHECKING:
    import httpx
    import pandas as pd


class ClientOptions(TypedDict, total=False):
    """The keywords of `Client`, for functions that make one for a single call."""

    token: str | None
    base_url: str | None
    timeout_s: float | None
    workers: int | None
    account: str
    dtype_backend: DtypeBackend
    http_client: httpx.Client | None
    progress: bool | None


def load_jobs(
    *,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
    status: JobStatus | None = None,
    list_name: str | re.Pattern[str] | None = None,
    **client: Unpack[ClientOptions],
) -> pd.DataFrame:
    """All jobs of an account, newest first: a DataFrame of one row a job, columns of `schema.JOBS`.

    ``since`` (inclusive) and ``until`` (exclusive) bound ``created_at``, ``status`` and ``list_name`` choose
    among the jobs: see `Client.load_jobs`. ``client``: keywords of `Client`, which is made for this call and
    closed after it; without ``token`` the token comes from ECORE_API_TOKEN. One request per 100 jobs. Raises
    what `Client.load_jobs` raises, and `SettingsError` where there is no token.

    >>> import ecore_export as ee, httpx
    >>> from ecore_export.sandbox import Sandbox
    >>> with httpx.Client(transport=Sandbox(jobs=5).transport()) as made_up:
    ...     jobs = ee.load_jobs(token="sandbox-token", http_client=made_up)
    >>> len(jobs), str(jobs["total_credits_charged"].dtype)
    (5, 'Float64')
    """
    with Client(**client) as opened:
        return opened.load_jobs(since=since, until=until, status=status, list_name=list_name)


def load_job(job_id: SupportsIndex, **client: Unpack[ClientOptions]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One job and all its records: a DataFrame of one row, and one with a row per address.

    Columns of `schema.JOBS` and `schema.RECORDS`. ``client``: keywords of `Client`, which is made for this
    call and closed after it. Warns and raises as `Client.load_job` does.

    >>> import ecore_export as ee, httpx
    >>> from ecore_export.sandbox import Sandbox
    >>> with httpx.Client(transport=Sandbox(jobs=5).transport()) as made_up:
    ...     job, records = ee.load_job(1, token="sandbox-token", http_client=made_up)
    >>> len(job), int(job["total_records"].iloc[0]) == len(records)
    (1, True)
    """
    with Client(**client) as opened:
        return opened.load_job(job_id)


def load_records(
    job_ids: SupportsIndex | Iterable[SupportsIndex] | pd.DataFrame | None = None,
    *,
    since: str | date | datetime | None = None,
    until: str | date | datetime | None = None,
    list_name: str | re.Pattern[str] | None = None,
    status: RecordStatus | None = None,
    errors: ErrorMode = "raise",
    **client: Unpack[ClientOptions],
) -> pd.DataFrame:
    """All records of one or several jobs: a DataFrame of one row per address, columns of `schema.RECORDS`.

    ``job_ids``: one id, several, or a frame of `load_jobs`; or instead of them ``since``, ``until`` and
    ``list_name``: the final jobs that fit. ``status``: only records that have it, such as ``"Valid"``.
    ``errors="warn"`` leaves out a job that cannot be had, with a `JobNotLoadedWarning`. See
    `Client.load_records`, also for what it raises. ``client``: keywords of `Client`, which is made for this
    call and closed after it.

    >>> import ecore_export as ee, httpx
    >>> from ecore_export.sandbox import Sandbox
    >>> with httpx.Client(transport=Sandbox(jobs=5).transport()) as made_up:
    ...     records = ee.load_records([1, 2], token="sandbox-token", http_client=made_up)
    >>> sorted(records["job_id"].unique().tolist())
    [1, 2]
    """
    with Client(**client) as opened:
        return opened.load_records(
            job_ids, since=since, until=until, list_name=list_name, status=status, errors=errors
        )


def flatten_job(
    payload: Mapping[str, Any] | str | bytes,
    *,
    account: str = DEFAULT_ACCOUNT,
    dtype_backend: DtypeBackend = "numpy_nullable",
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """A Job status payload that you already have, as (job, records) DataFrames.

    ``payload``: the JSON text or bytes, or what a JSON parser made of it. Columns of `schema.JOBS` and
    `schema.RECORDS`. Warns with `IncompleteDataWarning` when the job has more records than the payload holds
    inline, or is not final. Raises `PayloadError` if the payload is not what the API reference promises.

    >>> import ecore_export as ee
    >>> job, records = ee.flatten_job({
    ...     "id": 42, "uuid": "f8a1c3e5-9b2d-4e6f-a8c1-0d3e5f7a9b2d", "list_name": "Q1 Leads",
    ...     "status": "Processed", "total_records": 0, "valid_count": 0, "invalid_count": 0,
    ...     "unknown_count": 0, "total_credits_charged": 0, "credits_charged_at": "2026-05-06T11:42:08Z",
    ...     "created_at": "2026-05-06T11:41:55Z", "started_at": "2026-05-06T11:42:01Z",
    ...     "completed_at": "2026-05-06T11:43:17Z", "duration": "1m 16s", "results_summary": "0/0",
    ...     "records": [],
    ... })
    >>> job["list_name"].iloc[0], len(records)
    ('Q1 Leads', 0)
    """
    from .frames import to_frame

    one_of("dtype_backend", dtype_backend, get_args(DtypeBackend))
    account_label(account)
    statuses = Decoder().statuses_of(payload)
    if statuses.faults:
        raise PayloadError(statuses.faults[0].reason, job_id=statuses.faults[0].job_id)
    (job,) = statuses.jobs.to_pylist()
    if not job["is_final"]:
        warn(f"job {job['job_id']} is not final: its records and counters will change")
    if missing := job["total_records"] - statuses.lengths[0]:
        warn(f"{missing} of the {job['total_records']} records of job {job['job_id']} are not inline")
    read = JobsRead((job["job_id"],), statuses.lengths, [statuses.rows], statuses.jobs)
    created_at = statuses.jobs.column("created_at")
    records = as_record_rows(read, created_at, account=account, run_id=None)
    jobs = as_job_rows(pa.Table.from_batches([statuses.jobs]), account=account)
    return (
        to_frame(jobs, dtype_backend=dtype_backend),
        to_frame(pa.Table.from_batches(records, schema.RECORDS.frame_arrow), dtype_backend=dtype_backend),
    )
