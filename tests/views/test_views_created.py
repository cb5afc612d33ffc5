"""Views in databases: made by sync, replaced only when they changed, other people's views left whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import psycopg
import pytest
from backends import BACKENDS, Backend
from cli_runs import assert_one_error_line, served
from destination_rows import big_job_batches, make_job, publication, publish
from mysql_server import MysqlServer, ask_mysql
from peak_memory import run_and_weigh
from scripted_api import TOKEN
from sync_truth import Warehouse

import ecore_export as ee
from ecore_export.cli import main
from ecore_export.destinations import Destination, open_destination, write_meta
from ecore_export.destinations.sql.mysql import MySQL
from ecore_export.destinations.sql.postgresql import PostgreSQL
from ecore_export.errors import DestinationError, SettingsError
from ecore_export.sandbox import JobSpec, Sandbox
from ecore_export.syncing import erase
from ecore_export.views.columns import VIEWS
from ecore_export.views.dialects import WORDS

pytestmark = pytest.mark.thorough

LATE = datetime(2026, 5, 6, 22, 30, tzinfo=UTC)
"""In Berlin it is the next day."""

DATABASES = [backend for backend in BACKENDS if not backend.name.startswith(("parquet", "delta"))]
in_a_database = pytest.mark.parametrize("backend", DATABASES, ids=lambda backend: backend.name, indirect=True)
Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def ask(backend: Backend, destination_url: str) -> Ask:
    """Runs statements as somebody with a client of the database would; what the last one gives."""

    def asked(*statements: str) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = []
        for statement in statements:
            found = _run(backend.name, destination_url, statement)
        return found

    return asked


def _run(kind: str, url: str, statement: str) -> list[tuple[Any, ...]]:
    place = url.partition(":///")[2]
    if kind == "sqlite":
        with closing(sqlite3.connect(place)) as connection, connection:
            return connection.execute(statement).fetchall()
    if kind == "duckdb":
        import duckdb

        with duckdb.connect(place) as connection:
            return connection.execute(statement).fetchall()
    if kind == "mysql":
        return [tuple(row) for row in ask_mysql(url, statement)]
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def filled(destination: Destination) -> Destination:
    """A destination with a job charged late in the evening."""
    publish(destination, make_job(1, 3, credits_charged_at=LATE, completed_at=LATE))
    return destination


def days(ask: Ask, view: str = "daily_credit_usage") -> list[str]:
    return [str(day) for (day,) in ask(f"SELECT day FROM {view}")]


@in_a_database
def test_a_sync_makes_the_views_in_the_zone_asked_for_and_keeps_it(
    destination_url: str, ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    sandbox = Sandbox.with_jobs([JobSpec(5, counts=(3, 1, 0), created_at=LATE)], token=TOKEN)
    warehouse = Warehouse(destination_url, sandbox.handle)
    warehouse.synced()
    assert set(days(ask)) == {"2026-05-06"}
    rows = {view.name: len(ask(f"SELECT {', '.join(view.names)} FROM {view.name}")) for view in VIEWS}
    assert {name for name, number in rows.items() if not number} == {
        "repeat_validations",
        "verdict_changes",
        "list_decay",
    }

    warehouse.synced(tz="Europe/Berlin")
    assert set(days(ask)) == {"2026-05-07"}
    warehouse.synced()
    assert set(days(ask)) == {"2026-05-07"}
    assert set(ee.read_view(destination_url, "daily_credit_usage")["day"].dt.date) == {date(2026, 5, 7)}
    asked = ee.read_view(destination_url, "daily_credit_usage", tz="UTC", dtype_backend="pyarrow")
    assert set(asked["day"]) == {date(2026, 5, 6)}
    warehouse.synced(tz="UTC")
    assert set(days(ask)) == {"2026-05-06"}


@in_a_database
def test_a_view_is_replaced_only_when_its_definition_changed(filled: Destination, ask: Ask) -> None:
    filled.ensure_views()
    ask("DROP VIEW list_quality", "CREATE VIEW list_quality AS SELECT 'mine' AS whose")
    filled.ensure_views()
    filled.ensure_views("Europe/Berlin")
    assert ask("SELECT * FROM list_quality") == [("mine",)]
    assert days(ask) == ["2026-05-07"]
    write_meta(filled, {"view:list_quality": "made from an older definition"})
    filled.ensure_views()
    assert ask("SELECT jobs FROM list_quality") == [(1,)]


@in_a_database
def test_a_view_that_was_dropped_comes_back(filled: Destination, ask: Ask) -> None:
    filled.ensure_views()
    ask("DROP VIEW job_turnaround")
    filled.ensure_views()
    assert ask("SELECT job_id FROM job_turnaround") == [(1,)]


@in_a_database
def test_a_view_that_somebody_built_on_ours_stays_and_follows(filled: Destination, ask: Ask) -> None:
    filled.ensure_views()
    ask("CREATE VIEW my_days AS SELECT day FROM daily_credit_usage")
    filled.ensure_views("Europe/Berlin")
    assert days(ask, "my_days") == ["2026-05-07"]


@in_a_database
def test_a_table_or_view_of_somebody_else_is_refused_untouched(
    destination: Destination, destination_url: str, ask: Ask
) -> None:
    ask("CREATE TABLE credit_events (title VARCHAR(9))", "CREATE VIEW list_quality AS SELECT 'mine' AS whose")
    with pytest.raises(
        DestinationError, match="table or view credit_events already that ecore-export did not"
    ):
        destination.ensure_views()
    ask("DROP TABLE credit_events")
    with pytest.raises(DestinationError, match="table or view list_quality already"):
        destination.ensure_views()
    assert ask("SELECT * FROM list_quality") == [("mine",)]

    warehouse = Warehouse(destination_url, Sandbox.with_jobs([JobSpec(2)], token=TOKEN).handle)
    failed = warehouse.sync()
    assert failed.status == "failed"
    assert "--no-views" in str(failed.error)
    assert warehouse.runs()[-1]["status"] == "failed"
    warehouse.synced(no_views=True)
    assert ask("SELECT * FROM list_quality") == [("mine",)]
    assert ee.read_view(destination_url, "list_quality")["jobs"].tolist() == [1]


@pytest.mark.parametrize(
    "backend", [b for b in BACKENDS if b.name == "postgresql"], ids=["postgresql"], indirect=True
)
class TestPostgresql:
    """Which binds a view to the columns of the one that it reads."""

    @pytest.fixture
    def older(self, filled: Destination, ask: Ask) -> Destination:
        """One whose view of an older version has other columns."""
        filled.ensure_views()
        ask(
            "DROP VIEW job_turnaround",
            "CREATE VIEW job_turnaround AS SELECT job_id, account, 1 AS more FROM jobs",
        )
        write_meta(filled, {"view:job_turnaround": "made from an older definition"})
        return filled

    def test_a_view_whose_columns_changed_is_made_anew(self, older: Destination, ask: Ask) -> None:
        older.ensure_views()
        assert ask("SELECT account, job_id FROM job_turnaround") == [("default", 1)]

    def test_one_that_another_is_built_on_says_so_and_stays(self, older: Destination, ask: Ask) -> None:
        ask("CREATE VIEW mine AS SELECT more FROM job_turnaround")
        with pytest.raises(DestinationError, match=r"other views are built on job_turnaround.*--no-views"):
            older.ensure_views()
        assert ask("SELECT more FROM mine") == [(1,)]
        ask("DROP VIEW mine")
        older.ensure_views()
        assert ask("SELECT account FROM job_turnaround") == [("default",)]

    @pytest.mark.parametrize("view", ["domain_quality", "daily_domain_quality"])
    def test_records_and_first_verdicts_are_counted_side_by_side(
        self, view: str, filled: Destination, destination_url: str
    ) -> None:
        """By several processes; one takes twice as long."""
        filled.ensure_views()
        job = make_job(2, records_exported=100_000)
        batches = list(big_job_batches(job.row, 100_000, 50_000))
        filled.publish(replace(publication(job), records=lambda: iter(batches), record_rows=100_000))
        with psycopg.connect(destination_url.replace("+psycopg", "")) as connection:
            for setting in ("parallel_setup_cost", "parallel_tuple_cost", "min_parallel_table_scan_size"):
                connection.execute(f"SET {setting} = 0")
            connection.execute("SET enable_sort = off")  # of one domain, all are in its order
            connection.execute("ANALYZE")
            plan = connection.execute(f"EXPLAIN SELECT * FROM {view}").fetchall()
        assert any("Parallel Append" in line for (line,) in plan), plan

    def test_it_is_asked_for_the_order_of_bytes_whatever_its_own_is(
        self, filled: Destination, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A server for tests has one locale, whose order is that of bytes anyway."""
        asked: list[str] = []

        def heard(_: PostgreSQL, connection: Any, query: Any, __: Any) -> Iterator[Any]:
            asked.append(str(query.compile(dialect=connection.dialect)))
            return iter(())

        monkeypatch.setattr(PostgreSQL, "fetch_view", heard)
        filled.read_view("daily_list_quality")
        order = asked[0].rpartition("ORDER BY ")[2].replace("ecore_view.", "")
        assert order == 'account COLLATE "C", day, list_name IS NULL, list_name COLLATE "C"'

    def test_views_go_to_the_schema_of_the_tables(self, destination_url: str, ask: Ask) -> None:
        with closing(open_destination(destination_url, schema_name="Odd: 100%s schema")) as odd:
            odd.ensure_schema()
            odd.ensure_views("Europe/Berlin")
            publish(odd, make_job(1, 3, credits_charged_at=LATE, completed_at=LATE))
            assert days(ask, '"Odd: 100%s schema".daily_credit_usage') == ["2026-05-07"]
            assert odd.read_view("validator_mix")["records"].to_pylist() == [3]
            odd.ensure_views("UTC")
            assert days(ask, '"Odd: 100%s schema".daily_credit_usage') == ["2026-05-06"]
        assert ask("SELECT count(*) FROM pg_views WHERE schemaname = 'public'") == [(0,)]

    def test_a_role_that_may_only_read_reads_views(
        self, filled: Destination, ask: Ask, destination_url: str
    ) -> None:
        filled.ensure_views()
        ask("CREATE ROLE analyst LOGIN", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO analyst")
        try:
            url = destination_url.replace("//postgres@", "//analyst@")
            assert len(ee.read_view(url, "credit_events")) == 2
            with closing(open_destination(url)) as destination, pytest.raises(DestinationError):
                destination.ensure_views("Europe/Berlin")
        finally:
            ask("DROP OWNED BY analyst", "DROP ROLE analyst")


@pytest.fixture
def without_the_right(mysql_server: MysqlServer, mysql_url: str) -> Iterator[str]:
    """The URL of a user who may do everything in a database but make views."""
    name = mysql_url.rpartition("/")[2]
    rights = "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, ALTER, INDEX, CREATE TEMPORARY TABLES"
    mysql_server.ask("CREATE USER loader IDENTIFIED BY 'x'", f"GRANT {rights} ON {name}.* TO loader")
    try:
        yield mysql_server.url(name, user="loader", password="x")
    finally:
        mysql_server.ask("DROP USER loader")


def test_a_user_who_may_not_make_views_is_told_what_to_do(without_the_right: str) -> None:
    warehouse = Warehouse(without_the_right, Sandbox.with_jobs([JobSpec(2)], token=TOKEN).handle)
    failed = warehouse.sync()
    assert failed.status == "failed"
    assert "the views cannot be made" in str(failed.error)
    assert "the right to create and to replace views, or sync with --no-views" in str(failed.error)
    warehouse.synced(no_views=True)
    assert ee.read_view(without_the_right, "validator_mix")["records"].sum() == 2


def test_a_sync_that_died_while_it_made_views_is_followed_by_one_that_makes_them(
    mysql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """MySQL commits every CREATE VIEW by itself."""
    replace_view, made = MySQL.replace_view, []

    def dying(*given: Any) -> None:
        if len(made) == 3:
            raise KeyboardInterrupt
        made.append(given)
        replace_view(*given)

    with closing(open_destination(mysql_url)) as destination:
        destination.ensure_schema()
        monkeypatch.setattr(MySQL, "replace_view", dying)
        with pytest.raises(KeyboardInterrupt):
            destination.ensure_views()
        monkeypatch.setattr(MySQL, "replace_view", replace_view)
        assert len(ask_mysql(mysql_url, "SHOW FULL TABLES WHERE Table_type = 'VIEW'")) == 3
        destination.ensure_views()
    assert len(ask_mysql(mysql_url, "SHOW FULL TABLES WHERE Table_type = 'VIEW'")) == len(VIEWS)


@in_a_database
def test_views_outlive_an_erasure(filled: Destination, ask: Ask) -> None:
    filled.ensure_views()
    assert erase(filled, ["jane.2@example.com"]).records == 1
    assert ask("SELECT records FROM validator_mix") == [(3,)]
    assert {email for (email,) in ask("SELECT email FROM latest_email_status")} == {
        "jane.1@example.com",
        "jane.3@example.com",
    }
    filled.ensure_views()


def test_reading_what_was_never_written_is_told_and_what_is_empty_gives_no_rows(destination_url: str) -> None:
    with pytest.raises(DestinationError, match="nothing was ever exported"):
        ee.read_view(destination_url, "list_quality")
    with closing(open_destination(destination_url)) as destination:
        destination.ensure_schema()
    for view in VIEWS:
        frame = ee.read_view(destination_url, view.name, dtype_backend="pyarrow")
        assert (tuple(frame.columns), len(frame)) == (view.names, 0)


def test_reading_the_validators_of_two_million_records_takes_little_memory(tmp_path: Path) -> None:
    """The memory of a process of its own, less what the same process takes for no records."""

    def records_and_peak_mb(url: str) -> tuple[int, float]:
        output, peak_mb = run_and_weigh(
            "from ecore_export.destinations import open_destination\n"
            f"rows = open_destination({url!r}).read_view('validator_mix')\n"
            "print(sum(rows['records'].to_pylist()))"
        )
        return int(output), peak_mb

    url = f"parquet:{tmp_path}/w"
    with closing(open_destination(url)) as destination:
        destination.ensure_schema()
        no_records, base_mb = records_and_peak_mb(url)
        assert no_records == 0
        for job_id in range(1, 9):
            job = make_job(job_id, records_exported=250_000)
            batches = list(big_job_batches(job.row, 250_000, 50_000))
            destination.publish(
                replace(publication(job), records=lambda batches=batches: iter(batches), record_rows=250_000)
            )
    records, whole_mb = records_and_peak_mb(url)
    assert records == 2_000_000
    assert whole_mb - base_mb < 150


def test_an_open_destination_is_read_without_closing_it(filled: Destination) -> None:
    for _ in range(2):
        assert ee.read_view(filled, "credit_events")["credits"].tolist() == [250.0, -72.0]


def test_a_view_or_a_zone_that_nobody_knows_is_refused(filled: Destination) -> None:
    with pytest.raises(SettingsError, match="no such view: 'sales'; there are credit_events, "):
        filled.read_view("sales")
    with pytest.raises(SettingsError, match="unknown time zone 'Mars/Olympus'"):
        filled.read_view("daily_credit_usage", tz="Mars/Olympus")
    for tz in ("Mars/Olympus", "../../etc/passwd", "\0"):
        with pytest.raises(SettingsError, match="unknown time zone"):
            filled.ensure_views(tz)
    assert filled.read_view("credit_events")["credits"].to_pylist() == [Decimal(250), Decimal(-72)]


def test_a_database_that_we_have_no_words_for_gets_no_views_and_a_note(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(WORDS, "sqlite")
    warehouse = Warehouse(f"sqlite:///{tmp_path}/w.db", Sandbox.with_jobs([JobSpec(2)], token=TOKEN).handle)
    assert list(warehouse.synced().notes) == ["views: none are made in sqlite"]
    with pytest.raises(SettingsError, match="no views for sqlite, but for postgresql, "):
        ee.read_view(warehouse.url, "list_quality")


class TestCommand:
    @pytest.fixture
    def sandbox(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
        specs = [JobSpec(4, counts=(3, 1, 0), created_at=LATE, list_name="Leads")]
        with served(Sandbox.with_jobs(specs), monkeypatch) as made_up:
            yield made_up

    @pytest.fixture(params=["parquet:{}/w", "sqlite:///{}/w.db"])
    def url(self, sandbox: Sandbox, request: pytest.FixtureRequest, tmp_path: Path) -> str:
        url = request.param.format(tmp_path)
        assert main(["sync", url, "--tz", "Europe/Berlin"]) == 0
        return url

    def test_a_view_goes_to_a_pipe_or_a_file_exactly(
        self, url: str, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        capfdbinary.readouterr()
        assert main(["view", url, "daily_credit_usage"]) == 0
        lines = capfdbinary.readouterr().out.decode().splitlines()
        assert lines[0].split(",")[:3] == ["account", "day", "credits_charged"]
        assert [line.split(",")[1:3] for line in lines[1:]] == [["2026-05-07", "4.000000"]]
        assert main(["view", url, "daily_credit_usage", "--tz", "UTC", "--format", "jsonl"]) == 0
        assert b'"day": "2026-05-06"' in capfdbinary.readouterr().out
        assert main(["view", url, "list_quality", "--format", "table"]) == 0
        assert "0.750" in capfdbinary.readouterr().out.decode()
        path = tmp_path / "mix.parquet"
        assert main(["view", url, "validator_mix", "-o", str(path)]) == 0
        import pyarrow.parquet as pq

        assert sum(pq.read_table(path)["records"].to_pylist()) == 4
        assert main(["view", url, "credit_events", "--account", "other"]) == 1
        assert b"holds no account 'other'" in capfdbinary.readouterr().err

    @pytest.mark.parametrize(
        ("more", "said"),
        [
            (["sales"], "no such view: 'sales'"),
            (["daily_credit_usage", "--tz", "Mars/Olympus"], "unknown time zone"),
        ],
    )
    def test_what_does_not_exist_is_one_line_and_exit_code_2(
        self, url: str, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["view", url, *more]) == 2
        told = capsys.readouterr().err
        assert_one_error_line(told)
        assert said in told

    def test_a_sync_in_a_zone_that_does_not_exist_leaves_nothing_behind(
        self, sandbox: Sandbox, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        for url in (f"parquet:{tmp_path}/new", f"sqlite:///{tmp_path}/new.db"):
            assert main(["sync", url, "--tz", "Mars/Olympus"]) == 2
            assert_one_error_line(capsys.readouterr().err)
        assert list(tmp_path.iterdir()) == []

    def test_a_zone_for_views_that_are_not_made_is_refused(
        self, url: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert main(["sync", url, "--tz", "UTC", "--no-views"]) == 2
        assert_one_error_line(capsys.readouterr().err)

    def test_help_names_every_view(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["view", "--help"]) == 0
        told = capsys.readouterr().out
        assert all(f"{view.name} " in told for view in VIEWS)
