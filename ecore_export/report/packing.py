"""Figures folded to what one page can hold: some accounts, lists and validators by name, the others added up.

In: `Figures`. Out: what the page's script reads, as JSON can hold it.

Columns instead of rows, and codes instead of names, keep a page of 20,000 rows under a megabyte. Credits are
whole micro-credits, so that a browser adds them up exactly (below 9e9 credits).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SettingsError
from ..times import zone_of
from .figures import LIMITS_S, Figures
from .folding import (
    Code,
    Names,
    columns_of,
    largest,
    micro,
    named,
    packed_decay,
    packed_domains,
    packed_repeats,
    packed_statement,
    shown,
    totals_by,
)
from .spending import Balances, Price, burned, burned_in_all, unusual_days

MAX_ACCOUNTS = 20
MAX_VALIDATORS = 20
MAX_LISTS = 300
MAX_DAILY_ROWS = 20_000
"""Beyond so many rows by day, the page counts by month."""
MIN_RANKED = 100
"""Addresses a list needs to be among the worst, where there are more than the chart shows."""
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


def packed(figures: Figures) -> dict[str, Any]:
    """The page's data: names, the days counted by, and tables as columns."""
    charged = totals_by(figures.usage, "account", "credits_charged")
    accounts = largest(charged, MAX_ACCOUNTS, _account_names(figures))
    lists = _ranked_lists(figures.quality, "list_name")
    validators = largest(totals_by(figures.validators, "validator_used", "records"), MAX_VALIDATORS)
    unit = "day" if len(figures.quality) + len(figures.validators) <= MAX_DAILY_ROWS else "month"

    def columns(rows: pa.Table, keys: dict[str, Code], sums: Sequence[str]) -> dict[str, list[Any]]:
        shared: dict[str, Code] = {"account": lambda row: accounts.of(row["account"])}
        return columns_of(rows, unit, shared | keys, sums)

    def by_list(names: Names, column: str) -> dict[str, list[Any]]:
        keys: dict[str, Code] = {"list": lambda row: names.of((row["account"], row[column]))}
        return columns(figures.quality, keys, _LISTS)

    groups = _ranked_lists(figures.quality, "list_group") if _are_grouped(figures.quality) else None
    return {
        "unit": unit,
        "accounts": [shown(name) for name in accounts.codes],
        "accounts_left_out": accounts.left_out,
        "lists": named(lists, accounts),
        "lists_left_out": lists.left_out,
        "groups": None if groups is None else named(groups, accounts),
        "groups_left_out": 0 if groups is None else groups.left_out,
        "min_ranked": MIN_RANKED,
        "validators": [shown(name, "(none named)") for name in validators.codes],
        "validators_left_out": validators.left_out,
        "limits_s": LIMITS_S,
        "usage": columns(figures.usage, {}, _USAGE),
        "quality": by_list(lists, "list_name"),
        "grouped": None if groups is None else by_list(groups, "list_group"),
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
        "ends": None if (end := figures.period.until) is None else _day_of(end, figures.tz),
        **_spending(figures, accounts),
        **packed_statement(figures.statement, accounts),
        **packed_decay(figures.quality, accounts),
        **packed_domains(figures.domains, accounts),
        **packed_repeats(figures.repeats, accounts),
    }


def _day_of(at: datetime, tz: str) -> str:
    return at.astimezone(zone_of(tz)).date().isoformat()


def _spending(figures: Figures, accounts: Names) -> dict[str, Any]:
    """Months of all time, how fast credits go and which days stood out: by an account's code, or ``all``."""
    key: dict[str, Code] = {"account": lambda row: accounts.of(row["account"])}
    burns = burned(figures.usage_ever, figures.known_until)
    shown_burns = {str(code): burns.get(account) for account, code in accounts.codes.items()}
    codes: dict[str, str | None] = {"all": None} | {str(code): name for name, code in accounts.codes.items()}
    return {
        "months": {
            "usage": columns_of(figures.usage_ever, "month", key, _USAGE),
            "quality": columns_of(figures.quality_ever, "month", key, _LISTS[:3]),
        },
        "burn": {
            code: {
                "until": burn.until.isoformat(),
                "rates": [[days, micro(rate)] for days, rate in burn.rates],
            }
            for code, burn in ({"all": burned_in_all(burns.values())} | shown_burns).items()
            if burn is not None and burn.rates
        },
        "unusual": {
            code: [[each.day.isoformat(), each.times] for each in unusual_days(figures.usage_ever, account)]
            for code, account in codes.items()
        },
    }


def packed_money(figures: Figures, price: Price | None, balances: Balances) -> dict[str, Any]:
    """What credits cost, and how many are left. Raises `SettingsError` for a balance of no account."""
    names = _account_names(figures)
    left = balances.by_account or {}
    if unknown := [account for account in left if account not in names]:
        known = ", ".join(repr(name) for name in sorted(names))
        raise SettingsError(f"a balance is given for account {unknown[0]!r}, and the report is about {known}")
    in_all = balances.in_all
    if in_all is None and set(left) == set(names):
        in_all = sum(left.values(), Decimal(0))
    by_name = {shown(account): micro(credits) for account, credits in left.items()}
    if in_all is not None and len(names) == 1:
        by_name = {shown(names[0]): micro(in_all)}
    return {
        "price": None if price is None else _digits(price),
        "balance": {"all": None if in_all is None else micro(in_all), "by_account": by_name},
    }


def _digits(price: Price) -> dict[str, Any]:
    """A price in whole numbers, as a browser has no decimals."""
    places = max(0, -int(price.per_credit.as_tuple().exponent))
    return {
        "currency": price.currency,
        "digits": str(int(price.per_credit.scaleb(places))),
        "places": places,
    }


def _account_names(figures: Figures) -> list[Any]:
    """Every account, those without a charge included."""
    tables = (figures.usage_ever, figures.quality_ever, figures.validators, figures.turnaround)
    charged = [account for table in tables for account in table["account"].unique().to_pylist()]
    return list(dict.fromkeys([*(health.account for health in figures.health), *charged]))


def _are_grouped(quality: pa.Table) -> bool:
    """Whether a rule puts any list into a group of another name."""
    return pc.any(pc.not_equal(quality["list_group"], quality["list_name"])).as_py() is True


def _ranked_lists(quality: pa.Table, name: str) -> Names:
    """Of many lists, told by ``name``, the worst ones and those that cost most, half of the room for each."""
    sums = quality.group_by(["account", name]).aggregate(
        [(column, "sum") for column in ("total_records", "valid_count", "credits_net")]
    )
    totals = sums.to_pylist()
    large = [row for row in totals if row["total_records_sum"] >= MIN_RANKED]
    worst = sorted(large, key=lambda row: row["valid_count_sum"] / row["total_records_sum"])
    costly = sorted(totals, key=lambda row: -row["credits_net_sum"])
    ranked = [*worst[: MAX_LISTS // 2], *costly]
    keys = list(dict.fromkeys((row["account"], row[name]) for row in ranked))[:MAX_LISTS]
    return Names({key: code for code, key in enumerate(keys)}, len(totals) - len(keys))
