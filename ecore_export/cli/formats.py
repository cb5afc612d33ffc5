"""Arrow tables as CSV, JSON lines, Parquet or a table for people, exact to the last digit.

In: tables of the fixed schema, or of a view. Out: bytes in a sink.

Credits keep their six decimals (``178.000000``), instants are ISO 8601 in UTC with a Z, nulls are empty in
CSV (an empty text is ``""``) and null in JSON, where credits are text as in ``schemas/``. Values are data: a
cell such as ``=HYPERLINK(…)`` is written as it is, so import CSV into spreadsheets as text.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from typing import Any, BinaryIO

import pyarrow as pa

from .layout import draw_record, draw_rows


def write(
    table: pa.Table,
    form: str,
    sink: BinaryIO,
    *,
    shown: Sequence[str] | None = None,
    on_terminal: bool = False,
) -> None:
    """Write the rows. ``shown``: the columns of a table for people; None shows all, upright."""
    if form == "table":
        sink.write(_for_people(table, shown, on_terminal).encode())
    else:
        _WRITERS[form](table, sink)


def json_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as JSON can hold them."""
    rows: list[dict[str, Any]] = _as_text(table, is_text=_is_no_json).to_pylist()
    return rows


def _for_people(table: pa.Table, shown: Sequence[str] | None, on_terminal: bool) -> str:
    if shown is None:
        return draw_record(table)
    width = shutil.get_terminal_size().columns if on_terminal else None
    return draw_rows(table.select(list(shown)), width=width)


def _write_csv(table: pa.Table, sink: BinaryIO) -> None:
    from pyarrow import csv

    sink.write(f"{','.join(table.column_names)}\n".encode())
    csv.write_csv(
        _as_text(table, is_text=pa.types.is_timestamp), sink, csv.WriteOptions(include_header=False)
    )


def _write_jsonl(table: pa.Table, sink: BinaryIO) -> None:
    for batch in table.to_batches(max_chunksize=10_000):
        for row in json_rows(pa.Table.from_batches([batch])):
            sink.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _write_parquet(table: pa.Table, sink: BinaryIO) -> None:
    import pyarrow.parquet as pq

    # Parquet writers ask for their position, which a pipe does not have.
    whole = pa.BufferOutputStream()
    pq.write_table(table, whole, compression="zstd")
    sink.write(whole.getvalue())


_WRITERS: dict[str, Callable[[pa.Table, BinaryIO], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}


def _is_no_json(kind: pa.DataType) -> bool:
    return bool(pa.types.is_timestamp(kind) or pa.types.is_decimal(kind) or pa.types.is_date(kind))


def _as_text(table: pa.Table, *, is_text: Callable[[pa.DataType], bool]) -> pa.Table:
    """The table with columns of some types as text."""
    arrays: list[Any] = [_text(column) if is_text(column.type) else column for column in table.columns]
    return pa.table(arrays, names=table.column_names)


def _text(column: Any) -> Any:
    if pa.types.is_timestamp(column.type):
        from ..destinations import to_iso_text

        return to_iso_text(column)
    return column.cast(pa.string())
