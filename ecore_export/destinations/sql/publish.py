"""Publishing, in one transaction: by delete and insert, or by way of temporary tables.

In: a connection inside a transaction, and a `Publication` or rows of one table. Out: rows in the tables, and
a count of the values that could not be stored as they were.

Update, then insert, from a stage is the same SQL on every database that SQLAlchemy speaks and that has
temporary tables. ``ON CONFLICT DO UPDATE`` lost: it is not, and it was no faster (PostgreSQL).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from .. import Publication
from ..rows import BOOKKEEPING_COLUMNS, in_chunks
from .dialect import Dialect
from .tables import find_table, is_one_of, key_matches, stage_table


def begin(connection: sa.Connection, tables: sa.MetaData, dialect: Dialect) -> Writing:
    """The quickest way to write that a database knows."""
    return (StagedWriting if dialect.can_stage else Writing)(connection, tables, dialect)


@dataclass(frozen=True, slots=True)
class Writing:
    """A transaction on any database. ``altered``: values changed in storing them, by ``table.column``.

    It rewrites rows that did not change, too: finding out would need them read first.
    """

    connection: sa.Connection
    tables: sa.MetaData
    dialect: Dialect
    altered: Counter[str] = field(default_factory=Counter)

    def table(self, table: schema.Table) -> sa.Table:
        """The database's table of that part of the fixed schema."""
        return find_table(self.tables, table)

    def publish(self, publication: Publication) -> None:
        """Write a publication: records, history, jobs."""
        if publication.exported:
            self._replace_records(publication)
        if publication.history.num_rows:
            self._add_history(publication.history)
        self.merge(schema.JOBS, publication.jobs, ignoring=BOOKKEEPING_COLUMNS)

    def merge(self, table: schema.Table, rows: pa.Table, *, ignoring: Collection[str] = ()) -> None:
        """Insert rows, or replace those of the same key that differ in more than the columns ``ignoring``."""
        target = self.table(table)
        keys = rows.select(list(table.key)).rename_columns([f"old_{name}" for name in table.key])
        if keys.num_rows:
            is_same = sa.and_(*(target.c[name] == sa.bindparam(f"old_{name}") for name in table.key))
            self.connection.execute(sa.delete(target).where(is_same), keys.to_pylist())
        self._load(target, rows.to_batches())

    def _replace_records(self, publication: Publication) -> None:
        records = self.table(schema.RECORDS)
        for old_rows in self._published(publication):
            self.connection.execute(sa.delete(records).where(old_rows))
        self._load(records, publication.records())

    def _add_history(self, rows: pa.Table) -> None:
        history = self.table(schema.JOB_HISTORY)
        for batch in rows.to_batches(max_chunksize=1):
            (new,) = batch.to_pylist()
            of_job = sa.and_(history.c.account == new["account"], history.c.job_id == new["job_id"])
            is_same = sa.exists().where(of_job, history.c.valid_from == new["valid_from"])
            if self.connection.scalar(sa.select(is_same)):
                continue
            is_superseded = sa.and_(history.c.valid_to.is_(None), history.c.valid_from < new["valid_from"])
            self.connection.execute(
                sa.update(history).values(valid_to=new["valid_from"]).where(of_job, is_superseded)
            )
            self._load(history, [batch])

    def _load(self, target: sa.Table, batches: Iterable[pa.RecordBatch]) -> None:
        """Insert all rows; memory is bounded by a chunk of them."""
        for rows in in_chunks(batches):
            for column, values in self.dialect.load(self.connection, target, rows).items():
                self.altered[f"{target.info['table']}.{column}"] += values

    def _published(self, publication: Publication) -> list[sa.ColumnElement[bool]]:
        """Conditions that together select the old rows of the jobs a publication exports."""
        records = self.table(schema.RECORDS)
        return [
            sa.and_(records.c.account == publication.account, is_named)
            for is_named in is_one_of(records.c.job_id, publication.exported)
        ]


class StagedWriting(Writing):
    """A transaction that touches only rows that differ, on a database that has temporary tables."""

    __slots__ = ()

    def merge(self, table: schema.Table, rows: pa.Table, *, ignoring: Collection[str] = ()) -> None:
        """Insert rows, or replace those of the same key that differ in more than the columns ``ignoring``."""
        if rows.num_rows:
            with (
                self._staged(table, rows.to_batches()) as stage,
                self.dialect.looking_up(self.connection),
            ):
                self._update_changed(table, stage, ignoring)
                self._insert_missing(table, stage)

    def _replace_records(self, publication: Publication) -> None:
        """Jobs without rows yet, the usual case, need no stage, nor do those whose rows are all the same."""
        table, target = schema.RECORDS, self.table(schema.RECORDS)
        values = [name for name in table.names if name not in BOOKKEEPING_COLUMNS]
        old_rows = self._published(publication)
        if not any(self.connection.scalar(sa.select(sa.exists().where(rows))) for rows in old_rows):
            self._load(target, publication.records())
        elif not self.dialect.holds_records(self.connection, target, publication, values):
            with self._staged(table, publication.records()) as stage:
                is_same = sa.and_(*(target.c[name].is_not_distinct_from(stage.c[name]) for name in values))
                is_staged = sa.exists().where(key_matches(target, stage, table.key), is_same)
                with self.dialect.comparing(self.connection):
                    for rows in old_rows:
                        self.connection.execute(sa.delete(target).where(rows, ~is_staged))
                self._insert_missing(table, stage)

    def _add_history(self, rows: pa.Table) -> None:
        target = self.table(schema.JOB_HISTORY)
        with (
            self._staged(schema.JOB_HISTORY, rows.to_batches()) as stage,
            self.dialect.looking_up(self.connection),
        ):
            self.connection.execute(
                sa.update(target)
                .values(valid_to=stage.c.valid_from)
                .where(
                    key_matches(target, stage, schema.JOBS.key),
                    target.c.valid_to.is_(None),
                    target.c.valid_from < stage.c.valid_from,
                )
            )
            self._insert_missing(schema.JOB_HISTORY, stage)

    @contextmanager
    def _staged(self, table: schema.Table, batches: Iterable[pa.RecordBatch]) -> Iterator[sa.Table]:
        """The rows in a temporary table; the transaction's end removes it if an error comes first."""
        stage = stage_table(self.dialect, table)
        stage.create(self.connection, checkfirst=False)
        self._load(stage, batches)
        self.dialect.after_staging(self.connection, stage)
        yield stage
        self.dialect.drop_stage(self.connection, stage)

    def _update_changed(self, table: schema.Table, stage: sa.Table, ignoring: Collection[str]) -> None:
        target = self.table(table)
        values = [name for name in table.names if name not in table.key]
        differs = sa.or_(
            sa.false(),
            *(target.c[name].is_distinct_from(stage.c[name]) for name in values if name not in ignoring),
        )
        self.connection.execute(
            sa.update(target)
            .values({name: stage.c[name] for name in values})
            .where(key_matches(target, stage, table.key), differs)
        )

    def _insert_missing(self, table: schema.Table, stage: sa.Table) -> None:
        target = self.table(table)
        is_there = sa.exists().where(key_matches(target, stage, table.key))
        self.connection.execute(
            sa.insert(target).from_select(list(table.names), sa.select(*stage.c).where(~is_there))
        )
