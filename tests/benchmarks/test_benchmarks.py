"""The benchmarks keep working: their API adds up, and they notice who loses rows or grows dear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecore_export.views import VIEWS

ROOT = next(folder for folder in Path(__file__).parents if (folder / "pyproject.toml").exists())

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="they need os.wait4")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``python`` with these arguments, from the project's folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [sys.executable, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )


def measured(figures: Path, *arguments: str) -> dict[str, dict[str, float]]:
    """The trials of a single round, by the contender's name."""
    done = run("-m", "benchmarks", "run", *arguments, "--pairs", "1", "--json", str(figures))
    assert done.returncode == 0, done.stderr
    (case,) = json.loads(figures.read_text("utf-8"))
    trials: dict[str, dict[str, float]]
    (trials,) = case["rounds"]
    assert all(trial["cpu_s"] > 0 and trial["peak_mb"] > 20 for trial in trials.values())
    return trials


def test_our_sync_and_the_floor_store_every_record_of_the_benchmarks_api(tmp_path: Path) -> None:
    """Ours reconciles every job with its counters: so the API's figures and records agree."""
    size = ("--jobs", "3", "--records", "1500", "--only", "ours,floor,pandas")
    trials = measured(tmp_path / "figures.json", "parquet-1000x1000", *size)
    assert {name: trial["rows"] for name, trial in trials.items()} == {
        "ours": 4_500,
        "floor": 4_500,
        "pandas": 4_500,
    }


def test_a_history_that_was_marked_as_exported_leaves_nothing_to_do(tmp_path: Path) -> None:
    trials = measured(tmp_path / "figures.json", "noop-parquet", "--jobs", "300")
    assert trials["mark"]["rows"] == trials["no-op"]["rows"] == 300
    assert trials["no-op"]["requests"] <= 3


def test_every_view_is_measured(tmp_path: Path) -> None:
    views = ",".join(view.name for view in VIEWS)
    code = f"from benchmarks.cases import VIEWS; assert sorted(VIEWS) == sorted('{views}'.split(','))"
    assert run("-c", code).returncode == 0
    size = ("--jobs", "3", "--records", "80", "--only", "fill,repeat_validations,report")
    trials = measured(tmp_path / "figures.json", "views-parquet", *size)
    assert trials["fill"]["rows"] == 240


def test_records_are_as_peoples_data_have_them() -> None:
    code = """
import json
from benchmarks.world import World
world = World(3, 80)
status, page = json.loads(world.job_status(2)), json.loads(world.records_page(2, 1, 1000))
assert status["records"] == page["results"] and page["count"] == status["total_records"] == 80
assert page["current_page"] == 1 and json.loads(World(1, 2500).records_page(1, 3, 1000))["current_page"] == 3
assert [record["id"] for record in page["results"]] == sorted({record["id"] for record in page["results"]})
assert world.records_page(2, 2, 1000) is world.records_page(4, 1, 1000) is world.job_status(4) is None

body = World(1, 1000).records_page(1, 1, 1000)
records = json.loads(body)["results"]
assert b'\\\\"' in body and b"\\\\\\\\" in body
assert b"\\\\n" in body and b"\\\\u" in body and not body.isascii()
assert all("risk_score" in record for record in records)
assert any(not record["email"].isascii() for record in records)
assert all(bool(record["error_message"]) == (record["status"] == "Error") for record in records)
"""
    done = run("-c", code)
    assert done.returncode == 0, done.stderr


def test_a_contender_that_loses_rows_is_out() -> None:
    code = """
import tempfile
from dataclasses import replace
from benchmarks.cases import FLOOR, Work
from benchmarks.process import ContenderError
from benchmarks.server import serving
from benchmarks.trials import try_once
short = replace(FLOOR, command=lambda w: FLOOR.command(replace(w, jobs=1)))
with serving(2, 50) as api, tempfile.TemporaryDirectory() as folder:
    try:
        try_once(short, Work(api.base_url, folder + "/place", 2, 50), api)
    except ContenderError as error:
        assert "50 records instead of 100" in str(error), error
    else:
        raise SystemExit("nobody noticed")
"""
    done = run("-c", code)
    assert done.returncode == 0, done.stderr


def test_the_guard_fails_beyond_its_limit_when_it_has_measured_anew() -> None:
    code = """
from click.testing import CliRunner
from benchmarks import guard
from benchmarks.__main__ import main
from benchmarks.trials import Spread
for figures, code in (((1.7, 1.2), 0), ((1.9, 1.7, 1.8), 1)):
    given = iter(figures)
    guard.measure = lambda pairs, records: Spread.of([next(given)])
    done = CliRunner().invoke(main, ["guard", "--limit", "1.6"])
    assert done.exit_code == code and done.output.count("times the floor") == len(figures), done.output
"""
    done = run("-c", code)
    assert done.returncode == 0, done.stderr


def test_the_page_of_figures_names_cases_that_there_are() -> None:
    page = (ROOT / "docs" / "performance.md").read_text("utf-8")
    lines = [
        line.split("#")[0].split()
        for line in page.splitlines()
        if line.startswith("python -m benchmarks run")
    ]
    named = {word for line in lines for word in line[4:] if not word.startswith("-") and not word.isdecimal()}
    known = {line.split()[0] for line in run("-m", "benchmarks", "list").stdout.splitlines() if line}
    assert named
    assert named <= known
