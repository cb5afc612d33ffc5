"""A destination filled by syncs, and what must be in it: the API's own JSON, converted independently.

In: an API in this process and a destination's URL. Out: runs, and assertions value by value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from scripted_api import TOKEN, http_client_of, settings

from ecore_export import schema
from ecore_export.destinations import (
    Destination,
    open_destination,
    read_history,
    read_jobs,
    read_records,
    read_rejects,
    read_runs,
)
from ecore_export.sandbox import BASE_PATH
from ecore_export.syncing import SyncOptions, SyncResult, accept, run_sync

Row = dict[str, Any]
Handler = Callable[..., Any]
FINAL = ("Processed", "Failed")
MICRO = Decimal("0.000001")


class Warehouse:
    """A destination and the API it is filled from; ``destination`` is opened anew for every run."""

    def __init__(self, url: str, handler: Handler) -> None:
        self.url = url
        self.handler = handler
        self.settings = settings(attempts=3, workers=4)

    def sync(self, *, stopping: Any = None, handler: Handler | None = None, **options: Any) -> SyncResult:
        """One run; its error is in the result."""
        return self._with(
            lambda opened: run_sync(
                self.settings,
                opened,
                SyncOptions(**options),
                stopping=stopping,
                http_client=http_client_of(handler or self.handler),
            )
        )

    def synced(self, **options: Any) -> SyncResult:
        """One run that is complete."""
        result = self.sync(**options)
        assert (result.status, result.error) == ("complete", None)
        return result

    def accept(self, *job_ids: int, **options: Any) -> SyncResult:
        """Accept rejected jobs."""
        return self._with(
            lambda opened: accept(
                self.settings, opened, list(job_ids), http_client=http_client_of(self.handler), **options
            )
        )

    def jobs(self, account: str = "default") -> dict[int, Row]:
        """Rows of `jobs` by id."""
        return self._with(
            lambda opened: {row["job_id"]: row for row in read_jobs(opened, account).to_pylist()}
        )

    def job_ids(self, account: str = "default") -> list[int]:
        """Ids of all known jobs."""
        return self._with(lambda o: read_jobs(o, account, columns=["job_id"])["job_id"].to_pylist())

    def records(self, account: str = "default") -> list[Row]:
        """Rows of `records`, by job and id."""
        rows = self._with(
            lambda opened: [row for batch in read_records(opened, account) for row in batch.to_pylist()]
        )
        return sorted(rows, key=lambda row: (row["job_id"], row["record_id"]))

    def exported_ids(self, account: str = "default") -> set[int]:
        """Ids of the jobs that have rows in `records`."""
        return {row["job_id"] for row in self.records(account)}

    def history(self, job_id: int, account: str = "default") -> list[Row]:
        """Rows of `job_history` of a job, oldest first."""
        return self._with(lambda opened: read_history(opened, account, job_ids=[job_id]).to_pylist())

    def runs(self) -> list[Row]:
        """Rows of `sync_runs`."""
        return self._with(lambda opened: read_runs(opened).to_pylist())

    def rejects(self, *, only_open: bool = True) -> list[Row]:
        """Rows of `rejects`."""
        return self._with(lambda o: read_rejects(o, "default", only_open=only_open).to_pylist())

    def change_jobs(self, change: Callable[[Destination], None]) -> None:
        """Do something to the destination."""
        self._with(change)

    def _with(self, action: Callable[[Destination], Any]) -> Any:
        opened = open_destination(self.url)
        try:
            return action(opened)
        finally:
            opened.close()


def files(folder: Path) -> dict[str, bytes]:
    """Every file of a Parquet destination that a run without news must leave as it is."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and "sync_runs" not in path.parts and path.name != ".ecore.lock"
    }


def get_json(handler: Handler, path: str, query: str = "") -> Any:
    """A payload, straight from the API."""
    headers = {"authorization": f"Token {TOKEN}", "host": "localhost"}
    answer = handler("GET", BASE_PATH + "email-validation/" + path, query, headers)
    assert answer.status == 200
    return json.loads(answer.body)


def read_pages(handler: Handler, path: str, size: int) -> list[Row]:
    """All items of a paginated list."""
    items: list[Row] = []
    page = 0
    while True:
        page += 1
        envelope = get_json(handler, path, f"page={page}&page_size={size}")
        items += envelope["results"]
        if page >= envelope["total_pages"]:
            return items


def assert_holds(
    warehouse: Warehouse,
    handler: Handler | None = None,
    *,
    account: str = "default",
    only: Iterable[int] | None = None,
) -> None:
    """The destination has every job of the API, and all records of those that are final; nothing twice.

    ``only``: ids of the jobs whose records are there, if not of all final ones.
    """
    handler = handler or warehouse.handler
    listed = {job["id"]: job for job in read_pages(handler, "jobs/", 100)}
    known = {job_id: row for job_id, row in warehouse.jobs(account).items() if row["deleted_at"] is None}
    facts = [column.name for column in schema.JOB_FACTS]
    assert {job_id: {name: row[name] for name in facts} for job_id, row in known.items()} == {
        job_id: expected_facts(job) for job_id, job in listed.items()
    }
    exported = {job_id for job_id, job in listed.items() if job["status"] in FINAL}
    exported &= exported if only is None else set(only)
    expected: list[Row] = []
    for job_id in sorted(exported):
        found = read_pages(handler, f"jobs/{job_id}/records/", 1000)
        expected += [expected_record(listed[job_id], record, account) for record in found]
    records = [row for row in warehouse.records(account) if row["job_id"] in known]
    assert [{name: row[name] for name in row if name != "run_id"} for row in records] == sorted(
        expected, key=lambda row: (row["job_id"], row["record_id"])
    )
    for job_id, row in known.items():
        total = listed[job_id]["total_records"] if job_id in exported else None
        assert (row["records_exported"], row["is_reconciled"]) == (total, None if total is None else True)


def expected_facts(job: Row) -> Row:
    """The columns of `jobs` that the API decides."""
    at = {name: _at(job[name]) for name in ("credits_charged_at", "created_at", "started_at", "completed_at")}
    same = ("list_name", "status", "duration", "results_summary")
    counts = ("total_records", "valid_count", "invalid_count", "unknown_count")
    return {
        **at,
        **{name: job[name] for name in (*same, *counts)},
        "job_uuid": job["uuid"],
        "is_final": job["status"] in FINAL,
        "other_count": job["total_records"] - sum(job[name] for name in counts[1:]),
        "processed_count": int(job["results_summary"].split("/")[0]),
        "total_credits_charged": Decimal(repr(job["total_credits_charged"])).quantize(MICRO),
        "queue_seconds": _seconds(at["created_at"], at["started_at"]),
        "processing_seconds": _seconds(at["started_at"], at["completed_at"]),
    }


def expected_record(job: Row, record: Row, account: str) -> Row:
    """A row of `records` as the API's own JSON has it."""
    same = ("ec_id", "email", "status", "validator_used", "is_cached", "error_message")
    return {
        **{name: record[name] for name in same},
        "account": account,
        "job_id": job["id"],
        "record_id": record["id"],
        "email_hash": None,
        "email_domain": record["email"].rpartition("@")[2].lower(),
        "processed_at": _at(record["processed_at"]),
        "job_created_at": _at(job["created_at"]),
    }


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _seconds(begin: datetime | None, end: datetime | None) -> float | None:
    return None if begin is None or end is None else (end - begin).total_seconds()
