"""How cost grows: one axis at a time, a trial of ours at each point.

In: an axis, how far to go. Out: trials, point by point. Called by ``python -m benchmarks scaling``.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from .lineup import LIST_JOBS, OURS, Contender, Work
from .serving import serving
from .trial import Trial, try_once

IN_FLIGHT = 8


@dataclass(frozen=True, slots=True)
class Point:
    """So much work, at the place ``at`` of its axis."""

    at: float
    jobs: int
    records: int
    latency_ms: float = 0.0

    @property
    def ideal_s(self) -> float:
        """The least wall time that eight requests in flight leave, pages of 1000 records each."""
        requests = self.jobs * max(1, -(-self.records // 1000))
        return math.ceil(requests / IN_FLIGHT) * self.latency_ms / 1000


@dataclass(frozen=True, slots=True)
class Axis:
    """What grows while all else stays. ``usual``: how far it goes unless more is asked for."""

    name: str
    about: str
    contender: Contender
    points: tuple[Point, ...]
    usual: float


AXES = (
    Axis(
        "records",
        "jobs of 1,000 records, exported to Parquet",
        OURS,
        tuple(Point(10**n, 10**n // 1_000, 1_000) for n in range(4, 8)),
        1e6,
    ),
    Axis(
        "one-job",
        "records of one job, exported to Parquet",
        OURS,
        tuple(Point(10**n, 1, 10**n) for n in range(4, 8)),
        1e6,
    ),
    Axis(
        "jobs",
        "jobs, listed and stored without their records",
        LIST_JOBS,
        tuple(Point(10**n, 10**n, 10) for n in range(1, 7)),
        1e5,
    ),
    Axis(
        "small-jobs",
        "jobs of 10 records, exported to Parquet",
        OURS,
        tuple(Point(10**n, 10**n, 10) for n in range(1, 7)),
        1e4,
    ),
    Axis(
        "latency",
        "milliseconds before each answer; 200 jobs of 1,000 records",
        OURS,
        tuple(Point(ms, 200, 1_000, ms) for ms in (0, 10, 50, 100, 200)),
        200,
    ),
)


def trials(axis: Axis, up_to: float) -> Iterator[tuple[Point, Trial]]:
    """A trial at each point of the axis that is not beyond ``up_to``."""
    for point in axis.points:
        if point.at > up_to:
            return
        with (
            serving(point.jobs, point.records, point.latency_ms) as api,
            tempfile.TemporaryDirectory(prefix="ecore-bench-") as folder,
        ):
            work = Work(api.base_url, str(Path(folder) / "place"), point.jobs, point.records)
            yield point, try_once(axis.contender, work, api)


def growth(before: tuple[float, float], now: tuple[float, float]) -> float | None:
    """The exponent between two points (place, cost): 1 if cost grows as the work does, 0 if it stays."""
    (place_before, cost_before), (place, cost) = before, now
    if min(place_before, cost_before, place, cost) <= 0:
        return None  # the latency axis begins at 0
    return math.log(cost / cost_before) / math.log(place / place_before)
