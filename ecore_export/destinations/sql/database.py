"""A database as `sql` uses it: connections, transactions, locks; its errors in this package's words.

In: an SQLAlchemy URL. Out: a `Database`, whose methods raise `DestinationError`s and no error of a driver,
because a driver's message may quote a row.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from ...errors import DestinationError, SettingsError
from ...settings import without_frames
from .dialect import Dialect, IsHeld
from .mysql import MySQL
from .postgresql import PostgreSQL
from .sqlite import SQLite
from .tables import metadata

DIALECTS: dict[str, type[Dialect]] = {
    "sqlite": SQLite,
    "postgresql": PostgreSQL,
    "postgres": PostgreSQL,
    "mysql": MySQL,
    "mariadb": MySQL,
}
"""By the name in a URL; any other database gets the plain `Dialect`."""

_EXTRAS = {"postgresql": "postgresql", "postgres": "postgresql", "mysql": "mysql", "mariadb": "mysql"}
_SECRET = re.compile("pass|pwd|secret|token|key|credential|odbc_connect", re.IGNORECASE)
"""Options of a URL that may hold one; ODBC's holds a whole connection string."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database, or one schema in it. ``url`` is masked: safe to show."""

    url: str
    engine: sa.Engine = field(repr=False)  # it would show a password among the URL's options
    dialect: Dialect
    schema_name: str | None
    tables: sa.MetaData

    @classmethod
    def at(cls, url: str, schema_name: str | None) -> Database:
        """The database of a URL, not connected to yet. Raises `SettingsError`."""
        parsed = _parse(url)
        dialect = DIALECTS.get(parsed.get_backend_name(), Dialect)()
        if schema_name and not dialect.has_schemas:
            raise SettingsError(f"{parsed.get_backend_name()} has no schemas: leave out the schema's name")
        engine = _open_engine(parsed, dialect)
        return cls(_masked(parsed), engine, dialect, schema_name or None, metadata(schema_name or None))

    def exists(self) -> bool:
        """Whether there is a database at all; raises `DestinationError` if it could not be read."""
        return self.dialect.exists(self.engine)

    def check_writable(self) -> None:
        """Raise `DestinationError` if what is to be written could not be."""
        self.dialect.check_place(self.engine)
        if self.exists():
            with self._connected(self.engine.connect) as connection, connection.begin():
                self.dialect.check_writable(connection, self.schema_name)

    def create(self) -> None:
        """Make the database, where that is up to us."""
        with self._errors():
            self.dialect.create(self.engine)

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection to read with."""
        connect = partial(self.dialect.connect_to_read, self.engine)
        with self._connected(connect) as connection, connection.begin():
            self.dialect.begin_read(connection)
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A transaction to write in: all or nothing."""
        self.dialect.check_place(self.engine)
        if not self.exists():
            raise DestinationError(f"{self.url} was never set up: sync to it first")
        with self._connected(self.engine.connect) as connection, connection.begin():
            self.dialect.begin_write(connection)
            yield connection

    def scrub(self) -> None:
        """After an erasure: rid the database's files of old values, as far as that is up to us."""
        with self._errors():
            self.dialect.scrub(self.engine)

    @contextmanager
    def lock(self, timeout_s: float) -> Iterator[IsHeld]:
        """Be the only writer; raises `DestinationBusyError` after ``timeout_s``."""
        with ExitStack() as held:
            with self._errors(is_connecting=True):
                is_held = held.enter_context(self.dialect.lock(self.engine, self.schema_name, timeout_s))
            try:
                yield is_held
            finally:
                # The session may be gone by now, and with it the lock: writing would have told.
                with suppress(sa.exc.SQLAlchemyError, self.engine.dialect.loaded_dbapi.Error):
                    held.close()

    @contextmanager
    def _connected(self, connect: Callable[[], sa.Connection]) -> Iterator[sa.Connection]:
        with self._errors(is_connecting=True):
            connection = connect()
        with self._errors(), connection:
            yield connection

    @contextmanager
    def _errors(self, *, is_connecting: bool = False) -> Iterator[None]:
        """Translate errors; where one may quote a row, it is not even kept as the cause."""
        driver = self.engine.dialect.loaded_dbapi
        try:
            yield
        except (sa.exc.IntegrityError, sa.exc.DataError, driver.IntegrityError, driver.DataError) as error:
            raise self._translated(error, is_connecting) from None
        except (sa.exc.SQLAlchemyError, driver.Error) as error:
            cause = without_frames(error) if is_connecting else error
            raise self._translated(error, is_connecting) from cause

    def _translated(self, error: Exception, is_connecting: bool) -> DestinationError:
        original = getattr(error, "orig", None) or error
        if is_connecting:
            meant = self.dialect.explain_connect(original, self.engine)
        else:
            meant = self.dialect.explain(original)
        return meant.error(f"{self.url}: {meant.reason}")


def _parse(url: str) -> sa.URL:
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


def _is_cut_short(parsed: sa.URL, url: str) -> bool:
    """Whether an @ stands where only a password that was not escaped brings it; what follows is no host."""
    if parsed.password is None:
        return False
    options = url.partition("?")[2]
    is_lost = "@" in options and not any("@" in part for value in parsed.query.values() for part in value)
    return "@" in (parsed.host or "") or "@" in (parsed.database or "") or is_lost


def _masked(url: sa.URL) -> str:
    secrets = {name: "***" for name in url.query if _SECRET.search(name)}
    return url.update_query_dict(secrets).render_as_string(hide_password=True)


def _open_engine(url: sa.URL, dialect: Dialect) -> sa.Engine:
    name = url.get_backend_name()
    try:
        return dialect.open_engine(url)
    except sa.exc.NoSuchModuleError as error:
        raise SettingsError(
            f"no destination is called {name}: it may be parquet, sqlite, duckdb, postgresql, mysql or "
            "another database with an SQLAlchemy dialect installed"
        ) from error
    except ModuleNotFoundError as error:
        what = f"'ecore-export[{_EXTRAS[name]}]'" if name in _EXTRAS else error.name
        raise SettingsError(f"the driver for {name} is not installed: pip install {what}") from error
    except (sa.exc.ArgumentError, ValueError):
        # without the cause: it may quote the URL
        raise SettingsError(f"the URL of the {name} destination is not complete or not valid") from None
