"""Copies of a Parquet destination's files, as sync clients and people make them; and files in the making."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from cli_runs import served

import ecore_export as ee
from ecore_export.cli import main
from ecore_export.destinations import open_destination, read_jobs, read_records
from ecore_export.errors import DestinationError
from ecore_export.sandbox import JobSpec, Sandbox

pytestmark = pytest.mark.thorough

RECORDS = 8


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with served(Sandbox.with_jobs((JobSpec(5), JobSpec(3)), advance_after_reads=None), monkeypatch):
        ee.sync(f"parquet:{tmp_path}/w")
        yield tmp_path / "w"


def counted(warehouse: Path) -> tuple[int, int]:
    """Records and jobs as we count them."""
    destination = open_destination(f"parquet:{warehouse}")
    records = sum(batch.num_rows for batch in read_records(destination, "default"))
    seen = ee.read_view(destination, "validator_mix")["records"].sum()
    assert seen == records
    return records, read_jobs(destination, "default").num_rows


@pytest.mark.parametrize(
    "name",
    [
        *(
            "part-00001 (1).parquet",
            "part-00001 (conflicted copy 2026-05-01).parquet",
            "Copy of part-00001.parquet",
        ),
        *("part-00001.sync-conflict-20260501-1.parquet", "part-00001-2.parquet", "sub/part-00001.parquet"),
    ],
)
@pytest.mark.parametrize("table", ["records", "jobs", "job_history"])
def test_a_copied_file_is_not_counted_and_told(
    warehouse: Path, name: str, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    original = sorted((warehouse / table).rglob("part-00001.parquet"))[0]
    copy = original.parent / name
    copy.parent.mkdir(exist_ok=True)
    shutil.copy(original, copy)
    url = f"parquet:{warehouse}"
    assert counted(warehouse) == (RECORDS, 2)
    assert name in ee.sync(url).notes[0]
    for command in (["sync", url, "--full", "--refetch"], ["status", url], ["verify", url]):
        assert main(command) == 0
        told = capsys.readouterr()
        assert name in told.out + told.err
        assert "whoever reads the folder" in told.out + told.err
    assert main(["check", url]) == 3
    assert name in capsys.readouterr().out
    assert counted(warehouse) == (RECORDS, 2)
    assert copy.read_bytes()
    copy.unlink()
    assert not ee.sync(url).notes
    assert len(pd.read_parquet(warehouse / "records")) == RECORDS


@pytest.mark.parametrize(
    "command",
    [
        ("erase", "somebody@example.com"),
        ("prune", "--records-before", "2030-01-01"),
        ("forget", "--account", "default"),
    ],
    ids=lambda command: command[0],
)
def test_what_is_to_go_for_good_does_not_stay_in_a_copy(
    warehouse: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    original = sorted((warehouse / "records").rglob("part-00001.parquet"))[0]
    copy = original.with_name("part-00001 (1).parquet")
    shutil.copy(original, copy)
    url = f"parquet:{warehouse}"
    assert main([command[0], url, *command[1:]]) == 1
    assert copy.name in capsys.readouterr().err
    assert counted(warehouse) == (RECORDS, 2)
    copy.unlink()
    assert main([command[0], url, *command[1:]]) == 0


def test_a_copied_month_is_not_counted(warehouse: Path) -> None:
    original = sorted((warehouse / "records").rglob("part-00001.parquet"))[0]
    shutil.copytree(original.parent, original.parent.with_name(original.parent.name + " (1)"))
    assert counted(warehouse) == (RECORDS, 2)


def test_a_copy_under_a_name_of_ours_is_refused_with_both_names(warehouse: Path) -> None:
    original = sorted((warehouse / "records").rglob("part-00001.parquet"))[0]
    shutil.copy(original, original.with_name("part-00009.parquet"))
    with pytest.raises(DestinationError, match=r"in two files.*part-00001.*part-00009"):
        ee.sync(f"parquet:{warehouse}", full=True, refetch=True)


def test_files_in_the_making_lie_outside_the_tables(warehouse: Path) -> None:
    left = warehouse / "_tmp" / f".{'0af' * 10}00.tmp"
    left.parent.mkdir()
    left.write_bytes(b"PAR1")  # as a killed writer leaves it
    destination = open_destination(f"parquet:{warehouse}")
    with destination.lock(1.0):
        assert not left.exists()
    assert not left.parent.exists()
