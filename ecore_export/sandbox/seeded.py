"""Numbers that look random and never change: the ground under everything the sandbox makes up.

In: integers. Out: integers, always the same for the same input, on every platform and Python. The standard
`random` promises this for few of its methods only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import gcd
from typing import NamedTuple, TypeVar

_MASK = (1 << 64) - 1
_Item = TypeVar("_Item")


def mix(*parts: int) -> int:
    """64 bits drawn from ``parts`` (the finaliser of SplitMix64, once for each part)."""
    state = 0
    for part in parts:
        state = ((state ^ part) + 0x9E3779B97F4A7C15) & _MASK
        state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 & _MASK
        state = (state ^ (state >> 27)) * 0x94D049BB133111EB & _MASK
        state ^= state >> 31
    return state


def pick(items: Sequence[_Item], *parts: int) -> _Item:
    """One of ``items``, drawn from ``parts``."""
    return items[mix(*parts) % len(items)]


def chance(probability: float, *parts: int) -> bool:
    """True for about ``probability`` of all ``parts``."""
    return mix(*parts) < probability * (1 << 64)


class Shuffle(NamedTuple):
    """A one-to-one map of ``range(size)`` onto itself that costs a multiplication each way."""

    size: int
    step: int
    shift: int

    @classmethod
    def drawn(cls, size: int, *parts: int) -> Shuffle:
        """The shuffle of ``range(size)`` drawn from ``parts``; neighbours land far from each other."""
        step = max(1, int(size * 0.618))
        while gcd(step, size) != 1:
            step += 1
        return cls(size, step, mix(*parts) % max(size, 1))

    def rank(self, position: int) -> int:
        """Where ``position`` lands."""
        return (position * self.step + self.shift) % self.size

    def positions(self, ranks: Iterable[int]) -> Iterator[int]:
        """What lands on each of ``ranks``."""
        back = pow(self.step, -1, self.size) if self.size else 0
        return ((rank - self.shift) * back % self.size for rank in ranks)
