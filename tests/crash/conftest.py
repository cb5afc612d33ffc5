"""Fixtures of the crash trials: every kind of destination, in every scenario."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .killable_sync import Supervisor
from .places import KINDS, Places
from .trial import CHANGED_JOBS, FIRST_EXPORT, REFETCH, Scenario, Trial, running_trial


@pytest.fixture(scope="session")
def supervisor() -> Iterator[Supervisor]:
    with Supervisor() as running:
        yield running


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def places(
    kind: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Places]:
    fixture = {"postgresql": "postgres_server", "mysql": "mysql_server", "delta-s3": "s3_server"}.get(kind)
    server = request.getfixturevalue(fixture) if fixture else None
    with Places(kind, tmp_path_factory.mktemp(kind), server) as places:
        yield places


@pytest.fixture(scope="module", params=(FIRST_EXPORT, CHANGED_JOBS, REFETCH), ids=lambda chosen: chosen.name)
def trial(request: pytest.FixtureRequest, places: Places, supervisor: Supervisor) -> Iterator[Trial]:
    """Every kind of destination in every scenario."""
    scenario: Scenario = request.param
    with running_trial(scenario, places, supervisor) as running:
        yield running


@pytest.fixture(scope="module")
def first_export(places: Places, supervisor: Supervisor) -> Iterator[Trial]:
    """Every kind of destination before its first sync."""
    with running_trial(FIRST_EXPORT, places, supervisor) as running:
        yield running


@pytest.fixture(scope="module")
def refetch(places: Places, supervisor: Supervisor) -> Iterator[Trial]:
    """Every kind of destination before a sync that replaces what is there."""
    with running_trial(REFETCH, places, supervisor) as running:
        yield running
