"""What a reader does with a report: sorts, searches and saves tables, sends what is filtered to others."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator
from report_browser import CHROMIUM, Looked
from report_controls import Opener, choose, headline, number, table
from report_rows import HOSTILE

import ecore_export as ee
from ecore_export.destinations import Destination

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium"),
    pytest.mark.xdist_group("chromium"),
]

PAGE = Path(ee.__file__).parent / "report" / "page"


def unfold(looked: Looked, name: str) -> None:
    looked.page.locator(f"details:has(#{name}-table) summary").click()
    looked.wait_until(f"!!document.querySelector('.dt-container #{name}-table')")


def framed(looked: Looked, name: str) -> Locator:
    return looked.page.locator(f".dt-container:has(#{name}-table)")


def saved(looked: Looked, name: str) -> list[list[str]]:
    """The lines of the CSV file that the reader gets."""
    with looked.page.expect_download() as download:
        looked.page.locator(f".dt-container:has(#{name}-table)").get_by_role(
            "button", name="Save as CSV"
        ).click()
    assert download.value.suggested_filename == f"{name}.csv"
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def fragment(looked: Looked) -> dict[str, list[str]]:
    return parse_qs(urlsplit(looked.page.url).fragment)


def test_a_table_sorts_by_its_numbers_and_not_by_their_letters(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    unfold(looked, "credits")
    heads = looked.page.locator("#credits-table thead th")
    sorted_by = looked.page.locator("#credits-table thead .dt-column-order")
    for way in ("ascending", "descending"):
        sorted_by.nth(1).click()
        looked.wait_until(f"!!document.querySelector('#credits-table th[aria-sort={way}]')")
        charged = [number(row[1]) for row in table(looked, "credits")]
        assert charged == sorted(charged, reverse=way == "descending")
        assert len(set(charged)) > 3
    choose(looked, grain="week")
    assert heads.nth(1).get_attribute("aria-sort") == "descending", "as the reader left it"
    assert looked.complaints == []


def test_a_table_is_searched(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    unfold(looked, "lists")
    framed(looked, "lists").get_by_label("Search").fill("autumn")
    assert [row[0] for row in table(looked, "lists")] == ["Autumn · second"]
    framed(looked, "lists").get_by_label("Search").fill("no such list")
    assert "No line has that." in looked.page.locator("#lists-table").inner_text()


def test_a_saved_table_holds_the_exact_figures_and_names(
    opened_page: Opener, page_path: Path, two_accounts: Destination
) -> None:
    looked = opened_page(page_path)
    unfold(looked, "lists")
    heads, *lines = saved(looked, "lists")
    assert heads[:3] == ["list", "jobs", "addresses"]
    quality = ee.read_view(two_accounts, "list_quality", dtype_backend="pyarrow")
    at = heads.index("net credits")
    assert sorted(line[at] for line in lines) == sorted(str(credits) for credits in quality["credits_net"])
    assert sorted(float(line[heads.index("valid")]) for line in lines) == sorted(quality["valid_rate"])
    shown = HOSTILE.replace("\u202e", " ").replace("\x00", " ")
    assert f"{shown} · default" in [line[0] for line in lines]
    assert looked.complaints == []


def test_a_name_that_is_a_formula_is_saved_as_text(
    opened_page: Opener, tmp_path: Path, formulas: Path
) -> None:
    looked = opened_page(formulas)
    unfold(looked, "lists")
    names = {line[0] for line in saved(looked, "lists")[1:]}
    assert names == {"'=cmd|' /C calc'!A0", "'+1+1", "'-2+3", "'@SUM(A1)"}


def test_a_table_is_copied(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    looked.context.grant_permissions(["clipboard-read"])
    unfold(looked, "turnaround")
    framed(looked, "turnaround").get_by_role("button", name="Copy").click()
    looked.page.get_by_text("Copied").first.wait_for()
    copied = looked.page.evaluate("navigator.clipboard.readText()").splitlines()
    assert copied[0].split("\t") == ["from creation to completion", "processed", "failed", "share"]
    assert len(copied) == len(table(looked, "turnaround")) + 1
    assert looked.complaints == []


def test_the_filters_live_in_the_address(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    assert "#" not in looked.page.url
    looked.page.locator("#account").select_option(label="second")
    looked.settle()
    choose(looked, **{"from": "2026-08-01", "grain": "month", "order": "costly"})
    asked = {"account": ["second"], "from": ["2026-08-01"], "grain": ["month"], "order": ["costly"]}
    assert fragment(looked) == asked
    sent = opened_page(page_path, fragment=urlsplit(looked.page.url).fragment)
    assert headline(sent) == headline(looked)
    assert sent.page.locator("#from").input_value() == "2026-08-01"
    assert table(sent, "credits") == table(looked, "credits")
    looked.page.get_by_role("button", name="Show all").click()
    looked.wait_until("!location.hash.slice(1)")
    assert sent.complaints == looked.complaints == []


def test_an_address_that_changes_on_an_open_page_is_followed(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    looked.page.evaluate("() => { location.hash = 'account=second&grain=month'; }")
    looked.wait_until("document.querySelector('#grain').value === 'month'")
    looked.settle()
    assert [row[0] for row in table(looked, "lists")] == ["Autumn · second"]


@pytest.mark.parametrize(
    "asked", ["account=nobody", "from=yesterday", "grain=year", "from=2026-02-30", "account=<b>x</b>"]
)
def test_what_an_address_asks_in_vain_is_told(asked: str, opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path, fragment=asked)
    name, _, value = asked.partition("=")
    said = looked.page.get_by_role("alert").inner_text()
    assert re.search(rf"what this page does not have.*{name}.*{re.escape(value)}", said)
    assert headline(looked) == headline(opened_page(page_path))
    assert looked.complaints == []


def test_an_inverted_period_is_told(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    assert looked.page.get_by_role("alert").count() == 0
    choose(looked, **{"from": "2026-05-20", "to": "2026-05-10"})
    said = looked.page.get_by_role("alert").inner_text()
    assert "ends on 2026-05-10, before it begins on 2026-05-20" in said
    assert looked.page.locator("[aria-invalid]").count() == 2
    assert headline(looked)["Net spent"] == "0"
    choose(looked, **{"to": "2026-05-25"})
    assert looked.page.get_by_role("alert").count() == looked.page.locator("[aria-invalid]").count() == 0
    assert looked.complaints == []


@pytest.mark.parametrize("part", ["light", "dark"])
def test_a_colour_means_one_thing(part: str) -> None:
    light, dark = (PAGE / "report.css").read_text("utf-8").split("prefers-color-scheme: dark")
    source = light if part == "light" else dark.partition("* {")[0]
    data = (
        "charged",
        "refunded",
        "valid",
        "invalid",
        "unknown",
        "other",
        "first",
        "repeat",
        "anew",
        "cached",
    )
    names = (*data, "processed", "failed", "bad")
    colours = [re.search(rf"--{name}: (#\w+)", source)[1] for name in names]  # type: ignore[index]
    assert len(set(colours)) == len(names)
