"""PostgreSQL: binary COPY, advisory locks, errors told apart by SQLSTATE.

In: an SQLAlchemy URL, Arrow tables. Out: `POSTGRESQL`, the `Dialect` that `sql` uses for ``postgresql://``
URLs, with psycopg as the driver.

The character NUL cannot be stored by PostgreSQL: it becomes U+FFFD, and is counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa

from ..errors import DestinationBusyError, DestinationError, SettingsError
from .sql_dialect import Dialect, Fault
from .sql_postgresql_copy import holds, load

CONNECT_TIMEOUT_S = 15
LOCK_TIMEOUT_S = 60
LOCK_POLL_S = 0.2

_REASONS = {
    "28": "it refused the user or the password: check the URL",
    "3D": "the database does not exist: create it, or check the URL",
    "3F": "the schema does not exist: create it, or check --schema",
    "42501": "the user may not do this: grant it CREATE on the schema, and reading and writing in it",
    "25006": "it is read-only: choose the primary server",
    "53100": "its disk is full: free some space, then run the same again; what was published stays",
}
_TRANSIENT = ("08", "40", "53200", "53300", "53400", "55P03", "57P")


def _open_engine(url: sa.URL) -> sa.Engine:
    if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
        raise SettingsError("PostgreSQL is written through psycopg: write the URL as postgresql+psycopg://…")
    arguments = {} if "connect_timeout" in url.query else {"connect_timeout": CONNECT_TIMEOUT_S}
    url = url.set(drivername="postgresql+psycopg")
    return sa.create_engine(url, connect_args=arguments, poolclass=sa.NullPool, hide_parameters=True)


def _begin_read(connection: sa.Connection) -> None:
    """In UTC, because Python cannot hold the year 9999 in zones east of it, nor the year 1 west of it."""
    connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")


def _begin_write(connection: sa.Connection) -> None:
    """Writers take turns, even those that hold no lock between their transactions."""
    _begin_read(connection)
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
    key = _lock_key(connection, "transaction")
    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


@contextmanager
def _without_nested_loops(connection: sa.Connection) -> Iterator[None]:
    """Before the first ANALYZE, the planner takes a big job for 20 rows and compares each with each: a minute
    for a job of a million."""
    connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
    yield
    connection.exec_driver_sql("SET LOCAL enable_nestloop TO DEFAULT")


@contextmanager
def _by_index(connection: sa.Connection) -> Iterator[None]:
    """Before the first ANALYZE, the planner reads the whole table for 2,000 staged rows: four times for each
    commit of a first listing, which took 193 seconds with a million jobs, and takes 74 so."""
    others = ("seqscan", "hashjoin", "mergejoin")
    connection.exec_driver_sql("; ".join(f"SET LOCAL enable_{other} = off" for other in others))
    yield
    connection.exec_driver_sql("; ".join(f"SET LOCAL enable_{other} TO DEFAULT" for other in others))


@contextmanager
def _lock(engine: sa.Engine, schema_name: str | None, timeout_s: float) -> Iterator[None]:
    """Hold a session's advisory lock on a connection of its own; a session that dies gives it back."""
    deadline = time.monotonic() + timeout_s
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        key = _lock_key(connection, "writer", schema_name)
        while not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise DestinationBusyError(
                    "another export is writing to this database: wait for it to end, then try again"
                )
            time.sleep(min(LOCK_POLL_S, left_s))
        yield


def _lock_key(connection: sa.Connection, purpose: str, schema_name: str | None = None) -> int:
    """A number for the lock; locks are the database's own, so only the schema tells destinations apart."""
    schema_name = schema_name or connection.scalar(sa.select(sa.func.current_schema()))
    digest = blake2b(f"ecore-export {purpose} {schema_name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _check_writable(connection: sa.Connection, schema_name: str | None) -> None:
    """Whether the user may create tables, or a missing schema for them."""
    name = schema_name or connection.scalar(sa.select(sa.func.current_schema()))
    if name is None:
        raise DestinationError("the user has no schema to write to: choose one with --schema")
    if sa.inspect(connection).has_schema(name):
        may = sa.func.has_schema_privilege(name, "CREATE")
    else:
        may = sa.func.has_database_privilege(sa.func.current_database(), "CREATE")
    if not connection.scalar(sa.select(may)):
        raise DestinationError(f"the user may not create tables in the schema {name}: grant it CREATE")


def _explain(error: BaseException, _: sa.Engine) -> Fault:
    code = getattr(error, "sqlstate", None)
    condition = f"{type(error).__name__}, SQLSTATE {code}" if code else type(error).__name__
    is_transient = code.startswith(_TRANSIENT) if code else isinstance(error, _operational_error())
    if is_transient:
        return Fault(DestinationBusyError, f"it is down or busy ({condition}): try again later")
    reason = next((text for start, text in _REASONS.items() if (code or "").startswith(start)), "it failed")
    return Fault(DestinationError, f"{reason} ({condition})")


def _explain_connect(error: BaseException, engine: sa.Engine) -> Fault:
    """A failed connection has no SQLSTATE (libpq gives none): whether a server answers tells the rest."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import PGconn, Ping

    if isinstance(error, _operational_error()) and getattr(error, "sqlstate", None) is None:
        _, options = engine.dialect.create_connect_args(engine.url)
        known: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S}
        known |= {name: value for name, value in options.items() if isinstance(value, str | int)}
        try:
            conninfo = make_conninfo(**known)
        except ProgrammingError:
            return Fault(DestinationError, "it knows no such option: check what follows the ? in the URL")
        if PGconn.ping(conninfo.encode()) == Ping.OK:
            return Fault(
                DestinationError,
                "it is up, but refused the connection: check user, password and database in the URL",
            )
    return _explain(error, engine)


def _operational_error() -> type[Exception]:
    from psycopg import OperationalError

    return OperationalError


POSTGRESQL = Dialect(
    open_engine=_open_engine,
    check_writable=_check_writable,
    begin_read=_begin_read,
    begin_write=_begin_write,
    load=load,
    holds_records=holds,
    comparing=_without_nested_loops,
    looking_up=_by_index,
    alteration="NUL replaced by U+FFFD",
    lock=_lock,
    explain=_explain,
    explain_connect=_explain_connect,
    can_stage=True,
)
"""How PostgreSQL does it."""
