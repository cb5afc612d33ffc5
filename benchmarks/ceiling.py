"""What the benchmark's server can give: its answers read by a raw socket that looks at nothing.

In: nothing. Out: requests and megabytes a second, and what an answer costs the server. Called by
``python -m benchmarks ceiling``. A server that were the bottleneck would make all contenders look alike.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from .serving import Serving, serving

SECONDS = 2.0
_JOBS = "email-validation/jobs/"
_ANSWERS = (
    ("List jobs, 100 jobs", _JOBS + "?page={n}&page_size=100"),
    ("Job status, 50 records", _JOBS + "{n}/"),
    ("Job records, 1,000 records", _JOBS + "{n}/records/?page=1&page_size=1000"),
)
_SIZES = ((20_000, 50), (20_000, 50), (20_000, 1_000))


@dataclass(frozen=True, slots=True)
class Ceiling:
    """One kind of answer, fetched again and again over one connection; ``server_us``: its CPU time each."""

    answer: str
    size_bytes: float
    requests_a_second: float
    server_us: float

    @property
    def mb_a_second(self) -> float:
        """Body bytes, in units of 10^6."""
        return self.size_bytes * self.requests_a_second / 1e6


def ceilings(seconds: float = SECONDS) -> Iterator[Ceiling]:
    """Every kind of answer for so many seconds."""
    for (answer, target), (jobs, records) in zip(_ANSWERS, _SIZES, strict=True):
        with serving(jobs, records) as api:
            yield _ceiling(answer, target, api, seconds)


def _ceiling(answer: str, target: str, api: Serving, seconds: float) -> Ceiling:
    with socket.create_connection(("127.0.0.1", api.port)) as plug:
        buffer = memoryview(bytearray(1 << 20))
        for number in range(1, 129):  # the first of each of the server's templates is made when asked for
            _fetch(plug, target.format(n=number), buffer)
        before, started = api.stats(), time.perf_counter()
        size = number = 0
        while time.perf_counter() - started < seconds:
            number = number % 200 + 1
            size += _fetch(plug, target.format(n=number), buffer)
        elapsed, after = time.perf_counter() - started, api.stats()
    count = after.requests - before.requests
    return Ceiling(answer, size / count, count / elapsed, (after.cpu_s - before.cpu_s) / count * 1e6)


def _fetch(plug: socket.socket, target: str, buffer: memoryview) -> int:
    """Read one answer to its end and look at its length alone."""
    plug.sendall(f"GET /backend/api/v1/{target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    got = plug.recv_into(buffer)
    head = bytes(buffer[: min(got, 300)]).partition(b"\r\n\r\n")[0]
    assert head.startswith(b"HTTP/1.1 200"), head
    length = int(head.rpartition(b"Content-Length: ")[2])
    left = len(head) + 4 + length - got
    while left > 0:
        left -= plug.recv_into(buffer)
    return length
