"""Fails when the way from a body to a stored row becomes dearer than it was, beside the least it can cost.

In: page bodies, made once. Out: the ratio of our CPU time to the floor's, and a verdict. Called by
``python -m benchmarks guard``, which ``.ci/run`` runs by itself.

Both sides run in this process, without a network, in turn: ours a whole sync of one job (decode, reconcile,
publish) with the API answered from memory; the floor a typed decode and a zstd write of the same bodies. CPU
time does not count what others do on the machine, and the median of ratios between neighbours in time
forgives what they do to its caches. Absolute figures say nothing here.
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import httpx
import pyarrow.parquet as pq

from ecore_export.destinations import open_destination
from ecore_export.settings import Secret, Settings
from ecore_export.syncing.engine import run_sync
from ecore_export.syncing.options import SyncOptions

from .comparing import Spread
from .contenders.bare import LOW_CARDINALITY, SCHEMA, decoded_pages, gathered
from .world import World

ATTEMPTS = 3
LIMIT = 1.4
"""Measured on two busy cores, 300,000 records: 0.9 to 1.1; decoded without `record_scanner`, 1.7 to 2.0."""


def verdicts(limit: float, repetitions: int, records: int) -> Iterator[Spread]:
    """Measurements until one is within the limit, three at most: what disturbs only ever adds."""
    for _ in range(ATTEMPTS):
        spread = measure(repetitions, records)
        yield spread
        if spread.median <= limit:
            return


def is_compiled() -> bool:
    """Whether the compiled decoder is what was measured."""
    return find_spec("ecore_export.record_scanner") is not None


def measure(repetitions: int, records: int) -> Spread:
    """Our CPU time over the floor's, as often as asked after one round that warms both up."""
    world = World(1, records)
    bodies = [_known(world.records_page(1, page, 1000)) for page in range(1, -(-records // 1000) + 1)]
    listing = _known(world.jobs_page(1, 100))
    ratios = [_ours(listing, bodies, records) / _floor(bodies) for _ in range(repetitions + 1)]
    return Spread.of(ratios[1:])


def _ours(listing: bytes, bodies: list[bytes], records: int) -> float:
    def handle(request: httpx.Request) -> httpx.Response:
        body = bodies[int(request.url.params["page"]) - 1] if "records" in request.url.path else listing
        return httpx.Response(200, content=body)

    def work(folder: Path) -> None:
        destination = open_destination(f"parquet:{folder}")
        settings = Settings(Secret("benchmark"), base_url="http://localhost/backend/api/v1/", workers=1)
        http_client = httpx.Client(transport=httpx.MockTransport(handle))
        result = run_sync(settings, destination, SyncOptions(), http_client=http_client)
        destination.close()
        if result.status != "complete" or result.records_written != records:
            raise RuntimeError(f"the sync is {result.status} with {result.records_written} records")

    return _cpu_s(work)


def _floor(bodies: list[bytes]) -> float:
    def work(folder: Path) -> None:
        with pq.ParquetWriter(
            folder / "records.parquet",
            SCHEMA,
            compression="zstd",
            use_dictionary=list(LOW_CARDINALITY),  # type: ignore[arg-type]
        ) as writer:
            for table in gathered(decoded_pages(bodies)):
                writer.write_table(table)

    return _cpu_s(work)


def _cpu_s(work: Callable[[Path], None]) -> float:
    """User time of this process, and of children it has waited for, while it works in a new folder.

    Not system time: how long a file takes to reach the disk is not what is guarded.
    """
    with tempfile.TemporaryDirectory(prefix="ecore-guard-") as folder:
        before = _user_s()
        work(Path(folder))
        return _user_s() - before


def _user_s() -> float:
    return sum(resource.getrusage(who).ru_utime for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def _known(body: bytes | None) -> bytes:
    assert body is not None
    return body
