"""The URL of a database: read, masked, and the engine it stands for.

In: a URL as a user writes it. Out: its dialect, an engine, a text without secrets.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import sqlalchemy as sa

from ...errors import SettingsError
from .dialect import Dialect
from .mysql import MySQL
from .postgresql import PostgreSQL
from .sqlite import SQLite

DIALECTS: Mapping[str, type[Dialect]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
    "postgres": PostgreSQL,
    "mysql": MySQL,
    "mariadb": MySQL,
}
"""By the name in a URL; any other database gets the plain `Dialect`."""

_SECRET = re.compile("pass|pwd|secret|token|key|credential|odbc_connect", re.IGNORECASE)
"""Options of a URL that may hold one; ODBC's holds a whole connection string."""


def dialect_of(name: str) -> Dialect:
    """The dialect of a database, by the name in its URL."""
    return DIALECTS.get(name, Dialect)()


def parse(url: str) -> sa.URL:
    """The parts of a URL. Raises `SettingsError`."""
    try:
        parsed = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        # without the cause: it quotes the URL, password and all
        raise SettingsError(
            "the destination's URL cannot be read: write it as DIALECT://USER:PASSWORD@HOST/DATABASE, "
            "special characters in the password as %XX (@ as %40)"
        ) from None
    if _is_cut_short(parsed, url):
        raise SettingsError(
            "the password in the destination's URL ends at its first @, and there is one more: write each @ "
            "of the password as %40 (and / as %2F, ? as %3F)"
        )
    return parsed


def masked(url: sa.URL) -> str:
    """The URL without its secrets."""
    secrets = {name: "***" for name in url.query if _SECRET.search(name)}
    return url.update_query_dict(secrets).render_as_string(hide_password=True)


def open_engine(url: sa.URL, dialect: Dialect) -> sa.Engine:
    """An engine, not connected yet. Raises `SettingsError`."""
    name = url.get_backend_name()
    try:
        return dialect.open_engine(url)
    except sa.exc.NoSuchModuleError as error:
        raise SettingsError(
            f"no such destination: {name}; use parquet, sqlite, duckdb, postgresql, mysql or "
            "another database with an SQLAlchemy dialect installed"
        ) from error
    except ModuleNotFoundError as error:
        what = f"'ecore-export[{dialect.extra}]'" if dialect.extra else error.name
        raise SettingsError(f"the driver for {name} is not installed: pip install {what}") from error
    except (sa.exc.ArgumentError, ValueError):
        # without the cause: it may quote the URL
        raise SettingsError(f"the URL of the {name} destination is not complete or not valid") from None


def _is_cut_short(parsed: sa.URL, url: str) -> bool:
    """Whether an @ stands where only a password that was not escaped brings it; what follows is no host."""
    if parsed.password is None:
        return False
    options = url.partition("?")[2]
    is_lost = "@" in options and not any("@" in part for value in parsed.query.values() for part in value)
    return "@" in (parsed.host or "") or "@" in (parsed.database or "") or is_lost
