"""Names that look like code are stored and read back as they are everywhere, and data in every output."""

from __future__ import annotations

import csv
import io
import json
import shlex
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import psycopg.sql
import pytest
import sqlalchemy as sa
from backends import Backend
from cli_runs import served
from destination_rows import (
    SEEN,
    history_row,
    make_job,
    publication,
    publish,
    read_job_rows,
    read_record_rows,
    record_row,
    records_of,
    reject_row,
    run_row,
    to_table,
)
from mysql_server import MysqlServer
from scripted_api import Account, http_client_of, record_json, records_json, settings

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import (
    Destination,
    count_jobs,
    open_destination,
    read_history,
    read_meta,
    read_rejects,
    read_runs,
    write_meta,
    write_rejects,
    write_runs,
)
from ecore_export.sandbox import Fault, JobSpec, Sandbox
from ecore_export.syncing import SyncOptions, erase, prune, run_sync
from ecore_export.verifying import verify

pytestmark = pytest.mark.thorough

NAMES = (
    "'); DROP TABLE jobs;--",
    '"; DROP TABLE "records"; --',
    "`; DROP TABLE records; #",
    '=HYPERLINK("http://x.test","y")',
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "+1",
    "-1",
    r"\N",
    "\\",
    "NULL",
    "",
    "%s %(x)s :name ? $1 {0} ${HOME}",
    """both ' and " quotes""",
    "two\nlines\r\nand\ta tab",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "\x1b[2Jcleared",
    "顧客 🙂 \u202egnp.exe",
)
"""Each means something to a database, a spreadsheet, a template, a shell, a browser or a terminal."""

PLACE = """a 'b" c`d 100% %s %(x)s :name ; -- 🙂"""
"""A name for a file, a folder or a schema; within 63 bytes."""

LATER = SEEN + timedelta(hours=1)


def hostile_account() -> Account:
    """One job for each name, which is its list's name; its records have them all, wherever text may be."""
    account = Account()
    for job_id, name in enumerate(NAMES, start=1):
        fields = [{"ec_id": n, "status": n, "validator_used": n, "error_message": n} for n in NAMES]
        records = [record_json(job_id * 1000 + i, **given) for i, given in enumerate(fields)]
        account.add(job_id, records, list_name=name, duration=name)
    return account


def test_accounts_may_be_labelled_like_code(destination: Destination) -> None:
    jobs = {label: make_job(1, 3, account=label, list_name=label) for label in NAMES}
    rejects = [reject_row(1, label, account=label) for label in NAMES]
    with destination.lock(5):
        write_rejects(destination, to_table(schema.REJECTS, rejects))
        for label, job in jobs.items():
            history = [history_row(job.row, SEEN)]
            destination.publish(publication(job, history=history, account=label))
    for label, job in jobs.items():
        assert read_job_rows(destination, account=label) == [job.row]
        assert read_record_rows(destination, label) == records_of(job)
        assert count_jobs(destination, label) == 1
        assert read_history(destination, label).num_rows == 1
        assert read_rejects(destination, label)["reason"].to_pylist() == [label]
    assert read_job_rows(destination) == []


def test_names_come_through_a_sync_as_the_api_gave_them(
    backend: Backend, destination: Destination, destination_url: str
) -> None:
    account = hostile_account()
    result = run_sync(settings(), destination, SyncOptions(), http_client=http_client_of(account.handle))
    assert result.status == "complete", result.error
    jobs = read_job_rows(destination)
    assert [row["list_name"] for row in jobs] == [row["duration"] for row in jobs] == list(NAMES)
    stored = read_record_rows(destination)
    for name in ("ec_id", "status", "validator_used", "error_message"):
        assert [row[name] for row in stored] == [*NAMES] * len(NAMES)
    outside = backend.peek(destination_url)
    assert sorted(outside) == sorted((row["job_id"], row["validator_used"]) for row in stored)
    assert verify(settings(), destination, http_client=http_client_of(account.handle)).agrees


def test_a_job_may_have_any_status(destination: Destination) -> None:
    account = Account()
    for job_id, name in enumerate(NAMES, start=1):
        account.add(job_id, records_json(job_id, 2), status=name)
    assert (
        run_sync(settings(), destination, SyncOptions(), http_client=http_client_of(account.handle)).status
        == "complete"
    )
    assert [row["status"] for row in read_job_rows(destination)] == list(NAMES)
    assert read_record_rows(destination) == []


def test_what_is_erased_is_an_address_and_no_pattern(destination: Destination) -> None:
    addresses = (
        "a%b@example.com",
        "a_b@example.com",
        "axb@example.com",
        "o'hara@example.com",
        "!@example.com",
    )
    job = make_job(1, 0).row | {"records_exported": len(addresses)}
    rows = [record_row(job, n, email=a, error_message=f"no {a}") for n, a in enumerate(addresses, start=1)]
    publish(destination, make_job(1, rows))
    for number, address in enumerate(addresses, start=1):
        assert erase(destination, [address]).records == 1
        assert [row["email"] for row in read_record_rows(destination)] == [
            *[None] * number,
            *addresses[number:],
        ]
        assert [row["error_message"] for row in read_record_rows(destination)][number:] == [
            f"no {a}" for a in addresses[number:]
        ]


def live_in(destination: Destination) -> None:
    """Everything that can be done with a destination, and what is then in it."""
    assert destination.schema_version() is None
    destination.ensure_schema()
    destination.ensure_schema()
    old, new = make_job(1, 3), make_job(1, 2, version="v2")
    young = make_job(2, 2, created_at=datetime(2026, 7, 1, tzinfo=UTC))
    publish(destination, old, young, history=[history_row(old.row, SEEN)])
    publish(destination, new, history=[history_row(new.row, LATER)])
    with destination.lock(5):
        destination.publish(publication(new))
        write_runs(destination, to_table(schema.SYNC_RUNS, [run_row("run-1")]))
        write_runs(destination, to_table(schema.SYNC_RUNS, [run_row("run-1", status="complete")]))
        write_rejects(destination, to_table(schema.REJECTS, [reject_row(1, "why")]))
        write_meta(destination, {"name": PLACE})
    assert read_record_rows(destination) == records_of(new, young)
    assert read_job_rows(destination) == [new.row, young.row]
    assert read_history(destination, "default")["valid_to"].to_pylist() == [LATER, None]
    assert read_runs(destination)["status"].to_pylist() == ["complete"]
    assert read_rejects(destination, "default").num_rows == 1
    assert read_meta(destination)["name"] == PLACE
    assert erase(destination, [new.records[0]["email"]]).records == 2
    assert prune(destination, young.row["created_at"]) == 2
    assert [row["job_id"] for row in read_record_rows(destination)] == [2, 2]
    assert count_jobs(destination, "default") == 2


@pytest.mark.parametrize("form", ["parquet:{}", "sqlite:///{}", "duckdb:///{}"])
def test_a_file_or_folder_may_have_any_name(form: str, tmp_path: Path) -> None:
    folder = tmp_path / PLACE
    folder.mkdir()
    place = folder / f"{PLACE}#.db"
    with closing(open_destination(form.format(place))) as destination:
        live_in(destination)
    assert place.exists()
    assert [path.name for path in tmp_path.iterdir()] == [PLACE]
    assert {path.name for path in folder.iterdir()} <= {place.name, f".{place.name}.ecore.lock"}


@pytest.fixture
def mysql_schema(mysql_server: MysqlServer) -> Iterator[str]:
    """A further database, called `PLACE` but for emoji, which MySQL refuses in names."""
    name = PLACE.replace(" 🙂", "")
    quoted = name.replace("`", "``")
    mysql_server.ask(f"CREATE DATABASE `{quoted}`")
    yield name
    mysql_server.ask(f"DROP DATABASE `{quoted}`")


def test_a_schema_of_postgresql_may_have_any_name(postgres_url: str) -> None:
    with closing(open_destination(postgres_url, schema_name=PLACE)) as destination:
        live_in(destination)
    engine = sa.create_engine(postgres_url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        assert PLACE in sa.inspect(connection).get_schema_names()
        assert sa.inspect(connection).get_table_names() == []


def test_a_database_of_mysql_may_have_any_name(mysql_url: str, mysql_schema: str) -> None:
    with closing(open_destination(mysql_url, schema_name=mysql_schema)) as destination:
        live_in(destination)


@pytest.mark.parametrize("name", [PLACE, "Jobs", "select"])
def test_an_older_schema_of_any_name_is_migrated(postgres_url: str, name: str) -> None:
    with closing(open_destination(postgres_url, schema_name=name)) as destination:
        destination.ensure_schema()
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as connection:
            jobs = psycopg.sql.Identifier(name, "jobs")
            connection.execute(psycopg.sql.SQL("ALTER TABLE {} DROP COLUMN duration").format(jobs))
        write_meta(destination, {"schema_version": "0"})
        destination.ensure_schema()
        publish(destination, make_job(1, 1))
        assert read_job_rows(destination) == [make_job(1, 1).row]


def hostile_sandbox() -> Sandbox:
    """One job for each name that is one; a job without any gets one from the sandbox."""
    return Sandbox.with_jobs([JobSpec(2, list_name=name) for name in filter(None, NAMES)])


def test_csv_and_json_lines_hold_names_as_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    named = tmp_path / PLACE
    with served(hostile_sandbox(), monkeypatch):
        assert main(["jobs", "--format", "jsonl", "-o", str(named)]) == 0
        assert main(["jobs", "--format", "csv", "-o", f"{named}.csv"]) == 0
    lines = [json.loads(line) for line in named.read_text("utf-8").split("\n")[:-1]]
    newest_first = [name for name in reversed(NAMES) if name]
    assert [row["list_name"] for row in lines] == newest_first
    text = Path(f"{named}.csv").read_bytes().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["list_name"] for row in rows] == newest_first
    assert capsys.readouterr().err == ""


def test_a_table_for_people_shows_names_and_obeys_none(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(hostile_sandbox(), monkeypatch):
        assert main(["jobs", "--format", "table"]) == 0
    told = capsys.readouterr().out
    assert told.count("\n") == len(NAMES)
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert r"two\nlines\r\nand\ta tab" in told


def test_what_to_type_next_can_be_typed_whatever_the_place_is_called(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def miscount(payload: dict[str, object]) -> None:
        for job in payload.get("results", [payload]):
            job["valid_count"], job["invalid_count"] = 3, 0

    url = f"parquet:{tmp_path}/{PLACE}"
    sandbox = Sandbox.with_jobs([JobSpec(3, counts=(1, 1, 1))], faults=[Fault("mutate", mutate=miscount)])
    with served(sandbox, monkeypatch):
        assert main(["sync", url]) == 3
    line = next(line for line in capsys.readouterr().out.splitlines() if "see `ecore-export" in line)
    assert shlex.split(line[line.index("`ecore") + 1 : -1]) == ["ecore-export", "rejects", url]
