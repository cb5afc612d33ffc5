"""What repeats cost: verdicts on addresses that had one before, by month and list.

In: rows of repeat_costs. Out: columns by account, month and list, or its group where there is one; the lists
whose repeats cost most by name.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa

from .folding import Code, Names, columns_of, largest, shown

MAX_REPEATING = 100

_SUMS = (
    *("records", "repeats", "repeats_30d", "repeats_90d", "changed"),
    *("credits_net", "repeat_credits", "repeat_credits_30d", "repeat_credits_90d"),
)


def packed_repeats(repeats: pa.Table, accounts: Names) -> dict[str, Any]:
    """Sums by month of the shown lists and, under the code -1, of all others."""
    costs: dict[Any, Any] = defaultdict(int)
    for row in repeats.select(["account", "list_group", "repeat_credits"]).to_pylist():
        costs[row["account"], row["list_group"]] += row["repeat_credits"]
    names = largest(costs, MAX_REPEATING)
    keys: dict[str, Code] = {
        "account": lambda row: accounts.of(row["account"]),
        "list": lambda row: names.of((row["account"], row["list_group"])),
    }
    by_month = repeats.rename_columns(["day" if name == "month" else name for name in repeats.column_names])
    return {
        "repeats": columns_of(by_month, "month", keys, _SUMS),
        "repeating": [[accounts.of(account), shown(name, "(no name)")] for account, name in names.codes],
        "repeating_left_out": names.left_out,
    }
