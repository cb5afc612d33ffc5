"""Where another writer was quicker: all is computed again, some time later, and a few times at most.

In: an attempt to change tables. Out: what it gives; `DestinationBusyError` if others are always quicker.
In: a `Publication`, and the rows of its jobs as they are stored now. Out: the publication without what is
older than these.

Only rows of runs that wrote since this one began are looked at: whoever is alone is told nothing by them.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ...errors import DestinationBusyError, DestinationError
from ..contract import Publication
from .failures import ConflictError
from .tables import Snapshot
from .url import Place

T = TypeVar("T")

ATTEMPTS, PAUSE_S, LONGEST_PAUSE_S = 12, 0.05, 3.0

_FACTS = [column.name for column in schema.JOB_FACTS]
_KEPT = ("first_seen_at", "changed_at")
"""When a state was first seen, which it was by the other run where the state is the same."""


def again_on_conflict(place: Place, attempt: Callable[[], T]) -> T:
    """The outcome of ``attempt``, made again from the start where another writer was quicker."""
    for number in range(ATTEMPTS):
        try:
            return attempt()
        except ConflictError:
            most = min(PAUSE_S * 2**number, LONGEST_PAUSE_S)
            time.sleep(random.uniform(most / 4, most))  # noqa: S311 - it only keeps writers apart
    raise DestinationBusyError(
        f"other exports keep writing to {place.root}: try later; what was published before stays"
    )


@contextmanager
def moved_on_is_conflict(*snapshots: Snapshot) -> Iterator[None]:
    """What fails in a table that has moved on meanwhile is a `ConflictError`: its old files may be gone."""
    versions = [snapshot.version for snapshot in snapshots]
    try:
        yield
    except DestinationError as error:
        if error.retryable:
            raise
        for snapshot, version in zip(snapshots, versions, strict=True):
            snapshot.refresh()
            if snapshot.version > version + 1:  # one of them is ours, at most
                raise ConflictError from None
        raise


def without_stale(publication: Publication, stored: pa.Table, others: Collection[str]) -> Publication:
    """``publication`` as it adds to what ``others`` have written of the same jobs.

    Of a job in the same state nothing is written but what was exported. In another state the one that was
    seen later stays.
    """
    if not others:
        return publication
    theirs = {row["job_id"]: row for row in stored.to_pylist() if row["run_id"] in others}
    jobs, stale, without_history = list[dict[str, Any]](), set[int](), set[int]()
    for row in publication.jobs.to_pylist():
        known = theirs.get(row["job_id"])
        if known is None:
            jobs.append(row)
        elif _state(known) != _state(row):
            if row["changed_at"] > known["changed_at"]:
                jobs.append(row)
            else:
                stale.add(row["job_id"])
        else:
            without_history.add(row["job_id"])
            if row["records_exported"] is not None:
                jobs.append(row | {name: known[name] for name in _KEPT})
    return replace(
        publication,
        jobs=pa.Table.from_pylist(jobs, schema.JOBS.arrow),
        history=_without(publication.history, stale | without_history),
        exported=tuple(job_id for job_id in publication.exported if job_id not in stale),
    )


def _state(row: dict[str, Any]) -> tuple[Any, ...]:
    """What makes up a state: the facts, and whether it is deleted."""
    return (*(row[name] for name in _FACTS), row["deleted_at"] is None)


def _without(rows: pa.Table, job_ids: Collection[int]) -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows["job_id"], value_set=pa.array(sorted(job_ids), pa.int64()))))
