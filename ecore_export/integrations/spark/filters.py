"""Filters of a query that bound what is asked of the API: ids of jobs, and when they were created.

In: what Spark pushes down. Out: bounds. They may let through too much, never too little: Spark applies all
its filters itself, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pyspark.sql.datasource import (
    EqualTo,
    Filter,
    GreaterThan,
    GreaterThanOrEqual,
    In,
    LessThan,
    LessThanOrEqual,
)

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
