"""The benchmarks keep working: their API adds up, and they notice who loses rows or grows dear."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="they read /proc: Linux only")


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """``python -m`` with these arguments, from the project's folder."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_our_sync_and_the_floor_store_every_record_of_the_benchmarks_api(tmp_path: Path) -> None:
    """Ours reconciles every job with its counters: so the API's figures and records agree."""
    figures = tmp_path / "figures.json"
    done = run(
        *("benchmarks", "run", "parquet-1000x1000", "--jobs", "3", "--records", "1500", "--pairs", "1"),
        *("--only", "ours,floor,pandas", "--json", str(figures)),
    )
    assert done.returncode == 0, done.stderr
    (case,) = json.loads(figures.read_text("utf-8"))["cases"]
    (trials,) = case["rounds"]
    assert {name: trial["rows"] for name, trial in trials.items()} == dict.fromkeys(
        ("ours", "floor", "pandas"), 4_500
    )
    assert all(trial["cpu_s"] > 0 and trial["peak_mb"] > 20 for trial in trials.values())
    assert case["ratios"]["floor"]["cpu_s"] == {"median": 1.0, "low": 1.0, "high": 1.0}


def test_a_backfill_is_computed_from_what_was_measured(tmp_path: Path) -> None:
    trial = {"rows": 1_000, "wall_s": 0.004, "cpu_s": 0.003, "stored_mb": 15_000 / 2**20}
    figures = tmp_path / "figures.json"
    figures.write_text(json.dumps({"cases": [{"case": "gets-20000x50", "rounds": [{"ours": trial}]}]}))
    done = run("benchmarks", "backfill", str(figures), "--records", "1e9", "--quota", "1000000")
    assert done.returncode == 0, done.stderr
    needs, sizes = (line.split() for line in done.stdout.splitlines() if line.startswith("50 "))
    assert needs == ["50", "20,000,000", "20,200,000", "7.0", "35.1", "140.3", "20.2"]
    assert sizes == ["50", "4.00", "3.00", "205", "15", "-"]


def test_inline_records_are_those_of_the_pages() -> None:
    code = """
import json
from benchmarks.world import World
world = World(3, 80)
status, page = json.loads(world.job_status(2)), json.loads(world.records_page(2, 1, 1000))
assert status["records"] == page["results"] and page["count"] == status["total_records"] == 80
assert [record["id"] for record in page["results"]] == sorted({record["id"] for record in page["results"]})
assert world.records_page(2, 2, 1000) is world.records_page(4, 1, 1000) is world.job_status(4) is None
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_a_contender_that_loses_rows_is_out() -> None:
    code = """
from dataclasses import replace
from benchmarks.lineup import FLOOR_TO_PARQUET, Work
from benchmarks.process import ContenderError
from benchmarks.serving import serving
from benchmarks.trial import try_once
import tempfile
short = replace(FLOOR_TO_PARQUET, command=lambda w: FLOOR_TO_PARQUET.command(replace(w, jobs=1)))
with serving(2, 50) as api, tempfile.TemporaryDirectory() as folder:
    try:
        try_once(short, Work(api.base_url, folder + "/place", 2, 50), api)
    except ContenderError as error:
        assert "50 records instead of 100" in str(error), error
    else:
        raise SystemExit("nobody noticed")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_the_guard_fails_beyond_its_limit() -> None:
    small = ("benchmarks", "guard", "--repetitions", "1", "--records", "5000", "--limit")
    refused, passed = run(*small, "0.01"), run(*small, "1000")
    assert refused.returncode == 1, refused.stderr
    assert refused.stdout.count("from body to row") == 3  # measured anew before it is believed
    assert passed.returncode == 0, passed.stderr
    assert passed.stdout.count("from body to row") == 1
