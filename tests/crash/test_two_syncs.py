"""Two syncs into one destination at once: one waits, or leaves to try later; nothing is doubled or lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from .interruptions import hold_up, hold_up_and_kill
from .killable_sync import Order, Outcome, Supervisor
from .places import SEVERAL_WRITERS
from .trial import Trial

TRY_LATER = 75
IN_THE_MIDDLE = 47
"""A step long after the lock was taken, and long before the end, at which no DuckDB file is open."""


@pytest.fixture(scope="module")
def second_supervisor() -> Iterator[Supervisor]:
    with Supervisor() as running:
        yield running


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """What a sync that is held up waits at."""
    os.mkfifo(tmp_path / "gate")
    return tmp_path / "gate"


class Beside:
    """A sync in a supervisor of its own, while another one runs in the test's thread."""

    def __init__(self, supervisor: Supervisor, order: Order) -> None:
        self._executor = ThreadPoolExecutor(1)
        self._outcome: Future[Outcome] = self._executor.submit(supervisor.run, order)

    def ended(self) -> Outcome:
        self._executor.shutdown()
        return self._outcome.result()


def test_started_together_one_waits_for_the_other(first_export: Trial, second_supervisor: Supervisor) -> None:
    url = first_export.fresh()
    beside = Beside(second_supervisor, first_export.order(url, lock_timeout_s=60))
    ours = first_export.sync(url, lock_timeout_s=60)
    assert (ours.code, beside.ended().code) == (0, 0)
    first_export.check_healed(url, dead=0)
    first_export.check_tidy(url)


def test_one_that_has_waited_long_enough_leaves(
    refetch: Trial, second_supervisor: Supervisor, gate: Path
) -> None:
    url = refetch.fresh()
    held = refetch.order(url, at_step=IN_THE_MIDDLE, interruption=partial(hold_up, gate))
    beside = Beside(second_supervisor, held)
    with gate.open("wb"):  # opens once the other one has come to it
        late = refetch.sync(url, lock_timeout_s=0.1)
        if refetch.places.kind in SEVERAL_WRITERS:
            assert late.code == 0
        else:
            assert late.code == TRY_LATER
            assert "another export is writing" in late.stderr
    assert beside.ended().code == 0
    refetch.check_healed(url, dead=0)
    refetch.check_tidy(url)


def test_one_takes_over_from_one_that_is_killed(
    refetch: Trial, second_supervisor: Supervisor, gate: Path
) -> None:
    url = refetch.fresh()
    doomed = refetch.order(url, at_step=IN_THE_MIDDLE, interruption=partial(hold_up_and_kill, gate))
    beside = Beside(second_supervisor, doomed)
    with gate.open("wb"):
        heir = Beside(refetch.supervisor, refetch.order(url, lock_timeout_s=60))
    assert beside.ended().was_killed
    assert heir.ended().code == 0
    refetch.check_healed(url, dead=1)
    refetch.check_tidy(url)
