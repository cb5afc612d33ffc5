"""SQLite: a file for its owner only, write-ahead logging, ISO text for instants.

In: an SQLAlchemy URL, Arrow tables. Out: `SQLite`, the `Dialect` of ``sqlite://`` URLs.

- An instant is text of fixed width, ``2026-05-06T11:42:08.913000Z``: text order is time order, and SQLite's
  date functions and pandas read it.
- Credits are NUMERIC, exact to 15 significant digits, so below 1,000,000,000 credits always; what loses
  digits beyond that is counted.
- ``sqlite://`` alone is a database in memory, one connection, gone when closed.
"""

from __future__ import annotations

import math
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from decimal import Context, Decimal
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from ...errors import DestinationBusyError, DestinationError, SettingsError
from ...schema import CREDIT_PRECISION, CREDIT_SCALE, Kind
from ..files import DatabaseFile
from ..rows import to_iso_text
from .dialect import Dialect, DriverError, IsHeld, bare_name, literal, surely_held

BUSY_TIMEOUT_S = 30.0
EXACT_DIGITS = 15
WAL_FORMAT = b"\2"
"""At offset 18 of a file with a write-ahead log (https://www.sqlite.org/fileformat2.html)."""
ROWS_A_STATEMENT = 10
"""Twice as quick as one row a statement; no quicker with more. Older SQLite takes 999 values a statement."""

_WIDE = Context(prec=CREDIT_PRECISION + CREDIT_SCALE)
_STEP = Decimal(1).scaleb(-CREDIT_SCALE)
_SURELY_EXACT = Decimal(10) ** (EXACT_DIGITS - CREDIT_SCALE)
_GREATEST = math.nextafter(10.0 ** (CREDIT_PRECISION - CREDIT_SCALE), 0.0)

_REASONS = {
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened: check that the folder exists and is writable",
    sqlite3.SQLITE_CORRUPT: "it is damaged: restore it from a backup, or export to a new file",
    sqlite3.SQLITE_FULL: "the disk is full: free some space, then run again; what was published stays",
    sqlite3.SQLITE_IOERR: "its disk failed, or is full: look at the disk; what was published stays",
    sqlite3.SQLITE_NOTADB: "it is not an SQLite database: choose another file",
    sqlite3.SQLITE_PERM: "it is not accessible: change its permissions",
    sqlite3.SQLITE_READONLY: "it is read-only: change its permissions, or choose another file",
}


class SqliteCredits(sa.types.UserDefinedType[Decimal]):
    """Credits in SQLite: NUMERIC, exact to 15 significant digits; read as the driver has them.

    SQLAlchemy's own `Numeric` would go through float both ways, and warns about it.
    """

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return f"NUMERIC({CREDIT_PRECISION}, {CREDIT_SCALE})"

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Decimal | None], str | None]:
        """Decimals are written as text, which SQLite turns into its nearest number."""
        return lambda credits: None if credits is None else str(credits)


class SqliteInstant(sa.types.UserDefinedType[datetime]):
    """Instants in SQLite: ISO text of fixed width in UTC; read as text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "TEXT"

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], str | None]:
        """The same text as `to_iso_text` writes for a whole column."""
        return lambda instant: None if instant is None else _iso_text(instant)


_TYPES = {**Dialect.types, Kind.CREDITS: SqliteCredits(), Kind.INSTANT: SqliteInstant()}


class SQLite(Dialect):
    """A file, or a database in memory."""

    types = _TYPES
    key_text = sa.Text()
    has_schemas = False
    has_partial_indexes = True
    has_patterns = True
    can_stage = True
    alteration = f"rounded to {EXACT_DIGITS} significant digits"

    def open_engine(self, url: sa.URL) -> sa.Engine:
        """One connection a use, in autocommit: transactions begin where `begin_write` says so."""
        arguments: dict[str, Any] = {"isolation_level": None}
        if "timeout" not in url.query:
            arguments["timeout"] = BUSY_TIMEOUT_S
        if url.database in (None, "", ":memory:"):
            arguments["check_same_thread"] = False
            return sa.create_engine(
                url, connect_args=arguments, poolclass=sa.StaticPool, hide_parameters=True
            )
        if str(url.database).startswith("file:"):
            raise SettingsError("a file: URI is not supported as an SQLite destination: write sqlite:///FILE")
        url = url.set(database=str(DatabaseFile.at(str(url.database)).path))
        return sa.create_engine(url, connect_args=arguments, poolclass=sa.NullPool, hide_parameters=True)

    def exists(self, engine: sa.Engine) -> bool:
        """Whether there is a file."""
        file = _file(engine)
        return file is None or file.exists()

    def create(self, engine: sa.Engine) -> None:
        """Make the file ours before SQLite opens it: its journal files then get the same permissions."""
        if file := _file(engine):
            file.create()
            with engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = WAL")

    def check_place(self, engine: sa.Engine) -> None:
        """Whether the file, or one in its folder, may be written."""
        if file := _file(engine):
            file.check_writable()

    def connect_to_read(self, engine: sa.Engine) -> sa.Connection:
        """As for writing where that is possible, as then the journal goes with the last reader."""
        file = _file(engine)
        if file is None or file.is_writable():
            return engine.connect()
        opening = partial(_open_read_only, file.path)
        reader = sa.create_engine("sqlite://", creator=opening, poolclass=sa.NullPool, hide_parameters=True)
        return reader.connect()

    def begin_write(self, connection: sa.Connection) -> None:
        """Writers wait for one another here, not at their first statement."""
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    @contextmanager
    def lock(self, engine: sa.Engine, schema_name: str | None, timeout_s: float) -> Iterator[IsHeld]:
        """A lock file beside the database."""
        file = _file(engine)
        with nullcontext() if file is None else file.lock(timeout_s):
            yield surely_held

    def load(self, connection: sa.Connection, target: sa.Table, rows: pa.Table) -> Mapping[str, int]:
        """Insert rows straight through the driver, from one Python list a column."""
        one = str(sa.insert(target).compile(dialect=connection.dialect))
        many = one + one[one.rindex(" VALUES ") :].replace(" VALUES ", ", ") * (ROWS_A_STATEMENT - 1)
        columns = [_to_sqlite(rows[column.name]) for column in target.columns]
        each = zip(*columns, strict=True)
        together = rows.num_rows - rows.num_rows % ROWS_A_STATEMENT
        flat = chain.from_iterable(islice(each, together))
        driver_connection: Any = connection.connection.driver_connection
        driver_connection.executemany(many, zip(*[flat] * (len(columns) * ROWS_A_STATEMENT), strict=True))
        driver_connection.executemany(one, each)
        return Counter(
            {
                name: rounded
                for name, column in zip(rows.column_names, rows.columns, strict=True)
                if pa.types.is_decimal(column.type) and (rounded := _count_rounded(column))
            }
        )

    def after_staging(self, connection: sa.Connection, stage: sa.Table) -> None:
        """Say that the stage is the smaller table, or the planner walks through all of the other."""
        connection.exec_driver_sql(f"ANALYZE {connection.dialect.identifier_preparer.format_table(stage)}")

    def to_arrow(self, kind: Kind, values: Sequence[Any]) -> pa.Array[Any]:
        """Instants come as text, credits as numbers."""
        if kind is Kind.INSTANT:
            return pa.array(values, pa.string()).cast(kind.arrow)
        if kind is Kind.CREDITS:
            return pa.array([None if v is None else _to_credits(v) for v in values], kind.arrow)
        return pa.array(values, kind.arrow)

    def replace_view(self, connection: sa.Connection, view: sa.TableClause, text: str) -> None:
        """SQLite looks up what views are built on only when they are read."""
        name = bare_name(view, connection.dialect)
        connection.execute(literal(f"DROP VIEW IF EXISTS {name}"))
        connection.execute(literal(f"CREATE VIEW {name} AS\n{text}"))

    def scrub(self, engine: sa.Engine) -> None:
        """Rewrite the file and empty its journal: deleted values stay in unused pages otherwise.

        Waits for readers as long as any statement does; raises `DestinationBusyError` if one stays.
        """
        with engine.connect() as connection:
            connection.exec_driver_sql("VACUUM")
            is_busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
        if is_busy:
            raise DestinationBusyError(
                f"{engine.url.database}: the tables hold it no more, but the file's old pages do while "
                "another program reads it: close that one, then run the same again"
            )

    def explain(self, error: BaseException) -> DriverError:
        """By SQLite's result code."""
        code = getattr(error, "sqlite_errorcode", None)
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        primary = -1 if code is None else code & 0xFF  # the extended codes add detail in the upper bits
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return DriverError(DestinationBusyError, f"another program holds it ({name}): try again later")
        return DriverError(DestinationError, f"{_REASONS.get(primary, 'the statement failed')} ({name})")


def _file(engine: sa.Engine) -> DatabaseFile | None:
    place = engine.url.database
    return None if place in (None, "", ":memory:") else DatabaseFile.at(str(place))


def _open_read_only(path: Path) -> sqlite3.Connection:
    """Opened without a right to write anything, nor to make a file beside it.

    Without a journal there is nothing that could be missed, and SQLite is told not to look for one: it would
    have to make it.
    """
    has_journal = path.with_name(f"{path.name}-wal").exists()
    with path.open("rb") as file:
        is_journaled = file.read(20)[18:19] == WAL_FORMAT
    how = "immutable=1" if is_journaled and not has_journal else "readonly_shm=1"
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=ro&{how}", uri=True, isolation_level=None, timeout=BUSY_TIMEOUT_S
    )
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if not has_journal or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN:
            raise
        raise DestinationError(
            f"{path} has a journal that cannot be read without writing: run `ecore-export status` once as "
            f"the user that syncs, or copy it and {path.name}-wal to a folder of your own and read it there"
        ) from error
    return connection


def _iso_text(instant: datetime) -> str:
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _to_sqlite(column: pa.ChunkedArray[Any]) -> list[Any]:
    if pa.types.is_timestamp(column.type):
        return to_iso_text(column).to_pylist()
    if pa.types.is_decimal(column.type):
        column = column.cast(pa.string())
    values: list[Any] = column.to_pylist()
    return values


def _count_rounded(column: pa.ChunkedArray[Any]) -> int:
    large = column.filter(pc.greater_equal(pc.abs(column), pa.scalar(_SURELY_EXACT)))
    values: list[Any] = large.to_pylist()
    return sum(len(value.normalize(_WIDE).as_tuple().digits) > EXACT_DIGITS for value in values)


def _to_credits(value: float) -> Decimal:
    """The shortest decimal that SQLite's number stands for; `repr` gives it.

    The greatest credits there can be are rounded up to a number that no decimal of theirs holds.
    """
    return Decimal(repr(min(max(value, -_GREATEST), _GREATEST))).quantize(_STEP, context=_WIDE)
