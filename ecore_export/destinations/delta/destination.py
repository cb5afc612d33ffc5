"""The Delta destination: Delta Lake tables in a local folder or an object store, by delta-rs.

In: `Publication`s. Out: the tables of the fixed schema, each below the place under its name.

Several exports may write at once: nobody holds a lock, and whoever is late computes anew what it wants to
write. Each table changes by commits, which readers see whole. A publication writes records, then history,
then jobs: one that dies halfway leaves each job whole, in its old or its new state, and `jobs` does not call
exported what is not.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pyarrow as pa

from ... import schema
from ...errors import DestinationError
from ...times import Moment
from ..contract import EVERYTHING, RECORD_SPANS, Compacted, Publication, Selection, refuse_newer
from ..erasure import Erased, Erasure
from ..state import meta_rows, read_meta
from ..views import compute_view, remember_tz, stream_view
from . import erasure as delta_erasure
from .failures import driver
from .files import compact, tidy
from .other_writers import again_on_conflict, check_store
from .publish import Session, merge, publish
from .read import count, read, record_spans
from .tables import StoredTable, Tables
from .url import Place
from .views import rows_of

VERSION_ENTRY = "schema_version"
_TIME_TRAVEL = "earlier versions of the tables can no longer be read: what was taken out stood in their files"


class DeltaDestination:
    """Delta tables; fulfils `Destination`. ``url``: ``delta:PATH``, or ``delta:`` and the URL of a prefix."""

    has_one_writer = False

    url = ""

    def __init__(self, url: str) -> None:
        self._place = Place.of(url)
        driver()
        self.url = url
        self.notes: list[str] = []
        self._tables = Tables(self._place)
        self._session = Session()

    def __repr__(self) -> str:
        return f"DeltaDestination({self.url!r})"

    def schema_version(self) -> int | None:
        """The schema version on record; None if nothing was ever written there. Changes nothing."""
        if self._place.is_local:
            self._existing_folder()
        text = read_meta(self).get(VERSION_ENTRY)
        return None if text is None else int(text)

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be reached or, in a folder, written; changes nothing."""
        if not self._place.is_local:
            self._tables[schema.META].snapshot()
        elif not os.access(folder := self._existing_folder(), os.W_OK | os.X_OK):
            raise DestinationError(f"{folder} is not writable: choose another path or change its permissions")

    def ensure_schema(self) -> None:
        """Create the tables that are missing, add the columns an older version lacks; refuse a newer one."""
        self.check_writable()
        version = self.schema_version()
        refuse_newer(self.url, version)
        if version is None:
            check_store(self._place)
        for stored in self._tables.all.values():
            again_on_conflict(self._place, partial(self._ensure_table, stored, version))
        if version != schema.SCHEMA_VERSION:
            self.merge(schema.META, meta_rows({VERSION_ENTRY: str(schema.SCHEMA_VERSION)}))

    def _ensure_table(self, stored: StoredTable, version: int | None) -> None:
        snapshot = stored.snapshot()
        if snapshot is None:
            stored.create()
        elif version is None and not snapshot.columns >= set(stored.table.names):
            raise DestinationError(
                f"{self._place.root} has a table {stored.table.name} already that ecore-export did not "
                "make: choose another place"
            )
        elif version != schema.SCHEMA_VERSION:
            stored.add_columns(snapshot)

    @contextmanager
    def lock(self, timeout_s: float) -> Iterator[None]:
        """Begin to write, beside whoever does so, too: nothing is waited for, and nobody kept out."""
        records, jobs = (self._tables[table].snapshot() for table in (schema.RECORDS, schema.JOBS))
        before, version = self._session, None if records is None else records.version
        self._session = Session(
            0 if records is None else records.fence, seen=0 if jobs is None else jobs.version
        )
        try:
            yield
            tidy(self._tables, version_before=version)
        finally:
            self._session = before

    def compact(self) -> Compacted:
        """Make the small files of every table few, and remove those that are old and not needed."""
        return compact(self._tables)

    def read(
        self, table: schema.Table, where: Selection = EVERYTHING, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a table in batches, ordered by key, all of one version."""
        snapshot = self._tables[table].snapshot()
        if snapshot is not None:
            yield from read(snapshot, where, table.names if columns is None else columns)

    def count(self, table: schema.Table, where: Selection = EVERYTHING) -> int:
        """How many rows of a table fit."""
        snapshot = self._tables[table].snapshot()
        return 0 if snapshot is None else count(snapshot, where)

    def read_record_spans(self, account: str, *, newest: int | None = None) -> pa.Table:
        """Between which record ids each job's lie: reads two columns, of the newest jobs if they do."""
        snapshot = self._tables[schema.RECORDS].snapshot()
        return RECORD_SPANS.empty_table() if snapshot is None else record_spans(snapshot, account, newest)

    def merge(self, table: schema.Table, rows: pa.Table) -> None:
        """Insert rows, or replace those of the same key."""
        merge(self._tables, table, rows, self._session)

    def publish(self, publication: Publication) -> None:
        """Make a publication visible: its records in one commit, then its history, then its jobs."""
        publish(self._tables, publication, self._session)

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table, and out of all files of earlier versions."""
        if not dry_run:
            self.notes.append(_TIME_TRAVEL)
        return delta_erasure.erase(self._tables, erasure, suppressed, dry_run=dry_run)

    def remove(self, tables: Sequence[schema.Table], where: Selection) -> dict[str, int]:
        """Remove rows, and all files of earlier versions of these tables."""
        self.notes.append(_TIME_TRAVEL)
        return delta_erasure.remove(self._tables, tables, where)

    def ensure_views(self, tz: str | None = None) -> None:
        """Remember the time zone of the views; Delta tables hold none."""
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
        """Rows of a view, computed from the tables."""
        return compute_view(self, rows_of(self._tables, account), name, tz=tz, since=since, until=until)

    def stream_view(self, name: str, *, account: str | None = None, **asked: Any) -> pa.RecordBatchReader:
        """The same, a part in memory at a time."""
        return stream_view(self, rows_of(self._tables, account), name, **asked)

    def close(self) -> None:
        """Nothing is held open between calls."""

    def _existing_folder(self) -> str:
        """The folder itself, or the nearest above it that exists."""
        path = self._place.path
        place = next(each for each in (path, *path.parents) if each.exists())
        if not place.is_dir():
            raise DestinationError(f"{place} is a file: choose a folder for the Delta destination")
        if (path / "_ecore.json").exists():
            raise DestinationError(
                f"{path} is a Parquet destination: write parquet:{path}, or choose another folder"
            )
        return str(place)
