"""`check`, `status`, `rejects`, `schema`, `sandbox`, `demo`: what they show, and what a monitor hears."""

from __future__ import annotations

import json
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from cli_runs import COMMAND, TIME_LIMIT_S, assert_one_error_line, environment, served

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import open_destination, read_runs, write_meta, write_runs
from ecore_export.sandbox import Fault, JobSpec, Sandbox

SPECS = (JobSpec(20), JobSpec(3, status="Failed"), JobSpec(12), JobSpec(7, status="Processing"))


def miscount(payload: object) -> None:
    """Job 3 does not add up, wherever it shows."""
    for job in payload.get("results", [payload]) if isinstance(payload, dict) else []:
        if job.get("id") == 3 and "valid_count" in job:
            job["valid_count"] -= 1
            job["invalid_count"] += 1


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with served(Sandbox.with_jobs(SPECS, advance_after_reads=None), monkeypatch) as made_up:
        yield made_up


@pytest.fixture
def warehouse(sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """A destination where job 3 was rejected."""
    sandbox.faults.add(Fault("mutate", mutate=miscount))
    url = f"sqlite:///{tmp_path}/w.db"
    assert main(["sync", url]) == 3
    capsys.readouterr()
    return url


def test_check_says_what_is_well_and_changes_nothing(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", f"parquet:{tmp_path}/w"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    words = [line.split()[0] for line in told.out.splitlines() if not line.startswith("setting ")]
    assert words == ["token", "jobs", "destination", "schema"]
    assert "setting      token: from ECORE_API_TOKEN\n" in told.out
    assert "setting      destination: from command line\n" in told.out
    assert len(sandbox.request_log) == 1
    assert list(tmp_path.iterdir()) == []


def test_check_says_what_is_not_well(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["check", f"parquet:{tmp_path}/file"]) == 1
    told = capsys.readouterr()
    assert_one_error_line(told.err)
    assert "\ntoken        accepted by" in told.out
    monkeypatch.setenv("ECORE_ATTEMPTS", "many")
    assert main(["check"]) == 2
    assert "ECORE_ATTEMPTS" in capsys.readouterr().err
    monkeypatch.setenv("ECORE_ATTEMPTS", "8")
    monkeypatch.setenv("ECORE_API_TOKEN", "wrong")
    assert main(["check"]) == 1
    assert_one_error_line(capsys.readouterr().err)


def test_check_refuses_a_newer_destination(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    destination = open_destination(f"parquet:{tmp_path}/w")
    destination.ensure_schema()
    write_meta(destination, {"schema_version": "99"})
    destination.close()
    assert main(["check", f"parquet:{tmp_path}/w"]) == 1
    assert "upgrade ecore-export" in capsys.readouterr().err


def test_status_shows_figures_and_runs(warehouse: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", warehouse]) == 0
    told = capsys.readouterr().out
    assert "4 known, 2 exported, 1 waiting, 1 running, 0 deleted, 0 unreconciled" in told
    assert "partial" in told
    assert main(["status", warehouse, "--json"]) == 0
    about = json.loads(capsys.readouterr().out)
    assert about["jobs"]["known"] == 4
    assert about["records_exported"] == 23
    assert about["rejects_open"] == 1
    assert about["last_complete_at"] is None
    assert [row["status"] for row in about["runs"]] == ["partial"]


@pytest.mark.parametrize("form", ["sqlite:///{}/w.db", "delta:{}/tables"])
def test_status_says_of_a_run_that_never_ended_what_it_may_be(
    form: str, sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = form.format(tmp_path)
    assert main(["sync", url]) == 0
    with closing(open_destination(url)) as found:
        (row,) = read_runs(found).to_pylist()
        dead = row | {"run_id": "0" + row["run_id"][1:-1] + "x", "status": "running", "finished_at": None}
        write_runs(found, pa.Table.from_pylist([dead], schema=schema.SYNC_RUNS.arrow))
    capsys.readouterr()
    assert main(["status", url, "--max-age", "1h"]) == 0
    assert "not ended      1 run: at work, or killed" in capsys.readouterr().out


def test_status_answers_a_monitor_by_its_exit_code(
    warehouse: str, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", warehouse, "--max-age", "2h"]) == 1
    assert_one_error_line(capsys.readouterr().err)
    sandbox.faults.clear()
    assert main(["sync", warehouse]) == 0
    assert main(["status", warehouse, "--max-age", "2h"]) == 0
    long_ago(warehouse, hours=3)
    capsys.readouterr()
    assert main(["status", warehouse, "--max-age", "2h"]) == 1
    told = capsys.readouterr().err
    assert re.search(r"ended 3h( \w+)? ago, more than 2h", told)
    assert main(["status", warehouse, "--max-age", "1d"]) == 0
    assert main(["status", warehouse, "--max-age", "soon"]) == 2


def long_ago(url: str, *, hours: int) -> None:
    """Let all runs have ended so many hours ago."""
    destination = open_destination(url)
    runs = read_runs(destination).to_pylist()
    for row in runs:
        row["finished_at"] = datetime.now(UTC) - timedelta(hours=hours)
    write_runs(destination, pa.Table.from_pylist(runs, schema.SYNC_RUNS.arrow))
    destination.close()


def test_an_account_that_never_exported_has_no_runs(
    warehouse: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["status", warehouse, "--account", "typo", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["jobs"]["known"], told["last_complete_at"]) == (0, None)


@pytest.mark.parametrize(
    "command",
    [
        ["report", "-o", "page.html"],
        ["view", "list_quality", "-o", "rows.csv"],
        ["rejects"],
        ["rejects", "--accept", "3"],
        ["erase", "jane@example.com"],
        ["prune", "--records-before", "2025-01-01"],
    ],
)
def test_a_mistyped_destination_is_an_error_and_no_empty_answer(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    name, *rest = command
    assert main([name, "parquet:typo", *rest]) == 1
    assert capsys.readouterr().err == (
        "ecore-export: error: nothing was ever exported to parquet:typo; run `ecore-export sync` first\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_status_of_what_was_never_written_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", f"parquet:{tmp_path}/w"]) == 1
    told = capsys.readouterr()
    assert "nothing there yet" in told.out
    assert_one_error_line(told.err)
    assert main(["status", f"parquet:{tmp_path}/w", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["schema_version"] is None
    assert list(tmp_path.iterdir()) == []


def test_rejects_are_listed_with_their_reason(warehouse: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rejects", warehouse]) == 0
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["job_id", "reason", "occurrences", "rejected_at", "record_id"]
    assert row.split()[0] == "3"
    assert main(["rejects", warehouse, "--json"]) == 0
    (reject,) = json.loads(capsys.readouterr().out)["rejects"]
    assert reject["job_id"] == 3
    assert "raw" not in reject
    assert main(["rejects", warehouse, "--json", "--raw", "--all"]) == 0
    (reject,) = json.loads(capsys.readouterr().out)["rejects"]
    assert reject.keys() >= {"raw", "resolved_at"}


def test_a_rejected_job_can_be_accepted(warehouse: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rejects", warehouse, "--accept", "3"]) == 0
    assert capsys.readouterr().out == "accepted 1 job with 12 records; rejects still open: 0\n"
    assert main(["rejects", warehouse]) == 0
    assert capsys.readouterr().out == "no open rejects\n"
    assert main(["status", warehouse, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["jobs"]["unreconciled"] == 1
    for job_id in ("3", "99"):
        assert main(["rejects", warehouse, "--accept", job_id]) == 2
        assert "is not rejected" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ((), "# Data dictionary"),
        (("--format", "json"), "{"),
        (
            ("--format", "sql", "--dialect", "postgresql"),
            "-- The tables and views of ecore-export for postgresql",
        ),
        (("--format", "arrow"), "jobs\n"),
    ],
)
def test_the_schema_is_printed(
    options: tuple[str, ...], start: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", *options]) == 0
    assert capsys.readouterr().out.startswith(start)


def test_the_schema_is_written_to_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", "--write", str(tmp_path / "schemas")]) == 0
    listed = capsys.readouterr().out.split()
    assert sorted(listed) == sorted(str(path) for path in (tmp_path / "schemas").iterdir())


def test_the_sandbox_serves_until_it_is_told_to_stop() -> None:
    process = subprocess.Popen(
        [*COMMAND, "sandbox", "--port", "0", "--jobs", "3", "--token", "a b'c", "--fault", "500:times=0"],
        env=environment(PYTHONUNBUFFERED=""),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(2)]
    settings = dict(shlex.split(line)[1].split("=", 1) for line in lines)
    request = urllib.request.Request(
        settings["ECORE_BASE_URL"] + "email-validation/jobs/",
        headers={"Authorization": f"Token {settings['ECORE_API_TOKEN']}"},
    )
    with urllib.request.urlopen(request, timeout=TIME_LIMIT_S) as answer:
        assert json.load(answer)["count"] == 3
    process.send_signal(signal.SIGTERM)
    assert process.wait(TIME_LIMIT_S) == 143
    process.stdout.close()


def test_the_sandbox_refuses_nonsense(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--fault", "flood"]) == 2
    assert_one_error_line(capsys.readouterr().err)


def test_the_demo_shows_figures_and_what_to_type_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "it's a demo"
    assert main(["demo", str(folder), "--jobs", "12"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    figures = dict(re.findall(r"^(jobs|records|credits) +(.*)$", told.out, re.MULTILINE))
    assert figures["jobs"].startswith("12: ")
    charged, refunded, net = map(Decimal, re.findall(r"[0-9,]+\.[0-9]+", figures["credits"].replace(",", "")))
    assert charged - refunded == net
    assert f"{folder / 'report.html'}: the report" in told.out
    assert (folder / "report.html").read_text("utf-8").startswith("<!doctype html>")

    next_steps = told.out.partition("Look at it:\n")[2].splitlines()
    _, *python = shlex.split(next_steps[0])
    shown = subprocess.run([sys.executable, *python], capture_output=True, text=True, timeout=TIME_LIMIT_S)
    _, path, query = shlex.split(next_steps[1])
    connection = sqlite3.connect(path)
    by_status = connection.execute(query).fetchall()
    connection.close()
    assert sum(count for _, count in by_status) == int(figures["records"].partition(":")[0].replace(",", ""))
    assert all(f"{status} " in shown.stdout and f" {count}\n" in shown.stdout for status, count in by_status)
    for line in next_steps[2:4]:
        assert main(shlex.split(line)[1:]) == 0

    capsys.readouterr()
    assert main(["demo", str(folder), "--jobs", "12"]) == 0
    assert capsys.readouterr().out.count(": 0 jobs, 0 records exported") == 2


def test_the_demo_needs_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    for place in (tmp_path / "file", tmp_path / "file" / "demo"):
        assert main(["demo", str(place), "--jobs", "1"]) == 1
        told = capsys.readouterr().err
        assert_one_error_line(told)
        assert "is a file" in told


def test_the_demo_needs_no_extra(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "for name in ('psycopg', 'altair', 'jinja2', 'vl_convert'): sys.modules[name] = None\n"
        "from ecore_export.cli import main\n"
        f"sys.exit(main(['demo', {str(tmp_path)!r}, '--jobs', '2']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "pip install 'ecore-export[report]'" in done.stdout
