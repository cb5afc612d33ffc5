"""DataFrames and Arrow tables as an Excel file that opens as it should: no formula, no lost zero or digit.

In: tables by the name of their sheet. Out: the bytes of a workbook, or a file that is replaced in one step.

Excel holds instants without a time zone, numbers of 15 digits and cells of 32,767 characters, and it takes
text that begins with ``=`` for a formula when somebody types it. So instants are the wall clock of one zone,
ids are text, credits are numbers, text is always text, and what does not fit is refused before it is written.
"""

from __future__ import annotations

import io
import math
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

from .arguments import kind_of
from .destinations import replacing
from .errors import SettingsError
from .times import zone_of

if TYPE_CHECKING:
    import pandas as pd
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1_048_576, 16_384, 32_767
"""Of a sheet, its header included; of a cell, in units of UTF-16 (Excel specifications and limits)."""

_EXACT = 999_999_999_999_999
"""The greatest number that Excel keeps to the last digit."""

_DAY_US, _EPOCH_DAY = 86_400_000_000.0, 25_569.0
"""Excel counts days; 1970-01-01 is day 25,569."""

_FIRST_DAY, _LAST_DAY = 61, 2_958_466
"""1900-03-01, before which Excel counts a day too many (29 February 1900), and the day after 9999-12-31."""

_BATCH_ROWS, _LOOKED_AT, _WIDEST = 10_000, 500, 50


def write_excel(
    frames: pd.DataFrame | Mapping[str, pd.DataFrame], path: str | Path, *, tz: str = "UTC"
) -> None:
    """Write a DataFrame, or several as sheets by their names, to an Excel file (``.xlsx``).

    A file of that name is replaced in one step, and only its owner can read it. Instants become dates with a
    time by the clock of ``tz``, credits numbers; ids (``job_id``, ``record_id`` and every other column
    ``…_id``) become text, and so does a column of whole numbers of which one has more than 15 digits, or of
    instants of which one lies before March 1900. Text stays text, also where it looks like a formula or a
    link. The index is left out. Raises `SettingsError` for what does not fit a sheet (1,048,576 rows with the
    header, 16,384 columns, 32,767 characters a cell), for a sheet's name that Excel does not take, and where
    XlsxWriter is not installed (``pip install 'ecore-export[excel]'``); `DestinationError` where the file
    cannot be written.

    >>> import ecore_export as ee
    >>> with ee.Client.sandbox(jobs=5) as client:
    ...     jobs = client.load_jobs()
    ...     ee.write_excel({"jobs": jobs, "lists": ee.list_quality(jobs)}, "jobs.xlsx", tz="Europe/Berlin")
    """
    from .frames import to_arrow

    place = Path(path)
    if place.suffix.lower() != ".xlsx":
        raise SettingsError("an Excel file ends in .xlsx")
    sheets = frames if isinstance(frames, Mapping) else {"Sheet1": frames}
    if not sheets:
        raise SettingsError("an Excel file has at least one sheet, and there is none to write")
    tables = {name: to_arrow(frame) for name, frame in sheets.items()}
    check_installed()
    with replacing(place) as sink:
        write_workbook(tables, sink, tz=tz)


def check_installed() -> None:
    """Raise `SettingsError` where the extra is not installed."""
    try:
        import xlsxwriter  # noqa: F401
    except ImportError as error:
        raise SettingsError("an Excel file needs XlsxWriter: pip install 'ecore-export[excel]'") from error


def write_workbook(tables: Mapping[str, pa.Table], sink: BinaryIO, *, tz: str = "UTC") -> None:
    """Write the tables as the sheets of a workbook; raises as `write_excel` does."""
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError, FileSizeError

    zone = str(zone_of(tz))
    for name, table in tables.items():
        _check_fit(name, table)
    _check_names(tables)
    # In a folder of its own: parts of the file wait there, and there are addresses in them.
    with tempfile.TemporaryDirectory(prefix="ecore-export-") as folder:
        careful = _CarefulSink(sink)
        book = xlsxwriter.Workbook(careful, {"constant_memory": True, "tmpdir": folder})
        try:
            for name, table in tables.items():
                _write_sheet(book, book.add_worksheet(name), table, zone)
            book.close()
        except FileCreateError as error:
            careful.error = error.args[0]
        except FileSizeError as error:
            raise SettingsError(
                "an Excel file holds 4 GB at most: use CSV or Parquet, or write fewer rows"
            ) from error
        if careful.error is not None:
            raise careful.error


class _CarefulSink(io.RawIOBase):
    """Takes whatever a `zipfile.ZipFile` writes: one that met an error fails once more when it is dropped."""

    def __init__(self, sink: BinaryIO) -> None:
        self._sink = sink
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.error is None:
            try:
                self._sink.write(data)
            except OSError as error:
                self.error = error
        return len(data)


def _check_names(names: Iterable[str]) -> None:
    """Raise `SettingsError` for a name that no sheet can have, by XlsxWriter's own rules."""
    import xlsxwriter
    from xlsxwriter.exceptions import XlsxInputError

    with xlsxwriter.Workbook(io.BytesIO(), {"in_memory": True}) as book:
        for name in names:
            try:
                book.add_worksheet(name)
            except XlsxInputError as error:
                raise SettingsError(f"Excel does not take that name of a sheet: {error}") from error


def _check_fit(name: object, table: pa.Table) -> None:
    """Raise `SettingsError` for what a sheet has no room for."""
    if not isinstance(name, str):
        raise SettingsError(f"a sheet is named by text, not {kind_of(name)}")
    if table.num_rows >= MOST_ROWS or table.num_columns > MOST_COLUMNS:
        raise SettingsError(
            f"an Excel sheet has room for {MOST_ROWS - 1:,} rows and {MOST_COLUMNS:,} columns, and here are "
            f"{table.num_rows:,} rows and {table.num_columns:,} columns: use CSV or Parquet, or write fewer"
        )
    for field, column in zip(table.schema, table.columns, strict=True):
        longest = max(map(_units, [field.name, *_long_texts(column)]))
        if longest > LONGEST_CELL:
            raise SettingsError(
                f"column {field.name[:100]} has a text of {longest:,} characters, and a cell in Excel holds "
                f"{LONGEST_CELL:,}: use CSV or Parquet, or leave the column out"
            )


def _long_texts(column: pa.ChunkedArray[Any]) -> Iterator[str]:
    """The texts of a column that may be too long."""
    if types.is_string(column.type) or types.is_large_string(column.type):
        lengths: Any = pc.utf8_length(column)
        long = column.filter(pc.greater(lengths, pa.scalar(LONGEST_CELL // 2)))
        yield from (value.as_py() for value in long)


def _units(text: str) -> int:
    """The length of a text as Excel counts it: most emoji are two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _write_sheet(book: Workbook, sheet: Worksheet, table: pa.Table, zone: str) -> None:
    header = book.add_format({"bold": True})
    for place, name in enumerate(table.column_names):
        sheet.write_string(0, place, _plain(name), header)
    sheet.freeze_panes(1, 0)
    if table.num_columns:
        sheet.autofilter(0, 0, table.num_rows, table.num_columns - 1)
    formats = [_format_of(book, field) for field in table.schema]
    columns = [_as_cells(*each, zone) for each in zip(table.schema, table.columns, strict=True)]
    for place, (name, column) in enumerate(zip(table.column_names, columns, strict=True)):
        sheet.set_column(place, place, _width(name, column))
    row = 1
    for begin in range(0, table.num_rows, _BATCH_ROWS):
        cells = [column.slice(begin, _BATCH_ROWS).to_pylist() for column in columns]
        for values in zip(*cells, strict=True):
            _write_row(sheet, row, values, formats)
            row += 1


def _write_row(sheet: Worksheet, row: int, values: Sequence[Any], formats: Sequence[Format | None]) -> None:
    for place, value in enumerate(values):
        if isinstance(value, str):
            sheet.write_string(row, place, _plain(value))
        elif isinstance(value, bool):
            sheet.write_boolean(row, place, value)
        elif value is not None and math.isfinite(value):
            sheet.write_number(row, place, value, formats[place])


def _plain(text: str) -> str:
    """The text; XlsxWriter takes one between these two marks for markup, unless a blank goes before it."""
    return f" {text}" if text.startswith("<r>") and text.endswith("</r>") else text


def _format_of(book: Workbook, field: pa.Field[Any]) -> Format | None:
    if types.is_timestamp(field.type):
        return book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    if types.is_date(field.type):
        return book.add_format({"num_format": "yyyy-mm-dd"})
    return book.add_format({"num_format": "#,##0.00####"}) if types.is_decimal(field.type) else None


def _as_cells(field: pa.Field[Any], column: pa.ChunkedArray[Any], zone: str) -> pa.ChunkedArray[Any]:
    """The column as booleans, numbers or text: what a cell can hold."""
    kind = field.type
    if types.is_timestamp(kind) or types.is_date(kind):
        return _days(column, zone)
    if types.is_integer(kind):
        is_id = field.name == "id" or field.name.endswith("_id")
        return column.cast(pa.string()) if is_id or _is_beyond_excel(column) else column
    if types.is_decimal(kind):
        return column.cast(pa.float64())
    if types.is_boolean(kind) or types.is_floating(kind) or types.is_string(kind):
        return column
    texts = [None if value.as_py() is None else str(value.as_py()) for value in column]
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def _is_beyond_excel(column: pa.ChunkedArray[Any]) -> bool:
    span: Any = pc.min_max(column).as_py()
    return any(value is not None and abs(value) > _EXACT for value in span.values())


def _days(column: pa.ChunkedArray[Any], zone: str) -> pa.ChunkedArray[Any]:
    """Instants and dates as Excel counts them; as text where one of them has no such number."""
    local: Any = column
    if types.is_timestamp(column.type) and column.type.tz is not None:
        in_zone: Any = column.cast(pa.timestamp("us", zone), safe=False)
        local = pc.local_timestamp(in_zone)
    exact = local.cast(pa.timestamp("us"), safe=False)
    since_epoch = pc.divide(exact.cast(pa.int64()).cast(pa.float64(), safe=False), pa.scalar(_DAY_US))
    days: Any = pc.add(since_epoch, pa.scalar(_EPOCH_DAY))
    span: Any = pc.min_max(days).as_py()
    fits = span["min"] is None or (span["min"] >= _FIRST_DAY and span["max"] < _LAST_DAY)
    cells: pa.ChunkedArray[Any] = days if fits else exact.cast(pa.string())
    return cells


def _width(name: str, column: pa.ChunkedArray[Any]) -> int:
    """As wide as its name and its first texts; a date with a time takes 19 letters, other numbers fewer."""
    texts = column.slice(0, _LOOKED_AT).to_pylist() if types.is_string(column.type) else []
    longest = max(
        [len(value) for value in texts if value is not None], default=19 if name.endswith("_at") else 0
    )
    return min(max(len(name) + 3, longest + 1), _WIDEST)
