"""An API on a port that counts what is asked of it, and lets each answer take its time.

In: a `Sandbox` or a `scripted_api.Account`. Out: a base URL, requests, and how many there were at once.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from ecore_export.sandbox import Response, serve


class CountedApi:
    """Answers as ``handle`` does. ``requests``: paths with their queries; ``most_at_once``: on the way."""

    def __init__(self, handle: Callable[..., Any], latency_s: float) -> None:
        self.latency_s = latency_s
        self.requests: list[str] = []
        self.most_at_once = 0
        self.base_url = ""
        self._handle = handle
        self._at_once = 0
        self._lock = threading.Lock()

    def reset(self) -> None:
        """Count anew."""
        with self._lock:
            self.requests, self.most_at_once = [], 0

    @property
    def listings(self) -> int:
        """How many pages of List jobs were asked for."""
        return sum("/jobs/?" in target for target in self.requests)

    def handle(self, method: str, path: str, query: str, headers: dict[str, str]) -> Response:
        """Answer one request."""
        with self._lock:
            self.requests.append(f"{path}?{query}")
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            time.sleep(self.latency_s)
            reply = self._handle(
                method, path, query, {name.lower(): value for name, value in headers.items()}
            )
        finally:
            with self._lock:
                self._at_once -= 1
        if isinstance(reply, Response):
            return reply
        told = {"Content-Type": "application/json", "Content-Length": str(len(reply.body)), **reply.headers}
        return Response(reply.status, told, reply.body)


@contextmanager
def counted(handle: Callable[..., Any], *, latency_s: float = 0.0) -> Iterator[CountedApi]:
    """``handle`` on a port of this machine until the block ends."""
    api = CountedApi(handle, latency_s)
    with serve(api) as address:  # type: ignore[arg-type] - it has the one method that is called
        api.base_url = address.base_url
        yield api
