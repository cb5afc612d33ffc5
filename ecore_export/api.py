"""The wire: one request in, its parsed body out; every failure becomes an error of `errors`.

In: paths and parameters. Out: whatever the caller's ``parse`` makes of the body bytes. Called by `client`
and `sync`. Below it are `api_transport` and `api_curl`. It sends GET and nothing else, never follows a
redirect or a URL that the server chose, and sends the token to the base URL's host alone.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

from .api_curl import NoAnswerError, Response
from .api_transport import Connections, Handler
from .errors import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    DailyCapError,
    MalformedBodyError,
    NetworkError,
    NotFoundError,
    RedirectError,
    RequestBudgetError,
    ServerError,
    SettingsError,
    StoppedError,
)
from .pace import Pace
from .settings import Settings, without_frames

if TYPE_CHECKING:
    import tenacity

T = TypeVar("T")

LONGEST_WAIT_S = 120.0
"""The longest ``Retry-After`` that is waited out; a longer one means that the daily cap is spent."""

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.25, 8.0
REQUEST_BUDGET_S = 150.0
"""No new attempt for a request after this long, whatever the number of attempts left."""


@dataclass(slots=True)
class Traffic:
    """What went over the wire so far. ``requests`` counts every attempt, ``bytes_received`` body bytes."""

    requests: int = 0
    retries: int = 0
    bytes_received: int = 0


class Api:
    """Authenticated GETs with retries. Safe to use from several threads.

    ``handler`` replaces the network by an API in this process. ``max_requests`` is a budget of attempts.
    ``stopping`` ends waits and refuses further requests once it is set.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        handler: Handler | None = None,
        max_requests: int | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self._settings = settings
        self._max_requests = max_requests
        self._stopping = stopping or threading.Event()
        self._lock = threading.Lock()
        self._pace = Pace(settings.workers)
        self.traffic = Traffic()
        self._host = urlsplit(settings.base_url).hostname or ""
        try:
            self._connections = Connections(settings, handler, self._stopping)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"no HTTP client can be set up ({type(error).__name__}): check ECORE_BASE_URL and, in the "
                "environment, SSL_CERT_FILE, HTTPS_PROXY, ALL_PROXY and NO_PROXY"
            ) from without_frames(error)

    def get(self, path: str, params: Mapping[str, str | int], parse: Callable[[bytes], T]) -> T:
        """The parsed body of ``GET path``, tried again while that can help.

        ``parse`` raises `MalformedBodyError` for bytes that are not JSON, which is retried like a server
        fault. Raises an `ApiError` when the answer is final or the attempts are spent, `StoppedError` when
        asked to stop.
        """
        call = _Call(path, params, parse)
        try:
            return self._attempt(call)
        except _TRANSIENT as error:
            failed = error
        return self._again(call, failed)

    def keeping_turn(self, path: str) -> AbstractContextManager[None]:
        """Several requests like ``GET path``, one after the other, in this thread."""
        return self._pace.keeping(_kind(path), self._stopping.is_set)

    def close(self) -> None:
        """Give back the connections."""
        self._connections.close()

    def _again(self, call: _Call[T], failed: ApiError) -> T:
        """What further attempts give. Apart from the first, as most requests, and runs, need none of this."""
        import tenacity

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_TRANSIENT),
            wait=_wait_s,
            stop=tenacity.stop_after_attempt(self._settings.attempts)
            | tenacity.stop_before_delay(REQUEST_BUDGET_S),
            sleep=self._sleep,
            before_sleep=self._count_retry,
            reraise=True,
        )
        failures = [failed]

        def attempt() -> T:
            if failures:
                raise failures.pop()
            return self._attempt(call)

        body: T = retrying(attempt)
        return body

    def _attempt(self, call: _Call[T]) -> T:
        # Parsing belongs to the turn: more threads than can have one would only fight for the interpreter.
        with self._pace.turn(_kind(call.path), self._stopping.is_set) as turn:
            response = self._exchange(call)
            turn.is_overload = response.status == 429 or response.status >= 500
            if response.status == 429:
                call.rate_limited += 1
                raise _rate_limit(response, call.rate_limited)
            call.rate_limited = 0
            if response.status != 200:
                raise _status_error(response, call.path, self._host)
            return call.parse(response.body)

    def _exchange(self, call: _Call[T]) -> Response:
        """One request and its whole answer."""
        self._count_request()
        try:
            response = self._connections.get(call.path, call.params)
        except NoAnswerError as error:
            call.rate_limited = 0
            self._count_again(error.again)
            if self._stopping.is_set():
                raise StoppedError("stopped on request") from None
            raise self._network_error(error) from without_frames(error)
        self._count_again(response.again)
        with self._lock:
            self.traffic.bytes_received += response.bytes_received
        return response

    def _count_request(self) -> None:
        if self._stopping.is_set():
            raise StoppedError("stopped on request")
        with self._lock:
            if self._max_requests is not None and self.traffic.requests >= self._max_requests:
                raise RequestBudgetError(f"the budget of {self._max_requests} requests is spent")
            self.traffic.requests += 1

    def _count_again(self, times: int) -> None:
        if times:
            with self._lock:
                self.traffic.requests += times
                self.traffic.retries += times

    def _count_retry(self, _state: tenacity.RetryCallState) -> None:
        with self._lock:
            self.traffic.retries += 1

    def _sleep(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise StoppedError("stopped on request")

    def _network_error(self, error: NoAnswerError) -> ApiError:
        if error.is_untrusted:
            return ApiError(f"the TLS certificate of {self._host} is not trusted; check ECORE_BASE_URL")
        return NetworkError(
            f"no answer from {self._host} ({error}); check the network and ECORE_BASE_URL, then run again"
        )


@dataclass(slots=True)
class _Call(Generic[T]):
    """One GET. ``rate_limited``: how many 429 in a row it has met."""

    path: str
    params: Mapping[str, str | int]
    parse: Callable[[bytes], T]
    rate_limited: int = 0


def _kind(path: str) -> str:
    """The path without its numbers: such requests take about the same time."""
    return path.translate(_WITHOUT_DIGITS)


_WITHOUT_DIGITS = str.maketrans("", "", "0123456789")


class _RateLimitedError(DailyCapError):
    """A 429 that may be waited out."""


_TRANSIENT = (ServerError, NetworkError, MalformedBodyError, _RateLimitedError)


def _wait_s(state: tenacity.RetryCallState) -> float:
    """Exponential backoff with jitter in seconds, or what the server asked for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, ApiError) else None
    if asked is not None and asked <= LONGEST_WAIT_S:
        return asked
    ceiling: float = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (state.attempt_number - 1))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


def _rate_limit(response: Response, in_a_row: int) -> ApiError:
    wait = _retry_after_s(response.retry_after, datetime.now(UTC))
    if (wait is None and in_a_row >= 2) or (wait is not None and wait > LONGEST_WAIT_S):
        return DailyCapError(
            "the API's usage cap is spent (429); what was exported stays, run again later",
            status=429,
            retry_after_s=wait,
        )
    return _RateLimitedError(
        "the API keeps answering 429; what was exported stays, run again later",
        status=429,
        retry_after_s=wait,
    )


def _retry_after_s(text: str | None, now: datetime) -> float | None:
    """Seconds to wait, from a Retry-After header in either of its forms (RFC 9110, 10.2.3)."""
    if text is None:
        return None
    try:
        if text.strip().isdecimal():
            return float(text)
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
    except (ValueError, TypeError):
        return None


def _status_error(response: Response, path: str, host: str) -> ApiError:
    status = response.status
    if status in (401, 403):
        return AuthenticationError(
            f"the API refused the token ({status}); check ECORE_API_TOKEN "
            "(eCore dashboard, Settings → API Tokens)",
            status=status,
        )
    if status == 404:
        return NotFoundError(
            f"{path} does not exist at {host}, or belongs to another user (404)",
            status=status,
        )
    if 300 <= status < 400:
        return RedirectError(
            f"{host} answered with a redirect ({status}), which is not followed; check ECORE_BASE_URL",
            status=status,
        )
    if status >= 500 or status == 408:
        wait = _retry_after_s(response.retry_after, datetime.now(UTC))
        return ServerError(
            f"{host} answers with a server fault ({status}); run again later",
            status=status,
            retry_after_s=wait,
        )
    if status < 300:
        return MalformedBodyError(f"{host} answered {status} without a body to read", status=status)
    return BadRequestError(f"{host} refused the request for {path} ({status})", status=status)
