"""Rows folded to names and sums that one page can hold: what is shown by name, and all others added up.

In: rows of a view. Out: codes instead of names, columns instead of rows, credits as whole micro-credits.

Lists are told by their group where there is one, and are shown month by month: those that cost most, those
where repeats cost most, those whose share of Valid addresses moved most. E-mail domains are shown for the
whole period, as days would be too many: the worst ones, and those with most addresses.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa

MAX_STATED, MAX_REPEATING, MAX_DECAYING, MAX_DOMAINS = 150, 100, 60, 200
_MIN_OBSERVED = 100
"""Addresses that a list needs in a month for its share to count there."""
_MIN_JUDGED = 100
"""Addresses that a domain needs to be among the worst."""

_STATED = ("credits_charged", "credits_refunded", "credits_net")
_REPEATED = (
    *("records", "repeats", "repeats_30d", "repeats_90d", "changed"),
    *("credits_net", "repeat_credits", "repeat_credits_30d", "repeat_credits_90d"),
)
_OF_DOMAINS = ("records", "valid_count", "invalid_count", "unknown_count", "repeats")

_NAME_LETTERS = 120
_JOINERS = "\u200c\u200d"
"""Not printable, but part of Persian words and of emoji."""

Code = Callable[[dict[str, Any]], int]
_Months = dict[tuple[str, Any], dict[date, list[int]]]


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
        "min_observed": _MIN_OBSERVED,
    }


def _months(quality: pa.Table) -> _Months:
    """Addresses and Valid ones of each group of lists, by month."""
    found: _Months = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    columns = ["account", "list_group", "day", "total_records", "valid_count"]
    for batch in quality.select(columns).to_batches(max_chunksize=10_000):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        for account, name, day, addresses, valid in rows:
            counts = found[account, name][day.replace(day=1)]
            counts[0] += addresses
            counts[1] += valid
    return found


def _moved(months: _Months) -> dict[tuple[str, Any], float]:
    """How far the share of Valid addresses moved, of lists observed in several months."""
    moved = {}
    for key, counts in months.items():
        observed = [of for _, of in sorted(counts.items()) if of[0] >= _MIN_OBSERVED]
        shares = [valid / addresses for addresses, valid in observed]
        if len(shares) > 1:
            moved[key] = shares[-1] - shares[0]
    return moved


def packed_domains(domains: pa.Table, accounts: Names) -> dict[str, Any]:
    """Sums of the shown domains and, under the code -1, of all others."""
    names = _ranked_domains(domains)
    found: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0] * (len(_OF_DOMAINS) + 1))
    for batch in domains.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            sums = found[accounts.of(row["account"]), names.of(row["email_domain"])]
            values = (*(row[name] or 0 for name in _OF_DOMAINS), micro(row["credits_net"]))
            for place, value in enumerate(values):
                sums[place] += value
    columns = ("account", "domain", *_OF_DOMAINS, "credits_net")
    rows = [(*key, *sums) for key, sums in sorted(found.items())]
    return {
        "by_domain": {name: [row[place] for row in rows] for place, name in enumerate(columns)},
        "domains": [shown(name, "(erased)") for name in names.codes],
        "domains_left_out": names.left_out,
        "domains_min_judged": _MIN_JUDGED,
        "repeats_known": domains["repeats"].null_count < len(domains),
    }


def _ranked_domains(domains: pa.Table) -> Names:
    """The worst of the large domains and those with most addresses, half of the room for each."""
    sums = (
        domains.group_by("email_domain").aggregate([("records", "sum"), ("valid_count", "sum")]).to_pylist()
    )
    large = [row for row in sums if row["records_sum"] >= _MIN_JUDGED and row["email_domain"] is not None]
    worst = sorted(large, key=lambda row: (row["valid_count_sum"] / row["records_sum"], -row["records_sum"]))
    most = sorted(sums, key=lambda row: (-row["records_sum"], str(row["email_domain"])))
    ranked = [row["email_domain"] for row in (*worst[: MAX_DOMAINS // 2], *most)]
    kept = list(dict.fromkeys(ranked))[:MAX_DOMAINS]
    return Names({name: code for code, name in enumerate(kept)}, len(sums) - len(kept))
