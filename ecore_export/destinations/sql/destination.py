"""The SQL destination: tables in any database that SQLAlchemy speaks.

In: `Publication`s. Out: the tables of the fixed schema.

SQLite, PostgreSQL and MySQL have bulk paths and locks of their own, a file each. Any other
database gets plain SQL; that there is one writer at a time is then up to the caller. A connection is open
only while it is used. A publication is one transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from ...errors import DestinationBusyError, DestinationVersionError
from ...times import Moment
from ...views import WORDS, Tables, check_period, find_view, period_of, shaped
from .. import RECORD_SPANS, JobState, Publication
from ..erasure import TEXTS, Erased, Erasure
from ..view_plan import TZ_ENTRY, chosen_tz, plan_views
from . import plain as sql_plain
from . import publish as sql_staged
from . import views as sql_views
from .database import Database
from .dialect import IsHeld, surely_held
from .erasure import worth_a_look
from .record_spans import record_spans
from .schema import VERSION_ENTRY, add_missing_columns, create_tables, read_version, refuse_foreign_tables
from .tables import bare_name, find_table, is_one_of, is_open
from .writing import Writing

FETCH_ROWS = 20_000


class SQLDestination:
    """Tables of an SQL database; fulfils `Destination`. ``url``: an SQLAlchemy URL.

    ``schema_name``: the database's schema to use, where it has them. ``notes``: what could not be stored as
    it was, such as NUL in PostgreSQL; one line a publication and column.
    """

    def __init__(self, url: str, *, schema_name: str | None = None) -> None:
        self._database = Database.at(url, schema_name)
        self._tables = self._database.tables
        self._publisher = sql_staged if self._database.dialect.can_stage else sql_plain
        self._is_written = False
        self._is_held: IsHeld = surely_held
        self.url = self._database.url
        self.notes: list[str] = []

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
        self._refuse_newer(version)
        if version is None:
            self._database.create()
        with self._writing() as writing:
            connection = writing.connection
            version = read_version(connection, self._tables)  # somebody else may have been quicker
            self._refuse_newer(version)
            if version is None:
                refuse_foreign_tables(connection, self._tables)
            elif version < schema.SCHEMA_VERSION:
                add_missing_columns(connection, self._tables)
            create_tables(connection, self._tables)
            self._merge_meta(writing, {VERSION_ENTRY: str(schema.SCHEMA_VERSION)})

    @contextmanager
    def lock(self, timeout_s: float) -> Iterator[None]:
        """Be the only writer; whatever is written meanwhile first makes sure that this is still so."""
        with self._database.lock(timeout_s) as self._is_held:
            try:
                yield
            finally:
                self._is_held = surely_held

    def read_jobs(
        self,
        account: str,
        *,
        job_ids: Sequence[int] | None = None,
        state: JobState = "all",
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Rows of `schema.JOBS`, ordered by job_id."""
        jobs = find_table(self._tables, schema.JOBS)
        names = schema.JOBS.names if columns is None else tuple(columns)
        query = sa.select(*(jobs.c[name] for name in names)).order_by(jobs.c.job_id)
        query = query.where(jobs.c.account == account)
        if state != "all":
            query = query.where(is_open(jobs))
        if state == "running":
            query = query.where(jobs.c.is_final.is_(sa.false()))
        return self._fetch(schema.JOBS, names, _by_job(query, jobs, job_ids))

    def count_jobs(self, account: str) -> int:
        """How many known jobs are not deleted: all less the deleted, as there is an index on either."""
        jobs = find_table(self._tables, schema.JOBS)
        everything = sa.select(sa.func.count()).select_from(jobs).where(jobs.c.account == account)
        deleted = everything.where(jobs.c.deleted_at.is_not(None))
        if not self._can_read():
            return 0
        with self._database.reading() as connection:
            return int(connection.scalar(everything) or 0) - int(connection.scalar(deleted) or 0)

    def read_records(
        self, account: str, *, job_ids: Sequence[int] | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of `schema.RECORDS` in batches, ordered by (job_id, record_id)."""
        records = find_table(self._tables, schema.RECORDS)
        names = schema.RECORDS.names if columns is None else tuple(columns)
        query = sa.select(*(records.c[name] for name in names)).where(records.c.account == account)
        query = query.order_by(records.c.job_id, records.c.record_id)
        return self._stream(schema.RECORDS, names, _by_job(query, records, job_ids))

    def read_record_spans(self, account: str) -> pa.Table:
        """Between which record ids each job's lie: two looks at the primary key a job."""
        if not self._can_read():
            return RECORD_SPANS.empty_table()
        with self._database.reading() as connection:
            return record_spans(connection, self._tables, account)

    def read_history(self, account: str, *, job_ids: Sequence[int] | None = None) -> pa.Table:
        """Rows of `schema.JOB_HISTORY`, ordered by (job_id, valid_from)."""
        history = find_table(self._tables, schema.JOB_HISTORY)
        query = sa.select(history).where(history.c.account == account)
        query = query.order_by(history.c.job_id, history.c.valid_from)
        return self._fetch(schema.JOB_HISTORY, schema.JOB_HISTORY.names, _by_job(query, history, job_ids))

    def publish(self, publication: Publication) -> None:
        """Make a publication visible, in one transaction."""
        with self._writing() as writing:
            self._publisher.publish(writing, publication)

    def write_run(self, run: pa.Table) -> None:
        """Insert or replace rows of `schema.SYNC_RUNS` by run_id."""
        with self._writing() as writing:
            self._publisher.merge(writing, schema.SYNC_RUNS, run)

    def read_runs(self) -> pa.Table:
        """All rows of `schema.SYNC_RUNS`, oldest first."""
        query = sa.select(find_table(self._tables, schema.SYNC_RUNS))
        runs = self._fetch(schema.SYNC_RUNS, schema.SYNC_RUNS.names, [query])
        return runs.sort_by([("started_at", "ascending"), ("run_id", "ascending")])

    def write_rejects(self, rejects: pa.Table) -> None:
        """Insert or replace rows of `schema.REJECTS` by key."""
        with self._writing() as writing:
            self._publisher.merge(writing, schema.REJECTS, rejects)

    def read_rejects(self, account: str, *, only_open: bool = True) -> pa.Table:
        """Rows of `schema.REJECTS`, ordered by key; in Arrow, as databases differ in how they order text."""
        rejects = find_table(self._tables, schema.REJECTS)
        query = sa.select(rejects).where(rejects.c.account == account)
        if only_open:
            query = query.where(rejects.c.resolved_at.is_(None))
        rows = self._fetch(schema.REJECTS, schema.REJECTS.names, [query])
        return rows.sort_by([(name, "ascending") for name in schema.REJECTS.key])

    def read_meta(self) -> dict[str, str]:
        """The entries about the destination itself."""
        rows = self._fetch(schema.META, schema.META.names, [sa.select(find_table(self._tables, schema.META))])
        entries: dict[Any, Any] = dict(zip(rows["name"].to_pylist(), rows["value"].to_pylist(), strict=True))
        return entries

    def write_meta(self, entries: dict[str, str]) -> None:
        """Insert or replace entries about the destination itself."""
        with self._writing() as writing:
            self._merge_meta(writing, entries)

    def read_suppressed(self) -> frozenset[str]:
        """Hashes of erased addresses."""
        hashes = sa.select(find_table(self._tables, schema.SUPPRESSIONS).c.email_hash)
        rows: list[Any] = self._fetch(schema.SUPPRESSIONS, ("email_hash",), [hashes])[
            "email_hash"
        ].to_pylist()
        return frozenset(rows)

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table, in one transaction; the rows worth a look are read once."""
        losing = [(table, self._losing(table, erasure)) for table, _ in TEXTS]
        if not dry_run:
            with self._writing() as writing:
                self._publisher.merge(writing, schema.SUPPRESSIONS, suppressed)
                for table, rows in losing:
                    self._publisher.merge(writing, table, rows)
            self._database.scrub()
        return erasure.erased

    def prune_records(self, before: datetime, *, account: str | None = None, dry_run: bool = False) -> int:
        """Remove the records of jobs created earlier."""
        records = find_table(self._tables, schema.RECORDS)
        is_old = records.c.job_created_at < before
        if account is not None:
            is_old = sa.and_(is_old, records.c.account == account)
        if dry_run:
            with self._database.reading() as connection:
                query = sa.select(sa.func.count()).select_from(records).where(is_old)
                return int(connection.scalar(query) or 0)
        with self._writing() as writing:
            removed = writing.connection.execute(sa.delete(records).where(is_old)).rowcount
        self._database.scrub()
        return removed

    def _losing(self, table: schema.Table, erasure: Erasure) -> pa.Table:
        """The rows of a table that erasing changes, as they are to be."""
        target = find_table(self._tables, table)
        condition = worth_a_look(target, table, erasure, self._database.engine.dialect.name)
        batches = self._stream(table, table.names, [sa.select(target).where(condition)])
        changed = [erasure.changed(table, pa.Table.from_batches([batch])) for batch in batches]
        return pa.concat_tables([table.empty(), *changed])

    def forget(self, account: str, *, dry_run: bool = False) -> dict[str, int]:
        """Remove every row of an account, in one transaction."""
        found = {}
        with self._writing() as writing:
            for table in schema.DATA_TABLES:
                target = find_table(self._tables, table)
                is_of = target.c.account == account
                counted = sa.select(sa.func.count()).select_from(target).where(is_of)
                found[table.name] = int(writing.connection.scalar(counted) or 0)
                if not dry_run:
                    writing.connection.execute(sa.delete(target).where(is_of))
        if not dry_run:
            self._database.scrub()
        return found

    def ensure_views(self, tz: str | None = None) -> None:
        """Create the views that are missing, replace those that changed; where there can be any."""
        if (dialect := self._database.engine.dialect.name) not in WORDS:
            self.notes.append(f"views: none are made in {dialect}")
            return
        entries, schema_name = self.read_meta(), self._database.schema_name
        plan = plan_views(self._view_tables(), entries, tz)
        with self._database.reading() as connection:
            stale = plan.stale(entries, sql_views.present_views(connection, schema_name))
            claims = plan.claims(entries, stale, sql_views.taken_names(connection, schema_name, stale))
        if claims:
            self.write_meta(claims)
        if stale or entries.get(TZ_ENTRY) != plan.tz:
            with sql_views.explaining(), self._writing() as writing:
                for name in stale:
                    view = sa.table(name, schema=schema_name)
                    sql_views.replace_view(writing.connection, self._bare(view), plan.texts[name])
                self._merge_meta(writing, plan.entries(stale))

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
        view = find_view(name)
        tz = chosen_tz({} if tz else self.read_meta(), tz)
        period = period_of(since, until, tz)
        check_period(view, period)
        rows = sql_views.selectable(view, replace(self._view_tables(), period=period), tz)
        query = sa.select(rows)
        if account is not None:
            query = query.where(rows.c.account == account)
        return shaped(view, self._fetch(view, view.names, [query]))

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
            writing = Writing(connection, self._tables, self._database.dialect)
            yield writing
        for column, values in writing.altered.items():
            self.notes.append(f"{column}: {values} values {self._database.dialect.alteration}")

    def _view_tables(self) -> Tables:
        """Where the views read."""
        return sql_views.tables_of(self._database.engine.dialect, self._qualified)

    def _qualified(self, table: schema.Table) -> str:
        return self._bare(find_table(self._tables, table))

    def _bare(self, table: sa.TableClause) -> str:
        """For `sa.text`, which doubles percent signs itself and takes a bare colon for a parameter."""
        return bare_name(table, self._database.engine.dialect).replace(":", r"\:")

    def _merge_meta(self, writing: Writing, entries: dict[str, str]) -> None:
        names, values = list(entries), list(entries.values())
        rows = pa.table({"name": names, "value": values}, schema=schema.META.arrow)
        self._publisher.merge(writing, schema.META, rows)

    def _fetch(
        self, table: schema.Table, names: Sequence[str], queries: Sequence[sa.Select[Any]]
    ) -> pa.Table:
        arrow = pa.schema([table.arrow.field(name) for name in names])
        return pa.Table.from_batches(self._stream(table, names, queries), arrow)

    def _stream(
        self, table: schema.Table, names: Sequence[str], queries: Sequence[sa.Select[Any]]
    ) -> Iterator[pa.RecordBatch]:
        """The rows of several queries, one after the other, `FETCH_ROWS` in memory at a time."""
        if not self._can_read():
            return
        kinds = [table.column(name).kind for name in names]
        arrow = pa.schema([table.arrow.field(name) for name in names])
        with self._database.reading() as connection:
            for query in queries:
                with connection.execute(query, execution_options={"yield_per": FETCH_ROWS}) as result:
                    for rows in result.partitions():
                        values = zip(kinds, zip(*rows, strict=True), strict=True)
                        columns = [self._database.dialect.to_arrow(kind, column) for kind, column in values]
                        yield pa.RecordBatch.from_arrays(columns, schema=arrow)

    def _can_read(self) -> bool:
        """Whether the tables are there; once they are, that is not asked again."""
        if not self._is_written and self._database.exists():
            with self._database.reading() as connection:
                self._is_written = read_version(connection, self._tables) is not None
        return self._is_written

    def _refuse_newer(self, version: int | None) -> None:
        if version is not None and version > schema.SCHEMA_VERSION:
            raise DestinationVersionError(
                f"{self.url} has schema version {version}, this ecore-export knows {schema.SCHEMA_VERSION}: "
                "upgrade ecore-export; nothing was changed"
            )


def _by_job(query: sa.Select[Any], table: sa.Table, job_ids: Sequence[int] | None) -> list[sa.Select[Any]]:
    """The query, or several that together keep to these jobs, in ascending order."""
    if job_ids is None:
        return [query]
    return [query.where(is_named) for is_named in is_one_of(table.c.job_id, job_ids)]
