"""Machines as they are: no time zone data, no home, closed or full streams, folders that cannot be synced."""

from __future__ import annotations

import errno
import multiprocessing
import os
import stat
import subprocess
import threading
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from cli_runs import COMMAND, TIME_LIMIT_S, assert_one_error_line, environment, served

import ecore_export as ee
from ecore_export import schema
from ecore_export.cli import main
from ecore_export.cli.formats import json_rows
from ecore_export.destinations.files import only_ours
from ecore_export.destinations.parquet.read import read_file
from ecore_export.destinations.rows import month_labels
from ecore_export.errors import DestinationError
from ecore_export.report.writing import _some_home
from ecore_export.sandbox import JobSpec, Sandbox

pytestmark = pytest.mark.thorough

INSTANTS = pa.chunked_array([pa.array([0, 1_777_636_528_913_000, None], pa.timestamp("us", "UTC"))])


@pytest.fixture
def no_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Arrow does with an instant of a zone where the system has no time zone data."""

    def refusing(function):
        def called(column, *arguments, **options):
            if pa.types.is_timestamp(column.type) and column.type.tz is not None:
                raise pa.ArrowInvalid("Cannot locate timezone 'UTC'")
            return function(column, *arguments, **options)

        return called

    def refuse(*_arguments, **_options):
        raise pa.ArrowInvalid("Cannot locate timezone 'UTC'")

    for name in ("year", "month", "day", "floor_temporal"):
        monkeypatch.setattr(pc, name, refusing(getattr(pc, name)))
    monkeypatch.setattr(pc, "strftime", refuse)


def test_instants_become_text_and_months_without_time_zone_data(no_zones: None) -> None:
    assert json_rows(pa.table({"at": INSTANTS})) == [
        {"at": "1970-01-01T00:00:00.000000Z"},
        {"at": "2026-05-01T11:55:28.913000Z"},
        {"at": None},
    ]
    assert month_labels(INSTANTS.drop_null()) == ["1970-01", "2026-05"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.ENOSYS, errno.EBADF])
@pytest.mark.parametrize("scheme", ["parquet:{}/w", "duckdb:///{}/w.duckdb"])
def test_folders_that_cannot_be_synced_keep_nobody_from_exporting(
    code: int, scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(code, os.strerror(code))
        sync(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with served(Sandbox.with_jobs((JobSpec(3),)), monkeypatch):
        assert ee.sync(scheme.format(tmp_path)).records_written == 3
        assert main(["jobs", "-o", str(tmp_path / "jobs.csv")]) == 0


@pytest.mark.parametrize("scheme", ["parquet:{}/w", "sqlite:///{}/w.db", "duckdb:///{}/w.duckdb"])
def test_a_file_system_without_locks_is_told_in_a_sentence(
    scheme: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def flock(_handle: int, _operation: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    with served(Sandbox.with_jobs((JobSpec(3),)), monkeypatch):
        assert main(["sync", scheme.format(tmp_path)]) == 1
    told = capsys.readouterr().err.splitlines()[-1] + "\n"
    assert_one_error_line(told)
    assert "locks" in told


def test_threads_that_make_files_leave_the_umask_as_it_was() -> None:
    before = os.umask(0o022)
    first_is_in, second_is_in = threading.Event(), threading.Event()

    def first() -> None:
        with only_ours():
            first_is_in.set()
            assert second_is_in.wait(10)

    def second() -> None:
        assert first_is_in.wait(10)
        with only_ours():
            second_is_in.set()
            one.join(10)  # the first to come goes first, and the last one knows the umask of before

    one, other = threading.Thread(target=first), threading.Thread(target=second)
    try:
        one.start()
        other.start()
        other.join(10)
        assert os.umask(0o022) == 0o022
    finally:
        os.umask(before)


def _use(client: ee.Client, told: multiprocessing.Queue) -> None:
    for call in (
        lambda: client.load_jobs(),
        lambda: client.load_records([1]),
        lambda: client.wait_for_job(1),
    ):
        try:
            call()
        except ee.EcoreError as error:
            told.put(str(error))
    client.close()
    told.put("closed")


def test_a_client_in_a_forked_child_says_at_once_why_not() -> None:
    forking = multiprocessing.get_context("fork")
    told = forking.Queue()
    with ee.Client.sandbox(jobs=1) as client:
        client.load_records([1])
        child = forking.Process(target=_use, args=(client, told))
        child.start()
        heard = [told.get(timeout=20) for _ in range(4)]
        child.join(20)
        assert child.exitcode == 0
        assert [("forked" in text) for text in heard] == [True, True, True, False]
        assert len(client.load_jobs()) == 1


def test_a_report_needs_no_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("altair")

    def no_home() -> Path:
        if "HOME" not in os.environ:
            raise RuntimeError("Could not determine home directory.")
        return Path(os.environ["HOME"])

    monkeypatch.delenv("HOME")
    monkeypatch.setattr(Path, "home", no_home)
    with _some_home():
        assert Path.home().is_dir()
    assert "HOME" not in os.environ


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "code"),
    [
        *(
            ("sync sqlite:///a.db >&-", 0),
            ("sync sqlite:///a.db > /dev/full", 0),
            ("sync sqlite:///a.db 2>&-", 0),
        ),
        *(("sync sqlite:///a.db <&- >&- 2>&-", 0), ("sync sqlite:///a.db 2> /dev/full", 0)),
        *(
            ("erase sqlite:///w.db a@example.com >&-", 0),
            ("prune sqlite:///w.db --records-before 2020-01-01 >&-", 0),
        ),
        *(
            ("jobs >&-", 1),
            ("jobs > /dev/full", 1),
            ("status sqlite:///w.db >&-", 1),
            ("schema > /dev/full", 1),
        ),
        *(("jobs -o jobs.csv 2>&-", 0), ("jobs -o jobs.csv >&-", 0), ("jobs -o /dev/full", 1)),
        ("view sqlite:///w.db list_quality > /dev/full", 1),
    ],
)
def test_closed_and_full_streams_are_no_bug(
    command: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served(Sandbox.with_jobs((JobSpec(3),)), monkeypatch):
        if "w.db" in command:
            ee.sync(f"sqlite:///{tmp_path}/w.db")
        done = subprocess.run(
            ["sh", "-c", f"{' '.join(COMMAND)} {command}"],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
    assert (done.returncode, "bug" in done.stderr, "Traceback" in done.stderr) == (code, False, False)
    if code:
        assert_one_error_line(done.stderr)
    if command.startswith("sync"):
        assert (tmp_path / "a.db").exists()


def test_a_limit_on_threads_is_named_and_no_file_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken.parquet").write_bytes(b"PAR1")

    def refused(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with ee.Client.sandbox(jobs=3) as client:
        with monkeypatch.context() as limited:
            limited.setattr(threading.Thread, "start", refused)
            with pytest.raises(ee.EcoreError, match="limit on processes"):
                client.load_records([1, 2, 3])
            with pytest.raises(ee.EcoreError, match="limit on processes"):
                read_file(tmp_path / "broken.parquet", schema.JOBS)
        assert len(client.load_records([1]))
    with pytest.raises(DestinationError, match="is damaged"):
        read_file(tmp_path / "broken.parquet", schema.JOBS)
