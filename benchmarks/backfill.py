"""What a first export of very many records needs, computed from what `run` measured.

In: the figures of ``run --json``, how many records. Out: requests, hours, gigabytes. Called by
``python -m benchmarks backfill``. Pure arithmetic:

- requests = jobs x max(1, records of a job / 1000, rounded up) + jobs / 100, rounded up
- hours = the larger of requests x latency / workers, and rows x wall time of a row without latency
- days under a quota = requests / requests a day
- bytes = records x bytes of a record, on the wire and stored
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .world import World

WORKERS = 8
RECORDS_OF_A_JOB = (1_000_000, 1_000, 50)
CASES = ("parquet-1x1m", "parquet-1000x1000", "gets-20000x50")
"""Which case says what a record costs, in jobs of that size."""
IN_POSTGRES = "postgres-1000x1000"


@dataclass(frozen=True, slots=True)
class Inputs:
    """What one record costs: wall time without latency, CPU time, and bytes stored. Medians of a case."""

    wall_us: float
    cpu_us: float
    stored_bytes: float


@dataclass(frozen=True, slots=True)
class Backfill:
    """So many ``records`` in jobs of ``job_records``; ``parquet``, and ``postgres`` where it was measured."""

    records: int
    job_records: int
    parquet: Inputs
    postgres: Inputs | None

    @property
    def jobs(self) -> int:
        """How many jobs that makes."""
        return math.ceil(self.records / self.job_records)

    @property
    def requests(self) -> int:
        """All requests, the listing included."""
        return self.jobs * max(1, math.ceil(self.job_records / 1000)) + math.ceil(self.jobs / 100)

    def hours(self, latency_ms: float) -> float:
        """To Parquet, with eight requests in flight on a machine like the one measured."""
        on_the_wire = self.requests * latency_ms / 1000 / WORKERS
        return max(on_the_wire, self.records * self.parquet.wall_us / 1e6) / 3600

    @property
    def wire_gb(self) -> float:
        """Bodies as the benchmark's API sends them, uncompressed."""
        body = World(1, 1000).records_page(1, 1, 1000)
        assert body is not None
        return self.records * len(body) / 1000 / 1e9


def backfills(figures: dict[str, Any], records: int) -> Iterator[Backfill]:
    """One for each size of jobs that was measured; raises `KeyError` for figures without any of the cases."""
    measured = {case["case"]: _inputs(case) for case in figures["cases"] if "ours" in case["rounds"][0]}
    if not measured.keys() & set(CASES):
        raise KeyError(f"none of {', '.join(CASES)} is among the figures")
    for name, job_records in zip(CASES, RECORDS_OF_A_JOB, strict=True):
        if name in measured:
            yield Backfill(records, job_records, measured[name], measured.get(IN_POSTGRES))


def _inputs(case: dict[str, Any]) -> Inputs:
    def median(figure: str) -> float:
        costs: list[float] = [one["ours"][figure] / one["ours"]["rows"] for one in case["rounds"]]
        return statistics.median(costs)

    return Inputs(median("wall_s") * 1e6, median("cpu_s") * 1e6, median("stored_mb") * 2**20)
