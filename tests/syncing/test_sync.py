"""One sync after another: what the API has is in the destination, exactly, once, and stays true."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pyarrow as pa
import pytest
from scripted_api import TOKEN, Account, http_client_of, json_reply
from sync_truth import Warehouse, assert_holds, files, get_json

from ecore_export import schema
from ecore_export.api import Api
from ecore_export.destinations import open_destination, read_rejects, write_rejects, write_runs
from ecore_export.destinations.parquet.destination import ParquetDestination
from ecore_export.errors import (
    AuthenticationError,
    DestinationBusyError,
    DestinationError,
    NotFoundError,
    PayloadError,
    ReconciliationError,
    ServerError,
    StoppedError,
    TimeBudgetError,
)
from ecore_export.progress import Progress
from ecore_export.reading import pages as reading_pages
from ecore_export.reading import records as reading_records
from ecore_export.sandbox import Fault, JobSpec, Sandbox
from ecore_export.syncing import SyncOptions, publisher, run_sync

SIZES = (0, 1, 99, 100, 101, 250, 3, 5, 1001, 7)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


@pytest.fixture
def url(tmp_path):
    return f"parquet:{tmp_path}/warehouse"


@pytest.fixture
def warehouse(url):
    """An empty place, and an account of ten jobs whose JSON a test can change."""
    account = Account.of_sizes(*SIZES)
    made = Warehouse(url, account.handle)
    made.account = account
    return made


@pytest.fixture
def account(warehouse):
    return warehouse.account


def sandbox_of(*specs, **options):
    return Sandbox.with_jobs(specs, token=TOKEN, **options)


# --- what is exported -------------------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["parquet:{}/warehouse", "sqlite:///{}/warehouse.db"])
def test_the_first_run_exports_every_value_of_every_job(form, tmp_path):
    sandbox = Sandbox(13, 24, token=TOKEN, advance_after_reads=None)
    warehouse = Warehouse(form.format(tmp_path), sandbox.handle)
    result = warehouse.synced()
    assert_holds(warehouse)
    assert (result.jobs_seen, result.jobs_exported, result.jobs_changed) == (24, 20, 24)
    assert result.records_written == len(warehouse.records())


@pytest.mark.thorough
def test_jobs_that_end_with_a_page_or_have_several_come_whole(url):
    warehouse = Warehouse(url, Account.of_sizes(0, 1, 99, 100, 101, 250, 1000, 1001, 2000, 2300, 7).handle)
    warehouse.synced()
    assert_holds(warehouse)


@pytest.mark.thorough
@pytest.mark.parametrize("form", ["parquet:{}/warehouse", "sqlite:///{}/warehouse.db"])
def test_a_second_run_changes_nothing(form, tmp_path):
    sandbox = Sandbox(13, 24, token=TOKEN, advance_after_reads=None)
    warehouse = Warehouse(form.format(tmp_path), sandbox.handle)
    warehouse.synced()
    before = warehouse.jobs(), warehouse.records(), files(tmp_path / "warehouse")
    result = warehouse.synced()
    assert (result.jobs_changed, result.jobs_exported, result.records_written) == (0, 0, 0)
    assert (warehouse.jobs(), warehouse.records(), files(tmp_path / "warehouse")) == before
    assert all(len(warehouse.history(job_id)) == 1 for job_id in warehouse.jobs())


def test_an_account_without_jobs_is_exported_as_such(url):
    warehouse = Warehouse(url, Account().handle)
    for _ in range(2):
        result = warehouse.synced()
        assert (result.jobs_seen, result.requests) == (0, 1)
    assert (warehouse.jobs(), warehouse.records()) == ({}, [])


def test_many_small_publications_are_as_good_as_one(warehouse, monkeypatch):
    monkeypatch.setattr(publisher, "ROWS", 150)
    monkeypatch.setattr(publisher, "JOBS", 2)
    warehouse.synced()
    assert_holds(warehouse)


def test_columns_that_only_an_export_knows_are_filled(warehouse):
    begun = datetime.now(UTC)
    run_id = warehouse.synced(account="mine").run_id
    for row in warehouse.jobs("mine").values():
        assert (row["account"], row["run_id"], row["deleted_at"]) == ("mine", run_id, None)
        assert begun <= row["first_seen_at"] == row["changed_at"] <= row["checked_at"] <= datetime.now(UTC)
    assert {(r["account"], r["run_id"]) for r in warehouse.records("mine")} == {("mine", run_id)}


def test_records_know_when_their_job_was_created(warehouse):
    warehouse.synced()
    jobs = warehouse.jobs()
    assert all(row["job_created_at"] == jobs[row["job_id"]]["created_at"] for row in warehouse.records())


def test_two_accounts_share_a_destination_without_meeting(url):
    one, other = Account.of_sizes(5, 150, 7), Account.of_sizes(9, 2, 1200, 3)
    for job in other.jobs:
        job["uuid"] = job["uuid"].replace("f8a1c3e5", "0a1b2c3d")
    warehouse = Warehouse(url, one.handle)
    warehouse.synced(account="one")
    warehouse.synced(account="other", handler=other.handle)
    warehouse.synced(account="one")
    other.delete(2)
    warehouse.synced(account="other", handler=other.handle)
    assert_holds(warehouse, one.handle, account="one")
    assert_holds(warehouse, other.handle, account="other")
    assert warehouse.jobs("other")[2]["deleted_at"] is not None
    assert warehouse.jobs("one")[2]["deleted_at"] is None


# --- jobs that change -------------------------------------------------------------------------------------


@pytest.mark.thorough
def test_running_jobs_are_followed_and_the_refund_shows_in_the_history(url):
    running = JobSpec(300, status="Uploading", counts=(200, 60, 30), rate=Decimal("1.25"))
    sandbox = sandbox_of(*[JobSpec(3)] * 120, running, *[JobSpec(3)] * 120, advance_after_reads=None)
    warehouse = Warehouse(url, sandbox.handle)
    warehouse.synced()
    assert 121 not in warehouse.exported_ids()
    for stage in range(1, 5):
        sandbox.advance(121, 1)
        result = warehouse.synced()
        assert result.jobs_changed == 1
        assert (121 in warehouse.exported_ids()) == (stage == 4)
    assert_holds(warehouse)
    states = warehouse.history(121)
    charged = [row["total_credits_charged"] for row in states]
    assert charged == [Decimal("375.000000")] * 4 + [Decimal("250.000000")]
    assert [row["status"] for row in states] == ["Uploading", *["Processing"] * 3, "Processed"]
    assert [row["valid_count"] for row in states] == [0, 50, 100, 150, 200]
    for earlier, later in pairwise(states):
        assert earlier["valid_from"] < earlier["valid_to"] == later["valid_from"]
    assert states[-1]["valid_to"] is None
    assert len({row["run_id"] for row in states}) == 5


def test_a_job_that_fails_is_exported_with_its_refund(url):
    sandbox = sandbox_of(JobSpec(150, status="Processing", outcome="Failed"), advance_after_reads=None)
    warehouse = Warehouse(url, sandbox.handle)
    warehouse.synced()
    sandbox.advance(1)
    warehouse.synced()
    assert_holds(warehouse)
    assert [row["total_credits_charged"] for row in warehouse.history(1)] == [150, 0]


@pytest.mark.parametrize(
    "change",
    [
        {"valid_count": 3, "invalid_count": 1},
        {"status": "Failed"},
        {"completed_at": "2026-06-01T00:00:00Z"},
    ],
)
def test_a_changed_counter_reopens_a_job(change, warehouse, account):
    warehouse.synced()
    account.job(10).update(change)
    if "valid_count" in change:
        for record, status in zip(account.records[10], ["Valid"] * 3 + ["Invalid"], strict=False):
            record["status"] = status
        account.job(10).update(unknown_count=1)
        account.records[10][4]["status"] = "Unknown"
        account.records[10][5]["status"] = account.records[10][6]["status"] = "Error"
    result = warehouse.synced()
    assert (result.jobs_changed, result.jobs_exported) == (1, 1)
    assert_holds(warehouse)
    assert len(warehouse.history(10)) == 2


def test_a_changed_charge_is_history_and_reopens_nothing(warehouse, account):
    warehouse.synced()
    account.job(9)["total_credits_charged"] = 0.5
    result = warehouse.synced()
    assert (result.jobs_changed, result.jobs_exported) == (1, 0)
    assert [row["total_credits_charged"] for row in warehouse.history(9)] == [
        account.job(9)["valid_count"],
        Decimal("0.5"),
    ]
    assert_holds(warehouse)


def test_a_status_nobody_knows_is_kept_and_looked_at_again(url):
    account = Account.of_sizes(*(0,) * 105)
    account.job(3)["status"] = "Paused"
    warehouse = Warehouse(url, account.handle)
    result = warehouse.synced()
    assert warehouse.jobs()[3]["status"] == "Paused"
    assert warehouse.jobs()[3]["is_final"] is False
    assert result.drift == {"job.status: unknown value 'Paused'": 1}
    account.job(3)["status"] = "Processed"
    warehouse.synced()
    assert_holds(warehouse)


@pytest.mark.thorough
def test_jobs_of_unknown_statuses_all_have_their_turn(url):
    account = Account.of_sizes(*(0,) * 350)
    for job_id in range(1, 41):
        account.job(job_id)["status"] = "Paused"
    warehouse = Warehouse(url, account.handle)
    warehouse.synced()
    for job_id in range(1, 41):
        account.job(job_id)["status"] = "Processed"
    for _ in range(2):
        result = warehouse.synced()
        assert result.jobs_exported == 20
    assert_holds(warehouse)


def test_unknown_fields_are_reported_and_change_nothing(warehouse, account):
    for job in account.jobs:
        job["tags"] = ["new"]
    result = warehouse.synced()
    assert list(result.drift) == ["job.'tags': unknown field"]
    assert json.loads(warehouse.runs()[-1]["drift"]) == result.drift
    assert_holds(warehouse)


# --- rejects ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("job_id", [4, 9])
def test_a_job_that_does_not_add_up_is_rejected_and_taken_in_later(job_id, warehouse, account):
    missing = account.records[job_id].pop()
    for _ in range(2):
        result = warehouse.sync()
        assert (result.status, result.error) == ("partial", None)
        assert (result.jobs_rejected, result.rejects_open) == (1, 1)
        (reject,) = warehouse.rejects()
        total = account.job(job_id)["total_records"]
        assert reject["reason"].startswith(f"records do not add up: {total - 1} unique ids read")
        assert (reject["job_id"], reject["record_id"], reject["occurrences"]) == (job_id, 0, 1)
        assert reject["run_id"] == result.run_id
        assert_holds(warehouse, only=set(account.records) - {job_id})
    account.records[job_id].append(missing)
    result = warehouse.synced()
    assert (result.jobs_exported, warehouse.rejects()) == (1, [])
    (resolved,) = warehouse.rejects(only_open=False)
    assert resolved["rejected_at"] < resolved["resolved_at"]
    assert_holds(warehouse)


@pytest.mark.parametrize("job_id", [4, 9])
def test_faulty_records_are_rejected_with_an_example(job_id, warehouse, account):
    good = [dict(record) for record in account.records[job_id]]
    for record in account.records[job_id][10:15]:
        record["is_cached"] = None
    account.records[job_id][50]["email"] = 5
    assert warehouse.sync().status == "partial"
    first, second = sorted(warehouse.rejects(), key=lambda row: row["reason"])
    assert first["reason"] == "record.email: expected string, got number"
    assert second["reason"] == "record.is_cached: expected boolean, got null"
    assert (first["occurrences"], second["occurrences"]) == (1, 5)
    assert second["record_id"] == good[10]["id"]
    assert json.loads(second["raw"])["email"] == good[10]["email"]
    account.records[job_id][50]["email"] = good[50]["email"]
    assert warehouse.sync().rejects_open == 1
    account.records[job_id] = good
    warehouse.synced()
    assert_holds(warehouse)


def test_a_job_that_cannot_be_read_in_the_list_is_rejected_and_taken_in_later(warehouse, account):
    account.job(4)["total_credits_charged"] = "99.0"
    for _ in range(2):
        result = warehouse.sync()
        assert result.status == "partial"
        assert [row["reason"] for row in warehouse.rejects()] == [
            "job.total_credits_charged: expected number, got string"
        ]
        assert set(warehouse.jobs()) == set(account.records) - {4}
    assert result.requests <= 5
    account.job(4)["total_credits_charged"] = 99.0
    warehouse.synced()
    assert_holds(warehouse)


def test_a_known_job_that_becomes_faulty_keeps_what_was_exported(warehouse, account):
    warehouse.synced()
    before = warehouse.jobs()[4], warehouse.records()
    account.job(4)["uuid"] = None
    assert warehouse.sync().status == "partial"
    assert (warehouse.jobs()[4], warehouse.records()) == before


def test_a_job_without_a_readable_id_makes_the_run_partial_and_keeps_no_other(warehouse, account):
    account.jobs.insert(3, {**account.job(4), "id": "abc"})
    assert warehouse.sync().status == "partial"
    assert [row["job_id"] for row in warehouse.rejects()] == [0]
    assert len(warehouse.jobs()) == 10
    account.jobs.pop(3)
    warehouse.sync(full=True)
    warehouse.synced()
    assert_holds(warehouse)


def test_a_rejected_job_that_is_deleted_is_no_longer_open(warehouse, account):
    account.records[4].pop()
    account.job(5)["uuid"] = None
    assert warehouse.sync().rejects_open == 2
    account.delete(4)
    account.delete(5)
    warehouse.synced()
    assert warehouse.rejects() == []
    assert warehouse.synced().requests <= 5


def test_a_job_rejected_in_the_list_that_is_running_later_is_followed(warehouse, account):
    account.job(4).update(uuid=None, status="Processing")
    assert warehouse.sync().status == "partial"
    account.job(4).update(uuid="f8a1c3e5-9b2d-4e6f-a8c1-0d3e5f7a9b2d")
    warehouse.sync()
    account.job(4)["status"] = "Processed"
    warehouse.synced()
    assert_holds(warehouse)


def test_old_rejects_are_tried_with_growing_pauses(warehouse, account, monkeypatch):
    account.records[4].pop()
    warehouse.sync()
    requests = len(account.requests)

    def backdate(destination):
        (row,) = read_rejects(destination, "default").to_pylist()
        row["rejected_at"] -= timedelta(hours=9)
        write_rejects(destination, pa.Table.from_pylist([row], schema.REJECTS.arrow))

    warehouse.change_jobs(backdate)
    result = warehouse.sync()
    assert (result.status, result.jobs_rejected, result.rejects_open) == ("partial", 0, 1)
    assert len(account.requests) - requests <= 3
    assert warehouse.sync(jobs=(4,)).jobs_rejected == 1


def test_a_rejected_job_is_published_when_it_is_accepted(warehouse, account):
    account.records[4].pop()
    account.job(9)["valid_count"] -= 1
    warehouse.sync()
    result = warehouse.accept(4)
    assert (result.status, result.rejects_open, result.jobs_exported) == ("partial", 1, 1)
    assert (warehouse.jobs()[4]["records_exported"], warehouse.jobs()[4]["is_reconciled"]) == (99, False)
    assert warehouse.accept(9, 9).status == "complete"
    assert (warehouse.jobs()[9]["records_exported"], warehouse.jobs()[9]["is_reconciled"]) == (1001, False)
    before = warehouse.records()
    assert len(before) == sum(len(found) for found in account.records.values())
    warehouse.synced()
    assert warehouse.records() == before


def test_a_job_that_runs_again_is_not_accepted(warehouse, account):
    account.records[4].pop()
    warehouse.sync()
    account.job(4)["status"] = "Processing"
    result = warehouse.accept(4)
    assert (result.status, type(result.error)) == ("failed", ReconciliationError)
    assert 4 not in warehouse.exported_ids()


def test_what_cannot_be_stored_is_not_accepted(warehouse, account):
    account.records[4][0]["email"] = None
    warehouse.sync()
    result = warehouse.accept(4)
    assert (result.status, type(result.error)) == ("failed", PayloadError)
    assert len(warehouse.rejects()) == 1
    assert 4 not in warehouse.exported_ids()


# --- jobs that cannot be had ------------------------------------------------------------------------------


@pytest.mark.parametrize("job_id", [4, 9])
def test_a_job_the_api_fails_to_give_does_not_keep_the_others(job_id, warehouse, account):
    account.before = lambda target: json_reply({}, 500) if target.startswith(f"jobs/{job_id}/") else None
    result = warehouse.sync()
    assert (result.status, type(result.error)) == ("stopped", ServerError)
    assert result.error.retryable
    assert (result.jobs_exported, result.jobs_open) == (9, 1)
    assert result.records_open == account.job(job_id)["total_records"]
    account.before = lambda _: None
    assert_holds(warehouse, only=set(account.records) - {job_id})
    warehouse.synced()
    assert_holds(warehouse)


def test_a_running_job_the_api_fails_to_give_does_not_keep_the_others(url):
    account = Account.of_sizes(*(2,) * 230)
    account.job(1)["status"] = "Processing"
    warehouse = Warehouse(url, account.handle)
    warehouse.synced()
    account.job(1)["status"] = "Processed"
    account.add(231, 7)
    account.before = lambda target: json_reply({}, 500) if target == "jobs/1/" else None
    result = warehouse.sync()
    assert (result.status, type(result.error), result.jobs_exported) == ("stopped", ServerError, 1)
    account.before = lambda _: None
    warehouse.synced()
    assert_holds(warehouse)


def test_an_api_that_is_down_is_not_asked_for_every_job(url):
    account = Account.of_sizes(*(3,) * 200)
    warehouse = Warehouse(url, account.handle)
    account.before = lambda target: json_reply({}, 500) if len(account.requests) > 2 else None
    result = warehouse.sync()
    assert (result.status, type(result.error), result.jobs_exported) == ("stopped", ServerError, 0)
    # Three attempts each: of the jobs that failed, one for each of ten threads, and the one asked for singly.
    assert result.requests < 2 + 3 * (3 + 10 + 1) + 3 + 1


def test_jobs_the_api_fails_to_give_are_not_asked_for_without_end(url):
    account = Account.of_sizes(*(3,) * 200)
    warehouse = Warehouse(url, account.handle)
    account.before = lambda target: json_reply({}, 500) if target[5:6].isdigit() else None
    result = warehouse.sync()
    assert (result.status, type(result.error), result.jobs_exported) == ("stopped", ServerError, 0)
    assert result.requests < 2 + 3 * (20 + 10 + 1) + 7


def test_several_jobs_in_a_row_that_the_api_fails_to_give_do_not_keep_the_others(url):
    account = Account.of_sizes(*(3, 120) * 15)
    warehouse = Warehouse(url, account.handle)
    failing = tuple(f"jobs/{job_id}/" for job_id in range(5, 15))
    account.before = lambda target: json_reply({}, 500) if target.startswith(failing) else None
    result = warehouse.sync()
    assert (result.status, type(result.error)) == ("stopped", ServerError)
    assert (result.jobs_exported, result.jobs_open) == (20, 10)
    account.before = lambda _: None
    warehouse.synced()
    assert_holds(warehouse)


# --- options ----------------------------------------------------------------------------------------------


def test_no_records_keeps_to_jobs_and_a_later_run_gets_them(warehouse, account):
    result = warehouse.synced(no_records=True)
    assert (result.requests, result.jobs_open) == (1, 10)
    assert result.records_open == sum(SIZES)
    assert_holds(warehouse, only=())
    warehouse.synced()
    assert_holds(warehouse)


def test_refetch_reads_records_anew(warehouse, account):
    warehouse.synced()
    account.records[4][7]["ec_id"] = "changed later"
    account.records[9][7]["ec_id"] = "changed later"
    warehouse.synced()
    assert not [row for row in warehouse.records() if row["ec_id"]]
    result = warehouse.synced(refetch=True)
    assert result.jobs_exported == 10
    assert_holds(warehouse)


def test_refetching_what_is_the_same_rewrites_no_records(warehouse, tmp_path):
    warehouse.synced()
    before = files(tmp_path / "warehouse")
    warehouse.synced(refetch=True)
    assert files(tmp_path / "warehouse") == before


def test_a_dry_run_writes_nothing_not_even_the_place(warehouse, tmp_path):
    result = warehouse.sync(dry_run=True)
    assert list(tmp_path.iterdir()) == []
    assert (result.status, result.jobs_open, result.records_open) == ("complete", 10, sum(SIZES))
    assert (result.jobs_seen, result.jobs_changed, result.requests) == (10, 10, 1)
    assert result.finished_at is not None


def test_a_dry_run_after_a_run_says_what_is_new(warehouse, account, tmp_path):
    warehouse.synced()
    account.add(11, 1200)
    account.add(12, 3, status="Processing")
    before = files(tmp_path / "warehouse"), warehouse.runs()
    result = warehouse.sync(dry_run=True)
    assert (result.jobs_changed, result.jobs_open, result.records_open) == (2, 1, 1200)
    assert (files(tmp_path / "warehouse"), warehouse.runs()) == before


def test_stopping_ends_the_run_and_keeps_what_is_complete(url):
    stopping = threading.Event()
    account = Account.of_sizes(*(101,) * 30)
    warehouse = Warehouse(url, account.handle)

    def before(target):
        if target.startswith("jobs/15/"):
            stopping.set()

    account.before = before
    result = warehouse.sync(stopping=stopping)
    assert (result.status, type(result.error)) == ("stopped", StoppedError)
    assert 0 < result.jobs_exported < 20
    account.before = lambda _: None
    warehouse.synced()
    assert_holds(warehouse)


@pytest.mark.thorough
def test_when_its_minutes_are_over_a_run_keeps_what_is_complete_and_the_next_goes_on(url, monkeypatch):
    minute = [0]
    monkeypatch.setattr(Api, "_clock", staticmethod(lambda: 60.0 * minute[0]))
    account = Account.of_sizes(*(1200,) * 30)
    warehouse = Warehouse(url, account.handle)

    def before(target):
        if target.startswith("jobs/15/"):
            minute[0] += 5

    account.before = before
    result = warehouse.sync(max_minutes=5)
    assert (result.status, type(result.error)) == ("stopped", TimeBudgetError)
    assert 0 < result.jobs_exported < 20
    assert len(warehouse.exported_ids()) == result.jobs_exported
    account.before = lambda _: None
    warehouse.synced(max_minutes=5)
    assert_holds(warehouse)


def test_progress_is_told_what_is_done(warehouse):
    told = []

    class Told(Progress):
        def listed(self, jobs, total):
            told.append(("listed", jobs, total))

        def begin(self, jobs, records):
            told.append(("begin", jobs, records))

        def read(self, jobs, records):
            told.append(("read", jobs, records))

        def exported(self, jobs, records):
            told.append(("exported", jobs, records))

    opened = open_destination(warehouse.url)
    run_sync(
        warehouse.settings,
        opened,
        SyncOptions(),
        progress=Told(),
        http_client=http_client_of(warehouse.handler),
    )
    assert told[:2] == [("listed", 10, 10), ("begin", 10, sum(SIZES))]
    for done in ("read", "exported"):
        assert sum(jobs for what, jobs, _ in told if what == done) == 10
        assert sum(records for what, _, records in told if what == done) == sum(SIZES)


def test_exported_is_said_of_what_can_be_read_and_of_nothing_else(warehouse, account, monkeypatch):
    monkeypatch.setattr(publisher, "JOBS", 3)
    account.job(7)["valid_count"] = 99
    said, seen = [0], []

    class Told(Progress):
        def exported(self, jobs, records):
            said[0] += jobs
            rows = warehouse.jobs().values()
            seen.append((said[0], sum(row["records_exported"] is not None for row in rows)))

    opened = open_destination(warehouse.url)
    result = run_sync(
        warehouse.settings,
        opened,
        SyncOptions(),
        progress=Told(),
        http_client=http_client_of(warehouse.handler),
    )
    opened.close()
    assert said == [result.jobs_exported]
    assert len(seen) > 1
    assert all(said == readable for said, readable in seen)


# --- the run itself ---------------------------------------------------------------------------------------


def test_the_run_table_says_what_was_done(warehouse, account):
    account.before = lambda target: (
        json_reply({}, 500) if target == "jobs/1/" and account.requests.count("jobs/1/") == 1 else None
    )
    result = warehouse.synced(account="mine")
    (row,) = warehouse.runs()
    assert row["requests"] == result.requests == len(account.requests)
    assert row["retries"] == 1
    assert row["bytes_received"] == result.bytes_received > 100_000
    assert (row["jobs_seen"], row["jobs_changed"], row["jobs_exported"]) == (10, 10, 10)
    assert row["records_written"] == sum(SIZES) == len(warehouse.records("mine"))
    assert (row["status"], row["error"], row["drift"], row["account"]) == ("complete", None, None, "mine")
    assert row["started_at"] < row["finished_at"]
    assert row["destination"] == warehouse.url


def test_a_run_that_died_is_marked_so_by_the_next(warehouse):
    def die(destination):
        run = dict.fromkeys(schema.SYNC_RUNS.names) | {
            "run_id": "01890000-0000-7000-8000-000000000000",
            "started_at": datetime(2026, 1, 1, tzinfo=UTC),
            "status": "running",
            "account": "default",
            "version": "0",
            "destination": "somewhere",
        }
        destination.ensure_schema()
        write_runs(destination, pa.Table.from_pylist([run], schema.SYNC_RUNS.arrow))

    warehouse.change_jobs(die)
    warehouse.synced()
    dead, alive = warehouse.runs()
    assert (dead["status"], alive["status"]) == ("failed", "complete")
    assert dead["finished_at"] is not None
    assert "dead" in dead["error"]


def test_a_refused_token_leaves_nothing_behind_where_nothing_was(warehouse, tmp_path):
    warehouse.settings = replace(warehouse.settings, token=type(warehouse.settings.token)("other"))
    assert warehouse.sync().status == "failed"
    assert list(tmp_path.iterdir()) == []


def test_a_refused_token_fails_the_run(warehouse):
    warehouse.synced()
    warehouse.settings = replace(warehouse.settings, token=type(warehouse.settings.token)("other"))
    result = warehouse.sync()
    assert (result.status, type(result.error)) == ("failed", AuthenticationError)
    row = warehouse.runs()[-1]
    assert (row["status"], row["requests"], row["error"]) == ("failed", 1, str(result.error))


def test_a_destination_that_somebody_else_holds_is_busy(warehouse, monkeypatch):
    monkeypatch.setattr("ecore_export.syncing.runs.LOCK_TIMEOUT_S", 0.01)
    holder = open_destination(warehouse.url)
    with holder.lock(1), pytest.raises(DestinationBusyError):
        warehouse.sync()


def test_a_destination_that_breaks_while_publishing_fails_the_run_and_heals(warehouse, monkeypatch):
    few = ((publisher, "JOBS"), (reading_pages, "SMALL_JOBS"), (reading_records, "STATUSES_A_CALL"))
    for module, name in few:
        monkeypatch.setattr(module, name, 2)
    publish, calls = ParquetDestination.publish, []

    def breaking(self, publication):
        calls.append(publication)
        if len(calls) == 4:
            raise DestinationError("the disk is full: free some space, then run again")
        publish(self, publication)

    with monkeypatch.context() as patched:
        patched.setattr(ParquetDestination, "publish", breaking)
        result = warehouse.sync()
    assert (result.status, type(result.error)) == ("failed", DestinationError)
    assert warehouse.runs()[-1]["status"] == "failed"
    assert result.jobs_exported < 10
    warehouse.synced()
    assert_holds(warehouse)


def test_an_error_nobody_expected_leaves_a_failed_run(warehouse, monkeypatch):
    class SurpriseError(Exception):
        pass

    def surprise(*_):
        raise SurpriseError

    with monkeypatch.context() as patched:
        patched.setattr("ecore_export.syncing.engine.Discovery.run", surprise)
        with pytest.raises(SurpriseError):
            warehouse.sync()
    assert warehouse.runs()[-1]["status"] == "failed"
    warehouse.synced()


def test_a_list_that_is_no_list_fails_the_run_before_anything_is_written(warehouse, account):
    account.before = lambda _: json_reply({"items": []})
    result = warehouse.sync()
    assert (result.status, type(result.error)) == ("failed", PayloadError)
    assert result.error.reason.startswith("List jobs, page 1: page.count: missing")
    assert warehouse.jobs() == {}


def test_an_address_that_is_not_the_api_fails_the_run(warehouse, account):
    account.before = lambda _: json_reply({"detail": "Not found."}, 404)
    result = warehouse.sync()
    assert (result.status, type(result.error)) == ("failed", NotFoundError)


def test_the_result_is_plain_data(warehouse):
    result = warehouse.synced()
    assert json.loads(json.dumps(result.as_dict()))["jobs_exported"] == 10


@pytest.mark.parametrize("form", ["parquet:{}/warehouse", "sqlite:///{}/warehouse.db"])
def test_a_job_listed_twice_on_a_page_is_exported_once(form, tmp_path):
    account = Account.of_sizes(*SIZES)
    warehouse = Warehouse(form.format(tmp_path), account.handle)
    account.jobs.insert(0, dict(account.job(4)))
    warehouse.sync()
    assert [row["job_id"] for row in warehouse.records()].count(4) == 100
    assert len(warehouse.history(4)) == 1
    assert get_json(account.handle, "jobs/4/")["id"] == 4


def test_faults_of_the_sandbox_leave_no_trace(url):
    sandbox = sandbox_of(*[JobSpec(n) for n in SIZES])
    sandbox.faults.add(Fault(500, every=3), Fault("html", every=5), Fault("broken-json", every=7))
    warehouse = Warehouse(url, sandbox.handle)
    warehouse.settings = replace(warehouse.settings, attempts=8)
    warehouse.synced()
    sandbox.faults.clear()
    assert_holds(warehouse)
