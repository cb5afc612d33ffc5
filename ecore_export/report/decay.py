"""Lists that were validated in several months: how their verdicts moved.

In: rows of daily_list_quality. Out: the lists whose share of Valid addresses moved most, month by month, as
columns. A list is told by its group where there is one, else by its name.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any

import pyarrow as pa

from .folding import Code, Names, columns_of, shown

MAX_DECAYING = 60
MIN_OBSERVED = 100
"""Addresses that a list needs in a month for its share to count there."""

Months = dict[tuple[str, Any], dict[date, list[int]]]


def packed_decay(quality: pa.Table, accounts: Names) -> dict[str, Any]:
    """Months of the lists that moved most, and how many others were seen in several months."""
    moved = _moved(_months(quality))
    ranked = sorted(moved, key=lambda key: (-abs(moved[key]), str(key)))
    kept = ranked[:MAX_DECAYING]
    names = Names({key: code for code, key in enumerate(kept)}, len(ranked) - len(kept))

    def code_of(row: dict[str, Any]) -> int:
        return names.of((row["account"], row["list_group"]))

    keys: dict[str, Code] = {"account": lambda row: accounts.of(row["account"]), "list": code_of}
    sums = ("jobs", "total_records", "valid_count", "invalid_count", "unknown_count")
    columns = columns_of(quality, "month", keys, sums)
    shown_rows = [row for row, code in enumerate(columns["list"]) if code >= 0]
    return {
        "decay": {name: [values[row] for row in shown_rows] for name, values in columns.items()},
        "decaying": [shown(name, "(no name)") for _, name in names.codes],
        "decaying_left_out": names.left_out,
        "min_observed": MIN_OBSERVED,
    }


def _months(quality: pa.Table) -> Months:
    """Addresses and Valid ones of each group of lists, by month."""
    found: Months = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    columns = ["account", "list_group", "day", "total_records", "valid_count"]
    for batch in quality.select(columns).to_batches(max_chunksize=10_000):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        for account, name, day, addresses, valid in rows:
            counts = found[account, name][day.replace(day=1)]
            counts[0] += addresses
            counts[1] += valid
    return found


def _moved(months: Months) -> dict[tuple[str, Any], float]:
    """How far the share of Valid addresses moved, of lists observed in several months."""
    moved = {}
    for key, counts in months.items():
        observed = [of for _, of in sorted(counts.items()) if of[0] >= MIN_OBSERVED]
        shares = [valid / addresses for addresses, valid in observed]
        if len(shares) > 1:
            moved[key] = shares[-1] - shares[0]
    return moved
