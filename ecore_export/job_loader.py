"""What a client loads, as Arrow: jobs and their records, with a warning of what is missing.

In: bounds as people pass them, or job ids. Out: rows of `schema.JOBS` and `schema.RECORDS`. Warnings point at
the first line outside this package.
"""

from __future__ import annotations

import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Any, Literal, Self

import pyarrow as pa
import pyarrow.compute as pc

from . import schema
from .api import JOB_FACTS_ARROW
from .arguments import JobStatus, name_filter, status_filter
from .errors import (
    ApiError,
    IncompleteDataWarning,
    JobNotLoadedWarning,
    NotFoundError,
    PayloadError,
    ReconciliationError,
    WaitTimeoutError,
)
from .progress import JobsListed, RecordsRead, shown_load
from .reading import (
    UNAVAILABLE,
    Failures,
    JobsRead,
    Outcome,
    RecordReader,
    Session,
    UnknownJob,
    as_job_rows,
    as_record_rows,
    job_ids,
    list_all_jobs,
    only_status,
)
from .threads import naming_the_limit
from .times import Moment, as_instant, check_order

ErrorMode = Literal["raise", "warn"]
"""What becomes of a job whose records cannot be had: it ends the load, or is left out with a warning."""

_OF_ONE_JOB = (NotFoundError, PayloadError, ReconciliationError, *UNAVAILABLE)

_PACKAGE = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class JobFilter:
    """Which jobs of the list are meant; None: any. ``list_name``: the name, or a pattern found in it."""

    since: datetime | None
    until: datetime | None
    status: str | None
    list_name: str | re.Pattern[str] | None

    @classmethod
    def of(
        cls,
        *,
        since: Moment | None,
        until: Moment | None,
        list_name: str | re.Pattern[str] | None,
        status: JobStatus | None = None,
    ) -> Self:
        """What people pass, checked. Raises `SettingsError` for what is no bound, name or status."""
        first, end = as_instant(since), as_instant(until)
        check_order(first, end)
        return cls(first, end, status_filter(status), name_filter(list_name))

    def named(self, jobs: pa.Table) -> pa.Table:
        """Those of the jobs whose list is meant by its name."""
        wanted = self.list_name
        if wanted is None:
            return jobs
        names = jobs.column("list_name")
        if isinstance(wanted, str):
            return jobs.filter(pc.equal(names, pa.scalar(wanted)))
        found = [name is not None and wanted.search(name) is not None for name in names.to_pylist()]
        return jobs.filter(pa.array(found, pa.bool_()))


@dataclass(frozen=True, slots=True)
class JobLoader:
    """Loads through a session. ``account`` labels the rows, ``progress``: whether a bar shows."""

    session: Session
    account: str
    progress: bool | None

    def listed(self, wanted: JobFilter) -> pa.Table:
        """The jobs that are meant, newest first: job facts; warns where some are missing."""
        counts = JobsListed(is_whole=wanted.since is None)
        with shown_load(self.session.endpoints, counts, progress=self.progress) as endpoints:
            listing = list_all_jobs(endpoints, since=wanted.since, until=wanted.until, status=wanted.status)
        if listing.missing:
            warn(f"{listing.missing} jobs that the API counts were not listed, after several attempts")
        elif listing.shrank:
            warn("jobs kept being deleted while they were listed: others may be missing")
        return wanted.named(pa.Table.from_batches(listing.jobs, JOB_FACTS_ARROW))

    def listed_final(self, wanted: JobFilter) -> list[int]:
        """The ids of those that are final; warns of how many are not."""
        jobs = self.listed(wanted)
        final = jobs.filter(jobs.column("is_final"))
        if running := jobs.num_rows - final.num_rows:
            warn(f"jobs left out as they are not final yet: {running}; load again later")
        return job_ids(final)

    def read(
        self, ids: Sequence[int], *, status: str | None = None, errors: ErrorMode = "raise"
    ) -> Iterator[JobsRead]:
        """The records of each job, or those of a status, while a bar shows how they come along.

        Without figures at hand, every job is asked for its status first.
        """
        load = shown_load(self.session.endpoints, RecordsRead(len(ids)), progress=self.progress)
        with load as endpoints, naming_the_limit():
            session = replace(self.session, endpoints=endpoints)
            failures = Failures(endpoints)
            for outcome in RecordReader(session, status).read(map(UnknownJob, ids)):
                try:
                    read = _rows_of(session, outcome, status)
                except _OF_ONE_JOB as error:
                    if errors == "raise" or isinstance(outcome, JobsRead):
                        raise
                    if isinstance(error, UNAVAILABLE):
                        failures.add(error)
                    warn(JobNotLoadedWarning(error, job_id=outcome.job_id))
                else:
                    failures.interrupt()
                    yield read

    def wait(
        self,
        job_id: int,
        limit_s: float | None,
        on_poll: Callable[[Mapping[str, Any]], None] | None,
        sleep: Callable[[float], None],
    ) -> pa.RecordBatch:
        """The facts of a job once it is final; raises `WaitTimeoutError` where that takes too long."""
        deadline = None if limit_s is None else time.monotonic() + limit_s
        while True:
            statuses = self.session.status(job_id)
            if statuses.faults:
                raise PayloadError(statuses.faults[0].reason, job_id=job_id)
            (state,) = statuses.jobs.to_pylist()
            if on_poll is not None:
                on_poll(state)
            if state["is_final"]:
                return statuses.jobs
            wait_s = poll_interval_s(state["total_records"])
            if deadline is not None and time.monotonic() + wait_s > deadline:
                raise WaitTimeoutError(
                    f"job {job_id} is still {state['status']} after {limit_s:g} s; look again later"
                )
            sleep(wait_s)

    def job_rows(self, facts: pa.Table) -> pa.Table:
        """Job facts as `schema.JOBS`."""
        return as_job_rows(facts, account=self.account)

    def record_rows(self, read: JobsRead) -> pa.Table:
        """The records of jobs as `schema.RECORDS`."""
        created_at = facts_of(read).column("created_at")
        return pa.Table.from_batches(
            as_record_rows(read, created_at, account=self.account, run_id=None), schema.RECORDS.frame_arrow
        )


def poll_interval_s(total_records: int) -> float:
    """Seconds between two looks at a running job: 3 for a small one, 15 to 30 for a large one.

    The API reference advises a few seconds for small jobs and 15 to 30 for large ones.
    """
    if total_records <= 1_000:
        return 3.0
    return min(30.0, 15.0 + total_records / 10_000)


def facts_of(read: JobsRead) -> pa.RecordBatch:
    """What was read of the jobs themselves."""
    assert read.facts is not None, "a loader reads every job's status"
    return read.facts


def warn(warning: str | IncompleteDataWarning) -> None:
    """Warn that data are incomplete, at the caller's own line."""
    level = 1
    frame: FrameType | None = sys._getframe()
    while frame is not None and Path(frame.f_code.co_filename).is_relative_to(_PACKAGE):
        level, frame = level + 1, frame.f_back
    warnings.warn(warning, IncompleteDataWarning, stacklevel=level)


def _rows_of(session: Session, outcome: Outcome, status: str | None) -> JobsRead:
    """The outcome if it holds records, or what is there of a running job; raises the error that it is."""
    if isinstance(outcome, JobsRead):
        return outcome if status is None else only_status(outcome, status)
    job_id = outcome.job_id
    if outcome.outcome == "running" and outcome.facts is not None:
        warn(f"job {job_id} is not final: its records and counters will change")
        expected = outcome.facts.column("total_records")[0].as_py() if status is None else 0
        rows = session.records_as_given(job_id, expected, status=status)
        read = JobsRead((job_id,), (rows.rows,), rows, outcome.facts)
        return read if status is None else only_status(read, status)
    if outcome.outcome == "gone":
        raise NotFoundError(
            f"job {job_id} does not exist, or belongs to another user (404)", status=404
        ) from outcome.error
    raise outcome.error or ApiError(f"job {job_id} could not be read")
