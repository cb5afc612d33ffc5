"""The dashboard in a real Superset: it imports, and each chart says what the views say.

One Superset is installed and started for all tests here. It reads servers as the role of docs/bi.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from bi_roles import reader_of_mysql, reader_of_postgresql
from bi_warehouse import Rows, fill, views_of
from superset_server import Superset, running_superset
from tool_environment import tool_python

from ecore_export.cli import main

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

Views = Mapping[str, Rows]

YEAR_2001_MS = 978_307_200_000
"""Superset gives instants as milliseconds; what is larger than this is one."""


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


def total(name: str, column: str) -> Callable[[Views], Rows]:
    return lambda views: [{name: sum(row[column] for row in views["daily_credit_usage"])}]


def credits_by_month(views: Views) -> Rows:
    found: dict[date, dict[str, Any]] = {}
    for row in views["daily_credit_usage"]:
        month = found.setdefault(row["day"].replace(day=1), {"charged": 0, "refunded": 0, "net": 0})
        for name in month:
            month[name] += row[f"credits_{name}"]
    return [{"day": day} | sums for day, sums in found.items()]


def credits_by_basis(views: Views) -> Rows:
    found: dict[tuple[str, str], Rows] = {}
    for row in views["credit_events"]:
        found.setdefault((row["event"], row["basis"]), []).append(row)
    return [
        {
            "event": event,
            "basis": basis,
            "credits_sum": sum(row["credits"] for row in rows),
            "events": len(rows),
        }
        for (event, basis), rows in found.items()
    ]


def worst_lists(views: Views) -> Rows:
    shown = [row for row in views["list_quality"] if row["total_records"] >= 100]
    assert 0 < len(shown) < len(views["list_quality"])
    return sorted(shown, key=lambda row: (row["valid_rate"], -row["total_records"]))


def validators(views: Views) -> Rows:
    found: dict[str | None, Rows] = {}
    for row in views["validator_mix"]:
        found.setdefault(row["validator_used"], []).append(row)
    return [
        {
            "validator_used": name,
            "addresses": (count := sum(row["records"] for row in rows)),
            "addresses__contribution": count / sum(row["records"] for row in views["validator_mix"]),
            "share_cached": sum(row["cached_count"] for row in rows) / count,
            "share_valid": sum(row["valid_count"] for row in rows) / count,
        }
        for name, rows in found.items()
    ]


def turnaround_by_month(views: Views) -> Rows:
    found: dict[datetime, list[float]] = {}
    for row in views["job_turnaround"]:
        done = row["completed_at"]
        found.setdefault(datetime(done.year, done.month, 1, tzinfo=UTC), []).append(row["total_seconds"])
    return [
        {"completed_at": month, "mean_seconds": sum(took) / len(took), "longest_seconds": max(took)}
        for month, took in found.items()
    ]


def slowest_jobs(views: Views) -> Rows:
    return sorted(views["job_turnaround"], key=lambda row: (-row["total_seconds"], -row["job_id"]))[:20]


ORDERED = {"Quality by list, worst first": worst_lists, "The 20 slowest jobs": slowest_jobs}

CHARTS: dict[str, Callable[[Views], Rows]] = {
    "Credits charged": total("charged", "credits_charged"),
    "Credits refunded": total("refunded", "credits_refunded"),
    "Credits net": total("net", "credits_net"),
    "Credits over time": credits_by_month,
    "Charges and refunds, by basis": credits_by_basis,
    "Which validator answered": validators,
    "Validators: cache share and verdicts": validators,
    "Turnaround over time, in seconds": turnaround_by_month,
    "Freshness": lambda views: views["data_freshness"],
    **ORDERED,
}


def test_the_charts_say_what_the_views_say(superset: Superset, views: Views) -> None:
    assert sorted(superset.dashboard_charts()) == sorted(CHARTS)
    for name, expected in CHARTS.items():
        rows = superset.chart_data(name)
        assert rows, name
        assert comparable(rows, name) == comparable(expected(views), name, columns=rows[0]), name


def test_the_filters_choose_days_and_accounts(superset: Superset, views: Views) -> None:
    def in_march(moment: date) -> bool:
        return (moment.year, moment.month) == (2026, 3)

    chosen: dict[str, Rows] = {
        "daily_credit_usage": [row for row in views["daily_credit_usage"] if in_march(row["day"])],
        "credit_events": [row for row in views["credit_events"] if in_march(row["event_at"])],
        "job_turnaround": [row for row in views["job_turnaround"] if in_march(row["completed_at"])],
    }
    agency = {view: [row for row in rows if row["account"] == "agency"] for view, rows in views.items()}
    for name in ("Credits net", "Credits over time", "Charges and refunds, by basis", "The 20 slowest jobs"):
        rows = superset.filtered_data(name, time_range="2026-03-01 : 2026-04-01")
        assert comparable(rows, name) == comparable(CHARTS[name](chosen), name, columns=rows[0]), name
    for name, expected in CHARTS.items():
        rows = superset.filtered_data(name, account="agency")
        assert comparable(rows, name) == comparable(expected(agency), name, columns=rows[0]), name


def comparable(rows: Rows, name: str, columns: Mapping[str, Any] | None = None) -> list[dict[str, object]]:
    """Rows with plain values, ordered unless the chart's order is part of what it says."""
    found = [{column: plain(row[column]) for column in columns or row} for row in rows]
    return found if name in ORDERED else sorted(found, key=repr)


def plain(value: object) -> object:
    """A number to six places, an instant or day in milliseconds since 1970, any other value as it is."""
    if isinstance(value, str) and value[:2] == "20":
        value = datetime.fromisoformat(value)
    if isinstance(value, date):
        instant = value if isinstance(value, datetime) else datetime(*value.timetuple()[:3], tzinfo=UTC)
        return int(instant.replace(tzinfo=instant.tzinfo or UTC).timestamp() * 1000)
    if not isinstance(value, int | float | Decimal):
        return value
    return int(value) if value > YEAR_2001_MS else round(float(value), 6)
