"""Which versions of DuckDB can open a DuckDB file is chosen when it is made, and kept."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from cli_runs import assert_one_error_line, served

from ecore_export.cli import main
from ecore_export.sandbox import JobSpec, Sandbox

pytest.importorskip("duckdb")


def version_of(path: Path) -> int:
    with path.open("rb") as file:
        return int(struct.unpack("<Q", file.read(20)[12:])[0])


@pytest.mark.parametrize(("asked", "stored"), [("v1.0.0", 64), ("v1.2.0", 65)])
def test_a_file_is_made_for_the_version_asked_for_and_stays_so(
    asked: str, stored: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "w.duckdb"
    with served(Sandbox.with_jobs((JobSpec(3),)), monkeypatch):
        assert main(["sync", f"duckdb:///{path}?storage_version={asked}"]) == 0
        assert version_of(path) == stored
        assert main(["sync", f"duckdb:///{path}", "--full", "--refetch"]) == 0
        assert main(["erase", f"duckdb:///{path}", "nobody@example.com"]) == 0
    assert version_of(path) == stored
    assert [found.name for found in tmp_path.iterdir() if not found.name.startswith(".")] == ["w.duckdb"]


@pytest.mark.parametrize(
    "option", ["storage_version=1.2", "storage_version=", "storage_versoin=v1.2.0", "x=1"]
)
def test_another_option_is_refused(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECORE_API_TOKEN", "t")
    assert main(["sync", f"duckdb:///{tmp_path}/w.duckdb?{option}"]) == 2
    assert_one_error_line(capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


def test_a_version_this_duckdb_does_not_know_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(Sandbox.with_jobs((JobSpec(3),)), monkeypatch):
        assert main(["sync", f"duckdb:///{tmp_path}/w.duckdb?storage_version=v99.0.0"]) == 2
    assert "makes no file for v99.0.0" in capsys.readouterr().err
    assert not (tmp_path / "w.duckdb").exists()
