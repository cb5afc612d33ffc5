"""The dashboard in a real Superset: it imports, each chart says what the views say, and a browser draws it.

One Superset is installed and started for all tests here. It reads servers as the role of docs/bi.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from bi_questions import CHARTS, Views, assert_same, in_march
from bi_roles import reader_of_mysql, reader_of_postgresql
from bi_warehouse import fill, views_of
from playwright.sync_api import expect
from report_browser import CHROMIUM, TIME_LIMIT_MS, running_chromium
from superset_browser import FIGURE, HEADING, ROW, Dashboard
from superset_server import Superset, running_superset
from tool_environment import tool_python

from ecore_export.cli import main
from ecore_export.schema_export.superset.dashboard import FRESHNESS, TABS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600), pytest.mark.xdist_group("superset")]

REQUIREMENTS = (
    "apache-superset==6.1.0",
    # Superset 6.1.0 imports rich and cachetools without asking for them, and cannot do with later caches.
    "rich",
    "cachetools",
    "flask-caching==2.3.1",
    "cachelib<0.14",
    "psycopg2-binary",
    "pymysql",
)


@pytest.fixture(scope="session")
def superset(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Superset]:
    python = tool_python(request, "superset", REQUIREMENTS)
    folder = tmp_path_factory.mktemp("superset")
    with running_superset(python, folder) as started:
        assert main(["schema", "--superset", str(folder / "ecore-dashboard.zip")]) == 0
        started.import_dashboard(folder / "ecore-dashboard.zip")
        yield started


@pytest.fixture(params=["postgresql", "sqlite", "mysql"])
def views(request: pytest.FixtureRequest, superset: Superset, tmp_path: Path) -> Iterator[Views]:
    """What the views of a filled database say, once Superset is connected to it."""
    with _filled_database(request, tmp_path) as (url, for_superset):
        superset.connect(for_superset.render_as_string(hide_password=False))
        yield views_of(url)


@contextmanager
def _filled_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[tuple[str, sa.URL]]:
    """A database's URL for the sync, and the one for Superset."""
    if request.param == "sqlite":
        url = f"sqlite:///{folder}/ecore.db"
        fill(url)
        yield url, sa.make_url(url)
    elif request.param == "mysql":
        fill(url := request.getfixturevalue("mysql_url"))
        with reader_of_mysql(request.getfixturevalue("mysql_server"), url) as reader:
            yield url, reader
    else:
        fill(url := request.getfixturevalue("postgres_url"))
        with reader_of_postgresql(url) as reader:
            yield url, reader.set(drivername="postgresql+psycopg2")


def test_the_charts_say_what_the_views_say(superset: Superset, views: Views) -> None:
    assert sorted(superset.dashboard_charts()) == sorted(CHARTS)
    for name, expected in CHARTS.items():
        rows = superset.chart_data(name)
        assert rows, name
        assert_same(name, rows, expected(views))
    shown = {row["list_group"] for row in superset.chart_data("Lists of 100 addresses or more, worst first")}
    assert shown < {row["list_group"] for row in views["list_quality"]}


def test_the_filters_choose_period_account_and_list(superset: Superset, views: Views) -> None:
    for name, expected in CHARTS.items():
        if time := superset.time_of(name):
            march = {view: [row for row in rows if in_march(row.get(time))] for view, rows in views.items()}
            rows = superset.filtered_data(name, time_range="2026-03-01 : 2026-04-01")
            assert_same(name, rows, expected(march))
        club = {view: [row for row in rows if row["account"] == "club"] for view, rows in views.items()}
        assert_same(name, superset.filtered_data(name, account="club"), expected(club))
    name = "What repeats cost over time"
    for column, value in {"list_name": "Trade fair", "list_group": "Newsletter"}.items():
        chosen = [row for row in views["repeat_costs"] if row[column] == value]
        rows = superset.filtered_data(name, **{column: value})
        assert chosen
        assert_same(name, rows, CHARTS[name]({"repeat_costs": chosen}))


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")
@pytest.mark.parametrize("views", ["sqlite"], indirect=True)
def test_a_browser_draws_every_chart_of_every_tab(superset: Superset, views: Views) -> None:
    with running_chromium() as browser:
        seen = Dashboard(browser, superset)
        assert seen.tabs() == list(TABS)
        for title, rows in TABS.items():
            seen.open_tab(title)
            for chart in (chart for row in rows for chart in row):
                headings = seen.chart(chart.title).locator(HEADING).all_inner_texts()
                assert not [text for text in headings if "_" in text], chart.title
        assert not seen.blocked


@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")
@pytest.mark.parametrize("views", ["sqlite"], indirect=True)
def test_a_browser_reads_freshness_in_words_and_filters_by_account_and_group(
    superset: Superset, views: Views
) -> None:
    with running_chromium() as browser:
        seen = Dashboard(browser, superset)
        words = seen.chart(FRESHNESS.title).inner_text()
        for text in ("Went well", "Jobs are running at eCore", "All of it adds up", "club", "agency"):
            assert text in words
        spent = seen.chart("Credits net").locator(FIGURE)
        expect(spent).to_have_text(_net(views))
        seen.choose("account", "club")
        expect(spent).to_have_text(_net(views, account="club"), timeout=TIME_LIMIT_MS)
        seen.open_tab("Lists")
        lists = seen.chart("Lists not validated for 90 days").locator(ROW)
        stale = [row for row in views["stale_lists"] if row["account"] == "club" and row["days_since"] >= 90]
        assert len(stale) > 1
        expect(lists).to_have_count(len(stale))
        seen.choose("list_group", "Newsletter")
        expect(lists).to_have_count(1, timeout=TIME_LIMIT_MS)
        expect(lists).to_contain_text("Newsletter")


def _net(views: Views, **chosen: str) -> str:
    rows = [row for row in views["daily_credit_usage"] if row.items() >= chosen.items()]
    return f"{sum(row['credits_net'] for row in rows):,.2f}"
