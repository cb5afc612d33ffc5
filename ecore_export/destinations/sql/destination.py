"""The SQL destination: tables in any database that SQLAlchemy speaks.

In: `Publication`s. Out: the tables of the fixed schema.

SQLite, PostgreSQL and MySQL have bulk paths and locks of their own, a file each. Any other
database gets plain SQL; that there is one writer at a time is then up to the caller. A connection is open
only while it is used. A publication is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from ...errors import DestinationBusyError
from ...times import Moment
from ...views import WORDS
from .. import Publication
from ..contract import EVERYTHING, RECORD_SPANS, Selection, refuse_newer
from ..erasure import TEXTS, Erased, Erasure
from ..state import meta_rows, read_meta, write_meta
from ..views import TZ_ENTRY, asked_view, plan_views
from . import views as sql_views
from .database import Database
from .dialect import IsHeld, surely_held
from .erasure import rows_losing
from .publish import Writing, begin
from .read import count, fetch_view, read, record_spans, remove
from .tables import (
    VERSION_ENTRY,
    add_missing_columns,
    create_tables,
    find_table,
    read_version,
    refuse_foreign_tables,
)


class SQLDestination:
    """Tables of an SQL database; fulfils `Destination`. ``url``: an SQLAlchemy URL.

    ``schema_name``: the database's schema to use, where it has them. ``notes``: what could not be stored as
    it was, such as NUL in PostgreSQL; one line a publication and column.
    """

    has_one_writer = True

    url = ""

    def __init__(self, url: str, *, schema_name: str | None = None) -> None:
        self._database = Database.at(url, schema_name)
        self._tables = self._database.tables
        self._is_written = self._has_groups = False
        self._is_held: IsHeld = surely_held
        self.url = self._database.url
        self.notes: list[str] = []

    def __repr__(self) -> str:
        return f"SQLDestination({self.url!r})"

    def schema_version(self) -> int | None:
        """The schema version of the tables; None if there are none. Changes nothing."""
        if not self._database.exists():
            return None
        with self._database.reading() as connection:
            return read_version(connection, self._tables)

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be written; changes nothing."""
        self._database.check_writable()

    def ensure_schema(self) -> None:
        """Create the tables that are missing, add the columns an older version lacks; refuse a newer one."""
        self.check_writable()
        version = self.schema_version()
        refuse_newer(self.url, version)
        if version is None:
            self._database.create()
        with self._writing() as writing:
            connection = writing.connection
            version = read_version(connection, self._tables)  # somebody else may have been quicker
            refuse_newer(self.url, version)
            if version is None:
                refuse_foreign_tables(connection, self._tables)
            elif version < schema.SCHEMA_VERSION:
                add_missing_columns(connection, self._tables)
            create_tables(connection, self._tables)
            version_row = meta_rows({VERSION_ENTRY: str(schema.SCHEMA_VERSION)})
            writing.merge(schema.META, version_row)

    @contextmanager
    def lock(self, timeout_s: float) -> Iterator[None]:
        """Be the only writer; whatever is written meanwhile first makes sure that this is still so."""
        with self._database.lock(timeout_s) as self._is_held:
            try:
                yield
            finally:
                self._is_held = surely_held

    def read(
        self, table: schema.Table, where: Selection = EVERYTHING, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of a table in batches of `FETCH_ROWS`, ordered by key."""
        names = table.names if columns is None else columns
        return read(self._database, table, where, names) if self._has(table) else iter(())

    def count(self, table: schema.Table, where: Selection = EVERYTHING) -> int:
        """How many rows of a table fit."""
        if not self._has(table):
            return 0
        with self._database.reading() as connection:
            return count(connection, find_table(self._tables, table), where)

    def read_record_spans(self, account: str, *, newest: int | None = None) -> pa.Table:
        """Between which record ids each job's lie: two looks at the primary key a job."""
        if not self._can_read():
            return RECORD_SPANS.empty_table()
        with self._database.reading() as connection:
            return record_spans(connection, self._tables, account, newest)

    def merge(self, table: schema.Table, rows: pa.Table) -> None:
        """Insert rows, or replace those of the same key."""
        with self._writing() as writing:
            writing.merge(table, rows)

    def publish(self, publication: Publication) -> None:
        """Make a publication visible, in one transaction."""
        with self._writing() as writing:
            writing.publish(publication)

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table, in one transaction; the rows worth a look are read once."""
        tables = [table for table, _ in TEXTS] if self._can_read() else []
        losing = [(table, rows_losing(self._database, table, erasure)) for table in tables]
        if not dry_run:
            with self._writing() as writing:
                writing.merge(schema.SUPPRESSIONS, suppressed)
                for table, rows in losing:
                    writing.merge(table, rows)
            self._database.scrub()
        return erasure.erased

    def remove(self, tables: Sequence[schema.Table], where: Selection) -> dict[str, int]:
        """Remove rows, in one transaction."""
        with self._writing() as writing:
            removed = {t.name: remove(writing.connection, writing.table(t), where) for t in tables}
        self._database.scrub()
        return removed

    def ensure_views(self, tz: str | None = None) -> None:
        """Create the views that are missing, replace those that changed; where there can be any."""
        if (dialect := self._database.engine.dialect.name) not in WORDS:
            self.notes.append(f"views: none are made in {dialect}")
            return
        entries, schema_name = read_meta(self), self._database.schema_name
        tables = sql_views.tables_of(self._database.engine.dialect, self._tables)
        plan = plan_views(tables, entries, tz)
        with self._database.reading() as connection:
            stale = plan.stale(entries, sql_views.present_views(connection, schema_name))
            claims = plan.claims(entries, stale, sql_views.taken_names(connection, schema_name, stale))
        if claims:
            write_meta(self, claims)
        if stale or entries.get(TZ_ENTRY) != plan.tz:
            with sql_views.explaining(), self._writing() as writing:
                for name in stale:
                    view = sa.table(name, schema=schema_name)
                    writing.dialect.replace_view(writing.connection, view, plan.texts[name])
                writing.merge(schema.META, meta_rows(plan.entries(stale)))

    def read_view(
        self,
        name: str,
        *,
        tz: str | None = None,
        account: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> pa.Table:
        """Rows of a view, computed by the database from its definition, created or not."""
        return self.stream_view(name, tz=tz, account=account, since=since, until=until).read_all()

    def stream_view(self, name: str, *, account: str | None = None, **asked: Any) -> pa.RecordBatchReader:
        """The same, a part in memory at a time; a connection is open until the last one."""
        view, tz, period = asked_view(self, name, **asked)
        has_groups = self._has(schema.LIST_GROUPS)
        rows = sql_views.selectable(self._database, view, tz, period, has_groups=has_groups)
        query = sa.select(rows)
        if account is not None:
            query = query.where(rows.c.account == account)
        batches = fetch_view(self._database, query, view) if self._can_read() else iter(())
        return pa.RecordBatchReader.from_batches(view.frame_arrow, batches)

    def close(self) -> None:
        """Give back connections."""
        self._database.engine.dispose()

    @contextmanager
    def _writing(self) -> Iterator[Writing]:
        """A transaction to write in; what it altered becomes notes once it is committed."""
        with self._database.writing() as connection:
            if not self._is_held(connection):
                raise DestinationBusyError(
                    f"{self.url}: the lock on it was lost, as the session that held it ended: run the same "
                    "again; what was published stays"
                )
            writing = begin(connection, self._tables, self._database.dialect)
            yield writing
        for column, values in writing.altered.items():
            self.notes.append(f"{column}: {values} values {self._database.dialect.alteration}")

    def _has(self, table: schema.Table) -> bool:
        """Whether a table is there; that of groups is missing until a sync of a version that knows it."""
        if not self._can_read():
            return False
        if table is schema.LIST_GROUPS and not self._has_groups:
            with self._database.reading() as connection:
                target = find_table(self._tables, table)
                self._has_groups = sa.inspect(connection).has_table(target.name, schema=target.schema)
        return self._has_groups or table is not schema.LIST_GROUPS

    def _can_read(self) -> bool:
        """Whether the tables are there; once they are, that is not asked again."""
        if not self._is_written and self._database.exists():
            with self._database.reading() as connection:
                self._is_written = read_version(connection, self._tables) is not None
        return self._is_written
