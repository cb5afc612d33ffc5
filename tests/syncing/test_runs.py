"""A run's figures: counted by several threads, and given out as results that stay as they are."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest
from scripted_api import Account
from sync_truth import Warehouse

from ecore_export.destinations import open_destination
from ecore_export.syncing.runs import Run


def test_what_threads_count_at_once_adds_up_and_a_result_given_out_stays_as_it_is() -> None:
    run = Run("default", open_destination("sqlite://"))
    before = run.result

    def work(_: int) -> None:
        for _ in range(500):
            run.count(jobs_seen=1, records_written=3)
            run.note("odd")

    with ThreadPoolExecutor(8) as executor:
        list(executor.map(work, range(8)))
    assert (run.result.jobs_seen, run.result.records_written, len(run.result.notes)) == (4_000, 12_000, 4_000)
    assert (before.jobs_seen, before.notes) == (0, ())


def test_nobody_changes_a_result(tmp_path: Path) -> None:
    result = Warehouse(f"parquet:{tmp_path}/w", Account.of_sizes(3).handle).synced()
    with pytest.raises(FrozenInstanceError):
        result.jobs_seen = 0  # type: ignore[misc]
