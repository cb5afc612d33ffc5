"""Figures as a table for people and as JSON for machines. Called by the commands."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .cases import Case
from .comparing import Round, Spread, ratios
from .trial import Trial

_PACKAGES = (
    "ecore-export",
    "pandas",
    "pyarrow",
    "httpx",
    "msgspec",
    "psycopg",
    "adbc-driver-postgresql",
    "dlt",
    "duckdb",
)


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns below one another, the first to the left and the others to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    lines = []
    for cells in (head, *rows):
        padded = [
            c.ljust(w) if n == 0 else c.rjust(w) for n, (c, w) in enumerate(zip(cells, widths, strict=True))
        ]
        lines.append("  ".join(padded).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def comparison(case: Case, done: list[Round]) -> str:
    """A case's table: medians, and ratios of each contender to the one it is held against."""
    head = f"{case.name}: {case.about} ({case.jobs:,} jobs x {case.records:,} records"
    head += f", {case.latency_ms:g} ms latency" if case.latency_ms else ""
    columns = _columns(case)
    rows = [
        [contender.name, *(show(done, contender.name) for _, show in columns)]
        for contender in case.contenders
    ]
    return f"{head}; {len(done)} rounds)\n" + table(["", *(name for name, _ in columns)], rows)


def _columns(case: Case) -> list[tuple[str, Callable[[list[Round], str], str]]]:
    def median(figure: Callable[[Trial], float], form: str) -> Callable[[list[Round], str], str]:
        return lambda done, name: format(Spread.of(figure(one[name]) for one in done).median, form)

    def ratio(figure: Callable[[Trial], float]) -> Callable[[list[Round], str], str]:
        return lambda done, name: _shown(ratios(done, name, case.against, figure))

    columns = [
        ("wall s", median(lambda t: t.wall_s, ".2f")),
        ("CPU s", median(lambda t: t.cpu_s, ".2f")),
        ("peak MB", median(lambda t: t.peak_mb, ",.0f")),
        ("requests", median(lambda t: t.requests, ",.0f")),
        ("rows", median(lambda t: t.rows, ",.0f")),
        ("stored MB", median(lambda t: t.stored_mb, ",.1f")),
        (f"CPU / {case.against}", ratio(lambda t: t.cpu_s)),
        (f"wall / {case.against}", ratio(lambda t: t.wall_s)),
    ]
    if case.store == "postgresql":
        columns.insert(2, ("database CPU s", median(lambda t: t.database_cpu_s, ".2f")))
    if any(contender.name == "month" for contender in case.contenders):
        columns.insert(2, ("query s", median(lambda t: t.inner_s or 0.0, ".3f")))
    return columns


def _shown(spread: Spread | None) -> str:
    if spread is None:
        return "-"
    return f"{spread.median:.2f} ({spread.low:.2f} to {spread.high:.2f})"


def machine() -> dict[str, Any]:
    """Where the figures come from."""
    return {
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "cores": os.cpu_count(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Figures with the machine they come from."""
    path.write_text(json.dumps({"machine": machine(), **content}, indent=1) + "\n", encoding="utf-8")


def as_json(case: Case, done: list[Round]) -> dict[str, Any]:
    """Every trial of a case, and the ratios."""
    figures: dict[str, Callable[[Trial], float]] = {
        "cpu_s": lambda t: t.cpu_s,
        "wall_s": lambda t: t.wall_s,
        "peak_mb": lambda t: t.peak_mb,
        "stored_mb": lambda t: t.stored_mb,
    }
    return {
        "case": case.name,
        "jobs": case.jobs,
        "records": case.records,
        "latency_ms": case.latency_ms,
        "against": case.against,
        "rounds": [{name: asdict(trial) for name, trial in one.items()} for one in done],
        "ratios": {
            contender.name: {
                name: None
                if (found := ratios(done, contender.name, case.against, figure)) is None
                else asdict(found)
                for name, figure in figures.items()
            }
            for contender in case.contenders
        },
    }


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
