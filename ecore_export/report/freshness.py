"""Whether the figures can be trusted, in words.

In: rows of data_freshness, the time, and how old data may be. Out: `Standing`s.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from .packing import shown


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence. ``is_good``: nothing has to be done about it."""

    is_good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one account; what is wrong comes first."""

    account: str
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """Whether all of it is as it should be."""
        return all(finding.is_good for finding in self.findings)


def standings(rows: list[dict[str, Any]], now: datetime, max_age: timedelta) -> list[Standing]:
    """The standing of each account, the troubled ones first."""
    found = [
        Standing(shown(row["account"]), tuple(sorted(_findings(row, now, max_age), key=_is_good)))
        for row in rows
    ]
    return sorted(found, key=lambda standing: standing.is_good)


def span(length: timedelta) -> str:
    """A length of time in words, such as 3 hours; at least a minute."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size or unit == "minute":
            count = max(1, seconds // size)
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    raise AssertionError


def _findings(row: dict[str, Any], now: datetime, max_age: timedelta) -> Iterator[Finding]:
    yield _age(row["last_complete_at"], now, max_age)
    if row["last_run_status"] not in ("complete", None):
        yield Finding(False, f"The newest run ended as “{row['last_run_status']}”.")
    yield _counted(
        row["open_rejects"],
        "rejected item is open, and its records are missing here; see `ecore-export rejects`.",
        "rejected items are open, and their records are missing here; see `ecore-export rejects`.",
        "No rejects are open.",
    )
    yield _counted(
        row["jobs_waiting"],
        "finished job is not exported yet: its addresses are not counted under validators.",
        "finished jobs are not exported yet: their addresses are not counted under validators.",
        "Every finished job is exported.",
    )
    yield _counted(
        row["jobs_unreconciled"],
        "exported job does not add up to the counters of eCore; somebody accepted it so.",
        "exported jobs do not add up to the counters of eCore; somebody accepted them so.",
        "Every exported job adds up to the counters of eCore.",
    )
    if row["jobs_in_flight"]:
        jobs = "1 job is" if row["jobs_in_flight"] == 1 else f"{row['jobs_in_flight']:,} jobs are"
        yield Finding(
            True, f"{jobs} still running at eCore and will follow: charged here, with no result yet."
        )
    yield Finding(
        True,
        f"{row['jobs_exported']:,} of {row['jobs_known']:,} known jobs exported, {row['records']:,} records.",
    )


def _age(last: datetime | None, now: datetime, max_age: timedelta) -> Finding:
    if last is None:
        return Finding(False, "Not complete: no export has been complete yet.")
    ended = (
        f"the last complete export ended {span(now - last)} before this page was written "
        f"({last:%Y-%m-%d %H:%M} UTC)"
    )
    if now - last > max_age:
        return Finding(False, f"Stale: {ended}, and {span(max_age)} are allowed.")
    return Finding(True, f"Fresh: {ended}.")


def _counted(count: int, one: str, many: str, none: str) -> Finding:
    if count == 0:
        return Finding(True, none)
    return Finding(False, f"{count:,} {one if count == 1 else many}")


def _is_good(finding: Finding) -> bool:
    return finding.is_good
