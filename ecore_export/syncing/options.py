"""What a sync is asked to do, and what it did."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, SupportsIndex, TypedDict

from ..arguments import account_label, flag, job_ids, minutes, one_of, whole_number
from ..errors import EcoreError, SettingsError
from ..grouping import check_rule
from ..privacy import MODES, PiiMode
from ..showing import as_line, as_table
from ..times import as_instant, check_order

LOCK_TIMEOUT_S = 10.0
"""So long it is waited for another run to let go of the destination."""

_FLAGS = ("full", "refetch", "no_records", "accept_deletions", "dry_run", "no_views")


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What to export.

    ``since`` (inclusive) and ``until`` (exclusive, later) bound the jobs' created_at. ``jobs`` names jobs by
    id, one or several. ``full`` lists every job, ``refetch`` reads records anew as well, ``no_records`` keeps
    to jobs. ``max_requests`` is a budget of HTTP requests; after ``max_minutes`` no further one begins, and
    what was read is published. ``accept_deletions`` goes on although known jobs vanished.
    ``dry_run`` lists and counts, and writes nothing. ``pii`` says what of an address is stored; None: as
    the destination has done so far. ``tz`` is the time zone whose days the views count, kept from then on;
    None: as before, UTC at first. ``no_views`` leaves the views as they are. ``group``: a regular expression
    that says which lists of the account belong together, kept from then on: the group is what its first
    parentheses match in a list's name, or all that matches; empty: each list is its own group again; None:
    as before.

    >>> SyncOptions(jobs=42, pii="hash").jobs
    (42,)
    """

    account: str = "default"
    since: datetime | None = None
    until: datetime | None = None
    jobs: tuple[int, ...] | None = None
    full: bool = False
    refetch: bool = False
    no_records: bool = False
    max_requests: int | None = None
    max_minutes: float | None = None
    accept_deletions: bool = False
    dry_run: bool = False
    pii: PiiMode | None = None
    tz: str | None = None
    no_views: bool = False
    group: str | None = None

    def __post_init__(self) -> None:
        account_label(self.account)
        since, until = as_instant(self.since), as_instant(self.until)
        check_order(since, until)
        jobs = _named(self.jobs)
        checked: dict[str, Any] = {"since": since, "until": until, "jobs": jobs}
        if self.max_requests is not None:
            checked["max_requests"] = whole_number("max_requests", self.max_requests)
        if self.max_minutes is not None:
            checked["max_minutes"] = minutes("max_minutes", self.max_minutes)
        if self.pii is not None:
            one_of("pii", self.pii, MODES)
        if self.group is not None:
            check_rule(self.group)
        for name in _FLAGS:
            flag(name, getattr(self, name))
        for name, value in checked.items():
            object.__setattr__(self, name, value)  # frozen for everybody else


class SyncKeywords(TypedDict, total=False):
    """The fields of `SyncOptions` as keywords of `sync`, which writes ``since`` and ``until`` out."""

    account: str
    jobs: SupportsIndex | Iterable[SupportsIndex] | None
    full: bool
    refetch: bool
    no_records: bool
    max_requests: int | None
    max_minutes: float | None
    accept_deletions: bool
    dry_run: bool
    pii: PiiMode | None
    tz: str | None
    no_views: bool
    group: str | None


@dataclass(frozen=True, slots=True, repr=False)
class SyncResult:
    """What a sync did: the figures of its row in `schema.SYNC_RUNS`, and more.

    ``status``: complete, partial (rejects are open, or jobs are missing), stopped (run it again later) or
    failed. ``jobs_open`` and ``records_open``: final jobs that are not exported, with their records, when the
    run ended. ``missing``: that the API counts more jobs than it lists, with both figures. ``error``: why the
    run did not go through to its end.

    >>> SyncResult("0197", "default", "parquet:warehouse", datetime(2026, 5, 6), jobs_exported=3)
    SyncResult(status='running', destination='parquet:warehouse', account='default', jobs_exported=3)
    """

    run_id: str
    account: str
    destination: str
    started_at: datetime
    finished_at: datetime | None = None
    status: str = "running"
    jobs_seen: int = 0
    jobs_exported: int = 0
    jobs_changed: int = 0
    jobs_rejected: int = 0
    records_written: int = 0
    requests: int = 0
    retries: int = 0
    bytes_received: int = 0
    jobs_open: int = 0
    records_open: int = 0
    rejects_open: int = 0
    drift: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    missing: str | None = None
    error: EcoreError | None = None

    def __repr__(self) -> str:
        return as_line("SyncResult", self._shown())

    def _repr_html_(self) -> str:
        return as_table("SyncResult", self._shown())

    def _shown(self) -> dict[str, object]:
        """What there is to say: figures that are not 0, notes and trouble where there are any."""
        told = {name: value for name in _SHOWN if (value := getattr(self, name))}
        return told | ({"trouble": self.trouble} if self.trouble else {})

    @property
    def trouble(self) -> str | None:
        """Why the run is not complete, apart from rejects."""
        return self.missing if self.error is None else str(self.error)

    def as_dict(self) -> dict[str, Any]:
        """The figures as JSON can hold them."""
        return {
            name: _plain(getattr(self, name))
            for name in self.__dataclass_fields__
            if name not in ("error", "missing")
        } | {"error": self.trouble}


_SHOWN = (
    "status",
    "destination",
    "account",
    "jobs_seen",
    "jobs_exported",
    "records_written",
    "jobs_changed",
    "jobs_rejected",
    "rejects_open",
    "jobs_open",
    "records_open",
    "requests",
    "retries",
    "notes",
)


def _named(jobs: Any) -> tuple[int, ...] | None:
    """The jobs named; None where none are. An empty list or column must not come to mean all jobs."""
    if jobs is None:
        return None
    if not (ids := job_ids(jobs)):
        raise SettingsError("the list of jobs is empty: name a job, or leave jobs out to export what is new")
    return ids


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
