"""What a notebook holds: jobs and their records as DataFrames with a fixed schema.

In: job ids and dates. Out: DataFrames with the columns of `schema.JOBS` and `schema.RECORDS`, whose dtypes
never change. `load_` calls the API; a second call asks it again.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal, Self, SupportsIndex, Unpack, get_args

import pyarrow as pa

from . import schema
from .arguments import (
    JobStatus,
    RecordStatus,
    account_label,
    job_ids_named,
    one_of,
    record_status_filter,
    seconds,
)
from .arguments import job_id as checked_id
from .errors import SettingsError
from .job_loader import ErrorMode, JobFilter, JobLoader, facts_of
from .profiles import Profile, load_profile
from .reading import Session
from .settings import Secret, Settings, load_settings
from .showing import as_line, as_table

if TYPE_CHECKING:
    import httpx
    import pandas as pd

    from .sandbox import SandboxOptions

DtypeBackend = Literal["numpy_nullable", "pyarrow"]

DEFAULT_ACCOUNT = "default"


class Client:
    """A connection to the eCore API. Use it as a context manager, or close it.

    ``token``, ``base_url``, ``timeout_s`` and ``workers`` (requests at once) come from the environment
    where they are not given: see `settings.load_settings`. ``account`` labels the rows. ``dtype_backend``
    is ``"numpy_nullable"`` (credits as Float64) or ``"pyarrow"`` (exact Arrow types) for all frames.
    ``http_client``: an `httpx.Client` of your own, with a proxy, certificates, event hooks or another
    transport; it stays yours to close. ``progress``: whether a load of over two seconds shows a bar; by
    default in a notebook, and where stderr is a terminal. Raises `SettingsError` without a token.

    >>> with Client("your-token", account="emea", workers=4) as client:
    ...     client
    Client(base_url='https://app.ecoreservice.com/backend/api/v1/', account='emea', workers=4)
    """

    _shown: Mapping[str, object] = {}  # while it is being made, when a traceback may show it, too

    def __init__(
        self,
        token: str | None = None,
        *,
        base_url: str | None = None,
        timeout_s: float | None = None,
        workers: int | None = None,
        account: str = DEFAULT_ACCOUNT,
        dtype_backend: DtypeBackend = "numpy_nullable",
        http_client: httpx.Client | None = None,
        progress: bool | None = None,
    ) -> None:
        settings = load_settings(token=token, base_url=base_url, timeout_s=timeout_s, workers=workers)
        self._open(settings, http_client, account, dtype_backend, progress)

    @classmethod
    def from_profile(
        cls,
        profile: str | Profile,
        config: str | os.PathLike[str] | None = None,
        *,
        dtype_backend: DtypeBackend = "numpy_nullable",
        http_client: httpx.Client | None = None,
        progress: bool | None = None,
    ) -> Self:
        """A client with the settings of a section of ``ecore.toml``, whose rows carry its label.

        ``config``: the file; else the one that ECORE_CONFIG names, the user's or the system's. Raises
        `SettingsError` for a profile that is not there, or holds what it must not.

        >>> Client.from_profile("no-such", config="/nowhere/ecore.toml")
        Traceback (most recent call last):
        ecore_export.errors.SettingsError: ...
        """
        found = profile if isinstance(profile, Profile) else load_profile(profile, config)
        client = cls.__new__(cls)
        label = found.get("ECORE_ACCOUNT") or DEFAULT_ACCOUNT
        client._open(found.settings(), http_client, label, dtype_backend, progress)
        return client

    @classmethod
    def sandbox(
        cls,
        seed: int = 7,
        *,
        dtype_backend: DtypeBackend = "numpy_nullable",
        progress: bool | None = None,
        **options: Unpack[SandboxOptions],
    ) -> Self:
        """A client of a made-up eCore API in this process: no token, no network.

        The same ``seed`` gives the same data. ``dtype_backend`` and ``progress`` are those of `Client`;
        further ``options`` go to `sandbox.Sandbox`.

        >>> with Client.sandbox(seed=7, jobs=3) as client:
        ...     print(client.load_jobs()["job_id"].tolist())
        [3, 2, 1]
        """
        import httpx

        from .sandbox import BASE_PATH, Sandbox

        made_up = Sandbox(seed, **options)
        settings = Settings(Secret(made_up.token), base_url=f"http://localhost{BASE_PATH}")
        http_client = httpx.Client(transport=made_up.transport())
        client = cls.__new__(cls)
        client._open(settings, http_client, "sandbox", dtype_backend, progress)
        client._sleep = lambda _seconds: None  # The sandbox moves on by being read, not by the clock.
        return client

    def _open(
        self,
        settings: Settings,
        http_client: httpx.Client | None,
        account: str,
        dtype_backend: DtypeBackend,
        progress: bool | None,
    ) -> None:
        one_of("dtype_backend", dtype_backend, get_args(DtypeBackend))
        self._process = os.getpid()
        label = account_label(account)
        self._dtype_backend = dtype_backend
        self._sleep: Callable[[float], None] = time.sleep
        self._session = Session.open(settings, http_client=http_client)
        self._shown = {"base_url": settings.base_url, "account": label, "workers": settings.workers}
        self._loader = JobLoader(self._session, label, progress)

    def __repr__(self) -> str:
        return as_line("Client", self._shown)

    def _repr_html_(self) -> str:
        return as_table("Client", self._shown)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Give back connections and threads. Closing twice is harmless.

        >>> client = Client.sandbox()
        >>> client.close()
        """
        if self._process == os.getpid():  # a forked child has neither the threads nor the connections
            self._session.close()

    def load_jobs(
        self,
        *,
        since: str | date | datetime | None = None,
        until: str | date | datetime | None = None,
        status: JobStatus | None = None,
        list_name: str | re.Pattern[str] | None = None,
    ) -> pd.DataFrame:
        """All jobs, newest first: one row a job, columns of `schema.JOBS`.

        ``since`` (inclusive) and ``until`` (exclusive) bound ``created_at``; a day or a time without an
        offset is UTC. ``status`` is one of the API's filters (Uploading, Processing, Processed, Failed), in
        any case. ``list_name``: text is the whole name, a pattern of `re.compile` is searched for in it; a
        job without a name has neither. Raises `SettingsError` for what is none of these, and for a ``since``
        that is not before ``until``. One request per 100 jobs. Columns that only an export fills
        (``records_exported``, ``run_id``, …) are null. Raises `PayloadError` if a job cannot be read; no job
        is left out.

        >>> with Client.sandbox(jobs=20) as client:
        ...     jobs = client.load_jobs(since="2026-01-01", status="Processed")
        """
        wanted = JobFilter.of(since=since, until=until, status=status, list_name=list_name)
        self._check_process()
        return self._frame(self._loader.job_rows(self._loader.listed(wanted)))

    def load_job(self, job_id: SupportsIndex) -> tuple[pd.DataFrame, pd.DataFrame]:
        """One job and all its records: a DataFrame of one row, and one with a row per address.

        Columns of `schema.JOBS` and `schema.RECORDS`. A job of up to 100 records takes one request. A job
        that is still running is returned as far as it has come, with an `IncompleteDataWarning`. Raises
        `NotFoundError` if there is no such job, `ReconciliationError` if its records do not add up to its
        own counters, `PayloadError` if one cannot be read.

        >>> with Client.sandbox(jobs=5) as client:
        ...     job, records = client.load_job(1)
        """
        wanted = checked_id(job_id)
        self._check_process()
        (read,) = self._loader.read([wanted])
        return self._job(facts_of(read)), self._frame(self._loader.record_rows(read))

    def load_records(
        self,
        job_ids: SupportsIndex | Iterable[SupportsIndex] | pd.DataFrame | None = None,
        *,
        since: str | date | datetime | None = None,
        until: str | date | datetime | None = None,
        list_name: str | re.Pattern[str] | None = None,
        status: RecordStatus | None = None,
        errors: ErrorMode = "raise",
    ) -> pd.DataFrame:
        """All records of one or several jobs: one row per address, columns of `schema.RECORDS`.

        ``job_ids``: one id, a list or column of ids (whole numbers of any type, or their text), or a frame
        of `load_jobs`, whose column ``job_id`` counts. Each job's rows stand together, by ascending record
        id. Instead of ids: ``since``, ``until`` and ``list_name`` as for `load_jobs`; the final jobs that fit
        all that is given are loaded, an `IncompleteDataWarning` says how many others fit. No job that fits:
        no rows, the same columns.

        ``status``: only the records that have it (Pending, Valid, Invalid, Unknown or Error, in any case);
        the API sends no others. For Valid, Invalid and Unknown the job's own counter has to agree, and for
        Error and Pending, which no job counts, the count that comes with them.

        Warns and raises as `load_job`, and `SettingsError` for what is no job id or bound, for both ids and
        bounds, and for neither. ``errors="warn"``: a job that does not exist, does not add up, cannot be read
        or is not to be had is left out with a `JobNotLoadedWarning`, and the others come; a refused token or
        a spent cap is an error all the same.

        >>> import re
        >>> with Client.sandbox(jobs=20) as client:
        ...     jobs = client.load_jobs(status="Processed")
        ...     records = client.load_records(jobs.head(3), errors="warn")
        ...     named = client.load_records(since="2026-01-01", list_name=re.compile("newsletter"))
        ...     valid = client.load_records(jobs.head(3), status="Valid")
        >>> records["job_id"].nunique(), len(valid) == int(jobs.head(3)["valid_count"].sum())
        (3, True)
        """
        one_of("errors", errors, get_args(ErrorMode))
        only = record_status_filter(status)
        if all(bound is None for bound in (since, until, list_name)):
            named = job_ids_named(job_ids)
        elif job_ids is not None:
            raise SettingsError("jobs are named by their ids, or by since, until and list_name, not by both")
        else:
            named = None
        wanted = JobFilter.of(since=since, until=until, list_name=list_name)
        self._check_process()
        ids = self._loader.listed_final(wanted) if named is None else named
        reads = self._loader.read(ids, status=only, errors=errors)
        tables = [self._loader.record_rows(read) for read in reads]
        empty = schema.RECORDS.frame_arrow.empty_table()
        return self._frame(pa.concat_tables([*tables, empty]))

    def wait_for_job(
        self,
        job_id: SupportsIndex,
        *,
        timeout_s: float | None = None,
        on_poll: Callable[[Mapping[str, Any]], None] | None = None,
    ) -> pd.DataFrame:
        """Poll a job until it is Processed or Failed: a DataFrame of one row, columns of `schema.JOBS`.

        Waits between 3 s for a small and 30 s for a large job (API reference, Polling). ``on_poll`` gets each
        state read, as a mapping. Raises `WaitTimeoutError` after ``timeout_s``, `NotFoundError` if there is
        no such job. A second call on a final job takes one request.

        >>> with Client.sandbox(jobs=5) as client:
        ...     job = client.wait_for_job(5, timeout_s=600)
        """
        wanted = checked_id(job_id)
        limit_s = None if timeout_s is None else seconds("timeout_s", timeout_s)
        self._check_process()
        return self._job(self._loader.wait(wanted, limit_s, on_poll, self._sleep))

    def _check_process(self) -> None:
        """Refuse to work in a forked child: its threads stayed behind, and calls would never end."""
        if self._process != os.getpid():
            raise SettingsError(
                "this client was made before the process was forked: make a Client in the child itself, "
                "or start it by multiprocessing.get_context('spawn')"
            )

    def _job(self, facts: pa.RecordBatch) -> pd.DataFrame:
        return self._frame(self._loader.job_rows(pa.Table.from_batches([facts])))

    def _frame(self, table: pa.Table) -> pd.DataFrame:
        from .frames import to_frame

        return to_frame(table, dtype_backend=self._dtype_backend)
