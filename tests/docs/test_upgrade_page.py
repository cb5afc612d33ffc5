"""What upgrade.md says of versions beside one another: the older one reads, and leaves all as it is."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runs import assert_one_error_line, served
from doc_blocks import ROOT, blocks

from ecore_export.cli import main
from ecore_export.sandbox import Sandbox


@pytest.fixture
def warehouse(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Parquet folder that was synced, and its copy of before; the API is still there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ECORE_DESTINATION", "parquet:warehouse")
    with served(Sandbox(sizes=[3, 120]), monkeypatch):
        assert main(["sync"]) == 0
        shutil.copytree("warehouse", "warehouse.before")
        yield tmp_path / "warehouse"


def raise_version(folder: Path) -> None:
    """As a newer version would have left it."""
    path = folder / "_ecore.json"
    text = json.loads(path.read_text())
    text["meta"]["schema_version"] = "2"
    path.write_text(json.dumps(text))


def test_an_older_version_reads_what_a_newer_one_wrote_and_does_not_write(
    warehouse: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raise_version(warehouse)
    for words in (["status"], ["view", "list_quality"], ["rejects"], ["verify"]):
        assert main(words) == 0, words
    capsys.readouterr()
    for words in (["sync"], ["check"], ["erase", "jane@example.com"]):
        assert main(words) == 1, words
        told = capsys.readouterr().err
        assert_one_error_line(told)
        assert "upgrade ecore-export; nothing was changed" in told


def test_a_copy_that_is_put_back_is_synced_by_the_old_version(warehouse: Path) -> None:
    raise_version(warehouse)
    assert main(["sync"]) == 1
    *_, last = blocks(ROOT / "docs" / "upgrade.md", "sh")
    assert last.text.splitlines() == ["rm -r warehouse", "mv warehouse.before warehouse", "ecore-export sync"]
    shutil.rmtree("warehouse")
    shutil.move("warehouse.before", "warehouse")
    assert main(["sync"]) == 0


def test_a_copy_of_sqlite_made_by_its_own_backup_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Sandbox(sizes=[3, 120]), monkeypatch):
        assert main(["sync", f"sqlite:///{tmp_path}/ecore.sqlite"]) == 0
        source, copy = (sqlite3.connect(tmp_path / name) for name in ("ecore.sqlite", "copy.sqlite"))
        source.backup(copy)
        source.close()
        copy.close()
        assert main(["verify", f"sqlite:///{tmp_path}/copy.sqlite"]) == 0
