"""The rows of Delta tables for their views: only the columns needed, in no order.

In: the tables. Out: what gives the rows of each, as delta-rs reads them: what it would hand to PyArrow for
reading in a process that has written too may abort that process at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from ... import schema
from ..contract import Selection
from .read import fitting, select
from .tables import Tables


def rows_of(
    tables: Tables, account: str | None
) -> Callable[[schema.Table, Sequence[str]], Iterator[pa.RecordBatch]]:
    """Gives some columns of a table's rows, those of one account, or of all for None."""

    def rows(table: schema.Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        snapshot = tables[table].snapshot()
        if snapshot is None:
            return
        arrow = pa.schema([table.frame_arrow.field(name) for name in columns])
        for batch in select(snapshot, columns, fitting(table, Selection(account))):
            yield batch.cast(arrow)

    return rows
