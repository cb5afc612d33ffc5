"""The DuckDB destination: one file, opened only while it is read or written.

In: `Publication`s. Out: the tables of the fixed schema, instants as TIMESTAMPTZ.

DuckDB's file locks out other processes, so it is opened for each call, and others are waited for. It goes
by way of DuckDB's own module and Arrow: the SQLAlchemy dialect is behind DuckDB 2, and slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from ... import schema
from ...errors import DestinationBusyError, DestinationError, DestinationVersionError, SettingsError
from ...times import Moment
from ...views import IN_DUCKDB, check_period, find_view, period_of, shaped
from ..atomic_files import replace_file, writing
from ..contract import RECORD_SPANS, JobState, Publication
from ..database_file import DatabaseFile, only_ours
from ..erasure import TEXTS, Erased, Erasure
from ..view_plan import TZ_ENTRY, chosen_tz, plan_views
from . import views as duckdb_views
from .connection import create, opened
from .erasure import is_open_here, rows_losing
from .publish import merge, publish
from .tables import (
    AMONG_IDS,
    IN_STATE,
    RECORD_SPANS_SQL,
    add_column,
    count_of_account,
    create_statements,
    delete_of_account,
    select,
)

if TYPE_CHECKING:
    import duckdb

__all__ = ["DuckDBDestination", "create_statements"]

FETCH_ROWS = 20_000

_VERSION_ENTRY = "schema_version"


class DuckDBDestination:
    """Tables in a DuckDB file; fulfils `Destination`. ``url``: ``duckdb:///FILE``.

    With ``?storage_version=v1.2.0`` a new file can be opened by DuckDB 1.2.0 and later; without, only by
    versions as new as the one that makes it. A file that is there keeps its version.

    ``wait_s``: how long to wait for other programs that have the file open, in seconds. ``notes`` stays
    empty: DuckDB stores every value as it is.
    """

    def __init__(self, url: str, *, wait_s: float = 30.0) -> None:
        self.url = url
        self.notes: list[str] = []
        self._file, self._storage_version = _file_of(url)
        self._wait_s = wait_s

    def schema_version(self) -> int | None:
        """The schema version of the file; None if there is none. Changes nothing."""
        if not self._file.exists():
            return None
        with self._opened() as connection:
            return _read_version(connection)

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be written; changes nothing."""
        self._file.check_writable()

    def ensure_schema(self) -> None:
        """Create the tables that are missing, add the columns an older version lacks; refuse a newer one."""
        self.check_writable()
        self._refuse_newer(self.schema_version())
        if not self._file.exists():
            with self._errors():
                create(_driver(), self._file, self._storage_version)
        with self._writing() as connection:
            version = _read_version(connection)  # somebody else may have been quicker
            self._refuse_newer(version)
            for table in schema.ALL_TABLES:
                missing = _missing_columns(connection, table)
                if missing and version is None:
                    raise DestinationError(
                        f"{self.url} has a table {table.name} already that ecore-export did not make: "
                        "choose another file"
                    )
                for column in missing:
                    connection.execute(add_column(table, column))
            for statement in create_statements():
                connection.execute(statement)
            _merge_meta(connection, {_VERSION_ENTRY: str(schema.SCHEMA_VERSION)})

    def lock(self, timeout_s: float) -> AbstractContextManager[None]:
        """Be the only writer."""
        return self._file.lock(timeout_s)

    def read_jobs(
        self,
        account: str,
        *,
        job_ids: Sequence[int] | None = None,
        state: JobState = "all",
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Rows of `schema.JOBS`, ordered by job_id."""
        names = schema.JOBS.names if columns is None else tuple(columns)
        return self._fetch(schema.JOBS, _by_job("job_id", account, job_ids, IN_STATE[state]), names)

    def count_jobs(self, account: str) -> int:
        """How many known jobs are not deleted."""
        query = Query("account = ? AND deleted_at IS NULL", [account], "job_id")
        return self._fetch(schema.JOBS, query, ("job_id",)).num_rows

    def read_records(
        self, account: str, *, job_ids: Sequence[int] | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of `schema.RECORDS` in batches, ordered by (job_id, record_id); holds the file meanwhile."""
        return self._stream(schema.RECORDS, _by_job("job_id, record_id", account, job_ids), columns)

    def read_record_spans(self, account: str) -> pa.Table:
        """Between which record ids each job's lie: reads two columns."""
        return pa.Table.from_batches(self._batches(RECORD_SPANS_SQL, [account], RECORD_SPANS), RECORD_SPANS)

    def read_history(self, account: str, *, job_ids: Sequence[int] | None = None) -> pa.Table:
        """Rows of `schema.JOB_HISTORY`, ordered by (job_id, valid_from)."""
        return self._fetch(schema.JOB_HISTORY, _by_job("job_id, valid_from", account, job_ids))

    def publish(self, publication: Publication) -> None:
        """Make a publication visible, in one transaction."""
        with self._writing() as connection:
            publish(connection, publication)

    def write_run(self, run: pa.Table) -> None:
        """Insert or replace rows of `schema.SYNC_RUNS` by run_id."""
        with self._writing() as connection:
            merge(connection, schema.SYNC_RUNS, run)

    def read_runs(self) -> pa.Table:
        """All rows of `schema.SYNC_RUNS`, oldest first."""
        return self._fetch(schema.SYNC_RUNS, Query("true", [], "started_at, run_id"))

    def write_rejects(self, rejects: pa.Table) -> None:
        """Insert or replace rows of `schema.REJECTS` by key."""
        with self._writing() as connection:
            merge(connection, schema.REJECTS, rejects)

    def read_rejects(self, account: str, *, only_open: bool = True) -> pa.Table:
        """Rows of `schema.REJECTS`, ordered by key."""
        condition = "account = ?" + (" AND resolved_at IS NULL" if only_open else "")
        return self._fetch(schema.REJECTS, Query(condition, [account], ", ".join(schema.REJECTS.key)))

    def read_meta(self) -> dict[str, str]:
        """The entries about the destination itself."""
        entries: list[Any] = self._fetch(schema.META, Query("true", [], "name")).to_pylist()
        return {entry["name"]: entry["value"] for entry in entries}

    def write_meta(self, entries: dict[str, str]) -> None:
        """Insert or replace entries about the destination itself."""
        with self._writing() as connection:
            _merge_meta(connection, entries)

    def read_suppressed(self) -> frozenset[str]:
        """Hashes of erased addresses."""
        rows = self._fetch(schema.SUPPRESSIONS, Query("true", [], "email_hash"), ("email_hash",))
        hashes: list[Any] = rows["email_hash"].to_pylist()
        return frozenset(hashes)

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table, in one transaction, and of the file's unused blocks."""
        if not dry_run:
            self._refuse_open_here()
        with self._opened(for_writing=not dry_run) as connection:
            losing = [(table, rows_losing(connection, table, erasure)) for table, _ in TEXTS]
        if not dry_run:
            with self._writing() as connection:
                merge(connection, schema.SUPPRESSIONS, suppressed)
                for table, rows in losing:
                    merge(connection, table, rows)
            self._rewrite_file()
        return erasure.erased

    def prune_records(self, before: datetime, *, account: str | None = None, dry_run: bool = False) -> int:
        """Remove the records of jobs created earlier, and from the file's unused blocks."""
        condition, parameters = "job_created_at < $1 AND account = coalesce($2, account)", [before, account]
        if dry_run:
            with self._opened() as connection:
                query = f"SELECT count(*) FROM records WHERE {condition}"  # noqa: S608 - it is above
                return int(connection.execute(query, parameters).fetchall()[0][0])
        self._refuse_open_here()
        with self._writing() as connection:
            statement = f"DELETE FROM records WHERE {condition}"  # noqa: S608 - it is above
            removed = int(connection.execute(statement, parameters).fetchall()[0][0])
        self._rewrite_file()
        return removed

    def forget(self, account: str, *, dry_run: bool = False) -> dict[str, int]:
        """Remove every row of an account, in one transaction, and from the file's unused blocks."""
        found = {}
        with self._writing() as connection:
            for table in schema.DATA_TABLES:
                query = count_of_account(table) if dry_run else delete_of_account(table)
                found[table.name] = int(connection.execute(query, [account]).fetchall()[0][0])
        if not dry_run:
            self._rewrite_file()
        return found

    def ensure_views(self, tz: str | None = None) -> None:
        """Create the views that are missing, replace those whose definition changed."""
        entries = self.read_meta()
        plan = plan_views(IN_DUCKDB, entries, tz)
        with self._opened() as connection:
            stale = plan.stale(entries, duckdb_views.present_views(connection))
            plan.claims(entries, stale, duckdb_views.taken_names(connection, stale))
        if stale or entries.get(TZ_ENTRY) != plan.tz:
            with self._writing() as connection:
                for name in stale:
                    duckdb_views.replace_view(connection, name, plan.texts[name])
                _merge_meta(connection, plan.entries(stale))

    def read_view(
        self,
        name: str,
        *,
        tz: str | None = None,
        account: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> pa.Table:
        """Rows of a view, computed by DuckDB from its definition, created or not."""
        view = find_view(name)
        tz = chosen_tz(self.read_meta(), tz)
        period = period_of(since, until, tz)
        check_period(view, period)
        text, parameters = duckdb_views.select_view(view, tz, account, period)
        batches = self._batches(text, parameters, view.frame_arrow)
        return shaped(view, pa.Table.from_batches(batches, view.frame_arrow))

    def close(self) -> None:
        """Nothing is held open between calls."""

    def _fetch(self, table: schema.Table, query: Query, names: Sequence[str] | None = None) -> pa.Table:
        arrow = _arrow_of(table, names)
        return pa.Table.from_batches(self._stream(table, query, names), arrow)

    def _stream(
        self, table: schema.Table, query: Query, names: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """The rows of a query, `FETCH_ROWS` at a time; cast, as a session's time zone shows in the type."""
        arrow = _arrow_of(table, names)
        text = select(table, arrow.names, query.condition, query.order)
        return self._batches(text, query.parameters, arrow)

    def _batches(self, text: str, parameters: list[Any], arrow: pa.Schema) -> Iterator[pa.RecordBatch]:
        if not self._file.exists():
            return
        with self._opened() as connection:
            if _read_version(connection) is None:
                return
            with connection.sql(text, params=parameters).to_arrow_reader(FETCH_ROWS) as reader:
                for batch in reader:
                    yield batch.cast(arrow)

    def _refuse_open_here(self) -> None:
        """Raise `DestinationBusyError` if this process has the file open: it would keep the old one."""
        if is_open_here(_driver(), self._file):
            raise DestinationBusyError(
                f"{self.url} is open in this very process, which would go on with the old file: close that "
                "connection, then try again"
            )

    def _rewrite_file(self) -> None:
        """Copy what is there to a new file in place of this one: deleted values stay in unused blocks."""
        fresh = self._file.fresh_path
        with writing(fresh):
            fresh.unlink(missing_ok=True)
            with self._opened(for_writing=True) as connection, only_ours():
                quoted = str(fresh).replace("'", "''")
                connection.execute(f"ATTACH '{quoted}' AS fresh{_same_version(connection)}")
                ((name,),) = connection.execute("SELECT current_database()").fetchall()
                connection.execute(f'COPY FROM DATABASE "{name.replace(chr(34), chr(34) * 2)}" TO fresh')
                connection.execute("DETACH fresh")
            self._refuse_open_here()
            replace_file(fresh, self._file.path)

    @contextmanager
    def _writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file opened for one transaction. Its journal appears with the commit."""
        self._file.check_writable()
        with self._opened(for_writing=True) as connection:
            connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            try:
                with only_ours():
                    connection.commit()
            except _driver().TransactionException as error:  # no conflict: those come with a statement
                raise self._unwritten() from error

    @contextmanager
    def _opened(self, *, for_writing: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file opened; what DuckDB says of it in this package's words, without any data."""
        with (
            self._errors(),
            opened(_driver(), self._file, self._wait_s, for_writing=for_writing) as connection,
        ):
            yield connection

    @contextmanager
    def _errors(self) -> Iterator[None]:
        driver = _driver()
        try:
            yield
        except driver.IOException as error:
            raise self._unwritten() from error
        except (driver.DataError, driver.IntegrityError) as error:
            raise self._translated(error) from None  # it may quote a value
        except driver.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> DestinationError:
        kind = DestinationError
        if isinstance(error, _driver().TransactionException):
            kind = DestinationBusyError
        return kind(f"{self.url}: DuckDB failed ({type(error).__name__}); what was published before stays")

    def _unwritten(self) -> DestinationError:
        return DestinationError(
            f"{self.url} cannot be read or written, its disk may be full: free some space, then run the same "
            "again; what was published before stays"
        )

    def _refuse_newer(self, version: int | None) -> None:
        if version is not None and version > schema.SCHEMA_VERSION:
            raise DestinationVersionError(
                f"{self.url} has schema version {version}, this ecore-export knows {schema.SCHEMA_VERSION}: "
                "upgrade ecore-export; nothing was changed"
            )


@dataclass(frozen=True, slots=True)
class Query:
    """Which rows of a table, in which order."""

    condition: str
    parameters: list[Any]
    order: str


def _by_job(order: str, account: str, job_ids: Sequence[int] | None, condition: str = "true") -> Query:
    if job_ids is None:
        return Query(f"account = ? AND {condition}", [account], order)
    return Query(f"account = ? AND {condition} AND {AMONG_IDS}", [account, list(job_ids)], order)


def _arrow_of(table: schema.Table, names: Sequence[str] | None) -> pa.Schema:
    return table.arrow if names is None else pa.schema([table.arrow.field(name) for name in names])


def _read_version(connection: duckdb.DuckDBPyConnection) -> int | None:
    if not _column_names(connection, schema.META):
        return None
    text = select(schema.META, ["value"], "name = ?", "name")
    rows = connection.execute(text, [_VERSION_ENTRY]).fetchall()
    return int(rows[0][0]) if rows else None


def _column_names(connection: duckdb.DuckDBPyConnection, table: schema.Table) -> set[str]:
    """Names of the columns that a table has in the file; none if it does not exist."""
    query = (
        "SELECT column_name FROM duckdb_columns() WHERE table_name = ? AND database_name = current_database()"
    )
    return {name for (name,) in connection.execute(query, [table.name]).fetchall()}


def _missing_columns(connection: duckdb.DuckDBPyConnection, table: schema.Table) -> list[schema.Column]:
    """Columns that a table lacks; none if it does not exist."""
    names = _column_names(connection, table)
    return [column for column in table.columns if names and column.name not in names]


def _merge_meta(connection: duckdb.DuckDBPyConnection, entries: dict[str, str]) -> None:
    columns = {"name": list(entries), "value": list(entries.values())}
    merge(connection, schema.META, pa.table(columns, schema=schema.META.arrow))


def _driver() -> ModuleType:
    import duckdb  # takes a while, and most runs need none of it

    return duckdb


def _same_version(connection: duckdb.DuckDBPyConnection) -> str:
    """The option of ATTACH that makes a file for the same versions of DuckDB as the one that is open."""
    found = connection.execute("SELECT * FROM duckdb_databases() WHERE database_name = current_database()")
    names = [column[0] for column in found.description or ()]
    row = dict(zip(names, found.fetchall()[0], strict=True))
    version = {**(row.get("tags") or {}), **(row.get("options") or {})}.get("storage_version", "")
    bare = re.match(r"v[0-9.]+", version)
    return f" (STORAGE_VERSION '{bare[0]}')" if bare else ""


def _file_of(url: str) -> tuple[DatabaseFile, str | None]:
    """The file that a URL names, and the version of DuckDB that it shall be made for, if one is given."""
    place = url.partition(":")[2]
    version = None
    if option := re.fullmatch(r"(.*)\?(\w+)=([^?/]*)", place, re.DOTALL):
        place, name, version = option.groups()
        if name != "storage_version" or not re.fullmatch(r"v\d+\.\d+\.\d+", version):
            raise SettingsError(
                "the only option of a DuckDB destination is the version of DuckDB that shall be able to open "
                "a new file: write duckdb:///FILE?storage_version=v1.2.0"
            )
    if not place.startswith("///") or place == "///:memory:":
        raise SettingsError(
            "a DuckDB destination is a file: write duckdb:///FILE, or duckdb:////ABSOLUTE/FILE"
        )
    return DatabaseFile.at(place.removeprefix("///")), version
