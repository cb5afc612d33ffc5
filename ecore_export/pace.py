"""How many requests may be under way at once: as many as the API keeps up with, and no more.

In: when each request began and how it ended. Out: turns, waited for. Called by `api`.

It begins with few and doubles while answers come as quickly as usual; adds one at a time after the first
trouble; takes a quarter away when answers become slow, and half on 429, server faults and broken connections.
So a server under load gets relief from every client that behaves like this one (the additive increase,
multiplicative decrease of TCP, RFC 5681; rising latency as its sign of load, as in TCP Vegas).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

FEW = 2
SLOWED = 1.5
"""Answers that take so many times as long as usual are a sign of load."""
_RECENT, _USUAL = 0.3, 0.02
"""What a new time counts for in the mean of the last few and in the mean of the last hundred or so."""
_LOOK_S = 0.2


@dataclass(slots=True)
class _Times:
    """Mean times of one kind of request, in seconds."""

    recent: float
    usual: float

    def add(self, seconds: float) -> None:
        self.recent += _RECENT * (seconds - self.recent)
        self.usual += _USUAL * (seconds - self.usual)


@dataclass(slots=True)
class Turn:
    """One request's turn. ``is_overload``: whether it ended as on a server that has too much to do."""

    is_overload: bool = True


class Pace:
    """A limit on requests under way, between 1 and ``most``, that follows how the server copes."""

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._limit = float(min(FEW, most))
        self._is_first_growth = True
        self._under_way = 0
        self._until_change = self._limit
        self._times: dict[str, _Times] = {}
        self._may_begin = threading.Condition()

    @property
    def limit(self) -> int:
        """How many may be under way now."""
        return int(self._limit)

    @contextmanager
    def turn(self, kind: str, is_over: Callable[[], bool]) -> Iterator[Turn]:
        """Wait for a turn and have it. ``kind``: requests that take about the same time.

        ``is_over``: whether waiting has become pointless; the turn is given at once then. It counts as an
        overload unless the caller says otherwise: so does an exception.
        """
        with self._may_begin:
            while self._under_way >= self.limit and not is_over():
                self._may_begin.wait(_LOOK_S)
            self._under_way += 1
        began, turn = self._clock(), Turn()
        try:
            yield turn
        finally:
            with self._may_begin:
                self._under_way -= 1
                self._learn(kind, self._clock() - began, is_overload=turn.is_overload)
                self._may_begin.notify(self.limit)

    def _learn(self, kind: str, seconds: float, *, is_overload: bool) -> None:
        self._until_change -= 1
        if is_overload:
            if self._until_change < 0 or self._is_first_growth:
                self._shrink(0.5)
            return
        times = self._times.setdefault(kind, _Times(seconds, seconds))
        times.add(seconds)
        if self._until_change > 0:
            return
        if times.recent > SLOWED * times.usual:
            self._shrink(0.75)
            return
        grown = self._limit * 2 if self._is_first_growth else self._limit + 1
        self._limit = self._until_change = min(grown, float(self._most))

    def _shrink(self, factor: float) -> None:
        self._is_first_growth = False
        self._limit = self._until_change = max(self._limit * factor, 1.0)
