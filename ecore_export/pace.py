"""How many requests may be under way at once: as many as bring more per second, and no more.

In: when each request began and how it ended. Out: turns, waited for. Called by `api`.

It begins with few, learns what one takes then, and doubles: to stay, several at once must bring at least
half of what they could beside those few. If they only wait longer, behind a busy server or a busy machine,
it goes back, and tries again much later. 429, server faults and broken connections take half away. So a
server under load gets relief from every client that behaves like this one, and a quick one costs few threads.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median

FEW = 2
WORTH = 0.5
"""The share of the ideal gain that more requests at once must bring to stay."""
HOLD, LONGEST_HOLD = 200, 10_000
"""After growth was taken back, so many requests pass before it is tried again; twice as many each time."""
LEARNT = 8
"""Times that must be known of a limit, at the least, before anything is made of them."""
_RECENT = 2
"""Rounds of requests, as many as the limit allows, whose times are remembered."""
_LOOK_S = 0.2
_TINY_S = 1e-9


@dataclass(slots=True)
class Turn:
    """One request's turn. ``is_overload``: whether it ended as on a server that has too much to do."""

    is_overload: bool = True


@dataclass(slots=True)
class _Lane:
    """Requests of one kind, which take about the same time.

    ``queue``: those who wait, the first one first. ``times``: of requests that began as the last one the
    limit allows, since it changed. ``few``: the smallest limit whose time is known, and that. ``grown_from``:
    the limit before, until growth has proved its worth. ``held``: how many must end before it may grow.
    """

    limit: int
    under_way: int = 0
    queue: deque[threading.Event] = field(default_factory=deque)
    times: deque[float] = field(default_factory=deque)
    few: tuple[int, float] | None = None
    grown_from: int | None = None
    held: int = 0
    next_hold: int = HOLD
    doubles: bool = True

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

    def change(self, limit: int, *, hold: int = 0, grown_from: int | None = None) -> None:
        """A new limit, whose times are yet to be learnt."""
        self.limit, self.held, self.grown_from = limit, hold, grown_from
        self.times.clear()

    def learn(self, seconds: float) -> float | None:
        """The time of a request at the limit; the answer is what one takes, once that is known."""
        self.times.append(seconds)
        while len(self.times) > max(LEARNT, self.limit) * _RECENT:
            self.times.popleft()
        if len(self.times) < max(LEARNT, self.limit):
            return None
        return max(median(self.times), _TINY_S)

    def is_worth_it(self, seconds: float) -> bool:
        """Whether the limit brings enough beside few requests at once, where one takes ``seconds``."""
        if self.few is None or self.limit <= self.few[0]:
            self.few = self.limit, seconds
        few, few_s = self.few
        ideal = self.limit / few
        return ideal * few_s / seconds >= 1 + WORTH * (ideal - 1)


class Pace:
    """A limit on requests under way, between 1 and ``most`` for each kind, that follows what it brings."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lanes: dict[str, _Lane] = {}
        self._lock = threading.Lock()
        self._kept = threading.local()

    def limit(self, kind: str) -> int:
        """How many of that kind may be under way now."""
        return self._lane(kind).limit

    @contextmanager
    def turn(self, kind: str, is_over: Callable[[], bool]) -> Iterator[Turn]:
        """Wait for a turn and have it. ``kind``: requests that take about the same time.

        ``is_over``: whether waiting has become pointless; the turn is given at once then. It counts as an
        overload unless the caller says otherwise: so does an exception.
        """
        lane = self._lane(kind)
        is_kept = getattr(self._kept, "lane", None) is lane
        if is_kept and lane.under_way > lane.limit:
            self._give_back(lane)
            self._take(lane, is_over)
        elif not is_kept:
            self._take(lane, is_over)
        at_once = lane.under_way
        began, turn = self._clock(), Turn()
        try:
            yield turn
        finally:
            seconds = self._clock() - began
            with self._lock:
                if turn.is_overload:
                    self._relieve()
                else:
                    self._learn(lane, at_once, seconds)
            if not is_kept:
                self._give_back(lane)

    @contextmanager
    def keeping(self, kind: str, is_over: Callable[[], bool]) -> Iterator[None]:
        """Keep one turn for all requests of that kind that this thread makes within, while the limit allows.

        To hand over after each one would wake another thread each time.
        """
        lane = self._lane(kind)
        self._take(lane, is_over)
        self._kept.lane = lane
        try:
            yield
        finally:
            self._kept.lane = None
            self._give_back(lane)

    def _take(self, lane: _Lane, is_over: Callable[[], bool]) -> None:
        with self._lock:
            waiting = None if lane.take() else threading.Event()
            if waiting is not None:
                lane.queue.append(waiting)
        if waiting is not None:
            self._wait(lane, waiting, is_over)

    def _give_back(self, lane: _Lane) -> None:
        with self._lock:
            lane.under_way -= 1
            lane.admit()

    def _wait(self, lane: _Lane, waiting: threading.Event, is_over: Callable[[], bool]) -> None:
        while not waiting.wait(_LOOK_S):
            with self._lock:
                if is_over() and waiting in lane.queue:
                    lane.queue.remove(waiting)
                    lane.under_way += 1
                    return

    def _lane(self, kind: str) -> _Lane:
        with self._lock:
            return self._lanes.setdefault(kind, _Lane(min(FEW, self._most)))

    def _relieve(self) -> None:
        """Halve what may be under way, once for all requests that met the same overload."""
        for lane in self._lanes.values():
            lane.doubles = False
            if lane.times or not lane.held:
                fewer = max(lane.limit // 2, 1)
                lane.change(fewer, hold=2 * fewer)

    def _learn(self, lane: _Lane, at_once: int, seconds: float) -> None:
        if at_once < lane.limit:
            return
        lane.held = max(lane.held - 1, 0)
        if (usual_s := lane.learn(seconds)) is None:
            return
        if not lane.is_worth_it(usual_s):
            self._shrink(lane)
            return
        if lane.grown_from is not None:
            lane.grown_from, lane.next_hold = None, max(lane.next_hold // 2, HOLD)
        if not lane.held and lane.limit < self._most:
            grown = lane.limit * 2 if lane.doubles else lane.limit + 1
            lane.change(min(grown, self._most), grown_from=lane.limit)

    def _shrink(self, lane: _Lane) -> None:
        """Back to where it grew from; or, if answers have become slow since, to few, to learn anew."""
        if lane.grown_from is not None:
            lane.doubles = False
            lane.change(lane.grown_from, hold=lane.next_hold)
            lane.next_hold = min(2 * lane.next_hold, LONGEST_HOLD)
        elif lane.few is not None:
            lane.change(lane.few[0], hold=lane.next_hold // 8)
