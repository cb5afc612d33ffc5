"""When the next request may go: the pause that all of them share after 429 and 503.

In: how requests ended. Out: seconds to wait, and whether the usage cap is spent. No sleeping, no I/O.

A 429 is the usual answer of a rate limit (nginx's ``limit_req``), and of a spent daily cap alike. The first
lets something through now and then, the second nothing. So after a 429 requests go one after another, further
and further apart, and what gets through brings them closer together again. Only if nothing does for some
seconds, the cap is spent.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

LONGEST_WAIT_S = 120.0
"""The longest ``Retry-After`` that is waited out; a longer one means that the daily cap is spent."""
CAP_AFTER_S = 10.0
"""The cap is spent when nothing got through between two 429 so far apart."""
FIRST_GAP_S, LONGEST_GAP_S = 0.1, 4.0
"""Between the starts of two requests, after one 429 and after many."""
CLOSER, NO_GAP_S = 0.95, 0.01
"""What a success leaves of the gap, and a gap that is none any more."""


class Pause:
    """Shared by all threads. ``clock``: seconds, of any origin."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._next = self._widened = clock()
        self._gap = 0.0
        self._limited_since: float | None = None
        self._is_calm = True
        self.passed = 0
        """How many requests have got through."""
        self.spent = 0
        """How often the cap has turned out to be spent: who waits, waits in vain then."""

    def turn_s(self) -> float:
        """Take the next turn: how long to wait for it, 0 in the usual case."""
        if self._is_calm:
            return 0.0
        with self._lock:
            now = self._clock()
            start = max(now, self._next)
            self._next = start + self._gap
            self._is_calm = not self._gap and start == now
            return start - now

    def got_through(self) -> None:
        """A request was not refused for the number of requests."""
        self.passed += 1
        if self._limited_since is None and not self._gap:
            return
        with self._lock:
            self._limited_since = None
            self._gap *= CLOSER
            if self._gap < NO_GAP_S:
                self._gap = 0.0

    def hold(self, seconds: float) -> None:
        """Nobody goes for so long: the server has said so, or has too much to do."""
        with self._lock:
            self._next = max(self._next, self._clock() + seconds)
            self._is_calm = False

    def limited(self, asked: float, retry_after_s: float | None) -> bool:
        """Take in a 429 to a request that asked for its turn at ``asked``: whether the cap is spent."""
        with self._lock:
            now = self._clock()
            if self._is_cap(now, retry_after_s):
                self._limited_since = None
                self.spent += 1
                return True
            if asked >= self._widened:  # else it was on its way already when another one was refused
                self._gap = min(max(2 * self._gap, FIRST_GAP_S), LONGEST_GAP_S)
                self._widened = now
            self._next = max(self._next, now + (self._gap if retry_after_s is None else retry_after_s))
            self._is_calm = False
            return False

    def _is_cap(self, now: float, retry_after_s: float | None) -> bool:
        if retry_after_s is not None:
            return retry_after_s > LONGEST_WAIT_S
        if self._limited_since is None:
            self._limited_since = now
            return False
        return now - self._limited_since >= CAP_AFTER_S
