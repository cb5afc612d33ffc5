"""What is particular to DuckDB; what every destination promises is in the contract suite."""

from __future__ import annotations

import dataclasses
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from destination_rows import (
    CREATED,
    LOCK_S,
    SEEN,
    history_row,
    job_row,
    make_job,
    publication,
    publish,
    read_job_rows,
    read_record_rows,
)

from ecore_export import schema
from ecore_export.destinations import read_meta, read_records, write_meta
from ecore_export.destinations.duckdb.destination import DuckDBDestination
from ecore_export.destinations.erasure import Erasure
from ecore_export.destinations.files import DatabaseFile
from ecore_export.errors import DestinationBusyError, DestinationError, SettingsError
from ecore_export.views import VIEWS, View


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "warehouse.duckdb"


@pytest.fixture
def destination(path: Path) -> DuckDBDestination:
    opened = DuckDBDestination(f"duckdb:///{path}", wait_s=0.0)
    opened.ensure_schema()
    return opened


HOLD_THE_FILE = """
import duckdb, sys
with duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "ro"):
    print("open", flush=True)
    sys.stdin.read()
"""


KILLED_WHILE_IT_WRITES = """
import duckdb, os, sys
connection = duckdb.connect(sys.argv[1])
connection.execute("SET checkpoint_threshold = '10GB'")
for statement in (
    "CREATE SEQUENCE numbers",
    "CREATE TYPE mood AS ENUM ('a', 'b')",
    "CREATE TABLE theirs (i INT DEFAULT nextval('numbers'), m mood, g INT GENERATED ALWAYS AS (i + 1))",
    "CREATE MACRO next_one(x) AS x + 1",
    "CREATE INDEX by_i ON theirs (i)",
    "CREATE SCHEMA other",
    "INSERT INTO theirs (m) VALUES ('b')",
    "CREATE TABLE checked (a INT CHECK (a > next_one(0)), b INT PRIMARY KEY)",
):
    connection.execute(statement)
os.kill(os.getpid(), 9)
"""


@contextmanager
def held_by_another_process(path: Path, mode: str) -> Iterator[None]:
    command = [sys.executable, "-c", HOLD_THE_FILE, str(path), mode]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        try:
            assert holder.stdout.readline() == "open\n"
            yield
        finally:
            holder.kill()


class TestUrl:
    @pytest.mark.parametrize(
        "url", ["duckdb:warehouse", "duckdb://host/file", "duckdb:///", "duckdb:///:memory:"]
    )
    def test_one_that_names_no_file_is_a_settings_error(self, url: str) -> None:
        with pytest.raises(SettingsError):
            DuckDBDestination(url)


class TestFile:
    def test_is_for_its_owner_only(self, path: Path) -> None:
        before = os.umask(0)
        try:
            destination = DuckDBDestination(f"duckdb:///{path}")
            destination.ensure_schema()
            modes: dict[str, int] = {}

            def records() -> Iterator[pa.RecordBatch]:
                yield from publication(make_job(1, 3)).records()
                modes.update((p.name, stat.S_IMODE(p.stat().st_mode)) for p in path.parent.iterdir())

            with destination.lock(LOCK_S):
                destination.publish(dataclasses.replace(publication(make_job(1, 3)), records=records))
        finally:
            os.umask(before)
        assert modes.pop("warehouse.duckdb.tmp") == 0o700
        assert set(modes.values()) == {0o600}

    def test_nothing_else_is_left_beside_it(self, destination: DuckDBDestination, path: Path) -> None:
        publish(destination, make_job(1, 3))
        assert sorted(p.name for p in path.parent.iterdir()) == [".warehouse.duckdb.ecore.lock", path.name]

    def test_publishing_unchanged_rows_leaves_it_as_it_was(
        self, destination: DuckDBDestination, path: Path
    ) -> None:
        history = [history_row(job_row(1), SEEN)]
        publish(destination, make_job(1, 3), history=history)
        before = path.read_bytes()
        publish(destination, make_job(1, 3, run_id="run-2"), history=history)
        assert path.read_bytes() == before

    def test_another_kind_of_file_is_refused_untouched(self, path: Path) -> None:
        path.write_bytes(b"not a database, only text of some length " * 500)
        before = path.read_bytes()
        with pytest.raises(DestinationError) as caught:
            DuckDBDestination(f"duckdb:///{path}").ensure_schema()
        assert not caught.value.retryable
        assert path.read_bytes() == before

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        destination = DuckDBDestination(f"duckdb:///{tmp_path}/missing/warehouse.duckdb")
        for use in (destination.schema_version, destination.ensure_schema, lambda: read_meta(destination)):
            with pytest.raises(DestinationError, match="missing does not exist"):
                use()


class TestOthers:
    def test_another_process_that_writes_makes_it_busy(
        self, destination: DuckDBDestination, path: Path
    ) -> None:
        with held_by_another_process(path, "rw"):
            for use in (
                destination.schema_version,
                destination.ensure_schema,
                partial(read_meta, destination),
            ):
                with pytest.raises(DestinationBusyError):
                    use()

    def test_another_process_that_reads_leaves_it_readable(
        self, destination: DuckDBDestination, path: Path
    ) -> None:
        publish(destination, make_job(1, 3))
        with held_by_another_process(path, "ro"):
            assert read_record_rows(destination) == make_job(1, 3).records
            with pytest.raises(DestinationBusyError):
                publish(destination, make_job(1, 2))

    def test_this_process_may_have_it_open_too(self, destination: DuckDBDestination, path: Path) -> None:
        with duckdb.connect(path) as own:
            publish(destination, make_job(1, 3))
            assert own.execute("SELECT count(*) FROM records").fetchall() == [(3,)]
            assert read_record_rows(destination) == make_job(1, 3).records

    def test_another_process_may_have_it_between_two_uses(
        self, destination: DuckDBDestination, path: Path
    ) -> None:
        for records in (3, 2):
            publish(destination, make_job(1, records))
            with held_by_another_process(path, "rw"):
                pass

    def test_threads_that_read_share_it_and_keep_it_from_being_written(
        self, destination: DuckDBDestination
    ) -> None:
        publish(destination, make_job(1, 3))
        one, other = (read_records(destination, "default") for _ in range(2))
        rows = next(one).to_pylist() + next(other).to_pylist()
        with pytest.raises(DestinationBusyError):
            publish(destination, make_job(1, 2))
        one.close()
        other.close()
        publish(destination, make_job(1, 2))
        assert (len(rows), len(read_record_rows(destination))) == (6, 2)

    def test_it_is_used_after_it_was_closed(self, destination: DuckDBDestination) -> None:
        publish(destination, make_job(1, 3))
        for _ in range(2):
            destination.close()
            assert read_record_rows(destination) == make_job(1, 3).records

    @pytest.mark.parametrize(
        "name",
        [
            "memory.duckdb",
            "temp.duckdb",
            "system.duckdb",
            "main.duckdb",
            "ecore",
            'a\'b "c".db',
            "ü.x.y",
            "-",
        ],
    )
    def test_it_may_have_any_name(self, name: str, tmp_path: Path) -> None:
        with closing(DuckDBDestination(f"duckdb:///{tmp_path}/{name}")) as destination:
            destination.ensure_schema()
            publish(destination, make_job(1, 3))
            destination.ensure_views()
            assert read_record_rows(destination) == make_job(1, 3).records
            assert len(destination.read_view("list_quality")) == 1
            with destination.lock(LOCK_S):
                address = make_job(1, 3).records[0]["email"]
                assert destination.erase(Erasure.of((address,)), schema.SUPPRESSIONS.empty()).records == 1
        with duckdb.connect(tmp_path / name, read_only=True) as own:
            assert own.execute("SELECT count(*) FROM latest_email_status").fetchone() is not None

    def test_a_journal_that_duckdb_does_not_take_in_is_not_left_beside_another_file(
        self, destination: DuckDBDestination, path: Path
    ) -> None:
        subprocess.run([sys.executable, "-c", KILLED_WHILE_IT_WRITES, str(path)], check=False)
        with destination.lock(LOCK_S), suppress(DestinationError):
            destination.erase(Erasure.of(("nobody@example.com",)), schema.SUPPRESSIONS.empty())
        assert destination.schema_version() == schema.SCHEMA_VERSION
        with duckdb.connect(path, read_only=True) as own:
            assert own.execute("SELECT count(*) FROM theirs").fetchall() == [(1,)]

    def test_a_journal_without_its_file_is_named_and_nothing_is_put_beside_it(self, path: Path) -> None:
        journal = path.with_name(f"{path.name}.wal")
        journal.write_bytes(b"of a file that is gone")
        destination = DuckDBDestination(f"duckdb:///{path}")
        with pytest.raises(DestinationError, match=r"warehouse\.duckdb\.wal holds changes that are in no"):
            destination.ensure_schema()
        assert [*path.parent.iterdir()] == [journal]

    def test_this_process_reading_it_makes_writing_busy(
        self, destination: DuckDBDestination, path: Path
    ) -> None:
        with duckdb.connect(path, read_only=True), pytest.raises(DestinationBusyError):
            publish(destination, make_job(1, 3))

    def test_records_may_come_from_the_destination_itself(self, destination: DuckDBDestination) -> None:
        publish(destination, make_job(1, 5))
        copied = dataclasses.replace(
            publication(make_job(1, 5)), records=lambda: read_records(destination, "default")
        )
        with destination.lock(LOCK_S):
            destination.publish(copied)
        assert read_record_rows(destination) == make_job(1, 5).records

    def test_a_reader_in_another_zone_does_not_change_the_schema_of_reads(
        self, destination: DuckDBDestination, path: Path
    ) -> None:
        publish(destination, make_job(1, 1))
        with duckdb.connect(path) as own:
            own.execute("SET GLOBAL TimeZone = 'Pacific/Kiritimati'")
            assert read_job_rows(destination) == [make_job(1, 1).row]


class TestHolding:
    @pytest.mark.parametrize("for_writing", [False, True])
    def test_it_is_opened_once_for_what_follows_and_closed_however_that_ends(
        self, destination: DuckDBDestination, path: Path, for_writing: bool
    ) -> None:
        publish(destination, make_job(1, 3))
        with suppress(KeyboardInterrupt), destination.held(for_writing=for_writing):
            assert is_open_here(path)
            assert read_job_rows(destination) == [make_job(1, 3).row]
            assert is_open_here(path)
            raise KeyboardInterrupt
        assert not is_open_here(path)
        publish(destination, make_job(2, 3))

    def test_what_is_written_meanwhile_is_read_and_stays(
        self, destination: DuckDBDestination, path: Path
    ) -> None:
        with destination.lock(LOCK_S), destination.held(for_writing=True):
            destination.publish(publication(make_job(1, 3)))
            assert read_record_rows(destination) == make_job(1, 3).records
            destination.ensure_views("UTC")
            assert destination.read_view("list_quality").num_rows == 1
        assert read_record_rows(destination) == make_job(1, 3).records
        assert sorted(p.name for p in path.parent.iterdir()) == [".warehouse.duckdb.ecore.lock", path.name]

    def test_there_may_be_none_yet(self, path: Path) -> None:
        destination = DuckDBDestination(f"duckdb:///{path}")
        with destination.held(for_writing=True):
            destination.ensure_schema()
            assert not is_open_here(path)
        assert destination.schema_version() == schema.SCHEMA_VERSION

    def test_what_spilled_before_keeps_nobody_from_reading_on(
        self, destination: DuckDBDestination, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        """In a folder where nothing can be written it spills elsewhere, to one place for all of a holding."""
        publish(destination, make_job(1, 3))
        monkeypatch.setattr(DatabaseFile, "is_writable", lambda _self: False)
        monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
        with destination.held():
            with destination._database.reading() as connection:
                connection.execute(
                    "CREATE TEMP TABLE much AS SELECT i, hash(i) FROM range(12_000_000) AS t(i)"
                )
                assert list(tmp_path.glob("ecore-*/*")), "it spilled nothing"
            assert read_job_rows(destination) == [make_job(1, 3).row]
            assert destination.read_view("list_quality").num_rows == 1
        assert not list(tmp_path.glob("ecore-*"))

    def test_who_only_reads_needs_no_right_to_write(self, destination: DuckDBDestination, path: Path) -> None:
        publish(destination, make_job(1, 3))
        with held_by_another_process(path, "ro"):
            with destination.held():
                assert read_job_rows(destination) == [make_job(1, 3).row]
            with pytest.raises(DestinationBusyError), destination.held(for_writing=True):
                pytest.fail("was opened for writing beside a reader")


def is_open_here(path: Path) -> bool:
    """Whether this process has the file open: DuckDB opens none twice with different settings."""
    try:
        duckdb.connect(path, read_only=True, config={"memory_limit": "77MB"}).close()
    except duckdb.ConnectionException:
        return True
    return False


class TestSchema:
    def test_an_older_one_gets_the_columns_it_lacks(self, destination: DuckDBDestination, path: Path) -> None:
        job = make_job(1, 2)
        publish(destination, job)
        write_meta(destination, {"schema_version": "0"})
        with duckdb.connect(path) as own:
            own.execute("ALTER TABLE jobs DROP COLUMN duration")
        destination.ensure_schema()
        assert destination.schema_version() == schema.SCHEMA_VERSION
        assert read_job_rows(destination) == [job.row | {"duration": None}]

    def test_a_table_of_somebody_else_is_refused_untouched(self, path: Path) -> None:
        with duckdb.connect(path) as own:
            own.execute("CREATE TABLE jobs AS SELECT 'baker' AS title")
        with closing(DuckDBDestination(f"duckdb:///{path}")) as destination:
            with pytest.raises(DestinationError, match="a table jobs already"):
                destination.ensure_schema()
            assert destination.schema_version() is None
        with duckdb.connect(path) as own:
            assert own.execute("SELECT * FROM jobs").fetchall() == [("baker",)]

    def test_a_row_without_what_is_required_is_refused_and_not_shown(
        self, destination: DuckDBDestination
    ) -> None:
        whole = publication(make_job(1, 2))
        rows = pa.Table.from_batches(whole.records())
        broken = rows.set_column(8 - 1, "status", pa.nulls(2, pa.string())).cast(schema.RECORDS.frame_arrow)
        with pytest.raises((DestinationError, ValueError)) as caught, destination.lock(LOCK_S):
            destination.publish(dataclasses.replace(whole, records=lambda: iter(broken.to_batches())))
        assert "jane" not in str(caught.value)
        assert read_record_rows(destination) == []


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_whoever_filters_and_sorts_a_view_in_duckdb_itself_gets_the_same_figures(
    destination: DuckDBDestination, path: Path, view: View
) -> None:
    """Its optimizer, which is on here, takes a sum for as small as the 0 that stands in the place of none."""
    counts = {"invalid_count": 999_983, "valid_count": 2**40, "total_records": 2**41}
    jobs = [make_job(n, 2, created_at=CREATED + timedelta(days=400 * n), **counts) for n in (1, 2, 3)]
    with destination.lock(LOCK_S):
        destination.publish(publication(*jobs, history=[history_row(job.row, SEEN) for job in jobs]))
        destination.ensure_views("UTC")
    order = ", ".join(f"{name} NULLS LAST" for name in view.key)
    with duckdb.connect(path, read_only=True) as connection:
        found = connection.sql(
            f"SELECT {', '.join(view.names)} FROM {view.name} WHERE account = 'default' ORDER BY {order}"
        ).to_arrow_table()
    assert found.to_pylist() == destination.read_view(view.name, account="default").to_pylist()
