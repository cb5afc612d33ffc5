"""Jobs that a report is about, published.

In: a destination. Out: jobs and a complete run in it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from destination_rows import LOCK_S, Job, make_job, publication, run_row, to_table

from ecore_export import schema
from ecore_export.destinations import Destination, write_runs

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>\u202e\x00"


def publish(
    destination: Destination,
    *jobs: Job,
    account: str = "default",
    ended_at: datetime = NOW - timedelta(hours=1),
) -> None:
    labelled = [
        Job({**job.row, "account": account}, [{**row, "account": account} for row in job.records])
        for job in jobs
    ]
    destination.ensure_schema()
    with destination.lock(LOCK_S):
        destination.publish(publication(*labelled, account=account))
        ended = {"status": "complete", "finished_at": ended_at, "account": account}
        write_runs(destination, to_table(schema.SYNC_RUNS, [run_row(f"run-{account}", **ended)]))


def jobs_of_a_month() -> list[Job]:
    """A job a day in May 2026, of three lists; every fifth failed."""
    jobs = []
    for number in range(1, 31):
        at = datetime(2026, 5, number, 23, 30, tzinfo=UTC)
        failed = number % 5 == 0
        facts: dict[str, Any] = {"status": "Failed", "total_credits_charged": Decimal(0)} if failed else {}
        job = make_job(
            number,
            number % 4 + 1,
            version=f"V{number % 3}",
            created_at=at,
            completed_at=None if number == 7 else at + timedelta(seconds=2.5**number % 40_000),
            list_name=(None, "Leads", HOSTILE)[number % 3],
            **facts,
        )
        jobs.append(job)
    return jobs
