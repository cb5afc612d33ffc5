"""What a log gets of a run: a line a minute while it lasts, and JSON lines with figures of their own."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cli_runs import served

from ecore_export.cli import main
from ecore_export.cli.messages import FIELDS
from ecore_export.destinations import open_destination, read_runs
from ecore_export.progress import of_runs
from ecore_export.sandbox import JobSpec, Response, Sandbox

pytestmark = pytest.mark.thorough

SIZES = (250, 7, 3)


class Waiting(Sandbox):
    """Answers a request that ``is_held`` picks only once the log has said something meanwhile."""

    def __init__(self, is_held: Callable[[str], bool]) -> None:
        super().__init__(jobs=[JobSpec(size) for size in SIZES])
        self._is_held = is_held
        self.holds, self.said = threading.Event(), threading.Event()

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Response:
        if self._is_held(f"{path}?{query}"):
            self.holds.set()
            assert self.said.wait(30)
        return super().handle(method, path, query, headers)


@pytest.fixture
def often(monkeypatch: pytest.MonkeyPatch) -> Callable[[Waiting], None]:
    """Has the log speak every 20 ms instead of every minute, and the API go on once it has."""

    def listen(sandbox: Waiting) -> None:
        say = of_runs._Logged.say

        def heard(logged: Any) -> None:
            if not logged._about:  # a real minute is longer than the beginning of a run
                return
            is_held = sandbox.holds.is_set()
            say(logged)
            if is_held:
                sandbox.said.set()

        monkeypatch.setattr(of_runs, "LINE_EVERY_S", 0.02)
        monkeypatch.setattr(of_runs._Logged, "say", heard)

    return listen


def lines(stderr: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stderr.splitlines()]


def test_a_long_run_says_a_line_a_minute_even_while_the_api_says_nothing(
    tmp_path: Path,
    often: Callable[[Waiting], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = Waiting(lambda asked: "/jobs/?" in asked)
    often(sandbox)
    with served(sandbox, monkeypatch):
        assert main(["sync", f"parquet:{tmp_path}/w"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert "ecore-export: exporting: no answer yet; 1 request, 0 s" in told
    assert told[-1].startswith("ecore-export: complete: 3 jobs seen, 3 exported")


def test_json_lines_of_a_run_carry_its_figures(
    tmp_path: Path,
    often: Callable[[Waiting], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = Waiting(lambda asked: "/records" in asked)
    often(sandbox)
    with served(sandbox, monkeypatch):
        assert main(["--log-format", "json", "sync", f"parquet:{tmp_path}/w", "--account", "acme"]) == 0
    told = lines(capsys.readouterr().err)
    opened = open_destination(f"parquet:{tmp_path}/w")
    (run,) = read_runs(opened).to_pylist()
    opened.close()
    assert {line["run_id"] for line in told} == {run["run_id"]}
    assert {line["account"] for line in told} == {"acme"}
    *lasting, last = told
    for line in lasting:
        assert {"jobs", "records", "requests", "seconds"} <= line.keys()
        published = 3 if ", 3 jobs exported" in line["message"] else 0
        assert (line["jobs"], line["records"]) == (published, published and sum(SIZES))
    assert any(line["requests"] > 1 and not line["jobs"] for line in lasting)
    assert (last["status"], last["jobs"], last["records"]) == ("complete", 3, sum(SIZES))
    assert last["requests"] == run["requests"]
    assert 0 <= last["seconds"] < 60


def test_the_line_of_a_failed_run_carries_its_figures_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(Sandbox(sizes=SIZES), monkeypatch):
        url = f"sqlite:///{tmp_path}/w.db"
        assert main(["--log-format", "json", "sync", url, "--max-requests", "1"]) == 75
    (line,) = lines(capsys.readouterr().err)
    assert (line["level"], line["status"], line["requests"]) == ("error", "stopped", 1)
    assert set(FIELDS) - {"profile"} <= line.keys()


def test_a_line_that_is_of_no_run_has_no_such_fields(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--log-format", "json", "jobs"]) == 2
    (line,) = lines(capsys.readouterr().err)
    assert line.keys() == {"time", "level", "logger", "message"}


def test_a_verification_says_how_far_it_is(
    tmp_path: Path,
    often: Callable[[Waiting], None],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sandbox = Waiting(lambda _asked: False)
    with served(sandbox, monkeypatch):
        assert main(["sync", f"sqlite:///{tmp_path}/w.db"]) == 0
        capsys.readouterr()
        often(sandbox)
        sandbox._is_held = lambda asked: "page=1&" in asked and "/records" in asked
        assert main(["--log-format", "json", "verify", f"sqlite:///{tmp_path}/w.db"]) == 0
    told = lines(capsys.readouterr().err)
    assert told
    assert all(line["message"].startswith("verifying: ") and line["account"] == "default" for line in told)
    assert "run_id" not in told[0]
