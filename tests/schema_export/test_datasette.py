"""The dashboards in a real Datasette, over a SQLite file of a sync: each chart says what the views say."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from html import escape
from pathlib import Path
from typing import Any

import pytest
from bi_questions import CHARTS, Views, assert_same, in_march
from bi_warehouse import Rows, fill, views_of
from tool_environment import tool_python

from ecore_export.cli import main
from ecore_export.schema import Kind
from ecore_export.schema_export.superset.charts import Chart
from ecore_export.schema_export.superset.dashboard import CHARTS as DECLARED
from ecore_export.schema_export.superset.datasets import METRICS, SHARE, label_of

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

REQUIREMENTS = ("datasette>=0.65,<1", "datasette-dashboards>=0.8")

MARKUP = "<img src=x onerror=alert(1)>"
"""The plugin puts cells into the page as they are."""

FRESHNESS = "May I trust these figures?"
DECLARED_AS = {chart.title: chart for chart in DECLARED}
TIMES = {chart.title: chart.time for chart in DECLARED}
COLUMN_OF_TIME = {chart.title: chart.time for chart in DECLARED if chart.is_over_time}

# What the page shows: its plugin puts the filters into the query, Datasette runs it.
RUN = """
import asyncio, json, sys
from datasette.app import Datasette
from datasette.utils import parse_metadata
from datasette_dashboards import replace_opts_in_query

database, metadata, asked = sys.argv[1], parse_metadata(open(sys.argv[2]).read()), json.loads(sys.argv[3])

async def rows(datasette, chart, filters):
    query = {"sql": replace_opts_in_query(chart["query"], filters), "_shape": "array", **filters}
    answer = await datasette.client.get("/ecore.json", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()

async def main():
    datasette = Datasette([database], metadata=metadata)
    found = []
    for filters in asked:
        charts = {}
        for slug, dashboard in metadata["plugins"]["datasette-dashboards"].items():
            page = await datasette.client.get(f"/-/dashboards/{slug}", params=filters)
            assert page.status_code == 200, page.text
            for chart in dashboard["charts"].values():
                assert chart["title"].replace("&", "&amp;") in page.text
                charts[chart["title"]] = await rows(datasette, chart, filters)
        found.append(charts)
    print(json.dumps(found))

asyncio.run(main())
"""


def test_the_charts_say_what_the_views_say_and_heed_the_filters(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(url := f"sqlite:///{tmp_path}/ecore.db")
    name_a_list(tmp_path / "ecore.db", MARKUP)
    assert main(["schema", "--datasette", str(tmp_path / "dashboards.yaml")]) == 0
    python = tool_python(request, "datasette", REQUIREMENTS)
    march = {"since": "2026-03-01", "until": "2026-04-01"}
    club, newsletter = {"account": "club"}, {"list_group": "Newsletter"}
    always, in_time, of_account, of_group = shown(python, tmp_path, [{}, march, club, newsletter])
    views = views_of(url)
    for title, expected in CHARTS.items():
        if title == FRESHNESS:
            continue
        check(title, always[title], expected(views))
        check(title, of_account[title], expected(rows_with(views, club)))
        if time := TIMES[title]:
            chosen = {name: [row for row in rows if in_march(row.get(time))] for name, rows in views.items()}
            check(title, in_time[title], expected(chosen))
    statement = always["Statement: what to lay beside the invoice"]
    assert "&lt;img src=x onerror=alert(1)>" in {row["List name"] for row in statement}
    title = "What repeats cost over time"
    check(title, of_group[title], CHARTS[title](rows_with(views, newsletter)))
    assert [row["state"] for row in of_account[FRESHNESS]] == [
        "club: complete, as of the last day. The last run went well. Nothing was refused."
    ]
    assert {row["state"].split(".")[2].strip() for row in always[FRESHNESS]} >= {"Still running at eCore: 1"}


def name_a_list(path: Path, name: str) -> None:
    """Give a list the name."""
    connection = sqlite3.connect(path)
    with connection:
        assert connection.execute("UPDATE jobs SET list_name = ? WHERE list_name = 'Leads'", [name]).rowcount
    connection.close()


def rows_with(views: Views, chosen: dict[str, str]) -> Views:
    """The views' rows that have the values; views without such a column as they are."""
    ((name, value),) = chosen.items()
    return {view: [row for row in rows if row.get(name, value) == value] for view, rows in views.items()}


def shown(python: Path, folder: Path, asked: list[dict[str, str]]) -> list[dict[str, Rows]]:
    """Every chart's rows, by its title, for each setting of the filters."""
    command = [python, "-c", RUN, folder / "ecore.db", folder / "dashboards.yaml", json.dumps(asked)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Rows]] = json.loads(done.stdout)
    return found


def check(title: str, rows: Rows, expected: Rows) -> None:
    """As `assert_same`; Datasette shows the month of what is over time, and the rest as a person reads it."""
    chart = DECLARED_AS[title]
    if time := COLUMN_OF_TIME.get(title):
        rows = [{time if name == "month" else name: value for name, value in row.items()} for row in rows]
    elif chart.shape != "pie":
        expected = [dict(map(partial(readable, chart), row.items())) for row in expected]
    assert_same(title, rows, expected)


def readable(chart: Chart, cell: tuple[str, Any]) -> tuple[str, Any]:
    """A cell's title and value."""
    name, value = cell
    metrics = {metric: (label, form) for metric, label, _, form in METRICS[chart.view]}
    label, form = metrics.get(name, (label_of(name, Kind.TEXT), ""))
    if chart.shape == "number":
        return (
            name,
            "-"
            if value is None
            else f"{100 * value:.1f} %"
            if form == SHARE
            else f"{rounded(value, 0):,.0f}",
        )
    if form == SHARE or name.endswith("_rate") or name == "share":
        return f"{label}, %", value if value is None else rounded(100 * value, 1)
    if isinstance(value, datetime):
        return f"{label.removesuffix(' at')} (UTC)", f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return label, f"{value:%Y-%m}"
    if isinstance(value, str):
        return label, escape(value, quote=False).replace("&gt;", ">")
    if isinstance(value, float | Decimal):
        is_money = form or isinstance(value, Decimal)
        return label, rounded(value, 3 if name.endswith("_per_valid") else 2 if is_money else 1)
    return label, value


def rounded(value: float | Decimal, places: int) -> float:
    """Halves up, as SQLite does."""
    return float(Decimal(str(value)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def test_a_file_that_cannot_be_written_is_one_error_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "--datasette", str(tmp_path / "missing" / "x.yaml")]) == 2
    assert "the dashboards cannot be written" in capsys.readouterr().err
