"""What a page says of money: what was spent, what is to be paid, how long credits last, what stood out."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from destination_rows import make_job
from report_browser import CHROMIUM, Looked
from report_controls import Opener, choose, number, table
from report_rows import publish

from ecore_export.destinations import Destination, open_destination
from ecore_export.report import Look, Query, balances_of, price_of, report_page

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium"),
    pytest.mark.xdist_group("chromium"),
]

NOW = datetime(2026, 6, 10, 6, 0, tzinfo=UTC)
PRICE = Decimal("0.0037")
CLIENTS = {"north": 3, "south": 5}
MARKS = "#credits-chart path[fill='var(--bad)'][opacity='1']"
ODD_DAY = date(2026, 5, 20)


def charged(account: str, day: date) -> int:
    """Net credits of a client on a day: more each month, and one day of very many."""
    size = CLIENTS[account] * (day.year - 2024) * day.month
    return size * 50 if (account, day) == ("north", ODD_DAY) else size


def all_days() -> list[date]:
    return [date(2025, 4, 1) + timedelta(days=n) for n in range((NOW.date() - date(2025, 4, 1)).days)]


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Destination:
    """Two accounts with a job a day, whose addresses are all Valid, so that nothing comes back."""
    found = open_destination(f"parquet:{tmp_path_factory.mktemp('money') / 'warehouse'}")
    for account in CLIENTS:
        jobs = []
        for job_id, day in enumerate(all_days(), 1):
            at, credits = datetime(day.year, day.month, day.day, 9, tzinfo=UTC), charged(account, day)
            facts = {"total_records": credits, "valid_count": credits, "invalid_count": 0, "unknown_count": 0}
            instants = dict.fromkeys(("created_at", "credits_charged_at", "completed_at", "started_at"), at)
            money = {"total_credits_charged": Decimal(credits), "list_name": "Customers", "other_count": 0}
            jobs.append(make_job(job_id, 0, **facts, **instants, **money))
        publish(found, *jobs, account=account, ended_at=NOW - timedelta(hours=1))
    return found


@pytest.fixture(scope="module")
def money_path(clients: Destination, tmp_path_factory: pytest.TempPathFactory) -> Path:
    look = Look(price=price_of(PRICE, "EUR"), balances=balances_of("12000"), now=lambda: NOW)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(report_page(clients, Query(), look), "utf-8")
    return path


def by_month(*accounts: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for account in accounts:
        for day in all_days():
            found[f"{day:%Y-%m}"] += charged(account, day)
    return found


def euros(credits: int) -> str:
    return f"EUR {(credits * PRICE).quantize(Decimal('0.01'), ROUND_HALF_UP):,}"


def tile(looked: Looked, term: str) -> list[str]:
    card = looked.page.locator("#headline div").filter(has=looked.page.get_by_text(term, exact=True))
    return card.inner_text().replace("\u00a0", " ").split("\n")


def only(looked: Looked, account: str) -> None:
    looked.page.locator("#account").select_option(label=account)
    looked.settle()


def said(looked: Looked, name: str) -> str:
    return looked.page.locator(f"#{name}-said").inner_text().replace("\u00a0", " ")


def test_what_to_pay_for_the_last_whole_month_is_said_by_client(
    opened_page: Opener, money_path: Path
) -> None:
    looked = opened_page(money_path)
    may = {account: by_month(account)["2026-05"] for account in CLIENTS}
    text = said(looked, "statement").replace("\u2068", "").replace("\u2069", "")
    assert text.startswith(f"May 2026 comes to {euros(sum(may.values()))} ({sum(may.values()):,} credits): ")
    for account, credits in may.items():
        assert f"{account} {euros(credits)} ({credits:,} credits)" in text
    rows = {(row[0], row[1]): row[2:] for row in table(looked, "statement")}
    assert len(rows) == 15 * 2
    for account in CLIENTS:
        for month, credits in by_month(account).items():
            assert number(rows[month, account][4]) == credits
            assert rows[month, account][5] == euros(credits)
    assert looked.complaints == []


def test_tiles_compare_the_last_whole_month(opened_page: Opener, money_path: Path) -> None:
    looked = opened_page(money_path)
    for accounts in (("north", "south"), ("south",)):
        if len(accounts) == 1:
            choose(
                looked,
                account=looked.page.locator("#account option", has_text="south").get_attribute("value") or "",
            )
        months = by_month(*accounts)
        lines = tile(looked, "Net spent")
        assert lines[1:3] == [euros(sum(months.values())), f"{sum(months.values()):,} credits"]
        assert lines[3] == f"May 2026: {euros(months['2026-05'])}"
        for line, earlier, name in ((lines[4], "2026-04", "April 2026"), (lines[5], "2025-05", "May 2025")):
            grown = Decimal(months["2026-05"]) / months[earlier] - 1
            assert line == f"▲ {grown * 100:.1f}% on {name}"
    choose(looked, to="2026-04-29")
    assert tile(looked, "Net spent")[3] == f"March 2026: {euros(by_month('south')['2026-03'])}"


def test_a_month_is_whole_though_nothing_happened_at_its_end(opened_page: Opener, tmp_path: Path) -> None:
    quiet = open_destination(f"parquet:{tmp_path / 'quiet'}")
    at = datetime(2026, 5, 4, 9, tzinfo=UTC)
    instants = dict.fromkeys(("created_at", "credits_charged_at", "completed_at", "started_at"), at)
    publish(quiet, make_job(1, 0, **instants), ended_at=datetime(2026, 6, 2, tzinfo=UTC))
    look = Look(now=lambda: datetime(2026, 6, 2, tzinfo=UTC))
    for query, begins in (
        (Query(), "May 2026 comes to 178 credits."),
        (Query(until="2026-05-20"), "No month"),
    ):
        (tmp_path / "page.html").write_text(report_page(quiet, query, look), "utf-8")
        assert said(opened_page(tmp_path / "page.html"), "statement").startswith(begins)


def test_days_left_follow_from_what_was_spent_lately(opened_page: Opener, money_path: Path) -> None:
    looked = opened_page(money_path)
    lines = tile(looked, "Days left")
    rates = {}
    for days in (30, 90):
        window = [NOW.date() - timedelta(days=back) for back in range(1, days + 1)]
        rates[days] = sum(charged(account, day) for account in CLIENTS for day in window) / Decimal(days)
    left = {days: int(12_000 / rate) for days, rate in rates.items()}
    assert lines[1] == str(left[30])
    assert lines[2] == f"of {euros(12_000)} (12,000 credits)"
    for line, days in ((lines[3], 30), (lines[4], 90)):
        until = NOW.date() + timedelta(days=left[days])
        assert line == f"{left[days]} days at the rate of {days} days: until {until}"
    assert "a day over 90 days" in " ".join(tile(looked, "Burn rate"))
    only(looked, "north")
    assert looked.page.get_by_text("Days left").count() == 0, "the balance is of both accounts"


def test_an_unusual_day_is_marked(opened_page: Opener, money_path: Path) -> None:
    looked = opened_page(money_path)
    choose(looked, grain="day", **{"from": "2026-05-01"})
    assert f"Unusual was {ODD_DAY}: more than twice" in said(looked, "credits")
    assert looked.page.locator(MARKS).count() == 1
    marked = [row[0] for row in table(looked, "credits") if row[-1]]
    assert marked == [str(ODD_DAY)]
    only(looked, "south")
    assert "unusual" not in said(looked, "credits").lower()
    assert looked.page.locator(MARKS).count() == 0


def test_accounts_stand_side_by_side(opened_page: Opener, money_path: Path) -> None:
    looked = opened_page(money_path)
    rows = {row[0]: row for row in table(looked, "accounts")}
    for account in CLIENTS:
        net = sum(by_month(account).values())
        assert number(rows[account][1]) == len(all_days())
        assert rows[account][4] == "100.0%"
        assert (number(rows[account][12]), rows[account][13]) == (net, euros(net))
    most = max(CLIENTS, key=lambda account: sum(by_month(account).values()))
    assert said(looked, "accounts").replace("\u2068", "").startswith(f"{most}\u2069 spent most: ")
    assert looked.page.locator("#accounts").is_visible()


def test_a_page_without_a_price_speaks_of_credits_alone(
    opened_page: Opener, clients: Destination, tmp_path: Path
) -> None:
    (tmp_path / "page.html").write_text(report_page(clients, Query(), Look(now=lambda: NOW)), "utf-8")
    looked = opened_page(tmp_path / "page.html")
    text = looked.page.locator("main").inner_text()
    assert "EUR" not in text
    assert "Days left" not in text
    assert not [name for name in ("NaN", "undefined", "null") if name in text]
    assert looked.complaints == []
