"""Statements that create tables and views, as text. In: a kind of database. Out: SQL; nothing is touched."""

from __future__ import annotations


def create_tables(dialect: str, schema_name: str | None = None) -> list[str]:
    """One statement a table or index, as a sync to that database executes them."""
    if dialect == "duckdb":
        from .duckdb import tables as in_duckdb

        return in_duckdb.create_statements()
    from .sql import tables as in_sql

    return in_sql.create_statements(dialect, schema_name)


def create_views(dialect: str, schema_name: str | None = None) -> list[str]:
    """One statement a view."""
    if dialect == "duckdb":
        from .duckdb import views as in_duckdb

        return in_duckdb.create_statements()
    from .sql import views as in_sql

    return in_sql.create_statements(dialect, schema_name)
