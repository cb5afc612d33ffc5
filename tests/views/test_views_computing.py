"""Views computed by DuckDB: each row read once, errors kept, nothing left on the disk or to the machine."""

from __future__ import annotations

import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest
from cli_runs import environment
from destination_rows import big_job_batches, make_job, publication, publish, to_table
from peak_memory import run_and_weigh

from ecore_export import schema
from ecore_export.destinations import open_destination
from ecore_export.errors import DestinationError, SettingsError
from ecore_export.times import UTC_OFFSETS, offsets_of
from ecore_export.views import computing
from ecore_export.views.columns import (
    ALWAYS,
    DAILY_DOMAIN_QUALITY,
    DOMAIN_QUALITY,
    LATEST_EMAIL_STATUS,
    LIST_QUALITY,
    VALIDATOR_MIX,
    VIEWS,
    Period,
    View,
    ViewName,
)
from ecore_export.views.computing import compute, tables_source
from ecore_export.views.dialects import IN_DUCKDB
from ecore_export.views.sql import columns_read, definition

pytestmark = pytest.mark.thorough

MAY = Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC))
JOB = make_job(1, 40)
RECORDS = to_table(schema.RECORDS, JOB.records)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("offsets", [UTC_OFFSETS, offsets_of("Europe/Berlin")], ids=["UTC", "Berlin"])
@pytest.mark.parametrize("period", [ALWAYS, MAY], ids=["always", "may"])
def test_a_view_reads_what_it_says_it_reads(period: Period, offsets: Any) -> None:
    for view in VIEWS:
        tables = replace(IN_DUCKDB, name=lambda table: f"<{table.name}>", period=period)
        text = definition(view, tables, offsets)
        assert {table for table in schema.ALL_TABLES if f"<{table.name}>" in text} == set(columns_read(view))


def test_a_view_is_computed_where_no_temporary_file_can_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "nowhere"))
    assert compute(VALIDATOR_MIX, tables_source({schema.RECORDS: RECORDS}))["records"].to_pylist() == [40]


def test_the_names_that_read_view_takes_are_those_of_the_views() -> None:
    assert set(get_args(ViewName)) == {view.name for view in VIEWS}


@pytest.mark.parametrize("error", [DestinationError("the disk is gone"), ValueError("a bug"), KeyError("x")])
def test_what_goes_wrong_with_reading_rows_comes_out_as_it_was(error: Exception, folder: Path) -> None:
    def failing(table: schema.Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        yield from tables_source({schema.RECORDS: RECORDS, schema.JOBS: None})(table, columns)
        raise error

    for view in (LIST_QUALITY, VALIDATOR_MIX, LATEST_EMAIL_STATUS):
        with pytest.raises(type(error)) as raised:
            compute(view, failing)
        assert raised.value is error
    assert list(folder.iterdir()) == []


def test_figures_that_are_too_large_are_refused_without_being_quoted() -> None:
    largest = Decimal("9999999999999999999999.999999")
    jobs = [make_job(n, total_credits_charged=largest).row for n in range(3)]
    with pytest.raises(SettingsError, match="more than 22 digits") as raised:
        compute(LIST_QUALITY, tables_source({schema.JOBS: to_table(schema.JOBS, jobs)}))
    assert raised.value.__cause__ is None
    assert "999" not in str(raised.value)


def test_temporary_files_are_their_owners_and_go_with_the_computation(folder: Path) -> None:
    seen: list[int] = []

    def watched() -> pa.Table:
        source = tables_source({schema.RECORDS: RECORDS})

        def rows(table: schema.Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
            yield from source(table, columns)
            seen.extend(stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir())

        return compute(LATEST_EMAIL_STATUS, rows)

    assert len(watched()) == 40
    assert seen == [0o700]
    assert list(folder.iterdir()) == []


def test_what_a_killed_process_left_goes_and_what_another_one_uses_stays(folder: Path) -> None:
    left, used, foreign = (folder / name for name in ("ecore-export-view-1", "ecore-export-view-2", "other"))
    for path in (left, used, foreign):
        path.mkdir()
        (path / "duckdb_temp_storage.tmp").write_bytes(b"ana@example.com")
    holding = "import sys; from pathlib import Path; from ecore_export.views import computing as c\n"
    holding += f"c._lock(Path({str(used)!r})); print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", holding], env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        compute(VALIDATOR_MIX, tables_source({schema.RECORDS: RECORDS}))
        assert sorted(folder.iterdir()) == [used, foreign]
        other.kill()
    compute(VALIDATOR_MIX, tables_source({schema.RECORDS: RECORDS}))
    assert sorted(folder.iterdir()) == [foreign]


def test_a_long_computation_says_nothing_on_stdout(capfd: pytest.CaptureFixture[str]) -> None:
    def lingering(table: schema.Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        yield from tables_source({schema.RECORDS: RECORDS})(table, columns)
        time.sleep(2.5)  # DuckDB shows how far it is after two seconds

    compute(VALIDATOR_MIX, lingering)
    assert capfd.readouterr() == ("", "")


def test_no_room_for_temporary_files_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(computing._CONFIG, "memory_limit", "20MB")
    monkeypatch.setitem(computing._CONFIG, "max_temp_directory_size", "0KB")
    batches = list(big_job_batches(JOB.row, 300_000, 50_000))
    source = tables_source({schema.RECORDS: pa.Table.from_batches(batches)})
    with pytest.raises(DestinationError, match=r"takes more than the .* that a view may have"):
        compute(LATEST_EMAIL_STATUS, source)
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("view", [DOMAIN_QUALITY, DAILY_DOMAIN_QUALITY], ids=lambda view: view.name)
def test_records_that_are_counted_come_by_and_are_not_kept(
    view: View, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they are joined with is looked up; they take no room, however many there are."""
    monkeypatch.setitem(computing._CONFIG, "memory_limit", "20MB")
    monkeypatch.setitem(computing._CONFIG, "max_temp_directory_size", "0KB")
    batches = pa.Table.from_batches(big_job_batches(JOB.row, 500_000, 50_000))
    for name in ("email", "email_hash"):
        place = batches.column_names.index(name)
        batches = batches.set_column(place, name, pa.nulls(len(batches), pa.string()))
    jobs = to_table(schema.JOBS, [JOB.row, *(make_job(n, 0).row for n in range(2, 100))])
    found = compute(view, tables_source({schema.RECORDS: batches, schema.JOBS: jobs}))
    assert sum(found["records"].to_pylist()) == 500_000


def test_threads_compute_beside_each_other() -> None:
    source = tables_source({schema.RECORDS: RECORDS})
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: compute(LATEST_EMAIL_STATUS, source), range(8)))
    assert all(rows.equals(found[0]) for rows in found)
    assert len(found[0]) == 40


@pytest.mark.parametrize("tz", ["Pacific/Apia", "America/New_York", "Mars/Olympus"])
def test_the_clock_of_the_machine_does_not_matter(tz: str, tmp_path: Path) -> None:
    late = datetime(2026, 5, 6, 23, 59, 59, 999_999, tzinfo=UTC)
    url = f"parquet:{tmp_path}/w"
    with closing(open_destination(url)) as destination:
        destination.ensure_schema()
        publish(destination, make_job(1, 3, created_at=late))
    script = (
        "import sys; from ecore_export.destinations import open_destination as o\n"
        f"print(*o({url!r}).read_view('daily_list_quality').to_pylist()[0].values())"
    )
    plain, moved = (
        subprocess.run(
            [sys.executable, "-c", script],
            env=environment() | more,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for more in ({"TZ": "UTC"}, {"TZ": tz, "PYTHONTZPATH": "/nonexistent"})
    )
    assert plain == moved
    assert plain.split()[1] == "2026-05-06"


def test_files_that_are_rewritten_meanwhile_are_read_whole(tmp_path: Path) -> None:
    """A month's file takes the place of the one before it again and again."""
    with closing(open_destination(f"parquet:{tmp_path}/w")) as destination:
        destination.ensure_schema()
        publish(destination, *(make_job(n, 20) for n in range(1, 6)))
        done = threading.Event()

        def rewrite() -> None:
            with closing(open_destination(f"parquet:{tmp_path}/w")) as writer:
                version = 0
                while not done.is_set():
                    version += 1
                    publish(writer, make_job(3, 20, version=f"v{version}"))

        thread = threading.Thread(target=rewrite)
        thread.start()
        try:
            for _ in range(30):
                assert sum(destination.read_view("validator_mix")["records"].to_pylist()) == 100
        finally:
            done.set()
            thread.join()


@pytest.mark.slow
def test_the_newest_verdicts_of_many_records_take_bounded_memory(tmp_path: Path) -> None:
    """2,000,000 records of 250,000 addresses, in a process of its own."""
    url = f"parquet:{tmp_path}/w"
    with closing(open_destination(url)) as destination:
        destination.ensure_schema()
        for job_id in range(1, 9):
            job = make_job(job_id, records_exported=250_000)
            batches = list(big_job_batches(job.row, 250_000, 50_000))
            destination.publish(
                replace(publication(job), records=lambda batches=batches: iter(batches), record_rows=250_000)
            )
    rows, peak_mb = run_and_weigh(
        "from ecore_export.destinations import open_destination\n"
        f"print(len(open_destination({url!r}).read_view('latest_email_status')))"
    )
    assert int(rows) == 250_000
    assert peak_mb < 1_000
