"""An account with known repeats, domains and decay, as an API's JSON, and its rows as pandas has them.

Out: a `scripted_api.Account`; frames of its jobs and records, made from that JSON by pandas alone.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
from scripted_api import Account, Json, record_json

RULE = r"^(\pL.+?) \d{4}-\d\d$"
"""The rule that puts the newsletter's lists together."""
PEOPLE, VERDICTS = 40, ("Valid", "Invalid", "Unknown")
MONTHS = [datetime(2025, month, 28, 22, 30, tzinfo=UTC) for month in (9, 10, 11, 12)] + [
    datetime(2026, month, 28, 22, 30, tzinfo=UTC) for month in (1, 2, 3)
]
"""Late on the 28th, which is the next month for some zones in no month, but the next day in Berlin."""
DOMAINS = ("example.com", "example.com", "bad.example", "mail.example")
ERRORS = ("Batch failed: timed out", "Batch failed: unexpected answer")


def known_account() -> Account:
    """A newsletter that comes back monthly and decays, an import that comes back within days, and others."""
    account = Account()
    for month, at in enumerate(MONTHS):
        _add(account, f"Newsletter {at:%Y-%m}", at, range(month, PEOPLE), month, rate="0.5")
    _add(account, "Trade fair", MONTHS[3] + timedelta(days=2), range(30, 60), 3, rate="2.25")
    _add(account, "Trade fair", MONTHS[3] + timedelta(days=5), range(30, 60), 3, rate="2.25")
    _add(account, "API Upload", MONTHS[5] + timedelta(days=1), range(1), 5)
    _add(account, "API Upload", MONTHS[6] + timedelta(days=1), range(70, 90), 6, status="Failed")
    _add(account, "Old customers", MONTHS[0] - timedelta(days=30), range(55, 75), 0)
    account.jobs.sort(key=lambda job: job["created_at"], reverse=True)
    return account


def _add(
    account: Account, name: str, at: datetime, people: range, month: int, *, rate: str = "1", **more: str
) -> None:
    job_id = len(account.jobs) + 1
    records = [_record(job_id * 1000 + n, person, month) for n, person in enumerate(people)]
    is_failed = more.get("status") == "Failed"
    valid = sum(record["status"] == "Valid" for record in records)
    account.add(
        job_id,
        records,
        list_name=name,
        created_at=_text(at),
        credits_charged_at=_text(at + timedelta(seconds=9)),
        started_at=_text(at + timedelta(seconds=5)),
        completed_at=_text(at + timedelta(hours=2)),
        total_credits_charged=0.0 if is_failed else float(Decimal(rate) * valid),
        **more,
    )


def _record(record_id: int, person: int, month: int) -> Json:
    """What becomes of a person by that month: each of 'bad.example' soon Invalid, others one by one."""
    domain = DOMAINS[person % 4]
    life = 2 if domain == "bad.example" else 3 + person % 11
    status = "Unknown" if person % 13 == 5 else "Valid" if month < life else "Invalid"
    if (person + month) % 17 == 3:
        status = "Error"
    return record_json(
        record_id,
        email=f"person{person}@{domain}",
        status=status,
        error_message=ERRORS[person % 2] if status == "Error" else None,
        validator_used=None if status == "Error" else ("ZeroBounce", "MxProbe")[person % 2],
        is_cached=person % 3 == 0,
    )


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def group_of(list_name: str) -> str:
    """The newsletter's month, which is in its name, is nothing that tells its lists apart."""
    return "Newsletter" if list_name.startswith("Newsletter 202") else list_name


def jobs_of(account: Account, tz: str = "UTC") -> pd.DataFrame:
    """Its jobs, oldest first: instants, `month` (of creation by that clock) and `net` as exact decimals."""
    jobs = pd.DataFrame(account.jobs).rename(columns={"id": "job_id"})
    for name in ("created_at", "credits_charged_at", "completed_at"):
        jobs[name] = pd.to_datetime(jobs[name])
    jobs["month"] = jobs["created_at"].dt.tz_convert(tz).dt.date.map(lambda day: day.replace(day=1))
    jobs["day"] = jobs["created_at"].dt.tz_convert(tz).dt.date
    jobs["list_group"] = jobs["list_name"].map(group_of)
    jobs["net"] = jobs["total_credits_charged"].map(lambda net: Decimal(repr(net)))
    return jobs.sort_values(["created_at", "job_id"], ignore_index=True)


def records_of(account: Account, tz: str = "UTC") -> pd.DataFrame:
    """Its records: their jobs' `created_at`, `month`, `day`, `list_name`; their `domain` and `credits`."""
    found = [{"job_id": job_id, **row} for job_id, rows in account.records.items() for row in rows]
    records = pd.DataFrame(found).rename(columns={"id": "record_id"})
    records["domain"] = records["email"].str.split("@").str[1]
    jobs = jobs_of(account, tz)[
        ["job_id", "created_at", "month", "day", "list_name", "list_group", "net", "valid_count"]
    ]
    records = records.merge(jobs, on="job_id")
    records["credits"] = [
        net / valid if status == "Valid" else Decimal(0)
        for net, valid, status in zip(records["net"], records["valid_count"], records["status"], strict=True)
    ]
    return records.sort_values(["created_at", "job_id", "record_id"], ignore_index=True)


def repeats_of(records: pd.DataFrame) -> pd.DataFrame:
    """The verdicts that are not the first on their address, each with the one before as `previous_…`."""
    verdicts = records[records["status"].isin(VERDICTS)]
    before = verdicts.groupby("email")[["job_id", "record_id", "status", "credits", "created_at"]].shift()
    repeats = verdicts.join(before.add_prefix("previous_")).dropna(subset="previous_job_id")
    repeats["days_since"] = (repeats["created_at"] - repeats["previous_created_at"]) / timedelta(days=1)
    return repeats
