"""The contract of destinations: what each can be asked to do, and what comes of it.

In: Arrow tables and batches of the fixed schema. Out: the same.

What it promises:

- **The job is the unit of visibility.** `Destination.publish` makes every job of a publication visible whole
  or not at all; a reader beside it never sees a part of a job, or one row twice.
- **Publishing again replaces and never doubles**, and rewrites nothing that is unchanged.
- **A crash at any step** leaves every job in its old or in its new state; publishing again heals the rest.
- **One writer at a time**: whoever writes holds `Destination.lock`. Where several may write at once
  (`Destination.has_one_writer`), what one of them publishes is neither lost nor doubled by another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..errors import DestinationVersionError
from ..times import Moment
from .erasure import Erased, Erasure

JobState = Literal["all", "open", "running"]
"""Which jobs to read. ``open``: not deleted, and ``running`` or not exported (``records_exported`` is null).

``running``: not deleted, and not final.
"""

State = Literal["all", "open", "running", "deleted"]
"""Which rows, of `schema.JOBS` as `JobState` has it, or ``deleted``: those with ``deleted_at``.

Of `schema.REJECTS`, ``open`` are those without ``resolved_at``. No other table has states.
"""


@dataclass(frozen=True, slots=True)
class Within:
    """That an instant lies from ``since`` (inclusive) to ``until`` (exclusive); None: without end there.

    ``column``: the one of the table that holds it, and never null.
    """

    column: str
    since: datetime | None = None
    until: datetime | None = None

    def fits(self, rows: pa.Table) -> Any:
        """For each row whether it does."""
        kind = schema.Kind.INSTANT.arrow
        fitting: Any = pa.chunked_array([pa.repeat(True, len(rows))])
        if self.since is not None:
            limit = pa.scalar(self.since, kind)
            fitting = pc.and_(fitting, pc.greater_equal(rows[self.column], limit))
        if self.until is not None:
            fitting = pc.and_(fitting, pc.less(rows[self.column], pa.scalar(self.until, kind)))
        return fitting


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows of a table: all that fit everything it names.

    ``account``: of that one; None for any. ``job_ids``: of these jobs. ``within``: of a period.
    """

    account: str | None = None
    job_ids: Sequence[int] | None = None
    state: State = "all"
    within: Within | None = None

    def looks_at(self, table: schema.Table) -> list[str]:
        """The columns that decide whether a row fits."""
        names = ["account"] if self.account is not None else []
        names += ["job_id"] if self.job_ids is not None else []
        names += [self.within.column] if self.within is not None else []
        if table is schema.REJECTS and self.state != "all":
            return [*names, "resolved_at"]
        return names + _STATE_COLUMNS[self.state]

    def fits(self, rows: pa.Table) -> Any:
        """For each row whether it fits; the columns that it `looks_at` are there."""
        fitting: Any = pa.chunked_array([pa.repeat(True, len(rows))])
        if self.account is not None:
            fitting = pc.and_(fitting, pc.equal(rows["account"], pa.scalar(self.account)))
        if self.job_ids is not None:
            wanted = pa.array(sorted(set(self.job_ids)), pa.int64())
            fitting = pc.and_(fitting, pc.is_in(rows["job_id"], value_set=wanted))
        if self.within is not None:
            fitting = pc.and_(fitting, self.within.fits(rows))
        return fitting if self.state == "all" else pc.and_(fitting, _in_state(rows, self.state))


_STATE_COLUMNS: dict[State, list[str]] = {
    "all": [],
    "open": ["is_final", "records_exported", "deleted_at"],
    "running": ["is_final", "deleted_at"],
    "deleted": ["deleted_at"],
}
"""What tells the state of a job."""


def _in_state(rows: pa.Table, state: State) -> Any:
    if "resolved_at" in rows.column_names:
        return pc.is_null(rows["resolved_at"])
    if state == "deleted":
        return pc.is_valid(rows["deleted_at"])
    is_wanted: Any = pc.invert(rows["is_final"])
    if state == "open":
        is_wanted = pc.or_(is_wanted, pc.is_null(rows["records_exported"]))
    return pc.and_(pc.is_null(rows["deleted_at"]), is_wanted)


EVERYTHING = Selection()

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


SMALL_TABLES = (schema.SYNC_RUNS, schema.REJECTS, schema.LIST_GROUPS, schema.META, schema.SUPPRESSIONS)
"""What a destination writes without a publication."""


class Destination(Protocol):
    """Where jobs are published. Opening one touches nothing; `ensure_schema` is the first write.

    All methods raise `DestinationError` (or `DestinationBusyError`, `DestinationVersionError`) and no
    error of a library below. Reads of a destination that was never written give empty tables.
    """

    url: str
    """The destination's URL, passwords masked: safe to print and to store."""
    notes: list[str]
    """What could not be stored as it was, in words; grows while publishing."""
    has_one_writer: bool
    """Whether `lock` keeps other writers out."""

    def schema_version(self) -> int | None:
        """The schema version it was written with; None if it was never written. Changes nothing.

        Needs no right to write. Raises `DestinationError` if it cannot be reached or read.
        """

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be reached or written. Changes nothing."""

    def ensure_schema(self) -> None:
        """Create what is missing; migrate an older version additively; refuse a newer one, untouched."""

    def lock(self, timeout_s: float) -> AbstractContextManager[None]:
        """Be the only writer. Raises `DestinationBusyError` if another one holds on for ``timeout_s``.

        Where several may write at once: begin to write, and heed from then on what others take out for good.
        """

    def read(
        self, table: schema.Table, where: Selection = EVERYTHING, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of any of `schema.ALL_TABLES`, in batches of the fixed schema, memory bounded.

        ``columns``: only these, in the order asked for. Ordered by key, texts as the engine orders them; of
        `schema.RECORDS`, whose rows may come from many files, each job's together and by record_id.
        """

    def count(self, table: schema.Table, where: Selection = EVERYTHING) -> int:
        """How many rows of a table fit, without reading them where that can be."""

    def read_record_spans(self, account: str, *, newest: int | None = None) -> pa.Table:
        """Between which record ids each job's lie: `RECORD_SPANS`, of jobs that have records only.

        They may lie closer together. Reads an index, a footer or the columns of ids, and no record.
        ``newest``: so many jobs of the highest ids are enough, where all cost more.
        """

    def merge(self, table: schema.Table, rows: pa.Table) -> None:
        """Insert rows, or replace those of the same key, in one of `SMALL_TABLES`."""

    def publish(self, publication: Publication) -> None:
        """Make a publication visible, each job all or nothing. The caller holds the lock."""

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table and of the files' unused parts; what was found.

        ``suppressed``: rows of `schema.SUPPRESSIONS`, remembered before anything is taken out. ``dry_run``:
        only look. Raises `DestinationBusyError` where a reader keeps old parts of a file from going.
        """

    def remove(self, tables: Sequence[schema.Table], where: Selection) -> dict[str, int]:
        """Remove the rows that fit from these of `schema.DATA_TABLES`; how many, by the table's name.

        ``where`` names an account, or a period of `schema.RECORDS`, or both. Nothing of them stays in unused
        parts of the files; raises as `erase` does where it would.
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


@runtime_checkable
class Streaming(Protocol):
    """A destination that gives the rows of a view as they are computed."""

    def stream_view(self, name: str, **asked: Any) -> pa.RecordBatchReader:
        """What `Destination.read_view` gives, a part in memory at a time."""


@runtime_checkable
class Holding(Protocol):
    """A destination that opens a file for each call, which takes longer than most of them."""

    def held(self, *, for_writing: bool = False) -> AbstractContextManager[None]:
        """Open it once for the calls that follow; ``for_writing``: not for reading alone.

        Others are kept out meanwhile, so nothing is waited for before it ends.
        """


def held(destination: Destination, *, for_writing: bool = False) -> AbstractContextManager[None]:
    """`Holding.held`, where a destination has that; elsewhere nothing."""
    if isinstance(destination, Holding):
        return destination.held(for_writing=for_writing)
    return nullcontext()


@dataclass(frozen=True, slots=True)
class Compacted:
    """What compacting did: how many files the tables had before and after, how many old ones went."""

    files_before: int = 0
    files_after: int = 0
    files_removed: int = 0


@runtime_checkable
class Compacting(Protocol):
    """A destination whose many commits leave many small files."""

    def compact(self) -> Compacted:
        """Make them few; rows stay as they are."""


def refuse_newer(url: str, version: int | None) -> None:
    """Raise `DestinationVersionError` for a destination of a newer schema version than this package's."""
    if version is not None and version > schema.SCHEMA_VERSION:
        raise DestinationVersionError(
            f"{url} has schema version {version}, this ecore-export knows {schema.SCHEMA_VERSION}: "
            "upgrade ecore-export; nothing was changed"
        )
