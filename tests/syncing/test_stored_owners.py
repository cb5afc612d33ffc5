"""Records that an earlier run stored under another job are not taken in, whatever the counters say."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted_api import Account, records_json
from sync_truth import Warehouse, assert_holds

from ecore_export.destinations import RECORD_SPANS, open_destination
from ecore_export.destinations.contract import Selection
from ecore_export.reading import JobsRead
from ecore_export.syncing import prune, stored_owners
from ecore_export.syncing.stored_owners import StoredOwners

pytestmark = pytest.mark.thorough

SIZES = (3, 0, 150, 1200, 5)
OLD_OF_NEW = {6: 1, 7: 3, 8: 4}
"""A job that comes later, and the stored one whose answers it gets: inline, paged, large."""


@pytest.fixture
def account() -> Account:
    return Account.of_sizes(*SIZES)


@pytest.fixture
def warehouse(destination_url: str, account: Account) -> Warehouse:
    """What an earlier run stored."""
    made = Warehouse(destination_url, account.handle)
    made.synced()
    return made


def mix_up(account: Account) -> None:
    """New jobs whose records are those of others, and two that are well."""
    for new, old in OLD_OF_NEW.items():
        account.add(new, len(account.records[old]))
        account.records[new] = account.records[old]
    account.add(9, 40)
    account.add(10, 0)


def reasons(warehouse: Warehouse) -> dict[int, str]:
    return {row["job_id"]: row["reason"] for row in warehouse.rejects()}


def test_they_are_rejected_with_the_others_exported_until_the_api_is_right_again(
    warehouse: Warehouse, account: Account
) -> None:
    mix_up(account)
    result = warehouse.sync()
    assert (result.status, result.jobs_exported, result.records_written) == ("partial", 2, 40)
    assert (result.jobs_rejected, result.rejects_open) == (3, 3)
    assert reasons(warehouse) == {
        new: f"its records are those of job {old}" for new, old in OLD_OF_NEW.items()
    }
    assert warehouse.exported_ids() == {1, 3, 4, 5, 9}
    jobs = warehouse.jobs()
    assert [jobs[job_id]["records_exported"] for job_id in (6, 7, 8, 9, 10)] == [None, None, None, 40, 0]
    assert warehouse.sync().status == "partial", "a second look at the same answers is no better"
    for new in OLD_OF_NEW:
        account.records[new] = records_json(new, len(account.records[new]))
    warehouse.synced()
    assert_holds(warehouse)
    assert reasons(warehouse) == {}


@pytest.fixture(params=["sqlite:///{}/x.db", "parquet:{}/x"], ids=["sqlite", "parquet"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return request.param.format(tmp_path)


@pytest.fixture
def here(url: str, account: Account) -> Warehouse:
    """What an earlier run stored on one of the quick destinations."""
    made = Warehouse(url, account.handle)
    made.synced()
    return made


def test_one_page_of_another_job_is_enough(here: Warehouse, account: Account) -> None:
    account.add(6, 2_100)
    account.records[6][1_000:2_000] = account.records[4][:1_000]
    assert here.sync().status == "partial"
    assert reasons(here) == {6: "its records are those of job 4"}


def test_the_job_that_is_stored_wrongly_heals_both(here: Warehouse, account: Account) -> None:
    own = account.records[3]
    account.add(6, len(own), created_at="2026-05-01T00:00:30.000Z")
    account.records[3] = records_json(6, len(own))
    here.synced(refetch=True, jobs=[3])
    account.records[3] = own
    assert here.sync().status == "partial"
    assert reasons(here) == {6: "its records are those of job 3"}
    here.sync(refetch=True, jobs=[3])
    here.synced()
    assert_holds(here)


def test_a_job_read_anew_is_no_stranger_to_itself(here: Warehouse, account: Account) -> None:
    here.synced(refetch=True, full=True)
    account.job(3)["uuid"] = "00000000-0000-4000-8000-000000000003"
    account.job(4)["list_name"] = "Another name"
    assert here.synced(full=True).jobs_exported == 1
    assert_holds(here)


def test_what_was_accepted_stays(here: Warehouse, account: Account) -> None:
    mix_up(account)
    here.sync()
    assert here.accept(*OLD_OF_NEW).status == "complete"
    assert here.exported_ids() == {1, 3, 4, 5, 6, 7, 8, 9}
    for job_id in (3, 7):
        here.synced(refetch=True, jobs=[job_id])


def test_the_same_ids_of_another_account_are_nobody_s_business(here: Warehouse, account: Account) -> None:
    other = Account.of_sizes(*SIZES)
    other.records = {job_id: account.records.get(job_id - 1, []) for job_id in other.records}
    for job in other.jobs:
        found = other.records[job["id"]]
        job.update(uuid=job["uuid"].replace("f", "e"), total_records=len(found))
        for status in ("Valid", "Invalid", "Unknown"):
            job[f"{status.lower()}_count"] = sum(record["status"] == status for record in found)
    assert here.sync(handler=other.handle, account="other").status == "complete"


def test_pruned_records_belong_to_nobody(here: Warehouse, account: Account) -> None:
    here.change_jobs(lambda opened: prune(opened, datetime(2026, 5, 1, 0, 3, tzinfo=UTC)))
    account.add(6, len(account.records[3]))
    account.records[6] = account.records[3]
    here.synced()
    assert here.exported_ids() == {4, 5, 6}


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a destination is asked of its record ids."""
    asked: list[str] = []

    def telling(name: str, method: Callable[..., object]) -> Callable[..., object]:
        return lambda *arguments: (asked.append(name), method(*arguments))[1]

    for name in ("_read_spans", "_read_ids"):
        monkeypatch.setattr(StoredOwners, name, telling(name, getattr(StoredOwners, name)))
    return asked


def test_nothing_is_looked_up_before_ids_lie_among_those_of_others(
    looks: list[str], url: str, account: Account
) -> None:
    here = Warehouse(url, account.handle)
    here.synced()
    assert looks == ["_read_spans"], "a first run finds out that nothing is stored"
    here.synced()
    assert looks == ["_read_spans"], "a run without news asks nothing"
    account.add(6, 300)
    here.synced()
    assert looks == ["_read_spans"] * 2


@pytest.mark.parametrize("answered", [1, 7, 12])
def test_only_the_newest_are_asked_for_while_ids_come_in_order(
    answered: int, looks: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(stored_owners, "NEWEST", 6)
    account = Account.of_sizes(*range(4, 16))
    warehouse = Warehouse(f"sqlite:///{tmp_path}/x.db", account.handle)
    warehouse.synced()
    for newest, found in ((None, 12), (6, 6)):
        with closing(open_destination(warehouse.url)) as opened:
            spans = opened.read_record_spans("default", newest=newest)
        assert sorted(spans["job_id"].to_pylist()) == list(range(13 - found, 13))
    looks.clear()
    account.add(13, 20)
    warehouse.synced()
    assert looks == ["_read_spans"]
    account.add(14, account.records[answered])
    warehouse.sync()
    assert reasons(warehouse) == {14: f"its records are those of job {answered}"}


def test_where_ids_come_in_no_order_whole_jobs_are_looked_for_first(
    monkeypatch: pytest.MonkeyPatch, here: Warehouse, account: Account
) -> None:
    for job_id in range(10, 60):
        found = records_json(job_id, 20 + job_id)
        found[0]["id"], found[-1]["id"] = job_id, 10**12 + job_id
        account.add(job_id, found)
    here.synced()
    monkeypatch.setattr(stored_owners, "LOOKED_UP_ROWS", 100)
    account.add(60, account.records[40])
    assert here.sync().status == "partial"
    assert reasons(here) == {60: "its records are those of job 40"}


class Stored:
    """A destination of nothing but record ids by job, whose spans may be wider than they are."""

    def __init__(self, ids: dict[int, list[int]], slack: int) -> None:
        self.ids = {job_id: found for job_id, found in ids.items() if found}
        self.slack = slack

    def read_record_spans(self, account: str, *, newest: int | None) -> pa.Table:
        rows = [(j, min(i) - self.slack, max(i) + self.slack, len(i)) for j, i in self.ids.items()]
        return pa.table([[row[n] for row in rows] for n in range(4)], schema=RECORD_SPANS)

    def read(self, table: object, where: Selection, columns: object) -> list[pa.RecordBatch]:
        rows = [(j, i) for j in where.job_ids or () for i in self.ids.get(j, ())]
        ids = pa.table({"job_id": [j for j, _ in rows], "record_id": [i for _, i in rows]})
        return ids.to_batches(max_chunksize=3)


IDS = st.lists(st.integers(0, 60), unique=True, max_size=6)


@settings(deadline=None)
@given(
    st.dictionaries(st.integers(1, 8), IDS, max_size=8),
    st.dictionaries(st.integers(5, 20), IDS, min_size=1, max_size=8),
    st.integers(1, 9),
    st.integers(0, 3),
)
def test_strangers_are_those_with_an_id_that_only_others_have(
    stored: dict[int, list[int]], fresh: dict[int, list[int]], cut: int, slack: int
) -> None:
    ids = np.array([record_id for found in fresh.values() for record_id in found], np.int64)
    batches = pa.table({"record_id": ids}).to_batches(max_chunksize=cut)
    read = JobsRead(tuple(fresh), tuple(map(len, fresh.values())), batches)
    found = StoredOwners(Stored(stored, slack), "default").of([read])  # type: ignore[arg-type]
    others = {
        job_id: {
            other
            for other, theirs in stored.items()
            if other not in fresh and set(mine).difference(stored.get(job_id, [])).intersection(theirs)
        }
        for job_id, mine in fresh.items()
    }
    assert found.keys() == {job_id for job_id, owners in others.items() if owners}
    assert all(owner in others[job_id] for job_id, owner in found.items())
