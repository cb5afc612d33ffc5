"""The JSON value of a body, exactly; what is no value, or more than one, is marked where it stands.

In: body bytes. Out: plain JSON values, numbers as int or Decimal, and a `Nonsense` in the place of NaN and
the infinities, of what is nested beyond measure, and of what comes under one key twice: so one item's
nonsense is that item's. `key_count` and `is_deeper` tell cheaply whether a body is to be parsed like that.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np

from ..errors import MalformedBodyError

DEEPEST = 100
"""Levels of nesting that are read; the API reference promises three."""
LONGEST_INTEGER = 640
"""Digits of an integer that Python reads whatever its settings."""

_CUT = "0e-80204016050603"
"""Stands for what was nested deeper, in a form in which nobody writes a number."""
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[{\]}]', re.DOTALL)
_QUOTE, _COLON, _BACKSLASH = b'":\\'


@dataclass(frozen=True, slots=True)
class Nonsense:
    """Stands for a value that cannot be taken. ``what``: it is, in words. ``shown``: for an example.

    ``is_repeated``: it came under a key of which there was another one.
    """

    what: str
    shown: Any
    is_repeated: bool = False


_TOO_DEEP = Nonsense(f"nested more than {DEEPEST} levels deep", "<too deep>")


def parse_exact(body: bytes) -> Any:
    """The JSON value of a body; raises `MalformedBodyError` if it is not JSON."""
    try:
        value = json.loads(
            b"".join(_shallow(body)),
            parse_int=_integer,
            parse_float=_number,
            parse_constant=_constant,
            object_pairs_hook=_object,
        )
    except (ValueError, RecursionError) as error:
        raise MalformedBodyError(
            "the API answered 200 with a body that is not JSON; run again later"
        ) from error
    if isinstance(value, Nonsense):
        raise MalformedBodyError("the API answered 200 with a body that is not JSON; run again later")
    return value


def nonsense(value: Any) -> str | None:
    """What nonsense there is in a value, in words; None if there is none.

    A key twice deep in a value that nobody knows is no concern of ours.
    """
    if isinstance(value, Nonsense):
        return value.what
    inner = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else ()
    found = (nonsense(each) for each in inner if not (isinstance(each, Nonsense) and each.is_repeated))
    return next((what for what in found if what), None)


def key_count(text: bytes) -> int:
    """How many keys a JSON text has: quotation marks before a colon, without those that a text holds.

    Whole columns of bytes at once: a third of the cost of `bytes.count`. A key with a space before its colon
    is not counted: nobody writes JSON so.
    """
    data = np.frombuffer(text, np.uint8)
    is_end = data[:-1] == _QUOTE
    is_end &= data[1:] == _COLON
    found = np.count_nonzero(is_end)
    if b"\\" in text:
        is_end[1:] &= data[:-2] == _BACKSLASH
        found -= np.count_nonzero(is_end[1:])
    return int(found)


def is_deeper(text: bytes, levels: int) -> bool:
    """Whether a JSON text is nested deeper than that."""
    return any(depth > levels for _, depth in _brackets(text))


def _brackets(text: bytes) -> Iterator[tuple[re.Match[bytes], int]]:
    """Each bracket outside of text, with the number of those open around it, itself included."""
    depth = 0
    for token in _TOKEN.finditer(text):
        mark = text[token.start()]
        if mark in b"[{":
            depth += 1
            yield token, depth
        elif mark in b"]}":
            yield token, depth
            depth -= 1


def _shallow(body: bytes) -> Iterator[bytes]:
    """The body in pieces, `_CUT` in the place of what is nested too deep: parsers give up there, or crash."""
    start, cut = 0, False
    for bracket, depth in _brackets(body):
        if depth == DEEPEST + 1:
            if not cut:
                yield body[start : bracket.start()] + _CUT.encode()
            start, cut = bracket.end(), not cut
    if not cut:
        yield body[start:]


def _integer(text: str) -> int | Decimal:
    return int(text) if len(text) <= LONGEST_INTEGER else Decimal(text)


def _number(text: str) -> Decimal | Nonsense:
    """The number; infinity, which fits nowhere, for one that not even a Decimal holds."""
    if text == _CUT:
        return _TOO_DEEP
    try:
        return Decimal(text)
    except ArithmeticError:
        return Decimal("Infinity")


def _constant(name: str) -> Nonsense:
    return Nonsense(f"{name}, which is not JSON", name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; a key that comes twice has no value."""
    item = dict(pairs)
    if len(item) < len(pairs):
        times = Counter(name for name, _ in pairs)
        for name in (name for name, count in times.items() if count > 1):
            values = [value for key, value in pairs if key == name]
            item[name] = Nonsense("the key comes twice", values, is_repeated=True)
    return item
