"""The made-up account tells what the tool is for: lists come back, decay, repeat themselves, and cost."""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

import pytest

from ecore_export.sandbox import BASE_PATH, Sandbox

JOBS = BASE_PATH + "email-validation/jobs/"
TOKEN = {"Authorization": "Token sandbox-token"}
CACHE = timedelta(days=30)
MONTHLY = re.compile(r"(.+) (20\d\d-[01]\d)")

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.xdist_group("account"),  # each account is made once and looked at by all
]
seeds = pytest.mark.parametrize("seed", [7, 99])


def get(sandbox: Sandbox, path: str, query: str = "") -> Any:
    return json.loads(sandbox.handle("GET", JOBS + path, query, TOKEN).body)


@cache
def account(seed: int) -> list[dict[str, Any]]:
    """Every job of an account with all its records, oldest first."""
    sandbox = Sandbox(seed, advance_after_reads=None)
    jobs = []
    for job_id in reversed(sandbox.job_ids):
        job = get(sandbox, f"{job_id}/")
        pages = range(1, job["total_records"] // 1000 + 2)
        queries = [
            f"page={page}&page_size=1000" for page in pages if (page - 1) * 1000 < job["total_records"]
        ]
        records = [each for query in queries for each in get(sandbox, f"{job_id}/records/", query)["results"]]
        created_at = datetime.fromisoformat(job["created_at"])
        jobs.append({**job, "records": records, "created_at": created_at})
    return jobs


def lists(seed: int) -> dict[str, list[dict[str, Any]]]:
    """Of the lists that come back, their Processed jobs, oldest first."""
    found = defaultdict(list)
    for job in account(seed):
        if (named := MONTHLY.fullmatch(job["list_name"])) and job["status"] == "Processed":
            found[named[1]].append(job)
    return found


def valid_rate(job: dict[str, Any]) -> float:
    return job["valid_count"] / job["total_records"]


@seeds
def test_two_dozen_lists_come_back_under_a_name_of_their_month(seed):
    assert len([jobs for jobs in lists(seed).values() if len(jobs) > 2]) >= 24
    for job in account(seed):
        if named := MONTHLY.fullmatch(job["list_name"]):
            assert (
                f"{job['created_at'] + timedelta(days=-5):%Y-%m}" <= named[2] <= f"{job['created_at']:%Y-%m}"
            )


@seeds
def test_one_list_rots_and_it_is_the_worst(seed):
    last = {name: valid_rate(jobs[-1]) for name, jobs in lists(seed).items()}
    worst = min(last, key=lambda name: last[name])
    assert last[worst] < 0.4 < 0.6 < min(rate for name, rate in last.items() if name != worst)
    rates = [valid_rate(job) for job in lists(seed)[worst]]
    assert rates[0] > 0.7
    assert rates == sorted(rates, reverse=True)


@seeds
def test_the_cache_answers_what_was_validated_within_thirty_days(seed):
    asked_at: dict[str, datetime] = {}
    wrong = []
    in_error = {r["email"] for job in account(seed) for r in job["records"] if r["status"] == "Error"}
    for job in account(seed):
        if job["status"] != "Processed":
            continue
        for record in job["records"]:
            email, at = record["email"], job["created_at"]
            is_known = email in asked_at and at - asked_at[email] < CACHE
            wrong += [email] if is_known != record["is_cached"] and email not in in_error else []
            if not is_known:
                asked_at[email] = at
    assert wrong == []


@seeds
def test_verdicts_hold_mostly_and_turn_more_often_the_older_they_are(seed):
    known: dict[str, tuple[datetime, str]] = {}
    turned: dict[str, Counter[bool]] = defaultdict(Counter)
    for job in account(seed):
        for record in job["records"] if job["status"] == "Processed" else []:
            if record["status"] == "Error":
                continue
            at, status = known.get(record["email"], (job["created_at"], ""))
            age = (job["created_at"] - at).days
            if status == "Valid":
                turned["young" if age < 60 else "old"][record["status"] == "Invalid"] += 1
            if record["is_cached"] and age < 25:
                assert status == record["status"]
            known[record["email"]] = (job["created_at"], record["status"])
    young, old = (counts[True] / counts.total() for counts in (turned["young"], turned["old"]))
    assert 0 < young < 0.03 < old < 0.2


@seeds
def test_two_domains_are_bad_and_one_accepts_everything(seed):
    tallies: dict[str, Counter[str]] = defaultdict(Counter)
    for job in account(seed):
        for record in job["records"]:
            tallies[record["email"].rpartition("@")[2]][record["status"]] += 1
    shares = {
        verdict: {d: n[verdict] / (n.total() - n["Pending"]) for d, n in tallies.items()}
        for verdict in ("Invalid", "Unknown")
    }
    assert {d for d, share in shares["Invalid"].items() if share > 0.5} == {"trash.invalid", "expired.test"}
    assert {d for d, share in shares["Unknown"].items() if share > 0.5} == {"catchall.example"}
    assert sorted(shares["Invalid"].values())[-3] < 0.2
    assert min(tallies[d].total() for d in ("trash.invalid", "expired.test", "catchall.example")) > 1000


@seeds
def test_one_client_validates_everything_twice_in_a_week_and_pays_twice(seed):
    twice = 0
    for name, jobs in lists(seed).items():
        for first, again in pairwise(jobs):
            days = (again["created_at"] - first["created_at"]).days
            if name.startswith("Birke") and 1 <= days <= 6:
                twice += 1
                assert first["list_name"] == again["list_name"]
                assert {r["email"] for r in first["records"]} == {r["email"] for r in again["records"]}
                assert again["total_credits_charged"] > 0.9 * first["total_credits_charged"]
    assert twice >= 15


@seeds
def test_crashed_jobs_cost_nothing_and_are_sent_again(seed):
    crashed = [job for job in account(seed) if job["status"] == "Failed"]
    assert 3 <= len(crashed) <= 12
    for job in crashed:
        assert job["total_credits_charged"] == 0
        wait = timedelta(hours=2)
        again = [j for j in account(seed) if j["created_at"] == job["created_at"] + wait]
        assert [j["list_name"] for j in again] == [job["list_name"]]
        assert {r["email"] for r in again[0]["records"]} == {r["email"] for r in job["records"]}


def test_an_address_is_written_the_same_way_in_every_list():
    ids: dict[str, set[str]] = defaultdict(set)
    for job in account(7):
        for record in job["records"]:
            number = re.search(r"(\d+)@", record["email"])
            assert number is not None
            ids[number[1]].add(record["email"])
    assert {len(emails) for emails in ids.values()} == {1}


@pytest.mark.parametrize("number", [0, 1, 2, 9, 24, pytest.param(700, marks=pytest.mark.thorough)])
@pytest.mark.parametrize("now", [datetime(2024, 2, 29, 23, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)])
def test_there_are_as_many_jobs_as_asked_for_at_any_time_of_the_year(number, now):
    sandbox = Sandbox(3, number, now=now)
    assert list(sandbox.job_ids) == list(range(number, 0, -1))
    if number:
        newest = datetime.fromisoformat(get(sandbox, f"{number}/")["created_at"])
        assert now - timedelta(days=40) < newest < now
