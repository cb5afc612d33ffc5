"""MySQL and MariaDB: sessions set to strict and UTC, named locks, bulk inserts.

In: an SQLAlchemy URL. Out: `MYSQL`, the `Dialect` that `sql` uses for ``mysql://`` and ``mariadb://`` URLs,
with pymysql as the driver.

- An instant is a DATETIME(6) in UTC, without a zone; TIMESTAMP would end in 2038.
- ``DROP TABLE`` commits, ``DROP TEMPORARY TABLE`` does not; so do ``ANALYZE TABLE`` and most of DDL.
- Locks are the server's, so their names hold the database's; a session that ends gives them back.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from ...errors import DestinationBusyError, DestinationError, SettingsError
from ...settings import without_frames
from .dialect import Dialect, IsHeld
from .mysql_faults import NOT_GRANTED, explain
from .mysql_insert import load

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


def _open_engine(url: sa.URL) -> sa.Engine:
    if url.drivername not in _DRIVERS:
        raise SettingsError("MySQL and MariaDB are written through pymysql: write mysql+pymysql://…")
    if not url.database:
        raise SettingsError("the URL names no database: write mysql+pymysql://USER:PASSWORD@HOST/DATABASE")
    engine = sa.create_engine(
        url.set(drivername="mysql+pymysql"),
        connect_args={"charset": "utf8mb4", "init_command": _SESSION},
        isolation_level="REPEATABLE READ",
        poolclass=sa.NullPool,
        hide_parameters=True,
    )
    sa.event.listen(engine, "do_connect", _connect)
    return engine


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


def _begin_write(connection: sa.Connection) -> None:
    """Writers take turns, even those that hold no lock between their transactions.

    The lock comes first: what the transaction sees is as of its first look at a table.
    """
    _take_lock(connection, "transaction", None, LOCK_TIMEOUT_S)


@contextmanager
def _lock(engine: sa.Engine, schema_name: str | None, timeout_s: float) -> Iterator[IsHeld]:
    """Hold a named lock on a connection of its own; gives what tells whether it is held still."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = _take_lock(connection, "writer", schema_name, timeout_s)
        # What a writer that lost its lock had begun by then ends before anything is read.
        in_flight = _take_lock(connection, "transaction", None, max(timeout_s, LOCK_TIMEOUT_S))
        connection.execute(sa.select(sa.func.release_lock(in_flight)))
        holder = connection.scalar(sa.select(sa.func.is_used_lock(name)))
        yield lambda other: bool(other.scalar(sa.select(sa.func.is_used_lock(name))) == holder)


def _take_lock(connection: sa.Connection, purpose: str, schema_name: str | None, timeout_s: float) -> str:
    """The name of the lock, which ends with the session."""
    database = schema_name or connection.scalar(sa.select(sa.func.database()))
    name = f"ecore-export {purpose} {blake2b(str(database).encode(), digest_size=16).hexdigest()}"
    if not connection.scalar(sa.select(sa.func.get_lock(name, timeout_s))):
        raise DestinationBusyError(
            "another export is writing to this database: wait for it to end, then try again"
        )
    return name


def _check_writable(connection: sa.Connection, _: str | None) -> None:
    """Whether the server is recent enough, and the user may stage rows."""
    known = f"SELECT COUNT(*) FROM information_schema.collations WHERE collation_name IN {_COLLATIONS}"  # noqa: S608
    if not connection.exec_driver_sql(known).scalar():
        raise DestinationError("the server is too old: it takes MySQL 8.0.17, or MariaDB 10.2.2, or newer")
    try:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE ecore_check (n INT)")
    except sa.exc.DBAPIError as error:
        if error.orig is None or error.orig.args[0] not in NOT_GRANTED:
            raise
        raise DestinationError(
            "the user may not make temporary tables: grant it CREATE TEMPORARY TABLES on the database, and "
            "what else the page on database rights lists"
        ) from error
    connection.exec_driver_sql("DROP TEMPORARY TABLE ecore_check")


def _drop_stage(connection: sa.Connection, stage: sa.Table) -> None:
    name = connection.dialect.identifier_preparer.format_table(stage)
    connection.exec_driver_sql(f"DROP TEMPORARY TABLE {name}")


MYSQL = Dialect(
    open_engine=_open_engine,
    check_writable=_check_writable,
    begin_write=_begin_write,
    load=load,
    drop_stage=_drop_stage,
    lock=_lock,
    explain=explain,
    explain_connect=explain,
    can_stage=True,
)
"""How MySQL and MariaDB do it."""
