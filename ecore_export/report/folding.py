"""Rows folded to names and sums that one page can hold.

In: rows of a view. Out: codes instead of names, columns instead of rows, credits as whole micro-credits.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

_NAME_LETTERS = 120
_JOINERS = "\u200c\u200d"
"""Not printable, but part of Persian words and of emoji."""

Code = Callable[[dict[str, Any]], int]


@dataclass(frozen=True, slots=True)
class Names:
    """The names that a page shows; every other one is counted under the code -1."""

    codes: Mapping[Any, int]
    left_out: int

    def of(self, name: Any) -> int:
        """The code of a name."""
        return self.codes.get(name, -1)


def named(names: Names, accounts: Names) -> list[list[Any]]:
    """The account's code and the name of each list; its place is the list's code."""
    return [[accounts.of(account), shown(name, "(no name)")] for account, name in names.codes]


def totals_by(rows: pa.Table, key: str, summed: str) -> dict[Any, Any]:
    """The sum of a column by another."""
    sums = rows.group_by(key).aggregate([(summed, "sum")])
    return dict(zip(sums[key].to_pylist(), sums[f"{summed}_sum"].to_pylist(), strict=True))


def largest(totals: dict[Any, Any], most: int, names: Iterable[Any] = ()) -> Names:
    """The names with the largest totals."""
    totals = dict.fromkeys(names, 0) | totals
    ranked = sorted(totals, key=lambda name: (-totals[name], str(name)))
    return Names({name: code for code, name in enumerate(ranked[:most])}, max(0, len(ranked) - most))


def columns_of(rows: pa.Table, unit: str, keys: dict[str, Code], sums: Sequence[str]) -> dict[str, list[Any]]:
    """The sums by period and codes, a list for each column."""
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(sums))
    for batch in rows.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            key = (_period_of(row["day"], unit), *(code(row) for code in keys.values()))
            totals = found[key]
            for place, name in enumerate(sums):
                totals[place] += micro(row[name]) if "credit" in name else row[name]
    ordered = sorted(found.items())
    names = ("day", *keys, *sums)
    return {name: [(*key, *totals)[place] for key, totals in ordered] for place, name in enumerate(names)}


def _period_of(day: date, unit: str) -> str:
    return (day if unit == "day" else day.replace(day=1)).isoformat()


def micro(credits: Decimal) -> int:
    """Credits in whole micro-credits, the nearest."""
    return int(credits.scaleb(6).to_integral_value())


def shown(name: str | None, missing: str = "") -> str:
    """A name as a page can show it: not endless, and nothing in it that would steer the text around it."""
    if not name:
        return missing or "(empty)"
    kept = name[:_NAME_LETTERS]
    clean = "".join(letter if letter.isprintable() or letter in _JOINERS else " " for letter in kept)
    return clean + ("…" if len(name) > _NAME_LETTERS else "")
