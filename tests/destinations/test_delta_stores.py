"""Delta tables in Azure's storage and Google's: the promises that stand or fall with a store's own ways.

Azurite, Microsoft's emulator, stands for Azure, a stub for Google. The whole contract suite runs against
either when asked: ``pytest tests/destinations/test_contract.py --backends delta-az,delta-gs``.
"""

from __future__ import annotations

from contextlib import closing
from typing import Any

import pytest
from backends import BACKENDS, Backend
from destination_rows import make_job, publish, read_record_rows, records_of
from scripted_api import TOKEN
from sync_truth import Warehouse, assert_holds
from test_contract import TestBrokenOff, TestTakingOut, second  # noqa: F401 - run here, too
from test_contract import TestSideBySide as SideBySide

from ecore_export.destinations import Destination, open_destination
from ecore_export.destinations.delta.failures import ConflictError
from ecore_export.destinations.delta.tables import StoredTable
from ecore_export.sandbox import Sandbox

stores = pytest.mark.parametrize(
    "backend",
    [
        pytest.param(backend, id=store, marks=pytest.mark.xdist_group(store))  # one server for all of them
        for store, kind in (("azure", "delta-az"), ("google", "delta-gs"))
        for backend in BACKENDS
        if backend.name == kind
    ],
    indirect=True,
)
pytestmark = [pytest.mark.slow, stores]


def test_a_sync_is_the_truth_and_a_second_one_changes_nothing(destination_url: str, backend: Backend) -> None:
    sandbox = Sandbox(13, 24, token=TOKEN, advance_after_reads=None)
    warehouse = Warehouse(destination_url, sandbox.handle)
    assert warehouse.synced().jobs_exported == 20
    assert_holds(warehouse)
    before = warehouse.jobs(), warehouse.records()
    again = warehouse.synced()
    assert (again.jobs_changed, again.records_written) == (0, 0)
    assert again.requests <= 3
    assert (warehouse.jobs(), warehouse.records()) == before
    assert not [path for path in backend.contents(destination_url) if path.startswith("_ecore_probe")]


class TestSideBySide:
    test_two_writers_neither_lose_nor_double = SideBySide.test_two_writers_neither_lose_nor_double

    def test_one_who_looked_before_another_wrote_publishes_anew(
        self, destination: Destination, destination_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What it would replace is not what it saw: the store refuses its commit, and it looks again."""
        publish(destination, make_job(1, 3), make_job(2, 1))
        replace, refused = StoredTable.replace, list[ConflictError]()

        def write_first(stored: StoredTable, *args: Any, **about: Any) -> None:
            if not refused:
                monkeypatch.setattr(StoredTable, "replace", replace)
                with closing(open_destination(destination_url)) as other:
                    publish(other, make_job(1, 4, version="v2"))
                try:
                    replace(stored, *args, **about)
                except ConflictError as error:
                    refused.append(error)
                    raise

        monkeypatch.setattr(StoredTable, "replace", write_first)
        publish(destination, make_job(1, 5, version="v3"))
        assert refused
        assert read_record_rows(destination) == records_of(make_job(1, 5, version="v3"), make_job(2, 1))
