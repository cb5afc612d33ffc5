"""Figures folded to what one page can hold: some accounts, lists and validators by name, the others added up.

In: `Figures`. Out: what the page's script reads, as JSON can hold it.

Columns instead of rows, and codes instead of names, keep a page of 20,000 rows under a megabyte. Credits are
whole micro-credits, so that a browser adds them up exactly (below 9e9 credits).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from .figures import LIMITS_S, Figures

MAX_ACCOUNTS = 20
MAX_VALIDATORS = 20
MAX_LISTS = 300
MAX_DAILY_ROWS = 20_000
"""Beyond so many rows by day, the page counts by month."""
MIN_RANKED = 100
"""Addresses a list needs to be among the worst, where there are more than the chart shows."""
_NAME_LETTERS = 120
_JOINERS = "\u200c\u200d"
"""Not printable, but part of Persian words and of emoji."""

_LISTS = (
    "jobs",
    "total_records",
    "valid_count",
    "invalid_count",
    "unknown_count",
    "other_count",
    "credits_net",
)
_VALIDATORS = ("records", "cached_count", "valid_count", "invalid_count", "unknown_count")
_USAGE = ("credits_charged", "credits_refunded", "credits_net")

Code = Callable[[dict[str, Any]], int]


@dataclass(frozen=True, slots=True)
class _Names:
    """The names that a page shows; every other one is counted under the code -1."""

    codes: Mapping[Any, int]
    left_out: int

    def of(self, name: Any) -> int:
        """The code of a name."""
        return self.codes.get(name, -1)


def packed(figures: Figures) -> dict[str, Any]:
    """The page's data: names, the days counted by, and tables as columns."""
    accounts = _named(_totals(figures.usage, "account", "credits_charged"), MAX_ACCOUNTS, _accounts(figures))
    lists = _ranked_lists(figures.quality)
    validators = _named(_totals(figures.validators, "validator_used", "records"), MAX_VALIDATORS)
    unit = "day" if len(figures.quality) + len(figures.validators) <= MAX_DAILY_ROWS else "month"

    def columns(rows: pa.Table, keys: dict[str, Code], sums: Sequence[str]) -> dict[str, list[Any]]:
        shared: dict[str, Code] = {"account": lambda row: accounts.of(row["account"])}
        return _columns(rows, unit, shared | keys, sums)

    return {
        "unit": unit,
        "accounts": [shown(name) for name in accounts.codes],
        "accounts_left_out": accounts.left_out,
        "lists": [[accounts.of(account), shown(name, "(no name)")] for account, name in lists.codes],
        "lists_left_out": lists.left_out,
        "min_ranked": MIN_RANKED,
        "validators": [shown(name, "(none named)") for name in validators.codes],
        "validators_left_out": validators.left_out,
        "limits_s": LIMITS_S,
        "usage": columns(figures.usage, {}, _USAGE),
        "quality": columns(
            figures.quality, {"list": lambda row: lists.of((row["account"], row["list_name"]))}, _LISTS
        ),
        "validation": columns(
            figures.validators, {"validator": lambda row: validators.of(row["validator_used"])}, _VALIDATORS
        ),
        "turnaround": columns(
            figures.turnaround,
            {
                "class": lambda row: -1 if row["class"] is None else row["class"],
                "failed": lambda row: int(row["status"] == "Failed"),
            },
            ("jobs",),
        ),
    }


def shown(name: str | None, missing: str = "") -> str:
    """A name as a page can show it: not endless, and nothing in it that would steer the text around it."""
    if not name:
        return missing or "(empty)"
    kept = name[:_NAME_LETTERS]
    clean = "".join(letter if letter.isprintable() or letter in _JOINERS else " " for letter in kept)
    return clean + ("…" if len(name) > _NAME_LETTERS else "")


def _accounts(figures: Figures) -> list[Any]:
    """Every account, those without a charge included."""
    tables = (figures.usage, figures.quality, figures.validators, figures.turnaround)
    charged = [account for table in tables for account in table["account"].unique().to_pylist()]
    return list(dict.fromkeys([*(health.account for health in figures.health), *charged]))


def _totals(rows: pa.Table, key: str, summed: str) -> dict[Any, Any]:
    sums = rows.group_by(key).aggregate([(summed, "sum")])
    return dict(zip(sums[key].to_pylist(), sums[f"{summed}_sum"].to_pylist(), strict=True))


def _named(totals: dict[Any, Any], most: int, names: Iterable[Any] = ()) -> _Names:
    """The names with the largest totals."""
    totals = dict.fromkeys(names, 0) | totals
    ranked = sorted(totals, key=lambda name: (-totals[name], str(name)))
    return _Names({name: code for code, name in enumerate(ranked[:most])}, max(0, len(ranked) - most))


def _ranked_lists(quality: pa.Table) -> _Names:
    """Of many lists the worst ones and those that cost most, half of the page's room for each."""
    sums = quality.group_by(["account", "list_name"]).aggregate(
        [(name, "sum") for name in ("total_records", "valid_count", "credits_net")]
    )
    totals = sums.to_pylist()
    large = [row for row in totals if row["total_records_sum"] >= MIN_RANKED]
    worst = sorted(large, key=lambda row: row["valid_count_sum"] / row["total_records_sum"])
    costly = sorted(totals, key=lambda row: -row["credits_net_sum"])
    ranked = [*worst[: MAX_LISTS // 2], *costly]
    keys = list(dict.fromkeys((row["account"], row["list_name"]) for row in ranked))[:MAX_LISTS]
    return _Names({key: code for code, key in enumerate(keys)}, len(totals) - len(keys))


def _columns(rows: pa.Table, unit: str, keys: dict[str, Code], sums: Sequence[str]) -> dict[str, list[Any]]:
    """The sums by period and codes, a list for each column."""
    found: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(sums))
    for batch in rows.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            key = (_period(row["day"], unit), *(code(row) for code in keys.values()))
            totals = found[key]
            for place, name in enumerate(sums):
                totals[place] += int(row[name].scaleb(6)) if name.startswith("credits_") else row[name]
    ordered = sorted(found.items())
    names = ("day", *keys, *sums)
    return {name: [(*key, *totals)[place] for key, totals in ordered] for place, name in enumerate(names)}


def _period(day: date, unit: str) -> str:
    return (day if unit == "day" else day.replace(day=1)).isoformat()
