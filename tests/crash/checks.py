"""What must be true of a destination, whatever befell the sync.

In: what an outside reader saw, what the API has said. Out: assertion errors that name the job.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from ecore_export import schema

from .outside_readers import COLUMNS, FACTS, Seen
from .world import Facts, Record, Truth

Row = dict[str, Any]


def check_whole(
    seen: Seen, truths: Sequence[Truth], *, settled: Truth | None = None, is_atomic: bool = False
) -> None:
    """What is true at every moment: beside a sync, and of what a killed one leaves behind.

    ``truths``: what the API has said so far, oldest first. ``settled``: what was exported before; none of its
    jobs may be missing. ``is_atomic``: a job's records appear together with what `jobs` says of them.
    """
    exported_before = {} if settled is None else settled.records
    for table in (schema.JOBS, schema.JOB_HISTORY, schema.RECORDS):
        _check_unique(seen, table)
    records = _records_by_job(seen)
    for job_id in records.keys() | {job_id for truth in truths for job_id in truth.records}:
        allowed = [truth.records[job_id] for truth in truths if job_id in truth.records]
        if job_id not in exported_before:
            allowed.append([])
        found = records.get(job_id, [])
        assert found in allowed, f"job {job_id} is not whole: {len(found)} records"
    for row in _rows(seen, "jobs"):
        job_id = row["job_id"]
        found = records.get(job_id, [])
        _check_job(row, found, truths)
        if is_atomic and found not in ([], exported_before.get(job_id)):
            assert row["records_exported"] is not None, f"job {job_id} has records and is not called exported"
    _check_open_history(seen)


def check_equal(seen: Seen, truths: Sequence[Truth]) -> None:
    """The destination says what the API says; its history has no gap, no overlap and no repetition."""
    truth = truths[-1]
    check_whole(seen, truths, settled=truth)
    jobs = {row["job_id"]: row for row in _rows(seen, "jobs")}
    assert {job_id: _facts(row) for job_id, row in jobs.items()} == truth.jobs
    exported = {job_id: row["records_exported"] for job_id, row in jobs.items()}
    assert exported == dict.fromkeys(jobs) | {i: len(r) for i, r in truth.records.items()}
    _check_history(seen, truth)


def check_runs(seen: Seen, *, dead: int, are_marked: bool = True) -> None:
    """The last run is complete, none still claims to be running, at most ``dead`` were found dead.

    ``are_marked``: whether dead ones are; where several may write at once, nobody can tell.
    """
    runs = sorted(seen.sync_runs, key=lambda row: row[0])
    assert runs[-1][1] == "complete"
    if not are_marked:
        assert sum(status == "running" for _, status, _ in runs) <= dead
        return
    assert {status for _, status, _ in runs} <= {"complete", "failed"}
    errors = [error for _, status, error in runs if status == "failed"]
    assert len(errors) <= dead
    assert all("found dead" in error for error in errors), errors


def _check_unique(seen: Seen, table: schema.Table) -> None:
    keys = Counter(tuple(row[name] for name in table.key) for row in _rows(seen, table.name))
    doubled = [key for key, times in keys.items() if times > 1]
    assert not doubled, f"{table.name}: {len(doubled)} keys more than once, such as {doubled[0]}"


def _check_job(row: Row, records: list[Record], truths: Sequence[Truth]) -> None:
    """What `jobs` says of a job was said by the API, and what it calls exported is there and no older."""
    job_id = row["job_id"]
    said_at = [n for n, truth in enumerate(truths) if truth.jobs.get(job_id) == _facts(row)]
    assert said_at, f"job {job_id}: the API never said {_facts(row)}"
    if row["records_exported"] is not None:
        assert row["is_reconciled"], f"job {job_id} is not reconciled"
        assert row["records_exported"] == len(records), f"job {job_id} is called exported, and is not"
        later = [truth.records[job_id] for truth in truths[said_at[0] :] if job_id in truth.records]
        assert records in later, f"job {job_id}: its records are older than its counters"


def _check_open_history(seen: Seen) -> None:
    history = _rows(seen, "job_history")
    open_rows = Counter(row["job_id"] for row in history if row["valid_to"] is None)
    for job_id in {row["job_id"] for row in (*history, *_rows(seen, "jobs"))}:
        assert open_rows[job_id] == 1, f"job {job_id} has {open_rows[job_id]} open rows of history"


def _check_history(seen: Seen, truth: Truth) -> None:
    history: dict[int, list[Row]] = defaultdict(list)
    for row in sorted(_rows(seen, "job_history"), key=lambda row: row["valid_from"]):
        history[row["job_id"]].append(row)
    assert {job_id: _facts(rows[-1]) for job_id, rows in history.items()} == truth.jobs
    for job_id, rows in history.items():
        for before, after in pairwise(rows):
            assert before["valid_to"] == after["valid_from"], f"job {job_id}: history has a gap"
            assert _facts(before) != _facts(after), f"job {job_id}: the same state twice in a row"


def _rows(seen: Seen, name: str) -> list[Row]:
    return [dict(zip(COLUMNS[name], row, strict=True)) for row in getattr(seen, name)]


def _facts(row: Row) -> Facts:
    return (*(row[name] for name in FACTS[:-1]), row["deleted_at"] is not None)


def _records_by_job(seen: Seen) -> dict[int, list[Record]]:
    by_job: dict[int, list[Record]] = defaultdict(list)
    for _account, job_id, *record in seen.records:
        by_job[job_id].append(tuple(record))
    return {job_id: sorted(records) for job_id, records in by_job.items()}
