"""Jobs that the API counts and does not list: looked for, and told for as long as they are missing."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from cli_runs import served
from scripted_api import NOT_FOUND, Account, http_client_of, json_reply
from sync_truth import Warehouse, assert_holds

from ecore_export.api import Api
from ecore_export.cli import main
from ecore_export.destinations import Gap, read_gap, write_gap
from ecore_export.sandbox import Fault, JobSpec, Sandbox
from ecore_export.verifying import verify

pytestmark = pytest.mark.thorough


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


@pytest.fixture(params=["parquet:{}/warehouse", "sqlite:///{}/warehouse.db"])
def warehouse(request, tmp_path):
    made = Warehouse(request.param.format(tmp_path), (account := Account.of_sizes(*(0,) * 250)).handle)
    made.account = account
    return made


def distort(account, change):
    """``change`` gets the number and the JSON of each page of the list, and gives what is answered."""
    answer = account._answer

    def distorted(target):
        reply = answer(target)
        if not target.startswith("jobs/?") or "status=" in target or reply.status != 200:
            return reply
        changed = change(int(re.search(r"page=(\d+)", target)[1]), json.loads(reply.body))
        return changed if changed is NOT_FOUND else json_reply(changed)

    account._answer = distorted


def first_page_always(account):
    first = json.loads(account._answer("jobs/?page=1&page_size=100").body)
    distort(account, lambda number, page: first)


def hidden(account):
    distort(
        account,
        lambda number, page: {**page, "results": [row for row in page["results"] if row["id"] != 101]},
    )


def not_found(account):
    distort(account, lambda number, page: page if number == 1 else NOT_FOUND)


def empty(account):
    distort(account, lambda number, page: page if number == 1 else {**page, "results": []})


@pytest.mark.parametrize(
    ("hide", "known"), [(first_page_always, 100), (hidden, 249), (not_found, 100), (empty, 100)]
)
def test_a_run_is_partial_while_jobs_are_missing_and_says_both_figures(hide, known, warehouse):
    hide(warehouse.account)
    for options in ({}, {}, {"full": True}):
        result = warehouse.sync(**options)
        assert (result.status, result.error) == ("partial", None)
        assert f"counts 250, and {known} are known" in result.missing
        assert warehouse.runs()[-1]["error"] == result.missing == result.as_dict()["error"]
    assert len(warehouse.exported_ids()) == 0
    assert len(warehouse.job_ids()) == known
    assert all(row["records_exported"] == 0 for row in warehouse.jobs().values())


def test_once_the_api_lists_them_all_the_run_is_complete(warehouse):
    answer = warehouse.account._answer
    hidden(warehouse.account)
    assert warehouse.sync().status == "partial"
    warehouse.account._answer = answer
    warehouse.synced(full=True)
    assert_holds(warehouse)
    warehouse.change_jobs(lambda opened: _assert_no_gap(opened))
    warehouse.synced()


def _assert_no_gap(opened):
    assert read_gap(opened, "default") is None


def test_pages_are_asked_for_as_the_count_makes_them_whatever_total_pages_says(warehouse):
    answer = warehouse.account._answer
    distort(warehouse.account, lambda number, page: {**page, "total_pages": 1})
    warehouse.synced()
    warehouse.account._answer = answer
    assert_holds(warehouse)


def test_a_job_at_the_edge_of_a_page_is_found_with_pages_of_another_size(warehouse):
    """An unstable order: of two jobs created at the same moment, numbers 100 and 101, one is on no page."""
    answer = warehouse.account._answer
    distort(
        warehouse.account,
        lambda number, page: (
            {**page, "results": [*page["results"][:-1], page["results"][0]]}
            if number == 1 and len(page["results"]) == 100
            else page
        ),
    )
    warehouse.synced()
    assert warehouse.synced().requests <= 3
    warehouse.account._answer = answer
    assert_holds(warehouse)


def test_a_lasting_gap_costs_the_whole_list_once_a_day_at_most(warehouse):
    hidden(warehouse.account)
    warehouse.sync()
    assert [warehouse.sync().requests for _ in range(3)] == [2, 2, 2]

    def a_day_ago(opened):
        gap = read_gap(opened, "default")
        write_gap(opened, "default", Gap(gap.counted, gap.known, gap.listed_at - timedelta(days=1)))

    warehouse.change_jobs(a_day_ago)
    assert warehouse.sync().requests > 10
    assert warehouse.sync().requests == 2


def test_a_gap_that_changes_is_looked_at_again(warehouse):
    hidden(warehouse.account)
    warehouse.sync()
    warehouse.account.delete(50)
    result = warehouse.sync()
    assert result.requests > 10
    assert "counts 249, and 248 are known" in result.missing


@pytest.mark.parametrize("ahead", [timedelta(seconds=1), timedelta(days=400)])
def test_a_clock_that_was_ahead_makes_no_gap_stand_longer(ahead):
    now = datetime(2026, 5, 6, tzinfo=UTC)
    gap = Gap(250, 249, now + ahead)
    assert not gap.stands(250, 249, now)
    assert gap.stands(250, 249, now + ahead)
    assert not gap.stands(250, 249, now + ahead + timedelta(days=1))


def test_a_rehearsal_tells_it_too_and_writes_nothing(warehouse):
    hidden(warehouse.account)
    warehouse.sync()
    result = warehouse.sync(dry_run=True)
    assert (result.status, result.requests) == ("partial", 2)


def test_gaps_of_two_accounts_do_not_meet(warehouse):
    hidden(warehouse.account)
    warehouse.sync(account="a")
    other = Warehouse(warehouse.url, Account.of_sizes(*(1,) * 5).handle)
    other.account = other.handler.__self__
    for job in other.account.jobs:
        job["uuid"] = job["uuid"].replace("f8a1", "0000")
    other.synced(account="b")
    assert warehouse.sync(account="a").requests == 2


def test_status_and_verify_see_it_too(warehouse, capsys):
    hidden(warehouse.account)
    warehouse.sync()
    message = warehouse.runs()[-1]["error"]
    assert main(["status", warehouse.url, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["missing"] == message
    assert main(["status", warehouse.url]) == 0
    assert message in capsys.readouterr().out

    def verified(**options):
        found = []
        warehouse.change_jobs(
            lambda opened: found.append(
                verify(warehouse.settings, opened, http_client=http_client_of(warehouse.handler), **options)
            )
        )
        return found[0]

    result = verified()
    assert (result.agrees, result.missing, result.jobs_differing) == (False, message, 0)
    assert verified(job_ids=[1, 2]).agrees


def test_rejects_of_the_list_close_as_soon_as_it_reads_well(warehouse):
    for job in warehouse.account.jobs:
        job["status"] = None
    result = warehouse.sync()
    assert (result.status, result.rejects_open) == ("partial", 250)
    for job in warehouse.account.jobs:
        job["status"] = "Processed"
    warehouse.synced(full=True)
    assert warehouse.rejects() == []
    assert_holds(warehouse)


def test_what_else_a_job_was_rejected_for_stays_open(tmp_path):
    account = Account.of_sizes(5, 5)
    account.job(2)["valid_count"] -= 1
    account.job(2)["invalid_count"] += 1
    warehouse = Warehouse(f"sqlite:///{tmp_path}/x.db", account.handle)
    for _ in range(2):
        assert warehouse.sync().rejects_open == 1
    first, second = warehouse.rejects(), warehouse.rejects(only_open=False)
    assert first == second


def test_check_counts_what_it_could_not_read(monkeypatch, capsys):
    sandbox = Sandbox.with_jobs([JobSpec(1), JobSpec(2), JobSpec(3)])

    def spoil(payload):
        for job in payload.get("results", []) if isinstance(payload, dict) else []:
            if job["id"] < 3:
                job.update(status=None, uuid=None)

    with served(sandbox, monkeypatch):
        assert main(["check"]) == 0
        sandbox.faults.add(Fault("mutate", mutate=spoil))
        capsys.readouterr()
        assert main(["check"]) == 3
    assert "2 of the newest 3 do not fit" in capsys.readouterr().out
