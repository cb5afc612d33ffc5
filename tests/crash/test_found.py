"""What breaking things has brought to light, each in the shortest form that shows it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from destination_rows import LOCK_S, SEEN, history_row, make_job, publication, publish

from ecore_export.destinations import Publication, count_jobs, open_destination, read_history
from ecore_export.destinations.parquet import destination as parquet
from ecore_export.errors import DestinationError

from .outside_readers import read_outside


class PowerCutError(BaseException):
    """Nothing catches this."""


def deletion(hours: int) -> Publication:
    """Job 1 was found gone, so many hours after it was first seen."""
    at = SEEN + timedelta(hours=hours)
    gone = make_job(1, deleted_at=at, changed_at=at, checked_at=at)
    return publication(gone, history=[history_row(gone.row, at)])


def test_a_deletion_found_again_after_a_crash_is_one_state(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Parquet: killed after the history and before the jobs; the next run finds the job gone, later."""
    publish_job_rows = parquet.publish_job_rows

    def all_but_jobs(folder: Any, *args: Any) -> None:
        if folder.table.name == "jobs":
            raise PowerCutError
        publish_job_rows(folder, *args)

    destination = open_destination(f"parquet:{tmp_path}/warehouse")
    with destination.lock(LOCK_S):
        destination.ensure_schema()
        known = make_job(1)
        destination.publish(publication(known, history=[history_row(known.row, SEEN)]))
        monkeypatch.setattr(parquet, "publish_job_rows", all_but_jobs)
        with pytest.raises(PowerCutError):
            destination.publish(deletion(hours=1))
        monkeypatch.undo()
        destination.publish(deletion(hours=2))
    history = read_history(destination, "default")
    assert history["valid_from"].to_pylist() == [SEEN, SEEN + timedelta(hours=1)]
    assert history["valid_to"].to_pylist() == [SEEN + timedelta(hours=1), None]
    assert count_jobs(destination, "default") == 0


def test_a_duckdb_file_that_could_not_be_finished_is_made_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB opens no file that it was kept from finishing, not even an empty one."""

    def full_disk(path: Path, **_: Any) -> None:
        path.write_bytes(b"\0" * 4096)
        raise duckdb.IOException("No space left on device")

    url = f"duckdb:///{tmp_path}/warehouse.duckdb"
    destination = open_destination(url)
    monkeypatch.setattr(duckdb, "connect", full_disk)
    with pytest.raises(DestinationError, match="full"):
        destination.ensure_schema()
    monkeypatch.undo()
    assert list(tmp_path.iterdir()) == []
    (tmp_path / ".warehouse.duckdb.fresh.tmp").write_bytes(b"\0" * 4096)  # as a kill would leave it
    destination.ensure_schema()
    publish(destination, make_job(1, 2))
    assert len(read_outside(url).records) == 2
