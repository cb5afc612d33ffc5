"""One kind of destination under fire: syncs that are struck, what they leave, and the sync that heals it.

In: a kind of destination and a `Scenario`. Out: a `Trial`, whose methods assert.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from s3_server import IN_USE

from .checks import check_equal, check_runs, check_whole
from .killable_sync import Order, Outcome, Supervisor
from .outside_readers import read_outside
from .places import SEVERAL_WRITERS, Places
from .world import Truth, World, running_world


@dataclass(frozen=True, slots=True)
class Scenario:
    """A sync that is due. ``arguments``: its options. ``is_first``: nothing was exported yet, else the world
    has changed since. ``reword``: as in `World.change`.
    """

    name: str
    arguments: tuple[str, ...] = ()
    is_first: bool = False
    reword: bool = False


FIRST_EXPORT = Scenario("first-export", is_first=True)
CHANGED_JOBS = Scenario("changed-jobs", ("--full",))
REFETCH = Scenario("refetch", ("--full", "--refetch"), reword=True)


@dataclass(frozen=True)
class Trial:
    """``start``: the destination as it is before the sync in question; None: there is none yet."""

    scenario: Scenario
    world: World
    places: Places
    supervisor: Supervisor
    start: str | None

    @property
    def settled(self) -> Truth | None:
        """What was exported before the sync in question."""
        return None if self.start is None else self.world.truths[0]

    @cached_property
    def undisturbed(self) -> Outcome:
        """How the sync in question ends when nothing befalls it."""
        outcome = self.sync(self.fresh())
        assert outcome.code == 0, outcome
        return outcome

    def some_steps(self, count: int, seed: int) -> list[int]:
        """So many of its steps, at random, in order; all of them if there are no more."""
        steps = range(1, self.undisturbed.steps + 1)
        return sorted(random.Random(seed).sample(steps, min(count, len(steps))))

    def fresh(self) -> str:
        """A destination for another try."""
        return self.places.new() if self.start is None else self.places.copy(self.start)

    def order(self, url: str, **more: Any) -> Order:
        """The sync in question; ``more`` as in `Order`."""
        return Order((url, *self.scenario.arguments), self.world.environ | IN_USE, **more)

    def sync(self, url: str, **more: Any) -> Outcome:
        """Run the sync in question; ``more`` as in `Order`."""
        return self.supervisor.run(self.order(url, **more))

    def check_left(self, url: str) -> None:
        """What a sync left behind is whole, however it ended."""
        seen, is_atomic = read_outside(url), self.places.kind not in ("parquet", *SEVERAL_WRITERS)
        check_whole(seen, self.world.truths, settled=self.settled, is_atomic=is_atomic)

    def heal(self, url: str, *, dead: int = 1) -> None:
        """The next sync brings everything in order. ``dead``: how many before it were killed, at most."""
        healed = self.sync(url)
        assert healed.code == 0, healed
        self.check_healed(url, dead=dead)

    def check_healed(self, url: str, *, dead: int = 1) -> None:
        """There is all that the API says, each thing once, and dead runs are marked so."""
        self.check_equal(url)
        check_runs(read_outside(url), dead=dead, are_marked=self.places.kind not in SEVERAL_WRITERS)

    def check_equal(self, url: str) -> None:
        """There is all that the API says, each thing once."""
        check_equal(read_outside(url), self.world.truths)

    def check_tidy(self, url: str) -> None:
        """Nothing lies about of what was killed. Readers must be gone: SQLite keeps files for them.

        One looks alone first: SQLite's files stay where the last two close at the same moment.
        """
        read_outside(url)
        left = self.places.leftovers(url)
        assert left == [], left


@contextmanager
def running_trial(scenario: Scenario, places: Places, supervisor: Supervisor) -> Iterator[Trial]:
    """A world in which the sync of ``scenario`` is due."""
    with running_world() as world:
        start = None
        if not scenario.is_first:
            start = places.new()
            first = supervisor.run(Order((start,), world.environ | IN_USE))
            assert first.code == 0, first
            world.change(reword=scenario.reword)
        yield Trial(scenario, world, places, supervisor, start)
