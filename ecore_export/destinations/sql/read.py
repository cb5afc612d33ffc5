"""Rows of an SQL database: which ones a `Selection` means, and how they become Arrow batches.

In: a `Database`, a table, a `Selection`. Out: conditions, queries, batches of the fixed schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from ...views import View, figures_too_large
from ..contract import RECORD_SPANS, Selection
from .database import Database
from .dialect import FETCH_ROWS
from .tables import find_table, is_one_of, is_open


def fitting(target: sa.Table, where: Selection) -> list[sa.ColumnElement[bool]]:
    """Conditions that together select the rows that fit, by ascending job_id where there are several."""
    columns = target.c
    terms: list[sa.ColumnElement[bool]] = [sa.true()]
    if where.account is not None:
        terms.append(columns.account == where.account)
    if (within := where.within) is not None:
        instant = columns[within.column]
        terms += [instant >= within.since] if within.since is not None else []
        terms += [instant < within.until] if within.until is not None else []
    if where.state != "all":
        terms += _in_state(target, where)
    if where.job_ids is None:
        return [sa.and_(*terms)]
    return [sa.and_(*terms, is_named) for is_named in is_one_of(columns.job_id, where.job_ids)]


def _in_state(target: sa.Table, where: Selection) -> list[sa.ColumnElement[bool]]:
    if target.info["table"] == schema.REJECTS.name:
        return [target.c.resolved_at.is_(None)]
    if where.state == "deleted":
        return [target.c.deleted_at.is_not(None)]
    is_running = [target.c.is_final.is_(sa.false())] if where.state == "running" else []
    return [is_open(target), *is_running]


def read(
    database: Database, table: schema.Table, where: Selection, names: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The rows that fit, by key."""
    target = find_table(database.tables, table)
    query = sa.select(*(target.c[name] for name in names))
    query = query.order_by(*(target.c[name] for name in table.key))
    arrow = pa.schema([table.arrow.field(name) for name in names])
    return fetch(database, [query.where(fits) for fits in fitting(target, where)], table, arrow)


def count(connection: sa.Connection, target: sa.Table, where: Selection) -> int:
    """How many rows fit."""
    queries = (sa.select(sa.func.count()).select_from(target).where(f) for f in fitting(target, where))
    return sum(int(connection.scalar(query) or 0) for query in queries)


def remove(connection: sa.Connection, target: sa.Table, where: Selection) -> int:
    """Delete the rows that fit; how many."""
    return sum(connection.execute(sa.delete(target).where(f)).rowcount for f in fitting(target, where))


def fetch(
    database: Database, queries: Sequence[sa.Select[Any]], table: schema.Table, arrow: pa.Schema
) -> Iterator[pa.RecordBatch]:
    """The rows of several queries, one after the other, `FETCH_ROWS` in memory at a time."""
    kinds = [table.column(name).kind for name in arrow.names]
    with database.reading() as connection:
        for query in queries:
            yield from database.dialect.fetch(connection, query, kinds, arrow)


def fetch_view(database: Database, query: sa.Select[Any], view: View) -> Iterator[pa.RecordBatch]:
    """The rows of a query over a view, put in order by the database, a part in memory at a time."""
    ordered = query.order_by(*_by_key(database, query.selected_columns, view))
    try:
        with database.reading() as connection:
            for batch in database.dialect.fetch_view(connection, ordered, view):
                yield batch.cast(view.frame_arrow)
    except pa.ArrowInvalid:
        raise figures_too_large() from None  # not chained: Arrow's message quotes the value


def _by_key(database: Database, columns: Any, view: View) -> Iterator[sa.ColumnElement[Any]]:
    """The view's key, texts by their bytes, nulls last: in words that every database has."""
    for column in map(view.column, view.key):
        value = columns[column.name]
        if not column.required:
            yield value.is_(None)
        by_bytes = database.dialect.by_bytes if column.kind is schema.Kind.TEXT else None
        yield value if by_bytes is None else sa.collate(value, by_bytes)


def record_spans(
    connection: sa.Connection, tables: sa.MetaData, account: str, newest: int | None = None
) -> pa.Table:
    """The spans of the jobs of an account that have records; of the ``newest`` ones if there are as many.

    The primary key is (account, job_id, record_id): the lowest and the highest id of a job are the first and
    the last entry of its part of the index.
    """
    jobs, records = find_table(tables, schema.JOBS), find_table(tables, schema.RECORDS)
    any_of_them = sa.select(records.c.job_id).where(records.c.account == account).limit(1)
    if connection.execute(any_of_them).first() is None:
        return RECORD_SPANS.empty_table()
    query = _spans(jobs, records).where(jobs.c.account == account)
    if newest is not None:
        some = query.where(jobs.c.records_exported > 0).order_by(jobs.c.job_id.desc()).limit(newest)
        if len(found := _fetch_spans(connection, some)) == newest:
            return found
    return _fetch_spans(connection, query)  # those that are open again have no `records_exported`


def _spans(jobs: sa.Table, records: sa.Table) -> sa.Select[Any]:
    """Not by `min` and `max`, for which MySQL reads all of a job's entries."""
    ids = sa.select(records.c.record_id).where(
        records.c.account == jobs.c.account, records.c.job_id == jobs.c.job_id
    )
    low, high = (
        ids.order_by(order).limit(1).scalar_subquery()
        for order in (records.c.record_id.asc(), records.c.record_id.desc())
    )
    rows = sa.func.coalesce(jobs.c.records_exported, jobs.c.total_records, 0)
    return sa.select(jobs.c.job_id, low, high, rows)


def _fetch_spans(connection: sa.Connection, query: sa.Select[Any]) -> pa.Table:
    parts = []
    with connection.execute(query, execution_options={"yield_per": FETCH_ROWS}) as result:
        for some in result.partitions():
            columns = [pa.array(column, pa.int64()) for column in zip(*some, strict=True)]
            batch = pa.RecordBatch.from_arrays(columns, schema=RECORD_SPANS)
            parts.append(batch.filter(batch.column("low").is_valid()))
    return pa.Table.from_batches(parts, RECORD_SPANS)
