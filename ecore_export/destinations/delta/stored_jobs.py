"""What a table holds of some jobs, and the shortest condition that picks their rows.

In: a snapshot, ids of jobs of one account. Out: their rows, or how many, and conditions on them for delta-rs.

Each id that a condition lists costs delta-rs 70 microseconds, time and again. Where no rows of other jobs lie
between the lowest and the highest id, as in a first listing, these two say the same.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema, or quoted
from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .read import between, figures, of_jobs, table_of
from .tables import Snapshot

_FEW_IDS = 50
"""So many are listed, wherever they lie."""
_SPARSE_ROWS = 4
"""With more rows than these for each id, those of the jobs between are not worth reading."""


@dataclass(frozen=True, slots=True)
class StoredJobs:
    """What is stored of some jobs of an account. ``alone``: nothing of other jobs lies between them.

    ``rows``: at least ``job_id``.
    """

    account: str
    rows: pa.Table
    alone: bool

    def picking(self, job_ids: Collection[Any]) -> str:
        """The condition that picks the rows of some of these jobs, and no others."""
        lowest, highest = min(job_ids), max(job_ids)
        stored = np.unique(self.rows["job_id"].to_numpy())
        inside = stored[(stored >= lowest) & (stored <= highest)].tolist()
        is_exact = self.alone and set(job_ids).issuperset(inside)
        return (between if is_exact else of_jobs)(self.account, job_ids)


def stored_jobs(snapshot: Snapshot, account: str, job_ids: Collection[Any]) -> StoredJobs:
    """All rows of these jobs, by key."""
    order, names = ", ".join(snapshot.table.key), snapshot.table.names
    count = f"SELECT count(*) AS found FROM t WHERE {between(account, job_ids)}"
    are_few = len(job_ids) <= _FEW_IDS or (
        figures(snapshot, count, ["found"])["found"][0].as_py() > _SPARSE_ROWS * len(job_ids)
    )

    def read(where: str) -> pa.Table:
        return table_of(snapshot, names, f"{where} ORDER BY {order}")

    return _stored(account, job_ids, read, are_few=are_few)


def stored_counts(snapshot: Snapshot, account: str, job_ids: Collection[Any]) -> StoredJobs:
    """How many rows each of these jobs has, as ``job_id`` and ``rows``; none of those that have none."""

    def read(where: str) -> pa.Table:
        text = f'SELECT job_id, count(*) AS "rows" FROM t WHERE {where} GROUP BY job_id'
        return figures(snapshot, text, ["job_id", "rows"])

    return _stored(account, job_ids, read, are_few=len(job_ids) <= _FEW_IDS)


def _stored(
    account: str, job_ids: Collection[Any], read: Callable[[str], pa.Table], *, are_few: bool
) -> StoredJobs:
    if are_few:
        return StoredJobs(account, read(of_jobs(account, job_ids)), alone=False)
    found = read(between(account, job_ids))
    rows = found.filter(pc.is_in(found["job_id"], value_set=pa.array(sorted(job_ids), pa.int64())))
    return StoredJobs(account, rows, alone=len(rows) == len(found))
