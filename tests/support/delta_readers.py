"""Readers of Delta tables that are none of this package, each in a process of its own.

As a script: ``python delta_readers.py READER TABLE FILE`` reads a Delta table and writes what it found to
an Arrow file. It runs in environments that have the reader and PyArrow alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pyarrow as pa


def read_pandas(place: str) -> pa.Table:
    """As deltalake gives it to pandas."""
    import pandas as pd
    from deltalake import DeltaTable

    frame = DeltaTable(place).to_pandas(types_mapper=pd.ArrowDtype)
    return pa.Table.from_pandas(frame, preserve_index=False)


def read_polars(place: str) -> pa.Table:
    import polars as pl

    return pl.scan_delta(place).collect().to_arrow()


def read_duckdb(place: str) -> pa.Table:
    """By DuckDB's own extension, of the version that its wheel is made for."""
    import duckdb
    import duckdb_extensions

    with duckdb.connect() as connection:
        duckdb_extensions.import_extension("delta", con=connection)
        connection.execute("LOAD delta")
        return connection.execute("SELECT * FROM delta_scan(?)", [place]).to_arrow_table()


READERS: dict[str, Callable[[str], pa.Table]] = {
    "pandas": read_pandas,
    "polars": read_polars,
    "duckdb": read_duckdb,
}


def plain(rows: pa.Table) -> pa.Table:
    """With the one type of text that all know, UTC under its shortest name, metadata left out."""
    same: dict[pa.DataType, pa.DataType] = {
        pa.large_string(): pa.string(),
        pa.string_view(): pa.string(),
        pa.timestamp("us", "Etc/UTC"): pa.timestamp("us", "UTC"),
    }
    fields = [pa.field(field.name, same.get(field.type, field.type)) for field in rows.schema]
    return rows.cast(pa.schema(fields))


def main() -> None:
    reader, place, file = sys.argv[1:]
    found = plain(READERS[reader](place))
    with pa.OSFile(file, "wb") as sink, pa.ipc.new_file(sink, found.schema) as writer:
        writer.write_table(found)
    os._exit(0)  # deltalake's threads now and then abort a process that ends, after all that it had to do


if __name__ == "__main__":
    main()
