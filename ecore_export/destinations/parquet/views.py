"""The rows of a Parquet folder for its views: only the columns needed, a row group at a time.

In: the folder of a Parquet destination. Out: what gives the rows of its tables.

Each file is read from one open handle: it stays what it was, whatever takes its name meanwhile. DuckDB's own
`read_parquet` opens a file twice, and fails now and then while a sync rewrites it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from ... import schema
from ..files import reading
from .folder import own_paths


def rows_of(
    root: Path, account: str | None
) -> Callable[[schema.Table, Sequence[str]], Iterator[pa.RecordBatch]]:
    """Gives some columns of a table's rows, those of one account, or of all for None."""

    def rows(table: schema.Table, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        arrow = pa.schema([table.frame_arrow.field(name) for name in columns])
        for path in own_paths(root / table.name):
            with reading(path), pq.ParquetFile(path) as file:
                for group in range(file.num_row_groups):
                    found = _conformed(file.read_row_group(group, columns=list(columns)), arrow)
                    if account is not None:
                        found = found.filter(pc.equal(found["account"], pa.scalar(account)))
                    yield from found.to_batches()

    return rows


def _conformed(rows: pa.Table, arrow: pa.Schema) -> pa.Table:
    """The rows with the columns of ``arrow``; those a file of an older version lacks are null."""
    columns = [
        rows[field.name].cast(field.type)
        if field.name in rows.column_names
        else pa.nulls(len(rows), field.type)
        for field in arrow
    ]
    return pa.table(columns, schema=arrow)
