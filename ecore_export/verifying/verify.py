"""Checks what was exported against the API again, groups against their rule, and repairs where asked to.

In: settings, a destination. Out: a `VerifyResult`. Without ``fix`` nothing is written and no lock is taken;
with it the jobs that differ are exported anew, by the same way and as a recorded run as in any sync, and then
checked once more.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from ..destinations import Destination, check_exported, read_gap, read_jobs
from ..errors import EcoreError
from ..privacy import Privacy
from ..progress import Progress
from ..reading import Session, created_within
from ..reading import job_ids as ids_of
from ..settings import Settings
from ..syncing import (
    ListAstray,
    SyncOptions,
    accept,
    agreed_privacy,
    lists_astray,
    pruned_before,
    regroup,
    run_sync,
)
from .jobs import Check, Finding

if TYPE_CHECKING:
    import httpx

_COLUMNS = ("job_id", "created_at", "is_final", "total_records", "records_exported", "deleted_at")


@dataclass(slots=True)
class VerifyResult:
    """What a verification found.

    ``findings``: of every job that differs, and of some that do not (`Finding.is_difference`), by job id.
    ``fixed``: jobs that differed and, repaired, do not any more. ``lists``: those in another group than the
    rule in force gives; ``lists_fixed``: names of those set right. ``requests``: HTTP requests of the checks;
    those of a repair are in its row of `sync_runs`. ``missing``: that the last run that compared knew fewer
    jobs than the API counts; those are not here to be checked. ``error``: why not everything was checked
    or repaired.
    """

    account: str
    destination: str
    jobs_checked: int = 0
    records_checked: int = 0
    requests: int = 0
    findings: list[Finding] = field(default_factory=list)
    fixed: frozenset[int] = frozenset()
    lists: list[ListAstray] = field(default_factory=list)
    lists_fixed: frozenset[str] = frozenset()
    missing: str | None = None
    error: EcoreError | None = None

    @property
    def jobs_differing(self) -> int:
        """How many jobs differed, repaired ones included."""
        return sum(finding.is_difference for finding in self.findings)

    @property
    def agrees(self) -> bool:
        """Whether all that was checked agrees, if need be after the repair."""
        are_lists_right = len(self.lists) == len(self.lists_fixed)
        return self.jobs_differing == len(self.fixed) and are_lists_right and self.missing is None

    def as_dict(self) -> dict[str, Any]:
        """The result as JSON can hold it."""
        return {
            "account": self.account,
            "destination": self.destination,
            "agrees": self.agrees,
            "jobs_checked": self.jobs_checked,
            "records_checked": self.records_checked,
            "jobs_differing": self.jobs_differing,
            "jobs_fixed": len(self.fixed),
            "lists_differing": len(self.lists),
            "lists_fixed": len(self.lists_fixed),
            "requests": self.requests,
            "missing": self.missing,
            "findings": [
                {
                    "job_id": finding.job_id,
                    "is_difference": finding.is_difference,
                    "is_fixed": finding.job_id in self.fixed,
                    "reasons": list(finding.reasons),
                }
                for finding in self.findings
            ],
            "lists": [
                {
                    "list_name": found.list_name,
                    "list_group": found.list_group,
                    "expected": found.expected,
                    "is_fixed": found.list_name in self.lists_fixed,
                }
                for found in self.lists
            ],
            "error": None if self.error is None else str(self.error),
        }


@dataclass(frozen=True, slots=True)
class _Verification:
    """What every step of one verification needs."""

    settings: Settings
    destination: Destination
    account: str
    http_client: httpx.Client | None
    progress: Progress
    stopping: threading.Event | None
    privacy: Privacy


def verify(
    settings: Settings,
    destination: Destination,
    *,
    account: str = "default",
    job_ids: Sequence[int] | None = None,
    fix: bool = False,
    http_client: httpx.Client | None = None,
    progress: Progress | None = None,
    stopping: threading.Event | None = None,
) -> VerifyResult:
    """Compare every exported job, or those of ``job_ids``, with the API: its facts, and every record.

    Reads all of them anew, so it takes about as many requests as exporting them did. Of their lists it looks
    whether each is in the group that the rule in force gives. With ``fix`` the jobs that differ are exported
    anew, jobs that are gone are marked as deleted, and lists go where the rule wants them. An error that ends
    it is in the result; `DestinationError` is raised if nothing, or nothing of that account, was ever
    exported there.
    """
    check_exported(destination, account)
    privacy = agreed_privacy(destination, None, settings.pii_key)
    asked = _Verification(
        settings, destination, account, http_client, progress or Progress(), stopping, privacy
    )
    result = VerifyResult(account, destination.url)
    if job_ids is None and (gap := read_gap(destination, account)) is not None:
        result.missing = str(gap)
    result.lists = lists_astray(destination, account, job_ids)
    findings = _check(asked, job_ids, result)
    result.findings = [findings[job_id] for job_id in sorted(findings)]
    if fix and result.lists and result.error is None:
        _fix_lists(asked, job_ids, result)
    if fix and result.jobs_differing and result.error is None:
        _fix(asked, result)
    return result


def _check(asked: _Verification, job_ids: Sequence[int] | None, result: VerifyResult) -> dict[int, Finding]:
    """What is to be said of these jobs, or of all; an error that ends it is left in the result."""
    destination = asked.destination
    jobs = read_jobs(destination, asked.account, job_ids=job_ids, columns=_COLUMNS)
    is_exported = pc.and_(pc.is_valid(jobs.column("records_exported")), pc.is_null(jobs.column("deleted_at")))
    exported = jobs.filter(is_exported).sort_by([("created_at", "ascending"), ("job_id", "ascending")])
    found = {} if job_ids is None else _not_compared(job_ids, jobs, exported)
    with Session.open(asked.settings, http_client=asked.http_client, stopping=asked.stopping) as session:
        traffic = session.endpoints.api.traffic
        asked.progress.began(None, asked.account, lambda: traffic.requests)
        check = Check(session, destination, asked.account, asked.privacy, asked.progress)
        try:
            check.run(exported, _pruned(destination, asked.account, exported))
        except EcoreError as error:
            result.error = error
        result.requests += traffic.requests
    result.jobs_checked += check.jobs
    result.records_checked += check.records
    return found | check.findings


def _pruned(destination: Destination, account: str, jobs: pa.Table) -> frozenset[int]:
    """The jobs whose records were removed on purpose."""
    before = pruned_before(destination, account)
    if before is None:
        return frozenset()
    return frozenset(ids_of(created_within(jobs, None, before)))


def _not_compared(job_ids: Sequence[int], jobs: pa.Table, exported: pa.Table) -> dict[int, Finding]:
    """Why jobs that were asked for have nothing to compare."""
    known = {row["job_id"]: row for row in jobs.to_pylist()}
    found = {}
    for job_id in set(job_ids).difference(ids_of(exported)):
        row = known.get(job_id)
        if row is None:
            found[job_id] = Finding(job_id, ("not known in the destination",))
        elif row["deleted_at"] is not None:
            found[job_id] = Finding(job_id, ("marked as deleted, not compared",), is_difference=False)
        elif not row["is_final"]:
            found[job_id] = Finding(job_id, ("not final yet, not compared",), is_difference=False)
        else:
            found[job_id] = Finding(job_id, ("final, but not exported",))
    return found


def _fix_lists(asked: _Verification, job_ids: Sequence[int] | None, result: VerifyResult) -> None:
    """Put lists into the groups that the rule gives, then look which of them are not there."""
    try:
        regroup(asked.destination, asked.account, job_ids)
    except EcoreError as error:  # the destination is locked, or cannot be written
        result.error = error
        return
    left = {found.list_name for found in lists_astray(asked.destination, asked.account, job_ids)}
    result.lists_fixed = frozenset(found.list_name for found in result.lists) - left


def _fix(asked: _Verification, result: VerifyResult) -> None:
    """Export the jobs that differ anew, then look which of them still do."""
    differing = [finding for finding in result.findings if finding.is_difference]
    try:
        result.error = _export_anew(asked, differing)
    except EcoreError as error:  # the destination is locked, or cannot be written
        result.error = error
        return
    again = VerifyResult(result.account, result.destination)
    job_ids = [finding.job_id for finding in differing]
    left = _check(asked, job_ids, again)
    result.requests += again.requests
    result.error = result.error or again.error
    if again.error is None:
        result.fixed = frozenset(i for i in job_ids if i not in left or not left[i].is_difference)


def _export_anew(asked: _Verification, differing: Sequence[Finding]) -> EcoreError | None:
    """Export these jobs, each kind in a run of its own; the error that ended a run, if one did."""
    accepted = [finding.job_id for finding in differing if finding.is_accepted]
    others = tuple(finding.job_id for finding in differing if not finding.is_accepted)
    error = None
    if others:
        error = run_sync(
            asked.settings,
            asked.destination,
            SyncOptions(account=asked.account, jobs=others, refetch=True),
            progress=asked.progress,
            stopping=asked.stopping,
            http_client=asked.http_client,
        ).error
    if accepted and error is None:
        error = accept(
            asked.settings, asked.destination, accepted, account=asked.account, http_client=asked.http_client
        ).error
    return error
