"""The fixed schema as SQLAlchemy tables, for every database alike.

In: `schema.ALL_TABLES`. Out: a `sqlalchemy.MetaData` with the same tables, types per database, primary keys
and the two partial indexes that keep a sync with nothing new quick.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from ... import schema
from ...schema import Kind
from .dialect import Dialect
from .url import dialect_of

IDS_IN_A_LIST = 900
"""Values in one ``IN (…)``: older SQLite takes 999 variables a statement, Oracle 1,000 a list."""


def metadata(dialect: Dialect, schema_name: str | None = None) -> sa.MetaData:
    """All tables of an SQL destination, in ``schema_name`` or else in the connection's own schema."""
    tables = sa.MetaData(schema=schema_name)
    for table in schema.ALL_TABLES:
        sa.Table(
            table.name,
            tables,
            *(_column(dialect, table, column, comment=column.description) for column in table.columns),
            comment=table.description,
            info={"table": table.name},
            **dialect.table_options,
        )
    if dialect.has_partial_indexes:
        _add_indexes(find_table(tables, schema.JOBS))
    return tables


def find_table(tables: sa.MetaData, table: schema.Table) -> sa.Table:
    """The SQLAlchemy table of a table of the fixed schema."""
    return tables.tables[f"{tables.schema}.{table.name}" if tables.schema else table.name]


def stage_table(dialect: Dialect, table: schema.Table) -> sa.Table:
    """A temporary table of the same columns and key, gone with the connection at the latest."""
    return sa.Table(
        f"ecore_stage_{table.name}",
        sa.MetaData(),
        *(_column(dialect, table, column) for column in table.columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
        info={"table": table.name},
        **dialect.table_options,
    )


def is_open(jobs: sa.Table) -> sa.ColumnElement[bool]:
    """Whether work is left on a job. Worded as the partial index is, or the index would not be used."""
    return sa.and_(
        jobs.c.deleted_at.is_(None),
        sa.or_(jobs.c.is_final.is_(sa.false()), jobs.c.records_exported.is_(None)),
    )


def create_statements(dialect: str, schema_name: str | None = None) -> list[str]:
    """The statements that `metadata` is created with in a database of that SQLAlchemy dialect."""
    statements: list[str] = []

    def collect(statement: sa.schema.ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)).strip())

    engine = sa.create_mock_engine(f"{dialect}://", collect)
    metadata(dialect_of(dialect), schema_name).create_all(engine, checkfirst=False)
    return statements


def key_matches(target: sa.Table, stage: sa.Table, key: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a row here and a row there agree in the columns of ``key``."""
    return sa.and_(*(target.c[name] == stage.c[name] for name in key))


def is_one_of(column: sa.Column[Any], ids: Iterable[int]) -> list[sa.ColumnElement[bool]]:
    """Conditions that together select all ``ids``, in ascending order; each within any database's limits."""
    ordered = sorted(set(ids))
    return [
        column.in_(ordered[start : start + IDS_IN_A_LIST]) for start in range(0, len(ordered), IDS_IN_A_LIST)
    ]


def _column(
    dialect: Dialect, table: schema.Table, column: schema.Column, *, comment: str | None = None
) -> sa.Column[Any]:
    is_key = column.name in table.key
    return sa.Column(
        column.name,
        dialect.key_text if is_key and column.kind is Kind.TEXT else dialect.types[column.kind],
        primary_key=is_key,
        autoincrement=False,
        nullable=not column.required,
        comment=comment,
    )


def _add_indexes(jobs: sa.Table) -> None:
    """Partial ones: an index over all rows would only repeat the primary key."""
    for name, condition in (("open", is_open(jobs)), ("deleted", jobs.c.deleted_at.is_not(None))):
        sa.Index(
            f"ix_{jobs.name}_{name}",
            jobs.c.account,
            jobs.c.job_id,
            sqlite_where=condition,
            postgresql_where=condition,
        )
