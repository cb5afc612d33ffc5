"""A destination for a run that must write nothing: reads see what would have been written.

In: a destination. Out: one whose writes are kept in memory, of jobs and small tables only; what nobody wrote
is read from the real one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import pyarrow as pa

from .. import schema
from ..destinations import EVERYTHING, Destination, Publication, Selection


def unwritten(destination: Destination) -> Destination:
    """The destination, which nothing reaches that is written here.

    It has what discovering jobs takes: reading, publishing jobs and merging small tables.
    """
    return cast(Destination, _Unwritten(destination))


class _Unwritten:
    def __init__(self, destination: Destination) -> None:
        self.url = destination.url
        self.notes: list[str] = []
        self._destination = destination
        self._written: dict[str, pa.Table] = {}

    def publish(self, publication: Publication) -> None:
        self.merge(schema.JOBS, publication.jobs)  # neither history nor records are looked at

    def merge(self, table: schema.Table, rows: pa.Table) -> None:
        before = self._written.get(table.name, table.empty())
        self._written[table.name] = pa.concat_tables([_without(before, rows, table), rows])

    def read(
        self, table: schema.Table, where: Selection = EVERYTHING, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        written = self._written.get(table.name)
        if written is None:
            return self._destination.read(table, where, columns)
        names = list(table.names if columns is None else columns)
        needed = list(dict.fromkeys([*names, *table.key]))
        arrow = pa.schema([table.arrow.field(name) for name in needed])
        known = pa.Table.from_batches(self._destination.read(table, where, needed), arrow)
        fitting = written.filter(where.fits(written)).select(needed)
        rows = pa.concat_tables([_without(known, written, table), fitting])
        in_order = rows.sort_by([(name, "ascending") for name in table.key])
        return iter(in_order.select(names).to_batches())

    def count(self, table: schema.Table, where: Selection = EVERYTHING) -> int:
        if table.name not in self._written:
            return self._destination.count(table, where)
        return sum(batch.num_rows for batch in self.read(table, where, table.key))


def _without(rows: pa.Table, newer: pa.Table, table: schema.Table) -> pa.Table:
    """The rows that no newer one replaces."""
    kept = rows.join(newer.select(table.key), list(table.key), join_type="left anti", use_threads=False)
    return kept.cast(rows.schema)  # a join makes every column one that may be null
