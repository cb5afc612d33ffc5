"""The dlt source in real pipelines: what DuckDB and PostgreSQL hold then is what the API says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from doc_blocks import ROOT, blocks
from postgres_server import PostgresServer
from scripted_api import TOKEN, Account, Reply, http_client_of
from sync_truth import FINAL, expected_facts, expected_record, read_pages

from ecore_export import IncompleteDataWarning, schema
from ecore_export.sandbox import BASE_PATH, Sandbox, serve

pytestmark = [
    pytest.mark.slow,
    pytest.mark.xdist_group("dlt"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

Rows = list[dict[str, Any]]
Start = Callable[[Any], Any]

LOCAL = "http://localhost" + BASE_PATH


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))


@pytest.fixture(params=["duckdb", "postgresql"])
def start(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Start]:
    """Makes a pipeline into an empty place, its own state in a folder that a test may throw away."""
    if request.param == "duckdb":
        yield lambda dlt: dlt.destinations.duckdb(str(tmp_path / "warehouse.duckdb"))
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:
        # dlt wants a host and a password; the host after the question mark, a Unix socket, counts.
        plain = url.replace("+psycopg", "").replace("postgres@", "postgres:none@localhost", 1)
        yield lambda dlt: dlt.destinations.postgres(plain)


class Loader:
    """A pipeline; ``load`` runs it once, in an environment where the API is in this process."""

    def __init__(self, start: Start, folder: Path) -> None:
        import dlt

        self._dlt = dlt
        self._start = start
        self._folder = folder
        self.pipeline = self._made()

    def _made(self) -> Any:
        return self._dlt.pipeline(
            "ecore",
            destination=self._start(self._dlt),
            dataset_name="ecore",
            pipelines_dir=str(self._folder / "pipelines"),
        )

    def load(self, handler: Any, *, refresh: Any = None, **options: Any) -> dict[str, int]:
        """Rows by table of one run."""
        from ecore_export.integrations.dlt import ecore_source

        given = {"token": TOKEN, "base_url": LOCAL, "http_client": http_client_of(handler), **options}
        self.pipeline.run(ecore_source(**given), refresh=refresh)
        counts = self.pipeline.last_trace.last_normalize_info.row_counts
        return {name: count for name, count in counts.items() if not name.startswith("_dlt")}

    def rows(self, table: schema.Table) -> Rows:
        """What the destination holds, in the order of the key."""
        names = ", ".join(table.names)
        with self.pipeline.sql_client() as client:
            found = client.execute_sql(f"SELECT {names} FROM {table.name} ORDER BY {', '.join(table.key)}")
        return [dict(zip(table.names, row, strict=True)) for row in found or []]


@pytest.fixture
def loader(start: Start, tmp_path: Path) -> Loader:
    return Loader(start, tmp_path)


def assert_loaded(loader: Loader, handler: Any) -> None:
    """Every job of the API is there, and all records of those that are final; nothing twice."""
    listed = {job["id"]: job for job in read_pages(handler, "jobs/", 100)}
    facts = [column.name for column in schema.JOB_FACTS]
    jobs = loader.rows(schema.JOBS)
    assert {row["job_id"]: {name: row[name] for name in facts} for row in jobs} == {
        job_id: expected_facts(job) for job_id, job in listed.items()
    }
    expected: Rows = []
    for job in listed.values():
        if job["status"] in FINAL:
            found = read_pages(handler, f"jobs/{job['id']}/records/", 1000)
            expected += [expected_record(job, record, "default") for record in found]
    expected.sort(key=lambda row: (row["job_id"], row["record_id"]))
    records = [{name: row[name] for name in row if name != "run_id"} for row in loader.rows(schema.RECORDS)]
    assert records == expected
    exported = {row["job_id"]: row["records_exported"] for row in jobs}
    assert exported == {
        job["id"]: job["total_records"] if job["status"] in FINAL else None for job in listed.values()
    }


def test_what_is_loaded_is_what_the_api_says_and_a_second_load_only_lists(loader: Loader) -> None:
    account = Account.of_sizes(3, 120, 2_400, 1, *[40] * 150)
    account.job(2)["total_credits_charged"] = 12345678901.123456
    account.add(155, 5, status="Processing")
    account.add(156, 30, status="Failed", valid_count=0)
    loader.load(account.handle)
    assert_loaded(loader, account.handle)
    account.job(155)["status"] = "Processed"
    account.add(157, 1_050)
    assert loader.load(account.handle) == {"jobs": 2, "records": 1_055, "sync_runs": 1}
    assert_loaded(loader, account.handle)
    account.requests.clear()
    assert loader.load(account.handle) == {"sync_runs": 1}
    assert account.requests == ["jobs/?page=1&page_size=100"]
    assert [row["status"] for row in loader.rows(schema.SYNC_RUNS)] == ["complete"] * 3


def test_the_sandbox_is_loaded_whole(loader: Loader) -> None:
    made_up = Sandbox(seed=3, jobs=40)
    loader.load(made_up.handle, token=made_up.token)
    exported = [row for row in loader.rows(schema.JOBS) if row["records_exported"] is not None]
    assert sum(row["records_exported"] for row in exported) == len(loader.rows(schema.RECORDS)) > 1_000


def test_a_job_read_again_replaces_its_records(loader: Loader) -> None:
    account = Account.of_sizes(5, 6)
    loader.load(account.handle)
    account.records[1] = account.records[1][1:]
    account.job(1).update(total_records=4, valid_count=1, results_summary="4/4")
    with loader.pipeline.managed_state() as state:
        state["sources"].clear()
    loader.load(account.handle)
    assert_loaded(loader, account.handle)


def test_a_load_that_fails_leaves_nothing_behind_and_the_next_one_brings_all(loader: Loader) -> None:
    account = Account.of_sizes(150, 3)
    account.before = lambda target: Reply(401) if "records" in target or target == "jobs/2/" else None
    with pytest.raises(Exception, match="token") as failed:
        loader.load(account.handle)
    assert TOKEN not in repr(failed.value)
    account.before = lambda _target: None
    loader.load(account.handle)
    assert_loaded(loader, account.handle)


def test_a_spent_cap_ends_a_load_and_the_next_one_goes_on(loader: Loader) -> None:
    account = Account.of_sizes(2_500, 150)
    with pytest.warns(IncompleteDataWarning, match="ended early"):
        loader.load(account.handle, max_requests=4)
    assert {row["job_id"] for row in loader.rows(schema.RECORDS)} == {2}
    loader.load(account.handle)
    assert_loaded(loader, account.handle)


def test_the_state_is_kept_in_the_destination_too(start: Start, tmp_path: Path) -> None:
    account = Account.of_sizes(3, 4)
    Loader(start, tmp_path / "one").load(account.handle)
    account.requests.clear()
    assert Loader(start, tmp_path / "two").load(account.handle) == {"sync_runs": 1}
    assert account.requests == ["jobs/?page=1&page_size=100"]


def test_the_token_is_in_no_file_of_dlt_and_no_table(
    start: Start, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    loader = Loader(start, tmp_path)
    loader.load(Account.of_sizes(3).handle)
    told = "".join(capfd.readouterr())
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 5
    assert not [content for content in files if TOKEN.encode() in content]
    assert TOKEN not in told


def test_another_privacy_mode_is_refused_and_hashes_hold_no_address(
    loader: Loader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECORE_PII_KEY", "k" * 32)
    account = Account.of_sizes(3)
    loader.load(account.handle, pii="hash")
    assert all(row["email"] is None and row["email_hash"] for row in loader.rows(schema.RECORDS))
    with pytest.raises(Exception, match="earlier loads had pii='hash'"):
        loader.load(account.handle, pii="keep")


def test_what_makes_no_sense_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    from ecore_export import SettingsError
    from ecore_export.integrations.dlt import ecore_source

    for options, told in (
        ({}, "ECORE_API_TOKEN"),
        ({"token": TOKEN, "pii": "mask"}, "pii"),
        ({"token": TOKEN, "pii": "hash"}, "ECORE_PII_KEY"),
        ({"token": TOKEN, "max_requests": 0}, "max_requests"),
        ({"token": TOKEN, "base_url": "http://example.com/"}, "https"),
    ):
        with pytest.raises(SettingsError, match=told) as raised:
            ecore_source(**options)
        assert "\n" not in str(raised.value)


def test_the_page_s_question_finds_a_job_that_was_left_out(loader: Loader) -> None:
    (question,) = blocks(ROOT / "docs" / "dlt.md", "sql")
    account = Account.of_sizes(3, 4)
    account.job(2)["valid_count"] += 1
    with pytest.warns(IncompleteDataWarning, match="job 2 is left out"):
        loader.load(account.handle)
    with loader.pipeline.sql_client() as client:
        assert client.execute_sql(question.text) == [(2, "List 2")]


def test_all_can_be_loaded_anew(loader: Loader) -> None:
    account = Account.of_sizes(3, 4)
    loader.load(account.handle)
    loader.load(account.handle, refresh="drop_sources")
    assert_loaded(loader, account.handle)


def test_the_page_s_pipeline_runs(tmp_path: Path) -> None:
    (script,) = [block for block in blocks(ROOT / "docs" / "dlt.md") if block.language == "python"]
    made_up = Sandbox(sizes=[20, 250])
    settings = {"RUNTIME__DLTHUB_TELEMETRY": "false", "DLT_DATA_DIR": str(tmp_path / "dlt")}
    with serve(made_up) as address:
        told = subprocess.run(
            [sys.executable, "-c", script.text],
            cwd=tmp_path,
            env={
                **os.environ,
                **settings,
                "ECORE_API_TOKEN": made_up.token,
                "ECORE_BASE_URL": address.base_url,
            },
            capture_output=True,
            text=True,
            check=False,
        )
    assert (told.returncode, "Traceback" in told.stderr) == (0, False), told.stderr
    assert re.search(r"1 load package", told.stdout)
