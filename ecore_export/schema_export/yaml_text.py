"""Mappings, lists and scalars as YAML that a person can read and `git diff` can follow.

In: nested dicts and lists. Out: YAML text, the same on every machine. PyYAML would be a dependency of
everybody for these two files; what is written here is read back with it by the tests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

Yaml = Mapping[str, "Yaml"] | Sequence["Yaml"] | str | int | float | bool | None

_PLAIN = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_NOT_TEXT = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def yaml_text(document: Mapping[str, Yaml], comment: str) -> str:
    """The document in block style, below ``comment``."""
    head = "".join(f"# {line}\n" for line in comment.splitlines())
    return head + "\n".join(_lines(document)) + "\n"


def _lines(value: Yaml) -> Iterator[str]:
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            yield from _entry(f"{_scalar(name)}:", inner, "  ")
    elif isinstance(value, Sequence) and not isinstance(value, str) and value:
        for inner in value:
            first, *rest = _lines(inner)
            yield f"- {first}"
            yield from (f"  {line}" for line in rest)
    else:
        yield _scalar(value)


def _entry(name: str, value: Yaml, indent: str) -> Iterator[str]:
    if isinstance(value, str) or not isinstance(value, Mapping | Sequence) or not value:
        yield f"{name} {_scalar(value)}"
    else:
        yield name
        yield from (f"{indent}{line}" for line in _lines(value))


def _scalar(value: Yaml) -> str:
    # JSON's scalars and empty brackets are YAML's; plain words need no quotes unless they mean something.
    if isinstance(value, str) and _PLAIN.fullmatch(value) and value not in _NOT_TEXT:
        return value
    return json.dumps(value, ensure_ascii=False)
