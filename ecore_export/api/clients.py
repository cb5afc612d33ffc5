"""The HTTP client of our own, and a way to stop it at once.

In: settings. Out: an `httpx.Client` without cookies or ``.netrc``, TLS 1.2 at least, HTTP/1.1. The
environment's proxies and certificates count, except on loopback: a proxy there would be handed the token,
too.
"""

from __future__ import annotations

import os
import re
import socket
import ssl
import threading
import time
import weakref
from contextlib import suppress
from functools import cache
from http.cookiejar import CookieJar
from typing import Any

import httpx

from ..errors import SettingsError
from ..settings import Settings, is_loopback, without_frames

CONNECT_TIMEOUT_S = 10.0
KEPT_S = 30.0
"""How long an idle connection is kept: other jobs are published meanwhile."""
LOOK_S = 0.25
"""How soon a request notices that it is to stop."""

_HOST = re.compile(rb"[\w-]{1,63}(\.[\w-]{1,63})*\.?|[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*")


class _NoCookies(CookieJar):
    def extract_cookies(self, response: object, request: object) -> None:
        """Keep none."""


def new_client(settings: Settings) -> httpx.Client:
    """A client for that API. Raises `SettingsError` for what the environment names and cannot be used."""
    trusts_env = not is_loopback(base_url(settings).host)
    try:
        return httpx.Client(
            verify=_trusted(trusts_env, os.getenv("SSL_CERT_FILE"), os.getenv("SSL_CERT_DIR")),
            trust_env=trusts_env,
            cookies=_NoCookies(),
            # As many as threads ask: see `timeouts`.
            limits=httpx.Limits(max_connections=None, keepalive_expiry=KEPT_S),
        )
    except OSError as error:
        raise SettingsError(
            f"the certificates cannot be read ({type(error).__name__}): check SSL_CERT_FILE and SSL_CERT_DIR"
        ) from without_frames(error)
    except ImportError as error:
        raise SettingsError("for a SOCKS proxy, install httpx[socks]") from without_frames(error)
    except (ValueError, httpx.InvalidURL) as error:
        raise SettingsError(
            "unsupported proxy URL: check HTTPS_PROXY, ALL_PROXY and NO_PROXY"
        ) from without_frames(error)


def base_url(settings: Settings) -> httpx.URL:
    """The base URL as it goes over the wire. Raises `SettingsError` for one that cannot."""
    try:
        url = httpx.URL(settings.base_url)
    except httpx.InvalidURL:
        url = httpx.URL("")
    if not _HOST.fullmatch(url.raw_host):
        raise SettingsError("ECORE_BASE_URL has an invalid host; check how it is written")
    return url


def timeouts(timeout_s: float) -> dict[str, float | None]:
    """Time limits of one request, which never waits for a connection: `Places` does.

    httpcore 1.0 may close a connection that it hands to one who waits: it looks whether something came over
    it, which is its end while it is idle, and the answer once it is not.
    """
    connect_s = min(CONNECT_TIMEOUT_S, timeout_s)
    return httpx.Timeout(timeout_s, connect=connect_s, pool=0).as_dict()


@cache
def _trusted(trusts_env: bool, _file: str | None, _folder: str | None) -> ssl.SSLContext:
    """Whom to trust, as httpx has it; made once, as that takes 20 ms."""
    context = httpx.create_ssl_context(trust_env=trusts_env)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


class Places:
    """How many requests a caller's client has connections for: all, until one found none.

    No public name tells a client's ``max_connections``; `httpx.PoolTimeout` does.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._most: int | None = None
        self._taken = 0
        self._changed = threading.Condition()

    def take(self) -> None:
        """Wait for a place and have it; once stopping, without waiting."""
        with self._changed:
            while self._most is not None and self._taken >= self._most and not self._stopping.is_set():
                self._changed.wait(LOOK_S)
            self._taken += 1

    def give_back(self, *, found_none: bool = False) -> None:
        """Give the place back. ``found_none``: there was no connection for it, so there are fewer places."""
        with self._changed:
            self._taken -= 1
            if found_none:
                self._most = max(min(self._taken, self._most or self._taken), 1)
            self._changed.notify()


class Watch:
    """Ends requests of our own client that would go on waiting: when asked to stop, or after too long.

    Closing a client does not wake a thread that reads; shutting down its socket does. Which sockets there are
    shows by httpx's extension ``trace``; whose request waits on which does not, so all are shut down.
    """

    def __init__(self, stopping: threading.Event) -> None:
        self._stopping = stopping
        self._sockets: weakref.WeakSet[socket.socket] = weakref.WeakSet()
        self._deadlines: dict[int, float] = {}
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def note(self, event: str, info: dict[str, Any]) -> None:
        """Take in an event of ``trace``: a connection was made."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            plug = info["return_value"].get_extra_info("socket")
            if isinstance(plug, socket.socket):
                with self._lock:
                    self._sockets.add(plug)

    def expect(self, deadline: float) -> None:
        """This thread waits for the head of an answer, until ``deadline`` (`time.monotonic`) at most."""
        self._deadlines[threading.get_ident()] = deadline
        if self._thread is None:
            with self._lock:
                if self._thread is None:
                    self._thread = threading.Thread(target=_watch, args=(weakref.ref(self), self._over))
                    self._thread.daemon = True
                    weakref.finalize(self, self._over.set)
                    self._thread.start()

    def came(self) -> None:
        """This thread has what it waited for."""
        self._deadlines.pop(threading.get_ident(), None)

    def look(self) -> None:
        """Shut everything down if it is time to."""
        now = time.monotonic()
        if self._stopping.is_set() or any(now > deadline for deadline in tuple(self._deadlines.values())):
            self.shut()

    def shut(self) -> None:
        """Wake all who read."""
        with self._lock:
            for plug in tuple(self._sockets):
                with suppress(OSError):
                    socket.socket.shutdown(
                        plug, socket.SHUT_RDWR
                    )  # the plain one: TLS would be torn down here

    def close(self) -> None:
        """Wake all who read, for good."""
        self._over.set()
        self.shut()


def _watch(watch: weakref.ref[Watch], over: threading.Event) -> None:
    while not over.wait(LOOK_S):
        if (looking := watch()) is None:
            return
        looking.look()
        del looking
