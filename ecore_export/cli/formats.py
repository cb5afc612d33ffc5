"""Rows as bytes: for machines in CSV, JSON lines and Parquet, for people as a table or an Excel file.

In: tables of the fixed schema, or of a view. Out: bytes.

Values are exact to the last digit: credits keep their six decimals (``178.000000``), instants are ISO 8601 in
UTC with a Z, nulls are empty in CSV (an empty text is ``""``) and null in JSON, where credits are text as in
``schemas/``. They are data: a cell such as ``=HYPERLINK(…)`` is written as it is. Files for Excel differ: see
`_write_excel_csv` and `excel`.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from .drawing import draw_record, draw_rows

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_GROUP = 200_000


def write(
    rows: pa.Table | pa.RecordBatchReader,
    form: str,
    sink: BinaryIO,
    *,
    shown: Sequence[str] | None = None,
    on_terminal: bool = False,
) -> None:
    """Write the rows. ``shown``: the columns of a table for people; None shows all, upright.

    What machines read is written as it comes, where it comes in parts; for people it is gathered first.
    """
    import pyarrow as pa

    if form in _STREAMS:
        _STREAMS[form](rows.to_reader() if isinstance(rows, pa.Table) else rows, sink)
        return
    table = rows if isinstance(rows, pa.Table) else rows.read_all()
    if form == "table":
        sink.write(_for_people(table, shown, on_terminal).encode())
    else:
        _WRITERS[form](table, sink)


def json_rows(table: pa.Table) -> list[dict[str, Any]]:
    """The rows as JSON can hold them."""
    from pyarrow import types

    rows: list[dict[str, Any]] = _as_text(
        table, types.is_timestamp, types.is_decimal, types.is_date
    ).to_pylist()
    return rows


def _for_people(table: pa.Table, shown: Sequence[str] | None, on_terminal: bool) -> str:
    if shown is None:
        return draw_record(table)
    width = shutil.get_terminal_size().columns if on_terminal else None
    return draw_rows(table.select(list(shown)), width=width)


def _write_csv(rows: pa.RecordBatchReader, sink: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow import csv, types

    sink.write(f"{','.join(rows.schema.names)}\n".encode())
    for batch in rows:
        part = _as_text(pa.Table.from_batches([batch]), types.is_timestamp)
        csv.write_csv(part, sink, csv.WriteOptions(include_header=False))


def _write_excel_csv(table: pa.Table, sink: BinaryIO) -> None:
    """CSV as Excel opens it with a double click.

    A byte order mark says that it is UTF-8, instants are what Excel takes for a date with a time, and an
    apostrophe keeps text from being run as a formula (OWASP, CSV injection).
    """
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import types

    def cells(column: Any) -> Any:
        if types.is_timestamp(column.type):
            return pc.replace_substring_regex(_text(column), r"T(.{8}).*", r" \1")
        if types.is_string(column.type):
            return pc.replace_substring_regex(column, r"\A([=+\-@\t\r\n])", r"'\1")
        return column

    sink.write(b"\xef\xbb\xbf")
    written = pa.table([cells(column) for column in table.columns], names=table.column_names)
    _write_csv(written.to_reader(), sink)


def _write_xlsx(table: pa.Table, sink: BinaryIO) -> None:
    from ..excel import write_workbook

    write_workbook({"ecore-export": table}, sink)


def _write_jsonl(rows: pa.RecordBatchReader, sink: BinaryIO) -> None:
    import pyarrow as pa

    for some in rows:
        for batch in pa.Table.from_batches([some]).to_batches(max_chunksize=10_000):
            for row in json_rows(pa.Table.from_batches([batch])):
                sink.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _write_parquet(rows: pa.RecordBatchReader, sink: BinaryIO) -> None:
    import pyarrow.parquet as pq

    counting: Any = _Counting(sink)
    with pq.ParquetWriter(counting, rows.schema, compression="zstd") as writer:
        for table in _gathered(rows):
            writer.write_table(table)


class _Counting(io.RawIOBase):
    """A file that knows how far it was written, for which Parquet writers ask; a pipe does not."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink, self._written = sink, 0

    def writable(self) -> bool:
        """It is."""
        return True

    def tell(self) -> int:
        """How far."""
        return self._written

    def write(self, data: Any) -> int:
        """Hand on all of it."""
        self._sink.write(data)
        self._written += len(data)
        return len(data)


def _gathered(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """The rows in tables of a row group each, but for the last."""
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    for batch in rows:
        held.append(batch)
        if sum(each.num_rows for each in held) >= _ROW_GROUP:
            yield pa.Table.from_batches(held)
            held = []
    yield pa.Table.from_batches(held, rows.schema)


_STREAMS: dict[str, Callable[[pa.RecordBatchReader, BinaryIO], None]] = {
    "csv": _write_csv,
    "jsonl": _write_jsonl,
    "parquet": _write_parquet,
}
_WRITERS: dict[str, Callable[[pa.Table, BinaryIO], None]] = {
    "xlsx": _write_xlsx,
    "csv for Excel": _write_excel_csv,
}


def _as_text(table: pa.Table, *tests: Callable[[pa.DataType], bool]) -> pa.Table:
    """The table with the columns whose type passes one of the tests as text."""
    import pyarrow as pa

    columns: list[Any] = [
        _text(column) if any(test(column.type) for test in tests) else column for column in table.columns
    ]
    return pa.table(columns, names=table.column_names)


def _text(column: Any) -> Any:
    import pyarrow as pa

    if pa.types.is_timestamp(column.type):
        from ..destinations import to_iso_text

        return to_iso_text(column)
    return column.cast(pa.string())
