"""What a batch plans and reads, as Spark calls it, without a JVM: ``partitions()`` and ``read()``."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest
from counted_api import CountedApi
from pyspark import cloudpickle
from pyspark.sql.datasource import InputPartition
from scripted_api import TOKEN, Account
from spark_readers import by_key, ids, on_executors, read, reader_of, sandbox, stream_of, true_records
from sync_truth import expected_facts, read_pages

from ecore_export import JobNotLoadedWarning, NotFoundError, ReconciliationError, ServerError, schema
from ecore_export.errors import AuthenticationError, DailyCapError, EcoreError, IncompleteDataWarning
from ecore_export.integrations.spark import EcoreDataSource
from ecore_export.integrations.spark.partitions import Verdict
from ecore_export.sandbox import Fault


def test_records_are_those_of_the_api_whole_jobs_in_each_partition(serve: Callable[..., CountedApi]) -> None:
    made_up = sandbox(jobs=120)
    api = serve(made_up.handle)
    reader = reader_of(table="records", account="emea")
    partitions = reader.partitions()
    assert (len(partitions), api.listings) == (8, 2)
    parts = [on_executors(reader, [partition]) for partition in partitions]
    assert by_key([row for part in parts for row in part]) == true_records(made_up.handle, "emea")
    seen = [job_id for part in parts for job_id in ids(part)]
    assert len(seen) == len(set(seen)), "a part of a job is never a partition"


def test_jobs_are_those_of_the_api_and_executors_ask_for_nothing(serve: Callable[..., CountedApi]) -> None:
    made_up = sandbox(jobs=120)
    api = serve(made_up.handle)
    reader = reader_of(table="jobs")
    partitions = reader.partitions()
    api.reset()
    rows = on_executors(reader, partitions)
    assert api.requests == []
    facts = [column.name for column in schema.JOB_FACTS]
    listed = read_pages(made_up.handle, "jobs/", 100)
    assert {row["job_id"]: {name: row[name] for name in facts} for row in rows} == {
        job["id"]: expected_facts(job) for job in listed
    }
    assert {row["account"] for row in rows} == {"default"}


def test_batches_have_the_types_that_spark_was_told(serve: Callable[..., CountedApi]) -> None:
    serve(sandbox(jobs=30).handle)
    for table in (schema.JOBS, schema.RECORDS):
        for columns in (table.names, table.names[1:3]):
            reader = reader_of(table=table.name, columns=",".join(columns))
            wanted = pa.schema([table.frame_arrow.field(name) for name in columns])
            for partition in reader.partitions():
                assert {batch.schema for batch in reader.read(partition)} == {wanted}


@pytest.mark.parametrize("partitions", ["1", "3", None])
def test_all_partitions_together_have_as_many_workers_as_requests_at_once(
    partitions: str | None, serve: Callable[..., CountedApi]
) -> None:
    serve(Account.of_sizes(*[40] * 30, 12_000, 2_000).handle)
    options = {"partitions": partitions} if partitions else {}
    planned = reader_of(table="records", requests_at_once="6", **options).partitions()
    assert sum(partition.workers for partition in planned) == 6
    assert len(planned) <= int(partitions or 6)


def test_a_partition_has_no_more_requests_at_once_than_its_workers(serve: Callable[..., CountedApi]) -> None:
    api = serve(Account.of_sizes(*[40] * 10, 9_000).handle, latency_s=0.02)
    reader = reader_of(table="records", requests_at_once="5", partitions="2")
    for partition in reader.partitions():
        api.reset()
        assert on_executors(reader, [partition])
        assert api.most_at_once <= partition.workers


def test_an_empty_plan_has_no_rows(serve: Callable[..., CountedApi]) -> None:
    serve(Account().handle)
    for table in ("jobs", "records"):
        reader = reader_of(table=table)
        assert reader.partitions() == []
        assert on_executors(reader, [InputPartition(None)]) == []


def test_jobs_are_bounded_by_creation_name_and_ids(serve: Callable[..., CountedApi]) -> None:
    account = Account.of_sizes(*[3] * 250)
    account.job(7)["list_name"] = "Q1 Leads"
    account.add(251, 5, status="Processing")
    api = serve(account.handle)
    assert ids(read(table="jobs")) == list(range(1, 252))
    assert ids(read(table="records")) == list(range(1, 251)), "records of final jobs alone"
    since, until = account.job(240)["created_at"], account.job(245)["created_at"]
    api.reset()
    assert ids(read(table="records", since=since, until=until)) == list(range(240, 245))
    assert api.listings == 1
    assert ids(read(table="records", list_name="Q1 Leads")) == [7]
    for table in ("jobs", "records"):
        api.reset()
        assert ids(read(table=table, job_ids="250, 3,250")) == [3, 250]
        assert sorted(api.requests)[-1].endswith("jobs/3/?")
        assert len(api.requests) == 2, "no list is needed"


@pytest.mark.parametrize("size", [50, 2_500])
def test_a_job_that_does_not_add_up_ends_the_query_or_is_left_out(
    size: int, serve: Callable[..., CountedApi]
) -> None:
    account = Account.of_sizes(3, size, 5)
    account.job(2)["valid_count"] += 1
    account.job(2)["invalid_count"] -= 1
    serve(account.handle)
    with pytest.raises(ReconciliationError, match="job 2: tallies do not add up"):
        read(table="records")
    with pytest.warns(JobNotLoadedWarning, match="job 2 is left out"):
        assert ids(read(table="records", errors="warn")) == [1, 3]


def test_a_job_that_was_named_has_to_be_there_and_final(serve: Callable[..., CountedApi]) -> None:
    account = Account.of_sizes(3, 5)
    account.add(3, 5, status="Processing")
    serve(account.handle)
    for table in ("jobs", "records"):
        with pytest.raises(NotFoundError, match="job 9 does not exist, or belongs to another user"):
            read(table=table, job_ids="1,9")
        with pytest.warns(JobNotLoadedWarning, match="job 9 is left out"):
            assert ids(read(table=table, job_ids="1,9", errors="warn")) == [1]
    with pytest.raises(ReconciliationError, match="job 3: it is not final yet"):
        read(table="records", job_ids="3")
    assert ids(read(table="jobs", job_ids="3")) == [3]


def test_a_job_that_is_deleted_after_planning_has_no_records(serve: Callable[..., CountedApi]) -> None:
    account = Account.of_sizes(3, 1_500, 5)
    serve(account.handle)
    reader = reader_of(table="records")
    partitions = reader.partitions()
    account.delete(2)
    assert ids(on_executors(reader, partitions)) == [1, 3]


def hide(payload: Any) -> Any:
    """A list that shows fewer jobs than it counts."""
    payload["results"] = payload["results"][:-1]


def test_a_list_that_does_not_show_all_jobs_is_no_plan(serve: Callable[..., CountedApi]) -> None:
    serve(sandbox(sizes=[3, 4, 5], faults=[Fault("mutate", path=r"jobs/\?", mutate=hide)]).handle)
    with pytest.raises(ServerError, match="1 jobs that the API counts were not listed"):
        read(table="records")
    with pytest.warns(IncompleteDataWarning, match="1 jobs that the API counts were not listed"):
        assert len(read(table="jobs", errors="warn")) == 2
    with pytest.raises(ServerError, match="1 jobs that the API counts were not listed"):
        stream_of(table="jobs").latestOffset({"job_id": 0, "jobs": 0, "since": ""}, None)


def test_a_spent_cap_and_a_refused_token_end_the_plan(
    serve: Callable[..., CountedApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = serve(sandbox(sizes=[3], faults=[Fault(429, retry_after=3600)]).handle)
    with pytest.raises(DailyCapError):
        reader_of(table="jobs").partitions()
    assert len(api.requests) == 1
    serve(sandbox(sizes=[3]).handle)
    with pytest.raises(AuthenticationError):
        on_executors(reader := reader_of_other_token(monkeypatch), reader.partitions())


def reader_of_other_token(monkeypatch: pytest.MonkeyPatch) -> Any:
    with monkeypatch.context() as environment:
        environment.setenv("ECORE_API_TOKEN", "another")
        return reader_of(table="jobs")


def test_the_token_is_in_the_pickled_reader_alone(
    serve: Callable[..., CountedApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    serve(sandbox(sizes=[3, 1_200]).handle)
    source = EcoreDataSource({"table": "records"})
    reader, stream = source.reader(source.schema()), source.streamReader(source.schema())
    partitions = reader.partitions()
    for shown in (source, *partitions):
        assert TOKEN.encode() not in cloudpickle.dumps(shown)
        assert b"example.com" not in cloudpickle.dumps(shown), "nor is there an address"
    for kept in (source, reader, stream, reader._connection, *partitions):
        assert TOKEN not in repr(kept) + str(getattr(kept, "options", ""))
    sent = cloudpickle.dumps(reader)
    monkeypatch.delenv("ECORE_API_TOKEN", raising=False)
    monkeypatch.setenv("ECORE_BASE_URL", "http://127.0.0.1:9/")
    rows = [batch.num_rows for partition in partitions for batch in pickle.loads(sent).read(partition)]
    assert sum(rows) == 1_203, "an executor needs nothing of its own environment"


@pytest.mark.parametrize("pii", ["hash", "drop"])
def test_addresses_can_be_hashed_or_left_out(
    pii: str, serve: Callable[..., CountedApi], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account.of_sizes(3)
    account.job(1)["list_name"] = "of jane@example.com"
    serve(account.handle)
    monkeypatch.setenv("ECORE_PII_KEY", "k" * 32)
    records, (job,) = read(table="records", pii=pii), read(table="jobs", pii=pii)
    assert "@" not in job["list_name"]
    assert {row["email"] for row in records} == {None}
    assert {row["email_domain"] for row in records} == {"example.com"}
    assert len({row["email_hash"] for row in records}) == (3 if pii == "hash" else 1)


def test_what_one_task_found_out_ends_the_other_attempts_at_once(tmp_path: Any) -> None:
    verdict = Verdict(tmp_path / "verdict")
    with pytest.raises(ServerError), verdict.minded():
        raise ServerError("later")
    with pytest.raises(DailyCapError), verdict.minded():
        raise DailyCapError("the cap is spent")
    for _ in range(2):
        with pytest.raises(EcoreError, match="the cap is spent"), verdict.minded():
            pytest.fail("nothing is asked for")
    assert [path.name for path in tmp_path.iterdir()] == ["verdict"]
