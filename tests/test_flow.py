"""Jobs whose rows are written while their last pages are still being read: whole and true, or not there."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from scripted_api import Account, http_client_of, json_reply, record_json
from sync_truth import Warehouse, assert_holds

from ecore_export.api import Api
from ecore_export.destinations.parquet_files import NewFile
from ecore_export.errors import AuthenticationError, DestinationError, ServerError, StoppedError
from ecore_export.reading import Flow, stream
from ecore_export.reading.flow import BrokenOffError
from ecore_export.syncing import Progress, SyncOptions, run_sync

HUGE = 6


@pytest.fixture(autouse=True)
def _huge_is_small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs of 500 records flow; their chunks are a page of 100."""
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)
    monkeypatch.setattr(stream, "FLOW_ROWS", 500)
    monkeypatch.setattr(stream, "ROWS", 400)
    monkeypatch.setattr("ecore_export.reading.settling.RECORDS_PAGE_SIZE", 100)
    monkeypatch.setattr("ecore_export.endpoints.RECORDS_PAGE_SIZE", 100)
    monkeypatch.setattr("ecore_export.reading.collected.CHUNK_ROWS", 100)


@pytest.fixture
def flows(monkeypatch: pytest.MonkeyPatch) -> list[Flow]:
    """The flows that were begun."""
    begun: list[Flow] = []
    start = Flow.__init__
    monkeypatch.setattr(Flow, "__init__", lambda flow: (start(flow), begun.append(flow))[0])
    return begun


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


def test_a_huge_job_is_written_while_it_is_read(
    warehouse: Warehouse, account: Account, flows: list[Flow], monkeypatch: pytest.MonkeyPatch
) -> None:
    written_before_the_end = threading.Event()
    append = NewFile.append

    def seen(file: NewFile, rows: object) -> None:
        append(file, rows)
        if len(rows) == 100:
            written_before_the_end.set()

    monkeypatch.setattr(NewFile, "append", seen)
    last = f"jobs/{HUGE}/records/?page=12&page_size=100"

    def before(target: str) -> None:
        assert target != last or written_before_the_end.wait(20), "nothing was written before the last page"

    account.before = before
    warehouse.synced()
    assert_holds(warehouse)
    assert [flow.rows for flow in flows] == [1200]
    assert temporary(warehouse) == []


def test_other_destinations_wait_for_the_whole_job(
    tmp_path: Path, account: Account, flows: list[Flow]
) -> None:
    warehouse = Warehouse(f"sqlite:///{tmp_path}/warehouse.db", account.handle)
    warehouse.synced()
    assert_holds(warehouse)
    assert flows == []


@pytest.mark.parametrize("order", ["reversed", "one page early"])
def test_rows_that_do_not_come_by_id_are_read_again_and_none_is_lost(
    order: str, warehouse: Warehouse, account: Account, flows: list[Flow]
) -> None:
    records = account.records[HUGE]
    account.records[HUGE] = (
        records[::-1] if order == "reversed" else [*records[:500], *records[900:], *records[500:900]]
    )
    warehouse.synced()
    assert_holds(warehouse)
    assert len(flows) == (0 if order == "reversed" else 1)


def test_counters_that_disagree_leave_nothing_of_the_job_and_reject_it(
    warehouse: Warehouse, account: Account, flows: list[Flow]
) -> None:
    job = account.job(HUGE)
    job["valid_count"] -= 1
    job["invalid_count"] += 1
    result = warehouse.sync()
    assert result.status == "partial"
    assert HUGE not in warehouse.exported_ids()
    assert [reject["job_id"] for reject in warehouse.rejects()] == [HUGE]
    assert len(flows) == 1
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


def test_progress_follows_the_rows_of_a_huge_job(warehouse: Warehouse, account: Account) -> None:
    class Told(Progress):
        def __init__(self) -> None:
            self.steps: list[tuple[int, int]] = []

        def exported(self, jobs: int, records: int) -> None:
            self.steps.append((jobs, records))

    told = Told()
    opened = warehouse._with(
        lambda destination: run_sync(
            warehouse.settings,
            destination,
            SyncOptions(),
            progress=told,
            http_client=http_client_of(warehouse.handler),
        )
    )
    assert opened.status == "complete"
    assert sum(jobs for jobs, _ in told.steps) == 7
    assert sum(records for _, records in told.steps) == 3 + 150 + 0 + 99 + 101 + 1200 + 20
    assert max(records for _, records in told.steps) < 1200


def test_each_end_of_a_flow_learns_that_the_other_gave_up() -> None:
    flow = Flow()
    flow.close()
    with pytest.raises(BrokenOffError):
        list(flow)
    with pytest.raises(BrokenOffError):
        flow.finish()
