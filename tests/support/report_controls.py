"""What a reader of a report does and sees: chooses filters, reads figures and tables.

In: an open page. Out: texts and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from report_browser import Looked
from report_rows import NOW

from ecore_export.destinations import Destination
from ecore_export.report import Look, Query, report_page

Opener = Callable[..., Looked]


def written(destination: Destination, folder: Path, **look: Any) -> Path:
    path = folder / "report.html"
    path.write_text(report_page(destination, Query(), Look(**{"now": lambda: NOW} | look)), "utf-8")
    return path


def headline(looked: Looked) -> dict[str, str]:
    cards = looked.page.locator("#headline div").all()
    return {card.locator("dt").inner_text(): card.locator("dd").inner_text().split("\n")[0] for card in cards}


def table(looked: Looked, name: str) -> list[list[str]]:
    rows = looked.page.locator(f"#{name}-table tbody tr, #{name}-table tfoot tr").all()
    return [[cell.text_content() or "" for cell in row.locator("th, td").all()] for row in rows]


def number(text: str) -> Decimal:
    return Decimal(re.sub(r"[,%]", "", text))


def choose(looked: Looked, **filters: str) -> None:
    for name, value in filters.items():
        control = looked.page.locator(f"#{name}")
        if control.evaluate("each => each.tagName") == "SELECT":
            control.select_option(value)
        else:
            control.fill(value)
            control.dispatch_event("change")
        looked.settle()
