"""Tables of any destination as DataFrames: promised dtypes, what was published, only what is asked for."""

from __future__ import annotations

import doctest
import itertools
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any, get_args

import duckdb
import pandas as pd
import polars
import pytest
from backends import Backend, on_a_folder_and_a_database
from destination_rows import (
    CREATED,
    SEEN,
    Job,
    Row,
    big_job_batches,
    history_row,
    make_job,
    publication,
    publish,
    reject_row,
    run_row,
    to_table,
)
from peak_memory import run_and_weigh

import ecore_export as ee
from ecore_export import schema
from ecore_export.destinations import Destination, open_destination, write_rejects, write_runs
from ecore_export.destinations.frames import TableName
from ecore_export.errors import DestinationError, SettingsError
from ecore_export.frames import to_frame
from ecore_export.schema import DATA_TABLES, Table

pytestmark = pytest.mark.thorough

MICROSECOND = timedelta(microseconds=1)
INSTANTS = {
    "jobs": "created_at",
    "job_history": "created_at",
    "records": "job_created_at",
    "sync_runs": "started_at",
    "rejects": "rejected_at",
}
TIMES = [CREATED, CREATED + timedelta(days=40), CREATED + timedelta(days=80)]
EDGES = [None, TIMES[0], TIMES[1], TIMES[1] + MICROSECOND, TIMES[2], TIMES[2] + MICROSECOND]

TABLES_OF_TIME = [table for table in DATA_TABLES if table.name != "list_groups"]

Stored = dict[str, list[Row]]


def jobs_of(account: str) -> list[Job]:
    """Three jobs, forty days apart."""
    return [
        make_job(n, n, account=account, created_at=at, duration=None if n == 2 else "1m 16s")
        for n, at in enumerate(TIMES, 1)
    ]


def rows_of(account: str) -> Stored:
    """The rows of these jobs, with a run and a reject at each of the times."""
    jobs, times = jobs_of(account), list(enumerate(TIMES, 1))
    return {
        "jobs": [job.row for job in jobs],
        "job_history": [history_row(job.row, SEEN) for job in jobs],
        "records": [row for job in jobs for row in job.records],
        "sync_runs": [run_row(f"{account}-{n}", account=account, started_at=at) for n, at in times],
        "rejects": [reject_row(n, "status: null", account=account, rejected_at=at) for n, at in times],
        "list_groups": [
            {"account": account, "list_name": f"Leads {n}", "list_group": "Leads"} for n in "123"
        ],
    }


def fill(destination: Destination, account: str) -> Stored:
    rows = rows_of(account)
    publish(destination, *jobs_of(account), history=rows["job_history"], account=account)
    write_runs(destination, to_table(schema.SYNC_RUNS, rows["sync_runs"]))
    write_rejects(destination, to_table(schema.REJECTS, rows["rejects"]))
    destination.merge(schema.LIST_GROUPS, to_table(schema.LIST_GROUPS, rows["list_groups"]))
    return rows


@pytest.fixture
def stored(destination: Destination, backend: Backend) -> Stored:
    """What is in the destination, rows of two accounts: by key, or else in the order of the files."""
    first, second = fill(destination, "default"), fill(destination, "west")
    rows = {name: first[name] + second[name] for name in first}
    if backend.name == "parquet":
        rows["records"].sort(key=lambda row: row["job_created_at"])
    return rows


def expected(table: Table, rows: list[Row], columns: list[str] | None = None, **options: Any) -> pd.DataFrame:
    arrow = to_table(table, rows).select(columns or list(table.names))
    return to_frame(arrow, **options)


def assert_same(found: pd.DataFrame, wanted: pd.DataFrame, table: Table) -> None:
    pd.testing.assert_frame_equal(found, wanted, check_exact=True, obj=table.name)


def test_the_names_are_those_of_the_tables() -> None:
    assert get_args(TableName) == tuple(table.name for table in DATA_TABLES)


def test_a_table_is_what_was_published_with_the_promised_dtypes(
    destination: Destination, destination_url: str, stored: Stored
) -> None:
    destination.close()  # a file of DuckDB is for one process and connection at a time
    for table in DATA_TABLES:
        wanted = stored[table.name]
        assert_same(ee.read_table(destination_url, table.name), expected(table, wanted), table)
        found = ee.read_table(destination_url, table.name, dtype_backend="pyarrow")
        assert_same(found, expected(table, wanted, dtype_backend="pyarrow"), table)


def test_a_table_without_rows_has_the_dtypes_of_a_full_one(destination: Destination) -> None:
    for table in DATA_TABLES:
        full = to_frame(to_table(table, rows_of("default")[table.name]))
        found = ee.read_table(destination, table.name)
        assert len(found) == 0
        assert_same(found, full[:0], table)
        period = {} if table is schema.LIST_GROUPS else {"since": "2026-01-01"}
        only = ee.read_table(destination, table.name, columns=[table.key[-1]], **period)
        assert_same(only, full[[table.key[-1]]][:0], table)


@on_a_folder_and_a_database
def test_columns_come_in_the_order_asked_for(destination: Destination, stored: Stored) -> None:
    for table in DATA_TABLES:
        columns = [*reversed(table.names[2:5]), table.key[0]]
        found = ee.read_table(destination, table.name, columns=columns)
        assert_same(found, expected(table, stored[table.name], columns), table)
        assert_same(ee.read_table(destination, table.name, columns=pd.Index(columns)), found, table)


def test_a_period_holds_its_first_instant_and_not_its_last(destination: Destination, stored: Stored) -> None:
    periods = [
        (since, until)
        for since, until in itertools.product(EDGES, EDGES)
        if since is None or until is None or since < until
    ]
    for table, (since, until) in itertools.product(TABLES_OF_TIME, periods):
        instant, columns = INSTANTS[table.name], list(table.key)  # its column need not be among them
        wanted = [
            row
            for row in stored[table.name]
            if (since is None or row[instant] >= since) and (until is None or row[instant] < until)
        ]
        found = ee.read_table(destination, table.name, since=since, until=until, columns=columns)
        assert_same(found, expected(table, wanted, columns), table)


@on_a_folder_and_a_database
def test_a_time_without_an_offset_is_utc_and_one_with_another_is_that_instant(
    destination: Destination, stored: Stored
) -> None:
    moments: list[Any] = [
        TIMES[1].replace(tzinfo=None),
        TIMES[1].astimezone(timezone(timedelta(hours=9))),
        TIMES[1].isoformat(),
        pd.Timestamp(TIMES[1]),
    ]
    for moment in moments:
        assert ee.read_table(destination, "jobs", since=moment)["job_id"].tolist() == [2, 3, 2, 3]
        assert ee.read_table(destination, "jobs", until=moment)["job_id"].tolist() == [1, 1]
    day = TIMES[1].date()
    assert ee.read_table(destination, "jobs", since=day)["job_id"].tolist() == [2, 3, 2, 3]
    of_the_day = ee.read_table(destination, "jobs", since=day, until=day + timedelta(days=1))
    assert of_the_day["job_id"].tolist() == [2, 2]


@on_a_folder_and_a_database
def test_an_account_is_read_by_itself(destination: Destination, stored: Stored) -> None:
    for table in DATA_TABLES:
        wanted = [row for row in stored[table.name] if row["account"] == "west"]
        assert_same(ee.read_table(destination, table.name, account="west"), expected(table, wanted), table)
    for table in TABLES_OF_TIME:
        columns = [table.names[-1]]
        found = ee.read_table(destination, table.name, account="west", columns=columns, until=TIMES[1])
        kept = [
            row
            for row in stored[table.name]
            if row["account"] == "west" and row[INSTANTS[table.name]] < TIMES[1]
        ]
        assert_same(found, expected(table, kept, columns), table)


def test_credits_can_be_divided_and_instants_resampled(destination: Destination, stored: Stored) -> None:
    jobs = ee.read_table(destination, "jobs", account="west")
    assert (jobs["total_credits_charged"] / jobs["total_records"]).tolist() == [178 / 250] * 3
    months = jobs.set_index("created_at")["total_credits_charged"].resample("MS").sum()
    assert months.sum() == 3 * 178


def test_a_place_where_nothing_was_exported_is_told(destination_url: str, backend: Backend) -> None:
    before = backend.contents(destination_url)
    with pytest.raises(DestinationError, match="nothing was ever exported"):
        ee.read_table(destination_url, "jobs")
    assert backend.contents(destination_url) == before


def test_an_account_that_is_not_there_is_told(destination: Destination, stored: Stored) -> None:
    with pytest.raises(DestinationError, match="no account 'wset'; there are 'default', 'west'"):
        ee.read_table(destination, "jobs", account="wset")


class TestRefused:
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Destination]:
        with closing(open_destination(f"parquet:{tmp_path}/w")) as opened:
            opened.ensure_schema()
            yield opened

    @pytest.mark.parametrize("name", ["job", "ecore_meta", "credit_events", "", None, 3])
    def test_a_table_that_nobody_knows(self, place: Destination, name: Any) -> None:
        with pytest.raises(SettingsError, match=r"no such table: .*; there are jobs, job_history, records, "):
            ee.read_table(place, name)

    @pytest.mark.parametrize("columns", [["job_id", "jobid"], [3], [None], [["job_id"]]])
    def test_a_column_that_nobody_knows(self, place: Destination, columns: Any) -> None:
        with pytest.raises(SettingsError, match=r"a column of jobs is one of account, job_id, .*, not "):
            ee.read_table(place, "jobs", columns=columns)

    def test_a_period_of_a_table_that_tells_how_things_are_now(self, place: Destination) -> None:
        for period in ({"since": "2026-05-01"}, {"until": "2026-05-01"}):
            with pytest.raises(SettingsError, match="list_groups tells how things are now"):
                ee.read_table(place, "list_groups", **period)  # type: ignore[arg-type]

    @pytest.mark.parametrize("columns", ["job_id", 3, [], ["job_id", "job_id"]])
    def test_columns_that_are_no_list_of_different_names(self, place: Destination, columns: Any) -> None:
        with pytest.raises(SettingsError, match="columns "):
            ee.read_table(place, "jobs", columns=columns)

    @pytest.mark.parametrize(
        ("since", "until"),
        [("2026-05-01", "2026-05-01"), ("2026-05-02", "2026-05-01"), ("May", None), (None, pd.NaT)],
    )
    def test_a_period_that_is_none(self, place: Destination, since: Any, until: Any) -> None:
        with pytest.raises(SettingsError):
            ee.read_table(place, "jobs", since=since, until=until)

    def test_dtypes_that_nobody_knows(self, place: Destination) -> None:
        backend: Any = "polars"
        with pytest.raises(SettingsError, match="dtype_backend"):
            ee.read_table(place, "jobs", dtype_backend=backend)

    def test_a_url_that_nobody_knows(self) -> None:
        with pytest.raises(SettingsError):
            ee.read_table("warehouse", "jobs")


def test_a_table_is_read_from_the_schema_it_is_in(postgres_url: str) -> None:
    with closing(open_destination(postgres_url, schema_name="mail")) as opened:
        opened.ensure_schema()
        publish(opened, make_job(1, 2))
    assert len(ee.read_table(postgres_url, "records", schema_name="mail")) == 2
    with pytest.raises(DestinationError):
        ee.read_table(postgres_url, "records")


def test_memory_follows_what_is_asked_for_and_not_what_is_stored(tmp_path: Path) -> None:
    url = f"parquet:{tmp_path}/w"
    with closing(open_destination(url)) as opened:
        opened.ensure_schema()
        for job_id, at in enumerate(TIMES, 1):
            job = make_job(job_id, records_exported=250_000, created_at=at)
            batches = list(big_job_batches(job.row, 250_000, 50_000))
            whole = replace(publication(job), records=partial(iter, batches), record_rows=250_000)
            opened.publish(whole)

    def rows_and_peak_mb(asked: str) -> tuple[int, float]:
        script = f"import ecore_export as ee\nprint(len(ee.read_table({url!r}, 'records', {asked})))"
        output, peak_mb = run_and_weigh(script)
        return int(output), peak_mb

    none, base_mb = rows_and_peak_mb("until='2026-01-01'")
    some, peak_mb = rows_and_peak_mb("since='2026-07-01', columns=['status']")
    assert (none, some) == (0, 250_000)
    assert peak_mb - base_mb < 60


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with closing(open_destination("parquet:warehouse")) as opened:
        opened.ensure_schema()
        fill(opened, "default")
    (found,) = doctest.DocTestFinder(recurse=False).find(ee.read_table, "read_table", globs={})
    assert doctest.DocTestRunner().run(found) == doctest.TestResults(0, 4)


def test_a_frame_goes_to_arrow_polars_and_duckdb_with_its_types(tmp_path: Path) -> None:
    url = f"parquet:{tmp_path}/w"
    with closing(open_destination(url)) as opened:
        opened.ensure_schema()
        rows = fill(opened, "default")["jobs"]
    jobs = ee.read_table(url, "jobs", dtype_backend="pyarrow")
    table = ee.to_arrow(jobs)
    assert table.schema == schema.JOBS.frame_arrow
    assert table.cast(schema.JOBS.arrow).to_pylist() == rows
    in_polars = polars.DataFrame(polars.from_arrow(table))
    assert in_polars.schema["total_credits_charged"] == polars.Decimal(28, 6)
    assert in_polars["job_id"].to_list() == [row["job_id"] for row in rows]
    newest = duckdb.sql("SELECT list_name, created_at FROM jobs ORDER BY created_at DESC LIMIT 5")
    assert newest.columns == ["list_name", "created_at"]
    assert len(newest.fetchall()) == 3
