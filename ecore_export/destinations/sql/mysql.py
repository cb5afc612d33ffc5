"""MySQL and MariaDB: sessions set to strict and UTC, named locks, bulk inserts.

In: an SQLAlchemy URL. Out: `MySQL`, the `Dialect` of ``mysql://`` and ``mariadb://`` URLs, by way of pymysql.

- An instant is a DATETIME(6) in UTC, without a zone; TIMESTAMP would end in 2038.
- ``DROP TABLE`` commits, ``DROP TEMPORARY TABLE`` does not; so do ``ANALYZE TABLE`` and most of DDL.
- Locks are the server's, so their names hold the database's; a session that ends gives them back.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ...errors import DestinationBusyError, DestinationError, SettingsError
from ...schema import Kind
from ...settings import without_frames
from .dialect import Dialect, DriverError, IsHeld
from .mysql_insert import insert

LOCK_TIMEOUT_S = 60
IDLE_TIMEOUT_S = 7 * 86_400
"""The session that holds the lock is idle for a whole export; servers end such ones after 8 h, or sooner."""

_DRIVERS = ("mysql", "mariadb", "mysql+pymysql", "mariadb+pymysql")
_COLLATIONS = ("utf8mb4_0900_bin", "utf8mb4_nopad_bin")

_SESSION = (
    "SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', "
    f"lock_wait_timeout = {LOCK_TIMEOUT_S}, innodb_lock_wait_timeout = {LOCK_TIMEOUT_S}, "
    f"wait_timeout = {IDLE_TIMEOUT_S}, net_write_timeout = {IDLE_TIMEOUT_S}, "
    "sql_safe_updates = 0, sql_select_limit = 18446744073709551615, sql_big_selects = 1, "
    "sql_quote_show_create = 1, foreign_key_checks = 1, unique_checks = 1"
)

_TRANSIENT = {
    0: "the connection is closed",
    1040: "too many connections",
    1047: "the node is not ready",
    1053: "shutting down",
    1152: "connection broken off",
    1158: "connection broken off",
    1159: "connection broken off",
    1160: "connection broken off",
    1161: "connection broken off",
    1184: "connection broken off",
    1203: "too many connections of this user",
    1205: "somebody else holds a lock",
    1206: "too many locks",
    1213: "deadlock",
    1226: "the user's share is spent",
    1317: "interrupted",
    1412: "a table was changed meanwhile",
    1927: "connection ended by the server",
    1969: "statement took too long",
    2002: "no connection",
    2003: "no connection",
    2006: "connection lost",
    2013: "connection lost",
    2055: "connection lost",
    3024: "statement took too long",
    3058: "deadlock",
    3169: "session ended by the server",
    4031: "session ended by the server",
}

_LOGIN = "it refused the user or the password: check the URL"
_DISK = "its disk is full: free some space, then run the same again; what was published stays"
_GRANT = "the user may not do this: grant it what the page on database rights lists"
_NOT_GRANTED = (1044, 1142, 1143, 1227, 1370)
_READ_ONLY = "it is read-only: choose the primary server"
_TOO_LONG = "a value is too long for its column: account labels, for one, may have 255 characters"

_REASONS = dict.fromkeys(_NOT_GRANTED, _GRANT) | {
    1021: _DISK,
    1045: _LOGIN,
    1049: "the database does not exist: create it, or check the URL",
    1114: _DISK,
    1104: "it takes the statement for too large: set sql_big_selects = 1 for this user",
    1153: "a row is larger than it takes: raise its max_allowed_packet",
    1290: _READ_ONLY,
    1406: _TOO_LONG,
    1698: _LOGIN,
    1792: _READ_ONLY,
    1836: _READ_ONLY,
    2026: "no TLS connection: check the ssl_… options in the URL",
}
"""By the numbers of both servers' reference manuals: below 2000 and from 3000 on the server's, from 2000 to
2999 the client's. The class of pymysql's error tells little: most are `OperationalError`."""


class MysqlInstant(sa.types.TypeDecorator[datetime]):
    """Instants in MySQL and MariaDB: in UTC, without an offset, which pymysql would leave out unseen."""

    impl = mysql.DATETIME(fsp=6)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """In UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)


_TYPES = {**Dialect.types, Kind.TEXT: mysql.LONGTEXT(), Kind.INSTANT: MysqlInstant()}
_TABLE_OPTIONS = {
    "mysql_engine": "InnoDB",
    "mysql_row_format": "DYNAMIC",
    "mysql_charset": "utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */",
}
"""Texts that differ in case, accents or spaces at the end are different, as everywhere else. MySQL and
MariaDB have no collation for that in common: each reads one of the comments."""


class MySQL(Dialect):
    """A database of MySQL or MariaDB; what SQLAlchemy calls a schema is another database of the server."""

    extra = "mysql"
    types = _TYPES
    table_options = _TABLE_OPTIONS
    has_patterns = True
    can_stage = True

    def open_engine(self, url: sa.URL) -> sa.Engine:
        """Through pymysql, every session set alike."""
        if url.drivername not in _DRIVERS:
            raise SettingsError("MySQL and MariaDB are written through pymysql: write mysql+pymysql://…")
        if not url.database:
            raise SettingsError(
                "the URL names no database: write mysql+pymysql://USER:PASSWORD@HOST/DATABASE"
            )
        engine = sa.create_engine(
            url.set(drivername="mysql+pymysql"),
            connect_args={"charset": "utf8mb4", "init_command": _SESSION},
            isolation_level="REPEATABLE READ",
            poolclass=sa.NullPool,
            hide_parameters=True,
        )
        sa.event.listen(engine, "do_connect", _connect)
        return engine

    def check_writable(self, connection: sa.Connection, schema_name: str | None) -> None:
        """Whether the server is recent enough, and the user may stage rows."""
        known = f"SELECT COUNT(*) FROM information_schema.collations WHERE collation_name IN {_COLLATIONS}"  # noqa: S608
        if not connection.exec_driver_sql(known).scalar():
            raise DestinationError(
                "the server is too old: it takes MySQL 8.0.17, or MariaDB 10.2.2, or newer"
            )
        try:
            connection.exec_driver_sql("CREATE TEMPORARY TABLE ecore_check (n INT)")
        except sa.exc.DBAPIError as error:
            if error.orig is None or error.orig.args[0] not in _NOT_GRANTED:
                raise
            raise DestinationError(
                "the user may not make temporary tables: grant it CREATE TEMPORARY TABLES on the database, "
                "and what else the page on database rights lists"
            ) from error
        connection.exec_driver_sql("DROP TEMPORARY TABLE ecore_check")

    def begin_write(self, connection: sa.Connection) -> None:
        """Writers take turns, even those that hold no lock between their transactions.

        The lock comes first: what the transaction sees is as of its first look at a table.
        """
        _take_lock(connection, "transaction", None, LOCK_TIMEOUT_S)

    @contextmanager
    def lock(self, engine: sa.Engine, schema_name: str | None, timeout_s: float) -> Iterator[IsHeld]:
        """Hold a named lock on a connection of its own; gives what tells whether it is held still."""
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            name = _take_lock(connection, "writer", schema_name, timeout_s)
            # What a writer that lost its lock had begun by then ends before anything is read.
            in_flight = _take_lock(connection, "transaction", None, max(timeout_s, LOCK_TIMEOUT_S))
            connection.execute(sa.select(sa.func.release_lock(in_flight)))
            holder = connection.scalar(sa.select(sa.func.is_used_lock(name)))
            yield lambda other: bool(other.scalar(sa.select(sa.func.is_used_lock(name))) == holder)

    def load(self, connection: sa.Connection, target: sa.Table, rows: pa.Table) -> Mapping[str, int]:
        """Insert rows by statements of many."""
        insert(connection, target, rows)
        return {}

    def drop_stage(self, connection: sa.Connection, stage: sa.Table) -> None:
        """``DROP TABLE`` would commit."""
        name = connection.dialect.identifier_preparer.format_table(stage)
        connection.exec_driver_sql(f"DROP TEMPORARY TABLE {name}")

    def explain(self, error: BaseException) -> DriverError:
        """By the error's number; the message may quote a row, so it is never shown."""
        number = error.args[0] if error.args and isinstance(error.args[0], int) else None
        condition = type(error).__name__ if number is None else f"{type(error).__name__} {number}"
        if number in _TRANSIENT:
            reason = f"it is down or busy, {_TRANSIENT[number]} ({condition}): try again later"
            return DriverError(DestinationBusyError, reason)
        return DriverError(DestinationError, f"{_REASONS.get(number or -1, 'it failed')} ({condition})")


def _connect(dialect: Any, _: object, arguments: list[Any], options: dict[str, Any]) -> Any:
    """Connect, and say what to do about that which pymysql does not count among its errors.

    A password goes as UTF-8, as from other clients; pymysql would encode it as Latin-1.
    """
    password = options.get("password", "").encode()
    try:
        return dialect.connect(*arguments, **{**options, "password": password})
    except RuntimeError as error:
        raise SettingsError(
            "pymysql lacks what the server's way of logging in needs: pip install 'pymysql[rsa,ed25519]', "
            "or connect over TLS"
        ) from without_frames(error)
    except (TypeError, ValueError, OSError) as error:
        raise SettingsError(
            "pymysql cannot use the options that follow the ? in the URL: check them"
        ) from without_frames(error)


def _take_lock(connection: sa.Connection, purpose: str, schema_name: str | None, timeout_s: float) -> str:
    """The name of the lock, which ends with the session."""
    database = schema_name or connection.scalar(sa.select(sa.func.database()))
    name = f"ecore-export {purpose} {blake2b(str(database).encode(), digest_size=16).hexdigest()}"
    if not connection.scalar(sa.select(sa.func.get_lock(name, timeout_s))):
        raise DestinationBusyError(
            "another export is writing to this database: wait for it to end, then try again"
        )
    return name
