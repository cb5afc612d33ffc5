"""Authenticated GETs: one request in, its parsed body out; every failure becomes an error of `errors`.

In: paths and parameters. Out: whatever the caller's ``parse`` makes of the body bytes. It sends GET and
nothing else, never follows a redirect or a URL that the server chose, and sends the token to the base URL's
host alone.
"""

from __future__ import annotations

import math
import platform
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar
from urllib.parse import urlsplit

from .. import __version__, telemetry
from ..errors import (
    ApiError,
    DailyCapError,
    MalformedBodyError,
    NetworkError,
    RequestBudgetError,
    ServerError,
    StoppedError,
    TimeBudgetError,
)
from ..settings import Settings, without_frames
from .exchange import Exchange
from .failures import Answer, NoAnswerError, retry_after_s, status_error
from .pause import LONGEST_WAIT_S, Pause

if TYPE_CHECKING:
    import httpx
    import tenacity

T = TypeVar("T")

FIRST_BACKOFF_S, LONGEST_BACKOFF_S = 0.25, 8.0
REQUEST_BUDGET_S = 150.0
"""No new attempt for a request after this long, whatever the number of attempts left."""
PAGE_BYTES = 256 * 1024 * 1024
"""The greatest body, decompressed, unless a caller says otherwise: a page of 1,000 records takes 0.2 MB."""
_USER_AGENT = f"ecore-export/{__version__} python/{platform.python_version()}"


@dataclass(slots=True)
class Traffic:
    """What went over the wire so far. ``requests`` counts every attempt, ``bytes_received`` body bytes."""

    requests: int = 0
    retries: int = 0
    bytes_received: int = 0


class Api:
    """Authenticated GETs with retries. Safe to use from several threads.

    ``http_client``: the caller's, which is neither changed nor closed; None: one of our own. ``max_requests``
    is a budget of attempts; after ``max_minutes`` no request begins, and no wait goes on. ``stopping`` ends
    waits and refuses further requests once it is set.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        http_client: httpx.Client | None = None,
        max_requests: int | None = None,
        max_minutes: float | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self._settings = settings
        self._max_requests = max_requests
        self._max_minutes = max_minutes
        self._ends = math.inf if max_minutes is None else self._clock() + 60 * max_minutes
        self._stopping = stopping or threading.Event()
        self._lock = threading.Lock()
        # One thread parses at a time: more only fight for the interpreter, which costs half as much again
        # where answers come without latency (eight workers, 1,000,000 records: 8.9 against 6.0 CPU s).
        self._parsing = threading.Lock()
        self._in_flight = threading.Semaphore(settings.workers)
        self._pause = Pause(self._clock)
        self.traffic = Traffic()
        self._told = telemetry.Requests.here()
        self._host = urlsplit(settings.base_url).hostname or ""
        self._exchange = Exchange(settings, http_client, self._stopping)

    def get(
        self,
        path: str,
        params: Mapping[str, str | int],
        parse: Callable[[bytes], T],
        *,
        most_bytes: int = PAGE_BYTES,
    ) -> T:
        """The parsed body of ``GET path``, tried again while that can help.

        ``parse`` raises `MalformedBodyError` for bytes that are not JSON, which is retried like a server
        fault. Raises an `ApiError` when the answer is final or the attempts are spent, `PayloadError` for a
        body of more than ``most_bytes``, `StoppedError` when asked to stop.
        """
        call = _Call(path, params, parse, most_bytes)
        if self._told is None:
            return self._answered(call)
        with self._told.asking(path):
            return self._answered(call)

    def close(self) -> None:
        """Give back the connections of our own client."""
        self._exchange.close()

    def _answered(self, call: _Call[T]) -> T:
        try:
            return self._attempt(call)
        except _TRANSIENT as error:
            failed = error
        return self._again(call, failed)

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
        with self._in_flight:  # but not while it is parsed: where there is latency, that time is lost
            answer = self._let_through(call)
        if answer.status == 200:
            with self._parsing:
                return call.parse(answer.body)
        error = status_error(answer, call.path, self._host)
        if answer.status == 503:
            self._pause.hold(_bounded(error.retry_after_s))
        raise error

    def _let_through(self, call: _Call[T]) -> Answer:
        """The first answer that is no 429."""
        refused, passed, spent = 0, self._pause.passed, self._pause.spent
        while True:
            asked = self._clock()
            self._wait_for_turn(spent)
            answer = self._ask(call)
            if answer.status != 429:
                self._pause.got_through()
                return answer
            wait_s = retry_after_s(answer.retry_after, datetime.now(UTC))
            # As long as others get through, this one's turn comes, too.
            refused = refused + 1 if passed == self._pause.passed else 1
            passed = self._pause.passed
            is_spent = self._pause.limited(asked, wait_s) or self._pause.spent > spent
            if is_spent or (wait_s is not None and refused >= self._settings.attempts):
                raise _cap_is_spent(wait_s)
            self._count_retry()

    def _wait_for_turn(self, spent: int) -> None:
        left_s = self._pause.turn_s()
        while left_s > 0:  # in steps, as another request may learn meanwhile that it is of no use
            if self._pause.spent > spent:
                raise _cap_is_spent(None)
            self._sleep(min(left_s, 1.0))
            left_s -= 1.0

    def _ask(self, call: _Call[T]) -> Answer:
        """One request and its whole answer."""
        self._count_request()
        try:
            answer = self._exchange.get(call.path, call.params, self._headers, call.most_bytes)
        except NoAnswerError as error:
            if self._stopping.is_set():
                raise StoppedError("stopped on request") from None
            raise self._network_error(error) from without_frames(error)
        with self._lock:
            self.traffic.bytes_received += answer.bytes_received
        return answer

    def _headers(self) -> dict[str, str]:
        # Built for each request: no object that lives longer holds the token in plain sight.
        return {
            "Authorization": f"Token {self._settings.token.reveal()}",
            "Accept": "application/json",
            "Accept-Encoding": "gzip",
            "User-Agent": _USER_AGENT,
        }

    def _count_request(self) -> None:
        if self._stopping.is_set():
            raise StoppedError("stopped on request")
        if self._clock() >= self._ends:
            raise self._time_is_over()
        with self._lock:
            if self._max_requests is not None and self.traffic.requests >= self._max_requests:
                raise RequestBudgetError(f"the budget of {self._max_requests} requests is spent")
            self.traffic.requests += 1
        if self._told is not None:
            self._told.sent()

    def _count_retry(self, _state: tenacity.RetryCallState | None = None) -> None:
        with self._lock:
            self.traffic.retries += 1
        if self._told is not None:
            self._told.sent_again()

    @staticmethod
    def _clock() -> float:
        return time.monotonic()

    def _sleep(self, seconds: float) -> None:
        left_s = max(self._ends - self._clock(), 0.0)
        if self._stopping.wait(min(seconds, left_s)):
            raise StoppedError("stopped on request")
        if seconds > left_s:
            raise self._time_is_over()

    def _time_is_over(self) -> TimeBudgetError:
        return TimeBudgetError(
            f"the {self._max_minutes:g} minutes of this run are over; the next run goes on from here"
        )

    def _network_error(self, error: NoAnswerError) -> ApiError:
        said = f"no answer from {self._host}: {error}"
        if error.advice:
            return ApiError(f"{said}; {error.advice}")
        return NetworkError(f"{said}; check the network and ECORE_BASE_URL, then run again")


@dataclass(frozen=True, slots=True)
class _Call(Generic[T]):
    """One GET."""

    path: str
    params: Mapping[str, str | int]
    parse: Callable[[bytes], T]
    most_bytes: int


_TRANSIENT = (ServerError, NetworkError, MalformedBodyError)


def _wait_s(state: tenacity.RetryCallState) -> float:
    """Exponential backoff with jitter in seconds, or what the server asked for."""
    error = state.outcome.exception() if state.outcome else None
    asked = error.retry_after_s if isinstance(error, ApiError) else None
    if asked is not None and asked <= LONGEST_WAIT_S:
        return asked
    ceiling: float = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (state.attempt_number - 1))
    return ceiling * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret


def _bounded(asked_s: float | None) -> float:
    """How long all requests wait after a 503; that request itself may wait longer."""
    if asked_s is None:
        return FIRST_BACKOFF_S / 2
    return asked_s if asked_s <= LONGEST_WAIT_S else LONGEST_BACKOFF_S


def _cap_is_spent(wait_s: float | None) -> DailyCapError:
    return DailyCapError(
        "the API's usage cap is spent (429); what was exported stays, run again later",
        status=429,
        retry_after_s=wait_s,
    )
