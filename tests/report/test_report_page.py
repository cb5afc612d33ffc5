"""The report in a real browser: charts are drawn, filters work, nothing is asked of any network."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from destination_rows import make_job
from report_browser import CHROMIUM, PHONE, Looked
from report_controls import Opener, choose, headline, number, table, written
from report_rows import HOSTILE, publish

import ecore_export as ee
from ecore_export.destinations import Destination, open_destination

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium"),
    pytest.mark.xdist_group("chromium"),
]

CHARTS = ("credits", "cumulative", "accounts", "repeats", "lists", "validators", "turnaround")
SECTIONS = (
    *("summary", "freshness", "credits", "statement", "accounts", "repeats", "lists", "decay"),
    "domains",
    *("validators", "turnaround"),
)
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(20, 24, 29)"


def marks(looked: Looked, name: str) -> list[dict[str, float]]:
    """Width and height of every bar and line of a chart, as they are on the screen."""
    script = """elements => elements.map(each => each.getBoundingClientRect())
        .map(box => ({width: box.width, height: box.height}))"""
    drawn = f"#{name}-chart .mark-rect.role-mark path, #{name}-chart .mark-line.role-mark path"
    found: list[dict[str, float]] = looked.page.locator(drawn).evaluate_all(script)
    return found


def test_every_chart_is_drawn_in_marks_that_can_be_seen(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    for name in CHARTS:
        seen = [mark for mark in marks(looked, name) if mark["width"] > 1 and mark["height"] > 1]
        assert len(seen) >= 2, name
        box = looked.page.locator(f"#{name}-chart svg").bounding_box()
        assert box is not None
        assert box["width"] > 700
        assert box["height"] > 80
    assert looked.complaints == []


def test_no_request_leaves_the_page(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    assert looked.asked == [page_path.as_uri()]
    tried = looked.page.evaluate("fetch('https://example.com/').then(() => 'sent', () => 'refused')")
    assert tried == "refused"
    assert looked.asked == [page_path.as_uri()], "the page's own policy comes first"
    added = """() => {
        const made = document.createElement('script');
        made.textContent = 'window.hasRun = true';
        document.body.append(made);
        return window.hasRun ?? 'refused';
    }"""
    assert looked.page.evaluate(added) == "refused"


def test_the_tables_say_what_the_views_say(
    opened_page: Opener, page_path: Path, two_accounts: Destination
) -> None:
    looked = opened_page(page_path)
    usage = ee.read_view(two_accounts, "daily_credit_usage", dtype_backend="pyarrow")
    choose(looked, grain="day")
    by_day = usage.groupby(usage["day"].astype(str))[
        ["credits_charged", "credits_refunded", "credits_net"]
    ].sum()
    assert {row[0]: [number(cell) for cell in row[1:4]] for row in table(looked, "credits")} == {
        day: list(sums) for day, sums in zip(by_day.index, by_day.to_numpy().tolist(), strict=True)
    }
    assert number(headline(looked)["Net spent"]) == sum(usage["credits_net"])
    mix = ee.read_view(two_accounts, "validator_mix")
    expected = mix.groupby("validator_used")[["records", "cached_count", "valid_count"]].sum()
    assert {row[0]: [int(number(row[n])) for n in (1, 3, 6)] for row in table(looked, "validators")} == {
        name: list(sums) for name, sums in zip(expected.index, expected.to_numpy().tolist(), strict=True)
    }
    quality = ee.read_view(two_accounts, "list_quality")
    assert len(table(looked, "lists")) == len(quality)
    assert sum(int(number(row[2])) for row in table(looked, "lists")) == quality["total_records"].sum()
    jobs = ee.read_view(two_accounts, "job_turnaround")
    counted = [sum(int(number(row[n])) for row in table(looked, "turnaround")) for n in (1, 2)]
    assert counted == [sum(jobs["status"] == "Processed"), sum(jobs["status"] == "Failed")]


def test_the_account_filter_changes_every_figure(
    opened_page: Opener, page_path: Path, two_accounts: Destination
) -> None:
    looked = opened_page(page_path)
    before = {name: looked.page.locator(f"#{name}-said").inner_text() for name in CHARTS}
    code = looked.page.locator("#account option", has_text="second").get_attribute("value")
    choose(looked, account=code or "")
    after = {name: looked.page.locator(f"#{name}-said").inner_text() for name in CHARTS}
    assert [name for name in CHARTS if before[name] == after[name]] == ["accounts"], "which are side by side"
    usage = ee.read_view(two_accounts, "daily_credit_usage", account="second", dtype_backend="pyarrow")
    assert number(headline(looked)["Net spent"]) == sum(usage["credits_net"])
    assert [row[0] for row in table(looked, "lists")] == ["Autumn · second"]
    visible = looked.page.locator(".assessment:visible").all()
    assert [each.get_attribute("data-account") for each in visible] == ["second"]
    assert looked.complaints == []


def test_the_time_filter_bounds_every_figure_and_can_be_taken_back(
    opened_page: Opener, page_path: Path, two_accounts: Destination
) -> None:
    looked = opened_page(page_path)
    everything = headline(looked)
    choose(looked, **{"from": "2026-05-10", "to": "2026-05-19"})
    bounds = {"since": "2026-05-10", "until": "2026-05-20"}
    usage = ee.read_view(two_accounts, "daily_credit_usage", dtype_backend="pyarrow", **bounds)
    quality = ee.read_view(two_accounts, "list_quality", **bounds)
    mix = ee.read_view(two_accounts, "validator_mix", **bounds)
    found = headline(looked)
    assert number(found["Net spent"]) == sum(usage["credits_net"])
    assert number(found["Addresses checked"]) == int(quality["total_records"].sum())
    assert sum(int(number(row[1])) for row in table(looked, "validators")) == mix["records"].sum()
    assert all(sum(map(number, row[6:])) == number(row[1]) for row in table(looked, "validators"))
    looked.page.get_by_role("button", name="Show all").click()
    looked.wait_until(f"!document.querySelector('#headline').innerText.includes('{found['Charged']}')")
    looked.settle()
    assert headline(looked) == everything


def test_the_grain_gathers_days_to_weeks_and_months(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    sums = {}
    for grain in ("day", "week", "month"):
        choose(looked, grain=grain)
        rows = table(looked, "credits")
        sums[grain] = [sum(number(row[n]) for row in rows) for n in (1, 2, 3)]
        if grain == "week":
            assert {datetime.fromisoformat(row[0]).weekday() for row in rows} == {0}
        if grain == "month":
            assert [row[0] for row in rows] == ["2026-05", "2026-06", "2026-07", "2026-08"]
    assert sums["day"] == sums["week"] == sums["month"]


def test_the_costliest_lists_come_first_where_that_is_asked(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    choose(looked, order="costly")
    credits = [number(row[7]) for row in table(looked, "lists")]
    assert credits == sorted(credits, reverse=True)
    choose(looked, order="worst")
    valid = [number(row[3]) for row in table(looked, "lists")]
    assert valid == sorted(valid)


def test_a_hostile_name_is_shown_as_it_is(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    names = [row[0] for row in table(looked, "lists")]
    assert any(name.startswith(HOSTILE[:60]) for name in names)
    assert looked.page.locator("main img").count() == 0
    assert looked.complaints == []


def test_on_a_phone_nothing_scrolls_sideways(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path, viewport=PHONE)
    for summary in looked.page.locator("summary").all():
        summary.click()
    assert looked.page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    for name in CHARTS:
        box = looked.page.locator(f"#{name}-chart svg").bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]


def test_charts_follow_the_window(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path)
    looked.page.set_viewport_size(PHONE)
    narrow = f"document.querySelector('#credits-chart svg').getBoundingClientRect().width < {PHONE['width']}"
    looked.wait_until(narrow)
    looked.wait_until(f"document.documentElement.scrollWidth <= {PHONE['width']}")


def test_dark_mode_has_its_own_colours_and_letters_that_can_be_read(
    opened_page: Opener, page_path: Path
) -> None:
    found = {}
    for scheme in ("light", "dark"):
        looked = opened_page(page_path, color_scheme=scheme)
        found[scheme] = looked.page.evaluate(
            """() => [document.body, document.querySelector('#credits-chart .role-axis-label text')]
                .map((each, place) => getComputedStyle(each)[place ? 'fill' : 'backgroundColor'])"""
        )
    assert [found["light"][0], found["dark"][0]] == [LIGHT, DARK]
    for paper, letters in found.values():
        assert contrast(paper, letters) > 7


def contrast(one: str, other: str) -> float:
    """The ratio of luminances of two colours (WCAG 2.2, relative luminance)."""
    lights = []
    for colour in (one, other):
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        lights.append(0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2])
    return (max(lights) + 0.05) / (min(lights) + 0.05)


def test_in_print_it_has_pages_with_charts_on_white(opened_page: Opener, page_path: Path) -> None:
    looked = opened_page(page_path, color_scheme="dark")
    pdf = looked.page.pdf(format="A4")
    assert 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 8
    looked.page.emulate_media(media="print", color_scheme="dark")
    assert (
        looked.page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--paper')")
        == "#fff"
    )
    assert looked.page.locator("#filters").is_hidden()
    assert all(looked.page.locator(f"#{name}-chart svg").is_visible() for name in CHARTS)


def test_a_screen_reader_finds_landmarks_headings_and_what_charts_say(
    opened_page: Opener, page_path: Path
) -> None:
    looked = opened_page(page_path)
    page = looked.page
    assert page.get_by_role("main").count() == page.get_by_role("banner").count() == 1
    assert page.get_by_role("heading", level=1).count() == 1
    assert page.get_by_role("heading", level=2).count() == page.get_by_role("region").count() == len(SECTIONS)
    images = page.get_by_role("img").all()
    assert len(images) == len(CHARTS) + 1, "and lists that decay, whose lines are flat here"
    for image in images:
        described = image.get_attribute("aria-describedby") or ""
        assert len(page.locator(f"#{described}").inner_text()) > 30
    assert page.locator("th:not([scope])").count() == 0
    controls = page.locator("select:visible, input:visible").all()
    assert all(control.evaluate("each => each.labels.length") == 1 for control in controls)
    assert page.locator("html").get_attribute("lang") == "en"


def test_an_old_page_says_so(opened_page: Opener, two_accounts: Destination, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    for age, said in ((timedelta(days=3, hours=1), "3 days ago"), (timedelta(0), "")):
        looked = opened_page(written(two_accounts, tmp_path, now=lambda age=age: now - age))
        assert said in looked.page.locator("#old").text_content()
        assert looked.page.locator("#old").is_visible() is bool(said)


def test_with_nothing_to_show_it_says_so(opened_page: Opener, tmp_path: Path) -> None:
    nothing = open_destination(f"parquet:{tmp_path / 'none'}")
    nothing.ensure_schema()
    looked = opened_page(written(nothing, tmp_path))
    assert "Nothing was ever exported here" in looked.page.locator("main").inner_text()
    assert looked.complaints == []


def test_a_period_in_which_nothing_happened_says_so(
    opened_page: Opener, two_accounts: Destination, tmp_path: Path
) -> None:
    page = tmp_path / "empty.html"
    ee.write_report(two_accounts, page, since="2030-01-01")
    looked = opened_page(page)
    assert looked.page.locator("#shown").inner_text() == "There is nothing in this period."
    assert headline(looked)["Net spent"] == "0"
    assert looked.page.locator("figure:visible").count() == 0
    assert looked.complaints == []


@pytest.mark.parametrize(
    "facts",
    [{}, {"status": "Failed", "total_credits_charged": Decimal(0)}, {"total_records": 0, "valid_count": 0}],
    ids=["one job", "one that failed", "one without addresses"],
)
def test_a_single_job_is_a_page_without_complaints(
    facts: dict[str, Any], opened_page: Opener, tmp_path: Path
) -> None:
    single = open_destination(f"parquet:{tmp_path / 'single'}")
    publish(single, make_job(1, 1, **facts))
    looked = opened_page(written(single, tmp_path))
    assert looked.complaints == []
    assert looked.page.locator("#account").is_hidden()
    assert "1 finished job" in looked.page.locator("#turnaround-said").inner_text()
    text = looked.page.locator("main").inner_text()
    assert not re.search(r"NaN|undefined|Infinity|null", text)
    choose(looked, **{"from": "2026-05-07", "to": "2026-05-07"})
    assert "No job finished in this period." in looked.page.locator("#turnaround-said").inner_text()
    assert looked.page.locator("figure:visible").count() == 0
    assert looked.complaints == []
