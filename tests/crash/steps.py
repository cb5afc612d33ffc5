"""Every step by which a sync changes its destination, counted; before a chosen one something happens.

In: which step, and what happens. Out: patched libraries, in this process alone.

A step is: a file made, begun, synced, moved, removed; a folder made; an SQL statement other than a query, a
commit, a piece of COPY, a database file closed; some work inside an SQLite statement; a Delta table looked at
anew, made or written; a batch of records handed over.
"""

from __future__ import annotations

import io
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from typing import Any

QUERIES = ("SELECT", "PRAGMA", "SET ", "SHOW")
SQLITE_INSTRUCTIONS_A_STEP = 1_000


class Steps:
    """Counts steps. ``chosen``: before which one to ``interrupt``; None: before none."""

    def __init__(self, chosen: int | None, interrupt: Callable[[], None]) -> None:
        self.taken = 0
        self._chosen = chosen
        self._interrupt = interrupt
        self._lock = threading.Lock()

    def take(self) -> None:
        """One more step is about to be taken, by whichever thread."""
        with self._lock:
            self.taken += 1
            is_chosen = self.taken == self._chosen
        if is_chosen:
            self._interrupt()

    def before(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, a step."""

        def stepping(*args: Any, **kwargs: Any) -> Any:
            self.take()
            return function(*args, **kwargs)

        return stepping


def count_steps(steps: Steps) -> None:
    """From now on every step of this process is counted."""
    _count_files(steps)
    _count_sql(steps)
    _count_duckdb(steps)
    _count_delta(steps)
    _count_batches(steps)


def _count_files(steps: Steps) -> None:
    for name in ("replace", "rename", "fsync", "mkdir", "unlink"):
        setattr(os, name, steps.before(getattr(os, name)))
    open_file = os.open

    def stepping_open(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if flags & os.O_CREAT:
            steps.take()
        return open_file(path, flags, *args, **kwargs)

    class CountedFile(io.BufferedWriter):
        """Counts the first write alone: until it is moved, nobody sees how far such a file has come."""

        is_begun = False

        def write(self, data: Any) -> int:
            if not self.is_begun:
                steps.take()
                self.is_begun = True
            return super().write(data)

    os.open = stepping_open
    os.fdopen = lambda handle, mode: CountedFile(io.FileIO(handle, mode))  # what `files` writes to


def _count_sql(steps: Steps) -> None:
    import psycopg
    import pymysql.cursors
    import sqlalchemy as sa

    def before_execute(_c: Any, _cursor: Any, statement: str, _p: Any, _context: Any, _many: bool) -> None:
        if not statement.startswith(QUERIES):
            steps.take()

    def on_connect(connection: Any, _record: Any) -> None:
        if isinstance(connection, sqlite3.Connection):
            # With a cache this small, pages that are not committed reach the disk.
            connection.execute("PRAGMA cache_size = 8")
            connection.set_progress_handler(steps.take, SQLITE_INSTRUCTIONS_A_STEP)

    sa.event.listen(sa.Engine, "before_cursor_execute", before_execute)
    sa.event.listen(sa.Engine, "commit", lambda _connection: steps.take())
    sa.event.listen(sa.Engine, "connect", on_connect)
    psycopg.Copy.write = steps.before(psycopg.Copy.write)
    execute = pymysql.cursors.Cursor.execute

    def stepping_execute(cursor: Any, query: str | bytes, args: Any = None) -> Any:
        if isinstance(query, bytes):  # rows in bulk, which SQLAlchemy does not see
            steps.take()
        return execute(cursor, query, args)

    pymysql.cursors.Cursor.execute = stepping_execute


def _count_duckdb(steps: Steps) -> None:
    import duckdb

    connect = duckdb.connect

    class CountedConnection:
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            self._connection = connect(*args, **kwargs)

        def __enter__(self) -> CountedConnection:
            return self

        def __exit__(self, *_: object) -> None:
            steps.take()
            self._connection.close()

        def execute(self, query: str, *args: Any) -> Any:
            if not query.startswith(QUERIES):
                steps.take()
            return self._connection.execute(query, *args)

        def commit(self) -> Any:
            steps.take()
            return self._connection.commit()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

    duckdb.connect = CountedConnection


def _count_delta(steps: Steps) -> None:
    import deltalake
    from deltalake.table import TableAlterer

    deltalake.write_deltalake = steps.before(deltalake.write_deltalake)
    for owner, name in ((deltalake.DeltaTable, "update_incremental"), (TableAlterer, "set_table_properties")):
        setattr(owner, name, steps.before(getattr(owner, name)))
    create = deltalake.DeltaTable.create
    deltalake.DeltaTable.create = staticmethod(steps.before(create))


def _count_batches(steps: Steps) -> None:
    from ecore_export.syncing import publisher

    as_record_rows = publisher.as_record_rows

    def stepping(*args: Any, **kwargs: Any) -> Iterator[Any]:
        for batch in as_record_rows(*args, **kwargs):
            steps.take()
            yield batch

    publisher.as_record_rows = stepping
