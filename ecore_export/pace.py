"""How many requests may be under way at once: as many as bring more per second, and no more.

In: when each request began and how it ended. Out: turns, waited for. Called by `api`.

It begins with few and doubles while that brings at least half of what it could. More requests at once that
only wait longer, behind a busy server or a busy machine, are taken back, and tried again much later. 429,
server faults and broken connections take half away. So a server under load gets relief from every client
that behaves like this one, and a quick one costs few threads.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

FEW = 2
WORTH = 0.5
"""The share of the ideal gain that more requests at once must bring to stay."""
HOLD = 200
"""After growth was taken back, so many requests pass before it is tried again."""
SLOWED = 2.0
"""Answers that take so many times as long as when the limit was found good are a sign of load."""
_RECENT = 0.3
"""What a new time counts for in the mean of the last few."""
_FEWEST_TIMES = 4
_LOOK_S = 0.2
_TINY_S = 1e-9


@dataclass(slots=True)
class Turn:
    """One request's turn. ``is_overload``: whether it ended as on a server that has too much to do.

    ``is_usual``: whether its time tells anything; that of a new connection does not.
    """

    is_overload: bool = True
    is_usual: bool = True


@dataclass(slots=True)
class _Lane:
    """Requests of one kind, which take about the same time.

    ``queue``: those who wait, the first one first. ``times`` and ``mean_s``: of requests that began as the
    last one the limit allows, since it changed. ``before``: the limit and its mean time from which it grew,
    until growth has proved its worth. ``good_s``: the mean time when the limit was found good. ``held``: how
    many must end before it may grow.
    """

    limit: int
    under_way: int = 0
    queue: deque[threading.Event] = field(default_factory=deque)
    times: int = 0
    mean_s: float = 0.0
    before: tuple[int, float] | None = None
    good_s: float | None = None
    held: int = 0
    is_first_growth: bool = True

    def take(self) -> bool:
        """Take a turn now, if nobody waits for one."""
        is_free = not self.queue and self.under_way < self.limit
        self.under_way += is_free
        return is_free

    def admit(self) -> None:
        """Give turns to those who have waited longest: what comes first is also wanted first."""
        while self.queue and self.under_way < self.limit:
            self.under_way += 1
            self.queue.popleft().set()

    def change(self, limit: int, *, hold: int = 0, before: tuple[int, float] | None = None) -> None:
        """A new limit, whose times are yet to be learnt."""
        self.limit, self.held, self.before = limit, hold, before
        self.times, self.mean_s, self.good_s = 0, 0.0, None

    def learn(self, seconds: float) -> None:
        """The time of a request at the limit."""
        self.times += 1
        self.mean_s += max(_RECENT, 1 / self.times) * (seconds - self.mean_s)

    def has_gained(self) -> bool:
        """Whether growing has brought its worth in requests per second."""
        if self.before is None:
            return True
        fewer, fewer_s = self.before
        ideal = self.limit / fewer
        gain = ideal * max(fewer_s, _TINY_S) / max(self.mean_s, _TINY_S)
        return gain >= 1 + WORTH * (ideal - 1)


class Pace:
    """A limit on requests under way, between 1 and ``most`` for each kind, that follows what it brings."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()

    def limit(self, kind: str) -> int:
        """How many of that kind may be under way now."""
        return self._lane(kind).limit

    @contextmanager
    def turn(self, kind: str, is_over: Callable[[], bool]) -> Iterator[Turn]:
        """Wait for a turn and have it. ``kind``: requests that take about the same time.

        ``is_over``: whether waiting has become pointless; the turn is given at once then. It counts as an
        overload unless the caller says otherwise: so does an exception.
        """
        with self._lock:
            lane = self._lane(kind)
            waiting = None if lane.take() else threading.Event()
            if waiting is not None:
                lane.queue.append(waiting)
        if waiting is not None:
            self._wait(lane, waiting, is_over)
        at_once = lane.under_way
        began, turn = self._clock(), Turn()
        try:
            yield turn
        finally:
            seconds = self._clock() - began
            with self._lock:
                lane.under_way -= 1
                if turn.is_overload:
                    self._relieve()
                elif turn.is_usual:
                    self._learn(lane, at_once, seconds)
                lane.admit()

    def _wait(self, lane: _Lane, waiting: threading.Event, is_over: Callable[[], bool]) -> None:
        while not waiting.wait(_LOOK_S):
            with self._lock:
                if is_over() and waiting in lane.queue:
                    lane.queue.remove(waiting)
                    lane.under_way += 1
                    return

    def _lane(self, kind: str) -> _Lane:
        return self._lanes.setdefault(kind, _Lane(min(FEW, self._most)))

    def _relieve(self) -> None:
        """Halve what may be under way, once for all requests that met the same overload."""
        for lane in self._lanes.values():
            lane.is_first_growth = False
            if lane.times or not lane.held:
                fewer = max(lane.limit // 2, 1)
                lane.change(fewer, hold=2 * fewer)

    def _learn(self, lane: _Lane, at_once: int, seconds: float) -> None:
        lane.held = max(lane.held - 1, 0)
        if at_once < lane.limit:
            return
        lane.learn(seconds)
        if lane.times < max(lane.limit, _FEWEST_TIMES):
            return
        if not lane.has_gained():
            assert lane.before is not None, "only growth can fail to gain"
            lane.is_first_growth = False
            lane.change(lane.before[0], hold=HOLD)
            return
        lane.before = None
        lane.good_s = lane.good_s or lane.mean_s
        if lane.mean_s > SLOWED * lane.good_s:
            lane.is_first_growth = False
            lane.change(max(lane.limit * 3 // 4, 1), hold=HOLD)
        elif not lane.held and lane.limit < self._most:
            grown = lane.limit * 2 if lane.is_first_growth else lane.limit + 1
            lane.change(min(grown, self._most), before=(lane.limit, lane.mean_s))
