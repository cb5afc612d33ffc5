"""The slow, exact look at a body that did not fit: what is wrong with which item, in words.

In: body bytes, or one item of it. Out: plain JSON values, `Fault`s that name a field and the kind of value
found, and items put right where nothing is lost by it. Called by `decode`, for such bodies only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

from .errors import MalformedBodyError
from .payloads import LARGEST_COUNT
from .schema import CREDIT_PRECISION, CREDIT_SCALE

RAW_LIMIT_BYTES = 64 * 1024
LONGEST_INTEGER = 640
"""Digits of an integer that Python reads whatever its settings."""

_ONE_UNIT = Decimal(1).scaleb(-CREDIT_SCALE)
_CREDITS = Context(prec=CREDIT_PRECISION, rounding=ROUND_HALF_EVEN)


@dataclass(frozen=True, slots=True)
class Fault:
    """Why an item cannot be accepted.

    ``raw``: the item as ASCII-escaped JSON, at most 64 KiB; None where no single item is at fault.
    """

    job_id: int
    record_id: int
    reason: str
    raw: str | None = None


def parse_exact(body: bytes) -> Any:
    """The JSON value of a body, numbers exact; raises `MalformedBodyError` if it is not JSON."""
    try:
        return json.loads(body, parse_int=_integer, parse_float=_number, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise MalformedBodyError(
            "the API answered 200 with a body that is not JSON; run again later"
        ) from error


def job_reasons(item: Any) -> list[str]:
    """What keeps ``item`` from being a job; empty if it is one."""
    return _reasons("job", item, _JOB)


def record_reasons(item: Any) -> list[str]:
    """What keeps ``item`` from being a record; empty if it is one."""
    return _reasons("record", item, _RECORD)


def envelope_reasons(item: Any) -> list[str]:
    """What keeps ``item`` from being a page of results; empty if it is one."""
    return _reasons("page", item, _ENVELOPE)


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


def fault(reason: str, item: Any, *, job_id: int | None = None) -> Fault:
    """A fault with ``item`` as its example; ids are read from the item as far as they can be."""
    own: Any = item.get("id") if isinstance(item, Mapping) else None
    own_id: int = own if _int64(own) is None else 0
    return Fault(
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
    return json.dumps(item, ensure_ascii=True, default=_number_text)[:RAW_LIMIT_BYTES]


def kind_of(value: Any) -> str:
    """The JSON kind of a value, for people."""
    for types, name in _KIND_NAMES:
        if isinstance(value, types):
            return name
    return "null"


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= LONGEST_INTEGER else _number(text)


def _number(text: str) -> Decimal:
    """The number; infinity, which fits nowhere, for one that not even a Decimal holds."""
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal("Infinity")


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _number_text(value: Any) -> Any:
    # A Decimal is only ever a number of the body; its exact text matters more than its JSON type here.
    return str(value)


def _reasons(kind: str, item: Any, fields: Mapping[str, Callable[[Any], str | None]]) -> list[str]:
    if not isinstance(item, Mapping):
        return [f"{kind}: expected object, got {kind_of(item)}"]
    found = []
    for name, complaint in fields.items():
        if name not in item:
            found.append(f"{kind}.{name}: missing")
        elif said := complaint(item[name]):
            found.append(f"{kind}.{name}: {said}")
    return found


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


def _or_null(complaint: Callable[[Any], str | None]) -> Callable[[Any], str | None]:
    return lambda value: None if value is None else complaint(value)


_ENVELOPE: dict[str, Callable[[Any], str | None]] = {
    "count": _count,
    "total_pages": _count,
    "current_page": _count,
    "next": _or_null(_text),
    "previous": _or_null(_text),
    "results": _array,
}
_JOB: dict[str, Callable[[Any], str | None]] = {
    "id": _int64,
    "uuid": _text,
    "list_name": _or_null(_text),
    "status": _text,
    "total_records": _count,
    "valid_count": _count,
    "invalid_count": _count,
    "unknown_count": _count,
    "total_credits_charged": _credits,
    "credits_charged_at": _or_null(_instant_complaint),
    "created_at": _instant_complaint,
    "started_at": _or_null(_instant_complaint),
    "completed_at": _or_null(_instant_complaint),
    "duration": _or_null(_text),
    "results_summary": _or_null(_text),
}
_RECORD: dict[str, Callable[[Any], str | None]] = {
    "id": _int64,
    "ec_id": _or_null(_text),
    "email": _text,
    "status": _text,
    "validator_used": _or_null(_text),
    "is_cached": _boolean,
    "error_message": _or_null(_text),
    "processed_at": _or_null(_instant_complaint),
}
_KNOWN = {"envelope": (*_ENVELOPE,), "job": (*_JOB, "records"), "record": (*_RECORD,)}
_FINER = re.compile(r"[.,]\d{6}\d*[1-9]")
_INSTANTS = frozenset({"credits_charged_at", "created_at", "started_at", "completed_at", "processed_at"})
_KIND_NAMES: tuple[tuple[Any, str], ...] = (
    (str, "string"),
    (bool, "boolean"),
    ((int, Decimal), "number"),
    (list, "array"),
    (Mapping, "object"),
)
