"""The fixed schema as SQLAlchemy tables: defined, created, migrated.

In: `schema.ALL_TABLES`, a dialect; a connection inside a transaction. Out: a `sqlalchemy.MetaData` with the
same tables, primary keys, and the two partial indexes that keep a sync with nothing new quick; a
database that has them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateSchema

from ... import schema
from ...errors import DestinationError
from ...schema import Kind
from .dialect import Dialect
from .url import dialect_of

VERSION_ENTRY = "schema_version"

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


def key_matches(target: sa.Table, stage: sa.Table, key: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a row here and a row there agree in the columns of ``key``."""
    return sa.and_(*(target.c[name] == stage.c[name] for name in key))


def is_one_of(column: sa.Column[Any], ids: Iterable[int]) -> list[sa.ColumnElement[bool]]:
    """Conditions that together select all ``ids``, in ascending order; each within any database's limits."""
    ordered = sorted(set(ids))
    return [
        column.in_(ordered[start : start + IDS_IN_A_LIST]) for start in range(0, len(ordered), IDS_IN_A_LIST)
    ]


def read_version(connection: sa.Connection, tables: sa.MetaData) -> int | None:
    """The schema version on record; None if there is none."""
    meta = find_table(tables, schema.META)
    if not sa.inspect(connection).has_table(meta.name, schema=meta.schema):
        return None
    version = connection.scalar(sa.select(meta.c.value).where(meta.c.name == VERSION_ENTRY))
    if version is not None and not version.isdecimal():
        raise DestinationError(f"the entry {VERSION_ENTRY} of {meta.name} is not a number: restore a backup")
    return None if version is None else int(version)


def create_tables(connection: sa.Connection, tables: sa.MetaData) -> None:
    """Create the schema and the tables that are missing."""
    if tables.schema and not sa.inspect(connection).has_schema(tables.schema):
        connection.execute(CreateSchema(tables.schema))
    tables.create_all(connection)


def refuse_foreign_tables(connection: sa.Connection, tables: sa.MetaData) -> None:
    """Raise `DestinationError` if a table of somebody else has one of our names."""
    for table in tables.sorted_tables:
        if _missing_columns(connection, table):
            raise DestinationError(
                f"there is a table {table.name} already that ecore-export did not make: "
                "choose another schema (--schema) or database"
            )


def add_missing_columns(connection: sa.Connection, tables: sa.MetaData) -> None:
    """Bring tables of an older version up to date, additively: old rows are null in new columns."""
    prepare = connection.dialect.identifier_preparer
    for table in tables.sorted_tables:
        for column in _missing_columns(connection, table):
            new = sa.Column(column.name, column.type)
            new_column = CreateColumn(new).compile(dialect=connection.dialect)
            connection.exec_driver_sql(f"ALTER TABLE {prepare.format_table(table)} ADD COLUMN {new_column}")


def create_statements(dialect: str, schema_name: str | None = None) -> list[str]:
    """The statements that `metadata` is created with in a database of that SQLAlchemy dialect."""
    statements: list[str] = []

    def collect(statement: sa.schema.ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)).strip())

    engine = sa.create_mock_engine(f"{dialect}://", collect)
    metadata(dialect_of(dialect), schema_name).create_all(engine, checkfirst=False)
    return statements


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


def _missing_columns(connection: sa.Connection, table: sa.Table) -> list[sa.Column[object]]:
    """Columns that an existing table lacks."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(table.name, schema=table.schema):
        return []
    names = {column["name"] for column in inspector.get_columns(table.name, schema=table.schema)}
    return [column for column in table.columns if column.name not in names]
