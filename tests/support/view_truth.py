"""What the views have to say, in plain Python over rows as dicts: no SQL, no Arrow, no engine.

In: the rows of a `World` under an account's label. Out: the rows of each view. Written from the views'
descriptions, so that a wrong text does not go unseen because every engine runs it.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from view_rows import World

Row = dict[str, Any]

LONG_AGO = datetime.min.replace(tzinfo=UTC)
COUNTS = ("total_records", "valid_count", "invalid_count", "unknown_count", "other_count")
JOB_FACTS = (
    *("account", "job_id", "list_name", "status", "total_records", "created_at", "started_at"),
    *("completed_at", "queue_seconds", "processing_seconds"),
)
AGES = (0, 7, 30, 60, 90, 180, 365)
MICROSECOND = timedelta(microseconds=1)
REPEAT_FACTS = (
    *("account", "job_id", "record_id", "email", "email_hash", "email_domain", "status", "is_cached"),
    "job_created_at",
)
STATUS_FACTS = (
    *("account", "email", "email_hash", "email_domain", "status", "validator_used", "is_cached"),
    *("processed_at", "job_id", "record_id"),
)


class Truth:
    """The views of a world. ``since``, ``until``: only what lies in between."""

    def __init__(
        self,
        world: World,
        account: str,
        tz: str,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> None:
        def mine(rows: Iterable[Row]) -> list[Row]:
            return [{**row, "account": account} for row in rows]

        self._zone = ZoneInfo(tz)
        self._bounds = (since, until)
        self._account = account
        self._group_of = world.group_of
        self.jobs = mine(job.row for job in world.jobs)
        self.history = mine(world.states)
        self.records = mine(row for job in world.jobs for row in job.records)
        self.runs, self.rejects = mine(world.runs), mine(world.rejects)

    def rows(self, name: str) -> list[Row]:
        """The rows of a view, in any order."""
        found: list[Row] = getattr(self, f"_{name}")()
        return [
            {**row, "list_group": self._group_of(row["list_name"])} if "list_name" in row else row
            for row in found
        ]

    def usage(self, first_day: Callable[[date], date]) -> list[Row]:
        """Rows of `CREDIT_USAGE`, where a day belongs to the period that begins with ``first_day`` of it."""
        groups = defaultdict(list)
        for event in self._credit_events():
            groups[first_day(self._day(event["event_at"]))].append(event)
        return [{"account": self._account, "period": day, **_sums(events)} for day, events in groups.items()]

    def _credit_events(self) -> list[Row]:
        events = (event for job in self.jobs for event in _events(job, self.history))
        return [event for event in events if self._lies_within(event["event_at"])]

    def _daily_credit_usage(self) -> list[Row]:
        days = self.usage(lambda day: day)
        return [{("day" if name == "period" else name): value for name, value in row.items()} for row in days]

    def _list_quality(self) -> list[Row]:
        return _grouped(self._processed(), _list_facts, "account", "list_name")

    def _daily_list_quality(self) -> list[Row]:
        jobs = [{**job, "day": self._day(job["created_at"])} for job in self._processed()]
        return _grouped(jobs, _list_facts, "account", "day", "list_name")

    def _validator_mix(self) -> list[Row]:
        return _grouped(self._answered(), _validator_facts, "account", "validator_used")

    def _daily_validator_mix(self) -> list[Row]:
        records = [{**row, "day": self._day(row["job_created_at"])} for row in self._answered()]
        return _grouped(records, _validator_facts, "account", "day", "validator_used")

    def _job_turnaround(self) -> list[Row]:
        final = [job for job in self.jobs if job["is_final"] and self._lies_within(job["created_at"])]
        return [{**{name: job[name] for name in JOB_FACTS}, **_speed(job)} for job in final]

    def _latest_email_status(self) -> list[Row]:
        newest: dict[str, Row] = {}
        for row in sorted(self._answered(), key=_age):
            address = row["email"] if row["email"] is not None else row["email_hash"]
            if address is not None and row["status"] in ("Valid", "Invalid", "Unknown"):
                newest[address] = row
        return [{name: row[name] for name in STATUS_FACTS} for row in newest.values()]

    def _repeat_validations(self) -> list[Row]:
        return [
            {
                **{name: row[name] for name in REPEAT_FACTS},
                "list_name": self._job(row)["list_name"],
                "credits": self._cost(row),
                "previous_job_id": before["job_id"],
                "previous_record_id": before["record_id"],
                "previous_status": before["status"],
                "previous_credits": self._cost(before),
                "previous_created_at": before["job_created_at"],
                "days_since": (row["job_created_at"] - before["job_created_at"]) / MICROSECOND / 86400e6,
                "is_changed": row["status"] != before["status"],
            }
            for before, row in self._repeats()
        ]

    def _verdict_changes(self) -> list[Row]:
        groups: Counter[tuple[Any, ...]] = Counter()
        for before, row in self._repeats():
            days = (row["job_created_at"] - before["job_created_at"]) / timedelta(days=1)
            age = max(start for start in AGES if start <= days)
            groups[before["status"], age, row["status"]] += 1
        return [
            {
                "account": self._account,
                "previous_status": before,
                "age_from_days": age,
                "age_to_days": next((end for end in AGES if end > age), None),
                "status": status,
                "repeats": number,
                "share": number / sum(n for key, n in groups.items() if key[:2] == (before, age)),
                "is_changed": before != status,
            }
            for (before, age, status), number in groups.items()
        ]

    def _domain_quality(self) -> list[Row]:
        return _grouped(self._answered(), self._domain_facts, "account", "email_domain")

    def _daily_domain_quality(self) -> list[Row]:
        records = [{**row, "day": self._day(row["job_created_at"])} for row in self._answered()]
        return _grouped(records, self._domain_facts, "account", "day", "email_domain")

    def _domain_facts(self, records: list[Row]) -> Row:
        again = {(row["job_id"], row["record_id"]) for _, row in self._repeats()}
        repeats: int | None = sum((row["job_id"], row["record_id"]) in again for row in records)
        if all(row["email"] is None and row["email_hash"] is None for row in records):
            repeats = None
        counts = {
            s: sum(row["status"] == s for row in records) for s in ("Valid", "Invalid", "Unknown", "Error")
        }
        return {
            "records": len(records),
            **{f"{status.lower()}_count": number for status, number in counts.items()},
            **{f"{s.lower()}_rate": counts[s] / len(records) for s in ("Valid", "Invalid", "Unknown")},
            "repeats": repeats,
            "repeat_rate": None if repeats is None else repeats / len(records),
            "credits_net": sum((self._cost(row) for row in records), Decimal(0)),
            "first_job_at": min(row["job_created_at"] for row in records),
            "last_job_at": max(row["job_created_at"] for row in records),
        }

    def _error_reasons(self) -> list[Row]:
        records = [
            {**row, "month": self._day(row["job_created_at"]).replace(day=1)}
            for row in self._answered()
            if row["status"] == "Error" or row["error_message"] is not None
        ]
        return _grouped(records, _reason_facts, "account", "month", "validator_used", "error_message")

    def _monthly_statement(self) -> list[Row]:
        events = [{**event, "month": self._month(event["event_at"])} for event in self._credit_events()]
        return _grouped(events, _statement_facts, "account", "month", "list_name")

    def _account_summary(self) -> list[Row]:
        jobs = [job for job in self.jobs if self._lies_within(job["created_at"])]
        events = [event for job in jobs for event in _events(job, self.history)]
        if not jobs:
            return []
        processed = [job for job in jobs if job["status"] == "Processed"]
        counts = {name: sum(job[name] or 0 for job in processed) for name in COUNTS[:4]}
        sums, valid = _sums(events), counts["valid_count"]
        micro = int(sums["credits_net"].scaleb(6))
        return [
            {
                "account": self._account,
                "jobs": len(jobs),
                "jobs_processed": len(processed),
                "jobs_failed": sum(job["status"] == "Failed" for job in jobs),
                "lists": len({job["list_name"] for job in jobs} - {None}),
                **counts,
                **_rates(counts),
                **{name: sums[name] for name in ("credits_charged", "credits_refunded", "credits_net")},
                "credits_per_valid": float(micro) / valid / 1_000_000 if valid else None,
                "first_job_at": min(job["created_at"] for job in jobs),
                "last_job_at": max(job["created_at"] for job in jobs),
            }
        ]

    def _list_decay(self) -> list[Row]:
        jobs = [{**job, "month": self._month(job["created_at"])} for job in self._by_group(self._processed())]
        rows = _grouped(jobs, _decay_facts, "account", "list_group", "month")
        found = []
        for name in {row["list_group"] for row in rows}:
            mine = sorted((row for row in rows if row["list_group"] == name), key=lambda row: row["month"])
            for number, row in enumerate(mine if len(mine) > 1 else [], start=1):
                before = mine[number - 2] if number > 1 else {"valid_rate": None}
                changes = {
                    "valid_rate_change": _difference(row["valid_rate"], before["valid_rate"]),
                    "valid_rate_change_total": _difference(row["valid_rate"], mine[0]["valid_rate"]),
                }
                found.append({**row, "month_number": number, **changes})
        return found

    def _by_group(self, jobs: list[Row]) -> list[Row]:
        return [{**job, "list_group": self._group_of(job["list_name"])} for job in jobs]

    def _stale_lists(self) -> list[Row]:
        runs = [run["started_at"] for run in self.runs if run["status"] == "complete"]
        known = max([*runs, *(job["created_at"] for job in self.jobs)], default=None)

        def facts(jobs: list[Row]) -> Row:
            first, last = (pick(job["created_at"] for job in jobs) for pick in (min, max))
            between = (last - first) / MICROSECOND / 86400e6
            return {
                "jobs": len(jobs),
                "first_job_at": first,
                "last_job_at": last,
                "known_until": known,
                "days_since": (known - last) / MICROSECOND / 86400e6,
                "mean_interval_days": between / (len(jobs) - 1) if len(jobs) > 1 else None,
            }

        return _grouped(self._by_group(self.jobs), facts, "account", "list_group")

    def _repeat_costs(self) -> list[Row]:
        before_of = {(row["job_id"], row["record_id"]): before for before, row in self._repeats()}
        records = [
            {
                **row,
                "month": self._month(row["job_created_at"]),
                "list_name": self._job(row)["list_name"],
                "before": before_of.get((row["job_id"], row["record_id"])),
            }
            for row in self._answered()
            if row["status"] in ("Valid", "Invalid", "Unknown") and (row["email"] or row["email_hash"])
        ]
        return _grouped(records, self._repeat_facts, "account", "month", "list_name")

    def _repeat_facts(self, records: list[Row]) -> Row:
        repeats = [row for row in records if row["before"] is not None]
        found = {
            "records": len(records),
            "changed": sum(row["status"] != row["before"]["status"] for row in repeats),
            "credits_net": sum(map(self._cost, records), Decimal(0)),
            "repeat_rate": len(repeats) / len(records),
        }
        for suffix, days in (("", None), ("_30d", 30), ("_90d", 90)):
            mine = [
                row
                for row in repeats
                if days is None
                or row["job_created_at"] - row["before"]["job_created_at"] <= timedelta(days=days)
            ]
            found[f"repeats{suffix}"] = len(mine)
            found[f"repeat_credits{suffix}"] = sum(map(self._cost, mine), Decimal(0))
        return found

    def _month(self, at: datetime) -> date:
        return self._day(at).replace(day=1)

    def _repeats(self) -> list[tuple[Row, Row]]:
        """Each verdict of the period that is not its address's first, and the one before, whenever it was."""
        newest: dict[str, Row] = {}
        found = []
        for row in sorted(
            self.records, key=lambda row: (row["job_created_at"], row["job_id"], row["record_id"])
        ):
            address = row["email"] if row["email"] is not None else row["email_hash"]
            if address is None or row["status"] not in ("Valid", "Invalid", "Unknown"):
                continue
            if address in newest and self._lies_within(row["job_created_at"]):
                found.append((newest[address], row))
            newest[address] = row
        return found

    def _cost(self, row: Row) -> Decimal:
        """What stays of a job's charge is that of its Valid addresses, in equal parts."""
        job = self._job(row)
        net, valid = job["total_credits_charged"], job["valid_count"]
        if row["status"] != "Valid" or net is None or not valid:
            return Decimal(0)
        return Decimal(math.trunc(Fraction(net) * 10**6 / valid)).scaleb(-6)

    def _job(self, row: Row) -> Row:
        return next(job for job in self.jobs if job["job_id"] == row["job_id"])

    def _data_freshness(self) -> list[Row]:
        if not self.jobs and not self.runs:
            return []
        last = max(self.runs, key=lambda run: (run["started_at"], run["run_id"]), default=None)
        ends = [run["finished_at"] for run in self.runs if run["status"] == "complete" and run["finished_at"]]
        there = [job for job in self.jobs if job["deleted_at"] is None]
        exported = [job for job in self.jobs if job["records_exported"] is not None]
        return [
            {
                "account": self._account,
                "last_complete_at": max(ends, default=None),
                "last_run_at": last and last["started_at"],
                "last_run_status": last and last["status"],
                "newest_job_at": max((job["created_at"] for job in self.jobs), default=None),
                "jobs_known": len(self.jobs),
                "jobs_in_flight": sum(not job["is_final"] for job in there),
                "jobs_waiting": sum(job["is_final"] and job["records_exported"] is None for job in there),
                "jobs_exported": len(exported),
                "jobs_unreconciled": sum(job["is_reconciled"] is False for job in exported),
                "records": sum(job["records_exported"] for job in exported),
                "open_rejects": sum(row["resolved_at"] is None for row in self.rejects),
            }
        ]

    def _processed(self) -> list[Row]:
        return [
            job for job in self.jobs if job["status"] == "Processed" and self._lies_within(job["created_at"])
        ]

    def _answered(self) -> list[Row]:
        return [row for row in self.records if self._lies_within(row["job_created_at"])]

    def _lies_within(self, at: datetime) -> bool:
        since, until = self._bounds
        return (since is None or at >= since) and (until is None or at < until)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self._zone).date()


def _events(job: Row, history: list[Row]) -> list[Row]:
    """The charge and the refund of a job; of zero credits there is none."""
    net, total = job["total_credits_charged"], job["total_records"]
    if net is None:
        return []
    upfront, basis = _upfront(job, history)
    refunded = total
    if job["status"] != "Failed":
        refunded = None if None in (total, job["valid_count"]) else total - job["valid_count"]
    facts = {name: job[name] for name in ("account", "job_id", "list_name")}
    charged_at = job["credits_charged_at"] or job["created_at"]
    ended_at = job["completed_at"] or job["changed_at"]
    found = [
        {**facts, "event": "charge", "event_at": charged_at, "credits": upfront, "records": total},
        {**facts, "event": "refund", "event_at": ended_at, "credits": net - upfront, "records": refunded},
    ]
    return [{**event, "basis": basis} for event in found if event["credits"]]


def _upfront(job: Row, history: list[Row]) -> tuple[Decimal, str]:
    net, total, valid = job["total_credits_charged"], job["total_records"], job["valid_count"]
    if not job["is_final"]:
        return net, "observed"
    seen = [
        (state["valid_from"], state["total_credits_charged"])
        for state in history
        if state["job_id"] == job["job_id"] and not state["is_final"]
        if (state["total_credits_charged"] or 0) > 0
    ]
    if seen:
        return max(max(seen)[1], net), "observed"
    if total is None:
        return net, "assumed"
    if job["status"] == "Processed" and valid is not None and valid > 0:
        micro = round(Fraction(net) * 10**6 * total / valid)  # of a Fraction: half to even, exact
        return max(Decimal(micro).scaleb(-6), net), "derived"
    return max(Decimal(total), net), "assumed"


def _sums(events: list[Row]) -> Row:
    charges = [event for event in events if event["event"] == "charge"]
    net = sum((event["credits"] for event in events), Decimal(0))
    charged = sum((event["credits"] for event in charges), Decimal(0))
    return {
        "credits_charged": charged,
        "credits_refunded": charged - net,
        "credits_net": net,
        "records_charged": sum(event["records"] or 0 for event in charges),
        "jobs_charged": len(charges),
    }


def _grouped(rows: list[Row], facts: Callable[[list[Row]], Row], *keys: str) -> list[Row]:
    groups = defaultdict(list)
    for row in rows:
        groups[tuple(row[key] for key in keys)].append(row)
    return [{**dict(zip(keys, key, strict=True)), **facts(group)} for key, group in groups.items()]


def _list_facts(jobs: list[Row]) -> Row:
    counts = {name: sum(job[name] or 0 for job in jobs) for name in COUNTS}
    net = sum((job["total_credits_charged"] or Decimal(0) for job in jobs), Decimal(0))
    valid = counts["valid_count"]
    return {
        "jobs": len(jobs),
        **counts,
        **{
            f"{name}_rate": _ratio(counts[f"{name}_count"], counts["total_records"])
            for name in ("valid", "invalid", "unknown")
        },
        "credits_net": net,
        "credits_per_valid": float(int(net.scaleb(6))) / valid / 1_000_000 if valid else None,
        "first_job_at": min(job["created_at"] for job in jobs),
        "last_job_at": max(job["created_at"] for job in jobs),
    }


def _validator_facts(records: list[Row]) -> Row:
    cached = sum(row["is_cached"] is True for row in records)
    counts = {
        f"{status.lower()}_count": sum(row["status"] == status for row in records)
        for status in ("Valid", "Invalid", "Unknown", "Error")
    }
    return {
        "records": len(records),
        "cached_count": cached,
        **counts,
        "cache_share": cached / len(records),
        "valid_rate": counts["valid_count"] / len(records),
    }


def _statement_facts(events: list[Row]) -> Row:
    refunds = [event for event in events if event["event"] == "refund"]
    return {
        **_sums(events),
        "records_refunded": sum(event["records"] or 0 for event in refunds),
        "jobs_refunded": len(refunds),
    }


def _decay_facts(jobs: list[Row]) -> Row:
    counts = {name: sum(job[name] or 0 for job in jobs) for name in COUNTS[:4]}
    return {"jobs": len(jobs), **counts, **_rates(counts)}


def _rates(counts: Row) -> Row:
    return {
        f"{name}_rate": _ratio(counts[f"{name}_count"], counts["total_records"])
        for name in ("valid", "invalid", "unknown")
    }


def _difference(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one - other


def _reason_facts(records: list[Row]) -> Row:
    return {
        "records": len(records),
        "jobs": len({row["job_id"] for row in records}),
        "first_job_at": min(row["job_created_at"] for row in records),
        "last_job_at": max(row["job_created_at"] for row in records),
    }


def _speed(job: Row) -> Row:
    completed, seconds = job["completed_at"], job["processing_seconds"]
    total = None if completed is None else (completed - job["created_at"]) // timedelta(microseconds=1) / 1e6
    return {
        "total_seconds": total,
        "records_per_second": seconds and _ratio(job["total_records"], seconds) if seconds else None,
    }


def _ratio(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole


def _age(row: Row) -> tuple[Any, ...]:
    return row["processed_at"] or LONG_AGO, row["job_created_at"], row["job_id"], row["record_id"]
