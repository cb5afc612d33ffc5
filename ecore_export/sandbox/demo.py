"""The demo's jobs: every size that matters, from an empty list to tens of thousands of addresses.

In: a seed and how many jobs. Out: `JobSpec`s, oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from .jobs import JobSpec
from .seeded import Shuffle, mix

_EDGES = (0, 1, 99, 100, 101, 1000, 1001)
_TYPICAL = (30_000, *(5_000,) * 3, *(1_200,) * 10, *(300,) * 19, *(50,) * 60)
_RUNNING = ("Processing", "Processing", "Uploading", "Uploading")


def demo_jobs(seed: int, count: int) -> Iterator[JobSpec]:
    """``count`` jobs, some 700 records each on average; of many, the last four are still running."""
    shuffle = Shuffle.drawn(len(_EDGES) + len(_TYPICAL), seed, 30)
    running = _RUNNING if count > 2 * len(_RUNNING) else ()
    for index in range(count - len(running)):
        status = "Failed" if mix(seed, 31, index) % 33 == 0 else "Processed"
        yield JobSpec(_size(seed, index, shuffle.rank(index % shuffle.size)), status=status, rate=Decimal(1))
    for index, status in enumerate(running):
        outcome = "Failed" if index == 1 else "Processed"
        yield JobSpec(120 + mix(seed, 32, index) % 400, status=status, outcome=outcome)


def _size(seed: int, index: int, rank: int) -> int:
    """Records of a job: one of the edges as it is, or something within a quarter of a typical size."""
    if rank < len(_EDGES):
        return _EDGES[rank]
    typical = _TYPICAL[rank - len(_EDGES)]
    return typical * 3 // 4 + mix(seed, 33, index) % (typical // 2)
