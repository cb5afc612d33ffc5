"""A database as `sql` uses it: connections, transactions, locks; its errors in this package's words.

In: an SQLAlchemy URL. Out: a `Database`, whose methods raise `DestinationError`s and no error of a driver,
because a driver's message may quote a row.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import sqlalchemy as sa

from ...errors import DestinationError, SettingsError
from ...settings import without_frames
from .dialect import Dialect, IsHeld
from .tables import metadata
from .url import dialect_of, masked, open_engine, parse


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
        parsed = parse(url)
        dialect = dialect_of(parsed.get_backend_name())
        if schema_name and not dialect.has_schemas:
            raise SettingsError(f"{parsed.get_backend_name()} has no schemas: leave out the schema's name")
        engine, tables = open_engine(parsed, dialect), metadata(dialect, schema_name or None)
        return cls(masked(parsed), engine, dialect, schema_name or None, tables)

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
