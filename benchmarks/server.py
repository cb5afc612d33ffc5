"""The benchmark's API: a small HTTP server in a process of its own that costs far less than any client of it.

In: a `World`'s size, latency. Out: a `Serving`. It knows what the clients measured need, with keep-alive,
and nothing more: no tokens, no gzip, no pipelining.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from urllib.parse import parse_qsl

from .world import World

_PATH = re.compile(rb"/backend/api/v1/email-validation/jobs/(?:(\d+)/(records/)?)?")
_SEND_BUFFER = 4 * 1024 * 1024
"""A whole page fits, so one call hands it to the kernel."""


@dataclass(frozen=True, slots=True)
class Stats:
    """What the server has done so far. ``cpu_s``: user and system time of its process."""

    requests: int
    cpu_s: float


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server."""

    port: int

    @property
    def base_url(self) -> str:
        """What `ECORE_BASE_URL` has to be."""
        return f"http://127.0.0.1:{self.port}/backend/api/v1/"

    def stats(self) -> Stats:
        """Requests answered and time used, this question left out."""
        with closing(HTTPConnection("127.0.0.1", self.port)) as connection:
            connection.request("GET", "/stats")
            return Stats(**json.loads(connection.getresponse().read()))


@contextmanager
def serving(jobs: int, records: int, latency_ms: float = 0.0) -> Iterator[Serving]:
    """A server of ``jobs`` jobs with ``records`` records each, on a free port; it ends with the block."""
    command = [sys.executable, "-m", "benchmarks.server", str(jobs), str(records), str(latency_ms)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603 - ours
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield Serving(int(process.stdout.readline()))
        finally:
            process.stdin.close()


class _Service:
    """Answers paths; counts the requests."""

    def __init__(self, world: World, latency_s: float) -> None:
        self._world = world
        self.latency_s = latency_s
        self._requests = 0

    def answer(self, target: bytes) -> bytes:
        """The whole answer to ``GET target``, headers included."""
        path, _, query = target.partition(b"?")
        if path == b"/stats":
            used = os.times()
            return _http(b'{"requests":%d,"cpu_s":%.3f}' % (self._requests, used.user + used.system))
        self._requests += 1
        match = _PATH.fullmatch(path)
        body = self._body(match, dict(parse_qsl(query.decode()))) if match else None
        return _http(body) if body is not None else _http(b'{"detail":"Not found."}', b"404 Not Found")

    def _body(self, match: re.Match[bytes], asked: dict[str, str]) -> bytes | None:
        page = int(asked.get("page", 1))
        if match[1] is None:
            size = int(asked.get("page_size", 20))
            is_any = asked.get("status", "All") in ("All", "Processed")
            return self._world.jobs_page(page, size) if is_any else self._world.no_jobs(page, size)
        if match[2] is None:
            return self._world.job_status(int(match[1]))
        return self._world.records_page(int(match[1]), page, int(asked.get("page_size", 100)))


class _Connection(asyncio.Protocol):
    def __init__(self, service: _Service) -> None:
        self._service = service
        self._received = b""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        plug: socket.socket = transport.get_extra_info("socket")
        plug.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            target = self._received.split(b" ", 2)[1]
            self._received = self._received[end + 4 :]
            if self._service.latency_s and target != b"/stats":
                asyncio.get_running_loop().call_later(self._service.latency_s, self._send, target)
            else:
                self._send(target)

    def _send(self, target: bytes) -> None:
        self._transport.write(self._service.answer(target))


def _http(body: bytes, status: bytes = b"200 OK") -> bytes:
    head = b"HTTP/1.1 %b\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return b"".join((head % (status, len(body)), body))


async def _serve(service: _Service) -> None:
    """Print the port, then answer until stdin closes."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(service), "127.0.0.1", 0, backlog=256)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - that is how it tells its port
    await loop.run_in_executor(None, sys.stdin.buffer.read)


if __name__ == "__main__":
    account = World(int(sys.argv[1]), int(sys.argv[2]))
    account.prepare()
    asyncio.run(_serve(_Service(account, float(sys.argv[3]) / 1000)))
