"""The command as a whole: exit codes, messages, help; what each command does is in the modules beside."""

from __future__ import annotations

import json
import logging
import re
import resource
import signal
import subprocess
import sys
import threading
import time
import warnings

import click
import pytest
from cli_runs import COMMAND, TIME_LIMIT_S, assert_one_error_line, environment, run, served
from scripted_api import raw_server

from ecore_export import __version__, errors
from ecore_export.cli import main
from ecore_export.cli.exit_codes import exit_code
from ecore_export.cli.messages import plural
from ecore_export.client import Client
from ecore_export.sandbox import JobSpec, Sandbox

COMMANDS = (
    "demo",
    "check",
    "jobs",
    "job",
    "records",
    "sync",
    "status",
    "view",
    "report",
    "verify",
    "rejects",
    "erase",
    "prune",
    "forget",
    "compact",
    "schema",
    "sandbox",
)

CODES = {
    2: {"SettingsError"},
    75: {
        "DailyCapError",
        "ServerError",
        "NetworkError",
        "MalformedBodyError",
        "RequestBudgetError",
        "TimeBudgetError",
        "DestinationBusyError",
        "WaitTimeoutError",
    },
    130: {"StoppedError"},
}

HEAVY = ("pandas", "pyarrow", "sqlalchemy", "httpx", "rich", "duckdb", "numpy", "msgspec")


def made(error: type[errors.EcoreError]) -> errors.EcoreError:
    more = {"job_id": 42} if error in (errors.PayloadError, errors.ReconciliationError) else {}
    return error("why", **more)


@pytest.mark.parametrize(
    "error",
    [
        kind
        for kind in vars(errors).values()
        if isinstance(kind, type) and issubclass(kind, errors.EcoreError)
    ],
)
def test_every_error_has_the_exit_code_of_the_design(error: type[errors.EcoreError]) -> None:
    expected = next((code for code, names in CODES.items() if error.__name__ in names), 1)
    assert exit_code(made(error)) == expected


def test_exit_codes_of_signals_and_of_what_is_not_ours() -> None:
    assert exit_code(errors.StoppedError("stopped"), stopped_by=signal.SIGTERM) == 143
    assert exit_code(KeyboardInterrupt()) == 130
    assert exit_code(click.UsageError("what?")) == 2
    assert exit_code(RuntimeError()) == 1


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:")[2]
    assert tuple(line.split()[0] for line in listed.strip().splitlines()) == COMMANDS
    assert "..." not in listed


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert len(capsys.readouterr().out.splitlines()) > 6


def test_help_is_quick() -> None:
    spent = []
    for _ in range(3):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert run("--help").returncode == 0
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    assert min(spent) < 0.3


def test_help_loads_nothing_heavy() -> None:
    script = (
        "import sys; from ecore_export.cli import main; main(['sync', '--help']);"
        f"print(*sorted({set(HEAVY)!r} & sys.modules.keys()), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert done.stderr.split() == []


def test_help_is_shown_whatever_the_terminal_can_spell() -> None:
    done = run("sync", "--help", PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")


def test_the_version_is_told() -> None:
    assert run("--version").stdout == f"ecore-export {__version__}\n"


def test_there_is_no_option_for_the_token() -> None:
    for command in COMMANDS:
        if command != "sandbox":
            assert main([command, "--token", "x"]) == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ["no-such-command"],
        ["jobs", "--no-such-option"],
        ["job"],
        ["job", "x"],
        ["records"],
        ["jobs", "-o", "jobs.xlsx"],
        ["schema", "--dialect", "mysql"],
        ["--log-level", "x"],
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert_one_error_line(capsys.readouterr().err)


def test_the_command_alone_shows_its_help_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Usage: ecore-export ")
    assert re.search(r"^  demo +Export a made-up account", told.err, re.MULTILINE)


def test_an_unexpected_error_is_one_line_without_its_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise KeyError("ana@example.com")

    monkeypatch.setattr(Client, "load_jobs", fail)
    monkeypatch.setenv("ECORE_API_TOKEN", "t")
    assert main(["jobs"]) == 1
    told = capsys.readouterr().err
    assert_one_error_line(told)
    assert "unexpected KeyError" in told
    assert "example.com" not in told

    monkeypatch.setenv("ECORE_DEBUG", "1")
    assert main(["jobs"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_a_message_with_line_breaks_stays_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise errors.ApiError("one\ntwo\x1b[2J")

    monkeypatch.setattr(Client, "load_jobs", fail)
    monkeypatch.setenv("ECORE_API_TOKEN", "t")
    assert main(["jobs"]) == 1
    assert capsys.readouterr().err == "ecore-export: error: one two [2J\n"


def test_warnings_are_plain_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    running = Sandbox.with_jobs([JobSpec(5, status="Processing")], advance_after_reads=None)
    with served(running, monkeypatch):
        assert main(["records", "1"]) == 0
    told = capsys.readouterr()
    assert told.err == ("ecore-export: warning: job 1 is not final: its records and counters will change\n")
    assert len(told.out.splitlines()) == 6


def test_messages_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--log-format", "json", "jobs"]) == 2
    told = json.loads(capsys.readouterr().err)
    assert (told["level"], told["logger"]) == ("error", "ecore_export")
    assert told["message"].startswith("no API token")
    assert told["time"].endswith("Z")


def test_the_log_level_is_not_that_of_other_packages(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(Sandbox(jobs=1), monkeypatch):
        assert main(["--log-level", "debug", "jobs"]) == 0
    assert "HTTP" not in capsys.readouterr().err


def test_running_a_command_leaves_no_trace_in_this_process() -> None:
    def state() -> object:
        root = logging.getLogger()
        shown = warnings.showwarning
        return list(root.handlers), root.level, shown, signal.getsignal(signal.SIGTERM)

    before = state()
    main(["--help"])
    assert state() == before


def test_a_reader_that_goes_away_is_no_noise(monkeypatch: pytest.MonkeyPatch) -> None:
    with served(Sandbox(), monkeypatch):
        process = subprocess.Popen(
            [*COMMAND, "jobs", "--format", "jsonl"],
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(TIME_LIMIT_S) == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""
        process.stderr.close()


# --- pandas -----------------------------------------------------------------------------------------------


def test_a_sync_never_loads_pandas(tmp_path, monkeypatch):
    with served(Sandbox(sizes=[3, 120]), monkeypatch):
        done = run("sync", f"parquet:{tmp_path}", PYTHONPROFILEIMPORTTIME="1")
    assert done.returncode == 0, done.stderr
    imported = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "pyarrow" in imported
    assert "pandas.core" not in imported  # one that is refused is listed, too


def test_frames_can_be_made_after_pandas_was_kept_out():
    script = (
        "from ecore_export.cli.options import _keep_pandas_out; _keep_pandas_out()\n"
        "import sys, pyarrow as pa; pa.array([1]); assert 'pandas' not in sys.modules\n"
        "frame = pa.table({'a': [1, 2]}).to_pandas(); print(pa.Table.from_pandas(frame)['a'].to_pylist())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "[1, 2]\n"


def test_numbers_come_with_their_nouns():
    assert [plural(n, "job") for n in (0, 1, 2, 12_345)] == ["0 jobs", "1 job", "2 jobs", "12,345 jobs"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_is_heard_while_the_api_says_nothing(number):
    asked, over = threading.Event(), threading.Event()

    def silent(_):
        asked.set()
        over.wait(TIME_LIMIT_S)

    with raw_server(silent) as server:
        given = environment(ECORE_BASE_URL=server.base_url, ECORE_API_TOKEN="t")
        process = subprocess.Popen([*COMMAND, "check"], env=given, stderr=subprocess.PIPE, text=True)
        assert asked.wait(TIME_LIMIT_S)
        process.send_signal(number)
        began = time.monotonic()
        process.communicate(timeout=TIME_LIMIT_S)
        over.set()
    assert process.returncode == 128 + number
    assert time.monotonic() - began < 10  # a request may take 30 s


@pytest.mark.parametrize(
    "words",
    [
        ["sync", "parquet:w", "--jobs", "jane@example.com"],
        ["sync", "parquet:w", "--since", "jane@example.com"],
        ["sync", "parquet:w", "--workers", "jane@example.com"],
        ["sync", "parquet:w", "--pii", "jane@example.com"],
        ["sync", "parquet:w", "jane@example.com"],
        ["status", "parquet:w", "--max-age", "jane@example.com"],
        ["job", "jane@example.com"],
        ["jane@example.com"],
    ],
    ids=lambda words: " ".join(words).replace("jane@example.com", "X"),
)
def test_an_address_in_the_wrong_place_is_not_repeated(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    told = capsys.readouterr().err
    assert_one_error_line(told)
    assert "jane" not in told
    assert "example.com" not in told
