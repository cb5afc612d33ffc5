"""A destination as a BI tool sees it: read with pandas, sqlite3, psycopg, pymysql or duckdb,
never with this package.

In: a destination's URL. Out: `Seen`.

`jobs` is read first. A Parquet folder is written records first, jobs last, and each file in one step; so
what `jobs` says is exported must be found by whoever reads `records` afterwards. The databases are read in
one transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pyarrow as pa

FACTS = ("status", "total_records", "valid_count", "invalid_count", "unknown_count", "deleted_at")
RECORD = ("record_id", "ec_id", "email", "status", "validator_used", "is_cached", "error_message")

COLUMNS = {
    "jobs": ("account", "job_id", *FACTS, "records_exported", "is_reconciled"),
    "job_history": ("account", "job_id", "valid_from", "valid_to", *FACTS),
    "records": ("account", "job_id", *RECORD),
    "sync_runs": ("run_id", "status", "error"),
}

Rows = list[tuple[Any, ...]]

TABLE_WAS_MADE_MEANWHILE = 1412
"""What MySQL says to a snapshot that is older than the table it wants to read: begin again."""


@dataclass(frozen=True, slots=True)
class Seen:
    """All rows of the tables, with the columns of `COLUMNS` in that order; empty where there is no table."""

    jobs: Rows
    job_history: Rows
    records: Rows
    sync_runs: Rows


def path_of(url: str) -> Path:
    """The file or folder of a destination that is one."""
    return Path("/" + url.partition(":")[2].lstrip("/"))


def read_parquet(url: str) -> Seen:
    """With pandas, folder by folder."""
    import pandas as pd

    def rows(name: str) -> Rows:
        folder = path_of(url) / name
        if not any(folder.glob("*/*.parquet")):
            return []  # killed before there was anything to read
        frame = pd.read_parquet(folder, columns=list(COLUMNS[name]), dtype_backend="pyarrow")
        columns = [frame[column].array.__arrow_array__().to_pylist() for column in COLUMNS[name]]
        return list(zip(*columns, strict=True))

    return Seen(*map(rows, COLUMNS))


def read_delta(url: str) -> Seen:
    """With delta-rs, table by table, each as it is when it is opened."""
    from deltalake import DeltaTable, QueryBuilder
    from deltalake.exceptions import TableNotFoundError

    def rows(name: str) -> Rows:
        try:
            table = DeltaTable(f"{url.partition(':')[2]}/{name}")
        except TableNotFoundError:
            return []
        text = f"SELECT {', '.join(COLUMNS[name])} FROM t"
        found = pa.table(QueryBuilder().register("t", table).execute(text))
        return list(zip(*(column.to_pylist() for column in found.columns), strict=True))

    return Seen(*map(rows, COLUMNS))


def read_sqlite(url: str) -> Seen:
    """With the standard library."""
    if not path_of(url).exists():
        return Seen([], [], [], [])
    connection = sqlite3.connect(path_of(url), timeout=30, isolation_level=None)
    try:
        connection.execute("BEGIN")
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
        return _seen(tables, lambda query: connection.execute(query).fetchall())
    finally:
        connection.close()


def read_duckdb(url: str) -> Seen:
    """With DuckDB, which must be alone with its file unless all only read."""
    import duckdb

    if not path_of(url).exists():
        return Seen([], [], [], [])
    with duckdb.connect(path_of(url), read_only=True) as connection:
        tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        return _seen(tables, lambda query: connection.execute(query).fetchall())


def read_postgresql(url: str) -> Seen:
    """With psycopg."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        tables = {name for (name,) in connection.execute("SELECT relname FROM pg_class").fetchall()}
        return _seen(tables, lambda query: connection.execute(query).fetchall())


def read_mysql(url: str) -> Seen:
    """With pymysql, in one consistent snapshot; begun again where a table was made after it."""
    import pymysql

    while True:
        try:
            return _read_mysql_once(url)
        except pymysql.err.OperationalError as error:
            if error.args[0] != TABLE_WAS_MADE_MEANWHILE:
                raise


def _read_mysql_once(url: str) -> Seen:
    with connect_mysql(url) as connection, connection.cursor() as cursor:

        def ask(query: str) -> Rows:
            cursor.execute(query)
            return list(cursor.fetchall())

        ask("START TRANSACTION WITH CONSISTENT SNAPSHOT")
        return _seen({name for (name,) in ask("SHOW TABLES")}, ask)


def connect_mysql(url: str) -> Any:
    """A connection; ``url`` is SQLAlchemy's."""
    import pymysql

    parts = urlsplit(url)
    return pymysql.connect(
        host=parts.hostname,
        port=parts.port,
        user=parts.username,
        password=unquote(parts.password).encode(),
        database=parts.path.strip("/"),
    )


def ask_postgresql(url: str, query: str) -> Rows:
    """The rows of one query; ``url`` is SQLAlchemy's."""
    import psycopg

    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        return connection.execute(query).fetchall()


def _seen(tables: set[str], ask: Callable[[str], Rows]) -> Seen:
    return Seen(
        *(
            [tuple(row) for row in ask(f"SELECT {', '.join(columns)} FROM {name}")] if name in tables else []
            for name, columns in COLUMNS.items()
        )
    )


READERS: dict[str, Callable[[str], Seen]] = {
    "parquet": read_parquet,
    "delta": read_delta,
    "sqlite": read_sqlite,
    "duckdb": read_duckdb,
    "postgresql": read_postgresql,
    "mysql": read_mysql,
}


def read_outside(url: str) -> Seen:
    """A destination of any kind."""
    return READERS[url.partition(":")[0].partition("+")[0]](url)
