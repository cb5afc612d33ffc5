"""What repeats cost: what the page says, against what was made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from destination_rows import Job, make_job, record_row
from report_browser import CHROMIUM
from report_controls import Opener, number, table
from report_rows import publish

from ecore_export.destinations import Destination, open_destination
from ecore_export.report import Look, Query, price_of, report_page
from ecore_export.report.figures import read_figures
from ecore_export.report.packing import packed

NOW = datetime(2026, 7, 2, 12, 0, tzinfo=UTC)
PEOPLE = 40
MONTHS = (3, 4, 5, 6)
"""In each of them, the list is validated on the 3rd; all but the first four addresses are Valid."""


def checked(job_id: int, at: datetime, name: str, people: range) -> Job:
    """A job on numbered addresses; a Valid one costs half a credit."""
    valid = len([n for n in people if n >= 4])
    facts = {"total_records": len(people), "valid_count": valid, "invalid_count": len(people) - valid}
    instants = dict.fromkeys(("created_at", "credits_charged_at", "started_at", "completed_at"), at)
    changes: dict[str, Any] = facts | instants | {"unknown_count": 0, "list_name": name}
    changes["total_credits_charged"] = Decimal(valid) / 2
    job = make_job(job_id, 0, **changes)
    rows = [
        record_row(
            job.row,
            number,
            email=f"p{person}@example.com",
            status="Valid" if person >= 4 else "Invalid",
            job_created_at=at,
        )
        for number, person in enumerate(people, 1)
    ]
    return make_job(job_id, rows, **changes)


@pytest.fixture
def asked_again(tmp_path: Path) -> Destination:
    """A list that comes back each month, and half of it once more ten days after it came in May."""
    found = open_destination(f"parquet:{tmp_path / 'warehouse'}")
    monthly = [checked(m, datetime(2026, m, 3, 9, tzinfo=UTC), "Customers", range(PEOPLE)) for m in MONTHS]
    again = checked(9, datetime(2026, 5, 13, 9, tzinfo=UTC), "Webinar", range(PEOPLE // 2))
    publish(found, *monthly, again, ended_at=NOW - timedelta(hours=1))
    return found


def test_repeats_are_added_up_by_list(asked_again: Destination) -> None:
    data = packed(read_figures(asked_again, Query(), NOW))
    assert data["repeating"] == [[0, "Customers"], [0, "Webinar"]]
    names = ("day", "list", "repeats", "repeat_credits")
    rows = list(zip(*(data["repeats"][name] for name in names), strict=True))
    half = 500_000
    assert rows == [
        ("2026-03-01", 0, 0, 0),
        ("2026-04-01", 0, 40, 36 * half),
        ("2026-05-01", 0, 40, 36 * half),
        ("2026-05-01", 1, 20, 16 * half),
        ("2026-06-01", 0, 40, 36 * half),
    ]


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")
@pytest.mark.xdist_group("chromium")
def test_the_page_says_what_repeats_cost_last_quarter(
    opened_page: Opener, asked_again: Destination, tmp_path: Path
) -> None:
    look = Look(price=price_of("0.01", "EUR"), now=lambda: NOW)
    (tmp_path / "page.html").write_text(report_page(asked_again, Query(), look), "utf-8")
    looked = opened_page(tmp_path / "page.html")
    said = looked.page.locator("#repeats-said").inner_text().replace("\u00a0", " ")
    quarter = (36 * 3 + 16) * Decimal("0.5")
    cost = f"EUR {quarter / 100:.2f} ({quarter:.0f} credits)"
    assert f"Last quarter, April 2026 to June 2026, repeats cost {cost}, 100.0% of" in said
    assert "77.8% of 180 verdicts were on addresses that had one before" in said
    assert "0.0% of the repeats found another verdict." in said
    by_month = {row[0]: row for row in table(looked, "repeats")}
    assert number(by_month["2026-05"][2]) == 60
    # On May 3 all 40 after 30 days, on May 13 half of them after 10; on June 3 that half after 21.
    soon = [number(by_month[f"2026-{month:02}"][4]) for month in MONTHS]
    assert soon == [0, 0, 60, 20]
    by_list = {row[0]: row for row in table(looked, "repeating")}
    assert (by_list["Webinar"][1], by_list["Webinar"][2]) == ("20", "20")
    assert looked.page.locator("#repeats-chart .mark-rect path").count() == 8
    assert looked.complaints == []
