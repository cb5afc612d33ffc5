"""An account with a past, published without an API: lists that come back each month, addresses that decay.

In: the work. Out: its jobs in a destination, 200 a publication. About seven of ten records are repeats, a
third of the addresses lie in a long tail of domains, and some addresses, lists and domains are not ASCII.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ecore_export import schema
from ecore_export.destinations import Publication, open_destination

from ..cases import Work

_BEGIN, _MONTHS, _LISTS, _AT_ONCE = datetime(2025, 1, 1, tzinfo=UTC), 17, 400, 200
_TAIL = 50_000
_DOMAINS: Any = pa.array(
    ["example.com", "example.org", "example.net", "bücher.example", "mail.test", "rotten.example"]
    + [f"firma{number}.example" for number in range(_TAIL)]
)
_NAMES: Any = pa.array(["anna.kowalska", "jürgen", "info", "søren.lund", "m.garcia", "佐藤", "office", "zoë"])
_LIST_NAMES = ("Käufer", "Q leads", "Łódź expo", "顧客リスト", "Trial users")
_STATUSES: Any = pa.array(["Valid", "Invalid", "Unknown", "Error"])
_ERRORS: Any = pa.array([None, None, None, 'upstream said "mailbox busy"'])
_VALIDATORS: Any = pa.array(["ZeroBounce", "NeverBounce", "Syntax", "MxLookup"])


def _array(values: Any) -> Any:
    """Of the type that they have."""
    return pa.array(values)


def _join(*parts: Any) -> Any:
    """Texts put together, the last part between the others."""
    return pc.binary_join_element_wise(*parts)


def fill(work: Work) -> None:
    """Publish all jobs, and the run that did; make the views."""
    destination = open_destination(work.destination)
    destination.ensure_schema()
    draw = np.random.default_rng(7)
    for first in range(1, work.jobs + 1, _AT_ONCE):
        ids = range(first, min(first + _AT_ONCE, work.jobs + 1))
        jobs, records = zip(*(_job(work, job_id, draw) for job_id in ids), strict=True)
        rows = pa.Table.from_pylist(list(jobs), schema.JOBS.arrow)
        publication = Publication("default", rows, exported=tuple(ids), records=partial(iter, records))
        destination.publish(publication)
    destination.ensure_views()
    destination.close()
    if work.target.startswith("postgresql:"):
        import psycopg

        with psycopg.connect(work.target, autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")  # as autovacuum does, which is off here


def _job(work: Work, job_id: int, draw: np.random.Generator) -> tuple[dict[str, Any], pa.RecordBatch]:
    """A job of one list in one month, whose addresses are drawn from those of the list."""
    at = _BEGIN + timedelta(days=30.4 * _MONTHS) * ((job_id - 1) / work.jobs)
    number = job_id % _LISTS
    pool = max(work.records, work.jobs * work.records * 3 // 10 // _LISTS)
    addresses = number * pool + draw.choice(pool, work.records, replace=False)
    statuses = _verdicts(addresses, (job_id - 1) / work.jobs, draw)
    valid, invalid, unknown, error = (int(count) for count in np.bincount(statuses, minlength=4))
    facts: dict[str, Any] = {
        "valid_count": valid,
        "invalid_count": invalid,
        "unknown_count": unknown,
        "other_count": error,
    }
    facts |= {"total_records": work.records, "records_exported": work.records, "is_reconciled": True}
    facts |= {"job_uuid": f"f8a1c3e5-9b2d-4e6f-a8c1-{job_id:012d}", "status": "Processed", "is_final": True}
    facts |= dict.fromkeys(("credits_charged_at", "created_at", "started_at"), at)
    later = ("completed_at", "first_seen_at", "changed_at", "checked_at")
    facts |= dict.fromkeys(later, at + timedelta(minutes=9))
    facts |= {"processing_seconds": 540.0, "queue_seconds": 0.0, "total_credits_charged": Decimal(valid)}
    facts |= {"list_name": f"{_LIST_NAMES[number % 5]} {number} {at:%Y-%m}"}
    job = {"account": "default", "job_id": job_id, "run_id": "benchmark"} | facts
    return job, _records(job, addresses, statuses, draw)


def _verdicts(addresses: Any, part: float, draw: np.random.Generator) -> Any:
    """0 to 3 for each address: some were never Valid, others end to be, and now and then nobody knows."""
    fate = addresses * 2654435761 % 1000 / 1000
    statuses: Any = np.where(fate < 0.15 + 0.15 * part, 1, 0)
    chance = draw.random(len(addresses))
    return np.where(chance < 0.03, 3, np.where(chance < 0.1, 2, statuses))


def _records(job: dict[str, Any], addresses: Any, statuses: Any, draw: np.random.Generator) -> pa.RecordBatch:
    """Two of three addresses lie at one of six domains, the others in the tail, most near its head."""
    count = len(addresses)
    tail = 6 + (addresses * 40503 % 65_521 / 65_521) ** 3 * _TAIL
    domains: Any = _DOMAINS.take(_array(np.where(addresses % 3, addresses % 7 % 6, tail).astype(np.int64)))
    numbers: Any = _array(addresses).cast(pa.string())
    local = _join(_NAMES.take(_array(addresses % 8)), numbers, ".")
    ids = np.arange(count) + job["job_id"] * 1_000_000
    end = np.datetime64(job["completed_at"].replace(tzinfo=None), "us")
    instants = end - draw.integers(0, 500_000_000, count).astype("timedelta64[us]")
    columns: dict[str, Any] = {
        "record_id": _array(ids),
        "ec_id": _join("crm", numbers, "-"),
        "email": _join(local, domains, "@"),
        "email_domain": domains,
        "status": _STATUSES.take(_array(statuses)),
        "validator_used": _VALIDATORS.take(_array(draw.integers(0, 4, count))),
        "is_cached": _array(draw.random(count) < 0.2),
        "error_message": _ERRORS.take(_array(statuses)),
        "email_hash": pa.nulls(count, pa.string()),
    }
    columns |= {name: pa.repeat(job[name], count) for name in ("account", "job_id", "run_id")}
    columns["job_created_at"] = pa.repeat(pa.scalar(job["created_at"], pa.timestamp("us", "UTC")), count)
    columns["processed_at"] = _array(instants).cast(pa.timestamp("us", "UTC"))
    arrow = schema.RECORDS.arrow
    return pa.record_batch([columns[name] for name in arrow.names], schema=arrow)
