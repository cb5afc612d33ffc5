"""The views' figures are true: computed here in plain Python from what the API said, and from known cases."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import closing
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from backends import on_every_store
from destination_rows import CREATED, SEEN, history_row, job_row, make_job, publish, record_row
from scripted_api import TOKEN
from sync_truth import FINAL, Warehouse, read_pages

from ecore_export.destinations import Destination, open_destination
from ecore_export.sandbox import JobSpec, Sandbox

BERLIN = ZoneInfo("Europe/Berlin")
RATES = (Decimal(1), Decimal("0.5"), Decimal("2.25"))
SPECS = [
    JobSpec(
        total,
        status=("Processed", "Processing", "Processed", "Failed", "Uploading")[n % 5],
        outcome="Failed" if n % 20 == 1 else "Processed",
        rate=RATES[n % 3],
        list_name=("Newsletter", "newsletter", "Café ☕")[n % 3],
        created_at=datetime(2026, 3, 28, 20, tzinfo=UTC) + timedelta(minutes=50 * n),
    )
    for n, total in enumerate((0, 1, 2, 7, 40, 120, 33, 250, 101, 5) * 3)
]
"""Over the night in which Berlin's clocks change: 23 hours that day."""


class Truth:
    """An account, what a destination was told of it in several syncs, and what the API said each time."""

    def __init__(self, url: str) -> None:
        self.sandbox = Sandbox.with_jobs(SPECS, token=TOKEN, advance_after_reads=None)
        self.warehouse = Warehouse(url, self.sandbox.handle)
        self.seen_upfront: set[int] = set()
        for _ in range(4):
            self.jobs = {job["id"]: job for job in read_pages(self.sandbox.handle, "jobs/", 100)}
            self.seen_upfront |= {
                job_id
                for job_id, job in self.jobs.items()
                if job["status"] not in FINAL and job["total_credits_charged"] > 0
            }
            self.warehouse.synced(tz="Europe/Berlin")
            for job_id in self.jobs:
                self.sandbox.advance(job_id, stages=2)
        self.records = {
            job_id: read_pages(self.sandbox.handle, f"jobs/{job_id}/records/", 1000) for job_id in self.jobs
        }

    def read(self, name: str) -> list[dict[str, Any]]:
        """The rows of a view."""
        with closing(open_destination(self.warehouse.url)) as destination:
            return destination.read_view(name).to_pylist()

    def events(self) -> list[tuple[int, str, datetime, Decimal]]:
        """Charges and refunds as the sandbox's price list has them; assumed where nothing tells the price."""
        found = []
        for job_id, job in self.jobs.items():
            rate = SPECS[job_id - 1].rate
            if job["status"] == "Failed" or not job["valid_count"]:
                rate = rate if job_id in self.seen_upfront else Decimal(1)
            charge = rate * job["total_records"]
            refund = Decimal(repr(job["total_credits_charged"])) - charge
            found.append((job_id, "charge", instant(job["credits_charged_at"]), charge))
            found.append((job_id, "refund", instant(job["completed_at"]), refund))
        return [event for event in found if event[3]]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture
def truth(destination_url: str) -> Truth:
    return Truth(destination_url)


@on_every_store
def test_views_tell_what_the_api_told(truth: Truth) -> None:
    """One test for all views, as the syncs behind it take the time."""
    assert all(job["status"] in FINAL for job in truth.jobs.values())
    check_credit_events(truth)
    check_daily_credit_usage(truth)
    check_list_quality(truth)
    check_validator_mix(truth)
    check_job_turnaround(truth)
    check_latest_email_status(truth)
    check_data_freshness(truth)


def check_credit_events(truth: Truth) -> None:
    rows = truth.read("credit_events")
    found = {(row["job_id"], row["event"], row["event_at"], row["credits"]) for row in rows}
    assert found == set(truth.events())
    assert len(rows) == len(found)
    observed = {row["job_id"] for row in rows if row["basis"] == "observed"}
    assert observed == truth.seen_upfront & {row["job_id"] for row in rows}
    assert {row["basis"] for row in rows} == {"observed", "derived", "assumed"}


def check_daily_credit_usage(truth: Truth) -> None:
    charged: dict[Any, Decimal] = defaultdict(Decimal)
    refunded: dict[Any, Decimal] = defaultdict(Decimal)
    records: Counter[Any] = Counter()
    for job_id, event, at, credits in truth.events():
        day = at.astimezone(BERLIN).date()
        if event == "charge":
            charged[day] += credits
            records[day] += truth.jobs[job_id]["total_records"]
        else:
            refunded[day] -= credits
    rows = truth.read("daily_credit_usage")
    days = sorted(charged.keys() | refunded.keys())
    assert [row["day"] for row in rows] == days
    assert [row["credits_charged"] for row in rows] == [charged[day] for day in days]
    assert [row["credits_refunded"] for row in rows] == [refunded[day] for day in days]
    assert [row["credits_net"] for row in rows] == [charged[day] - refunded[day] for day in days]
    assert [row["records_charged"] for row in rows] == [records[day] for day in days]


def check_list_quality(truth: Truth) -> None:
    rows = {row["list_name"]: row for row in truth.read("list_quality")}
    processed = [job for job in truth.jobs.values() if job["status"] == "Processed"]
    assert rows.keys() == {job["list_name"] for job in processed} == {"Newsletter", "newsletter", "Café ☕"}
    for name, row in rows.items():
        jobs = [job for job in processed if job["list_name"] == name]
        total, valid = (sum(job[key] for job in jobs) for key in ("total_records", "valid_count"))
        net = sum(Decimal(repr(job["total_credits_charged"])) for job in jobs)
        assert (row["jobs"], row["total_records"], row["valid_count"]) == (len(jobs), total, valid)
        assert row["credits_net"] == net
        assert row["valid_rate"] == pytest.approx(valid / total, rel=1e-15)
        assert row["credits_per_valid"] == pytest.approx(float(net) / valid, rel=1e-15)
        assert row["first_job_at"] == min(instant(job["created_at"]) for job in jobs)
        assert row["last_job_at"] == max(instant(job["created_at"]) for job in jobs)


def check_validator_mix(truth: Truth) -> None:
    records = [record for of_job in truth.records.values() for record in of_job]
    rows = {row["validator_used"]: row for row in truth.read("validator_mix")}
    assert rows.keys() == {record["validator_used"] for record in records}
    for validator, row in rows.items():
        statuses = Counter(r["status"] for r in records if r["validator_used"] == validator)
        cached = sum(r["is_cached"] for r in records if r["validator_used"] == validator)
        assert (row["records"], row["cached_count"]) == (statuses.total(), cached)
        for status in ("Valid", "Invalid", "Unknown", "Error"):
            assert row[f"{status.lower()}_count"] == statuses[status]
        assert row["cache_share"] == pytest.approx(cached / statuses.total(), rel=1e-15)


def check_job_turnaround(truth: Truth) -> None:
    rows = {row["job_id"]: row for row in truth.read("job_turnaround")}
    assert rows.keys() == truth.jobs.keys()
    for job_id, row in rows.items():
        job = truth.jobs[job_id]
        created, started, completed = (instant(job[f"{n}_at"]) for n in ("created", "started", "completed"))
        assert row["queue_seconds"] == (started - created).total_seconds()
        assert row["total_seconds"] == (completed - created).total_seconds()
        speed = job["total_records"] / (completed - started).total_seconds()
        assert row["records_per_second"] == pytest.approx(speed, rel=1e-15)


def check_latest_email_status(truth: Truth) -> None:
    newest: dict[str, tuple[Any, ...]] = {}
    for job_id, records in truth.records.items():
        for record in records:
            if record["status"] in ("Valid", "Invalid", "Unknown"):
                at, created = instant(record["processed_at"]), instant(truth.jobs[job_id]["created_at"])
                verdict = (at, created, job_id, record["id"], record["status"])
                newest[record["email"]] = max(newest.get(record["email"], verdict), verdict)
    rows = truth.read("latest_email_status")
    assert len(rows) == len(newest)
    assert {row["email"]: (row["job_id"], row["record_id"], row["status"]) for row in rows} == {
        email: verdict[2:] for email, verdict in newest.items()
    }


def check_data_freshness(truth: Truth) -> None:
    (row,) = truth.read("data_freshness")
    runs = truth.warehouse.runs()
    assert row["last_complete_at"] == runs[-1]["finished_at"]
    assert (row["last_run_at"], row["last_run_status"]) == (runs[-1]["started_at"], "complete")
    assert row["newest_job_at"] == max(instant(job["created_at"]) for job in truth.jobs.values())
    assert (row["jobs_known"], row["jobs_exported"]) == (len(truth.jobs), len(truth.jobs))
    assert (row["jobs_in_flight"], row["jobs_waiting"], row["jobs_unreconciled"]) == (0, 0, 0)
    assert row["records"] == sum(map(len, truth.records.values()))


CHARGES = {
    # net, total_records, valid_count: the charge that follows, rounded half-even to six decimals
    "the API reference's example": ("178", 250, 178, "250"),
    "a third": ("1", 1, 3, "1"),
    "more than a third": ("1", 4, 3, "1.333333"),
    "two thirds": ("1", 5, 3, "1.666667"),
    "a tie to the even digit below": ("0.000001", 5, 2, "0.000002"),
    "a tie to the even digit above": ("0.000001", 7, 2, "0.000004"),
    "just above a tie": ("0.500003", 5_000_001, 2_000_000, "1.250008"),
    "a price of six decimals": ("0.000178", 250, 178, "0.00025"),
    "no price": ("0", 250, 178, None),
    "no valid address, so one credit each": ("0", 40, 0, "40"),
    "no valid address and yet a charge": ("90", 40, 0, "90"),
    "valid addresses unknown": ("0", 40, None, "40"),
    "no address": ("0", 0, 0, None),
    "a net of null": (None, 250, 178, None),
    "as large as all databases keep": ("299999999.999997", 3, 3, "299999999.999997"),
}


def test_a_charge_follows_from_the_net_and_the_valid_addresses(destination: Destination) -> None:
    jobs = [
        make_job(
            n,
            total_credits_charged=None if net is None else Decimal(net).quantize(Decimal("0.000001")),
            total_records=total,
            valid_count=valid,
        )
        for n, (net, total, valid, _) in enumerate(CHARGES.values())
    ]
    publish(destination, *jobs)
    events = destination.read_view("credit_events").to_pylist()
    charges = {row["job_id"]: row["credits"] for row in events if row["event"] == "charge"}
    expected = {name: charge and Decimal(charge) for name, (*_, charge) in CHARGES.items()}
    assert {name: charges.get(n) for n, name in enumerate(CHARGES)} == expected
    for n, (net, *_) in enumerate(CHARGES.values()):
        assert sum(row["credits"] for row in events if row["job_id"] == n) == Decimal(net or 0)


def test_what_was_seen_before_the_refund_is_observed(destination: Destination) -> None:
    job = make_job(1, total_credits_charged=Decimal("89.000000"))  # 178 valid of 250: 125 at this price
    for hours, charge in enumerate((None, "0", "130", "125", "0")):
        credits = charge and Decimal(charge).quantize(Decimal("0.000001"))
        state = history_row(
            job.row,
            CREATED + timedelta(hours=hours),
            is_final=False,
            status="Processing",
            total_credits_charged=credits,
        )
        publish(destination, job, history=[state])
    charge, refund = destination.read_view("credit_events").to_pylist()
    assert (charge["credits"], charge["basis"], charge["records"]) == (Decimal(125), "observed", 250)
    assert (refund["credits"], refund["basis"], refund["records"]) == (Decimal(-36), "observed", 72)


def test_running_failed_and_deleted_jobs_count_as_what_they_are(destination: Destination) -> None:
    running = make_job(
        1,
        status="Processing",
        is_final=False,
        total_credits_charged=Decimal("250.000000"),
        completed_at=None,
        credits_charged_at=None,
    )
    failed = make_job(2, status="Failed", total_credits_charged=Decimal("0.000000"), completed_at=None)
    deleted = make_job(3, deleted_at=SEEN)
    publish(destination, running, failed, deleted)
    rows = destination.read_view("credit_events").to_pylist()
    told = [(row["job_id"], row["credits"], row["records"], row["basis"], row["event_at"]) for row in rows]
    assert told == [
        (1, Decimal(250), 250, "observed", CREATED),
        (2, Decimal(250), 250, "assumed", CREATED),
        (2, Decimal(-250), 250, "assumed", SEEN),
        (3, Decimal(250), 250, "derived", CREATED),
        (3, Decimal(-72), 72, "derived", CREATED),
    ]
    (fresh,) = destination.read_view("data_freshness").to_pylist()
    assert (fresh["jobs_known"], fresh["jobs_in_flight"], fresh["jobs_waiting"]) == (3, 1, 1)
    assert destination.read_view("list_quality")["jobs"].to_pylist() == [1]
    assert destination.read_view("job_turnaround")["job_id"].to_pylist() == [2, 3]


@pytest.mark.thorough
def test_days_are_those_of_the_zone(destination: Destination) -> None:
    for tz, at, day in (
        ("UTC", "2026-03-29T00:59:59.999999+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-28T22:59:59.999999+00:00", "2026-03-28"),
        ("Europe/Berlin", "2026-03-28T23:00:00+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T21:59:59.999999+00:00", "2026-03-29"),
        ("Europe/Berlin", "2026-03-29T22:00:00+00:00", "2026-03-30"),
        ("Europe/Berlin", "2026-10-25T22:59:59.999999+00:00", "2026-10-25"),
        ("Europe/Berlin", "2026-10-25T23:00:00+00:00", "2026-10-26"),
        ("Asia/Kathmandu", "2024-02-28T18:14:59.999999+00:00", "2024-02-28"),
        ("Asia/Kathmandu", "2024-02-28T18:15:00+00:00", "2024-02-29"),
        ("Pacific/Apia", "2011-12-30T09:59:59+00:00", "2011-12-29"),
        ("Pacific/Apia", "2011-12-30T10:00:00+00:00", "2011-12-31"),
    ):
        charged_at = datetime.fromisoformat(at)
        times = {"credits_charged_at": charged_at, "completed_at": charged_at, "created_at": CREATED}
        publish(destination, make_job(1, account=at, **times), account=at)
        found = destination.read_view("daily_credit_usage", tz=tz, account=at)
        assert [str(value) for value in found["day"].to_pylist()] == [day], (tz, at)


def test_the_newest_verdict_counts(destination: Destination) -> None:
    def records(*verdicts: tuple[str, datetime | None]) -> list[dict[str, Any]]:
        row = job_row(1)
        return [
            record_row(row, n, email="ana@example.com", status=status, processed_at=at)
            for n, (status, at) in enumerate(verdicts)
        ]

    later = CREATED + timedelta(days=1)
    publish(
        destination,
        make_job(1, records(("Valid", CREATED), ("Error", later), ("Invalid", None), ("Unknown", CREATED))),
    )
    assert destination.read_view("latest_email_status")["record_id"].to_pylist() == [3]
    publish(destination, make_job(2, [{**row, "job_id": 2} for row in records(("Invalid", later))]))
    assert destination.read_view("latest_email_status")["status"].to_pylist() == ["Invalid"]


@pytest.mark.thorough
def test_a_view_of_one_account_has_its_rows_alone(destination: Destination) -> None:
    for account in ("b", "a"):
        publish(destination, make_job(1, 2, account=account), account=account)
    for name in ("credit_events", "list_quality", "validator_mix", "latest_email_status", "data_freshness"):
        both = destination.read_view(name)["account"].to_pylist()
        assert both == sorted(both)
        assert set(both) == {"a", "b"}
        assert set(destination.read_view(name, account="a")["account"].to_pylist()) == {"a"}
        assert isinstance(destination.read_view(name, account="nobody"), pa.Table)
        assert len(destination.read_view(name, account="nobody")) == 0
