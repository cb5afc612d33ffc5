"""Delta tables while somebody else writes to them: what a reader sees, and what a writer does who is late."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable, QueryBuilder
from destination_rows import (
    CREATED,
    SEEN,
    history_row,
    make_job,
    publication,
    publish,
    read_record_rows,
    reject_row,
    to_table,
)

from ecore_export import schema
from ecore_export.destinations import Erasure, prune_records, write_rejects
from ecore_export.destinations.delta import files, other_writers
from ecore_export.destinations.delta.destination import DeltaDestination
from ecore_export.destinations.delta.failures import ConflictError
from ecore_export.destinations.delta.tables import StoredTable
from ecore_export.errors import DestinationBusyError


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


@pytest.fixture
def destination(place: Path) -> Iterator[DeltaDestination]:
    with closing(DeltaDestination(f"delta:{place}")) as made:
        made.ensure_schema()
        yield made


def test_a_reader_keeps_the_version_that_it_opened(destination: DeltaDestination, place: Path) -> None:
    publish(destination, make_job(1, 200, version="old"), make_job(2, 3, version="old"))
    opened = DeltaTable(str(place / "records"))
    batches = destination.read(schema.RECORDS)
    first = next(batches)
    publish(destination, make_job(1, 5, version="new"), make_job(3, 4, version="new"))
    old = QueryBuilder().register("t", opened).execute("SELECT DISTINCT validator_used FROM t").read_all()
    assert pa.table(old).column(0).to_pylist() == ["old"]
    rest = [row for batch in batches for row in batch.to_pylist()]
    assert {row["validator_used"] for row in [*first.to_pylist(), *rest]} == {"old"}
    assert len(first) + len(rest) == 203
    assert len(read_record_rows(destination)) == 12


def test_who_is_always_late_is_told_to_try_later(
    destination: DeltaDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another writer publishes the same job each time that this one is about to commit."""
    publish(destination, make_job(1, 3))
    replace, others = StoredTable.replace, iter(range(100))

    def late(stored: StoredTable, *args: Any, **about: Any) -> None:
        monkeypatch.setattr(StoredTable, "replace", replace)
        publish(DeltaDestination(destination.url), make_job(1, 3, version=f"other {next(others)}"))
        monkeypatch.setattr(StoredTable, "replace", late)
        replace(stored, *args, **about)

    monkeypatch.setattr(StoredTable, "replace", late)
    monkeypatch.setattr(other_writers, "PAUSE_S", 0.0)
    with pytest.raises(DestinationBusyError, match="try later"):
        destination.publish(publication(make_job(1, 3, version="ours")))
    monkeypatch.undo()
    assert next(others) == other_writers.ATTEMPTS
    assert {row["validator_used"] for row in read_record_rows(destination)} == {"other 11"}


def test_whatever_is_changed_another_writer_may_be_quicker(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt at each change of each table is refused, as a store does that knows who was first."""
    met = set[tuple[str, str]]()

    def first_refused(where: Any, name: str) -> None:
        change = getattr(where, name)

        def attempt(stored: StoredTable, *args: Any, **about: Any) -> Any:
            if (name, stored.table.name) not in met:
                met.add((name, stored.table.name))
                raise ConflictError
            return change(stored, *args, **about)

        monkeypatch.setattr(where, name, attempt)

    for name in ("create", "add_columns", "set_property", "replace", "delete"):
        first_refused(StoredTable, name)
    first_refused(files, "_compact")
    monkeypatch.setattr(other_writers, "PAUSE_S", 0.0)
    with closing(DeltaDestination(f"delta:{place}")) as destination:
        destination.ensure_schema()
        job = make_job(1, 3)
        publish(destination, job, make_job(2, 1), history=[history_row(job.row, SEEN)])
        write_rejects(destination, to_table(schema.REJECTS, [reject_row(1, "status: null")]))
        destination.erase(Erasure.of((job.records[0]["email"],)), schema.SUPPRESSIONS.empty())
        prune_records(destination, CREATED)
        destination.compact()
        monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
        destination.ensure_schema()
        assert len(read_record_rows(destination)) == 4
    tables = {table.name for table in schema.ALL_TABLES}
    assert {table for name, table in met if name == "create"} == tables
    assert {table for name, table in met if name == "_compact"} == tables
    assert {table for name, table in met if name == "add_columns"} == tables
    assert {name for name, _ in met} >= {"set_property", "replace"}
