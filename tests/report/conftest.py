"""A browser, and a report of two accounts to look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from destination_rows import make_job
from report_browser import Looked, running_chromium
from report_controls import Opener, written
from report_rows import jobs_of_a_month, publish

from ecore_export.destinations import Destination, open_destination


@pytest.fixture(scope="module")
def opened_page() -> Iterator[Opener]:
    """Opens a page; when the tests are over, none of those may have complained or asked for anything."""
    found: list[Looked] = []
    with running_chromium() as browser:

        def opened(path: Path, **context: Any) -> Looked:
            found.append(Looked(browser, path, **context))
            return found[-1]

        yield opened


@pytest.fixture(scope="module")
def two_accounts(tmp_path_factory: pytest.TempPathFactory) -> Destination:
    """Two accounts; a list whose name would rather be markup; a job a day, of which some failed."""
    found = open_destination(f"parquet:{tmp_path_factory.mktemp('report') / 'warehouse'}")
    publish(found, *jobs_of_a_month())
    later = [
        make_job(
            job.row["job_id"],
            2,
            list_name="Autumn",
            created_at=job.row["created_at"] + timedelta(days=90),
            completed_at=job.row["created_at"] + timedelta(days=90, seconds=50),
            credits_charged_at=job.row["created_at"] + timedelta(days=90),
        )
        for job in jobs_of_a_month()[:6]
    ]
    publish(found, *later, account="second")
    return found


@pytest.fixture(scope="module")
def page_path(two_accounts: Destination, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(two_accounts, tmp_path_factory.mktemp("page"))


@pytest.fixture
def formulas(tmp_path: Path) -> Path:
    """A report on lists whose names a spreadsheet would compute."""
    found = open_destination(f"parquet:{tmp_path / 'formulas'}")
    names = ("=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)")
    publish(found, *(make_job(number, 1, list_name=name) for number, name in enumerate(names, 1)))
    return written(found, tmp_path)
