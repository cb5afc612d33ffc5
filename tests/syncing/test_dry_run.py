"""A dry run reads what it would have written, writes nothing, and holds no copy of all jobs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from destination_rows import job_row, reject_row, to_table
from hypothesis import given
from hypothesis import settings as property_settings
from hypothesis import strategies as st
from scripted_api import Account
from sync_truth import Warehouse

from ecore_export import schema
from ecore_export.destinations import EVERYTHING, Destination, Publication, Selection, open_destination
from ecore_export.syncing.dry_run import unwritten

MOST = property_settings(max_examples=15, deadline=None)
JOBS = st.lists(
    st.builds(
        job_row,
        st.integers(1, 6),
        list_name=st.sampled_from(["a", "b", None]),
        is_final=st.booleans(),
        records_exported=st.sampled_from([None, 3]),
        deleted_at=st.sampled_from([None, job_row(1)["created_at"]]),
    ),
    max_size=6,
    unique_by=lambda row: row["job_id"],
)
SELECTIONS = [
    Selection(),
    Selection("default"),
    Selection("other"),
    Selection("default", [2, 3, 9]),
    *(Selection("default", state=state) for state in ("open", "running", "deleted")),
]


def rows(destination: Destination, table: schema.Table, where: Selection, columns: Any) -> list[Any]:
    return [row for batch in destination.read(table, where, columns) for row in batch.to_pylist()]


@pytest.mark.thorough
@MOST
@given(JOBS, st.lists(JOBS, max_size=3))
def test_what_is_read_is_what_would_have_been_written(before: Any, later: Any) -> None:
    real, kept = open_destination("sqlite://"), open_destination("sqlite://")
    for destination in (real, kept):
        destination.ensure_schema()
        destination.publish(Publication("default", to_table(schema.JOBS, before)))
    dry = unwritten(kept)
    for jobs in later:
        for destination in (real, dry):
            destination.publish(Publication("default", to_table(schema.JOBS, jobs)))
            destination.merge(schema.REJECTS, to_table(schema.REJECTS, [reject_row(len(jobs), "odd")]))
    for where in SELECTIONS:
        for columns in (None, ["job_id"], ["status", "list_name"]):
            assert rows(dry, schema.JOBS, where, columns) == rows(real, schema.JOBS, where, columns)
        assert dry.count(schema.JOBS, where) == real.count(schema.JOBS, where)
    assert rows(dry, schema.REJECTS, Selection(), None) == rows(real, schema.REJECTS, Selection(), None)
    assert rows(kept, schema.JOBS, Selection(), ["job_id"]) == [
        {"job_id": row["job_id"]} for row in sorted(before, key=lambda row: row["job_id"])
    ]


@pytest.mark.parametrize("form", ["parquet:{}/warehouse", "sqlite:///{}/warehouse.db"])
def test_it_says_what_the_run_then_does_and_reads_no_job_as_a_whole_that_is_not_listed(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = Account.of_sizes(*(1,) * 150)
    warehouse = Warehouse(form.format(tmp_path), account.handle)
    warehouse.synced()
    for job_id in (151, 152):
        account.add(job_id, 30)
    opened = open_destination(warehouse.url)
    read, asked = type(opened).read, []

    def watched(self: Any, table: schema.Table, where: Selection = EVERYTHING, columns: Any = None) -> Any:
        asked.append((table.name, where.job_ids, where.state, columns))
        return read(self, table, where, columns)

    monkeypatch.setattr(type(opened), "read", watched)
    dry = warehouse.sync(dry_run=True)
    assert not [each for each in asked if each[0] == "jobs" and each[1:] == (None, "all", None)]
    done = warehouse.synced()
    assert (dry.jobs_seen, dry.jobs_changed, dry.jobs_open) == (done.jobs_seen, done.jobs_changed, 2)
    assert (done.jobs_exported, done.records_written) == (2, dry.records_open)
