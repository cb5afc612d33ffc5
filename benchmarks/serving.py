"""Runs the benchmark's server beside the measurement. In: a `World`'s size. Out: a `Serving`."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


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
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        try:
            connection.request("GET", "/stats")
            return Stats(**json.loads(connection.getresponse().read()))
        finally:
            connection.close()


@contextmanager
def serving(jobs: int, records: int, latency_ms: float = 0.0) -> Iterator[Serving]:
    """A server of ``jobs`` jobs with ``records`` records each, on a free port; it ends with the block."""
    command = [sys.executable, "-m", "benchmarks.server", "--jobs", str(jobs), "--records", str(records)]
    process = subprocess.Popen(  # noqa: S603 - the command is our own
        [*command, "--latency-ms", str(latency_ms)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        port = process.stdout.readline()
        if not port:
            raise RuntimeError("the benchmark's server did not start; its reason stands above")
        yield Serving(int(port))
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()
