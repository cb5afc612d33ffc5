"""Between which record ids the records of each job lie, without reading the records.

In: a connection. Out: `RECORD_SPANS`. The primary key is (account, job_id, record_id): the lowest and the
highest id of a job are the first and the last entry of its part of the index.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from .. import RECORD_SPANS
from .tables import find_table

FETCH_ROWS = 20_000


def record_spans(connection: sa.Connection, tables: sa.MetaData, account: str) -> pa.Table:
    """The spans of the jobs of an account that have records."""
    jobs, records = find_table(tables, schema.JOBS), find_table(tables, schema.RECORDS)
    any_of_them = sa.select(records.c.job_id).where(records.c.account == account).limit(1)
    if connection.execute(any_of_them).first() is None:
        return RECORD_SPANS.empty_table()
    ids = sa.select(records.c.record_id).where(
        records.c.account == jobs.c.account, records.c.job_id == jobs.c.job_id
    )
    low, high = (_first(ids, order) for order in (records.c.record_id.asc(), records.c.record_id.desc()))
    rows = sa.func.coalesce(jobs.c.records_exported, jobs.c.total_records, 0)
    query = sa.select(jobs.c.job_id, low, high, rows).where(jobs.c.account == account)
    parts = []
    with connection.execute(query, execution_options={"yield_per": FETCH_ROWS}) as result:
        for some in result.partitions():
            columns = [pa.array(column, pa.int64()) for column in zip(*some, strict=True)]
            batch = pa.RecordBatch.from_arrays(columns, schema=RECORD_SPANS)
            parts.append(batch.filter(batch.column("low").is_valid()))
    return pa.Table.from_batches(parts, RECORD_SPANS)


def _first(ids: sa.Select[Any], order: sa.ColumnElement[int]) -> sa.ScalarSelect[Any]:
    """The first of them in that order: not `min`, for which MySQL reads all of a job's entries."""
    return ids.order_by(order).limit(1).scalar_subquery()
