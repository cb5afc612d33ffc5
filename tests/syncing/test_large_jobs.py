"""A job of many pages reaches its destination once it adds up, and not a row of it before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from scripted_api import Account, json_reply, record_json
from sync_truth import Warehouse, assert_holds

from ecore_export.api import Api
from ecore_export.destinations.parquet.files import NewFile
from ecore_export.errors import AuthenticationError, DestinationError, ServerError, StoppedError
from ecore_export.reading.pages import Spool
from ecore_export.syncing.publisher import Publisher

pytestmark = pytest.mark.thorough

HUGE = 6


@pytest.fixture(autouse=True)
def _huge_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of 400 records are large; their chunks are a page of 100, and two pages are held in memory."""
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)
    monkeypatch.setattr("ecore_export.reading.pages.Spool", partial(Spool, memory_rows=200))
    monkeypatch.setattr("ecore_export.reading.records.SMALL_ROWS", 400)
    monkeypatch.setattr("ecore_export.reading.session.RECORDS_PAGE_SIZE", 100)
    monkeypatch.setattr("ecore_export.api.endpoints.RECORDS_PAGE_SIZE", 100)
    monkeypatch.setattr("ecore_export.reading.pages.CHUNK_ROWS", 100)


@pytest.fixture
def account() -> Account:
    """Five jobs around a huge one of 1,200 records, which is exported last but one."""
    made = Account.of_sizes(3, 150, 0, 99, 101)
    made.add(HUGE, 1200)
    made.add(7, 20)
    return made


@pytest.fixture
def warehouse(tmp_path: Path, account: Account) -> Warehouse:
    return Warehouse(f"parquet:{tmp_path}/warehouse", account.handle)


def temporary(warehouse: Warehouse) -> list[Path]:
    return list(Path(warehouse.url.partition(":")[2]).rglob("*.tmp"))


@pytest.mark.parametrize("url", ["parquet:{}/warehouse", "sqlite:///{}/warehouse.db"])
def test_nothing_is_given_to_a_destination_before_the_last_page_has_come(
    url: str, tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[int] = []
    records = Publisher._records

    def seen(publisher: Publisher, batch: Any) -> Iterator[Any]:
        given.extend(job_id for item in batch.items for job_id in item.read.job_ids)
        return records(publisher, batch)

    def before(target: str) -> None:
        assert not (HUGE in given and f"jobs/{HUGE}/records" in target)

    monkeypatch.setattr(Publisher, "_records", seen)
    account.before = before
    warehouse = Warehouse(url.format(tmp_path), account.handle)
    warehouse.synced()
    account.before = lambda _: None
    assert_holds(warehouse)
    assert HUGE in given


@pytest.mark.parametrize("order", ["reversed", "one page early"])
def test_rows_may_come_in_any_order(order: str, warehouse: Warehouse, account: Account) -> None:
    records = account.records[HUGE]
    account.records[HUGE] = (
        records[::-1] if order == "reversed" else [*records[:500], *records[900:], *records[500:900]]
    )
    warehouse.synced()
    assert_holds(warehouse)


def test_counters_that_disagree_leave_nothing_of_the_job_and_reject_it(
    warehouse: Warehouse, account: Account
) -> None:
    job = account.job(HUGE)
    job["valid_count"] -= 1
    job["invalid_count"] += 1
    result = warehouse.sync()
    assert result.status == "partial"
    assert HUGE not in warehouse.exported_ids()
    assert [reject["job_id"] for reject in warehouse.rejects()] == [HUGE]
    assert temporary(warehouse) == []
    job["valid_count"] += 1
    job["invalid_count"] -= 1
    warehouse.synced()
    assert_holds(warehouse)
    assert warehouse.rejects() == []


def test_a_record_that_does_not_fit_in_the_middle_rejects_the_job(
    warehouse: Warehouse, account: Account
) -> None:
    account.records[HUGE][700] = record_json(HUGE * 1_000_000 + 701, is_cached="perhaps")
    assert warehouse.sync().status == "partial"
    assert HUGE not in warehouse.exported_ids()
    assert [reject["occurrences"] for reject in warehouse.rejects()] == [1]


def test_a_page_that_cannot_be_had_keeps_the_job_out_and_the_others_in(
    warehouse: Warehouse, account: Account
) -> None:
    broken = f"jobs/{HUGE}/records/?page=8&page_size=100"
    account.before = lambda target: json_reply({}, 500) if target == broken else None
    result = warehouse.sync()
    assert (result.status, type(result.error)) == ("stopped", ServerError)
    assert warehouse.exported_ids() == {1, 2, 4, 5, 7}
    account.before = lambda _: None
    warehouse.synced()
    assert_holds(warehouse)


def test_a_token_that_expires_in_the_middle_ends_the_run_and_nothing_hangs(
    warehouse: Warehouse, account: Account
) -> None:
    late = f"jobs/{HUGE}/records/?page=8&page_size=100"
    account.before = lambda target: json_reply({}, 401) if target == late else None
    result = warehouse.sync()
    assert (result.status, type(result.error)) == ("failed", AuthenticationError)
    assert HUGE not in warehouse.exported_ids()
    assert temporary(warehouse) == []


def test_a_stop_in_the_middle_is_heeded(warehouse: Warehouse, account: Account) -> None:
    stopping = threading.Event()
    late = f"jobs/{HUGE}/records/?page=8&page_size=100"
    account.before = lambda target: stopping.set() if target == late else None
    result = warehouse.sync(stopping=stopping)
    assert (result.status, type(result.error)) == ("stopped", StoppedError)
    assert HUGE not in warehouse.exported_ids()


def test_a_destination_that_fails_in_the_middle_ends_the_reading(
    warehouse: Warehouse, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = NewFile.append

    def full(file: NewFile, rows: object) -> None:
        if len(rows) == 100:
            raise DestinationError("the disk is full")
        append(file, rows)

    monkeypatch.setattr(NewFile, "append", full)
    account.before = lambda _: None
    result = warehouse.sync()
    assert (result.status, str(result.error)) == ("failed", "the disk is full")
    monkeypatch.undo()
    warehouse.synced()
    assert_holds(warehouse)


def test_the_same_records_again_change_no_file(warehouse: Warehouse, account: Account) -> None:
    warehouse.synced()
    folder = Path(warehouse.url.partition(":")[2]) / "records"
    before = {path: path.stat().st_ino for path in folder.rglob("*.parquet")}
    warehouse.synced(refetch=True)
    assert {path: path.stat().st_ino for path in folder.rglob("*.parquet")} == before
