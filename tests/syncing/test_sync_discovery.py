"""Every job is found, with as few requests as that takes, wherever earlier runs were cut short."""

from datetime import UTC, datetime

import pytest
from scripted_api import TOKEN, Account, settings
from sync_truth import Warehouse, assert_holds, files

from ecore_export.api import Api
from ecore_export.errors import AccountMismatchError, NotFoundError, RequestBudgetError
from ecore_export.sandbox import Sandbox

DAY = 1440
"""An `Account` has a job a minute, and so many a day."""


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


@pytest.fixture
def url(tmp_path):
    return f"parquet:{tmp_path}/warehouse"


@pytest.fixture
def warehouse_of(url):
    """A destination for an account with jobs of these sizes."""

    def make(*sizes):
        made = Warehouse(url, (account := Account.of_sizes(*sizes)).handle)
        made.account = account
        return made

    return make


def listed(account, since=0):
    """The pages of the whole list that were read, after the first ``since`` requests."""
    pages = [target for target in account.requests[since:] if target.startswith("jobs/?page=")]
    return [int(target.split("page=")[1].split("&")[0]) for target in pages if "status=" not in target]


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# --- requests ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("jobs", "requests"), [(0, 1), (100, 1), (101, 2), (250, 2)])
def test_a_run_without_news_takes_one_request_and_one_for_an_older_page(jobs, requests, warehouse_of):
    warehouse = warehouse_of(*(0,) * jobs)
    warehouse.synced()
    assert warehouse.synced().requests == requests


@pytest.mark.thorough
def test_a_run_without_news_takes_a_handful_of_requests_however_many_jobs_are_known(url):
    sandbox = Sandbox(3, sizes=[0] * 20_000, token=TOKEN)
    sandbox.add_job(500, status="Processing")
    warehouse = Warehouse(url, sandbox.handle)
    assert warehouse.synced(no_records=True).requests <= 203
    assert warehouse.synced(no_records=True).requests <= 5
    assert len(warehouse.job_ids()) == 20_001


def test_running_jobs_beyond_the_first_page_take_two_requests_more(warehouse_of):
    warehouse = warehouse_of(*(0,) * 250)
    for job_id in range(1, 9):
        warehouse.account.job(job_id)["status"] = "Uploading" if job_id % 2 else "Processing"
    warehouse.synced()
    assert warehouse.synced().requests <= 4


@pytest.mark.thorough
def test_every_older_page_has_its_turn(warehouse_of):
    warehouse = warehouse_of(*(0,) * 450)
    warehouse.synced()
    before = len(warehouse.account.requests)
    for _ in range(4):
        warehouse.synced()
    pages = listed(warehouse.account, before)
    assert pages[::2] == [1] * 4
    assert sorted(pages[1::2]) == [2, 3, 4, 5]


@pytest.mark.thorough
def test_a_change_of_an_old_job_is_seen_after_as_many_runs_as_there_are_older_pages(warehouse_of):
    warehouse = warehouse_of(*(3,) * 350)
    warehouse.synced()
    warehouse.account.job(5)["total_credits_charged"] = 99.5
    warehouse.account.job(250).update(uuid="f8a1c3e5-9b2d-4e6f-a8c1-ffffffffffff")
    results = [warehouse.synced() for _ in range(3)]
    assert sum(result.jobs_changed for result in results) == 2
    assert sum(result.jobs_exported for result in results) == 1  # another uuid is another job
    assert_holds(warehouse)


def test_new_jobs_take_a_handful_of_requests_and_what_they_need(warehouse_of):
    warehouse = warehouse_of(*(0,) * 250)
    warehouse.synced()
    for job_id in range(251, 261):
        warehouse.account.add(job_id, 50 if job_id % 2 else 1200)
    result = warehouse.synced()
    assert result.requests <= 5 + 5 * 1 + 5 * 2
    assert result.jobs_exported == 10
    assert_holds(warehouse)


def test_more_new_jobs_than_a_page_holds_are_found(warehouse_of):
    warehouse = warehouse_of(*(0,) * 150)
    warehouse.synced()
    for job_id in range(151, 481):
        warehouse.account.add(job_id)
    before = len(warehouse.account.requests)
    warehouse.synced(no_records=True)
    assert listed(warehouse.account, before) == [1, 2, 3, 4, 5]
    assert_holds(warehouse, only=range(1, 151))


def test_a_job_created_during_a_long_first_listing_does_not_list_it_all_again(warehouse_of):
    warehouse = warehouse_of(*(0,) * 950)
    account = warehouse.account

    def before(target):
        if "page=6&" in target and len(account.jobs) == 950:
            account.add(951)

    account.before = before
    warehouse.synced(no_records=True)
    assert listed(account) == [*range(1, 11), 1, 2]
    assert_holds(warehouse, only=())


# --- cut short --------------------------------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("budget", range(1, 10))
def test_a_first_listing_that_was_cut_short_goes_on_where_it_stopped(budget, warehouse_of):
    warehouse = warehouse_of(*(0,) * 950)
    result = warehouse.sync(max_requests=budget, no_records=True)
    assert (result.status, type(result.error)) == ("stopped", RequestBudgetError)
    assert len(warehouse.job_ids()) == budget * 100
    before = len(warehouse.account.requests)
    warehouse.synced(no_records=True)
    expected = [1, *([budget] if budget > 1 else []), *range(budget + 1, 11)]
    assert listed(warehouse.account, before)[: len(expected)] == expected
    assert_holds(warehouse, only=())


@pytest.mark.thorough
@pytest.mark.parametrize("budget", [1, 4, 9])
@pytest.mark.parametrize("created", [1, 99, 100, 101, 250])
def test_jobs_created_after_a_listing_was_cut_short_leave_no_hole(budget, created, warehouse_of):
    warehouse = warehouse_of(*(0,) * 950)
    warehouse.sync(max_requests=budget, no_records=True)
    for job_id in range(951, 951 + created):
        warehouse.account.add(job_id)
    before = len(warehouse.account.requests)
    warehouse.synced(no_records=True)
    assert len(warehouse.account.requests) - before <= 10 + 3 + 3
    assert_holds(warehouse, only=())


@pytest.mark.thorough
@pytest.mark.parametrize("budget", [1, 4, 9])
@pytest.mark.parametrize("deleted", [(950,), (850, 700), (10,), (950, 10), tuple(range(900, 905))])
def test_jobs_deleted_after_a_listing_was_cut_short_leave_no_hole(budget, deleted, warehouse_of):
    warehouse = warehouse_of(*(0,) * 950)
    warehouse.sync(max_requests=budget, no_records=True)
    known = set(warehouse.job_ids())
    for job_id in deleted:
        warehouse.account.delete(job_id)
    warehouse.synced(no_records=True)
    assert_holds(warehouse, only=())
    gone = {job_id for job_id, row in warehouse.jobs().items() if row["deleted_at"]}
    assert gone == known & set(deleted)


@pytest.mark.thorough
@pytest.mark.parametrize("budget", [3, 7])
def test_the_same_small_budget_again_and_again_exports_everything(budget, warehouse_of):
    warehouse = warehouse_of(*(2, 150, 0) * 15)
    runs = 0
    while warehouse.sync(max_requests=budget).status != "complete":
        runs += 1
        assert warehouse.runs()[-1]["status"] == "stopped"
        assert runs < 80
    assert_holds(warehouse)
    assert runs <= 60 // (budget - 1) + 2


@pytest.mark.thorough
def test_a_budget_of_sixty_requests_a_day_exports_a_whole_account(warehouse_of):
    warehouse = warehouse_of(*(1, 101) * 150)
    results = []
    while not results or results[-1].status != "complete":
        results.append(warehouse.sync(max_requests=60))
        assert all(result.requests <= 60 for result in results)
        assert len(results) < 12
    assert sum(result.jobs_exported for result in results) == 300
    assert_holds(warehouse)


# --- the list changes while it is read --------------------------------------------------------------------


@pytest.mark.thorough
@pytest.mark.parametrize("deleted", [950, 901, 550])
@pytest.mark.parametrize("on_page", [2, 6, 10])
def test_a_job_deleted_while_listing_hides_no_other(deleted, on_page, warehouse_of):
    warehouse = warehouse_of(*(0,) * 950)
    account = warehouse.account

    def before(target):
        if f"page={on_page}&" in target and len(account.jobs) == 950:
            account.delete(deleted)

    account.before = before
    warehouse.synced(no_records=True)
    warehouse.synced(no_records=True)
    assert_holds(warehouse, only=())


@pytest.mark.parametrize("options", [{"full": True}, {"since": at("2026-05-01")}])
def test_a_job_deleted_while_listing_hides_no_other_whatever_is_listed(options, warehouse_of):
    warehouse = warehouse_of(*(0,) * 350)
    account = warehouse.account

    def before(target):
        if "page=2&" in target and len(account.jobs) == 350:
            account.delete(340)

    account.before = before
    warehouse.sync(no_records=True, **options)
    warehouse.synced(no_records=True)
    assert_holds(warehouse, only=())


def test_a_list_that_shrinks_under_the_last_page_is_settled(warehouse_of):
    warehouse = warehouse_of(*(0,) * 201)
    account = warehouse.account
    account.before = lambda target: (
        account.delete(201) and None if "page=3&" in target and len(account.jobs) == 201 else None
    )
    warehouse.synced(no_records=True)
    assert_holds(warehouse, only=())


def test_jobs_created_and_deleted_between_runs_are_all_told_apart(warehouse_of):
    warehouse = warehouse_of(*(0,) * 250)
    warehouse.synced()
    for job_id in (250, 120, 3):
        warehouse.account.delete(job_id)
    for job_id in (251, 252, 253):
        warehouse.account.add(job_id)
    warehouse.synced()
    assert_holds(warehouse)


# --- deleted jobs -----------------------------------------------------------------------------------------


def test_a_deleted_job_is_marked_and_keeps_its_rows(warehouse_of):
    warehouse = warehouse_of(*(5,) * 150)
    warehouse.synced()
    warehouse.account.delete(40)
    result = warehouse.synced()
    row = warehouse.jobs()[40]
    assert row["deleted_at"] == row["changed_at"] > row["first_seen_at"]
    assert (row["run_id"], row["records_exported"]) == (result.run_id, 5)
    assert len([r for r in warehouse.records() if r["job_id"] == 40]) == 5
    assert [state["deleted_at"] is None for state in warehouse.history(40)] == [True, False]
    assert_holds(warehouse)
    assert warehouse.synced().requests == 2


def test_a_job_that_reappears_is_no_longer_deleted(warehouse_of):
    warehouse = warehouse_of(*(5,) * 150)
    warehouse.synced()
    job = warehouse.account.delete(40)
    warehouse.synced()
    warehouse.account.jobs.insert(110, job)
    result = warehouse.synced()
    assert (result.jobs_changed, result.jobs_exported) == (1, 0)
    assert warehouse.jobs()[40]["deleted_at"] is None
    assert [state["deleted_at"] is None for state in warehouse.history(40)] == [True, False, True]
    assert_holds(warehouse)


def test_a_job_that_vanishes_between_listing_and_reading_is_deleted_and_no_failure(warehouse_of):
    warehouse = warehouse_of(*(5,) * 20)
    account = warehouse.account
    account.before = lambda target: (
        account.delete(7) and None if target == "jobs/7/" and 7 in [j["id"] for j in account.jobs] else None
    )
    assert warehouse.sync().status == "complete"
    assert warehouse.jobs()[7]["deleted_at"] is not None
    warehouse.synced()
    assert_holds(warehouse)


def test_a_running_job_that_vanishes_is_deleted(warehouse_of):
    warehouse = warehouse_of(*(0,) * 150)
    warehouse.account.job(3)["status"] = "Processing"
    warehouse.synced()
    warehouse.account.delete(3)
    warehouse.synced()
    assert warehouse.jobs()[3]["deleted_at"] is not None
    assert_holds(warehouse)


# --- another account --------------------------------------------------------------------------------------


def other_account(size=150):
    other = Account()
    for job_id in range(5001, 5001 + size):
        other.add(job_id, 3)
    return other


@pytest.mark.parametrize("options", [{}, {"full": True}, {"since": at("2026-05-01")}, {"jobs": (5003,)}])
def test_another_account_s_token_changes_nothing(options, warehouse_of, tmp_path):
    warehouse = warehouse_of(*(3,) * 150)
    warehouse.synced()
    before = files(tmp_path / "warehouse")
    result = warehouse.sync(handler=other_account().handle, **options)
    assert (result.status, type(result.error)) == ("failed", AccountMismatchError)
    assert files(tmp_path / "warehouse") == before


def test_an_account_that_lost_most_of_its_jobs_looks_like_another_one(warehouse_of, tmp_path):
    warehouse = warehouse_of(*(0,) * 150)
    warehouse.synced()
    for job_id in range(1, 9):
        warehouse.account.delete(job_id)
    before = files(tmp_path / "warehouse")
    result = warehouse.sync()
    assert (result.status, type(result.error)) == ("failed", AccountMismatchError)
    assert "8 of 150 known jobs have vanished" in str(result.error)
    assert files(tmp_path / "warehouse") == before


@pytest.mark.parametrize("deleted", [8, 149, 150])
def test_deletions_can_be_accepted(deleted, warehouse_of):
    warehouse = warehouse_of(*(0,) * 150)
    warehouse.synced()
    for job_id in range(1, deleted + 1):
        warehouse.account.delete(job_id)
    warehouse.synced(accept_deletions=True)
    assert_holds(warehouse)
    assert sum(row["deleted_at"] is not None for row in warehouse.jobs().values()) == deleted
    warehouse.synced()


@pytest.mark.thorough
def test_many_new_jobs_are_not_another_account(warehouse_of):
    warehouse = warehouse_of(*(0,) * 20)
    warehouse.synced()
    for job_id in range(21, 321):
        warehouse.account.add(job_id)
    warehouse.synced()
    assert_holds(warehouse)


def test_a_few_of_the_newest_jobs_may_be_gone(warehouse_of):
    warehouse = warehouse_of(*(0,) * 150)
    warehouse.synced()
    for job_id in (150, 149, 148, 147):
        warehouse.account.delete(job_id)
    for job_id in range(151, 260):
        warehouse.account.add(job_id)
    warehouse.synced()
    assert_holds(warehouse)


# --- options ----------------------------------------------------------------------------------------------


def test_since_and_until_bound_what_is_listed_and_exported(warehouse_of):
    warehouse = warehouse_of(*(2,) * (2 * DAY))
    result = warehouse.synced(since=at("2026-05-02T23:00"), until=at("2026-05-02T23:10"))
    assert warehouse.job_ids() == list(range(2 * DAY - 59, 2 * DAY - 49))
    assert result.jobs_exported == 10
    assert listed(warehouse.account) == [1]


@pytest.mark.thorough
def test_a_later_run_fills_what_since_left_out(warehouse_of):
    warehouse = warehouse_of(*(1,) * 450)
    warehouse.synced(since=at("2026-05-01T06:00"))
    assert min(warehouse.job_ids()) == 361
    warehouse.synced(until=at("2026-05-01T00:10"))
    assert len(warehouse.job_ids()) == 90 + 10
    warehouse.synced()
    assert_holds(warehouse)


@pytest.mark.thorough
def test_since_looks_at_no_running_job_outside_it(warehouse_of):
    warehouse = warehouse_of(*(0,) * 450)
    for job_id in (1, 2, 3, 449):
        warehouse.account.job(job_id)["status"] = "Processing"
    warehouse.synced()
    for job_id in (1, 2, 3, 449):
        warehouse.account.job(job_id)["status"] = "Processed"
    before = len(warehouse.account.requests)
    warehouse.synced(since=at("2026-05-01T07:00"))
    assert not {"jobs/1/", "jobs/2/", "jobs/3/"} & set(warehouse.account.requests[before:])
    assert [j for j, row in warehouse.jobs().items() if not row["is_final"]] == [1, 2, 3]
    warehouse.synced()
    assert_holds(warehouse)


def test_jobs_can_be_named(warehouse_of):
    warehouse = warehouse_of(*(2, 150, 101) * 4)
    result = warehouse.synced(jobs=(7, 8, 7))
    assert warehouse.job_ids() == [7, 8]
    assert result.requests == 2 + 2
    warehouse.synced()
    assert_holds(warehouse)


def test_a_named_job_that_nobody_knows_fails_the_run(warehouse_of):
    warehouse = warehouse_of(2, 3)
    result = warehouse.sync(jobs=(1, 77))
    assert (result.status, type(result.error)) == ("failed", NotFoundError)
    assert "job 77" in str(result.error)


def test_a_named_job_that_is_gone_is_marked_deleted(warehouse_of):
    warehouse = warehouse_of(2, 3)
    warehouse.synced()
    warehouse.account.delete(1)
    warehouse.synced(jobs=(1, 2))
    assert warehouse.jobs()[1]["deleted_at"] is not None


@pytest.mark.thorough
def test_full_lists_everything_and_finds_what_changed_far_back(warehouse_of):
    warehouse = warehouse_of(*(3,) * 350)
    warehouse.synced()
    warehouse.account.job(5)["total_credits_charged"] = 99.5
    assert warehouse.synced().jobs_changed == 0
    before = len(warehouse.account.requests)
    assert warehouse.synced(full=True).jobs_changed == 1
    assert listed(warehouse.account, before) == [1, 2, 3, 4]
    assert_holds(warehouse)


def test_a_running_job_far_back_is_followed_to_its_end(warehouse_of):
    warehouse = warehouse_of(*(0,) * 250)
    account = warehouse.account
    account.job(5).update(status="Uploading")
    warehouse.synced()
    account.job(5).update(status="Processing")
    assert warehouse.synced().jobs_changed == 1
    account.job(5).update(status="Failed")
    result = warehouse.synced()
    assert (result.jobs_changed, result.jobs_exported) == (1, 1)
    assert_holds(warehouse)


def test_the_server_s_links_are_never_followed(warehouse_of):
    warehouse = warehouse_of(*(0,) * 250)
    warehouse.synced()
    assert all(target.startswith("jobs/") for target in warehouse.account.requests)


def test_page_numbers_are_built_even_if_the_server_pages_smaller(url):
    account = Account.of_sizes(*(0,) * 130)
    answer = account._answer

    def smaller(target):
        return answer(target.replace("page_size=100", "page_size=50"))

    account._answer = smaller
    warehouse = Warehouse(url, account.handle)
    warehouse.settings = settings(attempts=3)
    warehouse.synced()
    account._answer = answer
    assert_holds(warehouse)


def test_jobs_that_a_cut_listing_missed_are_found_although_deletions_make_the_count_right(warehouse_of):
    warehouse = warehouse_of(*(0,) * 404)
    assert warehouse.sync(max_requests=4).status == "stopped"  # 400 of 404 jobs are listed
    for job_id in warehouse.job_ids()[200:204]:
        warehouse.account.delete(job_id)
    warehouse.synced()
    assert {job["id"] for job in warehouse.account.jobs} <= set(warehouse.job_ids())
