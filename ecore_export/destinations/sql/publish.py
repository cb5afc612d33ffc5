"""Publishing by way of temporary tables: only rows that differ are touched.

In: a `Writing` transaction, and a `Publication` or rows of one table. Out: rows in the tables.

Update, then insert, from a stage is the same SQL on every database that SQLAlchemy speaks and that has
temporary tables. ``ON CONFLICT DO UPDATE`` lost: it is not, and it was no faster (PostgreSQL).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from .. import Publication
from .tables import key_matches, stage_table
from .writing import UNREMARKABLE, Writing


def publish(writing: Writing, publication: Publication) -> None:
    """Write a publication: records, history, jobs."""
    if publication.exported:
        _replace_records(writing, publication)
    if publication.history.num_rows:
        _add_history(writing, publication.history)
    merge(writing, schema.JOBS, publication.jobs, ignoring=UNREMARKABLE)


def merge(writing: Writing, table: schema.Table, rows: pa.Table, *, ignoring: Collection[str] = ()) -> None:
    """Insert rows, or replace those of the same key that differ in more than the columns ``ignoring``."""
    if rows.num_rows:
        with (
            _staged(writing, table, rows.to_batches()) as stage,
            writing.dialect.looking_up(writing.connection),
        ):
            _update_changed(writing, table, stage, ignoring)
            _insert_missing(writing, table, stage)


def _replace_records(writing: Writing, publication: Publication) -> None:
    """Jobs without any rows yet, the usual case, need no stage, nor do those whose rows are all the same."""
    table, target = schema.RECORDS, writing.table(schema.RECORDS)
    values = [name for name in table.names if name not in UNREMARKABLE]
    old_rows = writing.published_jobs(publication)
    if not any(writing.connection.scalar(sa.select(sa.exists().where(rows))) for rows in old_rows):
        writing.load(target, publication.records())
    elif not writing.dialect.holds_records(writing.connection, target, publication, values):
        with _staged(writing, table, publication.records()) as stage:
            is_same = sa.and_(*(target.c[name].is_not_distinct_from(stage.c[name]) for name in values))
            is_staged = sa.exists().where(key_matches(target, stage, table.key), is_same)
            with writing.dialect.comparing(writing.connection):
                for rows in old_rows:
                    writing.connection.execute(sa.delete(target).where(rows, ~is_staged))
            _insert_missing(writing, table, stage)


def _add_history(writing: Writing, rows: pa.Table) -> None:
    target = writing.table(schema.JOB_HISTORY)
    with (
        _staged(writing, schema.JOB_HISTORY, rows.to_batches()) as stage,
        writing.dialect.looking_up(writing.connection),
    ):
        writing.connection.execute(
            sa.update(target)
            .values(valid_to=stage.c.valid_from)
            .where(
                key_matches(target, stage, schema.JOBS.key),
                target.c.valid_to.is_(None),
                target.c.valid_from < stage.c.valid_from,
            )
        )
        _insert_missing(writing, schema.JOB_HISTORY, stage)


@contextmanager
def _staged(writing: Writing, table: schema.Table, batches: Iterable[pa.RecordBatch]) -> Iterator[sa.Table]:
    """The rows in a temporary table; the transaction's end removes it if an error comes first."""
    stage = stage_table(writing.dialect, table)
    stage.create(writing.connection, checkfirst=False)
    writing.load(stage, batches)
    writing.dialect.after_staging(writing.connection, stage)
    yield stage
    writing.dialect.drop_stage(writing.connection, stage)


def _update_changed(
    writing: Writing, table: schema.Table, stage: sa.Table, ignoring: Collection[str]
) -> None:
    target = writing.table(table)
    values = [name for name in table.names if name not in table.key]
    differs = sa.or_(
        sa.false(),
        *(target.c[name].is_distinct_from(stage.c[name]) for name in values if name not in ignoring),
    )
    writing.connection.execute(
        sa.update(target)
        .values({name: stage.c[name] for name in values})
        .where(key_matches(target, stage, table.key), differs)
    )


def _insert_missing(writing: Writing, table: schema.Table, stage: sa.Table) -> None:
    target = writing.table(table)
    is_there = sa.exists().where(key_matches(target, stage, table.key))
    writing.connection.execute(
        sa.insert(target).from_select(list(table.names), sa.select(*stage.c).where(~is_there))
    )
