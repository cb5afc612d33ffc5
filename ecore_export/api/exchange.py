"""One request over an `httpx.Client`, and its whole answer; within limits that httpx does not set.

In: a path below the base URL, a query and headers. Out: an `Answer`, whatever its status. The client may be
our own or the caller's; of the latter, everything counts that says how to get there.
"""

from __future__ import annotations

import threading
import time
import zlib
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlencode
from weakref import WeakKeyDictionary

import httpx

from ..arguments import kind_of
from ..errors import PayloadError, SettingsError, StoppedError
from ..settings import Settings, without_frames
from .clients import Places, Watch, base_url, new_client, timeouts
from .failures import Answer, NoAnswerError, no_answer

REQUEST_LIMIT_S = 300.0
"""The longest that one request may take, however steadily its answer drips."""
NO_CONNECTION_S = 0.02
"""How long a request waits that found no connection, as others than we may have them all."""
ERROR_BYTES = 64 * 1024
"""So much is read of the body of an answer that is no 200."""
TELLING_BYTES = 1024
"""So much of a body's beginning tells it from others: a job's id, or a page's first record, is there."""
LEAST_TELLING_BYTES = 200
"""A shorter body holds no record and no job: such ones may well be the same."""
_MIB = 1024 * 1024


class Exchange:
    """GETs below one base URL. Safe to use from several threads.

    ``http_client``: the caller's, which is neither changed nor closed; None: our own. Once ``stopping`` is
    set, no answer is read to its end. Raises `SettingsError` for what is no client, and for what cannot be
    used of URL or environment.
    """

    def __init__(
        self, settings: Settings, http_client: httpx.Client | None, stopping: threading.Event
    ) -> None:
        if http_client is not None and not isinstance(http_client, httpx.Client):
            raise SettingsError(f"http_client is an httpx.Client, not {kind_of(http_client)}")
        self._base_url = str(base_url(settings))
        self._timeout = timeouts(settings.timeout_s)
        self._stopping = stopping
        self._watch = Watch(stopping) if http_client is None else None
        self._client = new_client(settings) if http_client is None else http_client
        self._places = Places(stopping)
        self._is_closed = False
        self._lock = threading.Lock()
        self._last: WeakKeyDictionary[Any, tuple[str, bytes]] = WeakKeyDictionary()

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        headers: Callable[[], Mapping[str, str]],
        most_bytes: int,
    ) -> Answer:
        """The answer to ``GET path``, whatever its status.

        ``headers``: gives them; no frame that a failure shows holds them. Raises `NoAnswerError`,
        `PayloadError` for a body of more than ``most_bytes``, `StoppedError` if it was about to be sent
        when asked to stop.
        """
        if self._is_closed:
            raise RuntimeError("this client is closed: make a new one")
        query = urlencode(params)
        url = f"{self._base_url}{path}?{query}" if query else f"{self._base_url}{path}"
        while True:
            self._places.take()
            found_none = False
            try:
                return self._asked(url, headers, most_bytes)
            except httpx.PoolTimeout:
                found_none = True
            finally:
                self._places.give_back(found_none=found_none)
            if self._stopping.wait(NO_CONNECTION_S):
                raise StoppedError("stopped on request")

    def _asked(self, url: str, headers: Callable[[], Mapping[str, str]], most_bytes: int) -> Answer:
        tracing = _Tracing(self._stopping, self._watch)
        try:
            response = self._send(url, headers, tracing)
        except httpx.HTTPStatusError as error:  # a hook of the caller's client calls raise_for_status
            response = error.response
        except httpx.PoolTimeout as error:
            raise without_frames(error) from None
        except httpx.RequestError as error:
            raise no_answer(error, tracing.deadline) from without_frames(error)
        except _NotSent as error:
            raise StoppedError("stopped on request") from without_frames(error)
        except UnicodeError as error:  # the API's own host was looked at before
            raise SettingsError(
                "invalid host in the URL of the proxy: check HTTPS_PROXY and ALL_PROXY"
            ) from without_frames(error)
        try:
            return self._read(response, url, most_bytes, tracing.deadline)
        except httpx.RequestError as error:
            raise no_answer(error, tracing.deadline) from without_frames(error)
        finally:
            response.close()

    def close(self) -> None:
        """Close our own client, at once: who still waits for an answer gets none."""
        self._is_closed = True
        if self._watch is not None:
            self._watch.close()
            self._client.close()

    def _send(self, url: str, headers: Callable[[], Mapping[str, str]], tracing: _Tracing) -> httpx.Response:
        # Built by hand: `client.get`, which merges what is not there and reads the body in steps of its
        # own, costs a third more (620 against 480 µs for 10 kB); a client a thread gains nothing beside
        # one. And the caller's `base_url`, `params`, `auth` and `follow_redirects` have no say in where the
        # token goes.
        client = self._client
        request = httpx.Request(
            "GET",
            url,
            headers=_merged(client.headers, headers()) if self._watch is None else headers(),
            cookies=client.cookies if self._watch is None else None,
            extensions={"timeout": self._timeout, "trace": tracing},
        )
        if self._watch is None:
            return client.send(request, stream=True, auth=None, follow_redirects=False)
        self._watch.expect(tracing.deadline)
        try:
            return client.send(request, stream=True, auth=None, follow_redirects=False)
        finally:
            self._watch.came()

    def _read(self, response: httpx.Response, url: str, most_bytes: int, deadline: float) -> Answer:
        status = response.status_code
        if response.is_closed and not response.is_stream_consumed:
            body = b""
        elif response.is_stream_consumed:  # it came all at once, or a hook has read it
            body = response.content
            if status == 200 and len(body) > most_bytes:
                raise _too_large(most_bytes)
            if status == 200 and "network_stream" in response.extensions:
                self._refuse_repeated(response, url, body)
        else:
            most = most_bytes if status == 200 else ERROR_BYTES
            body = self._body(response, url, most, deadline)
        retry_after = response.headers.get_list("retry-after")  # a proxy may have added one
        return Answer(status, body, retry_after[-1] if retry_after else None, response.num_bytes_downloaded)

    def _body(self, response: httpx.Response, url: str, most_bytes: int, deadline: float) -> bytes:
        is_ok = response.status_code == 200
        inflate = _Inflate(response.headers.get("content-encoding", ""))
        beginning: bytes | None = b"" if is_ok and "network_stream" in response.extensions else None
        chunks, size = list[bytes](), 0
        for chunk in response.iter_raw():
            if self._stopping.is_set():
                raise NoAnswerError("stopped")
            if time.monotonic() > deadline:
                raise NoAnswerError("it took too long")
            if beginning is not None:
                beginning = self._telling(response, url, beginning + chunk)
            for piece in inflate.pieces(chunk, most_bytes + 1 - size):
                chunks.append(piece)
                size += len(piece)
            if size > most_bytes:
                if is_ok:
                    raise _too_large(most_bytes)
                return b"".join(chunks)
        if beginning is not None:
            self._refuse_repeated(response, url, beginning)
        inflate.finish()
        return b"".join(chunks)

    def _telling(self, response: httpx.Response, url: str, beginning: bytes) -> bytes | None:
        """The beginning of a body so far; None once it was long enough to be looked at.

        While the rest is still to be read: nobody else has that connection yet, and it is closed on an error.
        """
        is_whole = response.headers.get("content-length") == str(len(beginning))
        if len(beginning) < TELLING_BYTES and not is_whole:
            return beginning
        self._refuse_repeated(response, url, beginning)
        return None

    def _refuse_repeated(self, response: httpx.Response, url: str, beginning: bytes) -> None:
        """No two requests have the same answer that holds anything: the second is the first one, sent twice.

        httpx takes what came with one answer, or unasked after it, for the next request's.
        """
        seen = beginning[:TELLING_BYTES]
        connection = response.extensions["network_stream"]
        with self._lock:
            last_url, last_seen = self._last.get(connection, ("", b""))
            self._last[connection] = url, seen
        if len(seen) >= LEAST_TELLING_BYTES and seen == last_seen and url != last_url:
            connection.close()  # the next answer on it would be this request's
            raise NoAnswerError("an answer came twice")


class _NotSent(Exception):  # noqa: N818 - no error
    """A request was not sent after all."""


class _Tracing:
    """Is told by httpcore what happens to one request. ``deadline``: of its answer, from when it was sent."""

    __slots__ = ("_stopping", "_watch", "deadline")

    def __init__(self, stopping: threading.Event, watch: Watch | None) -> None:
        self._stopping, self._watch = stopping, watch
        self.deadline = time.monotonic() + REQUEST_LIMIT_S

    def __call__(self, event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started"):  # it may have waited for a connection until now
            if self._stopping.is_set():
                raise _NotSent
            self.deadline = time.monotonic() + REQUEST_LIMIT_S
        elif self._watch is not None:
            self._watch.note(event, info)


class _Inflate:
    """Decompresses a body, in all its members (RFC 1952), never beyond what is asked for."""

    def __init__(self, encoding: str) -> None:
        if encoding.strip().lower() not in ("", "identity", "gzip", "x-gzip"):
            raise NoAnswerError("its body is compressed in a way that nobody asked for")
        is_plain = encoding.strip().lower() in ("", "identity")
        self._inflate = None if is_plain else zlib.decompressobj(zlib.MAX_WBITS | 16)
        self._is_begun = False

    def pieces(self, chunk: bytes, most_bytes: int) -> list[bytes]:
        """What a chunk amounts to, ``most_bytes`` at most: whoever asked for one too many has seen enough."""
        if self._inflate is None:
            return [chunk]
        found = list[bytes]()
        try:
            while chunk and most_bytes > 0:
                if self._inflate.eof:
                    self._inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
                found.append(self._inflate.decompress(chunk, most_bytes))
                most_bytes -= len(found[-1])
                self._is_begun = True
                chunk = self._inflate.unused_data
        except zlib.error:
            raise NoAnswerError("its body cannot be decompressed") from None
        return found

    def finish(self) -> None:
        """Raises `NoAnswerError` if the end is missing."""
        if self._inflate is not None and self._is_begun and not self._inflate.eof:
            raise NoAnswerError("its body cannot be decompressed: the end is missing")


def _merged(callers: httpx.Headers, ours: Mapping[str, str]) -> httpx.Headers:
    """The caller's headers, and ours on top; httpx's own name gives way to ours."""
    merged = httpx.Headers(callers)
    given = merged.get("user-agent", "")
    merged.update(ours)
    if given and not given.startswith("python-httpx/"):
        merged["user-agent"] = given
    return merged


def _too_large(most_bytes: int) -> PayloadError:
    return PayloadError(f"the answer is larger than {most_bytes // _MIB:,} MiB, the limit")
