"""The jobs that a batch means, which the driver looks up once: in the list, or by their ids.

In: options, and the filters that Spark pushes down. Out: bounds, of ids and of when jobs were created; job
facts. Bounds may let through too much, never too little: Spark applies all its filters itself, too. A list
that is not whole, and a job that cannot be had, is an error, or left out with a warning.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql.datasource import (
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
)

from ...api import JOB_FACTS_ARROW, Statuses
from ...errors import EcoreError, JobNotLoadedWarning, NotFoundError, PayloadError, ServerError
from ...job_loader import ErrorMode, JobFilter, warn
from ...reading import UNAVAILABLE, Listing, Session, list_all_jobs, ordered_map

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Jobs with these ids, created in [since, until); None: any."""

    job_ids: frozenset[int] | None = None
    since: datetime | None = None
    until: datetime | None = None

    def within(self, job_ids: Iterable[int]) -> Bounds:
        """These ids alone, as far as they are meant."""
        found = frozenset(job_ids)
        return replace(self, job_ids=found if self.job_ids is None else found & self.job_ids)

    def created(self, since: datetime | None, until: datetime | None) -> Bounds:
        """Created in that time, too."""
        return replace(
            self,
            since=max(filter(None, (self.since, since)), default=None),
            until=min(filter(None, (self.until, until)), default=None),
        )

    @property
    def is_empty(self) -> bool:
        """Whether no job can be meant."""
        if self.job_ids is not None and not self.job_ids:
            return True
        return self.since is not None and self.until is not None and self.until <= self.since


def bounds_of(filters: Iterable[Filter], created_at: str) -> Bounds:
    """The bounds in filters of ``job_id`` and of the column ``created_at``; others say nothing."""
    bounds = Bounds()
    for each in filters:
        column, value = ".".join(getattr(each, "attribute", ())), getattr(each, "value", None)
        if column == "job_id":
            bounds = _of_id(bounds, each, value)
        elif column == created_at and isinstance(value, datetime) and value.tzinfo is not None:
            bounds = _of_creation(bounds, each, value.astimezone(UTC))
    return bounds


def _of_id(bounds: Bounds, condition: Filter, value: Any) -> Bounds:
    if isinstance(condition, EqualTo) and isinstance(value, int):
        return bounds.within([value])
    if isinstance(condition, In) and all(isinstance(each, int) for each in value):
        return bounds.within(value)
    return bounds


def _of_creation(bounds: Bounds, condition: Filter, value: datetime) -> Bounds:
    after = value + _MOMENT if value < datetime.max.replace(tzinfo=UTC) else None
    match condition:
        case GreaterThan() | GreaterThanOrEqual():
            return bounds.created(value, None)
        case LessThan():
            return bounds.created(None, value)
        case LessThanOrEqual():
            return bounds.created(None, after)
        case EqualTo():
            return bounds.created(value, after)
    return bounds


def list_jobs(session: Session, wanted: JobFilter, bounds: Bounds, errors: ErrorMode) -> pa.Table:
    """The jobs of the list that are meant, newest first."""
    listing = list_all_jobs(session.endpoints, since=bounds.since, until=bounds.until, status=None)
    try:
        check_whole(listing)
    except ServerError as error:
        if errors == "raise":
            raise
        warn(str(error))
    facts = wanted.named(pa.Table.from_batches(listing.jobs, JOB_FACTS_ARROW))
    if bounds.job_ids is None:
        return facts
    ids = pa.array(sorted(bounds.job_ids), pa.int64())
    return facts.filter(pc.is_in(facts.column("job_id"), value_set=ids))


def check_whole(listing: Listing) -> None:
    """Raise `ServerError` for a list that does not show all jobs."""
    if listing.missing:
        raise ServerError(
            f"{listing.missing} jobs that the API counts were not listed, after several attempts: "
            "run again later"
        )
    if listing.shrank:
        raise ServerError("jobs kept being deleted while they were listed: run again later")


def jobs_by_id(session: Session, job_ids: Sequence[int], errors: ErrorMode, *, may_be_gone: bool) -> pa.Table:
    """The jobs with these ids, one request each; ``may_be_gone``: one that is not there is no error."""
    answers = ordered_map(
        session.executor, lambda job_id: _asked(session, job_id), job_ids, in_flight=session.in_flight
    )
    found: list[pa.RecordBatch] = []
    for job_id, answer in zip(job_ids, answers, strict=True):
        if isinstance(answer, Statuses):
            found.append(answer.jobs)
        elif isinstance(answer, NotFoundError) and may_be_gone:
            continue
        elif errors == "raise":
            raise answer
        else:
            warn(JobNotLoadedWarning(answer, job_id=job_id))
    return pa.Table.from_batches(found, JOB_FACTS_ARROW)


def _asked(session: Session, job_id: int) -> Statuses | EcoreError:
    """A job's status, or what concerns that job alone."""
    try:
        statuses = session.status(job_id)
    except NotFoundError:
        return NotFoundError(f"job {job_id} does not exist, or belongs to another user (404)", status=404)
    except (PayloadError, *UNAVAILABLE) as error:
        return error
    return PayloadError(statuses.faults[0].reason, job_id=job_id) if statuses.faults else statuses
