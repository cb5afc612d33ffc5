"""The API of the trials: a sandbox that changes when told, and all that it says.

In: nothing. Out: `World` on a port, `Truth`s to compare with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from ecore_export.sandbox import BASE_PATH, Fault, JobSpec, Sandbox, serve
from ecore_export.schema import FINAL_STATUSES

from .outside_readers import FACTS, RECORD

Facts = tuple[Any, ...]
"""What is compared of a job: its `FACTS`, ``deleted_at`` as whether there is one."""
Record = tuple[Any, ...]
"""What is compared of a record: its `RECORD`."""

START = datetime(2026, 2, 20, 12, tzinfo=UTC)
SPECS = (
    (0, "Processed"),
    (1, "Processed"),
    (101, "Processed"),
    (100, "Failed"),
    (7, "Processed"),
    (1001, "Processed"),
    (30, "Processing"),
    (60, "Processed"),
    (3, "Uploading"),
    (250, "Processed"),
)
"""Jobs of every size that matters, over three months, two of them still running. Their ids count from 1."""

DELETED, RECOUNTED, REWORDED, FINISHED = 2, 3, 6, (7, 9)
"""Ids of jobs that change: they vanish, get other counters, other records under the same counters, finish."""


@dataclass(frozen=True, slots=True)
class Truth:
    """All that the API says at one moment: facts of every job, and by job the records of the final ones."""

    jobs: dict[int, Facts]
    records: dict[int, list[Record]]


@dataclass(frozen=True, slots=True)
class World:
    """The sandbox on a port. ``truths``: what it has said so far, newest last."""

    sandbox: Sandbox
    base_url: str
    truths: list[Truth]

    @property
    def environ(self) -> dict[str, str]:
        """What a sync is told by its environment."""
        return {"ECORE_BASE_URL": self.base_url, "ECORE_API_TOKEN": self.sandbox.token}

    def change(self, *, reword: bool) -> None:
        """Jobs are deleted, counted anew, finished and added; ``reword``: and one is given other records."""
        sandbox, before = self.sandbox, self.truths[-1]
        sandbox.delete_job(DELETED)
        sandbox.change_job(RECOUNTED, counts=(11, 80, 10))
        for job_id in FINISHED:
            sandbox.advance(job_id)
        if reword:
            sandbox.faults.add(Fault("mutate", path=rf"/jobs/{REWORDED}/", mutate=_reword))
        sandbox.add_job(102)
        sandbox.add_job(5)
        after = read_truth(sandbox)
        gone = {DELETED: (*before.jobs[DELETED][:-1], True)}
        self.truths.append(Truth(after.jobs | gone, after.records | {DELETED: before.records[DELETED]}))


@contextmanager
def running_world() -> Iterator[World]:
    """The sandbox as it is before anything changes."""
    specs = [
        JobSpec(size, status=status, created_at=START + timedelta(days=6 * n))
        for n, (size, status) in enumerate(SPECS)
    ]
    sandbox = Sandbox.with_jobs(specs, advance_after_reads=None)
    with serve(sandbox) as address:
        yield World(sandbox, address.base_url, [read_truth(sandbox)])


def _reword(payload: dict[str, Any]) -> None:
    for record in payload.get("records", payload.get("results")):
        record["validator_used"] = "SecondLook"


def read_truth(sandbox: Sandbox) -> Truth:
    """Everything the API says now."""
    jobs, records = {}, {}
    for job_id in sandbox.job_ids:
        job = _get(sandbox, f"{job_id}/")
        jobs[job_id] = (*(job[name] for name in FACTS[:-1]), False)
        if job["status"] in FINAL_STATUSES:
            records[job_id] = _records(lambda query, path=f"{job_id}/records/": _get(sandbox, path, query))
    return Truth(jobs, records)


def _get(sandbox: Sandbox, path: str, query: str = "") -> Any:
    headers = {"Authorization": f"Token {sandbox.token}"}
    answer = sandbox.handle("GET", f"{BASE_PATH}email-validation/jobs/{path}", query, headers)
    assert answer.status == 200
    return json.loads(answer.body)


def _records(get: Callable[[str], Any]) -> list[Record]:
    records, page, pages = [], 1, 1
    while page <= pages:
        envelope = get(f"page={page}&page_size=1000")
        records += [(row["id"], *(row[name] for name in RECORD[1:])) for row in envelope["results"]]
        page, pages = page + 1, envelope["total_pages"]
    return sorted(records)
