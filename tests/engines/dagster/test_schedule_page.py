"""The definitions of schedule.md in Dagster itself: the asset, its figures and its check."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from scheduled import Scheduled, scheduled

pytestmark = pytest.mark.filterwarnings("default")


def load() -> Any:
    import ecore_export_defs

    return ecore_export_defs


@pytest.fixture
def account(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scheduled]:
    with scheduled(tmp_path, monkeypatch, "ecore_export_defs.py") as found:
        yield found


def test_the_figures_are_the_metadata_of_the_asset(account: Scheduled) -> None:
    result = dg.materialize([load().ecore_warehouse])
    (event,) = result.asset_materializations_for_node("ecore_warehouse")
    assert event.metadata["records_written"].value == 27
    assert event.metadata["status"].value == "complete"
    (check,) = result.get_asset_check_evaluations()
    assert (check.passed, account.runs()) == (True, [("complete", 27)])


def test_rejected_jobs_are_a_failed_check_of_an_asset_that_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with scheduled(tmp_path, monkeypatch, "ecore_export_defs.py", is_partial=True) as account:
        result = dg.materialize([load().ecore_warehouse])
        (check,) = result.get_asset_check_evaluations()
        assert (result.success, check.passed, check.severity) == (True, False, dg.AssetCheckSeverity.WARN)
        assert check.metadata["rejects_open"].value == 1
        assert account.runs() == [("partial", 7)]


def test_trying_later_is_retried_and_a_failure_is_not(account: Scheduled) -> None:
    definitions = load()
    account.refuse()
    with pytest.raises(dg.Failure, match="exit code 1"):
        definitions.ecore_warehouse()
    account.try_later()
    with pytest.raises(dg.RetryRequested) as raised:
        definitions.ecore_warehouse()
    assert (raised.value.max_retries, raised.value.seconds_to_wait) == (3, 900)


def test_the_schedule_starts_the_asset_with_a_time_limit(account: Scheduled) -> None:
    definitions = load()
    with dg.DagsterInstance.ephemeral() as instance:
        context = dg.build_schedule_context(instance=instance)
        assert definitions.hourly.evaluate_tick(context).run_requests
        run = definitions.defs.resolve_job_def("ecore_sync").execute_in_process(instance=instance)
    assert run.success
    assert run.dagster_run.tags["dagster/max_runtime"] == "3600"
