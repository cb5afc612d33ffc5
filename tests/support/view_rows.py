"""Random jobs, states and records for the tests of the views, aimed at what makes views differ.

In: how many digits credits may have. Out: strategies for a `World`, and its DataFrames.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
from destination_rows import (
    Job,
    Row,
    history_row,
    job_row,
    publication,
    record_row,
    reject_row,
    run_row,
    to_table,
)
from hypothesis import strategies as st

from ecore_export import schema
from ecore_export.destinations import Destination, write_rejects, write_runs
from ecore_export.frames import DtypeBackend, to_frame

LOCK_S = 60.0
ZONES = (
    *("UTC", "Europe/Berlin", "Asia/Kathmandu", "America/New_York"),
    *("Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"),
)

EDGES = [
    datetime.fromisoformat(f"{text}+00:00")
    for text in (
        *("2026-03-29T01:00:00", "2026-10-25T01:00:00", "2026-03-28T23:00:00", "2026-10-24T22:00:00"),
        *("2024-02-28T23:59:59.999999", "2024-02-29T00:00:00", "2024-02-29T23:59:59.999999"),
        *("2026-05-05T18:15:00", "2026-05-05T18:14:59.999999", "2011-12-30T10:00:00"),
        *("2026-12-31T23:59:59.999999", "2027-01-01T00:00:00", "2026-03-08T07:00:00", "2026-11-01T06:00:00"),
    )
]
"""Changes of daylight saving time, midnights, leap days, the day that Samoa left out, and just before."""

NEAR_EDGES = st.builds(
    lambda edge, seconds, microseconds: edge + timedelta(seconds=seconds, microseconds=microseconds),
    st.sampled_from(EDGES),
    st.sampled_from((0, 0, 1, -1, 3600, -3600, 86_400)),
    st.integers(-1, 1),
)
INSTANTS = NEAR_EDGES | st.datetimes(datetime(2000, 1, 3), datetime(2099, 12, 28), timezones=st.just(UTC))  # noqa: DTZ001
COUNTS = st.integers(0, 12) | st.sampled_from((250, 178, 999_983, 12_000_000))
LIST_NAMES = st.sampled_from(
    (None, "", "Leads", "leads", "Leads ", "Leads 2026-03", "leads  2026-04", "Café ☕", "%s :x ?", "it's")
)
RULES = ("", "", r"^(.*?)(?: [0-9]{4}-[0-9]{2})?$", "(?i)^leads", "[^ ]+ ?")
"""Rules by which lists belong together, alike for Python and RE2; none at all more often than others."""
STATUSES = ("Uploading", "Processing", "Processed", "Processed", "Processed", "Failed", "Paused")


def credits_of(digits: int) -> st.SearchStrategy[Decimal]:
    """Amounts of up to so many digits, six of them decimals."""
    micro = st.integers(-3, 10) | st.integers(0, 10**9) | st.integers(-(10**digits) + 1, 10**digits - 1)
    whole = st.integers(0, 1000).map(lambda credits: credits * 10**6)
    return (micro | whole).map(lambda n: Decimal(n).scaleb(-6))


@dataclass(frozen=True, slots=True)
class World:
    """What one account may hold.

    ``states``: earlier states of jobs, oldest first. ``rule``: which lists belong together.
    """

    jobs: list[Job]
    states: list[Row]
    runs: list[Row]
    rejects: list[Row]
    rule: str = ""

    def group_of(self, list_name: str | None) -> str | None:
        """The group of a list, found by Python's own module."""
        found = re.search(self.rule, list_name) if self.rule and list_name is not None else None
        matched = "" if found is None else found[1] if found.re.groups else found[0]
        return (matched or "").strip() or list_name

    def publish(self, destination: Destination, account: str) -> None:
        """Bring all of it to a destination under another account's label."""
        with destination.lock(LOCK_S):
            labelled = [_labelled(job, account) for job in self.jobs]
            names = {job.row["list_name"] for job in self.jobs if self.rule} - {None}
            groups = [{"account": account, "list_name": n, "list_group": self.group_of(n)} for n in names]
            destination.merge(schema.LIST_GROUPS, to_table(schema.LIST_GROUPS, groups))
            for states in self._rounds():
                rows = [{**state, "account": account} for state in states]
                destination.publish(publication(*labelled, history=rows, account=account))
            runs = [{**row, "account": account, "run_id": f"{account}-{row['run_id']}"} for row in self.runs]
            write_runs(destination, to_table(schema.SYNC_RUNS, runs))
            rows = [{**row, "account": account} for row in self.rejects]
            write_rejects(destination, to_table(schema.REJECTS, rows))

    def _rounds(self) -> list[list[Row]]:
        """The states, the first of each job, then the second; at least one round, be it empty."""
        rounds: list[list[Row]] = [[]]
        seen: Counter[int] = Counter()
        for state in self.states:
            place = seen[state["job_id"]]
            rounds += [[] for _ in range(place + 1 - len(rounds))]
            rounds[place].append(state)
            seen[state["job_id"]] += 1
        return rounds

    def frames(self, account: str, backend: DtypeBackend = "pyarrow") -> dict[str, pd.DataFrame]:
        """The same as DataFrames: jobs, history, records, runs, rejects."""
        rows = {
            schema.JOBS: [job.row for job in self.jobs],
            schema.JOB_HISTORY: self.states,
            schema.RECORDS: [row for job in self.jobs for row in job.records],
            schema.SYNC_RUNS: [{**row, "run_id": f"{account}-{row['run_id']}"} for row in self.runs],
            schema.REJECTS: self.rejects,
        }
        names = ("jobs", "history", "records", "runs", "rejects")
        return {
            name: to_frame(
                to_table(table, [{**row, "account": account} for row in of_table]), dtype_backend=backend
            )
            for name, (table, of_table) in zip(names, rows.items(), strict=True)
        }


def _labelled(job: Job, account: str) -> Job:
    return Job({**job.row, "account": account}, [{**row, "account": account} for row in job.records])


@st.composite
def worlds(draw: Any, digits: int = 15) -> World:
    """Any world whose credits have so many digits."""
    jobs = [draw(_jobs(job_id, digits)) for job_id in range(1, draw(st.integers(0, 12)) + 1)]
    states = [state for job in jobs for state in draw(_states(job, digits))]
    runs = draw(st.lists(_runs(), max_size=4, unique_by=lambda run: run["run_id"]))
    rejects = [
        reject_row(n, "status: null", resolved_at=draw(st.none() | INSTANTS))
        for n in range(draw(st.integers(0, 3)))
    ]
    known = jobs or runs
    return World(jobs, states, runs, rejects if known else [], draw(st.sampled_from(RULES)))


@st.composite
def _jobs(draw: Any, job_id: int, digits: int) -> Job:
    status = draw(st.sampled_from(STATUSES))
    total, valid = draw(st.none() | COUNTS), draw(st.none() | COUNTS)
    exported = status in schema.FINAL_STATUSES and draw(st.booleans())
    row = job_row(
        job_id,
        status=status,
        is_final=status in schema.FINAL_STATUSES,
        list_name=draw(LIST_NAMES),
        total_records=total,
        valid_count=valid,
        invalid_count=draw(st.none() | COUNTS),
        unknown_count=draw(st.none() | COUNTS),
        other_count=draw(st.none() | COUNTS),
        total_credits_charged=draw(st.none() | credits_of(digits)),
        credits_charged_at=draw(st.none() | INSTANTS),
        created_at=draw(INSTANTS),
        started_at=draw(st.none() | INSTANTS),
        completed_at=draw(st.none() | INSTANTS),
        changed_at=draw(INSTANTS),
        processing_seconds=draw(st.none() | st.sampled_from((0.0, 76.66, 1e-6, 1 / 3))),
        deleted_at=draw(st.none() | INSTANTS),
    )
    records = [draw(_records(row, n)) for n in range(draw(st.integers(0, 8)))] if exported else []
    if exported:
        row |= {"records_exported": len(records), "is_reconciled": draw(st.booleans())}
    return Job(row, records)


@st.composite
def _records(draw: Any, job: Row, record_id: int) -> Row:
    email = draw(st.none() | st.sampled_from(("ana@example.com", "Ana@example.com", "bo@example.org")))
    domain = "example.com" if email is None else email.partition("@")[2]
    email_hash = None if email else draw(st.none() | st.sampled_from(("ab" * 32, "cd" * 32)))
    return record_row(
        job,
        record_id,
        email=email,
        email_hash=email_hash,
        email_domain=domain if email or email_hash else None,
        error_message=draw(st.sampled_from((None, None, "timed out", "Timed out"))),
        status=draw(st.sampled_from((*schema.RECORD_STATUSES, "Paused"))),
        validator_used=draw(st.sampled_from((None, "ZeroBounce", "zerobounce", "MX "))),
        is_cached=draw(st.none() | st.booleans()),
        processed_at=draw(st.none() | st.sampled_from(EDGES)),
    )


@st.composite
def _states(draw: Any, job: Job, digits: int) -> list[Row]:
    moments = sorted(draw(st.lists(INSTANTS, max_size=3, unique=True)))
    return [
        history_row(
            job.row,
            moment,
            is_final=draw(st.booleans()),
            total_credits_charged=draw(st.none() | credits_of(digits)),
        )
        for moment in moments
    ]


@st.composite
def _runs(draw: Any) -> Row:
    return run_row(
        f"run-{draw(st.integers(1, 9))}",
        started_at=draw(st.sampled_from(EDGES)),
        finished_at=draw(st.none() | INSTANTS),
        status=draw(st.sampled_from(("complete", "partial", "failed", "running"))),
    )
