"""How much memory things take, as the work grows: syncs beside others, and `load_records` beside its frame.

In: how many records to go up to. Out: peaks. Called by ``python -m benchmarks memory``.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

from . import process
from .lineup import (
    BEST_DLT_TO_PARQUET,
    DLT_TO_PARQUET,
    FLOOR_TO_PARQUET,
    FLOOR_TO_POSTGRES,
    OURS,
    PANDAS,
    Contender,
    Work,
    script,
)
from .postgres import Postgres, running_postgres
from .serving import Serving, serving
from .trial import Trial, environment, try_once

SIZES = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
TO_PARQUET = (OURS, FLOOR_TO_PARQUET, PANDAS, DLT_TO_PARQUET, BEST_DLT_TO_PARQUET)
TO_POSTGRES = (OURS, FLOOR_TO_POSTGRES)
BACKENDS = ("numpy_nullable", "pyarrow")
_LOAD = script("load_frame")


@dataclass(frozen=True, slots=True)
class Loaded:
    """What `load_records` took: memory before, the peak, and the frame. In MB."""

    backend: str
    records: int
    before_mb: float
    peak_mb: float
    after_mb: float
    frame_mb: float

    @property
    def ratio(self) -> float:
        """What the call took at its peak, over the frame it returned."""
        return (self.peak_mb - self.before_mb) / self.frame_mb


def syncs(
    contenders: tuple[Contender, ...], up_to: int, *, is_postgres: bool = False
) -> Iterator[tuple[int, Trial]]:
    """A trial of each contender at each size: one job of so many records."""
    database = running_postgres() if is_postgres else nullcontext()
    with database as postgres:
        for records in [size for size in SIZES if size <= up_to]:
            with serving(1, records) as api:
                for contender in contenders:
                    yield records, _trial(contender, records, api, postgres)


def loads(up_to: int) -> Iterator[Loaded]:
    """`load_records` with each dtype backend at each size: jobs of 10,000 records."""
    for records in [size for size in SIZES if size <= up_to]:
        with serving(records // 10_000, 10_000) as api:
            for backend in BACKENDS:
                work = Work(api.base_url, backend, records // 10_000, 10_000)
                cost = process.run(_LOAD.command(work), environment(api.base_url))
                yield Loaded(backend, records, **json.loads(cost.output))


def _trial(contender: Contender, records: int, api: Serving, postgres: Postgres | None) -> Trial:
    with tempfile.TemporaryDirectory(prefix="ecore-bench-") as folder:
        target = str(Path(folder) / "place") if postgres is None else postgres.new_database()
        try:
            return try_once(contender, Work(api.base_url, target, 1, records), api, postgres)
        finally:
            if postgres is not None:
                postgres.drop(target)
