"""The DuckDB destination: one file, opened only while it is read or written.

In: `Publication`s. Out: the tables of the fixed schema, instants as TIMESTAMPTZ.

DuckDB's file locks out other processes, so it is opened for each call, and others are waited for. It goes
by way of DuckDB's own module and Arrow: the SQLAlchemy dialect is behind DuckDB 2, and slow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

import pyarrow as pa

from ... import schema
from ...times import Moment
from ...views import IN_DUCKDB
from ..contract import EVERYTHING, RECORD_SPANS, Publication, Selection, refuse_newer
from ..erasure import TEXTS, Erased, Erasure
from ..state import meta_rows, read_meta
from ..views import TZ_ENTRY, asked_view, plan_views
from . import views as duckdb_views
from .connection import Database
from .erasure import refuse_open_here, rewrite_file, rows_losing
from .publish import merge, publish
from .read import count, fetch, fitting, has, read
from .tables import RECORD_SPANS_SQL, VERSION_ENTRY, ensure_tables, read_version


class DuckDBDestination:
    """Tables in a DuckDB file; fulfils `Destination`. ``url``: ``duckdb:///FILE``.

    With ``?storage_version=v1.2.0`` a new file can be opened by DuckDB 1.2.0 and later; without, only by
    versions as new as the one that makes it. A file that is there keeps its version.

    ``wait_s``: how long to wait for other programs that have the file open, in seconds. ``notes`` stays
    empty: DuckDB stores every value as it is.
    """

    has_one_writer = True

    def __init__(self, url: str, *, wait_s: float = 30.0) -> None:
        self.url = url
        self.notes: list[str] = []
        self._database = Database.at(url, wait_s)

    def __repr__(self) -> str:
        return f"DuckDBDestination({self.url!r})"

    def schema_version(self) -> int | None:
        """The schema version of the file; None if there is none. Changes nothing."""
        if not self._database.file.exists():
            return None
        with self._database.reading() as connection:
            return read_version(connection)

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be written; changes nothing."""
        self._database.file.check_writable()

    def ensure_schema(self) -> None:
        """Create the tables that are missing, add the columns an older version lacks; refuse a newer one."""
        self.check_writable()
        refuse_newer(self.url, self.schema_version())
        if not self._database.file.exists():
            self._database.create()
        with self._database.writing() as connection:
            refuse_newer(self.url, read_version(connection))  # somebody else may have been quicker
            ensure_tables(connection, self.url)
            merge(connection, schema.META, meta_rows({VERSION_ENTRY: str(schema.SCHEMA_VERSION)}))

    def lock(self, timeout_s: float) -> AbstractContextManager[None]:
        """Be the only writer."""
        return self._database.file.lock(timeout_s)

    def read(
        self, table: schema.Table, where: Selection = EVERYTHING, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a table in batches, ordered by key; holds the file meanwhile."""
        return read(self._database, table, where, table.names if columns is None else columns)

    def count(self, table: schema.Table, where: Selection = EVERYTHING) -> int:
        """How many rows of a table fit."""
        return count(self._database, table, where)

    def read_record_spans(self, account: str, *, newest: int | None = None) -> pa.Table:
        """Between which record ids each job's lie: reads two columns."""
        spans = fetch(self._database, RECORD_SPANS_SQL, [account], RECORD_SPANS)
        return pa.Table.from_batches(spans, RECORD_SPANS)

    def merge(self, table: schema.Table, rows: pa.Table) -> None:
        """Insert rows, or replace those of the same key."""
        with self._database.writing() as connection:
            merge(connection, table, rows)

    def publish(self, publication: Publication) -> None:
        """Make a publication visible, in one transaction."""
        with self._database.writing() as connection:
            publish(connection, publication)

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table, in one transaction, and of the file's unused blocks."""
        if not dry_run:
            refuse_open_here(self._database)
        with self._database.reading(for_writing=not dry_run) as connection:
            losing = [(table, rows_losing(connection, table, erasure)) for table, _ in TEXTS]
        if not dry_run:
            with self._database.writing() as connection:
                merge(connection, schema.SUPPRESSIONS, suppressed)
                for table, rows in losing:
                    merge(connection, table, rows)
            rewrite_file(self._database)
        return erasure.erased

    def remove(self, tables: Sequence[schema.Table], where: Selection) -> dict[str, int]:
        """Remove rows, in one transaction, and from the file's unused blocks."""
        refuse_open_here(self._database)
        removed = {}
        with self._database.writing() as connection:
            for table in tables:
                condition, parameters = fitting(table, where)
                statement = f"DELETE FROM {table.name} WHERE {condition}"  # noqa: S608 - names of the schema
                removed[table.name] = int(connection.execute(statement, parameters).fetchall()[0][0])
        rewrite_file(self._database)
        return removed

    def ensure_views(self, tz: str | None = None) -> None:
        """Create the views that are missing, replace those whose definition changed."""
        with self._database.reading() as connection:
            entries = read_meta(self)
            plan = plan_views(IN_DUCKDB, entries, tz)
            stale = plan.stale(entries, duckdb_views.present_views(connection))
            plan.claims(entries, stale, duckdb_views.taken_names(connection, stale))
        if stale or entries.get(TZ_ENTRY) != plan.tz:
            with self._database.writing() as connection:
                for name in stale:
                    duckdb_views.replace_view(connection, name, plan.texts[name])
                merge(connection, schema.META, meta_rows(plan.entries(stale)))

    def read_view(
        self,
        name: str,
        *,
        tz: str | None = None,
        account: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> pa.Table:
        """Rows of a view, computed by DuckDB from its definition, created or not."""
        with self.held():
            return self.stream_view(name, tz=tz, account=account, since=since, until=until).read_all()

    def stream_view(self, name: str, *, account: str | None = None, **asked: Any) -> pa.RecordBatchReader:
        """The same, a part in memory at a time; the file is open until the last one."""
        with self.held():
            view, tz, period = asked_view(self, name, **asked)
            has_groups = has(self._database, schema.LIST_GROUPS)
        text, parameters = duckdb_views.select_view(view, tz, account, period, has_groups=has_groups)
        batches = fetch(self._database, text, parameters, view.frame_arrow)
        return pa.RecordBatchReader.from_batches(view.frame_arrow, batches)

    def held(self, *, for_writing: bool = False) -> AbstractContextManager[None]:
        """Opened once for the calls that follow: it takes DuckDB 20 ms."""
        return self._database.held(for_writing=for_writing)

    def close(self) -> None:
        """Nothing is held open between calls."""
