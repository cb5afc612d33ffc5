"""The quickest way into a body: its array of records by compiled code, the little around it by `payloads`.

In: body bytes. Out: a `Parted` body, and the rows of several, or None for what does not fit: `decode`, which
calls this, goes the ordinary way then. Without `record_scanner`, as where there was no C compiler when
ecore-export was installed, nothing fits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from .columns import RECORD_ROWS_ARROW, domains
from .payloads import TAKEN_OUT

_scanner: Any
try:
    from . import record_scanner as _scanner
except ImportError:
    _scanner = None

if TYPE_CHECKING:
    from .record_scanner import Buffers, Scanned

_STAND_IN = str(TAKEN_OUT).encode()


@dataclass(frozen=True, slots=True)
class Parted:
    """A body in two: an array of records, and ``rest``, the JSON around it with `TAKEN_OUT` in its place."""

    records: Scanned
    rest: bytes


def parted(body: bytes, key: bytes) -> Parted | None:
    """Take the array under that key out of an object; None if it does not fit.

    A key stands in quotation marks, which no text of JSON can hold unescaped: so it is found by its bytes. If
    it is not the one of the outermost object, then that one lacks `TAKEN_OUT`, and ``rest`` is refused.
    """
    if _scanner is None or not _is_text(body):
        return None
    start = body.find(b'"%b":' % key) + len(key) + 3
    if start < len(key) + 3:
        return None
    start += body.startswith(b" ", start)
    records = _scanner.scan(body, start)
    if records is None:
        return None
    rest = body[:start] + _STAND_IN + body[records.end :]
    return Parted(records, rest) if rest.count(_STAND_IN) == 1 else None


def bare_array(body: bytes) -> Scanned | None:
    """The records of a body that is nothing but their array; None if it does not fit."""
    records = None if _scanner is None or not _is_text(body) else _scanner.scan(body, 0)
    return None if records is None or body[records.end :].strip(b" \t\r\n") else records


def _is_text(body: bytes) -> bool:
    """Whether it is UTF-8, which the scanner takes for granted."""
    try:
        return body.isascii() or bool(body.decode())
    except UnicodeDecodeError:
        return False


def scanned_rows(arrays: Sequence[Scanned]) -> pa.RecordBatch:
    """Arrays of records, one after the other, as `RECORD_ROWS_ARROW`.

    Raises `OverflowError` for 2 GiB of text at once.
    """
    found = _scanner.buffers(list(arrays))
    columns = _columns(found)
    if not found.is_ascii:
        columns["email_domain"] = domains(columns["email"])
    return pa.record_batch([columns[name] for name in RECORD_ROWS_ARROW.names], schema=RECORD_ROWS_ARROW)


def _columns(found: Buffers) -> dict[str, Any]:
    texts = {**found.texts, "email_domain": found.email_domain}
    return {
        "record_id": _array("record_id", found.rows, None, found.ids, nulls=0),
        "is_cached": _array("is_cached", found.rows, None, found.is_cached, nulls=0),
        "email_hash": pa.nulls(found.rows, pa.string()),
        "processed_at": _array(
            "processed_at", found.rows, *found.processed_at[:2], nulls=found.processed_at[2]
        ),
        **{name: _array(name, found.rows, *text[:3], nulls=text[3]) for name, text in texts.items()},
    }


def _array(name: str, rows: int, validity: bytes | None, *values: bytes, nulls: int) -> Any:
    """A column of these buffers."""
    buffers = [pa.py_buffer(validity) if validity and nulls else None, *map(pa.py_buffer, values)]
    return pa.Array.from_buffers(RECORD_ROWS_ARROW.field(name).type, rows, buffers, nulls)
