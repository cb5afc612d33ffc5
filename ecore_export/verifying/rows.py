"""How stored rows differ from what the API gives: pure functions over Arrow, memory bounded.

In: rows of `schema.RECORDS` as they should be and as they are stored, job facts likewise. Out: differences,
by job. Rows of both sides come in any order; no message here holds a value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..reading import Spool
from ..syncing import differs

PIECE_ROWS = 50_000
"""Rows of either side that are compared at a time (about 10 MB)."""
MOST_PIECES = 64
"""Each piece of either side is a temporary file."""

_ID_BLOCK_BITS = 10
"""Records of neighbouring ids stay in one piece: what comes in order is cut into few slices."""
_FACTS = tuple(column.name for column in schema.JOB_FACTS)
_COMPARED = tuple(name for name in schema.RECORDS.names if name not in (*schema.RECORDS.key, "run_id"))


@dataclass(slots=True)
class RowDifferences:
    """The rows of one job: how many are ``stored``, and how they differ."""

    stored: int = 0
    missing: int = 0
    extra: int = 0
    differing: int = 0
    columns: set[str] = field(default_factory=set)

    def reasons(self) -> list[str]:
        """In words, without values; empty if nothing differs."""
        columns = ", ".join(name for name in _COMPARED if name in self.columns)
        verb = "differs" if self.differing == 1 else "differ"
        said = [
            (self.missing, f"{_records(self.missing)} missing"),
            (self.extra, f"{_records(self.extra)} extra"),
            (self.differing, f"{_records(self.differing)} {verb} in: {columns}"),
        ]
        return [words for count, words in said if count]


def compare_records(
    expected: Iterable[pa.RecordBatch], stored: Iterable[pa.RecordBatch], *, rows: int
) -> dict[int, RowDifferences]:
    """Every job that has rows on either side; ``rows``: about how many there are on the larger side.

    Many rows are first sorted into pieces by record id, on disk; then one piece at a time is in memory.
    """
    found: defaultdict[int, RowDifferences] = defaultdict(RowDifferences)
    pieces = min(rows // PIECE_ROWS + 1, MOST_PIECES)
    for ours, theirs in zip(_pieces(expected, pieces), _pieces(stored, pieces), strict=True):
        _compare(ours, theirs, found)
    return found


def differing_facts(known: pa.Table, facts: pa.RecordBatch | pa.Table) -> dict[int, list[str]]:
    """By job the fact columns in which ``known``, rows of `schema.JOBS`, differ from ``facts``.

    Only jobs on both sides are compared, and only those that differ come out.
    """
    fresh = pa.table(facts)
    at: Any = pc.index_in(fresh.column("job_id"), known.column("job_id").combine_chunks())
    fresh, stored = fresh.filter(pc.is_valid(at)), known.take(at.drop_null())
    found: defaultdict[int, list[str]] = defaultdict(list)
    for name in _FACTS:
        is_different = _differs(fresh.column(name), stored.column(name))
        job_ids: list[Any] = stored.column("job_id").filter(pa.array(is_different)).to_pylist()
        for job_id in job_ids:
            found[job_id].append(name)
    return found


def _pieces(rows: Iterable[pa.RecordBatch], count: int) -> Iterator[pa.Table]:
    """The rows cut into ``count`` tables; a record id is always in the same one."""
    if count == 1:
        yield pa.Table.from_batches(list(rows), schema.RECORDS.arrow)
        return
    spools = [Spool(schema.RECORDS.arrow, memory_rows=0) for _ in range(count)]
    for batch in rows:
        piece_of = (batch.column("record_id").to_numpy() >> _ID_BLOCK_BITS) % count
        order = np.argsort(piece_of, kind="stable")
        bounds = np.searchsorted(piece_of[order], np.arange(count + 1))
        ordered = batch.take(order)
        for piece in np.flatnonzero(np.diff(bounds)):
            spools[piece].append(ordered.slice(bounds[piece], bounds[piece + 1] - bounds[piece]))
    for spool in spools:
        yield pa.Table.from_batches(list(spool), schema.RECORDS.arrow)
        spool.close()


def _compare(expected: pa.Table, stored: pa.Table, found: dict[int, RowDifferences]) -> None:
    ours, theirs = _matches(expected, stored)
    job_ids = [side.column("job_id").to_numpy() for side in (expected, stored)]
    for job_id, count in _counts(job_ids[1]):
        found[job_id].stored += count
    for job_id, count in _counts(np.delete(job_ids[0], ours)):
        found[job_id].missing += count
    for job_id, count in _counts(np.delete(job_ids[1], theirs)):
        found[job_id].extra += count
    expected, stored = expected.take(ours), stored.take(theirs)
    is_different = np.zeros(len(ours), bool)
    for name in _COMPARED:
        mask = _differs(expected.column(name), stored.column(name))
        is_different |= mask
        for job_id, _ in _counts(job_ids[0][ours[mask]]):
            found[job_id].columns.add(name)
    for job_id, count in _counts(job_ids[0][ours[is_different]]):
        found[job_id].differing += count


def _matches(expected: pa.Table, stored: pa.Table) -> tuple[Any, Any]:
    """Places of the rows that both sides have: in one, and in the other."""
    keys = [
        np.concatenate([side.column(name).to_numpy() for side in (expected, stored)])
        for name in ("record_id", "job_id")
    ]
    order = np.lexsort(keys)  # stable: of two equal keys the expected one comes first
    is_expected = order < len(expected)
    is_pair = is_expected[:-1] & ~is_expected[1:]
    for key in keys:
        is_pair &= key[order[:-1]] == key[order[1:]]
    first = np.flatnonzero(is_pair)
    return order[first], order[first + 1] - len(expected)


def _differs(said: Any, stored: Any) -> np.ndarray[Any, Any]:
    if said.equals(stored):
        return np.zeros(len(said), bool)
    mask: np.ndarray[Any, Any] = differs(said, stored).to_numpy()
    return mask


def _counts(job_ids: np.ndarray[Any, Any]) -> Iterator[tuple[int, int]]:
    unique, counts = np.unique(job_ids, return_counts=True)
    yield from zip(unique.tolist(), counts.tolist(), strict=True)


def _records(count: int) -> str:
    return "1 record" if count == 1 else f"{count} records"
