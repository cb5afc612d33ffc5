"""Lists that a rule puts together: the page ranks them as one, names them below, and says what each costs."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from destination_rows import LOCK_S, Job, make_job, to_table
from report_browser import CHROMIUM
from report_controls import Opener, number, table, written
from report_rows import publish

from ecore_export import schema
from ecore_export.destinations import Destination, open_destination
from ecore_export.report import Query
from ecore_export.report.figures import read_figures
from ecore_export.report.packing import packed

NOW = datetime(2026, 6, 2, 12, 0, tzinfo=UTC)
VALID = {("News", 3): 110, ("News", 4): 90, ("News", 5): 40, ("Fair", 5): 60}
"""Of 120 addresses each, by list and month; a Valid one costs a credit."""


def checked(job_id: int, name: str, month: int, valid: int) -> Job:
    at = datetime(2026, month, 4, 9, tzinfo=UTC)
    return make_job(
        job_id,
        0,
        list_name=f"{name} 2026-{month:02}" if name == "News" else name,
        total_records=120,
        valid_count=valid,
        invalid_count=120 - valid,
        unknown_count=0,
        total_credits_charged=Decimal(valid),
        **dict.fromkeys(("created_at", "credits_charged_at", "started_at", "completed_at"), at),
    )


@pytest.fixture
def ungrouped(tmp_path: Path) -> Destination:
    found = open_destination(f"parquet:{tmp_path / 'warehouse'}")
    jobs = [checked(n, *key, valid) for n, (key, valid) in enumerate(VALID.items(), 1)]
    publish(found, *jobs, ended_at=NOW - timedelta(hours=1))
    return found


@pytest.fixture
def grouped(ungrouped: Destination) -> Destination:
    names = [f"News 2026-0{month}" for month in (3, 4, 5)]
    rows = [{"account": "default", "list_name": name, "list_group": "News"} for name in names]
    with ungrouped.lock(LOCK_S):
        ungrouped.merge(schema.LIST_GROUPS, to_table(schema.LIST_GROUPS, rows))
    return ungrouped


def test_without_a_rule_there_is_one_ranking(ungrouped: Destination) -> None:
    data = packed(read_figures(ungrouped, Query(), NOW))
    assert (data["groups"], data["grouped"]) == (None, None)
    assert len(data["lists"]) == len(VALID)


def test_groups_are_ranked_and_their_names_stay(grouped: Destination) -> None:
    data = packed(read_figures(grouped, Query(), NOW))
    assert [name for _, name in data["groups"]] == ["Fair", "News"]
    valid: Counter[str] = Counter()
    for code, count in zip(data["grouped"]["list"], data["grouped"]["valid_count"], strict=True):
        valid[data["groups"][code][1]] += count
    assert valid == {"News": 240, "Fair": 60}
    assert sorted(name for _, name in data["lists"]) == ["Fair", *(f"News 2026-0{m}" for m in (3, 4, 5))]


def test_what_lists_are_to_pay_adds_up_to_what_months_are(grouped: Destination) -> None:
    data = packed(read_figures(grouped, Query(since="2026-05-01"), NOW))
    stated = data["statement"]
    by_month: Counter[str] = Counter()
    for month, net in zip(stated["day"], stated["credits_net"], strict=True):
        by_month[month] += net
    usage = data["months"]["usage"]
    assert by_month == dict(zip(usage["day"], usage["credits_net"], strict=True))
    assert len(by_month) == 3, "months before the period, too"


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")
@pytest.mark.xdist_group("chromium")
def test_the_page_ranks_groups_and_says_what_each_is_to_pay(
    opened_page: Opener, grouped: Destination, tmp_path: Path
) -> None:
    looked = opened_page(written(grouped, tmp_path))
    said = looked.page.locator("#lists-said").inner_text()
    assert "Of 2 lists, \u2068Fair\u2069 is worst: 50.0% of its 120 addresses are valid." in said
    assert "count as one" in said
    assert [row[:3] for row in table(looked, "lists")] == [["Fair", "1", "120"], ["News", "3", "360"]]
    names = table(looked, "names")
    assert [row[0] for row in names] == ["News 2026-05", "Fair", "News 2026-04", "News 2026-03"]
    assert [float(number(row[7])) for row in names] == [40, 60, 90, 110]
    due = looked.page.locator("#statement-said").inner_text().replace("\u00a0", " ")
    assert due == (
        "May 2026 comes to 100 credits. By list: \u2068Fair\u2069 60 credits; \u2068News\u2069 40 credits."
    )
    assert [row[:2] for row in table(looked, "stated")][:3] == [
        ["Fair", "2026-05"],
        ["News", "2026-05"],
        ["News", "2026-04"],
    ]
    assert looked.complaints == []
