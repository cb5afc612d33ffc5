"""How fast credits go, which days stand out, what credits are in money: checked by hand-made sums."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from report_rows import NOW, jobs_of_a_month, publish

import ecore_export as ee
from ecore_export.cli import main
from ecore_export.destinations import Destination, open_destination
from ecore_export.errors import SettingsError
from ecore_export.report.figures import Query, read_figures
from ecore_export.report.packing import packed_money
from ecore_export.report.spending import (
    Price,
    balances_of,
    burned,
    burned_in_all,
    price_of,
    unusual_days,
)

TODAY = date(2026, 6, 1)


def usage(days: dict[int, Any], account: str = "a") -> pa.Table:
    """Net and charged credits by how many days ago."""
    rows = [
        {
            "account": account,
            "day": TODAY - timedelta(days=ago),
            "credits_net": Decimal(credits),
            "credits_charged": Decimal(credits),
        }
        for ago, credits in days.items()
    ]
    names = {"account": pa.string(), "day": pa.date32()}
    money = {name: pa.decimal128(28, 6) for name in ("credits_net", "credits_charged")}
    return pa.Table.from_pylist(rows, pa.schema(names | money))


@pytest.fixture
def parquet(tmp_path: Path) -> Destination:
    found = open_destination(f"parquet:{tmp_path / 'warehouse'}")
    publish(found, *jobs_of_a_month())
    return found


def test_the_burn_counts_whole_days_before_the_last_export() -> None:
    found = burned(usage({0: 999, 1: 30, 30: 30, 31: 120, 90: 90, 91: 7}), {"a": TODAY})["a"]
    assert found.until == TODAY
    assert found.rates == ((30, Decimal(2)), (90, Decimal(3)))


def test_a_young_account_burns_over_the_days_it_has() -> None:
    assert burned(usage({10: 50, 2: 50}), {"a": TODAY})["a"].rates == ((10, Decimal(10)),)
    assert burned(usage({45: 45, 2: 60}), {"a": TODAY})["a"].rates == (
        (30, Decimal(2)),
        (45, Decimal(105) / 45),
    )
    assert burned(usage({}), {"a": TODAY})["a"].rates == ()


def test_an_account_at_rest_is_counted_back_from_its_last_day_in_use() -> None:
    found = burned(usage({40: 60, 50: 30}), {"a": TODAY})["a"]
    assert found.until == TODAY - timedelta(days=39)
    assert found.rates == ((11, Decimal(90) / 11),)


def test_accounts_burn_together() -> None:
    both = pa.concat_tables([usage({1: 30, 90: 0}), usage({10: 50, 2: 50}, "b")])
    found = burned_in_all(burned(both, {"a": TODAY, "b": TODAY, "c": TODAY}).values())
    assert found is not None
    assert found.rates == ((30, Decimal(11)), (90, Decimal(30) / 90 + 10))
    assert burned_in_all([]) is None


def test_a_day_is_unusual_that_was_charged_more_than_twice_what_any_of_90_days_was() -> None:
    steady = dict.fromkeys(range(1, 90), 100)
    assert [each.day for each in unusual_days(usage(steady | {0: 201}))] == [TODAY]
    assert unusual_days(usage(steady | {0: 200})) == []
    assert unusual_days(usage(steady | {0: 201, 60: 150})) == []
    assert [each.times for each in unusual_days(usage(steady | {0: 300, 91: 900}))] == [3.0]
    assert unusual_days(usage(dict.fromkeys(range(1, 7), 1) | {0: 900})) == [], "six days are too few"
    apart = pa.concat_tables([usage(steady | {0: 201}), usage(steady, "b")])
    assert unusual_days(apart) == []
    assert [each.day for each in unusual_days(apart, "a")] == [TODAY]


@pytest.mark.parametrize(
    ("price", "currency", "said"),
    [
        ("0.004", None, "belong together"),
        (None, "EUR", "belong together"),
        ("free", "EUR", "'free' is not a price of a credit"),
        ("-1", "EUR", "'-1' is not a price"),
        ("nan", "EUR", "is not a price"),
        ("inf", "EUR", "is not a price"),
        ("1e-12", "EUR", "is not a price"),
        ("1e300", "EUR", "is not a price"),
        ("", "EUR", "'' is not a price"),
        ("0,004", "EUR", "'0,004' is not a price"),
        ("1", "euro", "'euro' is not a currency"),
        ("1", "€", "'€' is not a currency"),
    ],
)
def test_what_is_no_price_is_refused(price: str | None, currency: str | None, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        price_of(price, currency)


def test_a_price_is_exact_however_it_is_written() -> None:
    expected = Price(Decimal("0.004"), "EUR")
    assert (
        price_of("0.004", "eur") == price_of(0.004, "EUR") == price_of(Decimal("0.0040"), "Eur") == expected
    )
    assert price_of(None, None) is None


def test_balances_are_of_accounts_that_there_are(parquet: Destination) -> None:
    publish(parquet, *jobs_of_a_month()[:3], account="second")
    figures = read_figures(parquet, Query(), NOW)

    def packed(given: Any) -> Any:
        return packed_money(figures, None, balances_of(given))["balance"]

    assert packed("12.5") == {"all": 12_500_000, "by_account": {}}
    assert packed({"second": 3}) == {"all": None, "by_account": {"second": 3_000_000}}
    both = {"second": 3_000_000, "default": 4_000_000}
    assert packed({"second": 3, "default": 4}) == {"all": 7_000_000, "by_account": both}
    assert packed(None) == {"all": None, "by_account": {}}
    with pytest.raises(SettingsError, match=r"for account 'third', .* is about 'default', 'second'"):
        packed({"third": 1})


def test_the_command_takes_balances_and_prices(
    parquet: Destination, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["report", parquet.url, "-o", str(tmp_path / "page.html")]
    assert main([*command, "--balance", "1000", "--price", "0.004", "--currency", "EUR"]) == 0
    assert main([*command, "--balance", "default=1000"]) == 0
    for wrong, said in (
        (["--price", "1"], "--price 0.004 --currency EUR"),
        (["--balance", "many"], "'many' is not a balance"),
        (["--balance", "1", "--balance", "2"], "--balance ACCOUNT=N once for each"),
        (["--balance", "x=1", "--balance", "x=2"], "once for each"),
        (["--balance", "other=1"], "account 'other'"),
    ):
        capsys.readouterr()
        assert main([*command, *wrong]) == 2, wrong
        assert said in capsys.readouterr().err, wrong


def test_months_outside_the_period_are_there_to_compare_with(parquet: Destination) -> None:
    page = Path(parquet.url.removeprefix("parquet:")).parent / "page.html"
    ee.write_report(parquet, page, since="2026-05-10", until="2026-05-20", price="0.5", currency="USD")
    figures = read_figures(parquet, Query(since="2026-05-10", until="2026-05-20"), NOW)
    assert figures.usage.num_rows < figures.usage_ever.num_rows
    ever = ee.read_view(parquet, "daily_credit_usage", dtype_backend="pyarrow")
    assert sum(figures.usage_ever["credits_net"].to_pylist()) == ever["credits_net"].sum()
