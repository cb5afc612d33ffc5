"""The views tell the truth everywhere: SQL of every dialect, Parquet, DataFrames; to the last digit."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Context, Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from backends import Backend
from choosing import examples
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from view_rows import INSTANTS, ZONES, World, worlds
from view_truth import Truth

import ecore_export as ee
from ecore_export import schema
from ecore_export.destinations import Destination
from ecore_export.errors import SettingsError
from ecore_export.frames import DtypeBackend, from_frame
from ecore_export.views.columns import (
    CREDIT_USAGE,
    DAILY_CREDIT_USAGE,
    VIEWS,
    Period,
    View,
    find_view,
    period_of,
)

ACCOUNTS = itertools.count(1)
WIDE = Context(prec=60)

with_a_database = settings(
    max_examples=examples(8),
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # to shrink a world that fails would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def computed(
    world: World, account: str, tz: str, backend: DtypeBackend = "pyarrow"
) -> dict[str, pd.DataFrame]:
    """Every view by the function over DataFrames."""
    frames = world.frames(account, backend)
    jobs, history, records = frames["jobs"], frames["history"], frames["records"]
    rule = world.rule
    usage = ee.credit_usage(jobs, "D", tz, history)
    return {
        "credit_events": ee.credit_events(jobs, history, group=rule),
        "daily_credit_usage": usage.rename(columns={"period": "day"}),
        "monthly_statement": ee.monthly_statement(jobs, history, tz=tz, group=rule),
        "account_summary": ee.account_summary(jobs, history),
        "list_quality": ee.list_quality(jobs, group=rule),
        "daily_list_quality": ee.daily_list_quality(jobs, tz=tz, group=rule),
        "list_decay": ee.list_decay(jobs, tz=tz, group=rule),
        "stale_lists": ee.stale_lists(jobs, frames["runs"], group=rule),
        "validator_mix": ee.validator_mix(records),
        "daily_validator_mix": ee.daily_validator_mix(records, tz=tz),
        "job_turnaround": ee.job_turnaround(jobs, group=rule),
        "latest_email_status": ee.latest_email_status(records),
        "repeat_validations": ee.repeat_validations(records, jobs, group=rule),
        "repeat_costs": ee.repeat_costs(records, jobs, tz=tz, group=rule),
        "verdict_changes": ee.verdict_changes(records),
        "domain_quality": ee.domain_quality(records, jobs),
        "daily_domain_quality": ee.daily_domain_quality(records, jobs, tz=tz),
        "error_reasons": ee.error_reasons(records, tz),
        "data_freshness": ee.data_freshness(jobs, frames["runs"], frames["rejects"]),
    }


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """Rows in an order of their own, as collations and empty texts differ in how they sort."""
    return sorted(table.to_pylist(), key=repr)


def assert_true(found: pa.Table, truth: list[dict[str, Any]], view: View) -> None:
    """The rows that were found are those of the plain computation, to the last digit."""
    assert found.schema == view.frame_arrow
    expected = [{name: row[name] for name in view.names} for row in truth]
    assert rows_of(found) == sorted(map(exact, expected), key=repr), view.name


def exact(row: dict[str, Any]) -> dict[str, Any]:
    """The row with credits of six decimals, as the tables have them."""
    return {
        name: value.quantize(Decimal("0.000001"), context=WIDE) if isinstance(value, Decimal) else value
        for name, value in row.items()
    }


def of_small_jobs(world: World) -> World:
    """The world without its jobs of many records, and without its rejects."""
    small = [job for job in world.jobs if (job.row["total_records"] or 0) <= 12]
    states = [state for state in world.states if any(job.job_id == state["job_id"] for job in small)]
    return World(small, states, world.runs, [], world.rule)


HUGE = worlds(digits=26).map(of_small_jobs)


@pytest.mark.thorough
@with_a_database
@given(data=st.data(), tz=st.sampled_from(ZONES))
def test_a_destination_tells_the_truth_to_the_last_digit(
    data: st.DataObject, tz: str, backend: Backend, destination: Destination
) -> None:
    """Half the worlds have huge credits, where the engine is exact: up to the 20 digits before the point that
    leave room for what they are multiplied with and added up."""
    is_exact = backend.credit_digits == 28
    world = data.draw(st.one_of(worlds(), HUGE) if is_exact else worlds())
    account = f"account-{next(ACCOUNTS)}"
    world.publish(destination, account)
    truth = Truth(world, account, tz)
    for view in VIEWS:
        assert_true(destination.read_view(view.name, tz=tz, account=account), truth.rows(view.name), view)


@pytest.mark.thorough
@with_a_database
@given(
    world=worlds(),
    tz=st.sampled_from(ZONES),
    since=INSTANTS,
    span=st.timedeltas(timedelta(microseconds=1), timedelta(9000)),
)
def test_a_view_of_a_period_is_that_of_what_lies_in_it(
    world: World, tz: str, since: datetime, span: timedelta, destination: Destination
) -> None:
    account, until = f"account-{next(ACCOUNTS)}", since + span
    world.publish(destination, account)
    truth = Truth(world, account, tz, since, until)
    for view in VIEWS:
        if view.instant is not None:
            found = destination.read_view(view.name, tz=tz, account=account, since=since, until=until)
            assert_true(found, truth.rows(view.name), view)


@settings(max_examples=examples(15), deadline=None)
@given(world=HUGE, tz=st.sampled_from(ZONES))
def test_the_dataframe_functions_tell_the_truth_to_the_last_digit(world: World, tz: str) -> None:
    truth, found = Truth(world, "a", tz), computed(world, "a", tz)
    for view in VIEWS:
        assert_true(from_frame(found[view.name], view), truth.rows(view.name), view)


def test_a_period_is_by_the_clock_of_the_zone_and_about_something(destination: Destination) -> None:
    for wrong in ({"since": "2026-05-02", "until": "2026-05-02"}, {"until": "soon"}):
        with pytest.raises(SettingsError):
            destination.read_view("list_quality", **wrong)
    with pytest.raises(SettingsError, match="data_freshness tells how things are now"):
        destination.read_view("data_freshness", since="2026-05-01")
    assert period_of("2026-05-01", "2026-05-02T00:00Z", "Asia/Kathmandu") == Period(
        datetime(2026, 4, 30, 18, 15, tzinfo=UTC), datetime(2026, 5, 2, tzinfo=UTC)
    )


@settings(max_examples=examples(25), deadline=None)
@given(world=worlds(), backend=st.sampled_from(("numpy_nullable", "pyarrow")))
def test_charges_and_refunds_add_up_to_what_each_job_was_charged(world: World, backend: DtypeBackend) -> None:
    events = ee.credit_events(world.frames("a", "pyarrow")["jobs"], world.frames("a", backend)["history"])
    found: dict[int, Decimal] = {}
    for row in from_frame(events, find_view("credit_events")).to_pylist():
        found[row["job_id"]] = found.get(row["job_id"], Decimal(0)) + row["credits"]
        assert (row["credits"] > 0) or (row["event"] == "refund") or row["credits"] < 0
    for job in world.jobs:
        assert found.get(job.job_id, Decimal(0)) == (job.row["total_credits_charged"] or Decimal(0))


@settings(max_examples=examples(15), deadline=None)
@given(world=worlds(), tz=st.sampled_from(ZONES), freq=st.sampled_from(("D", "W", "M")))
def test_use_by_period_is_that_of_the_days_in_it(world: World, tz: str, freq: Any) -> None:
    frames = world.frames("a")
    usage = from_frame(ee.credit_usage(frames["jobs"], freq, tz, frames["history"]), CREDIT_USAGE)
    first_day = {
        "D": lambda day: day,
        "W": lambda day: day - timedelta(days=day.weekday()),
        "M": lambda day: day.replace(day=1),
    }[freq]
    assert_true(usage, Truth(world, "a", tz).usage(first_day), CREDIT_USAGE)
    assert usage["period"].to_pylist() == sorted(usage["period"].to_pylist())


@pytest.mark.thorough
@settings(max_examples=examples(8), deadline=None)
@given(world=worlds())
def test_both_dtype_backends_give_the_same_in_their_own_dtypes(world: World) -> None:
    exact, nullable = (computed(world, "a", "UTC", backend) for backend in ("pyarrow", "numpy_nullable"))
    for view in VIEWS:
        assert all(isinstance(dtype, pd.ArrowDtype) for dtype in exact[view.name].dtypes)
        assert not any(isinstance(dtype, pd.ArrowDtype) for dtype in nullable[view.name].dtypes)
        assert from_frame(nullable[view.name], view).equals(from_frame(exact[view.name], view)), view.name


def test_empty_frames_give_empty_frames_of_the_same_dtypes() -> None:
    empty, full = (computed(World([], [], [], []), "a", "UTC", "numpy_nullable") for _ in range(2))
    for view in VIEWS:
        assert len(empty[view.name]) == 0
        assert tuple(empty[view.name].columns) == view.names
        assert empty[view.name].dtypes.equals(full[view.name].dtypes)


@pytest.mark.parametrize("backend_name", ["numpy_nullable", "pyarrow"])
def test_a_period_a_zone_or_a_frame_that_does_not_do_is_refused(backend_name: DtypeBackend) -> None:
    jobs = World([], [], [], []).frames("a", backend_name)["jobs"]
    with pytest.raises(SettingsError, match="freq is one of D, W, M, Q, Y"):
        ee.credit_usage(jobs, "2W")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="unknown time zone 'Mars/Olympus'"):
        ee.credit_usage(jobs, tz="Mars/Olympus")
    with pytest.raises(SettingsError, match="lacks columns of jobs: total_records"):
        ee.credit_events(jobs.drop(columns="total_records"))


def test_the_views_cover_the_declared_columns_once() -> None:
    names = [view.name for view in VIEWS]
    assert len(set(names)) == len(names)
    for view in (*VIEWS, CREDIT_USAGE):
        assert len(set(view.names)) == len(view.names)
        assert set(view.key) <= set(view.names)
        assert view.columns[0] == schema.JOBS.column("account")
        assert all(column.description for column in view.columns)
    assert CREDIT_USAGE.columns[2:] == DAILY_CREDIT_USAGE.columns[2:]
