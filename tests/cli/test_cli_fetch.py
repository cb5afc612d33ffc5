"""`jobs`, `job`, `records`: exact values in every format, files replaced in one step, waiting."""

from __future__ import annotations

import csv
import io
import json
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import jsonschema
import openpyxl
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from cli_runs import COMMAND, TIME_LIMIT_S, assert_one_error_line, environment, served

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.sandbox import JobSpec, Sandbox
from ecore_export.schema_export import files as schema_export

FORMULA = '=HYPERLINK("https://a.example","x")'
SPECS = (
    JobSpec(250, counts=(178, 49, 23), created_at=datetime(2026, 5, 6, 11, 41, 55, 1000, UTC)),
    JobSpec(3, status="Failed", created_at=datetime(2026, 5, 20, tzinfo=UTC)),
    JobSpec(
        2,
        status="Processing",
        list_name=FORMULA,
        rate=Decimal("0.1"),
        created_at=datetime(2026, 5, 30, tzinfo=UTC),
    ),
)


@pytest.fixture(autouse=True)
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with served(Sandbox.with_jobs(SPECS, advance_after_reads=None), monkeypatch) as made_up:
        yield made_up


def output_of(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 0
    told = capsys.readouterr()
    assert told.err == ""
    return told.out


def test_jobs_in_a_pipe_are_exact_csv(capsys: pytest.CaptureFixture[str]) -> None:
    rows = list(csv.DictReader(io.StringIO(output_of(capsys, "jobs"))))
    assert tuple(rows[0]) == schema.JOBS.names
    assert [row["job_id"] for row in rows] == ["3", "2", "1"]
    assert rows[2]["total_credits_charged"] == "178.000000"
    assert rows[2]["created_at"] == "2026-05-06T11:41:55.001000Z"
    assert rows[0]["list_name"] == FORMULA
    assert rows[0]["total_credits_charged"] == "0.200000"
    assert rows[0]["completed_at"] == ""


def test_dates_and_status_choose_jobs(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("jobs", "--format", "jsonl", "--since", "2026-05-20", "--until", "2026-05-30")
    assert [json.loads(line)["job_id"] for line in output_of(capsys, *asked).splitlines()] == [2]
    asked = ("jobs", "--format", "jsonl", "--status", "processed")
    assert [json.loads(line)["job_id"] for line in output_of(capsys, *asked).splitlines()] == [1]


def test_records_are_chosen_by_their_status(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("records", "1", "2", "--format", "jsonl", "--status", "invalid")
    rows = [json.loads(line) for line in output_of(capsys, *asked).splitlines()]
    assert {row["status"] for row in rows} == {"Invalid"}
    assert sum(row["job_id"] == 1 for row in rows) == 49
    assert main(["records", "1", "--status", "Processed"]) == 2
    assert "'Processed' is not one of" in capsys.readouterr().err


@pytest.mark.thorough
def test_jsonl_rows_are_those_of_the_json_schema(capsys: pytest.CaptureFixture[str]) -> None:
    contract = schema_export.json_schema(schema.RECORDS)
    contract["properties"]["run_id"] = {"type": "null"}  # nothing was exported
    lines = output_of(capsys, "records", "1", "--format", "jsonl").splitlines()
    assert len(lines) == 250
    for line in lines:
        jsonschema.validate(json.loads(line), contract)


@pytest.mark.parametrize("name", ["jobs.parquet", "jobs.csv", "jobs.jsonl", "jobs.ndjson", "jobs"])
def test_a_file_has_the_format_of_its_ending(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / name
    assert output_of(capsys, "jobs", "-o", str(path)) == ""
    if path.suffix == ".parquet":
        ids = pq.read_table(path)["job_id"].to_pylist()
    elif path.suffix in (".csv", ""):
        ids = pa.csv.read_csv(path)["job_id"].to_pylist()
    else:
        ids = [json.loads(line)["job_id"] for line in path.read_text().splitlines()]
    assert ids == [3, 2, 1]


def test_a_parquet_file_has_the_exact_schema_and_is_its_owners(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "records.parquet"
    output_of(capsys, "records", "1", "2", "-o", str(path))
    table = pq.read_table(path)
    assert table.schema.equals(schema.RECORDS.frame_arrow)
    assert len(table) == 253
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_an_excel_file_holds_what_a_csv_file_does(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "jobs.xlsx"
    output_of(capsys, "jobs", "-o", str(path))
    header, *rows = openpyxl.load_workbook(path).active.iter_rows(values_only=True)
    assert header == schema.JOBS.names
    jobs = [dict(zip(header, row, strict=True)) for row in rows]
    assert [job["job_id"] for job in jobs] == ["3", "2", "1"]
    assert jobs[0]["list_name"] == FORMULA
    assert jobs[2]["total_credits_charged"] == 178
    assert jobs[2]["created_at"] == datetime(2026, 5, 6, 11, 41, 55, 1000)  # noqa: DTZ001
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_csv_for_excel_has_a_mark_readable_instants_and_no_formula(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "jobs.csv"
    output_of(capsys, "jobs", "--excel", "-o", str(path))
    assert path.read_bytes().startswith(b"\xef\xbb\xbfaccount,")
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))
    assert rows[2]["created_at"] == "2026-05-06 11:41:55"
    assert rows[0]["completed_at"] == ""
    assert rows[0]["list_name"] == f"'{FORMULA}"
    assert rows[2]["total_credits_charged"] == "178.000000"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--excel", "-o", "jobs.xlsx"), "without --excel"),
        (("--excel", "--format", "jsonl"), "--excel goes with CSV"),
        (("-o", "jobs.xls"), ".parquet or .xlsx"),
    ],
)
def test_what_goes_with_excel_is_told_before_the_api_is_asked(
    words: tuple[str, ...], told: str, sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["jobs", *words]) == 2
    assert told in capsys.readouterr().err
    assert len(sandbox.request_log) == 0


def test_without_xlsxwriter_a_line_says_what_to_install(
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    assert main(["jobs", "-o", str(tmp_path / "jobs.xlsx")]) == 2
    assert_one_error_line(capsys.readouterr().err)
    assert len(sandbox.request_log) == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["parquet", "xlsx"])
def test_a_full_disk_is_one_line(form: str) -> None:
    told = subprocess.run(
        [*COMMAND, "jobs", "--format", form, "-o", "/dev/full"],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
    )
    assert told.returncode == 1
    assert_one_error_line(told.stderr)


def test_parquet_goes_down_a_pipe() -> None:
    piped = subprocess.run(
        [*COMMAND, "jobs", "--format", "parquet"],
        env=environment(),
        stdout=subprocess.PIPE,
        timeout=TIME_LIMIT_S,
    )
    assert piped.returncode == 0
    assert len(pq.read_table(io.BytesIO(piped.stdout))) == 3


def test_a_failed_command_leaves_the_old_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "records.csv"
    path.write_text("old")
    assert main(["records", "99", "-o", str(path)]) == 1
    assert_one_error_line(capsys.readouterr().err)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_fails_before_the_api_is_asked(
    sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["jobs", "-o", str(tmp_path / "file" / "jobs.csv")]) == 1
    assert_one_error_line(capsys.readouterr().err)
    assert len(sandbox.request_log) == 0


def test_a_link_is_followed_and_a_device_is_not_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target, link = tmp_path / "target.csv", tmp_path / "link.csv"
    link.symlink_to(target)
    output_of(capsys, "jobs", "-o", str(link))
    assert link.is_symlink()
    assert target.read_text().startswith("account,")
    output_of(capsys, "jobs", "-o", "/dev/null")
    assert Path("/dev/null").is_char_device()


def test_tables_are_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    lines = output_of(capsys, "jobs", "--format", "table").splitlines()
    assert lines[0].split()[:3] == ["job_id", "list_name", "status"]
    assert len(lines) == 4
    assert "178.000000" in lines[3]
    upright = dict(
        line.split(maxsplit=1)
        for line in output_of(capsys, "job", "1", "--format", "table").splitlines()
        if " " in line
    )
    assert upright["status"] == "Processed"
    assert upright["is_final"] == "yes"


def test_waiting_ends_when_the_job_is_final(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("ecore_export.job_loader.poll_interval_s", lambda _records: 0.0)
    running = Sandbox.with_jobs([JobSpec(5, status="Uploading")], advance_after_reads=1)
    with served(running, monkeypatch):
        assert main(["job", "1", "--wait", "--format", "jsonl"]) == 0
    told = capsys.readouterr()
    assert json.loads(told.out)["status"] == "Processed"
    assert told.err.splitlines()[0] == "ecore-export: job 1: Uploading, 0/5 records done"


def test_waiting_in_vain_is_for_another_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["job", "3", "--wait", "--timeout", "0"]) == 75
    assert "still Processing" in capsys.readouterr().err
    assert main(["job", "3", "--timeout", "1"]) == 2


def test_an_unknown_job_is_one_line_and_exit_code_1(capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["job", "99"], ["job", "99", "--wait"], ["records", "99"]):
        assert main(command) == 1
        told = capsys.readouterr()
        assert_one_error_line(told.err)
        assert told.out == ""
