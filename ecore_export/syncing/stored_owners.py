"""Whose record an id is: one that an earlier run stored under a job is not taken in for another one.

In: jobs about to be published, and a destination. Out: the jobs whose records are stored under others.

Record ids are primary keys at eCore and come nearly in order, so the ids of few jobs lie among those of a new
one. What is compared are therefore spans, from the lowest id of each job to its highest, read once a run and
held as arrays; the ids themselves are read only of jobs whose spans meet. Nothing is asked before there is
something to publish, and only of the newest jobs unless the ids to be published are as old as theirs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from ..destinations import Destination, read_records
from ..reading import JobsRead

NEWEST = 1_000
"""Jobs that are asked for at first. Ids above those of the older half of them are in no older job."""
LOOKED_UP_ROWS = 1_000_000
"""Stored ids that a publication is compared with at most: more are met only where ids come in no order."""

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Spans:
    """Jobs by ascending lowest record id, each with its highest one and the number of its records."""

    job_ids: Ints
    lows: Ints
    highs: Ints
    rows: Ints

    @classmethod
    def of(cls, columns: Sequence[Any]) -> Spans:
        """From these four, whatever the order of the jobs."""
        arrays = [np.asarray(column, np.int64) for column in columns]
        order = np.argsort(arrays[1], kind="stable")
        return cls(*(array[order] for array in arrays))


class StoredOwners:
    """The records of one account that earlier runs left in the destination."""

    def __init__(self, destination: Destination, account: str) -> None:
        self._destination = destination
        self._account = account
        self._newest: Spans | None = None
        self._all: Spans | None = None

    def of(self, reads: Sequence[JobsRead]) -> dict[int, int]:
        """The jobs read that have a record id which is stored under another job, with that job.

        An id that is stored under the job itself is its own, whoever else has it: somebody accepted that.
        """
        if self._newest is None:
            self._newest = self._read_spans(NEWEST)
        if not len(self._newest.job_ids):
            return {}
        fresh = spans_of(reads)
        stored = self._stored_near(fresh, self._newest)
        others = meeting(stored, fresh, {job_id for read in reads for job_id in read.job_ids})
        if not others:
            return {}
        found = in_common(reads, self._read_ids(others, fresh))
        if hit := np.unique(found["job_id"].to_numpy()).tolist():
            own = np.isin(_keys(found), _keys(self._read_ids(hit, fresh)))
            found = found.filter(pa.array(~own))
        job_ids, firsts = np.unique(found["job_id"].to_numpy(), return_index=True)
        return dict(zip(job_ids.tolist(), found["owner"].to_numpy()[firsts].tolist(), strict=True))

    def _stored_near(self, fresh: Spans, newest: Spans) -> Spans:
        """The stored jobs that fresh ones may meet: the newest, or all."""
        if self._all is None:
            if len(newest.job_ids) == NEWEST and len(fresh.job_ids):
                is_older = newest.job_ids <= np.median(newest.job_ids)
                if fresh.lows.min() > newest.highs[is_older].max():
                    return newest
                newest = self._read_spans(None)
            self._all = newest
        return self._all

    def _read_spans(self, newest: int | None) -> Spans:
        spans = self._destination.read_record_spans(self._account, newest=newest)
        return Spans.of([spans[name].to_numpy() for name in ("job_id", "low", "high", "rows")])

    def _read_ids(self, job_ids: Sequence[int], fresh: Spans) -> pa.Table:
        """The stored ids of these jobs as far as they may be among fresh ones: columns job_id, record_id."""
        low, high = fresh.lows.min(), fresh.highs.max()
        columns = ("job_id", "record_id")
        parts = [_integers(columns).empty_table()]
        for batch in read_records(self._destination, self._account, job_ids=job_ids, columns=columns):
            ids = batch.column("record_id").to_numpy()
            some = batch.filter(pa.array((ids >= low) & (ids <= high)))
            parts.append(pa.Table.from_batches([some]).cast(_integers(columns)))
        return pa.concat_tables(parts)


def spans_of(reads: Iterable[JobsRead]) -> Spans:
    """The spans of jobs that were read; those without records have none."""
    found: dict[int, list[int]] = {}
    for read in reads:
        ends, begin = np.cumsum(read.lengths), 0
        for batch in read.rows:
            stop = begin + batch.num_rows
            starts = np.unique([begin, *ends[(ends > begin) & (ends < stop)]])[: batch.num_rows]
            ids = batch.column("record_id").to_numpy()
            lows, highs = (each.reduceat(ids, starts - begin) for each in (np.minimum, np.maximum))
            for n, place in enumerate(np.searchsorted(ends, starts, side="right").tolist()):
                span = found.setdefault(read.job_ids[place], [int(lows[n]), int(highs[n]), 0])
                span[:] = min(span[0], int(lows[n])), max(span[1], int(highs[n])), read.lengths[place]
            begin = stop
    return Spans.of([list(found), *np.array(list(found.values()), np.int64).reshape(-1, 3).T])


def meeting(stored: Spans, fresh: Spans, left_out: Collection[int]) -> list[int]:
    """The stored jobs whose spans meet one of the fresh ones, without those to be left out.

    No more than have `LOOKED_UP_ROWS` records together. First come those that begin where a fresh one does,
    then those of as many records: an answer for the wrong job is likely to.
    """
    if not len(stored.job_ids) or not len(fresh.job_ids):
        return []
    tops, is_met = np.maximum.accumulate(stored.highs), np.zeros(len(stored.job_ids), np.bool_)
    for low, high in _joined(fresh):
        some = slice(np.searchsorted(tops, low), np.searchsorted(stored.lows, high, side="right"))
        is_met[some] |= stored.highs[some] >= low
    met = np.flatnonzero(is_met & ~np.isin(stored.job_ids, list(left_out)))
    has_other_rows, has_other_low = (
        ~np.isin(ours[met], theirs) for ours, theirs in ((stored.rows, fresh.rows), (stored.lows, fresh.lows))
    )
    met = met[np.lexsort((has_other_rows, has_other_low))]
    looked_up = stored.job_ids[met[np.cumsum(stored.rows[met]) <= LOOKED_UP_ROWS]]
    return [int(job_id) for job_id in looked_up]


def in_common(reads: Iterable[JobsRead], stored: pa.Table) -> pa.Table:
    """The record ids that jobs have in common with stored ones: columns job_id, record_id and owner."""
    stored = stored.sort_by("record_id")
    known, owners = stored["record_id"].to_numpy(), stored["job_id"].to_numpy()
    columns = _integers(("job_id", "record_id", "owner"))
    parts = [columns.empty_table()]
    for read in reads if len(known) else ():
        ends, begin = np.cumsum(read.lengths), 0
        for batch in read.rows:
            ids = batch.column("record_id").to_numpy()
            places = np.minimum(np.searchsorted(known, ids), len(known) - 1)
            hits = np.flatnonzero(known[places] == ids)
            job_ids = np.array(read.job_ids, np.int64)[np.searchsorted(ends, begin + hits, side="right")]
            values = (job_ids, ids[hits], owners[places[hits]])
            parts.append(pa.table([pa.array(each) for each in values], schema=columns))
            begin += batch.num_rows
    return pa.concat_tables(parts)


def _keys(ids: pa.Table) -> npt.NDArray[Any]:
    """Each job_id with its record_id; Arrow's own join would load what may abort a process at its exit."""
    return np.rec.fromarrays([ids["job_id"].to_numpy(), ids["record_id"].to_numpy()])


def _integers(names: Sequence[str]) -> pa.Schema:
    return pa.schema([(name, pa.int64()) for name in names])


def _joined(spans: Spans) -> list[tuple[int, int]]:
    """The stretches that spans, some of which meet, cover together."""
    joined: list[tuple[int, int]] = []
    for low, high in zip(spans.lows.tolist(), spans.highs.tolist(), strict=True):
        if joined and low <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], high)
        else:
            joined.append((low, high))
    return joined
