"""libcurl, by pycurl: one connection, and what all requests have in common. Called by `api_transport`.

It follows no redirect, keeps no cookie and reads no ``.netrc`` unless told to, waits outside the GIL, and
costs a third of what urllib3 does for a small answer and a sixth of httpx.
"""

from __future__ import annotations

import math
import os
import re
import select
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit
from urllib.request import getproxies, proxy_bypass

import certifi
import pycurl

from .settings import Settings, is_loopback

CONNECT_TIMEOUT_S = 10.0
REQUEST_LIMIT_S = 300.0
"""The longest that one request may take, however steadily its answer drips."""
BUFFER_BYTES = 256 * 1024
ENCODINGS = "gzip, deflate"
TELLING_BYTES = 1024
"""So much of a body's beginning tells it from others: a job's id, or a page's first record, is there."""
LEAST_TELLING_BYTES = 200
"""A shorter body holds no record and no job: such ones may well be the same."""

Options = Mapping[int, Any]
"""Values by option of libcurl; None for one that shall have no value."""


class NoAnswerError(Exception):
    """No answer, or not the whole of one. ``is_untrusted``: because its certificate is not trusted.

    ``again``: as in `Response`.
    """

    def __init__(self, reason: str, *, is_untrusted: bool = False, again: int = 0) -> None:
        super().__init__(reason)
        self.is_untrusted = is_untrusted
        self.again = again


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


class Connection:
    """Keeps its connection open between requests. For one thread at a time.

    Raises ValueError for options that this libcurl refuses.
    """

    def __init__(self, options: Options) -> None:
        self._handle = pycurl.Curl()
        self._rest_bytes: int | None = None
        self._last = "", (0, b"")
        try:
            for option, value in options.items():
                if value is None:
                    self._handle.unsetopt(option)
                else:
                    self._handle.setopt(option, value)
        except pycurl.error:
            raise ValueError("libcurl refuses an option") from None

    def get(self, url: str, headers: Callable[[], list[str]], is_over: Callable[[], bool]) -> Response:
        """The answer to ``GET url``, whatever its status. Raises `NoAnswerError`; close it then.

        ``headers``: gives them; no frame that a failure shows holds them. ``is_over``: whether it has become
        pointless to read on.
        """
        handle, head, chunks = self._handle, list[bytes](), list[bytes]()

        def take(chunk: bytes) -> int | None:
            chunks.append(chunk)
            return -1 if is_over() else None

        handle.setopt(pycurl.URL, url)
        handle.setopt(pycurl.HTTPHEADER, headers())
        handle.setopt(pycurl.HEADERFUNCTION, head.append)
        handle.setopt(pycurl.WRITEFUNCTION, take)
        # Signals reach Python in the main thread, and there only between two of its own steps.
        is_main = threading.current_thread() is threading.main_thread()
        handle.setopt(pycurl.NOPROGRESS, not is_main)
        handle.setopt(pycurl.XFERINFOFUNCTION, lambda *_: is_over())
        try:
            handle.perform()
            body = b"".join(chunks)
        except pycurl.error as error:
            raise self._no_answer(int(error.args[0]), self._sent_again(len(url))) from None
        finally:
            chunks.clear()  # the handle keeps `take`, and so the list
        response = Response(
            int(handle.getinfo(pycurl.RESPONSE_CODE)),
            body,
            _retry_after(head),
            int(handle.getinfo(pycurl.SIZE_DOWNLOAD_T)),
            self._sent_again(len(url)),
        )
        self._refuse_repeated(url, response)
        return response

    def is_quiet(self) -> bool:
        """Whether there is nothing to read on it, not even its end.

        libcurl looks only when a connection has been idle for a second. What nobody asked for would be taken
        for the next answer, that one for the one after it, and so on.
        """
        plug = int(self._handle.getinfo(pycurl.ACTIVESOCKET))
        if plug < 0:
            return True
        if not hasattr(select, "poll"):
            return not select.select([plug], [], [], 0)[0]
        poll = select.poll()
        poll.register(plug, select.POLLIN)
        return not poll.poll(0)

    def close(self) -> None:
        """Close it."""
        self._handle.close()

    def _no_answer(self, code: int, again: int) -> NoAnswerError:
        if (refused := int(self._handle.getinfo(pycurl.HTTP_CONNECTCODE))) >= 300:
            return NoAnswerError(f"the proxy refuses to lead there ({refused})", again=again)
        return no_answer(code, again)

    def _refuse_repeated(self, url: str, response: Response) -> None:
        """No two requests have the same answer that holds anything: the second is the first one, sent twice.

        It may have come with the first, and wait where `is_quiet` cannot see it: decrypted already.
        """
        seen = len(response.body), response.body[:TELLING_BYTES]
        (last_url, last_seen), self._last = self._last, (url, seen)
        is_telling = response.status == 200 and len(response.body) >= LEAST_TELLING_BYTES
        if is_telling and seen == last_seen and url != last_url:
            raise NoAnswerError("an answer came twice", again=response.again)

    def _sent_again(self, url_bytes: int) -> int:
        """By the bytes sent: requests differ in their URLs alone, and the first is sent once."""
        sent = int(self._handle.getinfo(pycurl.REQUEST_SIZE))
        if not sent:
            return 0
        if self._rest_bytes is None:
            self._rest_bytes = sent - url_bytes
        return max(sent // (self._rest_bytes + url_bytes) - 1, 0)


_REASONS = {
    pycurl.E_COULDNT_RESOLVE_HOST: "its name cannot be resolved",
    pycurl.E_COULDNT_RESOLVE_PROXY: "the name of the proxy cannot be resolved",
    pycurl.E_COULDNT_CONNECT: "nobody takes the connection",
    pycurl.E_OPERATION_TIMEDOUT: "it took too long",
    pycurl.E_SSL_CONNECT_ERROR: "no TLS connection",
    **dict.fromkeys((pycurl.E_BAD_CONTENT_ENCODING, pycurl.E_WRITE_ERROR), "its body cannot be decompressed"),
    **dict.fromkeys((pycurl.E_GOT_NOTHING, pycurl.E_PARTIAL_FILE), "the connection broke off"),
    **dict.fromkeys((pycurl.E_SEND_ERROR, pycurl.E_RECV_ERROR), "the connection broke off"),
}
_UNTRUSTED = (pycurl.E_PEER_FAILED_VERIFICATION, pycurl.E_SSL_CACERT_BADFILE)


def no_answer(code: int, again: int = 0) -> NoAnswerError:
    """The error for a code of libcurl (libcurl-errors)."""
    reason = _REASONS.get(code, f"libcurl error {code}")
    return NoAnswerError(reason, is_untrusted=code in _UNTRUSTED, again=again)


def undecodable() -> NoAnswerError:
    """The error for a body that is not what its Content-Encoding says."""
    return no_answer(pycurl.E_BAD_CONTENT_ENCODING)


def _retry_after(head: list[bytes]) -> str | None:
    """What the last header of that name says, in the last answer: a proxy's may come before it."""
    for line in reversed(head):
        if line.startswith(b"HTTP/"):
            break
        name, colon, value = line.partition(b":")
        if colon and name.strip().lower() == b"retry-after":
            return value.strip().decode("latin-1")
    return None


_HOST = re.compile(rb"[0-9A-Za-z._:%-]+")


def ascii_url(base_url: str) -> str:
    """The URL as it goes over the wire. Raises ValueError for one that cannot."""
    if any(char <= " " for char in base_url):
        raise ValueError("a URL holds no white space")
    url = urlsplit(base_url)
    host = url.hostname or ""
    sent = host.encode("idna")
    if not _HOST.fullmatch(sent) or sent.decode("idna") != host:
        raise ValueError("the host is none, or its name would be taken for another one")
    place = url.netloc
    if not host.isascii():
        place = sent.decode() + ("" if url.port is None else f":{url.port}")
    return SplitResult(url.scheme, place, quote(url.path, safe="/%:@!$&'()*+,;=~"), "", "").geturl()


def options(settings: Settings) -> Options:
    """What all requests have in common (libcurl's documentation, curl_easy_setopt).

    On loopback nothing in the environment counts: a proxy there would be handed the token, too. Raises
    OSError or ValueError for what the environment names and cannot be used.
    """
    url = urlsplit(settings.base_url)
    host = url.hostname or ""
    proxy = None if is_loopback(host) else _proxy(url.scheme, host)
    return {
        pycurl.PROTOCOLS: pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS,
        pycurl.HTTP_VERSION: pycurl.CURL_HTTP_VERSION_1_1,
        pycurl.SSLVERSION: pycurl.SSLVERSION_TLSv1_2,
        pycurl.PATH_AS_IS: 1,
        pycurl.ACCEPT_ENCODING: ENCODINGS,
        pycurl.PROXY: (proxy or "").encode(),  # else libcurl looks for one itself
        pycurl.NOPROXY: "",
        pycurl.NOSIGNAL: 1,
        pycurl.BUFFERSIZE: BUFFER_BYTES,
        pycurl.CONNECTTIMEOUT_MS: int(min(CONNECT_TIMEOUT_S, settings.timeout_s) * 1000) or 1,
        pycurl.TIMEOUT_MS: int(REQUEST_LIMIT_S * 1000),
        pycurl.LOW_SPEED_LIMIT: 1,  # byte a second
        pycurl.LOW_SPEED_TIME: min(math.ceil(settings.timeout_s), int(REQUEST_LIMIT_S) or 1),
        **(_authorities(is_loopback(host)) if url.scheme == "https" else {}),
    }


def _authorities(is_loopback: bool) -> dict[int, bytes | None]:
    """Whom to trust: as OpenSSL's variables say, else the authorities that Mozilla trusts."""
    file, folder = (None, None) if is_loopback else map(os.getenv, ("SSL_CERT_FILE", "SSL_CERT_DIR"))
    if file or folder:
        ssl.create_default_context(cafile=file or None, capath=folder or None)  # raises for what is none
    else:
        file = certifi.where()
    files, folders = (os.fsencode(place) if place else None for place in (file, folder))
    return {
        **dict.fromkeys((pycurl.CAINFO, pycurl.PROXY_CAINFO), files),
        **dict.fromkeys((pycurl.CAPATH, pycurl.PROXY_CAPATH), folders),
    }


_PROXY_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")


def _proxy(scheme: str, host: str) -> str | None:
    """The URL of the proxy that the environment names for that host; raises ValueError if it is none."""
    proxies = getproxies()
    proxy = None if proxy_bypass(host) else proxies.get(scheme) or proxies.get("all")
    if not proxy:
        return None
    try:
        url = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        is_one = url.scheme in _PROXY_SCHEMES and url.port != 0
    except ValueError:  # which may quote a part of a password
        is_one = False
    if not is_one:
        raise ValueError("the proxy is none that libcurl speaks to")
    return proxy
