"""A disk that fills up: the sync says so, nothing half done can be seen, and with room again it completes."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from .killable_sync import Outcome, Supervisor
from .outside_readers import path_of
from .places import FORMS, Places
from .trial import FIRST_EXPORT, REFETCH, Trial, running_trial

DISK_BYTES = 24 * 1024 * 1024


@pytest.fixture(scope="module", params=FORMS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A disk of its own, small enough to be filled."""
    folder = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "ecore-test", str(folder)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no right to mount a small tmpfs: run as root; the limit on file sizes is tested anyway")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_says_so_and_goes_on_once_there_is_room(kind: str, disk: Path, supervisor: Supervisor) -> None:
    with (
        Places(kind, disk / kind) as places,
        running_trial(FIRST_EXPORT, places, supervisor) as trial,
    ):
        undisturbed = places.new()
        assert trial.sync(undisturbed).code == 0
        needed = sum(path.stat().st_size for path in path_of(undisturbed).parent.rglob("*") if path.is_file())
        for share in (0.0, 0.6):
            url = places.new()
            fill(disk, leaving=int(needed * share))
            outcome = trial.sync(url)
            (disk / "filler").unlink()
            check_refused(outcome)
            check_goes_on(trial, url)


def fill(disk: Path, *, leaving: int) -> None:
    with (disk / "filler").open("wb") as filler:
        free = os.statvfs(disk)
        os.posix_fallocate(filler.fileno(), 0, free.f_bavail * free.f_frsize - leaving)


def test_a_file_that_cannot_grow_is_much_the_same(places: Places, supervisor: Supervisor) -> None:
    with running_trial(REFETCH, places, supervisor) as trial:
        for largest_file in (1_000, 40_000):
            url = trial.fresh()
            outcome = trial.sync(url, largest_file=largest_file)
            if outcome.code:
                check_refused(outcome)
            check_goes_on(trial, url)


def check_refused(outcome: Outcome) -> None:
    """It says what a person has to do, in one line and without a traceback.

    delta-rs may say on its own that a thread of it broke off.
    """
    assert outcome.code == 1, outcome
    *noise, message = outcome.stderr.splitlines()
    assert not noise or "panicked" in outcome.stderr
    assert message.startswith("ecore-export: error: "), message
    assert "full" in message or "too large" in message, message


def check_goes_on(trial: Trial, url: str) -> None:
    trial.check_left(url)
    assert trial.sync(url).code == 0
    trial.check_equal(url)
    trial.check_tidy(url)
