"""Connections to one API: a path in, an answer whose body is still to be read out. Called by `api`.

Built on httpx's transports, not on its client: of what a client adds, cookies, redirects and `.netrc` are
unwanted here, and it costs a third of a small request. Every thread has a connection of its own, so threads
never wait for each other to look through a shared pool.
"""

from __future__ import annotations

import platform
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from . import __version__
from .settings import Settings, is_loopback

CONNECT_TIMEOUT_S = 10.0
IS_FIRST = "ecore_export.is_first"
"""The extension that marks the first answer on a thread's connection: opening it took a part of its time."""


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
"""An API in this process, such as the sandbox: (method, path, query, headers) -> answer."""


class Connections:
    """Authenticated GETs below one base URL. Safe to use from several threads.

    ``handler`` replaces the network by an API in this process. Raises OSError, ValueError,
    ImportError or `httpx.InvalidURL` for what cannot be used of the URL, or of certificates and proxies in
    the environment.
    """

    def __init__(self, settings: Settings, handler: Handler | None) -> None:
        self._base_url = settings.base_url
        self._token = settings.token
        timeout = httpx.Timeout(settings.timeout_s, connect=min(CONNECT_TIMEOUT_S, settings.timeout_s))
        self._extensions = {"timeout": timeout.as_dict()}
        self._own = threading.local()
        self._lock = threading.Lock()
        self._opened: list[httpx.BaseTransport] = []
        self._open = _opener(settings.base_url) if handler is None else lambda: _in_process(handler)
        self._new()

    @contextmanager
    def get(self, path: str, params: Mapping[str, str | int]) -> Iterator[httpx.Response]:
        """The answer to ``GET path``, whatever its status. Raises `httpx.TransportError`."""
        query = f"?{urlencode(params)}" if params else ""
        request = httpx.Request(
            "GET", f"{self._base_url}{path}{query}", headers=self._headers(), extensions=self._extensions
        )
        transport = getattr(self._own, "transport", None)
        response = (transport or self._new()).handle_request(request)
        response.extensions[IS_FIRST] = transport is None
        response.request = request
        try:
            yield response
        finally:
            response.close()

    def close(self) -> None:
        """Give the connections of all threads back."""
        with self._lock:
            opened, self._opened = self._opened, []
        for transport in opened:
            transport.close()

    def _headers(self) -> dict[str, str]:
        # Built for each request: no object that lives longer holds the token in plain sight.
        return {
            "Authorization": f"Token {self._token.reveal()}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": _USER_AGENT,
        }

    def _new(self) -> httpx.BaseTransport:
        transport = self._own.transport = self._open()
        with self._lock:
            self._opened.append(transport)
        return transport


_USER_AGENT = f"ecore-export/{__version__} python/{platform.python_version()}"


def _opener(base_url: str) -> Callable[[], httpx.BaseTransport]:
    """Opens connections to one host, by the proxy that the environment names for it, if any.

    On loopback nothing in the environment counts: a proxy there would be handed the token, too.
    """
    host = httpx.URL(base_url).host
    proxy = None if is_loopback(host) else _proxy(urlsplit(base_url).scheme, host)
    context = httpx.create_ssl_context(trust_env=not is_loopback(host))
    limits = httpx.Limits(max_connections=1)
    return lambda: httpx.HTTPTransport(verify=context, proxy=proxy, limits=limits)


def _proxy(scheme: str, host: str) -> str | None:
    """The URL of the proxy that the environment names for that host."""
    if proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _in_process(handler: Handler) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        url = request.url
        path = url.raw_path.decode("ascii").partition("?")[0]
        got = handler(request.method, path, url.query.decode("ascii"), request.headers)
        if got.is_broken_off:
            raise httpx.RemoteProtocolError("broken off", request=request)
        return httpx.Response(got.status, headers=dict(got.headers), content=got.body)

    return httpx.MockTransport(answer)
