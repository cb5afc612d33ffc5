"""What a table holds of some jobs, the shortest condition that picks their rows, and which of them differ.

In: a snapshot, ids of jobs of one account, a `Publication`. Out: their rows, or how many, and conditions on
them for delta-rs; ids of the jobs whose records are not the published ones, found out in memory that does not
grow with a job.

Each id that a condition lists costs delta-rs 70 microseconds, time and again. Where no rows of other jobs lie
between the lowest and the highest id, as in a first listing, these two say the same.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema, or quoted
from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ..contract import Publication
from ..rows import BOOKKEEPING_COLUMNS, in_chunks
from .read import among, between, figures, integer_literal, of_jobs, table_of, text_literal
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


_COMPARED = [name for name in schema.RECORDS.names if name not in BOOKKEEPING_COLUMNS]
_ORDER = ("job_id", "record_id")


def changed_jobs(snapshot: Snapshot, publication: Publication, counts_stored: pa.Table) -> set[int]:
    """Exported jobs whose records are not the stored ones, of which there are so many."""
    exported = publication.exported
    stored: dict[Any, Any] = dict(zip(*(c.to_pylist() for c in counts_stored.columns), strict=True))
    job_ids: list[Any] = publication.jobs["job_id"].to_pylist()
    counts = dict(zip(job_ids, publication.jobs["records_exported"].to_pylist(), strict=True))
    changed = {job_id for job_id in exported if (counts[job_id] or 0) != stored.get(job_id, 0)}
    candidates = stored.keys() - changed
    if candidates:
        for chunk in in_chunks(records_of(publication, candidates)):
            changed |= _differing(snapshot, publication.account, chunk, changed)
    return changed


def records_of(publication: Publication, job_ids: Collection[int]) -> Iterator[pa.RecordBatch]:
    """The records of these jobs."""
    wanted = np.fromiter(job_ids, np.int64, len(job_ids))
    for batch in publication.records():
        is_wanted = np.isin(batch.column("job_id").to_numpy(), wanted)
        yield batch if is_wanted.all() else batch.filter(pa.array(is_wanted))


def _differing(snapshot: Snapshot, account: str, chunk: pa.Table, changed: Collection[int]) -> set[int]:
    """The jobs of a chunk of new rows that has others stored. Their numbers of rows are the same already."""
    new = chunk.select(_COMPARED).sort_by([(name, "ascending") for name in _ORDER])
    spans = [span for span in _spans(new) if span[0] not in changed]
    if not spans:
        return set()
    ends = {int(chunk["job_id"][0].as_py()), int(chunk["job_id"][-1].as_py())}
    condition = f"account = {text_literal(account)} AND {_of_spans(new, spans, ends)}"
    # More rows than are new cannot be the same: of a job whose rows come unordered there may be very many.
    stored = table_of(snapshot, _COMPARED, f"{condition} ORDER BY job_id, record_id LIMIT {len(new) + 1}")
    rows_of = {job_id: stored.slice(start, stop - start) for job_id, start, stop in _spans(stored)}
    return {
        job_id
        for job_id, start, stop in spans
        if job_id not in rows_of or not new.slice(start, stop - start).equals(rows_of[job_id])
    }


def _of_spans(rows: pa.Table, spans: list[tuple[int, int, int]], ends: Collection[int]) -> str:
    """The rows of these jobs; of ``ends``, which a chunk may cut, those between its lowest and highest."""
    record_ids = rows["record_id"].to_numpy()
    terms = [
        f"(job_id = {integer_literal(job_id)} AND record_id >= {integer_literal(int(record_ids[start]))} "
        f"AND record_id <= {integer_literal(int(record_ids[stop - 1]))})"
        for job_id, start, stop in spans
        if job_id in ends
    ]
    if whole := [job_id for job_id, _, _ in spans if job_id not in ends]:
        terms.append(f"({among('job_id', whole)})")
    lowest, highest = integer_literal(spans[0][0]), integer_literal(spans[-1][0])
    return f"job_id >= {lowest} AND job_id <= {highest} AND ({' OR '.join(terms)})"


def _spans(rows: pa.Table) -> list[tuple[int, int, int]]:
    """Each job of ordered rows with its first row and the row after its last."""
    job_ids = rows["job_id"].to_numpy()
    bounds = [0, *(np.flatnonzero(job_ids[1:] != job_ids[:-1]) + 1).tolist(), len(job_ids)]
    return [(int(job_ids[start]), start, stop) for start, stop in pairwise(bounds) if start < stop]
