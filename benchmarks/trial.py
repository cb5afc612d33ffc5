"""One contender, once: a fresh process, measured, and its rows counted afterwards.

In: a `Contender` and its `Work`. Out: a `Trial`. Called by `comparing`, `memory` and `scaling`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from . import process
from .lineup import Contender, Work
from .postgres import Postgres
from .process import ContenderError
from .serving import Serving


@dataclass(frozen=True, slots=True)
class Trial:
    """What a contender cost, and what it left.

    ``cpu_s``: of its whole process tree; ``database_cpu_s``: of the database server meanwhile.
    ``server_cpu_s``: of the benchmark's own API. ``inner_s``: what the contender timed by itself.
    """

    contender: str
    wall_s: float
    cpu_s: float
    database_cpu_s: float
    server_cpu_s: float
    peak_mb: float
    requests: int
    rows: int
    stored_mb: float
    inner_s: float | None = None

    @property
    def rows_a_second(self) -> float:
        """Throughput by wall clock."""
        return self.rows / self.wall_s


def try_once(contender: Contender, work: Work, api: Serving, database: Postgres | None = None) -> Trial:
    """Run a contender. Raises `ContenderError` if it fails, or if what it left is not all there is."""
    database_before = database.cpu_s() if database else 0.0
    api_before = api.stats()
    cost = process.run(contender.command(work), environment(work.base_url))
    api_after = api.stats()
    database_after = database.cpu_s() if database else 0.0
    requests = api_after.requests - api_before.requests
    stored = _stored(contender, work, requests)
    expected = {"records": work.jobs * work.records, "jobs": work.jobs, "requests": _needed(work)}
    if stored["rows"] != expected[contender.counts]:
        wanted = expected[contender.counts]
        raise ContenderError(f"{contender.name}: {stored['rows']} {contender.counts} instead of {wanted}")
    return Trial(
        contender=contender.name,
        wall_s=cost.wall_s,
        cpu_s=cost.cpu_s,
        database_cpu_s=database_after - database_before,
        server_cpu_s=api_after.cpu_s - api_before.cpu_s,
        peak_mb=cost.peak_mb,
        requests=requests,
        rows=stored["rows"],
        stored_mb=stored["bytes"] / process.MB,
        inner_s=_inner_s(cost.output),
    )


def environment(base_url: str) -> Mapping[str, str]:
    """What a contender sees: no proxies, nobody's settings, and nothing may call home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("ECORE_", "DLT_", "RUNTIME__"))
    }
    own = {
        "ECORE_API_TOKEN": "benchmark",
        "ECORE_BASE_URL": base_url,
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "DO_NOT_TRACK": "1",
    }
    return kept | own


def _needed(work: Work) -> int:
    """How many requests all records take, without listing the jobs."""
    return work.jobs * max(1, -(-work.records // 1000))


def _stored(contender: Contender, work: Work, requests: int) -> dict[str, int]:
    if contender.counts == "requests":
        return {"rows": requests, "bytes": 0}
    in_folder, _, in_database = contender.rows_in.partition("|")
    place = (in_database or in_folder) if work.is_database else in_folder
    command = [sys.executable, "-m", "benchmarks.counting", work.target, place]
    found: dict[str, int] = json.loads(process.run(command, environment(work.base_url)).output)
    return found


def _inner_s(output: str) -> float | None:
    """The seconds that a contender gave as the last line of its output."""
    try:
        said = json.loads(output.strip().rpartition("\n")[2])
    except ValueError:
        return None
    return said.get("inner_s") if isinstance(said, dict) else None
