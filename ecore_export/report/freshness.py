"""Whether the figures can be trusted, in words.

In: the `Health` of each account, and how old data may be. Out: `Assessment`s.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from .figures import Health
from .folding import shown


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence. ``is_good``: nothing has to be done about it."""

    is_good: bool
    text: str


@dataclass(frozen=True, slots=True)
class Assessment:
    """What holds for one account; what is wrong comes first."""

    account: str
    findings: tuple[Finding, ...]

    @property
    def is_good(self) -> bool:
        """Whether all of it is as it should be."""
        return all(finding.is_good for finding in self.findings)


def assessments(accounts: Sequence[Health], max_age: timedelta) -> list[Assessment]:
    """What to think of each account, the troubled ones first."""
    found = [
        Assessment(shown(health.account), tuple(sorted(_findings(health, max_age), key=_is_good)))
        for health in accounts
    ]
    return sorted(found, key=lambda assessment: assessment.is_good)


def span(length: timedelta) -> str:
    """A length of time in words, such as 3 hours; at least a minute."""
    seconds = int(length.total_seconds())
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * size or unit == "minute":
            count = max(1, seconds // size)
            return f"{count:,} {unit}{'' if count == 1 else 's'}"
    raise AssertionError


def _findings(health: Health, max_age: timedelta) -> Iterator[Finding]:
    yield _age(health, max_age)
    if health.runs_ahead:
        runs = "1 complete run" if health.runs_ahead == 1 else f"{health.runs_ahead:,} complete runs"
        yield Finding(True, f"{runs} ended in the future: a clock was ahead.")
    if health.missing is not None:
        yield Finding(False, f"{health.missing[0].upper()}{health.missing[1:]}.")
    if health.last_run_status not in ("complete", None):
        yield Finding(False, f"The newest run ended as “{health.last_run_status}”.")
    yield _counted(
        health.open_rejects,
        "rejected item is open, and its records are missing here; see `ecore-export rejects`.",
        "rejected items are open, and their records are missing here; see `ecore-export rejects`.",
        "No rejects are open.",
    )
    yield _counted(
        health.jobs_waiting,
        "finished job is not exported yet: its addresses are not counted under validators.",
        "finished jobs are not exported yet: their addresses are not counted under validators.",
        "Every finished job is exported.",
    )
    yield _counted(
        health.jobs_unreconciled,
        "exported job does not add up to the counters of eCore; somebody accepted it so.",
        "exported jobs do not add up to the counters of eCore; somebody accepted them so.",
        "Every exported job adds up to the counters of eCore.",
    )
    if health.jobs_in_flight:
        jobs = "1 job is" if health.jobs_in_flight == 1 else f"{health.jobs_in_flight:,} jobs are"
        yield Finding(
            True, f"{jobs} still running at eCore and will follow: charged here, with no result yet."
        )
    yield Finding(
        True,
        f"{health.jobs_exported:,} of {health.jobs_known:,} known jobs exported, {health.records:,} records.",
    )


def _age(health: Health, max_age: timedelta) -> Finding:
    if health.age is None:
        return Finding(False, "Not complete: no export has been complete yet.")
    ended = (
        f"the last complete export ended {span(health.age)} before this page was written "
        f"({health.last_complete_at:%Y-%m-%d %H:%M} UTC)"
    )
    if health.age > max_age:
        return Finding(False, f"Stale: {ended}, and {span(max_age)} are allowed.")
    return Finding(True, f"Fresh: {ended}.")


def _counted(count: int, one: str, many: str, none: str) -> Finding:
    if count == 0:
        return Finding(True, none)
    return Finding(False, f"{count:,} {one if count == 1 else many}")


def _is_good(finding: Finding) -> bool:
    return finding.is_good
