"""What of an address is stored: the privacy modes, erasing, pruning; on every destination."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from backends import on_a_folder_and_a_database
from scripted_api import Account, http_client_of
from sync_truth import Warehouse

from ecore_export.api.columns import RECORD_ROWS_ARROW
from ecore_export.destinations import (
    Destination,
    read_history,
    read_jobs,
    read_meta,
    read_records,
    read_rejects,
    read_runs,
    read_suppressed,
)
from ecore_export.errors import SettingsError
from ecore_export.privacy import BLANKED, PLACEHOLDER, Privacy, address_hash
from ecore_export.sandbox import BASE_PATH, Fault, Sandbox
from ecore_export.settings import Secret, Settings, load_pii_key
from ecore_export.syncing import SyncOptions, SyncResult, erase, prune, run_sync

pytestmark = pytest.mark.thorough

KEY = Secret("a key for tests, long enough to be one")
FUTURE = datetime(2100, 1, 1, tzinfo=UTC)


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(sizes=[0, 3, 150, 1200])


def sync(
    sandbox: Sandbox, destination: Destination, key: Secret | None = KEY, **options: object
) -> SyncResult:
    settings = Settings(Secret(sandbox.token), base_url=f"http://localhost{BASE_PATH}", pii_key=key)
    return run_sync(settings, destination, SyncOptions(**options), http_client=http_client_of(sandbox.handle))


def records(destination: Destination) -> list[dict]:
    return [row for batch in read_records(destination, "default") for row in batch.to_pylist()]


def addresses(sandbox: Sandbox, job_id: int) -> list[str]:
    answer = sandbox.handle(
        "GET",
        f"{BASE_PATH}email-validation/jobs/{job_id}/records/",
        "page_size=1000",
        {"Authorization": f"Token {sandbox.token}"},
    )
    return [record["email"] for record in json.loads(answer.body)["results"]]


def rows(**columns: object) -> pa.RecordBatch:
    given = {"record_id": 1, "email": "ann@example.com", "status": "Valid", "is_cached": False} | columns
    return pa.RecordBatch.from_pylist([given], RECORD_ROWS_ARROW)


@on_a_folder_and_a_database
def test_keep_stores_the_address_as_it_is(sandbox: Sandbox, destination: Destination) -> None:
    assert sync(sandbox, destination).status == "complete"
    stored = [r["email"] for r in records(destination) if r["job_id"] == 2]
    assert sorted(stored) == sorted(addresses(sandbox, 2))
    assert all(r["email_hash"] is None for r in records(destination))


@on_a_folder_and_a_database
def test_hash_stores_a_keyed_hash_that_joins_and_no_address(
    sandbox: Sandbox, destination: Destination
) -> None:
    assert sync(sandbox, destination, pii="hash").status == "complete"
    stored = {r["email_hash"] for r in records(destination) if r["job_id"] == 2}
    assert stored == {address_hash(KEY, address) for address in addresses(sandbox, 2)}
    assert all(r["email"] is None and r["email_domain"] for r in records(destination))


@on_a_folder_and_a_database
def test_drop_stores_neither_address_nor_hash(sandbox: Sandbox, destination: Destination) -> None:
    assert sync(sandbox, destination, pii="drop").status == "complete"
    assert len(records(destination)) == 1353
    assert all(r["email"] is None and r["email_hash"] is None for r in records(destination))


@on_a_folder_and_a_database
def test_the_mode_of_a_destination_is_kept_when_none_is_asked_for(
    sandbox: Sandbox, destination: Destination
) -> None:
    sync(sandbox, destination, pii="drop")
    sandbox.add_job(5)
    assert sync(sandbox, destination).records_written == 5
    assert all(r["email"] is None for r in records(destination))


@on_a_folder_and_a_database
@pytest.mark.parametrize(
    ("asked", "key", "said"),
    [
        ({"pii": "keep"}, KEY, "--pii hash, not keep"),
        ({}, Secret("another key"), "ECORE_PII_KEY is not the key"),
        ({}, None, "set ECORE_PII_KEY"),
    ],
)
def test_another_mode_or_key_is_refused_and_changes_nothing(
    sandbox: Sandbox, destination: Destination, asked: dict, key: Secret | None, said: str
) -> None:
    sync(sandbox, destination, pii="hash")
    before = records(destination), read_meta(destination), read_runs(destination).num_rows
    sandbox.add_job(5)
    with pytest.raises(SettingsError, match=said):
        sync(sandbox, destination, key, **asked)
    assert (records(destination), read_meta(destination), read_runs(destination).num_rows) == before


@on_a_folder_and_a_database
def test_the_key_is_not_stored_only_a_fingerprint(sandbox: Sandbox, destination: Destination) -> None:
    sync(sandbox, destination, pii="hash")
    assert read_meta(destination)["privacy_key_fingerprint"]
    assert KEY.reveal() not in json.dumps(read_meta(destination))


def test_erasing_blanks_an_address_and_keeps_its_rows(sandbox: Sandbox, destination: Destination) -> None:
    sync(sandbox, destination)
    address = addresses(sandbox, 4)[7]
    before = records(destination)
    erased = erase(destination, [f" {address.upper()} "]).records
    after = records(destination)
    assert erased == sum(r["email"] == address for r in before) >= 1
    for old, new in zip(before, after, strict=True):
        if old["email"] == address:
            assert new == old | dict.fromkeys(BLANKED)
        else:
            assert new == old


@pytest.mark.parametrize("mode", ["keep", "hash", "drop"])
def test_later_syncs_keep_an_erased_address_out(
    sandbox: Sandbox, destination: Destination, mode: str
) -> None:
    sync(sandbox, destination, pii=mode)
    address = addresses(sandbox, 3)[11]
    erase(destination, [address], pii_key=KEY)
    assert sync(sandbox, destination, refetch=True).status == "complete"
    blank = [r for r in records(destination) if all(r[name] is None for name in BLANKED)]
    assert len(blank) >= 1
    assert all(r["email"] != address for r in records(destination))
    assert len(records(destination)) == 1353


def test_erasing_again_is_harmless(sandbox: Sandbox, destination: Destination) -> None:
    sync(sandbox, destination)
    address = addresses(sandbox, 2)[0]
    erase(destination, [address])
    suppressed = read_suppressed(destination)
    assert erase(destination, [address]).records == 0
    assert read_suppressed(destination) == suppressed
    assert address not in str(suppressed)


def test_erasing_covers_rejects_history_and_list_names(sandbox: Sandbox, destination: Destination) -> None:
    address = addresses(sandbox, 2)[1]

    def spoil(payload: dict) -> dict:
        payload["records"][1]["is_cached"] = "yes"
        return payload

    sandbox.faults.add(Fault("mutate", path=r"/jobs/2/$", mutate=spoil))
    sandbox.change_job(3, list_name=f"for {address} only")
    assert sync(sandbox, destination).status == "partial"
    assert address in read_rejects(destination, "default")["raw"][0].as_py()
    erase(destination, [address])
    assert read_rejects(destination, "default")["raw"].to_pylist() == [None]
    for table in (read_jobs(destination, "default"), read_history(destination, "default")):
        assert address not in str(table["list_name"].to_pylist())
        assert PLACEHOLDER in table["list_name"].to_pylist()
    assert sync(sandbox, destination).status == "partial"
    sync(sandbox, destination, full=True)
    everything = [
        read_jobs(destination, "default"),
        read_history(destination, "default"),
        read_rejects(destination, "default", only_open=False),
    ]
    assert address not in str([table.to_pylist() for table in everything])


def test_erased_addresses_are_not_left_in_files(sandbox: Sandbox, tmp_path: Path) -> None:
    from ecore_export.destinations import open_destination

    for url in (f"parquet:{tmp_path}/p", f"sqlite:///{tmp_path}/s.sqlite", f"duckdb:///{tmp_path}/d.duckdb"):
        opened = open_destination(url)
        sync(sandbox, opened)
        address = addresses(sandbox, 4)[500]
        erase(opened, [address])
        opened.close()
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert files
        assert not [path for path in files if address.encode() in path.read_bytes()]


@on_a_folder_and_a_database
def test_what_is_no_address_is_refused(destination: Destination) -> None:
    for nonsense in ("", "@", "no address", "jane@exa mple.com", "jane"):
        with pytest.raises(SettingsError, match="no address"):
            erase(destination, [nonsense])


def test_pruning_removes_records_and_keeps_jobs_and_their_figures(
    sandbox: Sandbox, destination: Destination
) -> None:
    sync(sandbox, destination)
    jobs = read_jobs(destination, "default")
    limit = jobs["created_at"][2].as_py()
    older = {row["job_id"] for row in jobs.to_pylist() if row["created_at"] < limit}
    removed = prune(destination, limit)
    assert removed == sum(row["records_exported"] for row in jobs.to_pylist() if row["job_id"] in older)
    assert {r["job_id"] for r in records(destination)}.isdisjoint(older)
    assert read_jobs(destination, "default").equals(jobs)


@on_a_folder_and_a_database
def test_pruned_records_do_not_come_back(sandbox: Sandbox, destination: Destination) -> None:
    sync(sandbox, destination)
    prune(destination, FUTURE)
    assert sync(sandbox, destination, refetch=True).records_written == 0
    assert records(destination) == []
    assert prune(destination, datetime(2000, 1, 1, tzinfo=UTC)) == 0
    assert sync(sandbox, destination, refetch=True).records_written == 0


def test_rejected_jobs_that_are_pruned_do_not_come_back_either(tmp_path: Path) -> None:
    account = Account.of_sizes(3, 5)
    lost = account.records[2].pop()
    warehouse = Warehouse(f"parquet:{tmp_path}/w", account.handle)
    assert warehouse.sync().status == "partial"
    warehouse.change_jobs(lambda opened: prune(opened, FUTURE))
    result = warehouse.accept(2)
    assert (result.status, type(result.error)) == ("failed", SettingsError)
    account.records[2].append(lost)
    assert warehouse.sync().status == "complete"
    assert warehouse.rejects() == []
    assert warehouse.records() == []


def test_addresses_in_error_texts_are_masked_where_addresses_are_not_kept() -> None:
    told = rows(error_message='no MX for <ann@example.com>, nor for "bob@example.org".')
    masked = Privacy("drop").rows(told)["error_message"][0].as_py()
    assert masked == f'no MX for <{PLACEHOLDER}>, nor for "{PLACEHOLDER}".'
    assert Privacy("keep").rows(told).equals(told)


def test_examples_of_rejects_lose_their_texts_where_addresses_are_not_kept() -> None:
    raw = json.dumps({"id": 7, "email": "ann@example.com", "note": ["x"], "is_cached": 3})
    assert json.loads(Privacy("drop").raw(raw) or "") == {
        "id": 7,
        "email": "<string>",
        "note": ["<string>"],
        "is_cached": 3,
    }
    assert Privacy("keep").raw(raw) == raw
    assert Privacy("drop").raw(raw[:20]) == '"<cut>"'
    assert Privacy("drop").raw(None) is None


def test_the_same_address_hashes_alike_whatever_its_case_and_unlike_under_another_key() -> None:
    assert address_hash(KEY, "Ann@Example.com ") == address_hash(KEY, "ann@example.com")
    assert address_hash(KEY, "ann@example.com") != address_hash(Secret("other"), "ann@example.com")


def test_a_key_that_can_be_guessed_is_refused():
    assert load_pii_key("k" * 16).reveal() == "k" * 16
    assert load_pii_key(environ={}) is None
    with pytest.raises(SettingsError, match="too short"):
        load_pii_key(environ={"ECORE_PII_KEY": "abc"})
