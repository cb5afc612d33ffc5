"""What a load into somebody else's engine finds new: by the list alone, without a destination of ours."""

from __future__ import annotations

import re
from typing import Any

import pytest
from scripted_api import Account, Reply, http_client_of, json_reply, page_json, settings

from ecore_export import JobNotLoadedWarning, schema
from ecore_export.errors import DailyCapError, IncompleteDataWarning, ServerError
from ecore_export.integrations.loads import Load
from ecore_export.privacy import Privacy
from ecore_export.reading import Session
from ecore_export.settings import Secret

pytestmark = pytest.mark.thorough

Rows = list[dict[str, Any]]


class Engine:
    """Loads an account as an engine does that keeps our state: rows by table, of the newest load."""

    def __init__(self, account: Account, privacy: Privacy | None = None) -> None:
        self.account = account
        self.state: dict[str, Any] = {}
        self._privacy = privacy or Privacy()

    def load(self, *, with_records: bool = True, max_requests: int | None = None) -> dict[str, Rows]:
        self.account.requests.clear()
        with Session.open(
            settings(attempts=2, workers=2),
            http_client=http_client_of(self.account.handle),
            max_requests=max_requests,
        ) as session:
            one = Load(session, "default", self._privacy, self.state, destination="test")
            found: dict[str, Rows] = {table.name: [] for table in schema.ALL_TABLES}
            for table, rows in one.run(with_records=with_records):
                assert rows.schema == table.arrow
                found[table.name] += rows.to_pylist()
        return found


def ids(rows: Rows) -> list[int]:
    return sorted({row["job_id"] for row in rows})


def test_a_second_load_takes_the_requests_of_the_listing_alone() -> None:
    engine = Engine(Account.of_sizes(*[3] * 250))
    assert ids(engine.load()["records"]) == list(range(1, 251))
    found = engine.load()
    assert (found["records"], found["jobs"]) == ([], [])
    assert engine.account.requests == ["jobs/?page=1&page_size=100"]
    (run,) = found["sync_runs"]
    assert (run["status"], run["requests"], run["jobs_exported"]) == ("complete", 1, 0)


def test_a_new_job_comes_and_a_running_one_when_it_is_final() -> None:
    account = Account.of_sizes(3, 120)
    account.add(3, 5, status="Processing")
    engine = Engine(account)
    first = engine.load()
    assert ids(first["records"]) == [1, 2]
    assert {row["job_id"]: row["records_exported"] for row in first["jobs"]} == {1: 3, 2: 120, 3: None}
    account.job(3)["status"] = "Processed"
    account.add(4, 7)
    second = engine.load()
    assert ids(second["records"]) == ids(second["jobs"]) == [3, 4]
    (seen_again,) = [row for row in second["jobs"] if row["job_id"] == 3]
    assert seen_again["first_seen_at"] < seen_again["changed_at"]
    assert engine.load()["jobs"] == []


def test_a_running_job_below_the_frontier_is_asked_for() -> None:
    account = Account()
    account.add(1, 5, status="Processing", created_at="2026-01-01T00:00:00Z")
    for job_id in range(2, 150):
        account.add(job_id, 1)
    engine = Engine(account)
    engine.load()
    account.job(1)["status"] = "Processed"
    assert ids(engine.load()["records"]) == [1]


def test_a_job_that_shows_up_late_is_found() -> None:
    account = Account.of_sizes(*[1] * 130)
    hidden = account.delete(100)
    engine = Engine(account)
    assert 100 not in ids(engine.load()["records"])
    account.jobs.insert(30, hidden)
    assert ids(engine.load()["records"]) == [100]
    assert engine.load()["records"] == []


def test_a_job_that_shows_up_very_late_is_found() -> None:
    account = Account.of_sizes(*[1] * 130)
    hidden = account.delete(1)
    engine = Engine(account)
    engine.load()
    account.jobs.append(hidden)
    assert 1 in ids(engine.load()["records"])
    assert engine.load()["records"] == []


def test_deleted_jobs_bring_nothing_again() -> None:
    account = Account.of_sizes(*[1] * 130)
    engine = Engine(account)
    engine.load()
    for job_id in (1, 70, 130):
        account.delete(job_id)
    assert engine.load()["records"] == []
    assert len(account.requests) == 1 + 2
    engine.load()
    assert len(account.requests) == 1


@pytest.mark.filterwarnings("ignore:.*were not listed")
def test_a_list_that_does_not_hold_all_jobs_is_said_and_the_rest_is_found_later() -> None:
    account = Account.of_sizes(*[1] * 130)
    hidden = account.delete(1)

    def counts_one_more(target: str) -> Reply | None:
        found = re.fullmatch(r"jobs/\?page=(\d+)&page_size=(\d+)", target)
        if not found:
            return None
        number, size = int(found[1]), int(found[2])
        some = account.jobs[(number - 1) * size : number * size]
        return json_reply(page_json(some, count=130, number=number, pages=-(-129 // size)))

    account.before = counts_one_more
    engine = Engine(account)
    with pytest.warns(IncompleteDataWarning, match="1 jobs that the API counts were not listed"):
        found = engine.load()
    assert found["sync_runs"][0]["status"] == "partial"
    assert engine.load()["records"] == []
    account.before = lambda _target: None
    account.delete(130)
    account.jobs.append(hidden)
    assert 1 in ids(engine.load()["records"])
    assert engine.load()["records"] == []


def test_a_job_that_does_not_add_up_is_left_out_and_comes_once_it_does() -> None:
    account = Account.of_sizes(3, 4, 5)
    account.job(2)["valid_count"] += 1
    engine = Engine(account)
    with pytest.warns(JobNotLoadedWarning, match="job 2 is left out"):
        found = engine.load()
    assert ids(found["records"]) == [1, 3]
    assert {row["job_id"]: row["records_exported"] for row in found["jobs"]} == {1: 3, 2: None, 3: 5}
    assert (found["sync_runs"][0]["status"], found["sync_runs"][0]["jobs_rejected"]) == ("partial", 1)
    account.job(2)["valid_count"] -= 1
    assert ids(engine.load()["records"]) == [2]


def test_what_was_complete_comes_before_a_spent_cap_and_the_rest_later() -> None:
    account = Account.of_sizes(150, 2_500)
    engine = Engine(account)
    with pytest.warns(IncompleteDataWarning, match="ended early.*budget"):
        found = engine.load(max_requests=4)
    assert ids(found["records"]) == [2]
    assert found["sync_runs"][0]["status"] == "stopped"
    assert ids(engine.load()["records"]) == [1]


def test_a_load_that_brings_nothing_raises() -> None:
    account = Account.of_sizes(150)
    account.before = lambda target: Reply(429, b"", {"retry-after": "86400"}) if "records" in target else None
    with pytest.raises(DailyCapError):
        Engine(account).load()
    account.before = lambda _target: Reply(500)
    with pytest.raises(ServerError):
        Engine(account).load()


def test_an_account_without_jobs_brings_a_run_and_the_first_job_later() -> None:
    engine = Engine(Account())
    assert [name for name, rows in engine.load().items() if rows] == ["sync_runs"]
    engine.account.add(1, 3)
    assert ids(engine.load()["records"]) == [1]


def test_jobs_alone_take_no_request_for_records_and_records_can_come_later() -> None:
    account = Account.of_sizes(3, 120)
    account.add(3, 5, status="Processing", created_at="2026-01-01T00:00:00Z")
    engine = Engine(account)
    found = engine.load(with_records=False)
    assert (ids(found["jobs"]), found["records"], len(account.requests)) == ([1, 2, 3], [], 1)
    account.job(3)["status"] = "Processed"
    (changed,) = [row for row in engine.load(with_records=False)["jobs"] if row["job_id"] == 3]
    assert changed["status"] == "Processed"
    assert ids(engine.load()["records"]) == [1, 2, 3]


def test_a_job_that_is_gone_is_asked_for_no_more() -> None:
    account = Account.of_sizes(3)
    account.add(2, 5, status="Processing", created_at="2026-01-01T00:00:00Z")
    engine = Engine(account)
    engine.load()
    account.delete(2)
    engine.load()
    engine.load()
    assert account.requests == ["jobs/?page=1&page_size=100"]


def test_the_privacy_mode_holds_for_every_table() -> None:
    account = Account.of_sizes(3)
    account.job(1)["list_name"] = "from person9@example.com"
    found = Engine(account, Privacy(mode="hash", key=Secret("k" * 32))).load()
    assert all(row["email"] is None and row["email_hash"] for row in found["records"])
    assert "person9@" not in repr(found)
