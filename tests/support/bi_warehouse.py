"""A destination as a BI tool finds it: three accounts, every kind of job, one seen running and then finished.

In: a destination's URL. Out: what the views say there.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from known_account import RULE, known_account
from sync_truth import TOKEN, Warehouse

from ecore_export.destinations import open_destination
from ecore_export.sandbox import JobSpec, Sandbox
from ecore_export.views.columns import VIEWS

Rows = list[dict[str, Any]]


def _at(month: int, day: int, hour: int = 12) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


_SPECS = (
    JobSpec(0, list_name="Nobody", created_at=_at(1, 5)),
    JobSpec(250, list_name="Leads", rate=Decimal("1.5"), created_at=_at(1, 31, 23)),
    JobSpec(40, list_name="Crashed", status="Failed", created_at=_at(2, 28)),
    JobSpec(1001, list_name="Leads", created_at=_at(3, 1)),
    JobSpec(30, list_name="Dead", counts=(0, 30, 0), created_at=_at(3, 29, 1)),
    JobSpec(
        120,
        list_name="Seen running",
        status="Processing",
        rate=Decimal("0.333333"),
        created_at=_at(4, 30, 22),
    ),
    JobSpec(7, list_name="Waiting", status="Uploading", created_at=_at(5, 31)),
)

_SEEN_RUNNING = 6


def fill(url: str) -> None:
    """Sync the accounts default, agency and, with repeats, club; one job of default is seen running first."""
    ours = Sandbox.with_jobs(_SPECS, token=TOKEN, advance_after_reads=None)
    first = Warehouse(url, ours.handle)
    first.synced()
    ours.advance(_SEEN_RUNNING)
    first.synced()
    theirs = Sandbox(seed=8, sizes=[5, 300, 12], token=TOKEN)
    Warehouse(url, theirs.handle).synced(account="agency")
    Warehouse(url, known_account().handle).synced(account="club", group=RULE)


def views_of(url: str) -> Mapping[str, Rows]:
    """Every view's rows as the destination itself computes them."""
    opened = open_destination(url)
    try:
        return {view.name: opened.read_view(view.name).to_pylist() for view in VIEWS}
    finally:
        opened.close()
