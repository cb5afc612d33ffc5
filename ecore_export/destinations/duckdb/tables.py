"""The tables in a DuckDB file, and the SQL that brings rows into them.

In: tables of the fixed schema, a connection. Out: tables; statements as text.

There is no primary key: its index would have to fit into memory, and its checks refuse a delete and an
insert of one key in one transaction. Publishing keeps keys unique.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema
from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from ... import schema
from ...errors import DestinationError
from ...schema import CREDIT_PRECISION, CREDIT_SCALE, Kind

if TYPE_CHECKING:
    import duckdb

STAGE = "ecore_stage"
VERSION_ENTRY = "schema_version"
RECORD_SPANS_SQL = (
    'SELECT job_id, min(record_id) AS low, max(record_id) AS high, count(*) AS "rows" FROM records '
    "WHERE account = ? GROUP BY job_id"
)
"""Between which record ids the records of each job lie."""

_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INT64: "BIGINT",
    Kind.FLOAT64: "DOUBLE",
    Kind.BOOL: "BOOLEAN",
    Kind.CREDITS: f"DECIMAL({CREDIT_PRECISION}, {CREDIT_SCALE})",
    Kind.INSTANT: "TIMESTAMPTZ",
    Kind.DATE: "DATE",
}


def create_statements() -> list[str]:
    """The statements that create every table that is missing."""
    return [_create(table) for table in schema.ALL_TABLES]


def add_column(table: schema.Table, column: schema.Column) -> str:
    """The statement that gives an older table a column; null in its old rows."""
    return f"ALTER TABLE {table.name} ADD COLUMN IF NOT EXISTS {column.name} {_TYPES[column.kind]}"


def read_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    """The schema version on record; None if there is none."""
    if not _column_names(connection, schema.META):
        return None
    query = f"SELECT value FROM {schema.META.name} WHERE name = ?"
    rows = connection.execute(query, [VERSION_ENTRY]).fetchall()
    return int(rows[0][0]) if rows else None


def has_table(connection: duckdb.DuckDBPyConnection, table: schema.Table) -> bool:
    """Whether a table is in the file."""
    return bool(_column_names(connection, table))


def ensure_tables(connection: duckdb.DuckDBPyConnection, url: str) -> None:
    """Create the tables that are missing, add the columns an older version lacks; refuse somebody else's."""
    is_new = read_version(connection) is None
    for table in schema.ALL_TABLES:
        names = _column_names(connection, table)
        missing = [column for column in table.columns if names and column.name not in names]
        if missing and is_new:
            raise DestinationError(
                f"{url} has a table {table.name} already that ecore-export did not make: choose another file"
            )
        for column in missing:
            connection.execute(add_column(table, column))
    for statement in create_statements():
        connection.execute(statement)


def has_records() -> str:
    """Whether any of the account's jobs given has records."""
    return f"SELECT 1 FROM records WHERE account = ? AND {AMONG_IDS} LIMIT 1"


def delete_vanished() -> str:
    """Remove records of the account and jobs given that are not staged."""
    key = _matches(schema.RECORDS, schema.RECORDS.key)
    return (
        f"DELETE FROM records WHERE account = ? AND {AMONG_IDS} "
        f"AND NOT EXISTS (SELECT 1 FROM {STAGE} AS new WHERE {key})"
    )


def delete_changed(table: schema.Table, ignoring: Collection[str]) -> str:
    """Remove rows that are staged and differ in more than the columns ``ignoring``."""
    values = [name for name in table.names if name not in table.key and name not in ignoring]
    differs = " OR ".join(["false", *(f"{table.name}.{name} IS DISTINCT FROM new.{name}" for name in values)])
    return f"DELETE FROM {table.name} USING {STAGE} AS new WHERE {_matches(table, table.key)} AND ({differs})"


def insert_missing(table: schema.Table) -> str:
    """Insert rows that are staged and not there."""
    names = ", ".join(table.names)
    return (
        f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {STAGE} AS new "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table.name} WHERE {_matches(table, table.key)})"
    )


def close_history() -> str:
    """End the current state of jobs of which a newer state is staged."""
    table = schema.JOB_HISTORY
    return (
        f"UPDATE {table.name} SET valid_to = new.valid_from FROM {STAGE} AS new "
        f"WHERE {_matches(table, schema.JOBS.key)} AND {table.name}.valid_to IS NULL "
        f"AND {table.name}.valid_from < new.valid_from"
    )


AMONG_IDS = "job_id IN (SELECT unnest(?::BIGINT[]))"
"""Whether a row is of one of the jobs given: one parameter, however many ids."""


def _column_names(connection: duckdb.DuckDBPyConnection, table: schema.Table) -> set[str]:
    """Names of the columns that a table has in the file; none if it does not exist."""
    query = (
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND database_name = current_database()"
    )
    return {name for (name,) in connection.execute(query, [table.name]).fetchall()}


def _create(table: schema.Table) -> str:
    columns = [
        f"  {column.name} {_TYPES[column.kind]}{' NOT NULL' if column.required else ''}"
        for column in table.columns
    ]
    return f"CREATE TABLE IF NOT EXISTS {table.name} (\n" + ",\n".join(columns) + "\n)"


def _matches(table: schema.Table, key: Iterable[str]) -> str:
    return " AND ".join(f"{table.name}.{name} = new.{name}" for name in key)
