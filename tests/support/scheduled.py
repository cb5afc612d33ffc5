"""The recipes of schedule.md for orchestrators, as files, and an account that their command syncs.

In: the files of the page. Out: a folder that a scheduler imports them from, and an API on a port.
"""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from doc_blocks import ROOT, file_of

from ecore_export.sandbox import Fault, Sandbox, serve

PAGE = ROOT / "docs" / "schedule.md"


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An account, and the folder with the page's files; ``warehouse``: the SQLite file of the export."""

    made_up: Sandbox
    folder: Path
    module: Path
    monkeypatch: pytest.MonkeyPatch

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse.sqlite"

    def runs(self) -> list[tuple[str, int]]:
        """Status and records of each run, as the destination has them."""
        with closing(sqlite3.connect(self.warehouse)) as connection:
            return connection.execute(
                "SELECT status, records_written FROM sync_runs ORDER BY run_id"
            ).fetchall()

    def count_tries(self) -> None:
        """From now on, each start of the page's command leaves a line in a file."""
        counted = "    print('*', file=open(__file__ + '.tries', 'a'))\n    with subprocess.Popen("
        self.module.write_text(self.module.read_text().replace("    with subprocess.Popen(", counted))

    def tries(self) -> int:
        return self.module.with_suffix(".py.tries").read_text().count("*")

    def try_later(self) -> None:
        """From now on, nobody answers: exit code 75."""
        self.monkeypatch.setenv("ECORE_BASE_URL", "http://127.0.0.1:9")
        self.monkeypatch.setenv("ECORE_ATTEMPTS", "1")

    def refuse(self) -> None:
        """From now on, the token is wrong: exit code 1."""
        self.monkeypatch.setenv("ECORE_API_TOKEN", "wrong")


def miscount(payload: Any) -> None:
    """Job 1 does not add up."""
    for job in payload.get("results", [payload]) if isinstance(payload, dict) else []:
        if job.get("id") == 1 and "valid_count" in job:
            job["valid_count"] += 1
            job["invalid_count"] -= 1


@contextmanager
def scheduled(
    folder: Path, monkeypatch: pytest.MonkeyPatch, recipe: str, *, is_partial: bool = False
) -> Iterator[Scheduled]:
    """Two jobs of 20 and 7 records; ``is_partial``: the first one does not add up (exit code 3)."""
    beside = (folder / recipe).parent
    beside.mkdir(exist_ok=True)
    (folder / recipe).write_text(file_of(PAGE, recipe))
    (beside / "ecore_sync.py").write_text(file_of(PAGE, "ecore_sync.py"))
    made_up = Sandbox(sizes=[20, 7], faults=[Fault("mutate", mutate=miscount)] if is_partial else [])
    with serve(made_up) as address:
        monkeypatch.setenv("ECORE_API_TOKEN", made_up.token)
        monkeypatch.setenv("ECORE_BASE_URL", address.base_url)
        monkeypatch.setenv("ECORE_DESTINATION", f"sqlite:///{folder}/warehouse.sqlite")
        monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
        monkeypatch.syspath_prepend(str(beside))
        yield Scheduled(made_up, folder, beside / "ecore_sync.py", monkeypatch)
    for name in ("ecore_sync", Path(recipe).stem):
        sys.modules.pop(name, None)
