"""The flow of schedule.md in Prefect itself, with a server of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.testing.utilities import prefect_test_harness
from scheduled import Scheduled, scheduled

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="session", autouse=True)
def _server() -> Iterator[None]:
    with prefect_test_harness(server_startup_timeout=120):
        yield


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduled]:
    with scheduled(tmp_path, monkeypatch, "ecore_flow.py") as found:
        yield found


def load(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The page's module, its retries without waiting; ``tries`` counts the calls of the command."""
    import ecore_flow
    import ecore_sync

    monkeypatch.setattr(ecore_flow.sync_warehouse, "retry_delay_seconds", 0)
    tries: list[int] = []
    inner = ecore_sync.sync

    def counted() -> Any:
        tries.append(1)
        return inner()

    monkeypatch.setattr(ecore_sync, "sync", counted)
    return ecore_flow, tries


def test_the_flow_exports_and_gives_the_figures(account: Scheduled, monkeypatch: pytest.MonkeyPatch) -> None:
    flow, tries = load(monkeypatch)
    state = flow.ecore_export(return_state=True)
    assert (state.type.value, state.result()["records_written"]) == ("COMPLETED", 27)
    assert (account.runs(), len(tries)) == ([("complete", 27)], 1)


def test_rejected_jobs_are_a_state_of_its_own_and_no_failure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scheduled(tmp_path, monkeypatch, "ecore_flow.py", is_partial=True) as account:
        flow, _ = load(monkeypatch)
        state = flow.ecore_export(return_state=True)
        assert (state.type.value, state.name) == ("COMPLETED", "Partial")
        assert "rejected jobs: 1" in str(state.message)
        assert account.runs() == [("partial", 7)]


@pytest.mark.parametrize(("trouble", "tries"), [("try_later", 4), ("refuse", 1)])
def test_what_may_help_is_tried_again_and_nothing_else(
    trouble: str, tries: int, account: Scheduled, monkeypatch: pytest.MonkeyPatch
) -> None:
    flow, tried = load(monkeypatch)
    getattr(account, trouble)()
    state = flow.ecore_export(return_state=True)
    assert state.is_failed()
    assert len(tried) == tries
