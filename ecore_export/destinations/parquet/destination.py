"""The Parquet destination: a folder of Parquet files that pandas, DuckDB, Spark and others read as they are.

In: `Publication`s. Out: ``PATH/records/created_month=2026-05/….parquet`` and likewise ``jobs`` and
``job_history``; ``sync_runs`` by month of start; ``rejects/rejects.parquet`` and
``list_groups/list_groups.parquet``; ``_ecore.json``, what the folder knows of itself.

Every file is replaced in one step and holds whole jobs, so a reader beside the writer never sees part of a
job. A publication writes records, then history, then jobs: one that dies halfway leaves each job whole, in
its old or its new state, and `jobs` does not call exported what is not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from ... import schema
from ...errors import DestinationError, SettingsError
from ...times import Moment
from ..contract import EVERYTHING, Publication, Selection, refuse_newer
from ..erasure import TEXTS, Erased, Erasure
from ..files import OBJECT_STORES, in_an_object_store, locked, make_directory
from ..rows import BOOKKEEPING_COLUMNS, upsert, upsert_history
from ..state import meta_rows, read_jobs
from ..views import compute_view, remember_tz, stream_view
from . import erasure as parquet_erasure
from .folder import TEMPORARY, FileLimits
from .publish import merge_rows, publish_job_rows, publish_records, write_file
from .read import count, read, record_spans
from .tables import VERSION_ENTRY, Tables
from .views import rows_of

_OWN_WRITE_WAIT_S = 30.0

_upsert_jobs = partial(upsert, key=schema.JOBS.key, ignoring=BOOKKEEPING_COLUMNS)


class ParquetDestination:
    """A folder of Parquet files; fulfils `Destination`. ``url``: ``parquet:PATH``, a local path.

    ``limits``: when a file is full and the next one opens.
    """

    has_one_writer = True

    def __init__(self, url: str, *, limits: FileLimits | None = None) -> None:
        self.notes: list[str] = []
        self.url = url
        self.path = _local_path(url)
        self._limits = limits or FileLimits()
        self._tables = Tables(self.path)
        self._is_locked = False

    def __repr__(self) -> str:
        return f"ParquetDestination({self.url!r})"

    def schema_version(self) -> int | None:
        """The schema version of the folder; None if nothing was ever written there. Changes nothing."""
        version = self._tables.version()
        if version is not None:
            self.notes += [note for note in self._tables.strangers() if note not in self.notes]
        return version

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be written; changes nothing."""
        place = self._tables.existing_place()
        if not os.access(place, os.W_OK | os.X_OK):
            raise DestinationError(f"{place} is not writable: choose another path or change its permissions")

    def ensure_schema(self) -> None:
        """Create the folder and what is missing in it, so that every table can be read, empty or not."""
        self.check_writable()
        version = self.schema_version()
        refuse_newer(self.url, version)
        with self._writing():
            if version != schema.SCHEMA_VERSION:
                entry = {VERSION_ENTRY: str(schema.SCHEMA_VERSION)}
                self._tables.write_about(schema.META, meta_rows(entry))
            for folder, path in self._tables.first_paths():
                if not path.exists():
                    write_file(folder, path, folder.table.empty())

    @contextmanager
    def lock(self, timeout_s: float) -> Iterator[None]:
        """Be the only writer; also sweeps away what a killed writer left unfinished."""
        make_directory(self.path)
        with locked(self.path / ".ecore.lock", self.path, timeout_s):
            try:
                self._set_locked(True)
                self._tables.sweep()
                self.notes += self._tables.strangers()
                yield
            finally:
                with suppress(OSError):
                    (self.path / TEMPORARY).rmdir()
                self._set_locked(False)

    def read(
        self, table: schema.Table, where: Selection = EVERYTHING, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a table in batches; those of `records` file by file, each job's together."""
        return read(self._tables, table, where, table.names if columns is None else columns)

    def count(self, table: schema.Table, where: Selection = EVERYTHING) -> int:
        """How many rows of a table fit."""
        return count(self._tables, table, where)

    def read_record_spans(self, account: str, *, newest: int | None = None) -> pa.Table:
        """Between which record ids each job's lie: those of its file."""
        return record_spans(self._tables.records, account)

    def merge(self, table: schema.Table, rows: pa.Table) -> None:
        """Insert rows, or replace those of the same key."""
        with self._writing():
            merge_rows(self._tables, table, rows)

    def publish(self, publication: Publication) -> None:
        """Make a publication visible: its records, then its history, then its jobs."""
        account, limits, tables = publication.account, self._limits, self._tables
        with self._writing():
            if publication.exported:
                publish_records(tables.records, publication, limits)
            history = publication.history
            job_ids: list[Any] = history["job_id"].to_pylist()
            known = read_jobs(self, account, job_ids=job_ids)
            publish_job_rows(tables.history, account, history, limits, partial(upsert_history, known=known))
            publish_job_rows(tables.jobs, account, publication.jobs, limits, _upsert_jobs)

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table; files that hold one are rewritten.

        Raises `DestinationError` while a file that is not ours lies there: it may hold the address, too.
        """
        self._tables.refuse_strangers()
        if dry_run:
            self._take_out(erasure, dry_run=True)
            return erasure.erased
        with self._writing():
            self._tables.write_about(schema.SUPPRESSIONS, suppressed)
            self._take_out(erasure)
        return erasure.erased

    def _take_out(self, erasure: Erasure, *, dry_run: bool = False) -> None:
        for table, _ in TEXTS:
            parquet_erasure.erase(self._tables.folder(table), erasure, dry_run=dry_run)

    def remove(self, tables: Sequence[schema.Table], where: Selection) -> dict[str, int]:
        """Remove rows: whole files of an account, and rows of files; refuses as `erase` does."""
        self._tables.refuse_strangers()
        with self._writing():
            return {t.name: parquet_erasure.remove(self._tables.folder(t), where) for t in tables}

    def ensure_views(self, tz: str | None = None) -> None:
        """Remember the time zone of the views; files hold none."""
        remember_tz(self, tz)

    def read_view(
        self,
        name: str,
        *,
        tz: str | None = None,
        account: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> pa.Table:
        """Rows of a view, computed from the files."""
        return compute_view(self, rows_of(self.path, account), name, tz=tz, since=since, until=until)

    def stream_view(self, name: str, *, account: str | None = None, **asked: Any) -> pa.RecordBatchReader:
        """The same, a part in memory at a time."""
        return stream_view(self, rows_of(self.path, account), name, **asked)

    def close(self) -> None:
        """Nothing is held open between calls."""

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock while writing: the caller's, or one of its own."""
        if self._is_locked:
            yield
        else:
            with self.lock(_OWN_WRITE_WAIT_S):
                yield

    def _set_locked(self, is_locked: bool) -> None:
        self._is_locked = is_locked
        self._tables.set_exclusive(is_locked)


def _local_path(url: str) -> Path:
    """The absolute path a ``parquet:`` URL names; raises `SettingsError`."""
    place = url.partition(":")[2]
    if place.startswith("//") and not place.startswith("///"):
        raise SettingsError("a Parquet destination is written parquet:PATH or parquet:///ABSOLUTE/PATH")
    if found := re.match(r"([A-Za-z][A-Za-z0-9+.-]+):/", place):
        if (scheme := found[1].lower()) in OBJECT_STORES:
            raise SettingsError(in_an_object_store(scheme))
        raise SettingsError("a Parquet destination is a local folder: write parquet:PATH")
    place = re.sub(r"^///+", "/", place)
    if not place or "\0" in place:
        raise SettingsError("the Parquet destination names no folder: write parquet:PATH")
    try:
        return Path(place).expanduser().absolute()
    except RuntimeError as error:
        raise SettingsError(
            "~ in the Parquet destination has no home folder: write the whole path"
        ) from error
