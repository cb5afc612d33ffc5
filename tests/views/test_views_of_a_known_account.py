"""Repeats, domains and decay of a known account, synced from its API: the views have what pandas computes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from backends import on_a_folder_and_a_database
from known_account import RULE, VERDICTS, group_of, jobs_of, known_account, records_of, repeats_of
from sync_truth import Warehouse

import ecore_export as ee
from ecore_export.cli import main
from ecore_export.destinations import Destination, open_destination
from ecore_export.schema import LIST_GROUPS
from ecore_export.settings import Secret
from ecore_export.views.columns import VIEWS

ACCOUNT = known_account()
TZ = "Europe/Berlin"
JOBS, RECORDS = jobs_of(ACCOUNT, TZ), records_of(ACCOUNT, TZ)
REPEATS = repeats_of(RECORDS)
KEY = "an-example-key-for-tests"


@pytest.fixture
def known(destination_url: str) -> Iterator[Destination]:
    """A destination that the account was synced to."""
    Warehouse(destination_url, ACCOUNT.handle).synced(tz=TZ, group=RULE)
    with closing(open_destination(destination_url)) as destination:
        yield destination


def rows(destination: Destination, name: str, **asked: Any) -> list[dict[str, Any]]:
    return destination.read_view(name, **asked).to_pylist()


@on_a_folder_and_a_database
@pytest.mark.thorough
def test_every_view_has_what_pandas_computes(known: Destination) -> None:
    """One test for all, as the sync behind it takes the time."""
    check_repeat_validations(rows(known, "repeat_validations"))
    check_verdict_changes(rows(known, "verdict_changes"))
    check_domains(rows(known, "domain_quality"), ["domain"])
    check_domains(rows(known, "daily_domain_quality"), ["day", "domain"])
    check_error_reasons(rows(known, "error_reasons"))
    check_repeat_costs(rows(known, "repeat_costs"))
    check_monthly_statement(rows(known, "monthly_statement"), rows(known, "credit_events"))
    check_list_decay(rows(known, "list_decay"))
    check_stale_lists(rows(known, "stale_lists"))
    check_account_summary(rows(known, "account_summary"))
    check_groups(known)


def test_the_same_from_dataframes() -> None:
    found = [
        ee.flatten_job({**job, "records": ACCOUNT.records[job["id"]]}, dtype_backend="pyarrow")
        for job in ACCOUNT.jobs
    ]
    jobs, records = (pd.concat(frames) for frames in zip(*found, strict=True))

    def told(frame: pd.DataFrame) -> list[dict[str, Any]]:
        return ee.to_arrow(frame).to_pylist()

    check_repeat_validations(told(ee.repeat_validations(records, jobs, group=RULE)))
    check_verdict_changes(told(ee.verdict_changes(records)))
    check_domains(told(ee.domain_quality(records, jobs)), ["domain"])
    check_domains(told(ee.daily_domain_quality(records, jobs, tz=TZ)), ["day", "domain"])
    check_error_reasons(told(ee.error_reasons(records, TZ)))
    check_repeat_costs(told(ee.repeat_costs(records, jobs, tz=TZ, group=RULE)))
    statement = ee.monthly_statement(jobs, tz=TZ, group=RULE)
    check_monthly_statement(told(statement), told(ee.credit_events(jobs)))
    check_list_decay(told(ee.list_decay(jobs, tz=TZ, group=RULE)))
    check_account_summary(told(ee.account_summary(jobs)))
    check_stale_lists(told(ee.stale_lists(jobs, group=RULE)), timedelta(0))


@pytest.mark.parametrize("pii", ["hash", "drop"])
def test_hashes_are_enough_and_without_them_it_is_said(
    pii: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    warehouse = Warehouse(url, ACCOUNT.handle)
    warehouse.settings = replace(warehouse.settings, pii_key=Secret(KEY))
    warehouse.synced(pii=pii)
    assert main(["view", url, "repeat_validations", "-o", str(tmp_path / "r.csv")]) == 0
    told = capsys.readouterr().err
    if pii == "hash":
        assert told == ""
        assert set(ee.read_view(url, "repeat_validations")["record_id"]) == set(REPEATS["record_id"])
        return
    assert "repeat_validations is empty: it takes addresses or their hashes" in told
    with pytest.warns(ee.IncompleteDataWarning, match="keeps neither"):
        assert len(ee.read_view(url, "repeat_validations")) == 0
    assert len(ee.read_view(url, "validator_mix")) > 0


def check_repeat_validations(found: list[dict[str, Any]]) -> None:
    names = {"created_at": "job_created_at", "domain": "email_domain"}
    expected = REPEATS.rename(columns=names).set_index("record_id")
    assert len(found) == len(expected) > 100
    for row in found:
        true = expected.loc[row["record_id"]]
        for name in (
            "job_id",
            "list_name",
            "list_group",
            "email",
            "email_domain",
            "status",
            "is_cached",
            "credits",
        ):
            assert row[name] == true[name], name
        for name in ("previous_job_id", "previous_record_id", "previous_status", "previous_credits"):
            assert row[name] == true[name], name
        assert row["days_since"] == true["days_since"]
        assert row["is_changed"] == (true["status"] != true["previous_status"])


def check_groups(known: Destination) -> None:
    """Every view with a list's name has its group; they add up by it to what the jobs say."""
    for view in VIEWS:
        if {"list_name", "list_group"} <= {*view.names}:
            found = {(row["list_name"], row["list_group"]) for row in rows(known, view.name)}
            assert found == {(name, group_of(name)) for name, _ in found}, view.name
            assert ("Newsletter 2026-01", "Newsletter") in found, view.name
        assert ("list_name" in view.names) <= ("list_group" in view.names)
    spent = pd.DataFrame(rows(known, "monthly_statement")).groupby("list_group")["credits_net"].sum()
    assert spent.to_dict() == JOBS.groupby("list_group")["net"].sum().to_dict()
    stored = {row["list_name"]: row["list_group"] for row in next(iter(known.read(LIST_GROUPS))).to_pylist()}
    assert stored == dict(zip(JOBS["list_name"], JOBS["list_group"], strict=True))


def check_verdict_changes(found: list[dict[str, Any]]) -> None:
    ages = pd.cut(REPEATS["days_since"], [0, 7, 30, 60, 90, 180, 365, 9999], right=False)
    expected = REPEATS.groupby(
        ["previous_status", ages.map(lambda age: int(age.left)).astype(int), "status"]
    ).size()
    got = {(row["previous_status"], row["age_from_days"], row["status"]): row["repeats"] for row in found}
    assert got == expected.to_dict()
    assert any(row["previous_status"] == "Valid" and row["status"] == "Invalid" for row in found)
    for (before, age), of_age in pd.DataFrame(found).groupby(["previous_status", "age_from_days"]):
        assert of_age["share"].sum() == pytest.approx(1), (before, age)


def check_domains(found: list[dict[str, Any]], keys: list[str]) -> None:
    names = ["email_domain" if key == "domain" else key for key in keys]
    again = REPEATS.groupby(keys).size().to_dict()
    groups = dict(list(RECORDS.groupby(keys[0] if len(keys) == 1 else keys)))
    assert len(found) == len(groups)
    for row in found:
        key = tuple(row[name] for name in names)
        key = key[0] if len(key) == 1 else key
        mine = groups[key]
        for status in ("Valid", "Invalid", "Unknown", "Error"):
            assert row[f"{status.lower()}_count"] == (mine["status"] == status).sum()
        assert (row["records"], row["repeats"]) == (len(mine), again.get(key, 0))
        assert row["credits_net"] == mine["credits"].sum()
        assert row["first_job_at"] == mine["created_at"].min()


def check_error_reasons(found: list[dict[str, Any]]) -> None:
    errors = RECORDS[RECORDS["status"] == "Error"]
    expected = errors.groupby(["month", "error_message"])["job_id"].agg(["size", "nunique"])
    got = {(row["month"], row["error_message"]): (row["records"], row["jobs"]) for row in found}
    assert got == {key: tuple(value) for key, value in expected.iterrows()}


def check_repeat_costs(found: list[dict[str, Any]]) -> None:
    keys = ["month", "list_name"]
    verdicts = RECORDS[RECORDS["status"].isin(VERDICTS)].groupby(keys)["credits"].agg(["size", "sum"])
    got = {(row["month"], row["list_name"]): row for row in found}
    assert {key: (row["records"], row["credits_net"]) for key, row in got.items()} == {
        key: tuple(value) for key, value in verdicts.iterrows()
    }
    for suffix, days in (("", 9999), ("_30d", 30), ("_90d", 90)):
        near = REPEATS[REPEATS["days_since"] <= days].groupby(keys)["credits"].agg(["size", "sum"])
        costs = {key: tuple(value) for key, value in near.iterrows()}
        for key, row in got.items():
            assert (row[f"repeats{suffix}"], row[f"repeat_credits{suffix}"]) == costs.get(key, (0, 0))


def check_monthly_statement(found: list[dict[str, Any]], events: list[dict[str, Any]]) -> None:
    assert sum(row["credits_net"] for row in found) == JOBS["net"].sum()
    assert sum(row["credits_charged"] - row["credits_refunded"] for row in found) == JOBS["net"].sum()
    frame = pd.DataFrame(events)
    frame["month"] = frame["event_at"].dt.tz_convert(TZ).dt.date.map(lambda day: day.replace(day=1))
    expected = frame.groupby(["month", "list_name"])["credits"].sum().to_dict()
    assert {(row["month"], row["list_name"]): row["credits_net"] for row in found} == expected


def check_list_decay(found: list[dict[str, Any]]) -> None:
    """The newsletter came back every month, and loses what the trade fair of two months does not."""
    processed = JOBS[JOBS["status"] == "Processed"]
    counts = ["total_records", "valid_count", "invalid_count", "unknown_count"]
    sums = processed.groupby(["list_group", "month"])[counts].sum()
    rates = sums["valid_count"] / sums["total_records"]
    assert {(row["list_group"], row["month"]) for row in found} == {
        (name, month) for name, month in sums.index if len(sums.loc[name]) > 1
    }
    months = {
        name: [row for row in found if row["list_group"] == name] for name in ("Newsletter", "Trade fair")
    }
    assert {name: len(of_name) for name, of_name in months.items()} == {"Newsletter": 7, "Trade fair": 2}
    for name, of_name in months.items():
        for number, row in enumerate(of_name, 1):
            true = sums.loc[name, row["month"]]
            assert {count: row[count] for count in counts} == true.to_dict()
            assert row["month_number"] == number
            assert row["valid_rate"] == pytest.approx(rates[name, row["month"]])
            change = rates[name, row["month"]] - rates[name, of_name[0]["month"]]
            assert row["valid_rate_change_total"] == pytest.approx(change)
    assert months["Newsletter"][-1]["valid_rate_change_total"] < -0.3


def check_stale_lists(found: list[dict[str, Any]], known_later: timedelta = timedelta(minutes=1)) -> None:
    """``known_later``: by how much at least the jobs are known beyond the newest one."""
    newest = JOBS.groupby("list_group")["created_at"].max().to_dict()
    assert len(newest) == 4
    assert {row["list_group"]: row["last_job_at"] for row in found} == newest
    for row in found:
        assert row["days_since"] == (row["known_until"] - row["last_job_at"]) / timedelta(days=1)
        assert row["known_until"] >= JOBS["created_at"].max() + known_later


def check_account_summary(found: list[dict[str, Any]]) -> None:
    (row,) = found
    processed = JOBS[JOBS["status"] == "Processed"]
    assert (row["jobs"], row["jobs_failed"]) == (len(JOBS), (JOBS["status"] == "Failed").sum())
    assert row["total_records"] == processed["total_records"].sum()
    assert row["valid_count"] == processed["valid_count"].sum()
    assert row["lists"] == JOBS["list_name"].nunique()
    assert row["credits_net"] == row["credits_charged"] - row["credits_refunded"] == JOBS["net"].sum()
