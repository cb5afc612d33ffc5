"""Delta tables that are written for years: their files stay few, and readers and other writers unharmed."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from deltalake import DeltaTable
from destination_rows import LOCK_S, make_job, publish, read_record_rows, records_of, run_row, to_table

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import open_destination, write_runs
from ecore_export.destinations.delta import files
from ecore_export.destinations.delta.destination import DeltaDestination

DAY_S = 86_400


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


@pytest.fixture
def destination(place: Path) -> Iterator[DeltaDestination]:
    with closing(DeltaDestination(f"delta:{place}")) as opened:
        opened.ensure_schema()
        yield opened


def files_of(place: Path, table: str) -> int:
    return len(DeltaTable(str(place / table)).file_uris())


def test_many_small_files_of_a_month_become_one_by_themselves(
    destination: DeltaDestination, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MANY", 4)
    jobs = [make_job(n, 3) for n in range(9)]
    for job in jobs:
        publish(destination, job)
        write_runs(destination, to_table(schema.SYNC_RUNS, [run_row(f"run-{job.job_id}")]))
        assert max(files_of(place, table) for table in ("records", "jobs", "job_history", "sync_runs")) <= 4
    assert read_record_rows(destination) == records_of(*jobs)


def test_compacting_keeps_rows_and_says_what_it_did(
    destination: DeltaDestination, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    jobs = [make_job(n, 3) for n in range(5)]
    for job in jobs:
        publish(destination, job)
    assert files_of(place, "records") == 5
    assert main(["compact", destination.url]) == 0
    assert "11 files before, 3 now" in capsys.readouterr().out
    assert files_of(place, "records") == 1
    assert read_record_rows(destination) == records_of(*jobs)
    assert main(["compact", destination.url, "--json"]) == 0
    assert '"files_before": 3' in capsys.readouterr().out


def test_others_have_nothing_to_compact(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with closing(open_destination(f"parquet:{tmp_path}")) as parquet:
        parquet.ensure_schema()
    assert main(["compact", f"parquet:{tmp_path}"]) == 0
    assert "nothing to do" in capsys.readouterr().out


def test_a_file_that_no_version_lists_goes_only_when_it_is_old(
    destination: DeltaDestination, place: Path
) -> None:
    """A younger one may be what another writer is about to commit."""
    publish(destination, make_job(1, 3))
    (listed,) = (place / "records/created_month=2026-05").glob("*.parquet")
    young, old = (listed.with_name(f"part-00000-{age}.parquet") for age in ("young", "old"))
    for path, days in ((young, 6), (old, 8)):
        path.write_bytes(listed.read_bytes())
        os.utime(path, times=(time.time() - days * DAY_S,) * 2)
    destination.compact()
    assert (young.exists(), old.exists(), listed.exists()) == (True, False, True)
    assert len(read_record_rows(destination)) == 3


def test_old_files_go_by_themselves_after_many_commits(
    destination: DeltaDestination, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "VACUUM_EVERY", 3)
    publish(destination, make_job(1, 3))
    (listed,) = (place / "records/created_month=2026-05").glob("*.parquet")
    old = listed.with_name("part-00000-old.parquet")
    old.write_bytes(listed.read_bytes())
    os.utime(old, times=(time.time() - 8 * DAY_S,) * 2)
    for n in (2, 3, 4):
        publish(destination, make_job(n, 1))
    assert not old.exists()


def test_compacting_beside_a_writer_loses_nothing(destination: DeltaDestination) -> None:
    with closing(DeltaDestination(destination.url)) as second:
        jobs = [make_job(n, 3) for n in range(6)]
        for job in jobs:
            with destination.lock(LOCK_S):
                publish(second, job)
                destination.compact()
                publish(second, make_job(99, job.job_id, version=str(job.job_id)))
    assert read_record_rows(destination) == records_of(*jobs, make_job(99, 5, version="5"))
