"""The views in a DuckDB file: created, replaced, and read by their definition.

In: a connection. Out: views, and statements that read one.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name or definition of this package
from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, Protocol

from ...times import offsets_of
from ...views import IN_DUCKDB, Period, View, definition
from ..views import plan_views


class Connection(Protocol):
    """What is used of DuckDB's connection."""

    def execute(self, query: str, parameters: Any = ..., /) -> Any:
        """Run a statement."""


def create_statements() -> list[str]:
    """The statements that create the views, days in UTC."""
    return [f"CREATE VIEW {name} AS\n{text}" for name, text in plan_views(IN_DUCKDB, {}, None).texts.items()]


def select_view(
    view: View, tz: str, account: str | None, period: Period, *, has_groups: bool
) -> tuple[str, list[str]]:
    """The statement that reads a view by its definition, and its parameters.

    ``has_groups``: whether `schema.LIST_GROUPS` is there.
    """
    tables = IN_DUCKDB if has_groups else IN_DUCKDB.without_groups()
    rows = definition(view, replace(tables, period=period), offsets_of(tz))
    text = f"SELECT {', '.join(view.names)} FROM (\n{rows}\n) AS ecore_view"
    order = ", ".join(f"{name} NULLS LAST" for name in view.key)
    where, parameters = ("", []) if account is None else (" WHERE account = ?", [account])
    return f"{text}{where} ORDER BY {order}", parameters


def present_views(connection: Connection) -> set[str]:
    """Names of the views that are there."""
    query = "SELECT view_name FROM duckdb_views() WHERE NOT internal AND database_name = current_database()"
    return {name for (name,) in connection.execute(query).fetchall()}


def taken_names(connection: Connection, names: Collection[str]) -> set[str]:
    """Which of these are names of a table or view."""
    query = "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database()"
    tables = {name for (name,) in connection.execute(query).fetchall()}
    return (tables | present_views(connection)) & set(names)


def replace_view(connection: Connection, name: str, text: str) -> None:
    """Create a view, or put its new definition in place of the old one; views built on it stay."""
    connection.execute(f"CREATE OR REPLACE VIEW {name} AS\n{text}")
