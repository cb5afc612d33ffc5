"""Lists that come back: what the page says of how their verdicts moved, against what was made up."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from destination_rows import Job, make_job
from report_browser import CHROMIUM
from report_controls import Opener, choose, table, written
from report_rows import NOW, publish

from ecore_export.destinations import Destination, open_destination
from ecore_export.report.figures import Query, read_figures
from ecore_export.report.folding import MAX_DECAYING
from ecore_export.report.packing import packed

LOST = {"Newsletter": 2, "Old CRM": 9, "Leads": 0, "Trade fair": -1}
"""Valid addresses of 250 that a list loses each month."""


def valid_of(name: str, month: int) -> int:
    return 180 - LOST[name] * month


def checked(job_id: int, name: str, month: int, valid: int, addresses: int = 250) -> Job:
    at = datetime(2026, month, 3 + job_id % 20, 9, tzinfo=UTC)
    return make_job(
        job_id,
        0,
        list_name=name,
        total_records=addresses,
        valid_count=valid,
        invalid_count=addresses - valid,
        unknown_count=0,
        total_credits_charged=Decimal(valid),
        **dict.fromkeys(("created_at", "credits_charged_at", "started_at", "completed_at"), at),
    )


@pytest.fixture
def monthly_lists(tmp_path: Path) -> Destination:
    """Four lists in each of five months; one that came once, and one that was small when it came back."""
    found = open_destination(f"parquet:{tmp_path / 'warehouse'}")
    pairs = [(month, name) for month in range(1, 6) for name in LOST]
    jobs = [checked(n, name, month, valid_of(name, month)) for n, (month, name) in enumerate(pairs, 1)]
    once = [checked(90, "Once", 2, 9), checked(91, "Small", 2, 200), checked(92, "Small", 4, 1, 99)]
    publish(found, *jobs, *once)
    return found


def test_the_lists_that_moved_most_are_kept(monthly_lists: Destination) -> None:
    data = packed(read_figures(monthly_lists, Query(), NOW))
    assert data["decaying"] == ["Old CRM", "Newsletter", "Trade fair", "Leads"]
    assert data["decaying_left_out"] == 0
    rows = zip(*(data["decay"][name] for name in ("list", "day", "valid_count")), strict=True)
    expected = {
        (data["decaying"].index(name), f"2026-{month:02}-01", valid_of(name, month))
        for name in LOST
        for month in range(1, 6)
    }
    assert set(rows) == expected


def test_many_lists_are_counted_and_not_shown(tmp_path: Path) -> None:
    found = open_destination(f"parquet:{tmp_path / 'many'}")
    names = [f"List {n}" for n in range(MAX_DECAYING + 3)]
    publish(
        found, *(checked(2 * n + month, name, month, n) for n, name in enumerate(names) for month in (1, 2))
    )
    data = packed(read_figures(found, Query(), NOW))
    assert (len(data["decaying"]), data["decaying_left_out"]) == (MAX_DECAYING, 3)
    assert max(data["decay"]["list"]) == MAX_DECAYING - 1


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")
@pytest.mark.xdist_group("chromium")
def test_the_page_names_the_list_that_lost_most(
    opened_page: Opener, monthly_lists: Destination, tmp_path: Path
) -> None:
    looked = opened_page(written(monthly_lists, tmp_path))
    said = looked.page.locator("#decay-said").inner_text().replace("\u00a0", " ")
    first, last = (valid_of("Old CRM", month) / 250 for month in (1, 5))
    assert (
        f"lost most: {first:.1%} of its addresses were valid in January 2026, {last:.1%} in May 2026." in said
    )
    rows = table(looked, "decay")
    assert [row[0] for row in rows] == ["Old CRM", "Newsletter", "Leads", "Trade fair"]
    assert rows[0][1:] == ["5", "2026-01", f"{first:.1%}", "2026-05", f"{last:.1%}", "-14.4", "250"]
    assert looked.page.locator("#decay-chart .mark-line path").count() == len(LOST)
    choose(looked, **{"from": "2026-05-01"})
    assert "No list was seen in two months of this period." in looked.page.locator("#decay-said").inner_text()
    assert looked.complaints == []
