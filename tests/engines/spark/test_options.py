"""What the options of ``format("ecore")`` may say, and what is planned by them; without a JVM."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyspark.sql.types import DecimalType, LongType, StringType, StructType, TimestampType

from ecore_export import SettingsError, schema
from ecore_export.integrations.spark import EcoreDataSource
from ecore_export.integrations.spark.partitions import shares
from ecore_export.schema import Kind


@pytest.fixture(autouse=True)
def _driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ECORE_API_TOKEN", "t0p-s3cret-t0ken")


def loaded(kind: str = "read", **options: str) -> object:
    """What ``spark.read`` or ``spark.readStream`` has Spark do on the driver."""
    source = EcoreDataSource(options)
    read = source.streamReader if kind == "stream" else source.reader
    return read(source.schema())


@pytest.mark.parametrize(
    ("options", "refusal"),
    [
        ({}, "the option table is one of jobs, records, not None"),
        ({"table": "rejects"}, "the option table is one of jobs, records, not 'rejects'"),
        ({"table": "jobs", "path": "jobs"}, "there is no option 'path'; the options are table, since, until"),
        ({"table": "jobs", "workers": "4"}, "there is no option 'workers'; .*requests_at_once"),
        ({"table": "jobs", "token": "abc123"}, "token is no option, as everybody .* set ECORE_API_TOKEN"),
        ({"table": "jobs", "ECORE_API_TOKEN": "abc123"}, "ECORE_API_TOKEN is no option"),
        ({"table": "jobs", "pii_key": "abc123"}, "pii_key is no option"),
        ({"table": "jobs", "since": "yesterday"}, "that is not a date or time; write 2026-05-31"),
        ({"table": "jobs", "since": "2026-06-01", "until": "2026-05-01"}, "since must be earlier than until"),
        ({"table": "jobs", "job_ids": "1,x"}, "a job id is a whole number such as 42"),
        ({"table": "jobs", "job_ids": ""}, "a job id is a whole number such as 42, not empty text"),
        ({"table": "jobs", "job_ids": "1", "since": "2026-06-01"}, "by job_ids, or by since, until and"),
        ({"table": "jobs", "columns": "job_id,e-mail"}, "jobs has no column 'e-mail'; its columns are acc"),
        ({"table": "jobs", "account": " emea"}, "the label of the account begins or ends with a blank"),
        ({"table": "jobs", "requests_at_once": "0"}, "the option requests_at_once is a whole number of at"),
        ({"table": "jobs", "partitions": "many"}, "the option partitions is a whole number of at least 1"),
        ({"table": "jobs", "partitions": "9"}, "requests_at_once is 8, make it as many as the partitions"),
        ({"table": "jobs", "push_down": "yes"}, "the option push_down is one of true, false, not 'yes'"),
        ({"table": "jobs", "errors": "skip"}, "the option errors is one of raise, warn, not 'skip'"),
        ({"table": "jobs", "pii": "mask"}, "the option pii is one of keep, hash, drop, not 'mask'"),
        ({"table": "records", "pii": "hash"}, "pii=hash needs a key: set ECORE_PII_KEY where the driver"),
        ({"table": "jobs", "jobs_per_batch": "5"}, "jobs_per_batch is for streams"),
        ({"table": "jobs", "base_url": "http://example.com/"}, "must be https"),
    ],
    ids=lambda value: "-".join(value) or "none" if isinstance(value, dict) else "",
)
def test_what_makes_no_sense_is_refused_in_one_clear_line(options: dict[str, str], refusal: str) -> None:
    with pytest.raises(SettingsError, match=refusal) as refused:
        loaded(**options)
    assert "\n" not in str(refused.value)
    assert "abc123" not in str(refused.value)


@pytest.mark.parametrize("option", [{"job_ids": "1"}, {"push_down": "true"}])
def test_a_stream_refuses_what_only_a_batch_has(option: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="is not for streams"):
        loaded("stream", table="records", **option)


def test_a_driver_without_a_token_says_where_it_belongs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ECORE_API_TOKEN")
    with pytest.raises(SettingsError, match="no API token: set ECORE_API_TOKEN or ECORE_API_TOKEN_FILE"):
        loaded(table="jobs")


@pytest.mark.parametrize("table", [schema.JOBS, schema.RECORDS], ids=lambda table: table.name)
def test_columns_have_the_names_order_and_types_of_the_schema(table: schema.Table) -> None:
    names = {
        Kind.TEXT: "string",
        Kind.INT64: "bigint",
        Kind.FLOAT64: "double",
        Kind.BOOL: "boolean",
        Kind.CREDITS: "decimal(28,6)",
        Kind.INSTANT: "timestamp",
    }
    found = EcoreDataSource({"table": table.name}).schema()
    assert [(field.name, field.dataType.simpleString()) for field in found] == [
        (column.name, names[column.kind]) for column in table.columns
    ]


def test_columns_are_chosen_by_the_option_or_by_a_schema() -> None:
    source = EcoreDataSource({"table": "records", "columns": "record_id, email,record_id"})
    assert source.schema() == StructType().add("record_id", LongType()).add("email", StringType())
    jobs = EcoreDataSource({"table": "jobs"})
    own = StructType().add("total_credits_charged", DecimalType(28, 6)).add("created_at", TimestampType())
    assert jobs.reader(own)
    with pytest.raises(SettingsError, match=r"created_at is timestamp, not string"):
        jobs.reader(StructType().add("created_at", StringType()))
    with pytest.raises(SettingsError, match="jobs has no column 'email'"):
        jobs.reader(StructType().add("email", StringType()))


costs_of_jobs = st.lists(st.integers(1, 6_000), max_size=60)


@given(costs_of_jobs, st.integers(1, 12))
def test_every_job_is_in_one_partition_and_no_more_slots_are_given_than_there_are(
    costs: list[int], slots: int
) -> None:
    found = list(shares(costs, slots))
    places = list(itertools.chain.from_iterable(places for places, _ in found))
    assert sorted(places) == list(range(len(costs)))
    assert sum(share for _, share in found) <= slots
    assert all(inside and share >= 1 for inside, share in found)


def test_slots_have_about_as_much_to_do_each() -> None:
    assert list(shares([], 8)) == []
    assert list(shares([5_000], 8)) == [([0], 8)]
    assert [share for _, share in shares([1] * 20_000, 8)] == [1] * 8
    assert {len(places) for places, _ in shares([1] * 20_000, 8)} == {2_500}
    huge, *others = shares([1] * 1_000 + [5_000], 8)
    assert huge == ([1_000], 6)
    assert [len(places) for places, _ in others] == [500, 500]
    assert [share for _, share in shares([10, 10, 10], 8)] == [2, 3, 3]
