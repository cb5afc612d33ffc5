"""The fields of the API's payloads, each declared once: struct, complaint and column derive from that.

Out: the fields of an envelope, a job and a record; `msgspec` structs of them, and decoders (`Shapes`). Other
modules make the rest of the same fields: `faults` what is said of a value that does not fit, `columns` Arrow.

The structs are strict: a missing key, a wrong type and an unknown key are all refused. Unknown keys that have
been reported once are then let through (`Shapes.admit`), so that a field the API adds costs one slow page.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Annotated, Any, Literal

import msgspec

from .exact import DEEPEST, is_deeper, key_count

LARGEST_COUNT = 2**60
"""Counts beyond this are no counts; below it their sums and differences fit 64 bits."""


class FieldKind(Enum):
    """What a field holds; its value is the JSON kind, as people are told it."""

    ID = "integer"
    COUNT = "count"
    TEXT = "string"
    FLAG = "boolean"
    CREDITS = "number"
    INSTANT = "date and time"
    ARRAY = "array"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the payload.

    ``null``: ``refused`` where the reference promises a value, ``kept`` where it speaks of null, ``reported``
    where it does not, but a job may have nothing to say there before it has started. ``column``: where the
    value goes in the fixed schema; nowhere if None.
    """

    name: str
    kind: FieldKind
    null: Literal["refused", "kept", "reported"] = "refused"
    column: str | None = None


def _field(name: str, kind: FieldKind, null: Literal["refused", "kept", "reported"] = "refused") -> Field:
    """A field whose column has its name."""
    return Field(name, kind, null, name)


ENVELOPE = (
    Field("count", FieldKind.COUNT),
    Field("total_pages", FieldKind.COUNT),
    Field("current_page", FieldKind.COUNT),
    Field("next", FieldKind.TEXT, "kept"),
    Field("previous", FieldKind.TEXT, "kept"),
    Field("results", FieldKind.ARRAY),
)
"""List jobs and Job records (API reference)."""

JOB = (
    Field("id", FieldKind.ID, column="job_id"),
    Field("uuid", FieldKind.TEXT, column="job_uuid"),
    _field("list_name", FieldKind.TEXT, "reported"),
    _field("status", FieldKind.TEXT),
    _field("total_records", FieldKind.COUNT),
    _field("valid_count", FieldKind.COUNT),
    _field("invalid_count", FieldKind.COUNT),
    _field("unknown_count", FieldKind.COUNT),
    _field("total_credits_charged", FieldKind.CREDITS),
    _field("credits_charged_at", FieldKind.INSTANT, "reported"),
    _field("created_at", FieldKind.INSTANT),
    _field("started_at", FieldKind.INSTANT, "kept"),
    _field("completed_at", FieldKind.INSTANT, "kept"),
    _field("duration", FieldKind.TEXT, "reported"),
    _field("results_summary", FieldKind.TEXT, "reported"),
)
"""A job, as in List jobs (API reference)."""

INLINE = Field("records", FieldKind.ARRAY)
"""What Job status has beyond `JOB`: the first records (API reference)."""

RECORD = (
    Field("id", FieldKind.ID, column="record_id"),
    _field("ec_id", FieldKind.TEXT, "kept"),
    _field("email", FieldKind.TEXT),
    _field("status", FieldKind.TEXT),
    _field("validator_used", FieldKind.TEXT, "kept"),
    _field("is_cached", FieldKind.FLAG),
    _field("error_message", FieldKind.TEXT, "kept"),
    _field("processed_at", FieldKind.INSTANT, "kept"),
)
"""A record, as in Job records (API reference)."""

_TYPES: dict[FieldKind, Any] = {
    FieldKind.ID: Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)],
    FieldKind.COUNT: Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)],
    FieldKind.TEXT: str,
    FieldKind.FLAG: bool,
    FieldKind.CREDITS: msgspec.Raw,  # a Decimal would also be read from text
    FieldKind.INSTANT: str,  # until Arrow casts it
}


class UnusualError(Exception):
    """A body that has what its struct cannot show: it is to be parsed exactly. Never leaves `decode`."""


class Shape:
    """One kind of body: its struct, and where in it what may be.

    ``array``: the field that holds items; None where the body is nothing but their array. ``own``, ``item``:
    the fields of the body and of an item. ``admitted``, ``admitted_items``: further keys they may have.
    """

    def __init__(
        self,
        own: Sequence[Field],
        item: Sequence[Field],
        array: str | None,
        admitted: frozenset[str],
        admitted_items: frozenset[str],
    ) -> None:
        self._array = array
        self._keys, self._item_keys = len(own), len(item)
        self._own_unknown = _attributes(admitted)
        self._item_unknown = _attributes(admitted_items)
        items: Any = list[_struct("Item", item, admitted_items)]  # type: ignore[misc]
        self._decoder = msgspec.json.Decoder(
            items if array is None else _struct("Body", own, admitted, items)
        )

    def decode(self, body: bytes) -> Any:
        """The struct of a body. Raises an error of msgspec, or `UnusualError` for a key that comes twice.

        msgspec takes the last of two values with one key, silently. So the keys are counted: all there are
        in the body, against those of the structs and of the values that nobody looks at.
        """
        payload = self._decoder.decode(body)
        items = payload if self._array is None else getattr(payload, self._array)
        keys = key_count(body) - self._keys - self._item_keys * len(items)
        if self._own_unknown or self._item_unknown:
            skipped = [getattr(payload, name) for name in self._own_unknown]
            for name in self._item_unknown:
                skipped += map(attrgetter(name), items)
            skipped = list(filter(None, skipped))
            keys -= len(skipped) + _keys_within(skipped)
        if keys:
            raise UnusualError
        return payload


class Shapes:
    """A `Shape` for every kind of body, and the unknown keys they let through by now."""

    def __init__(self) -> None:
        self._admitted: dict[str, frozenset[str]] = dict.fromkeys(("envelope", "job", "record"), frozenset())
        self._build()

    def admit(self, kind: str, names: frozenset[str]) -> None:
        """Let unknown keys of an ``envelope``, ``job`` or ``record`` through from now on.

        Not those that `msgspec` takes for no name: control characters, quotes, backslashes, lone surrogates.
        """
        names = frozenset(n for n in names if n.isprintable() and not {'"', "\\"} & set(n))
        if not names <= self._admitted[kind]:
            self._admitted[kind] |= names
            self._build()

    def _build(self) -> None:
        page, job, record = (self._admitted[kind] for kind in ("envelope", "job", "record"))
        self.jobs_page = Shape(ENVELOPE, JOB, "results", page, job)
        self.records_page = Shape(ENVELOPE, RECORD, "results", page, record)
        self.records_list = Shape((), RECORD, None, frozenset(), record)
        self.job_status = Shape((*JOB, INLINE), RECORD, "records", job, record)


def _keys_within(skipped: Sequence[Any]) -> int:
    """How many keys there are in values that nobody looks at.

    Raises an error for what exact parsing may refuse.
    """
    text = b",".join(skipped)
    if not text.isascii():
        text.decode()
    if b"{" not in text and b"[" not in text:
        return 0
    if any(len(value) > DEEPEST and is_deeper(bytes(value), DEEPEST // 2) for value in skipped):
        raise UnusualError
    return key_count(text)


def _attributes(admitted: frozenset[str]) -> dict[str, str]:
    """The attribute for each unknown key, whose own name may be no name in Python."""
    return {f"unknown_{n}": name for n, name in enumerate(sorted(admitted))}


def _struct(name: str, fields: Sequence[Field], admitted: frozenset[str], items: Any = None) -> Any:
    """A struct of these fields, and of further ones that may be there and are not looked at."""
    unknown = _attributes(admitted)
    known = [
        (f.name, items)
        if f.kind is FieldKind.ARRAY
        else (f.name, _TYPES[f.kind] if f.null == "refused" else _TYPES[f.kind] | None)
        for f in fields
    ]
    return msgspec.defstruct(
        name,
        [*known, *((attribute, msgspec.Raw, msgspec.Raw()) for attribute in unknown)],
        rename=unknown,
        forbid_unknown_fields=True,
        kw_only=True,
        gc=False,  # they hold no cycles
    )
