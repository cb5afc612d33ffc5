"""Bulk inserts for MySQL and MariaDB: statements of many rows, written as text by Arrow.

In: Arrow tables. Out: INSERT statements, each within what the server takes at once, executed.

LOAD DATA LOCAL would be quicker, but servers refuse it by default. Through the driver's own executemany a row
takes four times as long (measured), most of it spent on quoting values one by one in Python.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from ...errors import DestinationError
from ..rows import to_iso_text
from .dialect import bare_name

STATEMENT_BYTES = 1_000_000
"""Larger statements are no quicker."""

ROWS_AT_ONCE = 5_000
_TEXT = pa.large_string()
PACKET_OVERHEAD = 64
_INSTANT_CHARACTERS = len("2026-05-06T11:42:08.913000")


def insert(connection: sa.Connection, target: sa.Table, rows: pa.Table) -> None:
    """Insert rows straight through the driver; raises `DestinationError` for a row the server cannot take."""
    prepare = connection.dialect.identifier_preparer
    columns = ", ".join(prepare.format_column(column) for column in target.columns)
    head = f"INSERT INTO {bare_name(target, connection.dialect)} ({columns}) VALUES "  # noqa: S608 - our own names
    rows = rows.select([column.name for column in target.columns])
    limit = int(connection.exec_driver_sql("SELECT @@max_allowed_packet").scalar_one()) - PACKET_OVERHEAD
    driver_connection: Any = connection.connection.driver_connection
    with driver_connection.cursor() as cursor:
        for statement in statements(head.encode(), rows, most_bytes=min(limit, STATEMENT_BYTES)):
            if len(statement) > limit:
                raise DestinationError(
                    f"a row of {target.info['table']} takes {len(statement):,} bytes, the server no more "
                    f"than {limit:,} at once: raise its max_allowed_packet"
                )
            cursor.execute(statement)


def statements(head: bytes, rows: pa.Table, *, most_bytes: int) -> Iterator[bytes]:
    """``head`` with rows, as many as fit into ``most_bytes``, and at least one."""
    held: list[bytes] = []
    held_bytes = len(head)
    for start in range(0, rows.num_rows, ROWS_AT_ONCE):
        for row in _as_tuples(rows.slice(start, ROWS_AT_ONCE)):
            if held and held_bytes + len(row) > most_bytes:
                yield head + b",".join(held)
                held, held_bytes = [], len(head)
            held.append(row)
            held_bytes += len(row) + 1
    if held:
        yield head + b",".join(held)


def _as_tuples(rows: pa.Table) -> list[bytes]:
    """Each row as SQL: ``(1,'text',NULL)``."""
    values = _joined(*map(_as_literals, rows.columns), by=",")
    tuples: list[bytes] = _joined("(", values, ")").cast(pa.large_binary()).to_pylist()
    return tuples


def _as_literals(column: Any) -> Any:
    """Numbers bare, all else in quotes; those inside are doubled, so no setting can make them end early."""
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if pa.types.is_timestamp(column.type):
        texts: Any = pc.utf8_slice_codeunits(to_iso_text(column), 0, _INSTANT_CHARACTERS)
    else:
        texts = column.cast(_TEXT)
    if pa.types.is_string(column.type):
        texts = pc.replace_substring(pc.replace_substring(texts, "\\", "\\\\"), "'", "''")
    return pc.fill_null(texts if pa.types.is_integer(column.type) else _joined("'", texts, "'"), "NULL")


def _joined(*texts: Any, by: str = "") -> Any:
    """Texts of each row, put together; null if one of them is."""
    return pc.binary_join_element_wise(
        *(pa.scalar(t, _TEXT) if isinstance(t, str) else t.cast(_TEXT) for t in texts), pa.scalar(by, _TEXT)
    )
