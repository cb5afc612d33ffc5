"""A job too large for a run's budget, or for the daily cap, does not keep the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_api import Account, json_reply
from sync_truth import Warehouse

from ecore_export.api import Api
from ecore_export.errors import DailyCapError, RequestBudgetError
from ecore_export.syncing.export import Need, fitting, small_first


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


NEEDS = st.lists(st.integers(1, 20), max_size=30).map(
    lambda requests: [Need(n, each) for n, each in enumerate(requests)]
)


@given(NEEDS, st.integers(0, 40))
def test_what_fits_is_taken_in_order_and_nothing_that_waits_would_fit(needs, left):
    now, later = fitting(needs, left)
    spent = sum(need.requests for need in now)
    assert spent <= left
    assert all(need.requests > left - spent for need in later)
    assert sorted([*now, *later], key=lambda need: need.job_id) == needs
    assert [need.job_id for need in now] == sorted(need.job_id for need in now)


@given(NEEDS)
def test_small_first_keeps_all_of_them_and_the_oldest_first_of_a_size(needs):
    ordered = small_first(needs)
    assert sorted(ordered, key=lambda need: (need.requests, need.job_id)) == ordered
    assert sorted(ordered, key=lambda need: need.job_id) == needs


@pytest.mark.thorough
def test_a_job_larger_than_the_budget_keeps_no_other_and_is_named(tmp_path):
    warehouse = Warehouse(
        f"sqlite:///{tmp_path}/x.db", Account.of_sizes(*(1,) * 3, 13_000, *(1,) * 40).handle
    )
    exported = []
    while not exported or exported[-1]:
        result = warehouse.sync(max_requests=12)
        assert isinstance(result.error, RequestBudgetError)
        assert result.requests <= 12
        exported.append(result.jobs_exported)
    assert "job 4 alone takes 13 requests" in str(result.error)
    assert exported == [11, 11, 11, 10, 0]
    assert warehouse.sync(max_requests=20).status == "complete"


@pytest.mark.thorough
def test_a_job_that_does_not_fit_what_is_left_waits_and_comes_first_next_time(tmp_path):
    warehouse = Warehouse(f"sqlite:///{tmp_path}/x.db", Account.of_sizes(*(1,) * 4, 8_000, *(1,) * 6).handle)
    assert [warehouse.sync(max_requests=10).jobs_exported for _ in range(2)] == [9, 2]
    assert warehouse.sync().status == "complete"


@pytest.mark.thorough
def test_a_job_larger_than_the_daily_cap_keeps_no_other(tmp_path):
    account = Account.of_sizes(*(1,) * 3, 13_000, *(1,) * 30)
    warehouse = Warehouse(f"sqlite:///{tmp_path}/x.db", account.handle)
    spent = 0

    def cap(_target):
        nonlocal spent
        spent += 1
        return json_reply({"detail": "cap"}, 429, Retry_After="40000") if spent > 12 else None

    account.before = cap
    for _ in range(12):
        spent = 0
        assert isinstance(warehouse.sync().error, DailyCapError)
    assert warehouse.exported_ids() == {*range(1, 35)} - {4}
