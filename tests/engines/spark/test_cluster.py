"""Spark itself, with two executors: what it reads is the truth, whatever happens to them."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
import spark_session
from counted_api import CountedApi, counted
from scripted_api import TOKEN, Account
from spark_readers import by_key, true_records
from spark_session import REQUESTS_AT_ONCE, all_up, executor_pids
from sync_truth import FINAL, expected_facts, read_pages

from ecore_export import schema
from ecore_export.sandbox import Fault, Sandbox

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

Load = Callable[..., "DataFrame"]
LATENCY_S = 0.4


def made_up(**options: Any) -> Sandbox:
    return Sandbox(token=TOKEN, advance_after_reads=None, **options)


def load(spark: SparkSession, api: CountedApi, **options: Any) -> DataFrame:
    told = {name: str(value) for name, value in {"base_url": api.base_url, **options}.items()}
    return spark.read.format("ecore").options(**told).load()


def assert_true(rows: pa.Table, handle: Callable[..., Any]) -> None:
    """The rows are the API's records, types and all."""
    assert rows.schema == schema.RECORDS.frame_arrow
    assert by_key(rows.to_pylist()) == true_records(handle)


@pytest.fixture(scope="module")
def api() -> Iterator[CountedApi]:
    """An account of 100 jobs."""
    with counted(made_up(jobs=100).handle) as found:
        yield found


def test_records_and_jobs_are_the_truth(spark: SparkSession, api: CountedApi) -> None:
    api.reset()
    frame = load(spark, api, table="records")
    rows = frame.toArrow()
    assert api.listings == 1, "planned once"
    assert_true(rows, api.handle)
    jobs = load(spark, api, table="jobs").toArrow()
    facts = [column.name for column in schema.JOB_FACTS]
    assert jobs.schema == schema.JOBS.frame_arrow
    assert {row["job_id"]: {name: row[name] for name in facts} for row in jobs.to_pylist()} == {
        job["id"]: expected_facts(job) for job in read_pages(api.handle, "jobs/", 100)
    }


def test_no_jobs_are_no_rows(spark: SparkSession) -> None:
    with counted(Account().handle) as empty:
        for table in ("jobs", "records"):
            assert load(spark, empty, table=table).count() == 0


def test_a_query_s_filters_narrow_what_is_asked_for(spark: SparkSession, api: CountedApi) -> None:
    job = read_pages(api.handle, "jobs/", 100)[10]
    frame = load(spark, api, table="records", columns="job_id,job_created_at,status", push_down="true")
    api.reset()
    found = frame.filter(f"job_id IN ({job['id']}, 999999) AND status = 'Valid'")
    assert found.count() == job["valid_count"]
    assert api.listings == 0
    assert {target.split("jobs/")[1].split("/")[0] for target in api.requests} == {str(job["id"]), "999999"}
    api.reset()
    since = frame.filter(f"job_created_at >= timestamp'{job['created_at']}'")
    newer = [each for each in read_pages(api._handle, "jobs/", 100)[:11] if each["status"] in FINAL]
    assert since.count() == sum(each["total_records"] for each in newer)
    asked = {int(found[1]) for target in api.requests if (found := re.search(r"/jobs/(\d+)/", target))}
    assert asked == {each["id"] for each in newer}


def test_an_executor_that_is_killed_costs_requests_and_no_rows(spark: SparkSession) -> None:
    account = made_up(sizes=[40] * 60 + [3_000] * 4)
    with counted(account.handle, latency_s=0.2) as slow:
        killed: list[int] = []

        def kill() -> None:
            while len(slow.requests) < 15:
                time.sleep(0.05)
            killed.append(executor_pids()[0])
            os.kill(killed[0], signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        rows = load(spark, slow, table="records", requests_at_once=4).toArrow()
        killer.join()
        requests, most = len(slow.requests), slow.most_at_once
        slow.latency_s = 0.0
        assert killed
        assert_true(rows, account.handle)
        assert requests > 1 + 60 + 4 * 3, "some jobs were read anew"
        assert most <= 4
    all_up(spark, 2)


def test_never_more_requests_at_once_than_allowed(spark: SparkSession) -> None:
    account = made_up(sizes=[40] * 30 + [9_000])
    with counted(account.handle, latency_s=0.05) as slow:
        for partitions in (2, 5):
            slow.reset()
            frame = load(spark, slow, table="records", requests_at_once=5, partitions=partitions)
            assert frame.count() == 30 * 40 + 9_000
            assert 1 < slow.most_at_once <= 5


def test_a_spent_cap_ends_the_query_and_is_not_tried_four_times(spark: SparkSession) -> None:
    cap = [Fault(429, path=r"jobs/\d+/", retry_after=40_000)]
    with counted(made_up(sizes=[40] * 80, faults=cap).handle) as capped:
        with pytest.raises(Exception, match="the API's usage cap is spent"):
            load(spark, capped, table="records", requests_at_once=4).count()
        assert len(capped.requests) <= 1 + 4, "the list, and a request of each partition"


def test_what_is_refused_is_said_in_words(spark: SparkSession, api: CountedApi) -> None:
    with pytest.raises(Exception, match="token is no option, as everybody") as refused:
        load(spark, api, table="jobs", token="abc123")
    assert "abc123" not in str(refused.value)
    with pytest.raises(Exception, match="there is no option 'workers'; the options are table, since"):
        load(spark, api, table="jobs", workers=3)


def stream(spark: SparkSession, api: CountedApi, folder: Path, **options: Any) -> pa.Table:
    """A run of a stream into Parquet with a checkpoint; all that is there then."""
    told = {name: str(value) for name, value in {"base_url": api.base_url, **options}.items()}
    query = (
        spark.readStream.format("ecore")
        .options(table="records", **told)
        .load()
        .writeStream.format("parquet")
        .option("checkpointLocation", str(folder / "checkpoint"))
        .trigger(availableNow=True)
        .start(str(folder / "records"))
    )
    query.awaitTermination()
    return spark.read.parquet(str(folder / "records")).toArrow()


def test_a_stream_goes_on_from_its_checkpoint(spark: SparkSession, tmp_path: Path) -> None:
    account = Account.of_sizes(3, 1_200, 5)
    account.add(4, 7, status="Processing")
    account.add(5, 2)
    with counted(account.handle) as served:
        rows = stream(spark, served, tmp_path, jobs_per_batch=2)
        assert sorted(set(rows["job_id"].to_pylist())) == [1, 2, 3]
        served.reset()
        assert len(stream(spark, served, tmp_path)) == 1_208
        assert len(served.requests) == 1
        account.job(4)["status"] = "Processed"
        account.add(6, 1)
        assert_true(stream(spark, served, tmp_path), account.handle)
    kept = [path for path in (tmp_path / "checkpoint").rglob("*") if path.is_file()]
    assert kept
    assert not [path for path in kept if TOKEN.encode() in path.read_bytes()]


def test_the_token_is_in_no_plan_event_log_or_page(
    spark: SparkSession, api: CountedApi, spark_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frame = load(spark, api, table="records", account="label-to-be-found")
    frame.count()
    frame.explain("extended")
    shown = {"explain": capsys.readouterr().out, "plan": frame._jdf.queryExecution().toString()}
    ui = spark.sparkContext.uiWebUrl
    assert ui is not None
    pages = ["jobs/", "stages/", "storage/", "environment/", "executors/", "SQL/"]
    app = spark.sparkContext.applicationId
    pages += [f"api/v1/applications/{app}/{what}" for what in ("sql?details=true", "environment", "stages")]
    for page in pages:
        with urllib.request.urlopen(f"{ui}/{page}") as answer:
            shown[page] = answer.read().decode()
    events = [path for path in (spark_folder / "events").rglob("*") if path.is_file()]
    shown["event log"] = "".join(path.read_text("utf-8") for path in events)
    assert "PythonDataSource" in shown["event log"] or "ecore" in shown["event log"]
    assert "ecore" in shown["plan"]
    assert [name for name, text in shown.items() if TOKEN in text] == []


def test_written_to_delta_and_read_back_it_is_the_same(
    spark: SparkSession, api: CountedApi, tmp_path: Path
) -> None:
    from deltalake import DeltaTable, write_deltalake

    write_deltalake(tmp_path / "records", load(spark, api, table="records").toArrow())
    files = DeltaTable(tmp_path / "records").file_uris()
    assert_true(spark.read.parquet(*files).toArrow(), api.handle)


@pytest.mark.timeout(900)
def test_four_executors_are_twice_as_fast_as_one_and_more(tmp_path: Path) -> None:
    """One request a task, 400 ms each: waiting is what is shared, and the machine's cores matter little."""
    took = {}
    with counted(made_up(sizes=[101] * 120).handle, latency_s=LATENCY_S) as slow:
        for executors in (1, 4):
            (folder := tmp_path / str(executors)).mkdir()
            slow.reset()
            command = [
                sys.executable,
                spark_session.__file__,
                str(executors),
                str(folder),
                slow.base_url,
                TOKEN,
            ]
            done = subprocess.run(command, capture_output=True, text=True, timeout=400, check=True)
            seconds, rows = done.stdout.split()[-2:]
            assert int(rows) == 120 * 101
            assert slow.most_at_once <= min(executors, REQUESTS_AT_ONCE)
            took[executors] = float(seconds)
    print(f"seconds by executors: {took}")
    assert took[1] / took[4] >= 2.3, took
