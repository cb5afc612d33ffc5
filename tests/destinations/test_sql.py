"""What is particular to SQL databases; what every destination promises is in the contract suite."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa
from destination_rows import (
    LOCK_S,
    SEEN,
    Job,
    history_row,
    hostile_rows,
    job_row,
    make_job,
    publication,
    publish,
    read_job_rows,
    read_record_rows,
    record_row,
    records_of,
    reject_row,
    replace_nul,
    to_table,
)
from hypothesis import given
from hypothesis import strategies as st

from ecore_export import schema
from ecore_export.destinations import (
    Erasure,
    JobState,
    read_history,
    read_jobs,
    read_meta,
    read_records,
    read_rejects,
    write_meta,
    write_rejects,
)
from ecore_export.destinations.rows import in_chunks, to_iso_text
from ecore_export.destinations.sql.destination import SQLDestination
from ecore_export.destinations.sql.dialect import Dialect
from ecore_export.destinations.sql.postgresql_copy import ENCODED_ROWS
from ecore_export.destinations.sql.publish import StagedWriting
from ecore_export.destinations.sql.sqlite import SQLite
from ecore_export.destinations.sql.url import DIALECTS
from ecore_export.errors import DestinationBusyError, DestinationError, SettingsError

LATER = SEEN + timedelta(hours=1)
EMAIL = "jane.doe@example.com"


@pytest.fixture
def sqlite_path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{request.getfixturevalue('sqlite_path')}"
    return request.getfixturevalue("postgres_url")


@pytest.fixture
def destination(url: str) -> Iterator[SQLDestination]:
    with closing(SQLDestination(url)) as opened:
        opened.ensure_schema()
        yield opened


def run_sql(url: str, *statements: str) -> list[tuple[Any, ...]]:
    """What the last statement gives, run as somebody else would."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.begin() as connection:
        for statement in statements:
            result = connection.execute(sa.text(statement))
        return [tuple(row) for row in result] if result.returns_rows else []


def ask_postgresql(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(query)
        return cursor.fetchall() if cursor.description else []


class TestUrl:
    @pytest.mark.parametrize(
        "url",
        [
            "postgresql://user:hunter2@db.invalid/name",
            "postgresql+psycopg:///name?host=db.invalid&user=user&password=hunter2",
            "postgres://user:hunter2@db.invalid/name?sslpassword=hunter2",
        ],
    )
    def test_no_password_shows_in_it(self, url: str) -> None:
        destination = SQLDestination(url)
        assert "hunter2" not in destination.url
        assert "hunter2" not in repr(destination)
        assert "db.invalid" in destination.url

    def test_one_that_cannot_be_read_is_not_repeated(self) -> None:
        with pytest.raises(SettingsError) as caught:
            SQLDestination("postgresql://user:hunter2@host:no-port/name")
        assert "hunter2" not in str(caught.value)
        assert caught.value.__cause__ is None

    def test_a_missing_driver_is_a_settings_error_that_names_the_extra(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "psycopg", None)
        with pytest.raises(SettingsError, match=r"pip install 'ecore-export\[postgresql\]'"):
            SQLDestination("postgresql://db.invalid/name")

    @pytest.mark.parametrize(
        ("url", "schema_name"),
        [
            ("no-such-database://host/name", None),
            ("postgresql+pg8000://host/name", None),
            ("sqlite:///file:warehouse.db?uri=true", None),
            ("sqlite:///warehouse.db", "analytics"),
        ],
    )
    def test_what_is_not_supported_is_a_settings_error(self, url: str, schema_name: str | None) -> None:
        with pytest.raises(SettingsError):
            SQLDestination(url, schema_name=schema_name)


class TestSqliteFile:
    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        destination = SQLDestination(f"sqlite:///{tmp_path}/missing/warehouse.db")
        for use in (destination.schema_version, destination.ensure_schema, lambda: read_meta(destination)):
            with pytest.raises(DestinationError, match="missing does not exist"):
                use()

    def test_is_for_its_owner_only_and_so_are_the_files_beside_it(self, sqlite_path: Path) -> None:
        before = os.umask(0)
        try:
            with closing(SQLDestination(f"sqlite:///{sqlite_path}")) as destination:
                destination.ensure_schema()
                publish(destination, make_job(1, 2))
                rows = read_records(destination, "default")
                next(rows)
                files = {
                    path.name: stat.S_IMODE(path.stat().st_mode) for path in sqlite_path.parent.iterdir()
                }
                rows.close()
        finally:
            os.umask(before)
        assert set(files.values()) == {0o600}
        assert {"warehouse.db", "warehouse.db-wal", ".warehouse.db.ecore.lock"} <= files.keys()

    def test_another_kind_of_file_is_refused_untouched(self, sqlite_path: Path) -> None:
        sqlite_path.write_bytes(b"not a database, only text of some length " * 50)
        before = sqlite_path.read_bytes()
        destination = SQLDestination(f"sqlite:///{sqlite_path}")
        with pytest.raises(DestinationError, match="SQLITE_NOTADB") as caught:
            destination.ensure_schema()
        assert not caught.value.retryable
        assert sqlite_path.read_bytes() == before

    def test_held_by_another_program_is_busy(self, sqlite_path: Path) -> None:
        with closing(SQLDestination(f"sqlite:///{sqlite_path}?timeout=0.01")) as destination:
            destination.ensure_schema()
            with closing(sqlite3.connect(sqlite_path, isolation_level=None)) as other:
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(DestinationBusyError):
                    publish(destination, make_job(1, 2))

    def test_writing_before_it_is_set_up_creates_nothing(self, sqlite_path: Path) -> None:
        destination = SQLDestination(f"sqlite:///{sqlite_path}")
        with pytest.raises(DestinationError, match="never set up"):
            write_meta(destination, {"pii": "keep"})
        assert not sqlite_path.exists()

    def test_publishing_unchanged_rows_leaves_the_file_as_it_was(self, sqlite_path: Path) -> None:
        with closing(SQLDestination(f"sqlite:///{sqlite_path}")) as destination:
            destination.ensure_schema()
            history = [history_row(job_row(1), SEEN)]
            publish(destination, make_job(1, 3), history=history)
            before = sqlite_path.read_bytes()
            publish(destination, make_job(1, 3, run_id="run-2", checked_at=LATER), history=history)
            assert sqlite_path.read_bytes() == before

    def test_instants_are_text_that_sorts_and_that_sqlite_understands(self, sqlite_path: Path) -> None:
        instants = [datetime(1, 1, 1, tzinfo=UTC), SEEN, SEEN + timedelta(microseconds=1)]
        with closing(SQLDestination(f"sqlite:///{sqlite_path}")) as destination:
            destination.ensure_schema()
            publish(destination, *(Job(job_row(n, created_at=at)) for n, at in enumerate(instants)))
        found = run_sql(
            f"sqlite:///{sqlite_path}", "SELECT created_at, date(created_at) FROM jobs ORDER BY created_at"
        )
        assert [text for text, _ in found] == [
            "0001-01-01T00:00:00.000000Z",
            "2026-06-01T08:00:00.000000Z",
            "2026-06-01T08:00:00.000001Z",
        ]
        assert [date for _, date in found] == ["0001-01-01", "2026-06-01", "2026-06-01"]

    def test_credits_beyond_15_digits_are_noted(self, sqlite_path: Path) -> None:
        exact = [Decimal("999999999.999999"), Decimal("123456789012345"), Decimal("-178.5")]
        with closing(SQLDestination(f"sqlite:///{sqlite_path}")) as destination:
            destination.ensure_schema()
            publish(destination, *(Job(job_row(n, total_credits_charged=c)) for n, c in enumerate(exact)))
            assert [row["total_credits_charged"] for row in read_job_rows(destination)] == exact
            assert destination.notes == []
            publish(destination, Job(job_row(9, total_credits_charged=Decimal("1234567890.123456"))))
            (note,) = destination.notes
        assert "jobs.total_credits_charged: 1 " in note

    def test_in_memory_works_too(self) -> None:
        with closing(SQLDestination("sqlite://")) as destination:
            assert destination.schema_version() is None
            destination.ensure_schema()
            publish(destination, make_job(1, 3))
            publish(destination, make_job(1, 2, version="v2"))
            assert read_record_rows(destination) == make_job(1, 2, version="v2").records


class TestPostgresql:
    @pytest.fixture
    def url(self, postgres_url: str) -> str:
        return postgres_url

    def test_a_server_that_is_not_there_is_busy(self) -> None:
        destination = SQLDestination("postgresql://user@127.0.0.1:1/name")
        lock = destination.lock(0)
        for use in (destination.schema_version, destination.ensure_schema, lock.__enter__):
            with pytest.raises(DestinationBusyError):
                use()

    @pytest.mark.parametrize(("part", "wrong"), [("/test_", "/no_such_database_"), ("postgres@", "nobody@")])
    def test_a_server_that_refuses_us_is_not_busy(self, url: str, part: str, wrong: str) -> None:
        destination = SQLDestination(url.replace(part, wrong))
        with pytest.raises(DestinationError) as caught:
            destination.schema_version()
        assert not caught.value.retryable

    def test_an_option_that_libpq_does_not_know_is_not_busy(self, url: str) -> None:
        destination = SQLDestination(f"{url}&colour=blue")
        with pytest.raises(DestinationError) as caught:
            destination.schema_version()
        assert not caught.value.retryable

    def test_a_user_who_may_not_create_tables_is_told_so(self, url: str) -> None:
        ask_postgresql(url, "CREATE ROLE reader LOGIN")
        try:
            destination = SQLDestination(url.replace("postgres@", "reader@"))
            for use in (destination.check_writable, destination.ensure_schema):
                with pytest.raises(DestinationError, match="grant it CREATE"):
                    use()
        finally:
            ask_postgresql(url, "DROP ROLE reader")

    def test_no_row_shows_in_an_error(self, destination: SQLDestination) -> None:
        job = make_job(1)
        doubled = make_job(1, [record_row(job.row, 7, email=EMAIL, ec_id=EMAIL)] * 2)
        with pytest.raises(DestinationError, match="SQLSTATE 23505") as caught:
            publish(destination, doubled)
        assert "jane" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert read_record_rows(destination) == []

    def test_unchanged_rows_are_not_touched(self, destination: SQLDestination, url: str) -> None:
        versions = [
            f"SELECT xmin, ctid FROM {table} ORDER BY job_id" for table in ("jobs", "records", "job_history")
        ]
        history = [history_row(job_row(i), SEEN) for i in (1, 2)]
        publish(destination, make_job(1, 3), make_job(2, 3), history=history)
        before = [ask_postgresql(url, query) for query in versions]
        again = [make_job(i, 3, run_id="run-2", checked_at=LATER) for i in (1, 2)]
        publish(destination, *again, history=history)
        assert [ask_postgresql(url, query) for query in versions] == before
        publish(destination, make_job(1, 3, list_name="Q2 Leads"), again[1])
        after = ask_postgresql(url, versions[0])
        assert (after[0] != before[0][0], after[1] == before[0][1]) == (True, True)

    def test_the_same_records_again_are_not_even_written_to_a_stage(
        self, destination: SQLDestination, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        staged: list[str] = []
        with_stage = StagedWriting._staged
        monkeypatch.setattr(
            StagedWriting, "_staged", lambda *given: (staged.append(given[1].name), with_stage(*given))[1]
        )
        rows = enumerate(hostile_rows(schema.RECORDS))
        first = make_job(1, [row | {"account": "default", "job_id": 1, "record_id": n} for n, row in rows])
        created_at = first.row["created_at"] - timedelta(days=1)  # so it comes first, as the older one
        second = make_job(2, ENCODED_ROWS + 10, created_at=created_at)
        for _ in range(2):
            publish(destination, first, second)
        assert set(staged) == {"jobs"}
        last = [*second.records[:-1], second.records[-1] | {"error_message": "late"}]
        publish(destination, first, make_job(2, last, created_at=created_at))
        assert read_record_rows(destination) == replace_nul([*first.records, *last])
        assert staged.count("records") == 1

    def test_nul_is_replaced_and_noted(self, destination: SQLDestination) -> None:
        row = make_job(1).row
        rows = [record_row(row, n, email=f"{n}\0@example.com", ec_id=None) for n in (1, 2)]
        publish(destination, make_job(1, [*rows, record_row(row, 3)], list_name="a\0b"))
        assert [r["email"] for r in read_record_rows(destination)][:2] == [
            "1\ufffd@example.com",
            "2\ufffd@example.com",
        ]
        assert sorted(destination.notes) == [
            "jobs.list_name: 1 values NUL replaced by U+FFFD",
            "records.email: 2 values NUL replaced by U+FFFD",
        ]

    def test_the_zone_of_the_session_does_not_matter(self, destination: SQLDestination, url: str) -> None:
        name = sa.make_url(url).database
        ask_postgresql(url, f"ALTER DATABASE {name} SET timezone = 'Pacific/Kiritimati'")
        ends = [datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)]
        jobs = [make_job(n, 1, created_at=at) for n, at in enumerate(ends)]
        publish(destination, *jobs)
        assert read_job_rows(destination) == [job.row for job in jobs]
        assert read_record_rows(destination) == records_of(*jobs)

    def test_a_schema_is_created_and_kept_apart(self, url: str) -> None:
        with (
            closing(SQLDestination(url, schema_name="Odd schema")) as odd,
            closing(SQLDestination(url)) as plain,
        ):
            assert odd.schema_version() is None
            odd.ensure_schema()
            assert plain.schema_version() is None
            with odd.lock(0), plain.lock(0):
                plain.ensure_schema()
            publish(odd, make_job(1, 3), history=[history_row(job_row(1), SEEN)])
            publish(odd, make_job(1, 2))
            assert read_record_rows(odd) == make_job(1, 2).records
            assert read_record_rows(plain) == []

    def test_the_default_schema_is_the_same_lock_by_name_or_without(self, url: str) -> None:
        named, unnamed = SQLDestination(url, schema_name="public"), SQLDestination(url)
        with named.lock(LOCK_S), pytest.raises(DestinationBusyError), unnamed.lock(0):
            pass

    def test_columns_carry_their_descriptions(self, destination: SQLDestination, url: str) -> None:
        ((comment,),) = ask_postgresql(url, "SELECT col_description('jobs'::regclass, 2)")
        assert comment == schema.JOBS.column("job_id").description


class TestSchema:
    def test_an_older_one_gets_the_columns_it_lacks(self, destination: SQLDestination, url: str) -> None:
        job = make_job(1, 2)
        publish(destination, job)
        write_meta(destination, {"schema_version": "0"})
        run_sql(url, "ALTER TABLE jobs DROP COLUMN duration", "ALTER TABLE records DROP COLUMN run_id")
        destination.ensure_schema()
        assert destination.schema_version() == schema.SCHEMA_VERSION
        assert read_job_rows(destination) == [job.row | {"duration": None}]
        publish(destination, make_job(1, 2, version="v2"))
        assert read_record_rows(destination) == make_job(1, 2, version="v2").records

    def test_a_table_of_somebody_else_is_refused_untouched(self, url: str) -> None:
        run_sql(url, "CREATE TABLE jobs (title TEXT)", "INSERT INTO jobs VALUES ('baker')")
        destination = SQLDestination(url)
        with pytest.raises(DestinationError, match="a table jobs already"):
            destination.ensure_schema()
        assert run_sql(url, "SELECT * FROM jobs") == [("baker",)]
        assert destination.schema_version() is None

    def test_a_damaged_version_is_refused(self, destination: SQLDestination) -> None:
        write_meta(destination, {"schema_version": "one"})
        with pytest.raises(DestinationError, match="not a number"):
            destination.schema_version()

    @pytest.mark.parametrize("state", ["open", "running"])
    def test_what_sync_asks_first_uses_the_partial_index(self, sqlite_path: Path, state: JobState) -> None:
        with closing(SQLDestination(f"sqlite:///{sqlite_path}")) as destination:
            destination.ensure_schema()
            asked: list[str] = []
            engine = destination._database.engine
            sa.event.listen(engine, "before_cursor_execute", lambda *args: asked.append(args[2]))
            read_jobs(destination, "default", state=state)
        query = asked[-1].replace("?", "'default'")
        plan = run_sql(f"sqlite:///{sqlite_path}", f"EXPLAIN QUERY PLAN {query}")
        assert "ix_jobs_open" in str(plan)


class TestReadingWhilePublishing:
    def test_records_may_come_from_the_destination_itself(self, destination: SQLDestination) -> None:
        publish(destination, make_job(1, 5))
        copied = dataclasses.replace(
            publication(make_job(1, 5)), records=lambda: read_records(destination, "default")
        )
        with destination.lock(LOCK_S):
            destination.publish(copied)
        assert read_record_rows(destination) == make_job(1, 5).records


class PlainSQLite(SQLite):
    """As little of SQLite's own as SQLite can do with."""

    has_partial_indexes = has_patterns = can_stage = False
    load = Dialect.load


class TestPlainSql:
    """What a database without a dialect of its own gets."""

    @pytest.fixture
    def destination(self, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[SQLDestination]:
        monkeypatch.setitem(DIALECTS, "sqlite", PlainSQLite)
        monkeypatch.setitem(DIALECTS, "postgresql", Dialect)
        with closing(SQLDestination(url)) as opened:
            opened.ensure_schema()
            yield opened

    def test_publishing_again_replaces(self, destination: SQLDestination) -> None:
        publish(destination, make_job(1, 5), make_job(2, 2))
        for _ in range(2):
            publish(destination, make_job(1, 3, version="v2"))
        assert read_record_rows(destination) == records_of(make_job(1, 3, version="v2"), make_job(2, 2))
        assert read_job_rows(destination) == [make_job(1, 3).row, make_job(2, 2).row]

    def test_history_is_closed_once(self, destination: SQLDestination) -> None:
        for at in (SEEN, LATER, LATER, SEEN):
            publish(destination, Job(job_row(1)), history=[history_row(job_row(1), at)])
        expected = [history_row(job_row(1), SEEN, valid_to=LATER), history_row(job_row(1), LATER)]
        assert read_history(destination, "default").to_pylist() == expected

    def test_rejects_and_meta_are_replaced(self, destination: SQLDestination) -> None:
        for occurrences in (1, 2):
            rows = [reject_row(1, "status: null", occurrences=occurrences)]
            write_rejects(destination, to_table(schema.REJECTS, rows))
            write_meta(destination, {"pii": str(occurrences)})
        assert read_rejects(destination, "default")["occurrences"].to_pylist() == [2]
        assert read_meta(destination)["pii"] == "2"

    def test_an_address_is_erased_in_any_spelling(self, destination: SQLDestination) -> None:
        row = make_job(1).row
        emails = [EMAIL, EMAIL.upper(), f"{EMAIL} ", "bob@example.com"]
        rows = [record_row(row, n, email=email) for n, email in enumerate(emails)]
        publish(destination, make_job(1, rows))
        assert destination.erase(Erasure.of((EMAIL,)), schema.SUPPRESSIONS.empty()).records == 3
        assert [r["email"] for r in read_record_rows(destination)] == [None, None, None, "bob@example.com"]

    def test_views_are_made_and_made_again(self, destination: SQLDestination) -> None:
        publish(destination, make_job(1, 5))
        for tz in ("UTC", "Europe/Berlin"):
            destination.ensure_views(tz)
            assert destination.notes == []
        assert destination.read_view("validator_mix").num_rows


instants = st.lists(st.none() | st.datetimes(timezones=st.just(UTC)))


@given(instants=instants)
def test_instants_as_text_say_what_arrow_says(instants: list[datetime | None]) -> None:
    column = pa.chunked_array([pa.array(instants, pa.timestamp("us", "UTC"))])
    expected = [text and text.replace(" ", "T") for text in column.cast(pa.string()).to_pylist()]
    assert to_iso_text(column).to_pylist() == expected


@given(sizes=st.lists(st.integers(0, 9)), chunk_rows=st.integers(1, 7))
def test_chunks_hold_the_same_rows_and_all_but_the_last_are_full(sizes: list[int], chunk_rows: int) -> None:
    rows: Callable[[int], pa.RecordBatch] = lambda size: pa.record_batch({"n": pa.array(range(size))})  # noqa: E731
    batches = [rows(size) for size in sizes]
    chunks = list(in_chunks(batches, chunk_rows=chunk_rows))
    assert [n for chunk in chunks for n in chunk["n"].to_pylist()] == [n for s in sizes for n in range(s)]
    assert all(chunk.num_rows == chunk_rows for chunk in chunks[:-1])
    assert all(0 < chunk.num_rows <= chunk_rows for chunk in chunks)
