"""A clock that was ahead, or behind, and was put right: one current state a job, and nothing waits for it."""

import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from destination_rows import run_row, to_table
from scripted_api import Account
from sync_truth import Warehouse, assert_holds

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import write_runs
from ecore_export.syncing import known_jobs, runs
from ecore_export.syncing.changes import Stamp
from ecore_export.syncing.rejects import Rejects

FORMS = ["parquet:{}/warehouse", "sqlite:///{}/warehouse.db"]


class Clock(datetime):
    ahead = timedelta(0)

    @classmethod
    def now(cls, tz=None):
        return datetime.now(tz) + cls.ahead


@pytest.fixture
def clock(monkeypatch):
    for module in (known_jobs, runs):
        monkeypatch.setattr(module, "datetime", Clock)
    monkeypatch.setattr(Clock, "ahead", timedelta(0))
    return Clock


@pytest.mark.thorough
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("days", [(365, 0, 0), (0, -30, 0), (400, 20, -3), (5, 5, 0)])
def test_whatever_clocks_do_a_job_has_one_current_state_and_none_ends_before_it_begins(
    form, days, clock, tmp_path
):
    account = Account.of_sizes(5, 0, 101)
    warehouse = Warehouse(form.format(tmp_path), account.handle)
    for n, ahead in enumerate(days):
        clock.ahead = timedelta(days=ahead)
        account.job(1)["total_credits_charged"] = 10.5 + n
        warehouse.synced()
    clock.ahead = timedelta(0)
    account.delete(1)
    warehouse.synced()
    states = warehouse.history(1)
    assert len(states) == len(days) + 1
    assert [state["valid_to"] is None for state in states] == [False] * len(days) + [True]
    for one, following in pairwise(states):
        assert one["valid_from"] < one["valid_to"] == following["valid_from"]
    assert states[-1]["deleted_at"] is not None
    assert_holds(warehouse)


def test_a_look_in_the_future_makes_no_reject_wait():
    now = datetime(2026, 5, 6, tzinfo=UTC)
    rejects = Rejects.__new__(Rejects)
    rejects._stamp = Stamp("default", "", now)

    def is_due(first, last):
        run_id = f"{int(last.timestamp() * 1000):012x}70008000000000000000"
        rejects._open = {(1, "odd"): {"rejected_at": first, "run_id": run_id}}
        return rejects.is_due(1)

    hour = timedelta(hours=1)
    assert not is_due(now - 50 * hour, now - hour)
    assert is_due(now - 50 * hour, now - 49 * hour)
    assert is_due(now - 50 * hour, now + 9_000 * hour)
    assert is_due(now + 9_000 * hour, now + 9_000 * hour)
    assert is_due(now + 9_000 * hour, now - hour)


def test_status_is_not_content_with_a_run_from_the_future(tmp_path, capsys):
    warehouse = Warehouse(f"parquet:{tmp_path}/warehouse", Account.of_sizes(5).handle)
    warehouse.synced()
    future = datetime.now(UTC) + timedelta(days=365)
    row = run_row("future", status="complete", started_at=future, finished_at=future)
    before = warehouse.runs()

    def only_future(opened):
        ended = [{**run, "status": "stopped"} for run in before]
        write_runs(opened, to_table(schema.SYNC_RUNS, [*ended, row]))

    warehouse.change_jobs(only_future)
    assert main(["status", warehouse.url, "--max-age", "2h", "--json"]) == 1
    shown = capsys.readouterr()
    assert "in the future" in shown.err
    assert (json.loads(shown.out)["last_complete_at"], json.loads(shown.out)["runs_ahead"]) == (None, 1)
    warehouse.change_jobs(lambda opened: write_runs(opened, to_table(schema.SYNC_RUNS, before)))
    assert main(["status", warehouse.url, "--max-age", "2h"]) == 0
    assert "1 complete runs ended in the future" in capsys.readouterr().out


def test_a_run_after_a_run_from_the_future_tells_it(clock, tmp_path):
    warehouse = Warehouse(f"parquet:{tmp_path}/warehouse", Account.of_sizes(5).handle)
    warehouse.synced()
    row = run_row("ffffffff-ffff-7fff-8fff-ffffffffffff", status="complete")
    warehouse.change_jobs(lambda opened: write_runs(opened, to_table(schema.SYNC_RUNS, [row])))
    assert any("in the future" in note for note in warehouse.synced().notes)
