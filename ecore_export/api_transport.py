"""Connections to one API: a path in, its answer out. Called by `api`.

Built on libcurl (by pycurl): it follows no redirect, keeps no cookie and reads no ``.netrc`` unless told to,
waits outside the GIL, and costs a third of what urllib3 does for a small answer and a sixth of httpx.
"""

from __future__ import annotations

import math
import os
import platform
import ssl
import threading
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import pycurl

from . import __version__
from .settings import Settings, is_loopback

CONNECT_TIMEOUT_S = 10.0
REQUEST_LIMIT_S = 300.0
"""The longest that one request may take, however steadily its answer drips."""
BUFFER_BYTES = 256 * 1024


class NoAnswerError(Exception):
    """No answer, or not the whole of one. ``is_untrusted``: because its certificate is not trusted.

    ``again``: as in `Response`.
    """

    def __init__(self, reason: str, *, is_untrusted: bool = False, again: int = 0) -> None:
        super().__init__(reason)
        self.is_untrusted = is_untrusted
        self.again = again


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


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. ``bytes_received``: of the body, as it was sent.

    ``again``: how often libcurl sent the request once more, as the connection it had kept was none any more.
    """

    status: int
    body: bytes
    retry_after: str | None
    bytes_received: int
    again: int = 0


class Connections:
    """Authenticated GETs below one base URL. Safe to use from several threads: each has its own connection.

    ``handler`` replaces the network by an API in this process. Once ``stopping`` is set, no answer is read to
    its end. Raises OSError or ValueError for certificates that the environment names and that are none.
    """

    def __init__(self, settings: Settings, handler: Handler | None, stopping: threading.Event) -> None:
        self._settings = settings
        self._handler = handler
        self._stopping = stopping
        self._of_thread = threading.local()
        self._handles: list[pycurl.Curl] = []
        self._options = {} if handler else _options(settings)

    def get(self, path: str, params: Mapping[str, str | int]) -> Response:
        """The answer to ``GET path``, whatever its status. Raises `NoAnswerError`."""
        query = urlencode(params)
        if self._handler is not None:
            return self._asked_in_process(self._handler, path, query)
        url = f"{self._settings.base_url}{path}?{query}" if query else f"{self._settings.base_url}{path}"
        handle, headers, chunks = self._handle(), list[bytes](), list[bytes]()
        handle.setopt(pycurl.URL, url)
        self._authorize(handle)
        handle.setopt(pycurl.HEADERFUNCTION, headers.append)
        handle.setopt(pycurl.WRITEFUNCTION, self._taking(chunks))
        try:
            handle.perform()
        except pycurl.error as error:
            raise _no_answer(int(error.args[0]), self._sent_again(handle, len(url))) from None
        return Response(
            int(handle.getinfo(pycurl.RESPONSE_CODE)),
            b"".join(chunks),
            _retry_after(headers),
            int(handle.getinfo(pycurl.SIZE_DOWNLOAD_T)),
            self._sent_again(handle, len(url)),
        )

    def close(self) -> None:
        """Give all connections back; no request may be under way."""
        for handle in self._handles:
            handle.close()

    def _handle(self) -> pycurl.Curl:
        """This thread's handle, which keeps its connection open between requests."""
        handle: pycurl.Curl | None = getattr(self._of_thread, "handle", None)
        if handle is None:
            handle = self._of_thread.handle = pycurl.Curl()
            self._handles.append(handle)
            for option, value in self._options.items():
                handle.setopt(option, value)
        return handle

    def _authorize(self, handle: pycurl.Curl) -> None:
        # For each request, and here: no object that lives longer, and no frame of a failure, shows the token.
        handle.setopt(pycurl.HTTPHEADER, [f"{name}: {value}" for name, value in self._headers().items()])

    def _headers(self) -> dict[str, str]:
        return {
            "Authorization": f"Token {self._settings.token.reveal()}",
            "Accept": "application/json",
            "User-Agent": _USER_AGENT,
        }

    def _sent_again(self, handle: pycurl.Curl, url_bytes: int) -> int:
        """By the bytes sent: requests of a thread differ in their URLs alone, and its first is sent once."""
        sent = int(handle.getinfo(pycurl.REQUEST_SIZE))
        if not sent:
            return 0
        rest: int = self._of_thread.__dict__.setdefault("rest_bytes", sent - url_bytes)
        return max(sent // (rest + url_bytes) - 1, 0)

    def _taking(self, chunks: list[bytes]) -> Callable[[bytes], int | None]:
        def take(chunk: bytes) -> int | None:
            chunks.append(chunk)
            return -1 if self._stopping.is_set() else None

        return take

    def _asked_in_process(self, handler: Handler, path: str, query: str) -> Response:
        whole_path = urlsplit(self._settings.base_url).path + path
        headers = {name.lower(): value for name, value in self._headers().items()}
        got = handler("GET", whole_path, query, headers | {"accept-encoding": _ENCODINGS})
        if got.is_broken_off:
            raise NoAnswerError("the connection broke off")
        headers = {name.lower(): value for name, value in got.headers.items()}
        body = got.body
        if headers.get("content-encoding") in _ENCODINGS.split(", "):
            try:
                body = zlib.decompress(body, wbits=zlib.MAX_WBITS | 32)
            except zlib.error:
                raise _no_answer(pycurl.E_BAD_CONTENT_ENCODING) from None
        return Response(got.status, body, headers.get("retry-after"), len(got.body))


_ENCODINGS = "gzip, deflate"
_PROXY_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
_USER_AGENT = f"ecore-export/{__version__} python/{platform.python_version()}"

_REASONS = {
    pycurl.E_COULDNT_RESOLVE_HOST: "its name cannot be resolved",
    pycurl.E_COULDNT_RESOLVE_PROXY: "the name of the proxy cannot be resolved",
    pycurl.E_COULDNT_CONNECT: "nobody takes the connection",
    pycurl.E_OPERATION_TIMEDOUT: "it took too long",
    pycurl.E_SSL_CONNECT_ERROR: "no TLS connection",
    pycurl.E_BAD_CONTENT_ENCODING: "its body cannot be decompressed",
    **dict.fromkeys((pycurl.E_GOT_NOTHING, pycurl.E_PARTIAL_FILE), "the connection broke off"),
    **dict.fromkeys((pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR), "the connection broke off"),
}
_UNTRUSTED = (pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE)


def _no_answer(code: int, again: int = 0) -> NoAnswerError:
    reason = _REASONS.get(code, f"libcurl error {code}")
    return NoAnswerError(reason, is_untrusted=code in _UNTRUSTED, again=again)


def _retry_after(headers: list[bytes]) -> str | None:
    """What the last header of that name says, in the last answer: a proxy's may come before it."""
    for line in reversed(headers):
        if line.startswith(b"HTTP/"):
            break
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() == b"retry-after":
            return value.strip().decode("latin-1")
    return None


def _options(settings: Settings) -> dict[int, Any]:
    """What all requests have in common (libcurl's documentation, curl_easy_setopt).

    On loopback nothing in the environment counts: a proxy there would be handed the token, too.
    """
    if any(char <= " " for char in settings.base_url):
        raise ValueError("a URL holds no white space")
    url = urlsplit(settings.base_url)
    proxy = None if is_loopback(url.hostname or "") else _proxy(url.scheme, url.hostname or "")
    options: dict[int, Any] = {
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.PATH_AS_IS: 1,
        pycurl.ACCEPT_ENCODING: _ENCODINGS,
        pycurl.PROXY: proxy or "",  # else libcurl looks for one itself
        pycurl.NOPROXY: "",
        pycurl.NOSIGNAL: 1,
        pycurl.BUFFERSIZE: BUFFER_BYTES,
        pycurl.CONNECTTIMEOUT_MS: int(min(CONNECT_TIMEOUT_S, settings.timeout_s) * 1000) or 1,
        pycurl.TIMEOUT_MS: int(REQUEST_LIMIT_S * 1000),
        pycurl.LOW_SPEED_LIMIT: 1,  # byte a second
        pycurl.LOW_SPEED_TIME: min(math.ceil(settings.timeout_s), int(REQUEST_LIMIT_S)),
    }
    if url.scheme == "https":
        options |= _authorities(is_loopback(url.hostname or ""))
    return options


def _authorities(is_loopback: bool) -> dict[int, Any]:
    """Whom to trust: as OpenSSL's variables say, else the authorities that Mozilla trusts."""
    file, folder = (None, None) if is_loopback else map(os.getenv, ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    if not file and not folder:
        return {pycurl.CAINFO: certifi.where()}
    ssl.create_default_context(cafile=file or None, capath=folder or None)  # raises for what is none
    return {
        **({pycurl.CAINFO: file} if file else {}),
        **({pycurl.CAPATH: folder} if folder else {}),
    }


def _proxy(scheme: str, host: str) -> str | None:
    """The URL of the proxy that the environment names for that host; raises ValueError if it is none."""
    proxies = getproxies()
    proxy = None if proxy_bypass(host) else proxies.get(scheme) or proxies.get("all")
    if proxy and "://" in proxy:
        url = urlsplit(proxy)
        if url.scheme not in _PROXY_SCHEMES or url.port == 0:  # to ask for a port that is none raises, too
            raise ValueError("a proxy of an unknown kind")
    return proxy
