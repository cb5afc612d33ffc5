"""Fails when the way from a body to a stored row becomes dearer than it was, beside the least it can cost.

In: page bodies, made once. Out: the ratio of our CPU time to the floor's, and a verdict. Called by
``python -m benchmarks guard``, which ``.ci/run`` runs by itself.

Both sides run in this process, without a network, in turn: ours a whole sync of one job (decode, reconcile,
publish) with the API answered from memory; the floor a typed decode and a zstd write of the same bodies. CPU
time does not count what others do on the machine, and the median of ratios between neighbours in time
forgives what they do to its caches. Absolute figures say nothing here.
"""

from __future__ import annotations

import json
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import pyarrow.parquet as pq

from ecore_export.decode import Decoder
from ecore_export.destinations import open_destination
from ecore_export.settings import Secret, Settings
from ecore_export.syncing.engine import run_sync
from ecore_export.syncing.options import SyncOptions

from .comparing import Spread
from .contenders.bare import LOW_CARDINALITY, SCHEMA, decoded_pages, gathered
from .world import World

ATTEMPTS = 3
LIMIT = 1.9
"""Measured on two very busy cores, 300,000 records: 1.6 to 1.8, of which every check is a part."""
UNUSUAL_LIMIT = 1.25
"""What a page like people's data may cost beside a plain one. Measured: 1.03 to 1.2."""
UNUSUAL_PAGES = 100
UNUSUAL: Mapping[str, Callable[[int], dict[str, Any]]] = {
    "an escape": lambda n: {} if n % 10 else {"error_message": 'mailbox "full"'},
    "text beyond ASCII": lambda n: {} if n % 10 else {"error_message": "naïve ☃"},
    "six digits": lambda n: {"processed_at": f"2026-05-06T11:42:{n % 60:02d}.{n:06d}Z"},
    "a new field": lambda n: {"new_field": n},
    "a new object": lambda n: {"new_field": {"id": n, "label": "neu"}},
}
"""What the records of such pages have that plain ones have not."""


def verdicts(limit: float, taken: Callable[[], Spread]) -> Iterator[Spread]:
    """Measurements until one is within the limit, three at most: what disturbs only ever adds."""
    for _ in range(ATTEMPTS):
        spread = taken()
        yield spread
        if spread.median <= limit:
            return


def measure(repetitions: int, records: int) -> Spread:
    """Our CPU time over the floor's, as often as asked after one round that warms both up."""
    world = World(1, records)
    bodies = [_known(world.records_page(1, page, 1000)) for page in range(1, -(-records // 1000) + 1)]
    listing = _known(world.jobs_page(1, 100))
    ratios = [_ours(listing, bodies, records) / _floor(bodies) for _ in range(repetitions + 1)]
    return Spread.of(ratios[1:])


def unusual(name: str, repetitions: int, records: int) -> Spread:
    """CPU time to decode pages of one of the kinds in `UNUSUAL`, beside plain ones."""
    pages = min(-(-records // 1000), UNUSUAL_PAGES)
    world = World(1, pages * 1000)
    plain = [_known(world.records_page(1, page, 1000)) for page in range(1, pages + 1)]
    changed = [_changed(body, UNUSUAL[name]) for body in plain]
    used, fresh = Decoder(), Decoder()
    used.records_page(1, changed[0])  # which shows a new field
    ratios = [_decoding_s(used, changed) / _decoding_s(fresh, plain) for _ in range(repetitions + 1)]
    return Spread.of(ratios[1:])


def _changed(body: bytes, change: Callable[[int], dict[str, Any]]) -> bytes:
    page = json.loads(body)
    for n, record in enumerate(page["results"]):
        record |= change(n)
    return json.dumps(page, ensure_ascii=False, separators=(",", ":")).encode()


def _decoding_s(decoder: Decoder, bodies: list[bytes]) -> float:
    before = time.process_time()
    for body in bodies:
        decoder.records_page(1, body)
    return time.process_time() - before


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
