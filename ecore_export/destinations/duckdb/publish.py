"""Writing into DuckDB: Arrow streams in, only rows that differ are touched.

In: a connection inside a transaction, and a `Publication` or rows of one table. Out: rows in the tables.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import pyarrow as pa

from ... import schema
from ..contract import Publication
from ..rows import BOOKKEEPING_COLUMNS, in_chunks
from .tables import STAGE, close_history, delete_changed, delete_vanished, has_records, insert_missing

_INCOMING = "ecore_incoming"


class Connection(Protocol):
    """What is used of DuckDB's connection."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any:
        """Run a statement."""

    def register(self, view_name: str, python_object: object, /) -> Any:
        """Make Arrow data a view."""

    def unregister(self, view_name: str, /) -> Any:
        """Forget a view."""


def publish(connection: Connection, publication: Publication) -> None:
    """Write a publication: records, history, jobs."""
    if publication.exported:
        _replace_records(connection, publication)
    if publication.history.num_rows:
        with _staged(connection, schema.JOB_HISTORY, publication.history.to_batches()):
            connection.execute(close_history())
            connection.execute(insert_missing(schema.JOB_HISTORY))
    merge(connection, schema.JOBS, publication.jobs, ignoring=BOOKKEEPING_COLUMNS)


def merge(
    connection: Connection, table: schema.Table, rows: pa.Table, *, ignoring: Collection[str] = ()
) -> None:
    """Insert rows, or replace those of the same key that differ in more than the columns ``ignoring``."""
    if rows.num_rows:
        with _staged(connection, table, rows.to_batches()):
            connection.execute(delete_changed(table, ignoring))
            connection.execute(insert_missing(table))


def _replace_records(connection: Connection, publication: Publication) -> None:
    """Jobs without any rows yet, the usual case, need no stage: nothing is there to compare with."""
    jobs = [publication.account, list(publication.exported)]
    if not connection.execute(has_records(), jobs).fetchall():
        _feed(connection, "INSERT INTO records BY NAME", schema.RECORDS, publication.records())
        return
    with _staged(connection, schema.RECORDS, publication.records()):
        connection.execute(delete_vanished(), jobs)
        connection.execute(delete_changed(schema.RECORDS, BOOKKEEPING_COLUMNS))
        connection.execute(insert_missing(schema.RECORDS))


@contextmanager
def _staged(connection: Connection, table: schema.Table, batches: Iterable[pa.RecordBatch]) -> Iterator[None]:
    _feed(connection, f"CREATE TEMP TABLE {STAGE} AS", table, batches)
    yield
    connection.execute(f"DROP TABLE {STAGE}")


def _feed(
    connection: Connection, statement: str, table: schema.Table, batches: Iterable[pa.RecordBatch]
) -> None:
    """Run a statement that reads these rows. What fails in making them is raised as it is."""
    failed: list[BaseException] = []

    def stream() -> Iterator[pa.RecordBatch]:
        try:
            for rows in in_chunks(batches):
                yield from rows.select(table.names).cast(table.arrow).combine_chunks().to_batches()
        except BaseException as error:
            failed.append(error)
            raise

    connection.register(_INCOMING, pa.RecordBatchReader.from_batches(table.arrow, stream()))
    try:
        connection.execute(f"{statement} FROM {_INCOMING}")
    finally:
        if failed:
            raise failed[0]
        connection.unregister(_INCOMING)
