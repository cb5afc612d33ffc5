"""The views in an SQL database: created, replaced, and read by their definition.

In: a connection, the names of tables. Out: views; selectables with the types of their columns.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from ... import schema
from ...errors import DestinationBusyError, DestinationError
from ...times import offsets_of
from ...views import Tables, View, definition, words_of
from ..views import plan_views
from .tables import KIND_TYPES, bare_name, find_table, metadata

_WRONG_COLUMNS, _HAS_DEPENDENTS = "42P16", "2BP01"
"""SQLSTATEs: the new view cannot take the place of the old one; other views are built on it."""


def tables_of(dialect: sa.Dialect, qualified: Callable[[schema.Table], str]) -> Tables:
    """Where the views of a database read. Raises `SettingsError` for a database that has none."""
    return Tables(words_of(dialect.name), qualified)


def selectable(view: View, tables: Tables, tz: str) -> sa.Subquery:
    """The view's definition, to select from."""
    text: sa.TextClause = _literal(definition(view, tables, offsets_of(tz)))
    columns = [sa.column(column.name, KIND_TYPES[column.kind]) for column in view.columns]
    return text.columns(*columns).subquery("ecore_view")


def create_statements(dialect: str, schema_name: str | None = None) -> list[str]:
    """The statements that create the views, days in UTC, in a database of that SQLAlchemy dialect."""
    engine = sa.create_mock_engine(f"{dialect}://", lambda *_, **__: None)
    defined = metadata(schema_name)
    tables = tables_of(engine.dialect, lambda table: bare_name(find_table(defined, table), engine.dialect))
    return [
        f"CREATE VIEW {bare_name(sa.table(name, schema=schema_name), engine.dialect)} AS\n{text}"
        for name, text in plan_views(tables, {}, None).texts.items()
    ]


def present_views(connection: sa.Connection, schema_name: str | None) -> set[str]:
    """Names of the views that are there."""
    return set(sa.inspect(connection).get_view_names(schema=schema_name))


def taken_names(connection: sa.Connection, schema_name: str | None, names: Collection[str]) -> set[str]:
    """Which of these are names of a table or view."""
    inspector = sa.inspect(connection)
    return {name for name in names if inspector.has_table(name, schema=schema_name)}


def replace_view(connection: sa.Connection, name: str, text: str) -> None:
    """Create a view, or put its new definition in place of the old one. ``name``: qualified, quoted.

    Views that others built on it stay. PostgreSQL alone binds them to its columns: where those changed in
    more than new ones at the end, and there are such views, it raises `DestinationError`.
    """
    drop, create = sa.text(f"DROP VIEW IF EXISTS {name}"), _literal(f"CREATE VIEW {name} AS\n{text}")
    replace = _literal(f"CREATE OR REPLACE VIEW {name} AS\n{text}")
    match connection.dialect.name:
        case "sqlite":
            connection.execute(drop)
            connection.execute(create)
        case "postgresql":
            try:
                with connection.begin_nested():
                    connection.execute(replace)
            except sa.exc.DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) != _WRONG_COLUMNS:
                    raise
                _drop(connection, drop, name)
                connection.execute(create)
        case _:
            connection.execute(replace)


@contextmanager
def explaining() -> Iterator[None]:
    """Say what may be done where views cannot be made; trying later, where that is all, says it itself."""
    try:
        yield
    except DestinationBusyError:
        raise
    except DestinationError as error:
        raise DestinationError(
            f"the views cannot be made: {error}; the user needs the right to create and to replace views, or "
            "sync with --no-views"
        ) from error


def _drop(connection: sa.Connection, drop: sa.TextClause, name: str) -> None:
    try:
        connection.execute(drop)
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _HAS_DEPENDENTS:
            raise
        raise DestinationError(
            f"other views are built on {name}, whose columns changed: drop those, sync, and create them again"
        ) from error


def _literal(text: str) -> sa.TextClause:
    """For `sa.text`, which takes a bare colon for a parameter and doubles percent signs itself."""
    return sa.text(text.replace(r"\:", ":").replace(":", r"\:"))
