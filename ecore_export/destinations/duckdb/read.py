"""Rows of a DuckDB file: which ones a `Selection` means, as SQL, and read as Arrow batches.

In: a `Database`, a table, a `Selection`. Out: conditions with their parameters, batches of the fixed schema.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema
from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pyarrow as pa

from ... import schema
from ..contract import Selection, State
from .connection import Database
from .tables import AMONG_IDS, has_table, read_version

FETCH_ROWS = 20_000

_OF_JOBS: dict[State, str] = {
    "open": "deleted_at IS NULL AND (NOT is_final OR records_exported IS NULL)",
    "running": "deleted_at IS NULL AND NOT is_final",
    "deleted": "deleted_at IS NOT NULL",
}
_OF_REJECTS: dict[State, str] = {"open": "resolved_at IS NULL"}


def fitting(table: schema.Table, where: Selection) -> tuple[str, list[Any]]:
    """The condition that selects the rows that fit, and its parameters."""
    terms, parameters = ["true"], list[Any]()
    if where.account is not None:
        terms.append("account = ?")
        parameters.append(where.account)
    if where.job_ids is not None:
        terms.append(AMONG_IDS)
        parameters.append(list(where.job_ids))
    if (within := where.within) is not None:
        limits = [(">=", within.since), ("<", within.until)]
        terms += [f"{within.column} {sign} ?" for sign, limit in limits if limit is not None]
        parameters += [limit for _, limit in limits if limit is not None]
    if where.state != "all":
        terms.append((_OF_REJECTS if table is schema.REJECTS else _OF_JOBS)[where.state])
    return " AND ".join(terms), parameters


def read(
    database: Database, table: schema.Table, where: Selection, names: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The rows that fit, by key; holds the file meanwhile."""
    if not has(database, table):
        return iter(())
    condition, parameters = fitting(table, where)
    text = f"SELECT {', '.join(names)} FROM {table.name} WHERE {condition} ORDER BY {', '.join(table.key)}"
    return fetch(database, text, parameters, pa.schema([table.arrow.field(name) for name in names]))


def count(database: Database, table: schema.Table, where: Selection) -> int:
    """How many rows fit."""
    if not has(database, table):
        return 0
    condition, parameters = fitting(table, where)
    text = f"SELECT count(*) AS found FROM {table.name} WHERE {condition}"
    batches = fetch(database, text, parameters, pa.schema([("found", pa.int64())]))
    return sum(batch.column(0)[0].as_py() or 0 for batch in batches)


def has(database: Database, table: schema.Table) -> bool:
    """Whether a table may be there; that of groups is missing until a sync of a version that knows it."""
    if table is not schema.LIST_GROUPS:
        return True
    if not database.file.exists():
        return False
    with database.reading() as connection:
        return has_table(connection, table)


def fetch(database: Database, text: str, parameters: list[Any], arrow: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows of a query, `FETCH_ROWS` at a time; cast, as a session's time zone shows in the type.

    None where nothing was ever written.
    """
    if not database.file.exists():
        return
    with database.reading() as connection:
        if read_version(connection) is None:
            return
        with connection.sql(text, params=parameters).to_arrow_reader(FETCH_ROWS) as reader:
            for batch in reader:
                yield batch.cast(arrow)
