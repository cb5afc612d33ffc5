"""The sandbox on a port of this machine, for people and for tests of the real wire.

In: a `Sandbox`. Out: its answers over HTTP/1.1 on 127.0.0.1, connections kept alive.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

from ..errors import SettingsError
from .answers import Response
from .service import BASE_PATH, Sandbox


@dataclass(frozen=True, slots=True)
class Address:
    """Where a sandbox is served. ``base_url``: what ``ECORE_BASE_URL`` is set to."""

    base_url: str
    port: int


@contextmanager
def serve(sandbox: Sandbox, port: int = 0) -> Iterator[Address]:
    """Serve ``sandbox`` on 127.0.0.1 until the block ends; port 0 takes a free one.

    Raises `SettingsError` if the port cannot be had. At the end open connections are closed and all threads
    joined.
    """
    try:
        server = _Server(("127.0.0.1", port), sandbox)
    except (OSError, OverflowError) as error:
        raise SettingsError(f"port {port} cannot be had: choose another one, or 0 for any") from error
    with server:
        thread = Thread(target=server.serve_forever, args=(0.05,), name="ecore-sandbox", daemon=True)
        thread.start()
        try:
            bound = server.server_address[1]
            yield Address(f"http://127.0.0.1:{bound}{BASE_PATH}", bound)
        finally:
            server.shutdown()
            thread.join()
            server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.closing = Event()
        self._open: set[socket.socket] = set()
        self._open_lock = Lock()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Wake every thread that waits for a client, so that `server_close` can join it."""
        self.closing.set()
        with self._open_lock:
            for connection in self._open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell of anything but a client that hung up."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def _answer(self) -> None:
        path, _, query = self.path.partition("?")
        response = self.server.sandbox.handle(self.command, path, query, dict(self.headers.items()))
        if response.delay_s:
            self.server.closing.wait(response.delay_s)
        # A body that nobody reads would be taken for the next request.
        has_unread_body = "Content-Length" in self.headers or "Transfer-Encoding" in self.headers
        self.close_connection = self.close_connection or has_unread_body or response.is_broken_off
        if response.status:
            self.wfile.write(self._message(response))

    def _message(self, response: Response) -> bytes:
        """Head and body as one piece: sent apart, the second waits for the first one's acknowledgement."""
        headers = {"Server": "ecore-sandbox", "Date": self.date_time_string(), **response.headers}
        if self.close_connection:
            headers["Connection"] = "close"
        lines = [
            f"HTTP/1.1 {response.status} {responses.get(response.status, '')}",
            *(f"{k}: {v}" for k, v in headers.items()),
        ]
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head if self.command == "HEAD" else head + response.body

    def __getattr__(self, name: str) -> Any:
        """Any method at all is answered by the sandbox: `http.server` asks for ``do_GET`` and the like."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the sandbox keeps a log of requests of its own."""
