"""What another run, at work at the same time, has written of the jobs that this one publishes.

In: a `Publication`, the rows of its jobs as they are stored now. Out: the publication without what is older
than these. Pure functions.

Only rows of runs that wrote since this one began are looked at: whoever is alone is told nothing by them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ..contract import Publication

_FACTS = [column.name for column in schema.JOB_FACTS]
_KEPT = ("first_seen_at", "changed_at")
"""When a state was first seen, which it was by the other run where the state is the same."""


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
