"""Rows as bytes: for machines in CSV, JSON lines and Parquet, for people as a table or an Excel file.

In: tables of the fixed schema, or of a view. Out: bytes; text.

Values are exact to the last digit: credits keep their six decimals (``178.000000``), instants are ISO 8601 in
UTC with a Z, nulls are empty in CSV (an empty text is ``""``) and null in JSON, where credits are text as in
``schemas/``. They are data: a cell such as ``=HYPERLINK(…)`` is written as it is. Files for Excel differ: see
`_write_excel_csv` and `excel`. A table for people has columns that fit the terminal, and cells that cannot
steer it.
"""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_GROUP = 200_000
_WIDEST_CELL, _NARROWEST_CELL = 40, 8
_JOINERS = "\u200c\u200d"  # inside emoji and some scripts


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
        return _draw_record(table)
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


def draw_rows(table: pa.Table, *, width: int | None = None) -> str:
    """A header, then one line a row. ``width``: cells of the terminal, to which wide columns are cut.

    rich draws such a table in 0.8 ms a row (measured), too slow for a job of 30,000 addresses; only its cell
    widths are used here.
    """
    header = list(table.column_names)
    columns = [[cell(value) for value in column.to_pylist()] for column in table.columns]
    widths = _fitting([_widest([name, *cells]) for name, cells in zip(header, columns, strict=True)], width)
    is_number = [_is_number(field.type) for field in table.schema]
    lines = [header, *zip(*columns, strict=True)]
    return "".join("  ".join(map(_aligned, line, widths, is_number)).rstrip() + "\n" for line in lines)


def _draw_record(table: pa.Table) -> str:
    """One line a column and row: name, value; rows apart by an empty line."""
    margin = max(map(len, table.column_names))
    rows = [
        "".join(f"{name:<{margin}}  {cell(value)}".rstrip() + "\n" for name, value in row.items())
        for row in table.to_pylist()
    ]
    return "\n".join(rows)


def cell(value: Any) -> str:
    """A value for people; letters that would steer a terminal are shown escaped."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:.1f}" if abs(value) >= 10 else f"{value:.3f}"
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    text = str(value)
    if text.isprintable():
        return text
    return "".join(
        letter if letter.isprintable() or letter in _JOINERS else letter.encode("unicode_escape").decode()
        for letter in text
    )


def _widest(cells: list[str]) -> int:
    from rich.cells import cell_len

    return min(max(map(cell_len, cells)), _WIDEST_CELL)


def _fitting(widths: list[int], width: int | None) -> list[int]:
    """Take from the widest column until the line fits, or no column can give more."""
    widths = list(widths)
    if width is not None:
        while sum(widths) + 2 * (len(widths) - 1) > width and max(widths) > _NARROWEST_CELL:
            widths[widths.index(max(widths))] -= 1
    return widths


def _aligned(text: str, width: int, is_number: bool) -> str:
    from rich.cells import cell_len, set_cell_size

    length = cell_len(text)
    if length > width:
        return set_cell_size(text, width - 1) + "…"
    blanks = " " * (width - length)
    return blanks + text if is_number else text + blanks


def _is_number(kind: pa.DataType) -> bool:
    from pyarrow import types

    return types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind)
