"""`verify`: every planted difference is found, named without values, and repaired; nothing else is."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from cli_runs import assert_one_error_line, served
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from scripted_api import TOKEN, Account, Reply, http_client_of, json_reply, record_json, settings

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import (
    Destination,
    Publication,
    open_destination,
    read_jobs,
    read_records,
    read_rejects,
    read_runs,
    write_meta,
)
from ecore_export.errors import (
    AccountMismatchError,
    AuthenticationError,
    DestinationBusyError,
    DestinationError,
    NotFoundError,
    ServerError,
    SettingsError,
)
from ecore_export.progress import Progress
from ecore_export.sandbox import Sandbox
from ecore_export.settings import Secret
from ecore_export.syncing import SyncOptions, accept, run_sync, runs
from ecore_export.verifying import VerifyResult, verify
from ecore_export.verifying import jobs as verify_jobs
from ecore_export.verifying import rows as verify_rows
from ecore_export.verifying.rows import RowDifferences, compare_records

pytestmark = pytest.mark.thorough

SIZES = (250, 3, 0, 12, 101)
"""Records of jobs 1 to 5."""

Found = dict[int, tuple[str, ...]]


def sync(destination: Destination, api: Account, **options: Any) -> None:
    given = settings(pii_key=Secret("k" * 40)) if options.get("pii") == "hash" else settings()
    result = run_sync(given, destination, SyncOptions(**options), http_client=http_client_of(api.handle))
    assert result.error is None


def look(destination: Destination, api: Account, **options: Any) -> VerifyResult:
    return verify(settings(attempts=1), destination, http_client=http_client_of(api.handle), **options)


def found(result: VerifyResult) -> Found:
    assert result.error is None
    return {finding.job_id: finding.reasons for finding in result.findings}


@pytest.fixture
def api() -> Account:
    return Account.of_sizes(*SIZES)


@pytest.fixture
def sqlite(tmp_path: Path, api: Account) -> Iterator[Destination]:
    """The account exported to SQLite, where differences are easily planted."""
    opened = open_destination(f"sqlite:///{tmp_path / 'ecore.db'}")
    sync(opened, api)
    yield opened
    opened.close()


@pytest.fixture
def plant(sqlite: Destination, tmp_path: Path) -> Callable[[str], None]:
    def run(statement: str) -> None:
        connection = sqlite3.connect(tmp_path / "ecore.db")
        with connection:
            assert connection.execute(statement).rowcount > 0
        connection.close()

    return run


def contents(folder: Path) -> list[str]:
    """All rows of the SQLite database there."""
    connection = sqlite3.connect(folder / "ecore.db")
    try:
        return list(connection.iterdump())
    finally:
        connection.close()


def republish(destination: Destination, job_id: int, rows: list[dict[str, Any]]) -> None:
    """Publish other rows for a job, as if an export had gone wrong."""
    table = pa.Table.from_pylist(rows, schema.RECORDS.arrow)
    jobs = read_jobs(destination, "default", job_ids=[job_id])
    with destination.lock(60.0):
        destination.publish(
            Publication(
                "default",
                jobs,
                exported=(job_id,),
                records=lambda: iter(table.to_batches()),
                record_rows=len(table),
            )
        )


def records_of(destination: Destination, job_id: int) -> list[dict[str, Any]]:
    return pa.Table.from_batches(
        read_records(destination, "default", job_ids=[job_id]), schema.RECORDS.arrow
    ).to_pylist()


def test_what_was_just_exported_agrees_in_every_destination(destination: Destination, api: Account) -> None:
    sync(destination, api)
    result = look(destination, api)
    assert found(result) == {}
    assert (result.jobs_checked, result.records_checked) == (len(SIZES), sum(SIZES))
    assert result.agrees


def test_records_that_went_wrong_are_named_and_repaired_in_every_destination(
    destination: Destination, api: Account
) -> None:
    sync(destination, api)
    large, small = records_of(destination, 1), records_of(destination, 2)
    republish(destination, 1, [large[0] | {"status": "Unknown", "validator_used": None}, *large[1:]])
    republish(destination, 2, [*small[1:], small[0] | {"record_id": small[-1]["record_id"] + 1}])
    expected = {
        1: ("1 record differs in: status, validator_used",),
        2: ("1 record missing", "1 record extra"),
    }
    assert found(look(destination, api)) == expected
    repaired = look(destination, api, fix=True)
    assert found(repaired) == expected
    assert repaired.fixed == {1, 2}
    assert repaired.agrees
    assert (records_of(destination, 1)[0]["status"], len(records_of(destination, 2))) == ("Valid", 3)
    assert found(look(destination, api)) == {}


@pytest.mark.parametrize(
    ("statement", "job_id", "reasons"),
    [
        (
            "DELETE FROM records WHERE job_id = 1 AND record_id IN (1000001, 1000250)",
            1,
            ("2 records missing", "records_exported is 250, there are 248"),
        ),
        (
            "DELETE FROM records WHERE job_id = 4",
            4,
            ("12 records missing", "records_exported is 12, there are 0"),
        ),
        ("UPDATE records SET ec_id = '' WHERE job_id = 2", 2, ("3 records differ in: ec_id",)),
        (
            "UPDATE records SET processed_at = NULL WHERE record_id = 4000002",
            4,
            ("1 record differs in: processed_at",),
        ),
        (
            "UPDATE records SET record_id = -1 WHERE record_id = 4000002",
            4,
            ("1 record missing", "1 record extra"),
        ),
        ("UPDATE jobs SET records_exported = 7 WHERE job_id = 3", 3, ("records_exported is 7, there are 0",)),
        (
            "UPDATE jobs SET list_name = NULL, total_credits_charged = 0.5 WHERE job_id = 2",
            2,
            ("facts differ: list_name, total_credits_charged",),
        ),
        ("UPDATE jobs SET duration = '9s' WHERE job_id = 1", 1, ("facts differ: duration",)),
        ("UPDATE jobs SET total_records = NULL WHERE job_id = 5", 5, ("facts differ: total_records",)),
        ("UPDATE jobs SET valid_count = 1 WHERE job_id = 5", 5, ("facts differ: valid_count",)),
        ("UPDATE jobs SET is_reconciled = NULL WHERE job_id = 2", 2, (verify_jobs.RECONCILES,)),
    ],
)
def test_a_planted_difference_is_named_and_repaired(
    statement: str,
    job_id: int,
    reasons: tuple[str, ...],
    sqlite: Destination,
    plant: Callable[[str], None],
    api: Account,
) -> None:
    before = records_of(sqlite, job_id)
    plant(statement)
    assert found(look(sqlite, api)) == {job_id: reasons}
    assert look(sqlite, api, fix=True).fixed == {job_id}
    assert found(look(sqlite, api)) == {}
    assert [row | {"run_id": ""} for row in records_of(sqlite, job_id)] == [
        row | {"run_id": ""} for row in before
    ]


def test_without_fix_nothing_is_written_and_no_lock_is_needed(
    sqlite: Destination, plant: Callable[[str], None], api: Account, tmp_path: Path
) -> None:
    plant("DELETE FROM records WHERE job_id = 1")
    api.delete(2)
    before = contents(tmp_path)
    other = open_destination(f"sqlite:///{tmp_path / 'ecore.db'}")
    with other.lock(60.0):
        assert found(look(sqlite, api)).keys() == {1, 2}
    other.close()
    assert contents(tmp_path) == before


def test_a_repair_is_a_recorded_run_and_needs_the_lock(
    sqlite: Destination,
    plant: Callable[[str], None],
    api: Account,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plant("DELETE FROM records WHERE job_id = 1")
    monkeypatch.setattr(runs, "LOCK_TIMEOUT_S", 0.0)
    other = open_destination(f"sqlite:///{tmp_path / 'ecore.db'}")
    with other.lock(60.0):
        held = look(sqlite, api, fix=True)
    other.close()
    assert isinstance(held.error, DestinationBusyError)
    assert (held.fixed, held.jobs_differing) == (frozenset(), 1)
    assert look(sqlite, api, fix=True).agrees
    last = read_runs(sqlite).to_pylist()[-1]
    assert (last["status"], last["jobs_exported"], last["records_written"]) == ("complete", 1, 250)


def test_a_repair_with_nothing_to_repair_writes_nothing(
    sqlite: Destination, api: Account, tmp_path: Path
) -> None:
    before = contents(tmp_path)
    assert look(sqlite, api, fix=True).agrees
    assert contents(tmp_path) == before


def test_a_small_job_takes_one_request_a_large_one_its_pages_and_facts_come_from_the_list(
    sqlite: Destination, api: Account
) -> None:
    api.requests.clear()
    result = look(sqlite, api)
    assert Counter(api.requests) == Counter(
        [
            "jobs/?page=1&page_size=100",
            *("jobs/2/", "jobs/3/", "jobs/4/"),
            *("jobs/1/records/?page=1&page_size=1000", "jobs/5/records/?page=1&page_size=1000"),
        ]
    )
    assert result.requests == len(api.requests)


def test_the_facts_of_few_large_jobs_among_many_are_read_by_id(tmp_path: Path) -> None:
    api = Account.of_sizes(*[0] * 130, 101)
    destination = open_destination(f"parquet:{tmp_path / 'warehouse'}")
    sync(destination, api)
    api.requests.clear()
    assert found(look(destination, api)) == {}
    assert Counter(api.requests) == Counter(
        [*(f"jobs/{n}/" for n in range(1, 132)), "jobs/131/records/?page=1&page_size=1000"]
    )


def test_many_small_jobs_are_read_back_in_one_query(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    api = Account.of_sizes(*[2] * 230)
    destination = open_destination(f"sqlite:///{tmp_path / 'ecore.db'}")
    sync(destination, api)
    asked: list[int] = []

    def counted(opened: Destination, account: str, *, job_ids: list[int]) -> Iterator[pa.RecordBatch]:
        asked.append(len(job_ids))
        return read_records(opened, account, job_ids=job_ids)

    monkeypatch.setattr(verify_jobs, "read_records", counted)
    assert found(look(destination, api)) == {}
    assert asked == [230]
    destination.close()


def test_named_jobs_alone_are_looked_at(
    sqlite: Destination, plant: Callable[[str], None], api: Account
) -> None:
    plant("DELETE FROM records WHERE job_id IN (1, 2)")
    api.requests.clear()
    assert found(look(sqlite, api, job_ids=[2, 4])).keys() == {2}
    assert sorted(api.requests) == ["jobs/2/", "jobs/4/"]


def test_named_jobs_with_nothing_to_compare_say_why(
    sqlite: Destination, plant: Callable[[str], None], api: Account
) -> None:
    api.add(6, 4, status="Processing")
    sync(sqlite, api)
    plant("UPDATE jobs SET deleted_at = '2026-06-01T00:00:00.000000Z' WHERE job_id = 2")
    plant("UPDATE jobs SET records_exported = NULL WHERE job_id = 4")
    result = look(sqlite, api, job_ids=[2, 4, 6, 99])
    assert found(result) == {
        2: ("marked as deleted, not compared",),
        4: ("final, but not exported",),
        6: ("not final yet, not compared",),
        99: ("not known in the destination",),
    }
    assert (result.jobs_differing, result.jobs_checked) == (2, 0)
    assert look(sqlite, api, job_ids=[2, 4, 6], fix=True).fixed == {4}
    assert isinstance(look(sqlite, api, job_ids=[99], fix=True).error, NotFoundError)


def test_a_job_that_is_gone_is_reported_and_with_fix_marked_as_deleted(
    sqlite: Destination, api: Account
) -> None:
    api.delete(1)
    api.delete(2)
    gone = {1: (verify_jobs.GONE,), 2: (verify_jobs.GONE,)}
    assert found(look(sqlite, api)) == gone
    result = look(sqlite, api, fix=True)
    assert (found(result), result.fixed) == (gone, {1, 2})
    deleted = read_jobs(sqlite, "default", job_ids=[1, 2], columns=["deleted_at"])["deleted_at"]
    assert deleted.null_count == 0
    assert len(records_of(sqlite, 1)) == 250
    assert found(look(sqlite, api)) == {}


def test_another_accounts_token_is_recognised_and_not_taken_for_deletions(
    sqlite: Destination, tmp_path: Path
) -> None:
    other = Account()
    other.add(1000, 5)
    before = contents(tmp_path)
    assert isinstance(look(sqlite, other, fix=True).error, AccountMismatchError)
    assert contents(tmp_path) == before


def test_what_changed_at_ecore_since_is_a_difference(sqlite: Destination, api: Account) -> None:
    api.job(1)["list_name"] = "Renamed"
    api.records[2][0]["validator_used"] = "Other"
    api.records[5][100]["error_message"] = "late"
    assert found(look(sqlite, api)) == {
        1: ("facts differ: list_name",),
        2: ("1 record differs in: validator_used",),
        5: ("1 record differs in: error_message",),
    }
    assert look(sqlite, api, fix=True).fixed == {1, 2, 5}


def test_a_job_that_is_running_again_is_reported_and_with_fix_waits_for_its_end(
    sqlite: Destination, api: Account
) -> None:
    for job_id in (1, 2):
        api.job(job_id)["status"] = "Processing"
        api.job(job_id)["valid_count"] -= 1
        api.records[job_id][0]["status"] = "Pending"
    reasons = (verify_jobs.RUNNING, "facts differ: status, is_final, valid_count, other_count")
    assert found(look(sqlite, api)) == {1: reasons, 2: reasons}
    assert look(sqlite, api, fix=True).fixed == {1, 2}
    assert read_jobs(sqlite, "default", job_ids=[1], columns=["records_exported"])[0].null_count == 1


def test_a_job_that_adds_up_no_more_is_rejected_and_a_repair_does_not_hide_that(
    sqlite: Destination, api: Account
) -> None:
    api.records[2].pop()
    result = look(sqlite, api, fix=True)
    ((reason,),) = found(result).values()
    assert reason.startswith("job is rejected: records do not add up: 2 unique ids")
    assert (result.fixed, result.agrees) == (frozenset(), False)
    assert read_rejects(sqlite, "default")["job_id"].to_pylist() == [2]
    assert len(records_of(sqlite, 2)) == 3


def test_a_job_that_cannot_be_read_any_more_is_rejected(sqlite: Destination, api: Account) -> None:
    api.job(1)["uuid"] = None
    api.records[4][3]["status"] = 5
    said = found(look(sqlite, api))
    assert said.keys() == {1, 4}
    assert all(reasons[0].startswith("job is rejected: ") for reasons in said.values())


class TestAcceptedJobs:
    """Jobs that did not add up and were exported all the same."""

    @pytest.fixture(autouse=True)
    def _accept(self, sqlite: Destination, api: Account) -> None:
        api.add(6, 5)["valid_count"] = 99
        run_sync(settings(), sqlite, SyncOptions(), http_client=http_client_of(api.handle))
        assert accept(settings(), sqlite, [6], http_client=http_client_of(api.handle)).jobs_exported == 1

    def test_they_are_told_but_are_no_difference(self, sqlite: Destination, api: Account) -> None:
        result = look(sqlite, api)
        assert found(result) == {6: (verify_jobs.ACCEPTED,)}
        assert (result.jobs_differing, result.agrees) == (0, True)

    def test_they_are_repaired_as_they_were_accepted(
        self, sqlite: Destination, plant: Callable[[str], None], api: Account
    ) -> None:
        plant("DELETE FROM records WHERE record_id = 6000001")
        result = look(sqlite, api, fix=True)
        reasons = ("1 record missing", "records_exported is 5, there are 4", verify_jobs.ACCEPTED)
        assert (found(result), result.fixed) == ({6: reasons}, {6})
        assert (len(records_of(sqlite, 6)), len(read_rejects(sqlite, "default"))) == (5, 0)

    def test_once_they_add_up_a_repair_says_so(self, sqlite: Destination, api: Account) -> None:
        api.job(6)["valid_count"] = 2
        result = look(sqlite, api, fix=True)
        reasons = ("facts differ: valid_count, other_count", verify_jobs.RECONCILES)
        assert (found(result), result.fixed) == ({6: reasons}, {6})
        assert read_jobs(sqlite, "default", job_ids=[6])["is_reconciled"].to_pylist() == [True]


@pytest.mark.parametrize("order", ["ascending", "descending", "mixed"])
def test_a_large_job_is_compared_piece_by_piece_whatever_the_order_of_its_records(
    order: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = Account.of_sizes(9_000)
    if order == "descending":
        api.records[1].reverse()
    elif order == "mixed":
        api.records[1] = [api.records[1][n * 7 % 9_000] for n in range(9_000)]
    destination = open_destination(f"sqlite:///{tmp_path / 'ecore.db'}")
    sync(destination, api)
    connection = sqlite3.connect(tmp_path / "ecore.db")
    with connection:
        connection.execute("DELETE FROM records WHERE record_id % 4000 = 3")
        connection.execute("UPDATE records SET record_id = record_id + 77777 WHERE record_id % 5000 = 4")
        connection.execute("UPDATE records SET email_domain = NULL WHERE record_id % 1000 = 7")
    connection.close()
    monkeypatch.setattr(verify_rows, "PIECE_ROWS", 2_000)
    sizes = []
    compare = verify_rows._compare

    def measured(expected: pa.Table, stored: pa.Table, found: dict[int, RowDifferences]) -> None:
        sizes.append(max(len(expected), len(stored)))
        compare(expected, stored, found)

    monkeypatch.setattr(verify_rows, "_compare", measured)
    assert found(look(destination, api)) == {
        1: (
            "5 records missing",
            "2 records extra",
            "9 records differ in: email_domain",
            "records_exported is 9000, there are 8997",
        )
    }
    assert (len(sizes), max(sizes) < 4_000) == (5, True)
    destination.close()


ROWS = st.dictionaries(
    st.tuples(st.integers(1, 3), st.integers(-(2**63), 2**63 - 1) | st.integers(0, 3_000)),
    st.tuples(st.sampled_from([None, "", "a", "a\0"]), st.sampled_from(["Valid", "Invalid"])),
    max_size=12,
)


def as_batches(rows: dict[tuple[int, int], tuple[str | None, str]], pieces: int) -> Iterator[pa.RecordBatch]:
    instant = datetime(2026, 5, 6, tzinfo=UTC)
    for start in range(0, len(rows), pieces):
        some = list(rows.items())[start : start + pieces]
        yield pa.RecordBatch.from_pylist(
            [
                {
                    **dict.fromkeys(schema.RECORDS.names),
                    **{"account": "default", "job_id": job_id, "record_id": record_id, "ec_id": ec_id},
                    **{"status": status, "job_created_at": instant, "run_id": "r"},
                }
                for (job_id, record_id), (ec_id, status) in some
            ],
            schema.RECORDS.arrow,
        )


@property_settings(deadline=None)
@given(ours=ROWS, theirs=ROWS, kept=ROWS, rows=st.sampled_from([0, 10**5, 10**6]), batch=st.integers(1, 12))
def test_however_rows_are_cut_the_differences_are_the_same(
    ours: Any, theirs: Any, kept: Any, rows: int, batch: int
) -> None:
    ours, theirs = {**ours, **kept}, {**theirs, **dict(reversed(kept.items()))}
    counted = {
        job_id: [
            sum(key[0] == job_id for key in theirs),
            sum(key[0] == job_id for key in ours.keys() - theirs.keys()),
            sum(key[0] == job_id for key in theirs.keys() - ours.keys()),
            sum(key[0] == job_id and ours[key] != theirs[key] for key in ours.keys() & theirs.keys()),
        ]
        for job_id in {key[0] for key in ours.keys() | theirs.keys()}
    }
    compared = compare_records(as_batches(ours, batch), as_batches(theirs, 5), rows=rows)
    assert {j: [d.stored, d.missing, d.extra, d.differing] for j, d in compared.items()} == counted
    changed = {
        (key[0], name)
        for key in ours.keys() & theirs.keys()
        for name, mine, its in zip(("ec_id", "status"), ours[key], theirs[key], strict=True)
        if mine != its
    }
    assert {(j, name) for j, d in compared.items() for name in d.columns} == changed


def test_a_nul_that_a_database_cannot_store_is_no_difference(destination: Destination) -> None:
    api = Account()
    api.add(1, [record_json(1, ec_id="a\0b")], list_name="A\0B")
    sync(destination, api)
    assert found(look(destination, api)) == {}


def test_two_accounts_in_one_destination_do_not_mix(
    sqlite: Destination, plant: Callable[[str], None], api: Account
) -> None:
    other = Account.of_sizes(4, 130)
    for job in other.jobs:
        job["uuid"] = job["uuid"].replace("f8a1c3e5", "0a1b2c3d")
    sync(sqlite, other, account="other")
    plant("DELETE FROM records WHERE account = 'other' AND job_id = 2")
    assert found(look(sqlite, api)) == {}
    result = look(sqlite, other, account="other", fix=True)
    assert found(result) == {2: ("130 records missing", "records_exported is 130, there are 0")}
    assert (result.jobs_checked, result.fixed) == (2, {2})
    assert found(look(sqlite, api)) == {}
    with pytest.raises(DestinationError, match="there are 'default', 'other'"):
        look(sqlite, api, account="nobody")


@pytest.mark.parametrize("mode", ["hash", "drop"])
def test_what_is_compared_is_what_the_privacy_mode_stores(mode: str, tmp_path: Path, api: Account) -> None:
    api.records[1][4]["error_message"] = "no answer for person7@example.com"
    destination = open_destination(f"parquet:{tmp_path / 'warehouse'}")
    sync(destination, api, pii=mode)
    key = Secret("k" * 40) if mode == "hash" else None
    assert found(verify(settings(pii_key=key), destination, http_client=http_client_of(api.handle))) == {}
    if mode == "hash":
        with pytest.raises(SettingsError):
            verify(settings(pii_key=Secret("x" * 40)), destination, http_client=http_client_of(api.handle))


def test_records_that_were_pruned_are_not_missed_but_facts_are_compared(
    sqlite: Destination, plant: Callable[[str], None], api: Account
) -> None:
    write_meta(sqlite, {"records_pruned_before": "2026-05-01T00:02:00+00:00"})
    plant("DELETE FROM records WHERE job_id <= 2")
    plant("UPDATE jobs SET duration = '' WHERE job_id = 2")
    result = look(sqlite, api, fix=True)
    assert (found(result), result.fixed) == ({2: ("facts differ: duration",)}, {2})
    assert (result.jobs_checked, result.records_checked) == (5, 113)
    assert records_of(sqlite, 2) == []


def test_a_job_that_the_api_fails_to_give_does_not_keep_the_others(
    sqlite: Destination, plant: Callable[[str], None], api: Account
) -> None:
    plant("DELETE FROM records WHERE job_id IN (1, 2, 4)")
    api.before = lambda target: Reply(500) if target == "jobs/2/" else None
    result = look(sqlite, api, fix=True)
    assert isinstance(result.error, ServerError)
    assert {finding.job_id for finding in result.findings} == {1, 4}
    assert (result.fixed, result.jobs_checked) == (frozenset(), 4)


def test_a_refused_token_ends_it_at_once(sqlite: Destination, api: Account) -> None:
    api.before = lambda _: json_reply({"detail": "Invalid token."}, 401)
    result = look(sqlite, api)
    assert isinstance(result.error, AuthenticationError)
    assert result.jobs_checked == 0


def test_a_destination_that_was_never_written_is_no_agreement(tmp_path: Path, api: Account) -> None:
    with pytest.raises(DestinationError, match="nothing was ever exported"):
        look(open_destination(f"parquet:{tmp_path / 'warehouse'}"), api)
    assert api.requests == []


def test_no_finding_holds_an_address_or_the_token(
    sqlite: Destination, plant: Callable[[str], None], api: Account
) -> None:
    plant("UPDATE records SET email = 'planted@example.org', error_message = email WHERE job_id < 3")
    plant("UPDATE jobs SET list_name = 'planted@example.org' WHERE job_id = 3")
    api.records[4][0]["status"] = ["person@example.com"]
    shown = json.dumps(look(sqlite, api).as_dict())
    assert len(json.loads(shown)["findings"]) == 4
    assert "@" not in shown
    assert TOKEN not in shown


def test_progress_counts_every_job_and_record(sqlite: Destination, api: Account) -> None:
    class Told(Progress):
        def __init__(self) -> None:
            self.begun: list[tuple[int, int]] = []
            self.done = [0, 0]

        def begin(self, jobs: int, records: int) -> None:
            self.begun.append((jobs, records))

        def read(self, jobs: int, records: int) -> None:
            self.done = [self.done[0] + jobs, self.done[1] + records]

    told = Told()
    api.delete(2)
    look(sqlite, api, progress=told)
    assert told.begun == [(5, 366)]
    assert told.done == [5, 363]


class TestCommand:
    """`ecore-export verify`."""

    @pytest.fixture
    def dest(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
        url = f"sqlite:///{tmp_path / 'ecore.db'}"
        with served(Sandbox(sizes=[250, 3, 7]), monkeypatch):
            assert main(["sync", url]) == 0
            yield url

    @staticmethod
    def break_job_2(tmp_path: Path) -> None:
        connection = sqlite3.connect(tmp_path / "ecore.db")
        with connection:
            connection.execute("DELETE FROM records WHERE job_id = 2")
        connection.close()

    def test_agreement_is_exit_code_0(self, dest: str, capsys: pytest.CaptureFixture[str]) -> None:
        capsys.readouterr()
        assert main(["verify", dest]) == 0
        shown = capsys.readouterr()
        assert shown.out == "3 jobs with 260 records checked in 4 requests: no differences\n"
        assert shown.err == ""

    def test_nothing_to_compare_is_no_good_news(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        url = f"sqlite:///{tmp_path / 'ecore.db'}"
        with served(Sandbox(sizes=[3]), monkeypatch):
            assert main(["sync", url, "--no-records"]) == 0
            assert main(["verify", url]) == 0
        told = capsys.readouterr().out
        assert "nothing is exported, so nothing was compared" in told
        assert "no differences" not in told

    def test_a_difference_is_a_line_and_exit_code_1_until_it_is_fixed(
        self, dest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        self.break_job_2(tmp_path)
        capsys.readouterr()
        line = "job 2: 3 records missing; records_exported is 3, there are 0"
        assert main(["verify", dest, "--jobs", "2,3"]) == 1
        assert capsys.readouterr().out.splitlines() == [
            line,
            "2 jobs with 10 records checked in 2 requests: 1 differ",
        ]
        assert main(["verify", dest, "--fix"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == f"{line} (fixed)"
        assert lines[1].endswith("1 differ, 1 of them fixed")
        assert main(["verify", dest]) == 0

    def test_json_is_one_object(self, dest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.break_job_2(tmp_path)
        capsys.readouterr()
        assert main(["verify", dest, "--json"]) == 1
        about = json.loads(capsys.readouterr().out)
        assert (about["agrees"], about["jobs_checked"], about["jobs_differing"]) == (False, 3, 1)
        assert about["findings"] == [
            {
                "job_id": 2,
                "is_difference": True,
                "is_fixed": False,
                "reasons": ["3 records missing", "records_exported is 3, there are 0"],
            }
        ]

    def test_an_error_is_one_line_and_its_exit_code(
        self, dest: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("ECORE_API_TOKEN", "wrong")
        capsys.readouterr()
        assert main(["verify", dest]) == 1
        assert_one_error_line(capsys.readouterr().err)
        monkeypatch.delenv("ECORE_API_TOKEN")
        assert main(["verify", dest]) == 2

    def test_a_place_that_was_never_written_is_exit_code_1(
        self, dest: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        capsys.readouterr()
        assert main(["verify", f"parquet:{tmp_path / 'elsewhere'}"]) == 1
        assert "nothing was ever exported" in capsys.readouterr().err
