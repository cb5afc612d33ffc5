"""The report says what the views say, holds whatever a destination holds, and shows nobody's address."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from backends import on_a_folder_and_a_database
from destination_rows import LOCK_S, make_job, reject_row, to_table
from report_rows import HOSTILE, NOW, jobs_of_a_month, publish

import ecore_export as ee
from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import Destination, open_destination, write_rejects
from ecore_export.errors import DestinationError, SettingsError
from ecore_export.report import writing
from ecore_export.report.figures import Query
from ecore_export.report.folding import shown
from ecore_export.report.packing import MAX_ACCOUNTS, MAX_LISTS
from ecore_export.report.writing import Look, chart_library, report_page, table_library


class Parts(HTMLParser):
    """What a browser would make of a page: its scripts, and every element with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.scripts: dict[str | None, str] = {}
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._script: str | None = None
        self.size = len(page.encode())
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._script = dict(attrs).get("id") or f"code {len(self.scripts)}"
            self.scripts[self._script] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "script":
            self._script = None

    def handle_data(self, data: str) -> None:
        if self._script is None:
            self.text += data
        else:
            self.scripts[self._script] += data


def page_of(destination: Destination, **asked: Any) -> Parts:
    return Parts(report_page(destination, Query(**asked), Look(now=lambda: NOW)))


def data_of(destination: Destination, **asked: Any) -> dict[str, Any]:
    return json.loads(page_of(destination, **asked).scripts["data"])


@pytest.fixture
def parquet(tmp_path: Path) -> Destination:
    return open_destination(f"parquet:{tmp_path / 'warehouse'}")


def micro(credits: Decimal) -> int:
    return int(credits.scaleb(6))


def totals(columns: dict[str, list[Any]], key: str, value: str) -> Counter[Any]:
    found: Counter[Any] = Counter()
    for name, number in zip(columns[key], columns[value], strict=True):
        found[name] += number
    return found


@on_a_folder_and_a_database
@pytest.mark.thorough
@pytest.mark.parametrize(
    "asked",
    [{}, {"tz": "Europe/Berlin"}, {"since": "2026-05-10", "until": "2026-05-20", "tz": "Asia/Kathmandu"}],
    ids=["all", "in a zone", "of a period"],
)
def test_the_figures_on_the_page_are_those_of_the_views(asked: Any, destination: Destination) -> None:
    publish(destination, *jobs_of_a_month())
    publish(destination, *jobs_of_a_month()[:9], account="second")
    data = data_of(destination, **asked)

    def view(name: str) -> pa.Table:
        return destination.read_view(name, **asked)

    for columns, name, key, code_of, value in (
        (data["usage"], "daily_credit_usage", "day", date.isoformat, "credits_charged"),
        (data["usage"], "daily_credit_usage", "day", date.isoformat, "credits_refunded"),
        (data["usage"], "daily_credit_usage", "account", data["accounts"].index, "credits_net"),
        (data["quality"], "list_quality", "account", data["accounts"].index, "total_records"),
        (data["validation"], "validator_mix", "validator_used", data["validators"].index, "cached_count"),
        (data["validation"], "validator_mix", "validator_used", data["validators"].index, "valid_count"),
    ):
        expected: Counter[Any] = Counter()
        for row in view(name).to_pylist():
            expected[code_of(row[key])] += micro(row[value]) if "credits" in value else row[value]
        assert totals(columns, {"validator_used": "validator"}.get(key, key), value) == expected, (
            name,
            value,
        )
    lists = [(data["accounts"][account], name) for account, name in data["lists"]]
    quality = {
        (row["account"], shown(row["list_name"], "(no name)")): row
        for row in view("list_quality").to_pylist()
    }
    for value in ("jobs", "valid_count", "invalid_count", "unknown_count", "other_count"):
        found = {lists[code]: number for code, number in totals(data["quality"], "list", value).items()}
        assert found == {key: row[value] for key, row in quality.items()}
    limits = [*data["limits_s"], float("inf")]
    classes = Counter(
        -1
        if job["total_seconds"] is None
        else next(n for n, s in enumerate(limits) if job["total_seconds"] <= s)
        for job in view("job_turnaround").to_pylist()
    )
    assert totals(data["turnaround"], "class", "jobs") == classes
    assert sum(data["turnaround"]["jobs"]) > 5


def test_a_period_and_its_zone_stand_on_the_page(parquet: Destination) -> None:
    publish(parquet, *jobs_of_a_month())
    text = page_of(parquet, since="2026-05-10", until="2026-05-20T12:00", tz="Asia/Kathmandu").text
    assert "From 2026-05-10 until before 2026-05-20 12:00:00; days are those of Asia/Kathmandu." in text
    with pytest.raises(SettingsError):
        page_of(parquet, since="2026-05-10", until="2026-05-10")
    with pytest.raises(SettingsError):
        page_of(parquet, tz="Mars/Olympus")


def test_names_of_lists_are_text_and_never_markup(parquet: Destination) -> None:
    publish(parquet, *jobs_of_a_month(), make_job(99, 1, list_name="x" * 10_000))
    page = page_of(parquet)
    assert [attributes for tag, attributes in page.elements if tag == "img"] == []
    assert len(page.scripts) == 5
    names = [name for _, name in json.loads(page.scripts["data"])["lists"]]
    assert HOSTILE.replace("\u202e", " ").replace("\x00", " ") in names
    assert max(len(name) for name in names) == 121


def test_titles_and_labels_are_text_too(parquet: Destination) -> None:
    publish(parquet, *jobs_of_a_month()[:3], account=HOSTILE)
    publish(parquet, *jobs_of_a_month()[:3], account="other")
    look = Look(title=HOSTILE, now=lambda: NOW)
    page = Parts(report_page(parquet, Query(), look))
    assert [attributes for tag, attributes in page.elements if tag == "img"] == []
    assert len(page.scripts) == 5


def test_the_page_names_its_scripts_and_forbids_everything_else(parquet: Destination) -> None:
    publish(parquet, *jobs_of_a_month())
    page = page_of(parquet)
    policy = next(
        a["content"] for tag, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy is not None
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert not re.search(r"script-src[^;]*unsafe-inline", policy)
    assert [tag for tag, attributes in page.elements if {"src", "href"} & attributes.keys()] == []


def test_no_address_is_on_the_page(parquet: Destination) -> None:
    publish(parquet, *jobs_of_a_month())
    page = page_of(parquet)
    assert json.loads(page.scripts["data"])["domains"] == ["example.com"], "the domain alone"
    assert not re.search(r"\w@\w", page.scripts["data"] + page.text)


def test_a_destination_that_was_never_written_says_so(destination: Destination) -> None:
    page = page_of(destination)
    assert "Nothing was ever exported here" in page.text
    assert "specs" not in page.scripts


def test_an_account_that_was_never_exported_is_told_and_has_no_page(
    parquet: Destination, tmp_path: Path
) -> None:
    publish(parquet, *jobs_of_a_month())
    with pytest.raises(DestinationError, match="holds no account 'nobody'"):
        ee.write_report(parquet, tmp_path / "page.html", account="nobody")
    assert not (tmp_path / "page.html").exists()


@on_a_folder_and_a_database
def test_one_account_is_only_that_one(destination: Destination) -> None:
    publish(destination, *jobs_of_a_month())
    publish(destination, *jobs_of_a_month()[:4], account="second")
    data = data_of(destination, account="second")
    assert data["accounts"] == ["second"]
    assert sum(data["turnaround"]["jobs"]) == 4


@on_a_folder_and_a_database
def test_open_rejects_reach_the_page(destination: Destination) -> None:
    publish(destination, *jobs_of_a_month())
    with destination.lock(LOCK_S):
        write_rejects(destination, to_table(schema.REJECTS, [reject_row(77, "status: null")]))
    text = page_of(destination).text
    assert "No, look here first." in text
    assert "1 rejected item is open" in text


def test_failed_jobs_alone_and_a_job_without_addresses_are_a_page(parquet: Destination) -> None:
    failed = {"status": "Failed", "total_credits_charged": Decimal(0), "valid_count": 0}
    publish(parquet, make_job(1, 0, **failed), make_job(2, 0, total_records=0, valid_count=0))
    data = data_of(parquet)
    assert data["turnaround"]["failed"] == [0, 1]
    assert sum(data["usage"]["credits_net"]) == micro(Decimal(178))


@pytest.mark.slow
def test_a_hundred_thousand_jobs_of_many_lists_and_accounts_stay_a_small_page(parquet: Destination) -> None:
    shape = make_job(1).row
    jobs, accounts = 100_000, MAX_ACCOUNTS + 5
    columns = {name: [value] * jobs for name, value in shape.items()}
    instants = [datetime(2016, 1, 1, tzinfo=UTC) + timedelta(hours=0.85 * n) for n in range(jobs)]
    columns |= dict.fromkeys(("created_at", "credits_charged_at", "started_at"), instants)
    columns |= {
        "job_id": list(range(jobs)),
        "completed_at": [at + timedelta(seconds=n % 9000) for n, at in enumerate(instants)],
        "list_name": [f"List {n % 30_000} " + "ж" * 200 for n in range(jobs)],
        "valid_count": [n % 250 for n in range(jobs)],
    }
    parquet.ensure_schema()
    each, whole = jobs // accounts, pa.table(columns, schema.JOBS.arrow)
    with parquet.lock(LOCK_S):
        for number in range(accounts):
            mine = whole.slice(number * each, each)
            label = pa.array([f"account {number}"] * each)
            mine = mine.set_column(
                mine.column_names.index("account"), schema.JOBS.arrow.field("account"), label
            )
            parquet.publish(ee.destinations.Publication(f"account {number}", mine))
    page = page_of(parquet)
    data = json.loads(page.scripts["data"])
    assert data["unit"] == "month"
    assert (len(data["accounts"]), data["accounts_left_out"]) == (MAX_ACCOUNTS, 5)
    assert len(data["lists"]) == MAX_LISTS
    assert sum(data["quality"]["jobs"]) == sum(data["turnaround"]["jobs"]) == each * accounts
    assert sum(data["usage"]["credits_net"]) == micro(Decimal(178)) * each * accounts
    assert page.size < 5_000_000


@pytest.mark.parametrize("package", ["altair", "jinja2", "vl_convert"])
def test_without_the_extra_it_says_what_to_install(
    package: str, parquet: Destination, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    chart_library.cache_clear()
    monkeypatch.delitem(sys.modules, "ecore_export.report.charts", raising=False)  # it imports Altair
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SettingsError, match=r"pip install 'ecore-export\[report\]'"):
        ee.write_report(parquet, tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_without_tables_to_take_it_says_what_to_install(
    parquet: Destination, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    table_library.cache_clear()
    monkeypatch.setattr(writing, "distribution", missing)
    with pytest.raises(SettingsError, match=r"pip install 'ecore-export\[report\]'"):
        ee.write_report(parquet, tmp_path / "report.html")


def test_tables_shipped_in_another_way_are_told(
    parquet: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    table_library.cache_clear()
    monkeypatch.setattr(writing, "_DEFAULT_EXPORT", re.compile("there is (none)"))
    with pytest.raises(SettingsError, match=r"itables .* ships its tables in another way"):
        report_page(parquet, Query(), Look(now=lambda: NOW))


def test_the_libraries_bring_their_licences(parquet: Destination) -> None:
    publish(parquet, *jobs_of_a_month())
    page = report_page(parquet, Query(), Look(now=lambda: NOW))
    for words in (
        "MIT License",
        "SpryMedia Ltd - datatables.net/license",
        "OpenJS Foundation",
        "BSD-3-Clause",
    ):
        assert words in page, words


def test_the_command_writes_the_page_to_a_file_or_to_stdout(
    parquet: Destination, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    publish(parquet, *jobs_of_a_month())
    target = tmp_path / "may.html"
    command = ["report", parquet.url, "--since", "2026-05-01", "--until", "2026-06-01", "--title", "May"]
    assert main([*command, "-o", str(target)]) == 0
    assert b"wrote" in capfdbinary.readouterr().err
    assert "<title>May</title>" in target.read_text("utf-8")
    assert main([*command, "-o", "-"]) == 0
    assert capfdbinary.readouterr().out.startswith(b"<!doctype html>")
    assert main([*command, "--until", "2026-04-01"]) == 2


def test_writing_it_again_replaces_it(parquet: Destination, tmp_path: Path) -> None:
    publish(parquet, *jobs_of_a_month())
    target = tmp_path / "report.html"
    target.write_text("old")
    ee.write_report(parquet.url, target, max_age=timedelta(days=30_000))
    assert "eCore email validation" in target.read_text("utf-8")
    assert list(tmp_path.glob("report*")) == [target]
