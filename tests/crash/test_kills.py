"""A sync is killed, at any moment: what it leaves is whole, and the next one brings everything in order."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import pytest

from .trial import Trial
from .watching import watching

LONG_FORM = int(os.environ.get("ECORE_TEST_KILLS", "0"))
"""How many kills a test makes; 0: as few as every change has to pass."""
SEED = int(os.environ.get("ECORE_TEST_SEED", "7"))
IN_A_ROW = 2
"""Kills that one destination has to bear before a sync is let through."""

pytestmark = pytest.mark.timeout(0 if LONG_FORM else 300)


def test_before_a_step(trial: Trial) -> None:
    chosen, killed = trial.some_steps(LONG_FORM or 1, SEED), 0
    for step in chosen:
        url = trial.fresh()
        with noting(f"killed before step {step} of {trial.undisturbed.steps}: {url}"):
            killed += trial.sync(url, at_step=step).was_killed
            trial.check_left(url)
            trial.heal(url)
            trial.check_tidy(url)
    assert killed >= len(chosen) * 9 // 10, f"only {killed} of {len(chosen)} were killed before they ended"


def test_at_a_moment_beside_a_reader(trial: Trial) -> None:
    moments = random.Random(SEED)
    for _ in range(0, LONG_FORM or IN_A_ROW, IN_A_ROW):
        url = trial.fresh()
        with noting(f"killed at some moments: {url}"), watched(trial, url):
            for _ in range(IN_A_ROW):
                trial.sync(url, kill_after_s=moments.uniform(0, trial.undisturbed.seconds))
                trial.check_left(url)
            trial.heal(url, dead=IN_A_ROW)
        trial.check_tidy(url)


@contextmanager
def watched(trial: Trial, url: str) -> Iterator[None]:
    """Somebody reads all the time; not with DuckDB, whose file admits nobody beside a writer."""
    if trial.places.kind == "duckdb":
        beside = nullcontext()
    else:
        beside = watching(url, trial.world.truths, trial.settled)
    with beside as watch:
        yield
    assert watch is None or watch.looks > 0


@contextmanager
def noting(circumstances: str) -> Iterator[None]:
    """An assertion that fails says under which circumstances."""
    try:
        yield
    except AssertionError as problem:
        problem.add_note(circumstances)
        raise
