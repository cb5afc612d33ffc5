"""What a client loads, as Arrow: jobs and their records, with a warning of what is missing.

In: bounds, or job ids, checked. Out: rows of `schema.JOBS` and `schema.RECORDS`. Warnings point at the first
line outside this package.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from types import FrameType
from typing import Literal

import pyarrow as pa

from . import schema
from .api import JOB_FACTS_ARROW
from .errors import (
    ApiError,
    IncompleteDataWarning,
    JobNotLoadedWarning,
    NotFoundError,
    PayloadError,
    ReconciliationError,
)
from .progress import JobsListed, RecordsRead, shown_load
from .reading import (
    UNAVAILABLE,
    JobsRead,
    Outcome,
    RecordReader,
    Session,
    UnknownJob,
    as_job_rows,
    as_record_rows,
    list_all_jobs,
)
from .threads import naming_the_limit

ErrorMode = Literal["raise", "warn"]
"""What becomes of a job whose records cannot be had: it ends the load, or is left out with a warning."""

_OF_ONE_JOB = (NotFoundError, PayloadError, ReconciliationError, *UNAVAILABLE)

_PACKAGE = str(Path(__file__).parent)


@dataclass(frozen=True, slots=True)
class JobLoader:
    """Loads through a session. ``account`` labels the rows, ``progress``: whether a bar shows."""

    session: Session
    account: str
    progress: bool | None

    def listed(self, *, since: datetime | None, until: datetime | None, status: str | None) -> pa.Table:
        """The jobs created in [since, until), newest first: job facts; warns where some are missing."""
        counts = JobsListed(is_whole=since is None)
        with shown_load(self.session.endpoints, counts, progress=self.progress) as endpoints:
            listing = list_all_jobs(endpoints, since=since, until=until, status=status)
        if listing.missing:
            warn(f"{listing.missing} jobs that the API counts were not listed, after several attempts")
        elif listing.shrank:
            warn("jobs kept being deleted while they were listed: others may be missing")
        return pa.Table.from_batches(listing.jobs, JOB_FACTS_ARROW)

    def read(self, job_ids: Sequence[int], *, errors: ErrorMode = "raise") -> Iterator[JobsRead]:
        """The records of each job, while a bar shows how they come along.

        Without figures at hand, every job is asked for its status first.
        """
        load = shown_load(self.session.endpoints, RecordsRead(len(job_ids)), progress=self.progress)
        with load as endpoints, naming_the_limit():
            session = replace(self.session, endpoints=endpoints)
            for outcome in RecordReader(session).read(map(UnknownJob, job_ids)):
                try:
                    read = _rows_of(session, outcome)
                except _OF_ONE_JOB as error:
                    if errors == "raise" or isinstance(outcome, JobsRead):
                        raise
                    warn(JobNotLoadedWarning(error, job_id=outcome.job_id))
                else:
                    yield read

    def job_rows(self, facts: pa.Table) -> pa.Table:
        """Job facts as `schema.JOBS`."""
        return as_job_rows(facts, account=self.account)

    def record_rows(self, read: JobsRead) -> pa.Table:
        """The records of jobs as `schema.RECORDS`."""
        created_at = facts_of(read).column("created_at")
        return pa.Table.from_batches(
            as_record_rows(read, created_at, account=self.account, run_id=None), schema.RECORDS.frame_arrow
        )


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


def _rows_of(session: Session, outcome: Outcome) -> JobsRead:
    """The outcome if it holds records, or what is there of a running job; raises the error that it is."""
    if isinstance(outcome, JobsRead):
        return outcome
    job_id = outcome.job_id
    if outcome.outcome == "running" and outcome.facts is not None:
        warn(f"job {job_id} is not final: its records and counters will change")
        rows = session.records_as_given(job_id, outcome.facts.column("total_records")[0].as_py())
        return JobsRead((job_id,), (rows.rows,), rows, outcome.facts)
    if outcome.outcome == "gone":
        raise NotFoundError(
            f"job {job_id} does not exist, or belongs to another user (404)", status=404
        ) from outcome.error
    raise outcome.error or ApiError(f"job {job_id} could not be read")
