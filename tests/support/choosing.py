"""Which tests a run takes: those of some kinds of destinations, and those quick enough for every change.

In: what pytest collected. Out: whether a test is quick or slow, and the kinds of destinations it works on.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType

import hypothesis
import pytest

TESTS = Path(__file__).parents[1]
USUAL_KINDS = ("parquet", "delta-s3", "delta", "sqlite", "duckdb", "postgresql", "mysql")
KINDS = ("delta-az", "delta-gs", *USUAL_KINDS)
"""All. Of the first two, `test_delta_stores` proves what is their own; their whole suite runs when asked."""
SERVERS = {"postgres_server": "postgresql", "mysql_server": "mysql", "s3_server": "delta-s3"}
EMBEDDED_KINDS = frozenset({"parquet", "sqlite"})
QUICK_KINDS = frozenset({"parquet"})
SLOW_FOLDERS = frozenset({"benchmarks", "crash", "engines", "packaging"})
THOROUGH_FOLDERS = SLOW_FOLDERS | {"docs", "report", "schema_export", "upgrades"}
MARKED_WHOLE = re.compile(r"^pytestmark = (?:\[[^\]]*|.*)\bpytest\.mark\.(?:slow|thorough)\b", re.MULTILINE)


def chosen_kinds(text: str) -> frozenset[str]:
    """The kinds that ``--backends`` names, separated by commas."""
    chosen = frozenset(text.replace(" ", "").split(","))
    if unknown := sorted(chosen - set(KINDS)):
        raise pytest.UsageError(f"--backends: {', '.join(map(repr, unknown))} is none of {', '.join(KINDS)}")
    return chosen


def kinds_of(item: pytest.Item) -> set[str]:
    """The kinds of destinations that a test works on: by its file, its parameters and its servers."""
    named = f"{item.path.stem} {item.name.partition('[')[2]}".replace("_", " ").lower()
    servers = SERVERS.keys() & set(getattr(item, "fixturenames", ()))
    return set(re.findall(rf"\b({'|'.join(KINDS)})\b", named)) | {SERVERS[name] for name in servers}


def is_slow(item: pytest.Item) -> bool:
    """Whether a test is left to `.ci/run`: long trials, and kinds that nobody begins with."""
    return _folder(item) in SLOW_FOLDERS or not kinds_of(item) <= EMBEDDED_KINDS


def is_quick(item: pytest.Item) -> bool:
    """Whether a test belongs in the loop of every change: no server, no process, nothing big.

    What is the same on all destinations is proven on Parquet there, and on the others by a longer run.
    """
    if any(map(item.get_closest_marker, ("slow", "thorough"))) or _folder(item) in THOROUGH_FOLDERS:
        return False
    if not kinds_of(item) <= QUICK_KINDS:
        return False
    return not any(starts_processes(function) for function in _functions_of(item))


def is_thorough(path: Path) -> bool:
    """Whether nothing in a folder or file of tests belongs in that loop, by its name or its `pytestmark`."""
    if path.is_dir():
        return path.parent == TESTS and path.name in THOROUGH_FOLDERS
    return path.name.startswith("test_") and MARKED_WHOLE.search(path.read_text(encoding="utf-8")) is not None


def examples(usual: int) -> int:
    """How many examples to try of a property whose examples are dear: in the loop of every change a tenth."""
    return max(2, usual * hypothesis.settings.default.max_examples // 100)


def _folder(item: pytest.Item) -> str:
    return item.path.relative_to(TESTS).parts[0]


def _functions_of(item: pytest.Item) -> Iterator[FunctionType]:
    """A test and the fixtures it takes."""
    if isinstance(item, pytest.Function):
        yield getattr(item.function, "__func__", item.function)
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            yield from (definition.func for definition in definitions)


@cache
def starts_processes(function: object) -> bool:
    """Whether a function or one of ours that it calls, however indirectly, uses `subprocess`."""
    seen: set[object] = set()
    to_see = [function]
    while to_see:
        seen.add(value := to_see.pop())
        if value is subprocess:
            return True
        to_see.extend(used for used in _named_by(value) if used not in seen)
    return False


def _named_by(value: object) -> list[object]:
    """The module `subprocess` and the functions and classes that one of our functions names."""
    if (
        isinstance(value, type)
        and TESTS in Path(getattr(sys.modules[value.__module__], "__file__", "/")).parents
    ):
        return [used for used in vars(value).values() if isinstance(used, FunctionType)]
    if not isinstance(value, FunctionType) or TESTS not in Path(value.__code__.co_filename).parents:
        return []
    names = {name for code in _codes(value.__code__) for name in code.co_names}
    named = (value.__globals__[name] for name in names & value.__globals__.keys())
    return [used for used in named if used is subprocess or isinstance(used, (FunctionType, type))]


def _codes(code: CodeType) -> Iterator[CodeType]:
    """A function's code and that of the functions inside it."""
    yield code
    for inside in code.co_consts:
        if isinstance(inside, CodeType):
            yield from _codes(inside)
