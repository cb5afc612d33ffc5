"""The contract of destinations: what each can be asked to do, and what comes of it.

In: Arrow tables and batches of the fixed schema. Out: the same.

What it promises:

- **The job is the unit of visibility.** `Destination.publish` makes every job of a publication visible whole
  or not at all; a reader beside it never sees a part of a job, or one row twice.
- **Publishing again replaces and never doubles**, and rewrites nothing that is unchanged.
- **A crash at any step** leaves every job in its old or in its new state; publishing again heals the rest.
- **One writer at a time**: whoever writes holds `Destination.lock`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

import pyarrow as pa

from .. import schema
from ..times import Moment
from .erasure import Erased, Erasure

JobState = Literal["all", "open", "running"]
"""Which jobs to read. ``open``: not deleted, and ``running`` or not exported (``records_exported`` is null).

``running``: not deleted, and not final.
"""


RECORD_SPANS = pa.schema([(name, pa.int64()) for name in ("job_id", "low", "high", "rows")])
"""A job, the lowest of its record ids or less, the highest or more, and how many records it has."""


@dataclass(frozen=True, slots=True)
class Publication:
    """What becomes visible together.

    ``jobs``: rows of `schema.JOBS` to insert, or to replace by key; they include every job of ``exported``.
    ``history``: new rows of `schema.JOB_HISTORY`, at most one a job; the job's open row, if there is one, is
    closed with ``valid_to`` = the new row's ``valid_from``, in the same commit. ``exported``: ids of the jobs
    whose rows in `schema.RECORDS` are replaced as a whole, oldest first for the most part. ``records``:
    gives the new rows each time it is called, batches of `schema.RECORDS` in the order of ``exported``, each
    job's rows together.
    ``record_rows``: how many rows that is.
    """

    account: str
    jobs: pa.Table
    history: pa.Table = field(default_factory=schema.JOB_HISTORY.empty)
    exported: tuple[int, ...] = ()
    records: Callable[[], Iterator[pa.RecordBatch]] = lambda: iter(())
    record_rows: int = 0


class Destination(Protocol):
    """Where jobs are published. Opening one touches nothing; `ensure_schema` is the first write.

    All methods raise `DestinationError` (or `DestinationBusyError`, `DestinationVersionError`) and no
    error of a library below. Reads of a destination that was never written give empty tables.
    """

    url: str
    """The destination's URL, passwords masked: safe to print and to store."""
    notes: list[str]
    """What could not be stored as it was, in words; grows while publishing."""

    def schema_version(self) -> int | None:
        """The schema version it was written with; None if it was never written. Changes nothing.

        Needs no right to write. Raises `DestinationError` if it cannot be reached or read.
        """

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be reached or written. Changes nothing."""

    def ensure_schema(self) -> None:
        """Create what is missing; migrate an older version additively; refuse a newer one, untouched."""

    def lock(self, timeout_s: float) -> AbstractContextManager[None]:
        """Be the only writer. Raises `DestinationBusyError` if another one holds on for ``timeout_s``."""

    def read_jobs(
        self,
        account: str,
        *,
        job_ids: Sequence[int] | None = None,
        state: JobState = "all",
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Rows of `schema.JOBS`, ordered by job_id; ``columns`` in the order asked for."""

    def count_jobs(self, account: str) -> int:
        """How many known jobs are not deleted."""

    def read_records(
        self, account: str, *, job_ids: Sequence[int] | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of `schema.RECORDS` in batches, memory bounded; each job's by ascending record_id.

        ``columns``: only these, in the order asked for.
        """

    def read_record_spans(self, account: str) -> pa.Table:
        """Between which record ids each job's lie: `RECORD_SPANS`, of jobs that have records only.

        They may lie closer together. Reads an index, a footer or the columns of ids, and no record.
        """

    def read_history(self, account: str, *, job_ids: Sequence[int] | None = None) -> pa.Table:
        """Rows of `schema.JOB_HISTORY`, ordered by (job_id, valid_from)."""

    def publish(self, publication: Publication) -> None:
        """Make a publication visible, each job all or nothing. The caller holds the lock."""

    def write_run(self, run: pa.Table) -> None:
        """Insert or replace rows of `schema.SYNC_RUNS` by run_id."""

    def read_runs(self) -> pa.Table:
        """All rows of `schema.SYNC_RUNS`, oldest first."""

    def write_rejects(self, rejects: pa.Table) -> None:
        """Insert or replace rows of `schema.REJECTS` by key."""

    def read_rejects(self, account: str, *, only_open: bool = True) -> pa.Table:
        """Rows of `schema.REJECTS`, ordered by key; ``only_open``: those without resolved_at."""

    def read_meta(self) -> dict[str, str]:
        """The destination's entries about itself."""

    def write_meta(self, entries: dict[str, str]) -> None:
        """Insert or replace entries about the destination itself."""

    def read_suppressed(self) -> frozenset[str]:
        """Hashes of erased addresses, which are kept out from then on."""

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table and of the files' unused parts; what was found.

        ``suppressed``: rows of `schema.SUPPRESSIONS`, remembered before anything is taken out. ``dry_run``:
        only look. Raises `DestinationBusyError` where a reader keeps old parts of a file from going.
        """

    def prune_records(self, before: datetime, *, account: str | None = None, dry_run: bool = False) -> int:
        """Remove the records of jobs created earlier, and keep the jobs; how many records went.

        ``account``: only its records; None for all. ``dry_run``: only count.
        """

    def forget(self, account: str, *, dry_run: bool = False) -> dict[str, int]:
        """Remove every row of an account in `schema.DATA_TABLES`; how many, by the table's name.

        ``dry_run`` only counts. What is suppressed stays: it is of no account.
        """

    def ensure_views(self, tz: str | None = None) -> None:
        """Create the reporting views, and replace those whose definition changed, where there can be views.

        ``tz``: the time zone of their days, remembered from then on; None: as before, UTC at first. Comes
        after `ensure_schema`; the caller holds the lock. Raises `SettingsError` for a zone nobody knows.
        """

    def read_view(
        self,
        name: str,
        *,
        tz: str | None = None,
        account: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> pa.Table:
        """Rows of a view of `views.columns`, ordered by its key; its aggregates come from the engine.

        Reads the view's definition, so the view need not be there. ``account``: None for all. ``since``
        (inclusive) and ``until`` (exclusive), by the clock of ``tz`` where they name no offset, bound the
        view's `View.instant`.
        """

    def close(self) -> None:
        """Give back connections. Closing twice is harmless."""
