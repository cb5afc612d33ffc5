"""PostgreSQL: binary COPY, advisory locks, errors told apart by SQLSTATE.

In: an SQLAlchemy URL, Arrow tables. Out: `PostgreSQL`, the `Dialect` of ``postgresql://`` URLs, by way
of psycopg.

The character NUL cannot be stored by PostgreSQL: it becomes U+FFFD, and is counted.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from ... import schema
from ...errors import DestinationBusyError, DestinationError, SettingsError
from ...views import View
from .. import Publication
from .dialect import Batches, Dialect, DriverError, IsHeld, bare_name, literal
from .postgresql_copy import copy_in, copy_out, holds_records

CONNECT_TIMEOUT_S, LOCK_TIMEOUT_S, LOCK_POLL_S = 15, 60, 0.2

_ARGUMENTS: dict[str, Any] = {
    "client_encoding": "utf8",
    "prepare_threshold": None,
    "keepalives_idle": 60,
    "keepalives_interval": 10,
}
"""Rows go as UTF-8, whatever the environment or the database says. Nothing is prepared on the server: a
pooler would give the next transaction another session. What lies between shall not forget the quiet
connection that holds the lock."""

_PINNED = {
    "TimeZone": "UTC",  # Python cannot hold the year 9999 in zones east of it, nor the year 1 west of it
    "DateStyle": "ISO, YMD",
    "IntervalStyle": "postgres",
    "extra_float_digits": "1",  # floats as text that reads back as the same float
    "bytea_output": "hex",
    "standard_conforming_strings": "on",
    "idle_in_transaction_session_timeout": "0",  # the lock is a transaction
    "transaction_timeout": "0",
}
"""What a database or a role may have set otherwise, and the value that is relied on."""

_REASONS = {
    "28": "it refused the user or the password: check the URL",
    "3D": "the database does not exist: create it, or check the URL",
    "3F": "the schema does not exist: create it, or check --schema",
    "42501": "the user may not do this: grant it what the page on database rights lists",
    "22P05": "the database cannot hold a character: create it with ENCODING 'UTF8'",
    "25006": "it is read-only: choose the primary server, and a user without default_transaction_read_only",
    "53100": "its disk is full: free some space, then run the same again; what was published stays",
    "57014": "it broke a statement off: raise statement_timeout for this user (ALTER ROLE … SET)",
}
_TRANSIENT = ("08", "40", "53200", "53300", "53400", "25P03", "25P04", "55P03", "57P")
_WRONG_OPTION = DriverError(
    DestinationError,
    "the driver knows no such option, or no such value of it: check what follows the ? in the URL",
)
_NOWHERE = {"host": "/", "hostaddr": "", "port": 1}
_WRONG_COLUMNS, _HAS_DEPENDENTS = "42P16", "2BP01"
"""The new view cannot take the place of the old one; other views are built on it."""
_NEEDS_TLS = ("require", "verify-ca", "verify-full")


class PostgreSQL(Dialect):
    """A database, or a schema in it."""

    extra = "postgresql"
    key_text = sa.Text()
    has_partial_indexes = has_patterns = can_stage = True
    by_bytes = "C"
    alteration = "NUL replaced by U+FFFD"

    def open_engine(self, url: sa.URL) -> sa.Engine:
        """Through psycopg, with pinned options of the connection."""
        if url.drivername not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise SettingsError(
                "PostgreSQL is written through psycopg: write the URL as postgresql+psycopg://…"
            )
        arguments = {"connect_timeout": CONNECT_TIMEOUT_S} | _ARGUMENTS
        kept = {name: value for name, value in arguments.items() if name not in url.query}
        return sa.create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args=kept | {"client_encoding": "utf8"},
            isolation_level="READ COMMITTED",  # what a writer sees is as of after its lock, not before
            poolclass=sa.NullPool,
            hide_parameters=True,
        )

    def check_writable(self, connection: sa.Connection, schema_name: str | None) -> None:
        """Whether it can hold every address, and the user may stage rows and create what is missing."""
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar_one()
        if encoding != "UTF8":
            raise DestinationError(
                f"the database's encoding is {encoding}, which cannot hold every address: "
                "create one with ENCODING 'UTF8' TEMPLATE template0"
            )
        name = schema_name or connection.scalar(sa.select(sa.func.current_schema()))
        if name is None:
            raise DestinationError("the user has no schema to write to: choose one with --schema")
        database = sa.func.current_database()
        inspector = sa.inspect(connection)
        may: sa.ColumnElement[bool]
        if not inspector.has_schema(name):
            may = sa.func.has_database_privilege(database, "CREATE")
        elif all(inspector.has_table(table.name, schema=schema_name) for table in schema.ALL_TABLES):
            may = sa.true()
        else:
            may = sa.func.has_schema_privilege(name, "CREATE")
        if not connection.scalar(sa.select(may)):
            raise DestinationError(f"the user may not create tables in the schema {name}: grant it CREATE")
        if not connection.scalar(sa.select(sa.func.has_database_privilege(database, "TEMPORARY"))):
            raise DestinationError(
                "the user may not make temporary tables: grant it TEMPORARY on the database"
            )

    def begin_read(self, connection: sa.Connection) -> None:
        """Pin settings for this transaction: those of a session a pooler would hand on to somebody else."""
        values = ", ".join(f"('{name}', '{value}')" for name, value in _PINNED.items())
        connection.exec_driver_sql(
            f"SELECT set_config(pinned.name, value, true) FROM (VALUES {values}) AS pinned (name, value) "  # noqa: S608
            "JOIN pg_settings ON lower(pg_settings.name) = lower(pinned.name)"
        )

    def begin_write(self, connection: sa.Connection) -> None:
        """Writers take turns, even those that hold no lock between their transactions."""
        self.begin_read(connection)
        connection.exec_driver_sql(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT_S}s'")
        key = _lock_key(connection, "transaction")
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))

    def fetch_view(self, connection: sa.Connection, query: sa.Select[Any], view: View) -> Batches:
        """By COPY, which makes no objects of Python."""
        return copy_out(connection, query, view.arrow)

    @contextmanager
    def lock(self, engine: sa.Engine, schema_name: str | None, timeout_s: float) -> Iterator[IsHeld]:
        """Hold an advisory lock in an open transaction that sees nothing, so it keeps no vacuum waiting.

        A session's lock would stay behind with the pooler's session. A session that dies gives it back. Gives
        what tells, asked through any other connection, whether it is held still.
        """
        deadline = time.monotonic() + timeout_s
        with engine.connect() as connection:
            with connection.begin():
                key = _lock_key(connection, "writer", schema_name)
                in_flight = _lock_key(connection, "transaction")
            with connection.begin():
                self.begin_read(connection)
                _take(connection, key, deadline)
                with connection.begin_nested() as until_now:
                    # What a writer that lost its lock had begun by then ends before anything is read.
                    _take(connection, in_flight, max(deadline, time.monotonic() + LOCK_TIMEOUT_S))
                    until_now.rollback()
                holder = connection.scalar(sa.select(sa.func.pg_backend_pid()))
                yield lambda other: bool(other.scalar(_HELD, {"pid": holder, "key": key}))

    def load(self, connection: sa.Connection, target: sa.Table, rows: pa.Table) -> Mapping[str, int]:
        """COPY rows in."""
        return copy_in(connection, target, rows)

    def holds_records(
        self, connection: sa.Connection, target: sa.Table, publication: Publication, columns: Sequence[str]
    ) -> bool:
        """COPY rows out, and compare their bytes."""
        return holds_records(connection, target, publication, columns)

    @contextmanager
    def comparing(self, connection: sa.Connection) -> Iterator[None]:
        """Before the first ANALYZE, the planner takes a big job for 20 rows and compares each with each: a
        minute for a job of a million."""
        connection.exec_driver_sql("SET LOCAL enable_nestloop = off")
        yield
        connection.exec_driver_sql("SET LOCAL enable_nestloop TO DEFAULT")

    @contextmanager
    def looking_up(self, connection: sa.Connection) -> Iterator[None]:
        """Before the first ANALYZE, the planner reads the whole table for 2,000 staged rows: four times for
        each commit of a first listing, which took 193 seconds with a million jobs, and takes 74 so."""
        others = ("seqscan", "hashjoin", "mergejoin")
        connection.exec_driver_sql("; ".join(f"SET LOCAL enable_{other} = off" for other in others))
        yield
        connection.exec_driver_sql("; ".join(f"SET LOCAL enable_{other} TO DEFAULT" for other in others))

    def replace_view(self, connection: sa.Connection, view: sa.TableClause, text: str) -> None:
        """PostgreSQL alone binds views to the columns of those they are built on.

        Raises `DestinationError` where there are such views, and more changed than new columns at the end.
        """
        try:
            with connection.begin_nested():
                super().replace_view(connection, view, text)
        except sa.exc.DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _WRONG_COLUMNS:
                raise
            _drop_view(connection, view)
            super().replace_view(connection, view, text)

    def explain(self, error: BaseException) -> DriverError:
        """By SQLSTATE; a failed connection has none."""
        code = getattr(error, "sqlstate", None)
        condition = f"{type(error).__name__}, SQLSTATE {code}" if code else type(error).__name__
        is_transient = code.startswith(_TRANSIENT) if code else isinstance(error, _operational_error())
        if is_transient:
            return DriverError(DestinationBusyError, f"it is down or busy ({condition}): try again later")
        reason = next(
            (text for start, text in _REASONS.items() if (code or "").startswith(start)), "it failed"
        )
        return DriverError(DestinationError, f"{reason} ({condition})")

    def explain_connect(self, error: BaseException, engine: sa.Engine) -> DriverError:
        """A failed connection has no SQLSTATE (libpq gives none): whether a server answers tells the rest."""
        from psycopg import ProgrammingError

        if isinstance(error, ProgrammingError) and getattr(error, "sqlstate", None) is None:
            return _WRONG_OPTION
        if isinstance(error, _operational_error()) and getattr(error, "sqlstate", None) is None:
            _, options = engine.dialect.create_connect_args(engine.url)
            known: dict[str, Any] = {"connect_timeout": CONNECT_TIMEOUT_S}
            known |= {name: value for name, value in options.items() if isinstance(value, str | int)}
            known.pop("password", None)  # it shall not go without TLS
            if _ping(known | _NOWHERE) == "NO_ATTEMPT":
                return _WRONG_OPTION
            tls = ", and whether it offers TLS, as sslmode asks" if known.get("sslmode") in _NEEDS_TLS else ""
            if _ping(known | {"sslmode": "disable"}) == "OK":
                return DriverError(
                    DestinationError,
                    "it is up, but refused the connection: check user, password and database in the "
                    f"URL{tls}",
                )
        return self.explain(error)


def _ping(options: dict[str, Any]) -> str:
    """What comes of knocking at a server; ``NO_ATTEMPT`` if libpq does not take an option or its value."""
    from psycopg import ProgrammingError
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import PGconn, Ping

    try:
        return Ping(PGconn.ping(make_conninfo(**options).encode())).name
    except ProgrammingError:
        return Ping.NO_ATTEMPT.name


def _take(connection: sa.Connection, key: int, deadline: float) -> None:
    while not connection.scalar(sa.select(sa.func.pg_try_advisory_xact_lock(key))):
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise DestinationBusyError(
                "another export is writing to this database: wait for it to end, then try again"
            )
        time.sleep(min(LOCK_POLL_S, left_s))


_HELD = sa.text(
    "SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND pid = :pid "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND objsubid = 1 "
    "AND (classid\\:\\:bigint << 32 | objid\\:\\:bigint) = :key)"
)


def _lock_key(connection: sa.Connection, purpose: str, schema_name: str | None = None) -> int:
    """A number for the lock; locks are the database's own, so only the schema tells destinations apart.

    Without a name it is the schema whose tables this user sees, whatever else is on its search_path.
    """
    where = sa.text(
        "SELECT coalesce((SELECT nspname FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        "WHERE pg_class.oid = to_regclass(:table)), current_schema())"
    )
    schema_name = schema_name or connection.scalar(where, {"table": schema.META.name})
    digest = blake2b(f"ecore-export {purpose} {schema_name}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


def _drop_view(connection: sa.Connection, view: sa.TableClause) -> None:
    name = bare_name(view, connection.dialect)
    try:
        connection.execute(literal(f"DROP VIEW IF EXISTS {name}"))
    except sa.exc.DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _HAS_DEPENDENTS:
            raise
        raise DestinationError(
            f"other views are built on {name}, whose columns changed: drop those, sync, and create them again"
        ) from error


def _operational_error() -> type[Exception]:
    from psycopg import OperationalError

    return OperationalError
