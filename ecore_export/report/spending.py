"""How fast credits go, how long those left will last, which days stand out, and what credits are in money.

In: daily sums of credits of all time, the days up to which they are known. Out: `Burn`s, unusual days, a
`Price`, `Balances`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

import pyarrow as pa

from ..errors import SettingsError

WINDOWS_DAYS = (30, 90)
LOOK_BACK_DAYS, MIN_CHARGED_DAYS, UNUSUAL_TIMES = 90, 7, 2
"""A day is unusual if more was charged than so many times the most of any day in the days before it.

Medians were tried: people validate whole lists, so that most days are small, and every large list stood out.
"""
MAX_UNUSUAL = 100

Amount = Decimal | int | float | str


@dataclass(frozen=True, slots=True)
class Price:
    """What a credit costs. ``currency``: three letters, such as EUR."""

    per_credit: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Balances:
    """Credits that are left: of single accounts, or in all."""

    in_all: Decimal | None = None
    by_account: Mapping[str, Decimal] | None = None


NO_BALANCES = Balances()


@dataclass(frozen=True, slots=True)
class Burn:
    """``rates``: days counted over, and net credits a day; none where nothing is known.

    ``until``: the first day that is not counted, as it is not known whole.
    """

    until: date
    rates: tuple[tuple[int, Decimal], ...]


@dataclass(frozen=True, slots=True)
class UnusualDay:
    """``times``: how many times the most of the days before was charged."""

    day: date
    credits_charged: Decimal
    times: float


def price_of(price: Amount | None, currency: str | None) -> Price | None:
    """The price of a credit. Raises `SettingsError` for no price or currency, and one without the other."""
    if price is None and currency is None:
        return None
    if price is None or currency is None:
        raise SettingsError("a price and its currency belong together: --price 0.004 --currency EUR")
    if re.fullmatch("[A-Za-z]{3}", currency) is None:
        raise SettingsError(f"{currency!r} is not a currency; write its three letters, such as EUR")
    return Price(_amount(price, "price of a credit", "0.004"), currency.upper())


def balances_of(given: Amount | Mapping[str, Amount] | None) -> Balances:
    """Credits that are left. Raises `SettingsError` for what is no number of credits."""
    if given is None:
        return Balances()
    if isinstance(given, Mapping):
        return Balances(by_account={name: _amount(left, "balance", "12000") for name, left in given.items()})
    return Balances(in_all=_amount(given, "balance", "12000"))


def _amount(given: Amount, what: str, example: str) -> Decimal:
    """A number of at most nine digits after the point; a float is what it is written as."""
    text = str(given).strip()
    try:
        amount = Decimal(text)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite() or not 0 <= amount < 10**12 or amount != round(amount, 9):
        raise SettingsError(f"{text!r} is not a {what}; write a number such as {example}")
    return amount.normalize()


def burned(usage: pa.Table, until: Mapping[str, date]) -> dict[str, Burn]:
    """The burn of each account: net credits of the whole days before ``until``, by day.

    Where less is known, a window is as long as what is known. The days of an account that rests for longer
    than the first window are counted back from its last one in use: a rate of 0 would tell nothing.
    """
    nets: dict[str, dict[date, Decimal]] = defaultdict(dict)
    for row in usage.select(["account", "day", "credits_net"]).to_pylist():
        nets[row["account"]][row["day"]] = row["credits_net"]
    ends = {account: _counted_until(nets[account], end) for account, end in until.items()}
    return {account: Burn(end, tuple(_rates(nets[account], end))) for account, end in ends.items()}


def _counted_until(nets: Mapping[date, Decimal], known_until: date) -> date:
    """The day up to which is counted; of an account at rest, the last one on which it had credits moved."""
    last = max((day for day in nets if day < known_until), default=known_until)
    return known_until if known_until - last <= timedelta(days=WINDOWS_DAYS[0]) else last + timedelta(days=1)


def burned_in_all(burns: Iterable[Burn]) -> Burn | None:
    """The burn of several accounts together; None of none. One known for less time burns on at its rate."""
    known = [burn for burn in burns if burn.rates]
    if not known:
        return None
    places = range(max(len(burn.rates) for burn in known))
    rates = [[burn.rates[min(place, len(burn.rates) - 1)] for burn in known] for place in places]
    summed = tuple(
        (max(days for days, _ in each), sum((rate for _, rate in each), Decimal(0))) for each in rates
    )
    return Burn(max(burn.until for burn in known), summed)


def _rates(nets: Mapping[date, Decimal], until: date) -> Iterator[tuple[int, Decimal]]:
    known = (until - min(nets, default=until)).days
    for days in dict.fromkeys(min(known, window) for window in WINDOWS_DAYS):
        if days > 0:
            begin = until - timedelta(days=days)
            spent = sum((net for day, net in nets.items() if begin <= day < until), Decimal(0))
            yield days, spent / days


def unusual_days(usage: pa.Table, account: str | None = None) -> list[UnusualDay]:
    """The newest days of unusual charges, oldest first; ``account``: None for all together."""
    charged: dict[date, Decimal] = defaultdict(Decimal)
    for row in usage.select(["account", "day", "credits_charged"]).to_pylist():
        if account in (None, row["account"]) and row["credits_charged"] > 0:
            charged[row["day"]] += row["credits_charged"]
    return list(_unusual(dict(sorted(charged.items()))))[-MAX_UNUSUAL:]


def _unusual(charged: Mapping[date, Decimal]) -> Iterator[UnusualDay]:
    for day, credits in charged.items():
        before = (day - timedelta(days=back) for back in range(1, LOOK_BACK_DAYS + 1))
        known = [charged[earlier] for earlier in before if earlier in charged]
        if len(known) >= MIN_CHARGED_DAYS and credits > UNUSUAL_TIMES * max(known):
            yield UnusualDay(day, credits, float(credits / max(known)))
