"""The SQL of the DuckDB destination, as text.

In: tables of the fixed schema. Out: statements that create them, and that bring staged rows into them.

There is no primary key: its index would have to fit into memory, and its checks refuse a delete and an
insert of one key in one transaction. Publishing keeps keys unique.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema
from __future__ import annotations

from collections.abc import Collection, Iterable

from ... import schema
from ...schema import CREDIT_PRECISION, CREDIT_SCALE, Kind
from ..contract import JobState

STAGE = "ecore_stage"
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


def select(table: schema.Table, names: Iterable[str], condition: str, order: str) -> str:
    """Rows of a table: which columns, which rows, in which order."""
    return f"SELECT {', '.join(names)} FROM {table.name} WHERE {condition} ORDER BY {order}"


def count_of_account(table: schema.Table) -> str:
    """How many rows of a table are of an account."""
    return f"SELECT count(*) FROM {table.name} WHERE account = ?"


def delete_of_account(table: schema.Table) -> str:
    """Remove the rows of an account."""
    return f"DELETE FROM {table.name} WHERE account = ?"


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

IN_STATE: dict[JobState, str] = {
    "all": "true",
    "open": "deleted_at IS NULL AND (NOT is_final OR records_exported IS NULL)",
    "running": "deleted_at IS NULL AND NOT is_final",
}
"""Whether a job is in that state."""


def _create(table: schema.Table) -> str:
    columns = [
        f"  {column.name} {_TYPES[column.kind]}{' NOT NULL' if column.required else ''}"
        for column in table.columns
    ]
    return f"CREATE TABLE IF NOT EXISTS {table.name} (\n" + ",\n".join(columns) + "\n)"


def _matches(table: schema.Table, key: Iterable[str]) -> str:
    return " AND ".join(f"{table.name}.{name} = new.{name}" for name in key)
