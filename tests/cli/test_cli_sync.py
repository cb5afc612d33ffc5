"""`sync`: what it says, how it ends, and what stays when it does not end well."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import pytest
from cli_runs import (
    COMMAND,
    TIME_LIMIT_S,
    assert_one_error_line,
    environment,
    run,
    served,
    settings_for,
)

from ecore_export.cli import main
from ecore_export.destinations import open_destination, read_runs
from ecore_export.sandbox import Fault, JobSpec, Response, Sandbox, serve

Process = subprocess.Popen[bytes]

SPECS = (JobSpec(250), JobSpec(3, status="Failed"), JobSpec(12), JobSpec(7, status="Processing"))


def small(**options: object) -> Sandbox:
    return Sandbox.with_jobs(SPECS, advance_after_reads=None, **options)


def forty_jobs() -> Sandbox:
    return Sandbox(jobs=[JobSpec(5)] * 40)


class Hanging(Sandbox):
    """Answers ``free`` requests for single jobs, then none until ``released``; tells when it hangs."""

    def __init__(self, free: int) -> None:
        super().__init__(jobs=[JobSpec(5)] * 40)
        self.hangs, self.released = threading.Event(), threading.Event()
        self._free, self._counting = free, threading.Lock()

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Response:
        if not path.endswith("/jobs/"):
            with self._counting:
                self._free -= 1
            if self._free < 0:
                self.hangs.set()
                self.released.wait(TIME_LIMIT_S)
        return super().handle(method, path, query, headers)


@contextmanager
def hanging_sync(url: str, *, free: int, stderr: IO[bytes]) -> Iterator[tuple[Process, Hanging]]:
    """A sync in a process of its own, once it waits for an answer that does not come."""
    sandbox = Hanging(free)
    with serve(sandbox) as address:
        process = subprocess.Popen(
            [*COMMAND, "sync", url, "--workers", "1"],
            env=environment(TERM="xterm", **settings_for(address.base_url, sandbox)),
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        stderr.close()
        try:
            assert sandbox.hangs.wait(TIME_LIMIT_S)
            yield process, sandbox
        finally:
            sandbox.released.set()
            process.kill()
            process.wait()


class Terminal(threading.Thread):
    """Reads what a process shows, until nobody writes any more."""

    def __init__(self, handle: int) -> None:
        super().__init__(daemon=True)
        self._handle, self.shown, self.says_to_stop = handle, b"", threading.Event()
        self.start()

    def run(self) -> None:
        with suppress(OSError):  # how Linux tells that the other end is closed
            while more := os.read(self._handle, 10_000):
                self.shown += more
                if b"once more stops at once" in self.shown:
                    self.says_to_stop.set()


def last_run(url: str) -> dict[str, object]:
    destination = open_destination(url)
    try:
        return read_runs(destination).to_pylist()[-1]
    finally:
        destination.close()


def test_a_sync_in_a_pipe_sums_up_on_stdout_and_closes_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(small(), monkeypatch):
        assert main(["sync", f"parquet:{tmp_path}/w"]) == 0
    told = capsys.readouterr()
    assert told.out.splitlines()[0] == "complete"
    assert "3 jobs with 265 records" in told.out
    assert told.err.startswith("ecore-export: complete: 4 jobs seen, 3 exported, 0 rejected, 265 records, ")
    assert told.err.count("\n") == 1


def test_the_result_as_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECORE_DESTINATION", f"parquet:{tmp_path}/w")
    with served(small(), monkeypatch):
        assert main(["sync", "--json"]) == 0
        first = json.loads(capsys.readouterr().out)
        assert main(["sync", "--json", "--account", "default", "--full", "--workers", "2"]) == 0
        second = json.loads(capsys.readouterr().out)
    assert (first["status"], first["jobs_exported"], first["records_written"]) == ("complete", 3, 265)
    assert (second["status"], second["jobs_exported"], second["jobs_changed"]) == ("complete", 0, 0)


def test_a_rehearsal_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(small(), monkeypatch):
        assert main(["sync", f"parquet:{tmp_path}/w", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("dry run: would export 3 jobs with 265 records\n")
    assert list(tmp_path.iterdir()) == []


def test_options_choose_what_is_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(small(), monkeypatch):
        assert main(["sync", f"parquet:{tmp_path}/a", "--json", "--jobs", "1,3"]) == 0
        assert json.loads(capsys.readouterr().out)["records_written"] == 262
        assert main(["sync", f"parquet:{tmp_path}/b", "--json", "--no-records"]) == 0
        assert json.loads(capsys.readouterr().out)["records_written"] == 0
        assert main(["sync", f"parquet:{tmp_path}/c", "--json", "--since", "2200-01-01"]) == 0
        assert json.loads(capsys.readouterr().out)["jobs_exported"] == 0
        assert main(["sync", f"parquet:{tmp_path}/d", "--json", "--max-requests", "1"]) == 75
        assert json.loads(capsys.readouterr().out)["status"] == "stopped"


def test_rejects_make_a_run_partial(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def miscount(payload: object) -> None:
        for job in payload.get("results", [payload]) if isinstance(payload, dict) else []:
            if job.get("id") == 3 and "valid_count" in job:
                job["valid_count"] -= 1
                job["invalid_count"] += 1

    with served(small(faults=[Fault("mutate", mutate=miscount)]), monkeypatch):
        assert main(["sync", f"parquet:{tmp_path}/w"]) == 3
    told = capsys.readouterr()
    assert f"see `ecore-export rejects parquet:{tmp_path}/w`" in told.out
    assert told.err.startswith("ecore-export: warning: partial: ")


@pytest.mark.parametrize(
    ("settings", "destination", "code"),
    [
        pytest.param({"ECORE_API_TOKEN": "wrong"}, "parquet:w", 1, id="wrong token"),
        pytest.param({"ECORE_API_TOKEN": ""}, "parquet:w", 2, id="no token"),
        pytest.param({"ECORE_BASE_URL": "{base}elsewhere/"}, "parquet:w", 1, id="wrong path"),
        pytest.param({"ECORE_BASE_URL": "http://127.0.0.1:1/"}, "parquet:w", 75, id="API down"),
        pytest.param({"ECORE_BASE_URL": "http://api.example/"}, "parquet:w", 2, id="plain http"),
        pytest.param({}, "parquet:file/w", 1, id="a file in the way"),
        pytest.param({}, "sqlite:///none/w.db", 1, id="no such folder"),
        pytest.param({}, "postgresql+psycopg://u:pw-9@127.0.0.1:1/x", 75, id="database down"),
        pytest.param({}, "floppy://w", 2, id="unknown scheme"),
        pytest.param({}, "warehouse", 2, id="no scheme"),
    ],
)
def test_what_keeps_a_sync_from_running_is_one_line(
    settings: dict[str, str],
    destination: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with served(small(), monkeypatch):
        for name, value in settings.items():
            monkeypatch.setenv(name, value.format(base=os.environ["ECORE_BASE_URL"]))
        assert main(["sync", destination]) == code
    told = capfd.readouterr().err
    assert_one_error_line(told)
    assert "pw-9" not in told
    assert not list(tmp_path.rglob(".*.tmp"))
    if code == 2:
        assert [path.name for path in tmp_path.iterdir()] == ["file"]
    if (tmp_path / "w").exists():
        assert last_run(f"parquet:{tmp_path}/w")["status"] in ("failed", "stopped")


@pytest.mark.parametrize(
    "wrong",
    [
        ["--since=soon"],
        ["--since=2026-05-01", "--until=2026-05-01"],
        *(
            ["--jobs=a"],
            ["--jobs="],
            ["--workers=0"],
            ["--max-requests=0"],
            ["--max-minutes=0"],
            ["--max-minutes=soon"],
            ["--max-minutes=inf"],
        ),
    ],
)
def test_wrong_options_are_exit_code_2(
    wrong: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ECORE_API_TOKEN", "t")
    assert main(["sync", f"parquet:{tmp_path}/w", *wrong]) == 2
    assert_one_error_line(capsys.readouterr().err)
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_job_is_exit_code_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(small(), monkeypatch):
        assert main(["sync", f"parquet:{tmp_path}/w", "--jobs", "99"]) == 1
    assert_one_error_line(capsys.readouterr().err)


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_signal_ends_the_batch_and_the_run_is_recorded_as_stopped(
    number: int, code: int, tmp_path: Path
) -> None:
    url, stderr = f"parquet:{tmp_path}/w", tmp_path / "stderr"
    with hanging_sync(url, free=20, stderr=stderr.open("wb")) as (process, sandbox):
        process.send_signal(number)
        sandbox.released.set()
        assert process.wait(TIME_LIMIT_S) == code
    assert_one_error_line(stderr.read_text())
    stopped = last_run(url)
    assert stopped["status"] == "stopped"
    with serve(forty_jobs()) as address:
        again = run("sync", url, "--json", **settings_for(address.base_url, sandbox))
    assert json.loads(again.stdout)["jobs_exported"] + stopped["jobs_exported"] == 40


@pytest.mark.thorough
def test_on_a_terminal_there_is_a_bar_and_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    url = f"parquet:{tmp_path}/w"
    ours, theirs = pty.openpty()
    terminal = Terminal(ours)
    with hanging_sync(url, free=25, stderr=os.fdopen(theirs, "wb")) as (process, _):
        process.send_signal(signal.SIGINT)
        assert terminal.says_to_stop.wait(TIME_LIMIT_S)
        process.send_signal(signal.SIGINT)
        assert process.wait(TIME_LIMIT_S) == 130
    terminal.join()
    os.close(ours)
    assert b"40 jobs" in terminal.shown
    assert last_run(url)["status"] == "running"


def test_the_bar_shows_listing_and_exporting_and_is_gone_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, theirs = pty.openpty()
    terminal = Terminal(ours)
    with served(small(), monkeypatch), os.fdopen(theirs, "wb") as stderr:
        done = subprocess.run(
            [*COMMAND, "sync", f"parquet:{tmp_path}/w"],
            env=environment(TERM="xterm"),
            stdout=subprocess.PIPE,
            stderr=stderr,
            timeout=TIME_LIMIT_S,
        )
    terminal.join()
    os.close(ours)
    assert done.returncode == 0
    assert done.stdout.startswith(b"complete\n")
    assert b"3/3 jobs" in terminal.shown
    assert b"ecore-export: complete" not in terminal.shown
