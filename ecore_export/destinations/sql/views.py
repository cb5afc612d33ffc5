"""The views in an SQL database: created, replaced, and read by their definition.

In: a database, a connection to it. Out: views; selectables with the types of their columns.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

import sqlalchemy as sa

from ...errors import DestinationBusyError, DestinationError
from ...times import offsets_of
from ...views import Period, Tables, View, definition, words_of
from ..views import plan_views
from .database import Database
from .dialect import bare_name, literal
from .tables import find_table, metadata
from .url import dialect_of


def tables_of(dialect: sa.Dialect, tables: sa.MetaData) -> Tables:
    """Where the views of a database read. Raises `SettingsError` for a database that has none."""
    return Tables(words_of(dialect.name), lambda table: bare_name(find_table(tables, table), dialect))


def selectable(database: Database, view: View, tz: str, period: Period, *, has_groups: bool) -> sa.Subquery:
    """The view's definition, to select from. ``has_groups``: whether `schema.LIST_GROUPS` is there."""
    tables = replace(tables_of(database.engine.dialect, database.tables), period=period)
    tables = tables if has_groups else tables.without_groups()
    text: sa.TextClause = literal(definition(view, tables, offsets_of(tz)))
    columns = [sa.column(column.name, database.dialect.types[column.kind]) for column in view.columns]
    return text.columns(*columns).subquery("ecore_view")


def create_statements(dialect: str, schema_name: str | None = None) -> list[str]:
    """The statements that create the views, days in UTC, in a database of that SQLAlchemy dialect."""
    engine = sa.create_mock_engine(f"{dialect}://", lambda *_, **__: None)
    tables = tables_of(engine.dialect, metadata(dialect_of(dialect), schema_name))
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
