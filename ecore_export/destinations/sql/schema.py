"""The tables of an SQL destination: created, versioned, migrated.

In: a connection inside a transaction. Out: tables as `sql_tables` has them.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateSchema

from ... import schema
from ...errors import DestinationError
from .tables import find_table

VERSION_ENTRY = "schema_version"


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


def _missing_columns(connection: sa.Connection, table: sa.Table) -> list[sa.Column[object]]:
    """Columns that an existing table lacks."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(table.name, schema=table.schema):
        return []
    names = {column["name"] for column in inspector.get_columns(table.name, schema=table.schema)}
    return [column for column in table.columns if column.name not in names]
