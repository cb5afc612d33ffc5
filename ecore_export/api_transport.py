"""Connections to one API: a path in, an answer whose body is still to be read out. Called by `api`.

Built on urllib3, which follows no redirect, keeps no cookie and reads nothing of the environment unless told
to, and costs half of what httpx does for a small answer and a third for a large one.
"""

from __future__ import annotations

import os
import platform
import ssl
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol
from urllib.parse import unquote, urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import urllib3
from urllib3.exceptions import HTTPError, ProtocolError
from urllib3.util import Timeout, make_headers, parse_url

from . import __version__
from .settings import Settings, is_loopback

CONNECT_TIMEOUT_S = 10.0
CHUNK_BYTES = 256 * 1024
"""What is read of a body at most before somebody looks whether that takes too long."""
NETWORK_ERRORS = (HTTPError, TimeoutError)
"""What a request raises when it has no answer, or not the whole of one."""
_ONCE = urllib3.Retry(False, redirect=False)


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


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. ``headers``: their names in any case; ``chunks``: the body, as it comes."""

    status: int
    headers: Mapping[str, str]
    chunks: Iterator[bytes]
    bytes_received: Callable[[], int]
    """Of the body so far, as it was sent."""


_Get = Callable[[str, str, Mapping[str, str]], AbstractContextManager[Response]]
"""(path, query, headers) -> the answer, as long as it is open."""


class Connections:
    """Authenticated GETs below one base URL. Safe to use from several threads.

    ``handler`` replaces the network by an API in this process. Raises OSError, ValueError, ImportError or one
    of `NETWORK_ERRORS` for what cannot be used of the URL, or of certificates and proxies in the environment.
    """

    def __init__(self, settings: Settings, handler: Handler | None) -> None:
        self._path = urlsplit(settings.base_url).path
        self._token = settings.token
        self._closing = ExitStack()
        if handler is None:
            pool = _pool(settings)
            self._closing.callback(pool.close)
            self._get = _over(pool)
        else:
            self._get = _in_process(handler)

    @contextmanager
    def get(self, path: str, params: Mapping[str, str | int]) -> Iterator[Response]:
        """The answer to ``GET path``, whatever its status. Raises `NETWORK_ERRORS`, then and while read."""
        with self._get(f"{self._path}{path}", urlencode(params), self._headers()) as response:
            yield response

    def close(self) -> None:
        """Give all connections back."""
        self._closing.close()

    def _headers(self) -> dict[str, str]:
        # Built for each request: no object that lives longer holds the token in plain sight.
        return {
            "Authorization": f"Token {self._token.reveal()}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": _USER_AGENT,
        }


_USER_AGENT = f"ecore-export/{__version__} python/{platform.python_version()}"


def _pool(settings: Settings) -> urllib3.HTTPConnectionPool:
    """Connections to one host, by the proxy that the environment names for it, if any.

    On loopback nothing in the environment counts: a proxy there would be handed the token, too.
    """
    url = parse_url(settings.base_url)
    host = url.host or ""
    proxy = None if is_loopback(host) else _proxy(url.scheme or "", host)
    timeout = Timeout(connect=min(CONNECT_TIMEOUT_S, settings.timeout_s), read=settings.timeout_s)
    options: dict[str, Any] = {"timeout": timeout, "retries": _ONCE}
    options["maxsize"] = 2 * settings.workers  # a list may be read beside records
    if url.scheme == "https":
        options["ssl_context"] = _certificates(is_loopback(host))
    manager = urllib3.PoolManager(**options) if proxy is None else _through(proxy, **options)
    return manager.connection_from_host(host, url.port, url.scheme)


def _certificates(is_loopback: bool) -> ssl.SSLContext:
    """Whom to trust: as OpenSSL's variables say, else the authorities that Mozilla trusts."""
    named = {} if is_loopback else {"cafile": os.getenv("SSL_CERT_FILE"), "capath": os.getenv("SSL_CERT_DIR")}
    return ssl.create_default_context(**named if any(named.values()) else {"cafile": certifi.where()})


def _through(proxy: str, **options: Any) -> urllib3.PoolManager:
    """Raises ImportError for a SOCKS proxy where PySocks is not installed."""
    url = parse_url(proxy)
    if not (url.scheme or "").startswith("socks"):
        headers = make_headers(proxy_basic_auth=unquote(url.auth)) if url.auth else None
        return urllib3.ProxyManager(proxy, proxy_headers=headers, **options)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns before it raises
        from urllib3.contrib.socks import SOCKSProxyManager
    return SOCKSProxyManager(proxy, **options)


def _proxy(scheme: str, host: str) -> str | None:
    """The URL of the proxy that the environment names for that host."""
    if proxy_bypass(host):
        return None
    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return proxy if proxy is None or "://" in proxy else f"http://{proxy}"


def _over(pool: urllib3.HTTPConnectionPool) -> _Get:
    @contextmanager
    def get(path: str, query: str, headers: Mapping[str, str]) -> Iterator[Response]:
        target = f"{path}?{query}" if query else path
        received = pool.urlopen("GET", target, headers=headers, redirect=False, preload_content=False)
        try:
            yield _response(received)
        finally:
            if received.closed:
                received.release_conn()
            else:
                received.close()  # what is left of the body would come before the next answer

    return get


def _in_process(handler: Handler) -> _Get:
    @contextmanager
    def get(path: str, query: str, headers: Mapping[str, str]) -> Iterator[Response]:
        got = handler("GET", path, query, urllib3.HTTPHeaderDict(headers))
        if got.is_broken_off:
            raise ProtocolError("broken off")
        yield _response(
            urllib3.HTTPResponse(BytesIO(got.body), got.headers, got.status, preload_content=False)
        )

    return get


def _response(received: urllib3.BaseHTTPResponse) -> Response:
    return Response(received.status, received.headers, _chunks(received), received.tell)


def _chunks(received: urllib3.BaseHTTPResponse) -> Iterator[bytes]:
    while chunk := received.read1(CHUNK_BYTES, decode_content=True):
        yield chunk
