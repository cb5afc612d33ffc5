"""SIGINT and SIGTERM: the batch in hand is finished or rolled back, the run `stopped`; the next completes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from ecore_export.sandbox import Fault

from .interruptions import send
from .killable_sync import Supervisor
from .outside_readers import read_outside
from .places import Places
from .test_kills import LONG_FORM, SEED, noting
from .trial import FIRST_EXPORT, Trial, running_trial

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
@pytest.mark.timeout(0 if LONG_FORM else 300)
def test_before_a_step(first_export: Trial, number: signal.Signals) -> None:
    trial = first_export
    for step in trial.some_steps(LONG_FORM or 1, SEED + number):
        url = trial.fresh()
        with noting(f"{number.name} before step {step} of {trial.undisturbed.steps}: {url}"):
            outcome = trial.sync(url, at_step=step, interruption=partial(send, number))
            check_stopped(trial, url, outcome.code, number)


def check_stopped(trial: Trial, url: str, code: int, number: signal.Signals) -> None:
    """A sync that was asked to stop has told so, or was through with its last request already."""
    trial.check_left(url)
    trial.check_tidy(url)
    [(_, status, error)] = read_outside(url).sync_runs
    assert (code, status, error) in [(128 + number, "stopped", "stopped on request"), (0, "complete", None)]
    assert trial.sync(url).code == 0
    trial.check_equal(url)


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_to_the_command_itself(supervisor: Supervisor, tmp_path: Path, number: signal.Signals) -> None:
    """The signal comes while records of a job are on their way."""
    with Places("sqlite", tmp_path) as places, running_trial(FIRST_EXPORT, places, supervisor) as trial:
        url, reached, go_on = places.new(), Event(), Event()

        def hold(payload: Any) -> None:
            reached.set()
            assert go_on.wait(60)

        trial.world.sandbox.faults.add(Fault("mutate", path=r"/jobs/3/records/", times=1, mutate=hold))
        with start_command(url, trial.world.environ) as command:
            assert reached.wait(60)
            command.send_signal(number)
            go_on.set()
            command.communicate()
        check_stopped(trial, url, command.returncode, number)


def start_command(url: str, environ: dict[str, str]) -> subprocess.Popen[bytes]:
    """``python -m ecore_export sync``, started and not waited for."""
    return subprocess.Popen(
        [sys.executable, "-m", "ecore_export", "sync", url],
        env={**os.environ, **environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
