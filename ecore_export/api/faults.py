"""Why an item is refused, in words: what is wrong with which of its fields; and what is only news.

In: JSON values as `exact` parses them. Out: `PayloadFault`s that name a field and the kind of value found,
items put right where nothing is lost by it, and `Drift`: what the API reference does not know, counted and
harmless.
"""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from ..addresses import may_mention
from ..schema import CREDIT_PRECISION, CREDIT_SCALE
from .exact import Nonsense, nonsense
from .fields import ENVELOPE, INLINE, JOB, LARGEST_COUNT, RECORD, Field, FieldKind

RAW_LIMIT_BYTES = 64 * 1024

_ONE_UNIT = Decimal(1).scaleb(-CREDIT_SCALE)
_CREDITS = Context(prec=CREDIT_PRECISION, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class PayloadFault:
    """Why an item cannot be accepted.

    ``raw``: the item as ASCII-escaped JSON, at most 64 KiB; None where no single item is at fault.
    """

    job_id: int
    record_id: int
    reason: str
    raw: str | None = None


class Drift:
    """What the API sent that its reference does not know, and how often. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: Counter[str] = Counter()

    def note(self, text: str) -> None:
        """Count one more of this kind."""
        with self._lock:
            self._notes[text] += 1

    def notes(self) -> dict[str, int]:
        """Every kind of drift with how often it was met."""
        with self._lock:
            return dict(self._notes)


def job_reasons(item: Any) -> list[str]:
    """What keeps ``item`` from being a job; empty if it is one."""
    return _reasons("job", item, JOB)


def record_reasons(item: Any) -> list[str]:
    """What keeps ``item`` from being a record; empty if it is one."""
    return _reasons("record", item, RECORD)


def envelope_reasons(item: Any) -> list[str]:
    """What keeps ``item`` from being a page of results; empty if it is one."""
    return _reasons("page", item, ENVELOPE)


def unknown_fields(kind: str, item: Mapping[str, Any]) -> frozenset[str]:
    """Names of ``item`` that the API reference does not know."""
    return frozenset(item) - frozenset(_KNOWN[kind])


def tidy(item: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """A good item as its struct wants it: known fields only, instants as Arrow reads them."""
    tidied = {name: item[name] for name in _KNOWN[kind] if name in item}
    for name in _INSTANTS & tidied.keys():
        if tidied[name] is not None:
            tidied[name] = _instant(tidied[name]).isoformat()
    return tidied


def too_fine(item: Mapping[str, Any]) -> list[str]:
    """Names of the good item's instants that have more than `timestamp[us]` can hold."""
    return [name for name in sorted(_INSTANTS & item.keys()) if item[name] and _FINER.search(item[name])]


def fault(reason: str, item: Any, *, job_id: int | None = None) -> PayloadFault:
    """A fault with ``item`` as its example; ids are read from the item as far as they can be."""
    own: Any = item.get("id") if isinstance(item, Mapping) else None
    own_id: int = own if _int64(own) is None else 0
    return PayloadFault(
        job_id=own_id if job_id is None else job_id,
        record_id=0 if job_id is None else own_id,
        reason=reason,
        raw=to_raw(item),
    )


def to_six_places(number: Decimal) -> Decimal:
    """Credits as the schema stores them, rounded half-even; raises `ArithmeticError` if they do not fit."""
    return number.quantize(_ONE_UNIT, context=_CREDITS)


def to_raw(item: Any) -> str:
    """``item`` as ASCII-escaped JSON, cut to 64 KiB."""
    return json.dumps(item, ensure_ascii=True, default=_jsonable)[:RAW_LIMIT_BYTES]


def kind_of(value: Any) -> str:
    """The JSON kind of a value, for people."""
    for types, name in _KIND_NAMES:
        if isinstance(value, types):
            return name
    return "null"


def shown(text: str) -> str:
    """A name or value of the payload, fit for a report: short, ASCII and never an address."""
    return ascii(text[:40]) if not may_mention(text) else "'…@…'"


def _jsonable(value: Any) -> Any:
    # A Decimal is only ever a number of the body; its exact text matters more than its JSON type here.
    return value.shown if isinstance(value, Nonsense) else str(value)


def _reasons(kind: str, item: Any, fields: Sequence[Field]) -> list[str]:
    if not isinstance(item, Mapping):
        return [f"{kind}: expected object, got {kind_of(item)}"]
    found = []
    for field in fields:
        if field.name not in item:
            found.append(f"{kind}.{field.name}: missing")
        elif said := _complaint(field, item[field.name]):
            found.append(f"{kind}.{field.name}: {said}")
    known = {field.name for field in fields}
    unknown = ((name, nonsense(value)) for name, value in item.items() if name not in known)
    return found + [f"{kind}.{shown(name)}: {what}" for name, what in unknown if what]


def _complaint(field: Field, value: Any) -> str | None:
    """What keeps a value out of its field; None if nothing does."""
    if value is None and field.null != "refused":
        return None
    return value.what if isinstance(value, Nonsense) else _COMPLAINTS[field.kind](value)


def _int64(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"expected integer, got {kind_of(value)}"
    return None if -(2**63) <= value < 2**63 else "expected a 64-bit integer, got a larger one"


def _count(value: Any) -> str | None:
    if said := _int64(value):
        return said
    return (
        None if 0 <= value <= LARGEST_COUNT else "expected a count, got a negative or absurdly large integer"
    )


def _text(value: Any) -> str | None:
    if not isinstance(value, str):
        return f"expected string, got {kind_of(value)}"
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return "expected Unicode text, got a lone surrogate"
    return None


def _boolean(value: Any) -> str | None:
    return None if isinstance(value, bool) else f"expected boolean, got {kind_of(value)}"


def _credits(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return f"expected number, got {kind_of(value)}"
    try:
        to_six_places(Decimal(value))
    except ArithmeticError:
        return f"expected at most {CREDIT_PRECISION - CREDIT_SCALE} integer digits, got more"
    return None


def _array(value: Any) -> str | None:
    return None if isinstance(value, list) else f"expected array, got {kind_of(value)}"


def _instant_complaint(value: Any) -> str | None:
    if said := _text(value):
        return said.replace("string", "date and time", 1)
    try:
        parsed = _instant(value)
    except (ValueError, OverflowError):
        return "expected an ISO 8601 date and time, got text that is none"
    return None if parsed.tzinfo else "expected an offset from UTC, got a date and time without one"


def _instant(text: str) -> datetime:
    parsed = datetime.fromisoformat(text.upper())
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed


_COMPLAINTS: dict[FieldKind, Callable[[Any], str | None]] = {
    FieldKind.ID: _int64,
    FieldKind.COUNT: _count,
    FieldKind.TEXT: _text,
    FieldKind.FLAG: _boolean,
    FieldKind.CREDITS: _credits,
    FieldKind.INSTANT: _instant_complaint,
    FieldKind.ARRAY: _array,
}
_KNOWN = {
    kind: tuple(field.name for field in fields)
    for kind, fields in (("envelope", ENVELOPE), ("job", (*JOB, INLINE)), ("record", RECORD))
}
_FINER = re.compile(r"[.,]\d{6}\d*[1-9]")
_INSTANTS = frozenset(field.name for field in (*JOB, *RECORD) if field.kind is FieldKind.INSTANT)
_KIND_NAMES: tuple[tuple[Any, str], ...] = (
    (str, "string"),
    (bool, "boolean"),
    ((int, Decimal), "number"),
    (list, "array"),
    (Mapping, "object"),
)
