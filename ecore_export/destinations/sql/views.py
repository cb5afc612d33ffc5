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
from .dialect import Dialect, bare_name, literal
from .tables import find_table, metadata
from .url import dialect_of


def tables_of(dialect: sa.Dialect, qualified: Callable[[schema.Table], str]) -> Tables:
    """Where the views of a database read. Raises `SettingsError` for a database that has none."""
    return Tables(words_of(dialect.name), qualified)


def selectable(dialect: Dialect, view: View, tables: Tables, tz: str) -> sa.Subquery:
    """The view's definition, to select from."""
    text: sa.TextClause = literal(definition(view, tables, offsets_of(tz)))
    columns = [sa.column(column.name, dialect.types[column.kind]) for column in view.columns]
    return text.columns(*columns).subquery("ecore_view")


def create_statements(dialect: str, schema_name: str | None = None) -> list[str]:
    """The statements that create the views, days in UTC, in a database of that SQLAlchemy dialect."""
    engine = sa.create_mock_engine(f"{dialect}://", lambda *_, **__: None)
    defined = metadata(dialect_of(dialect), schema_name)
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
