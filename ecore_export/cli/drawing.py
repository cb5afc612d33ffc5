"""Rows for people: columns that fit the terminal, cells that cannot steer it.

In: Arrow tables. Out: text.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_WIDEST_CELL, _NARROWEST_CELL = 40, 8
_JOINERS = "\u200c\u200d"  # inside emoji and some scripts


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
