"""Which jobs go into which partition: whole jobs alone, about as many requests in each.

In: job facts, or ids. Out: partitions, which are pickled and hold neither an address of a record nor the
token. Spark runs as many partitions at once as it has cores, so the requests at once are bounded by dividing
them up here: all partitions together have that many workers. A job that is large beside the others has a
partition of its own, and more workers.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from pyspark.sql.datasource import InputPartition

from ...api import INLINE_RECORDS, RECORDS_PAGE_SIZE

FIGURES = ("job_id", "status", "total_records", "valid_count", "invalid_count", "unknown_count", "created_at")
"""What of a job's facts goes to the executor that reads it."""

ROWS_A_PARTITION = 5_000
"""Rows of `jobs` in one partition: some hundred kB, which travel with the task."""


@dataclass
class JobRows(InputPartition):
    """Rows of `jobs` that the driver has read: an Arrow stream."""

    rows: bytes = field(repr=False)


@dataclass
class RecordsOf(InputPartition):
    """Jobs whose records an executor reads with so many ``workers``.

    ``jobs``: an Arrow stream of their `FIGURES`, or of ids alone. ``may_be``: outcomes that only mean that
    the job has no records to read: ``gone``, ``running``.
    """

    jobs: bytes = field(repr=False)
    workers: int = 1
    may_be: tuple[str, ...] = ()


def partitions_of_rows(rows: pa.Table) -> list[InputPartition]:
    """Partitions of rows of `jobs`."""
    return [
        JobRows(_packed(rows.slice(start, ROWS_A_PARTITION)))
        for start in range(0, rows.num_rows, ROWS_A_PARTITION)
    ]


def partitions_of_jobs(
    jobs: pa.Table, *, requests_at_once: int, most: int | None, may_be: tuple[str, ...]
) -> list[InputPartition]:
    """Partitions of jobs' records; ``jobs``: facts, or ids alone; ``most``: so many partitions at most."""
    is_known = "total_records" in jobs.column_names
    jobs = jobs.select(FIGURES if is_known else ["job_id"])
    costs = list(map(_requests, jobs.column("total_records").to_pylist())) if is_known else [1] * len(jobs)
    slots = min(most or requests_at_once, requests_at_once)
    workers = requests_at_once // slots
    return [
        RecordsOf(_packed(jobs.take(pa.array(places, pa.int64()))), share * workers, may_be)
        for places, share in shares(costs, slots)
    ]


def shares(costs: Sequence[int], slots: int) -> Iterator[tuple[list[int], int]]:
    """Places in ``costs`` that share some of the ``slots``, and how many; all slots together at most.

    By descending cost: one that is more than a slot's fair share has slots of its own. Each other one goes to
    the slot that has least to do so far.
    """
    places = sorted(range(len(costs)), key=lambda place: -costs[place])
    left, total = slots, sum(costs)
    while places and left > 1 and costs[places[0]] * left > total:
        place = places.pop(0)
        own = max(costs[place] * left // total, 1)
        own = min(own, left - 1) if places else left
        yield [place], own
        left, total = left - own, total - costs[place]
    bins: list[tuple[int, int, list[int]]] = [(0, number, []) for number in range(left)]
    for place in places:
        load, number, inside = bins[0]
        inside.append(place)
        heapq.heapreplace(bins, (load + costs[place], number, inside))
    yield from ((sorted(inside), 1) for _, _, inside in sorted(bins, key=lambda each: each[1]) if inside)


def unpacked(packed: bytes) -> pa.Table:
    """What a partition holds."""
    with pa.ipc.open_stream(packed) as reader:
        return reader.read_all()


def _packed(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _requests(total_records: int | None) -> int:
    if total_records is None or total_records <= INLINE_RECORDS:
        return 1
    return -(-total_records // RECORDS_PAGE_SIZE)
