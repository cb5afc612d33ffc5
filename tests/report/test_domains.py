"""Domains: what the page says of them, against what was made up."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from destination_rows import Job, make_job, record_row
from report_browser import CHROMIUM
from report_controls import Opener, number, table
from report_rows import NOW, publish

from ecore_export.destinations import Destination, open_destination
from ecore_export.report import Look, Query, price_of, report_page
from ecore_export.report.figures import read_figures
from ecore_export.report.folding import MAX_DOMAINS
from ecore_export.report.packing import packed

VALID = {"good.example": 190, "bad.example": 20, "small.example": 0}
RECORDS = {"good.example": 200, "bad.example": 200, "small.example": 49}


def checked(job_id: int, domains: dict[str, tuple[int, int]]) -> Job:
    """A job on so many addresses of each domain, of which so many are valid; each of these costs a credit."""
    valid = sum(valid for _, valid in domains.values())
    records = sum(records for records, _ in domains.values())
    facts = {
        "total_records": records,
        "valid_count": valid,
        "invalid_count": records - valid,
        "unknown_count": 0,
    }
    changes: dict[str, Any] = facts | {"total_credits_charged": Decimal(valid)}
    job = make_job(job_id, 0, **changes)
    addresses = [
        {"email": f"a{n}@{domain}", "email_domain": domain, "status": "Valid" if n < valid else "Invalid"}
        for domain, (records, valid) in domains.items()
        for n in range(records)
    ]
    rows = [record_row(job.row, number, **address) for number, address in enumerate(addresses, 1)]
    return make_job(job_id, rows, **changes)


@pytest.fixture
def mixed(tmp_path: Path) -> Destination:
    """Three domains, each of whose addresses was checked twice."""
    found = open_destination(f"parquet:{tmp_path / 'warehouse'}")
    domains = {name: (RECORDS[name], VALID[name]) for name in VALID}
    publish(found, checked(1, domains), checked(2, domains))
    return found


def test_domains_are_added_up(mixed: Destination) -> None:
    data = packed(read_figures(mixed, Query(), NOW))
    columns = data["by_domain"]
    names = [data["domains"][code] for code in columns["domain"]]
    assert dict(zip(names, columns["records"], strict=True)) == {name: 2 * n for name, n in RECORDS.items()}
    assert dict(zip(names, columns["valid_count"], strict=True)) == {name: 2 * n for name, n in VALID.items()}
    assert dict(zip(names, columns["repeats"], strict=True)) == RECORDS
    assert data["repeats_known"] is True
    net = {name: 2 * n * 1_000_000 for name, n in VALID.items()}
    assert dict(zip(names, columns["credits_net"], strict=True)) == net


def test_many_domains_are_added_up_and_not_named(tmp_path: Path) -> None:
    found = open_destination(f"parquet:{tmp_path / 'many'}")
    domains = {f"d{n:03}.example": (1 + n // 200, 1) for n in range(MAX_DOMAINS + 7)}
    publish(found, checked(1, domains))
    data = packed(read_figures(found, Query(), NOW))
    assert (len(data["domains"]), data["domains_left_out"]) == (MAX_DOMAINS, 7)
    columns = data["by_domain"]
    assert sum(columns["records"]) == sum(records for records, _ in domains.values())
    assert columns["valid_count"][columns["domain"].index(-1)] == 7


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium: apt-get install chromium")
@pytest.mark.xdist_group("chromium")
def test_the_page_names_the_domain_to_drop(opened_page: Opener, mixed: Destination, tmp_path: Path) -> None:
    look = Look(price=price_of("0.5", "EUR"), now=lambda: NOW)
    (tmp_path / "page.html").write_text(report_page(mixed, Query(), look), "utf-8")
    looked = opened_page(tmp_path / "page.html")
    said = looked.page.locator("#domains-said").inner_text().replace("\u2068", "").replace("\u2069", "")
    assert "Of 3 domains, bad.example is worst: 10.0% of its 400 addresses are valid, 90.0% invalid." in said
    assert "cost EUR 20.00 (40 credits) net" in said
    assert said.endswith("Domains of under 100 addresses come last."), "the small one is all Invalid"
    rows = {row[0]: row for row in table(looked, "domains")}
    assert {name: number(row[1]) for name, row in rows.items()} == {n: 2 * c for n, c in RECORDS.items()}
    assert rows["good.example"][2:] == ["95.0%", "5.0%", "0.0%", "50.0%", "380", "EUR 190.00"]
    assert looked.complaints == []
