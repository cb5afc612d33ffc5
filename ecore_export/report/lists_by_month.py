"""Lists month by month: what is to be paid for them, and what of that repeats cost.

In: rows of monthly_statement, of all time, and of repeat_costs. Out: columns by account, month and list, or
its group where there is one; the lists that cost most by name.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from .folding import Code, Names, columns_of, largest, named

MAX_STATED, MAX_REPEATING = 150, 100

_STATED = ("credits_charged", "credits_refunded", "credits_net")
_REPEATED = (
    *("records", "repeats", "repeats_30d", "repeats_90d", "changed"),
    *("credits_net", "repeat_credits", "repeat_credits_30d", "repeat_credits_90d"),
)


def packed_statement(statement: pa.Table, accounts: Names) -> dict[str, Any]:
    """What lies behind an account's months: sums of the lists charged most, and of all others."""
    names = _costliest(statement, "credits_charged", MAX_STATED)
    return {
        "statement": _by_month(statement, _STATED, accounts, names),
        "stated": named(names, accounts),
        "stated_left_out": names.left_out,
    }


def packed_repeats(repeats: pa.Table, accounts: Names) -> dict[str, Any]:
    """Verdicts on addresses that had one before: sums of the lists where they cost most, and others."""
    names = _costliest(repeats, "repeat_credits", MAX_REPEATING)
    return {
        "repeats": _by_month(repeats, _REPEATED, accounts, names),
        "repeating": named(names, accounts),
        "repeating_left_out": names.left_out,
    }


def _costliest(rows: pa.Table, cost: str, most: int) -> Names:
    costs: dict[Any, Any] = defaultdict(int)
    for row in rows.select(["account", "list_group", cost]).to_pylist():
        costs[row["account"], row["list_group"]] += row[cost]
    return largest(costs, most)


def _by_month(rows: pa.Table, sums: Sequence[str], accounts: Names, names: Names) -> dict[str, list[Any]]:
    """Sums of the named lists and, under the code -1, of all others."""
    keys: dict[str, Code] = {
        "account": lambda row: accounts.of(row["account"]),
        "list": lambda row: names.of((row["account"], row["list_group"])),
    }
    by_month = rows.rename_columns(["day" if name == "month" else name for name in rows.column_names])
    return columns_of(by_month, "month", keys, sums)
