"""Machines as they are: no time zone data, no home, closed or full streams, folders that cannot be synced."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from ecore_export.cli.formats import json_rows
from ecore_export.destinations.parquet_rows import month_labels

INSTANTS = pa.chunked_array([pa.array([0, 1_777_636_528_913_000, None], pa.timestamp("us", "UTC"))])


@pytest.fixture
def no_zones(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Arrow does with an instant of a zone where the system has no time zone data."""

    def refusing(function):
        def called(column, *arguments, **options):
            if pa.types.is_timestamp(column.type) and column.type.tz is not None:
                raise pa.ArrowInvalid("Cannot locate timezone 'UTC'")
            return function(column, *arguments, **options)

        return called

    def refuse(*_arguments, **_options):
        raise pa.ArrowInvalid("Cannot locate timezone 'UTC'")

    for name in ("year", "month", "day", "floor_temporal"):
        monkeypatch.setattr(pc, name, refusing(getattr(pc, name)))
    monkeypatch.setattr(pc, "strftime", refuse)


def test_instants_become_text_and_months_without_time_zone_data(no_zones: None) -> None:
    assert json_rows(pa.table({"at": INSTANTS})) == [
        {"at": "1970-01-01T00:00:00.000000Z"},
        {"at": "2026-05-01T11:55:28.913000Z"},
        {"at": None},
    ]
    assert month_labels(INSTANTS.drop_null()) == ["1970-01", "2026-05"]
