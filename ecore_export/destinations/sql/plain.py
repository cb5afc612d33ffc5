"""Publishing with nothing but delete and insert, for databases that have no `Dialect` of their own.

In: a `Writing` transaction, and a `Publication` or rows of one table. Out: rows in the tables. Unlike
`publish`, it rewrites rows that did not change: finding out would need them read first.
"""

from __future__ import annotations

from collections.abc import Collection

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from .. import Publication
from .writing import Writing


def publish(writing: Writing, publication: Publication) -> None:
    """Write a publication: records, history, jobs."""
    records = writing.table(schema.RECORDS)
    for old_rows in writing.published_jobs(publication):
        writing.connection.execute(sa.delete(records).where(old_rows))
    writing.load(records, publication.records())
    for row in publication.history.to_batches(max_chunksize=1):
        _add_history(writing, row)
    merge(writing, schema.JOBS, publication.jobs)


def merge(writing: Writing, table: schema.Table, rows: pa.Table, *, ignoring: Collection[str] = ()) -> None:
    """Insert rows, or replace those of the same key. ``ignoring`` is for those who compare."""
    target = writing.table(table)
    keys = rows.select(list(table.key)).rename_columns([f"old_{name}" for name in table.key])
    if keys.num_rows:
        is_same = sa.and_(*(target.c[name] == sa.bindparam(f"old_{name}") for name in table.key))
        writing.connection.execute(sa.delete(target).where(is_same), keys.to_pylist())
    writing.load(target, rows.to_batches())


def _add_history(writing: Writing, row: pa.RecordBatch) -> None:
    history, new = writing.table(schema.JOB_HISTORY), row.to_pylist()[0]
    of_job = sa.and_(history.c.account == new["account"], history.c.job_id == new["job_id"])
    is_same = sa.and_(of_job, history.c.valid_from == new["valid_from"])
    if writing.connection.scalar(sa.select(sa.func.count()).select_from(history).where(is_same)):
        return
    is_superseded = sa.and_(history.c.valid_to.is_(None), history.c.valid_from < new["valid_from"])
    writing.connection.execute(
        sa.update(history).values(valid_to=new["valid_from"]).where(of_job, is_superseded)
    )
    writing.load(history, [row])
