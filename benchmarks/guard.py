"""Fails when a sync becomes dearer than it was, beside the least it can cost on the same machine.

In: how much to measure. Out: ratios of our CPU time to the bare floor's.

CPU time does not count what others do on the machine, and the median of ratios between neighbours in time
forgives what they do to its caches. Absolute figures say nothing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .cases import FLOOR, OURS, case
from .trials import Spread, ratios, rounds

ATTEMPTS = 3
LIMIT = 1.6
"""Of the floor's CPU. A sync of 1,000,000 records is meant to take 1.3 times as much; here start-up weighs
more, and shared machines add to it. Another object for each record goes beyond it."""


def verdicts(limit: float, pairs: int, records: int) -> Iterator[Spread]:
    """Measurements until one is within the limit, three at most: what disturbs only ever adds."""
    for _ in range(ATTEMPTS):
        spread = measure(pairs, records)
        yield spread
        if spread.median <= limit:
            return


def measure(pairs: int, records: int) -> Spread:
    """Our CPU time over the floor's for one job, after one round that warms both up."""
    small = replace(case("parquet-1x1m"), records=records, contenders=(OURS, FLOOR))
    done = rounds(small, pairs + 1)
    return ratios(done[1:], "ours", "floor", lambda trial: trial.cpu_s)
