"""Connections to one API, or an API in this process: a path in, its answer out. Called by `api`."""

from __future__ import annotations

import platform
import threading
import zlib
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlencode, urlsplit

from . import __version__
from .api_curl import ENCODINGS, Connection, NoAnswerError, Response, ascii_url, options, undecodable
from .settings import Settings


class Answer(Protocol):
    """What an in-process API returns."""

    @property
    def status(self) -> int:
        """The HTTP status."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The HTTP headers."""

    @property
    def body(self) -> bytes:
        """The body."""

    @property
    def is_broken_off(self) -> bool:
        """Whether the connection broke before the whole answer was sent."""


Handler = Callable[[str, str, str, Mapping[str, str]], Answer]
"""An API in this process, such as the sandbox: (method, path, query, headers) -> answer.

The names of the headers are in lower case.
"""


class Connections:
    """Authenticated GETs below one base URL. Safe to use from several threads.

    ``handler`` replaces the network by an API in this process. Once ``stopping`` is set, no answer is read
    to its end. Raises OSError or ValueError for what cannot be used of the URL, or of certificates and
    proxies in the environment.
    """

    def __init__(self, settings: Settings, handler: Handler | None, stopping: threading.Event) -> None:
        self._token = settings.token
        self._handler = handler
        self._stopping = stopping
        self._lock = threading.Lock()
        self._is_closed = False
        self._free: list[Connection] = []
        self._base_url = settings.base_url
        if handler is None:
            self._base_url, self._options = ascii_url(settings.base_url), options(settings)
            self._free.append(Connection(self._options))

    def get(self, path: str, params: Mapping[str, str | int]) -> Response:
        """The answer to ``GET path``, whatever its status. Raises `NoAnswerError`."""
        query = urlencode(params)
        if self._handler is not None:
            return self._asked_in_process(self._handler, path, query)
        url = f"{self._base_url}{path}?{query}" if query else f"{self._base_url}{path}"
        connection = self._take()
        try:
            response = connection.get(url, self._header_lines, self._stopping.is_set)
        except BaseException:
            connection.close()
            raise
        self._give_back(connection)
        return response

    def close(self) -> None:
        """Close all connections; one that is in use when its answer has come."""
        with self._lock:
            self._is_closed = True
            free, self._free = self._free, []
        for connection in free:
            connection.close()

    def _take(self) -> Connection:
        """The connection that was used last, as it is the likeliest to be open still; else a new one."""
        while True:
            with self._lock:
                if self._is_closed:
                    raise RuntimeError("this client is closed: make a new one")
                if not self._free:
                    return Connection(self._options)
                connection = self._free.pop()
            if connection.is_quiet():
                return connection
            connection.close()

    def _give_back(self, connection: Connection) -> None:
        with self._lock:
            if not self._is_closed:
                self._free.append(connection)
                return
        connection.close()

    def _header_lines(self) -> list[str]:
        return [f"{name}: {value}" for name, value in self._headers().items()]

    def _headers(self) -> dict[str, str]:
        # Built for each request: no object that lives longer holds the token in plain sight.
        return {
            "Authorization": f"Token {self._token.reveal()}",
            "Accept": "application/json",
            "User-Agent": _USER_AGENT,
        }

    def _asked_in_process(self, handler: Handler, path: str, query: str) -> Response:
        headers = {name.lower(): value for name, value in self._headers().items()}
        whole_path = urlsplit(self._base_url).path + path
        got = handler("GET", whole_path, query, headers | {"accept-encoding": ENCODINGS})
        if got.is_broken_off:
            raise NoAnswerError("the connection broke off")
        answered = {name.lower(): value for name, value in got.headers.items()}
        body = got.body
        if answered.get("content-encoding") in ENCODINGS.split(", "):
            try:
                body = zlib.decompress(body, wbits=zlib.MAX_WBITS | 32)
            except zlib.error:
                raise undecodable() from None
        return Response(got.status, body, answered.get("retry-after"), len(got.body))


_USER_AGENT = f"ecore-export/{__version__} python/{platform.python_version()}"
