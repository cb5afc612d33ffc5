"""Filters of a query that narrow what is asked of the API, as Spark hands them over; without a JVM."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from counted_api import CountedApi
from pyspark.sql.datasource import (
    DataSourceReader,
    EqualTo,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
    StringContains,
)
from scripted_api import TOKEN, Account
from spark_readers import ids, on_executors, reader_of

CREATED = datetime(2026, 5, 1, 0, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("filters", "expected", "listings"),
    [
        ([EqualTo(("job_id",), 7)], [7], 0),
        ([In(("job_id",), (7, 9, 999)), In(("job_id",), (9, 999))], [9], 0),
        ([EqualTo(("job_id",), 7), EqualTo(("job_id",), 8)], [], 0),
        ([GreaterThanOrEqual(("job_created_at",), CREATED)], list(range(11, 31)), 1),
        ([GreaterThan(("job_created_at",), CREATED)], list(range(11, 31)), 1),
        ([LessThan(("job_created_at",), CREATED)], list(range(1, 11)), 1),
        ([LessThanOrEqual(("job_created_at",), CREATED)], list(range(1, 12)), 1),
        ([EqualTo(("job_created_at",), CREATED)], [11], 1),
        ([LessThanOrEqual(("job_created_at",), datetime.max.replace(tzinfo=UTC))], list(range(1, 31)), 1),
        ([StringContains(("email",), "@"), EqualTo(("status",), "Valid")], list(range(1, 31)), 1),
    ],
)
def test_filters_narrow_what_is_asked_for_and_stay_spark_s_to_apply(
    filters: list[Any], expected: list[int], listings: int, serve: Callable[..., CountedApi]
) -> None:
    account = Account.of_sizes(*[3] * 30)
    account.add(31, 5, status="Processing")
    api = serve(account.handle)
    reader = reader_of(table="records", push_down="true")
    assert list(reader.pushFilters(filters)) == filters
    assert ids(on_executors(reader, reader.partitions())) == expected
    assert api.listings == listings


def test_a_filter_and_an_option_bound_together(serve: Callable[..., CountedApi]) -> None:
    account = Account.of_sizes(*[3] * 30)
    serve(account.handle)
    reader = reader_of(table="records", push_down="true", since=account.job(20)["created_at"])
    reader.pushFilters(
        [In(("job_id",), (5, 25)), LessThan(("job_created_at",), datetime(2030, 1, 1, tzinfo=UTC))]
    )
    assert ids(on_executors(reader, reader.partitions())) == [25]
    named = reader_of(table="jobs", push_down="true", job_ids="5,25")
    named.pushFilters([In(("job_id",), (25, 26))])
    assert ids(on_executors(named, named.partitions())) == [25]
    running = reader_of(table="records", push_down="true")
    account.add(31, 5, status="Processing")
    running.pushFilters([In(("job_id",), (31, 999))])
    assert on_executors(running, running.partitions()) == [], "no records yet, and no such job"


def test_without_the_option_there_is_no_push_down_for_spark_to_refuse() -> None:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ECORE_API_TOKEN", TOKEN)
        assert type(reader_of(table="jobs")).pushFilters is DataSourceReader.pushFilters
