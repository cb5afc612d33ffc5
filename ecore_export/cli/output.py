"""Data on its way out: where it goes, as what, and how it looks to people.

In: ``-o`` and ``--format``; tables of the fixed schema, or of a view. Out: bytes on stdout, or in a file that
is replaced in one step. A file is begun before anything is asked, so that a wrong path costs nothing; it may
hold addresses, so only its owner can read it.

Values are exact to the last digit: credits keep their six decimals (``178.000000``), instants are ISO 8601 in
UTC with a Z, nulls are empty in CSV (an empty text is ``""``) and null in JSON, where credits are text as in
``schemas/``. They are data: a cell such as ``=HYPERLINK(…)`` is written as it is, so import CSV into
spreadsheets as text.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

import click

if TYPE_CHECKING:
    import pyarrow as pa

FORMATS = ("table", "csv", "jsonl", "parquet")

_BY_SUFFIX = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": "parquet"}

_WIDEST_CELL, _NARROWEST_CELL = 40, 8
_JOINERS = "\u200c\u200d"  # inside emoji and some scripts

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Output:
    """What is written where. ``path``: None for stdout."""

    form: str
    path: Path | None
    on_terminal: bool

    @contextmanager
    def sink(self) -> Iterator[BinaryIO]:
        """Where to write; a file appears under its name when the block ends well, or not at all."""
        if self.path is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif self.path.exists() and not self.path.is_file():
            with _special(self.path) as sink:
                yield sink
        else:
            with _replacing(self.path.resolve()) as sink:
                yield sink


def chosen_output(form: str | None, path: Path | None, *, is_terminal: bool) -> Output:
    """Without ``form`` it goes by the file's ending, else it is a table on a terminal and CSV in a pipe."""
    if path is not None and str(path) == "-":
        path = None
    on_terminal = is_terminal and path is None
    if form is None:
        form = _form_of(path) if path else "table" if on_terminal else "csv"
    if form == "parquet" and on_terminal:
        raise click.UsageError("Parquet is not for terminals: use -o FILE or a pipe")
    return Output(form, path, on_terminal)


def _form_of(path: Path) -> str:
    """The format that the file's ending names; CSV if it has none."""
    suffix = path.suffix.lower()
    if suffix and suffix not in _BY_SUFFIX:
        raise click.UsageError(f"unknown format {suffix}: use .csv, .jsonl or .parquet, or give --format")
    return _BY_SUFFIX.get(suffix, "csv")


def output_options(command: _Command) -> _Command:
    """--format and -o; the command gets both as ``output``."""

    def taken(ctx: click.Context, _param: click.Parameter, path: Path | None) -> Output:
        is_terminal = sys.stdout.isatty()
        return chosen_output(ctx.params.pop("form"), path, is_terminal=is_terminal)

    output = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        callback=taken,
        metavar="FILE",
        help="Write to this file, replaced atomically.",
    )
    form = click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        is_eager=True,
        help="Default: by the file's extension; else table on a terminal, csv in a pipe.",
    )
    return form(output(command))


@contextmanager
def _special(path: Path) -> Iterator[BinaryIO]:
    """A device or a named pipe: written to as it is."""
    from ..destinations import writing

    with writing(path), path.open("wb") as sink:
        yield sink


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    from ..destinations import create_file, replace_file, temporary_path, writing

    temporary = temporary_path(path.parent)
    with writing(path):
        try:
            with create_file(temporary) as sink:
                yield sink
            replace_file(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


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


def _write_csv(table: pa.Table, sink: BinaryIO) -> None:
    from pyarrow import csv, types

    sink.write(f"{','.join(table.column_names)}\n".encode())
    csv.write_csv(_as_text(table, types.is_timestamp), sink, csv.WriteOptions(include_header=False))


def _write_jsonl(table: pa.Table, sink: BinaryIO) -> None:
    import pyarrow as pa

    for batch in table.to_batches(max_chunksize=10_000):
        for row in json_rows(pa.Table.from_batches([batch])):
            sink.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")


def _write_parquet(table: pa.Table, sink: BinaryIO) -> None:
    import pyarrow as pa
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


def draw_record(table: pa.Table) -> str:
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
