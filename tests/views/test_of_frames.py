"""View functions: periods by pandas' names for them, and the caller's own columns, which stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

import ecore_export as ee
from ecore_export import schema
from ecore_export.errors import SettingsError
from ecore_export.sandbox import JobSpec
from ecore_export.views.periods import length_of

BACKENDS = ("numpy_nullable", "pyarrow")

PERIODS = {
    "D": "D",
    "W": "W-SUN",
    **{f"W-{day}": f"W-{day}" for day in ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")},
    **dict.fromkeys(("M", "ME", "MS"), "M"),
    **dict.fromkeys(("Q", "QE", "QS", "QE-DEC", "QS-JAN", "Q-DEC", "QE-MAR"), "Q-DEC"),
    **dict.fromkeys(("QE-JAN", "QS-FEB", "QS-NOV"), "Q-JAN"),
    "QE-FEB": "Q-FEB",
    **dict.fromkeys(("Y", "YE", "YS", "YE-DEC", "YS-JAN"), "Y-DEC"),
    **dict.fromkeys(("YE-JUN", "YS-JUL"), "Y-JUN"),
    "YE-MAR": "Y-MAR",
}
"""Each spelling with pandas' own period of that length."""


@pytest.fixture(scope="module")
def daily_jobs() -> pd.DataFrame:
    """A job of one valid record each on the first, a middle and the last day of each month, for two years."""
    days = pd.date_range("2024-01-01", "2025-12-31", freq="D")
    chosen = [day for day in days if day.day in (1, 15) or day.is_month_end]
    specs = [
        JobSpec(1, counts=(1, 0, 0), created_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC))
        for day in chosen
    ]
    with ee.Client.sandbox(jobs=specs) as client:
        return client.load_jobs()


@pytest.mark.parametrize("freq", PERIODS)
def test_a_period_is_that_of_pandas_by_any_spelling(freq: Any, daily_jobs: pd.DataFrame) -> None:
    usage = ee.credit_usage(daily_jobs, freq)
    charged_on = daily_jobs["credits_charged_at"].dt.tz_localize(None)
    starts = charged_on.dt.to_period(PERIODS[freq]).dt.start_time
    expected = daily_jobs.groupby(starts)["total_credits_charged"].sum()
    found = usage.set_index("period")["credits_net"]
    assert [day.date() for day in found.index] == [day.date() for day in expected.index]
    assert found.tolist() == expected.tolist()


def test_an_offset_of_pandas_is_a_period_too() -> None:
    assert length_of(pd.offsets.MonthEnd()) == length_of("M")
    assert length_of(pd.offsets.Week(weekday=5)) == length_of("W-SAT")


@pytest.mark.parametrize("freq", ["2W", "H", "h", "d", "m", "", "W-ABC", "M-JAN", "QE-SUN", "W-JAN", "2ME"])
def test_what_is_no_period_is_refused_with_those_that_are(freq: Any, daily_jobs: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match=r"freq is one of D, W, M, Q, Y, or a name .* YE-JUN, not"):
        ee.credit_usage(daily_jobs, freq)


@pytest.mark.parametrize("freq", [None, 7, timedelta(days=7), ["D"]])
def test_what_is_no_text_is_refused_by_its_kind(freq: Any, daily_jobs: pd.DataFrame) -> None:
    with pytest.raises(SettingsError, match="freq is one of"):
        ee.credit_usage(daily_jobs, freq)


@pytest.mark.parametrize("backend", BACKENDS)
def test_columns_of_one_s_own_stay_as_they_are(backend: Any) -> None:
    with ee.Client.sandbox(jobs=20, dtype_backend=backend) as client:
        jobs = client.load_jobs(status="Processed")
        records = client.load_records(jobs.head(3))
    jobs["client"] = jobs["list_name"].str.upper()
    jobs["weight"] = range(len(jobs))
    jobs["credits"] = -1  # the view has a column of that name
    jobs.index = jobs.index + 100
    records["is_mine"] = records["record_id"] > records["record_id"].iloc[5]
    for rows, frame, key, own in (
        (ee.credit_events(jobs), jobs, ["job_id"], ["client", "weight"]),
        (ee.job_turnaround(jobs), jobs, ["job_id"], ["client", "weight"]),
        (ee.latest_email_status(records), records, ["job_id", "record_id"], ["is_mine"]),
        (ee.repeat_validations(records, jobs), records, ["job_id", "record_id"], ["is_mine"]),
    ):
        assert [name for name in rows if name in ("client", "weight", "is_mine")] == own
        assert [rows[name].dtype for name in own] == [frame[name].dtype for name in own]
        by_key = frame.set_index(key)[own].to_dict("index")
        for row in rows[[*key, *own]].to_dict("records"):
            place = tuple(row[name] for name in key) if len(key) > 1 else row[key[0]]
            assert by_key[place] == {name: row[name] for name in own}
    assert (ee.credit_events(jobs)["credits"] != -1).any()
    assert list(ee.list_quality(jobs)) == list(ee.list_quality(jobs.drop(columns=["client", "weight"])))


def test_a_frame_without_rows_or_with_a_job_twice_keeps_its_columns() -> None:
    with ee.Client.sandbox(jobs=5) as client:
        jobs = client.load_jobs().assign(client="x")
    none = ee.job_turnaround(jobs.head(0))
    assert (len(none), none["client"].dtype) == (0, jobs["client"].dtype)
    twice = ee.credit_events(pd.concat([jobs, jobs.assign(client="y")]))
    assert set(twice["client"]) == {"x"}


def test_a_frame_of_a_parquet_folder_gains_no_column_of_ours() -> None:
    with ee.Client.sandbox(jobs=5) as client:
        jobs = client.load_jobs().assign(created_month="2026-05")
    assert "created_month" not in ee.job_turnaround(jobs)
    assert "created_month" not in schema.JOBS.names


def test_arrow_columns_of_one_s_own_stay_arrow() -> None:
    with ee.Client.sandbox(jobs=5, dtype_backend="pyarrow") as client:
        jobs = client.load_jobs()
    jobs["day"] = jobs["created_at"].dt.floor("D")
    days = ee.credit_events(jobs)["day"]
    assert days.dtype == jobs["day"].dtype == pd.ArrowDtype(pa.timestamp("us", "UTC"))
