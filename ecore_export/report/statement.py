"""What is to be paid for which lists, month by month: what lies behind the months of an account.

In: rows of monthly_statement, of all time. Out: columns by account, month and list, or its group where there
is one; the lists that cost most by name.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pyarrow as pa

from .folding import Code, Names, columns_of, largest, shown

MAX_STATED = 150

_SUMS = ("credits_charged", "credits_refunded", "credits_net")


def packed_statement(statement: pa.Table, accounts: Names) -> dict[str, Any]:
    """Sums by month of the shown lists and, under the code -1, of all others."""
    costs: dict[Any, Any] = defaultdict(int)
    for row in statement.select(["account", "list_group", "credits_charged"]).to_pylist():
        costs[row["account"], row["list_group"]] += row["credits_charged"]
    names = largest(costs, MAX_STATED)
    keys: dict[str, Code] = {
        "account": lambda row: accounts.of(row["account"]),
        "list": lambda row: names.of((row["account"], row["list_group"])),
    }
    by_month = statement.rename_columns(
        ["day" if name == "month" else name for name in statement.column_names]
    )
    return {
        "statement": columns_of(by_month, "month", keys, _SUMS),
        "stated": [[accounts.of(account), shown(name, "(no name)")] for account, name in names.codes],
        "stated_left_out": names.left_out,
    }
