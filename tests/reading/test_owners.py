"""Records that are another job's are not taken in, whatever the counters say."""

from __future__ import annotations

import pyarrow as pa
import pytest
from scripted_api import Account, records_json
from sync_truth import Warehouse

from ecore_export.reading import JobsRead, RecordOwners

SIZES = [(3, 3, 2), (150, 150, 20), (1200, 1200, 1)]


@pytest.mark.parametrize(
    "sizes",
    [
        SIZES[0],
        *(pytest.param(sizes, marks=pytest.mark.thorough) for sizes in SIZES[1:]),
    ],
    ids=["inline", "paged", "large"],
)
def test_records_of_another_job_are_no_reconciliation(sizes: tuple[int, ...], tmp_path: object) -> None:
    account = Account.of_sizes(*sizes)
    account.records[2] = account.records[1]  # an answer for the wrong job, whose counters are the same
    warehouse = Warehouse(f"sqlite:///{tmp_path}/x.db", account.handle)
    result = warehouse.sync()
    assert (result.status, warehouse.exported_ids()) == ("partial", {1, 3})
    assert [(row["job_id"], row["reason"]) for row in warehouse.rejects()] == [
        (2, "its records are those of job 1")
    ]
    account.records[2] = records_json(2, sizes[1])
    warehouse.synced()
    assert warehouse.exported_ids() == {1, 2, 3}


def read(*jobs: tuple[int, list[int]], cut: int = 2) -> JobsRead:
    """Jobs with these record ids, their rows in batches of ``cut`` rows."""
    ids = [record_id for _, record_ids in jobs for record_id in record_ids]
    table = pa.table({"record_id": pa.array(ids, pa.int64())})
    batches = [b for start in range(0, len(ids), cut) for b in table.slice(start, cut).to_batches()]
    return JobsRead(tuple(job for job, _ in jobs), tuple(len(found) for _, found in jobs), batches)


@pytest.mark.parametrize("cut", [1, 2, 3, 100])
def test_the_others_keep_their_rows_however_they_are_cut(cut: int) -> None:
    owners = RecordOwners()
    first = read((1, [10, 11]), (2, []), (3, [30]), cut=cut)
    assert owners.of(first) == (first, [])
    own, others = owners.of(read((4, [40, 41, 42]), (5, [30, 31]), (6, []), (7, [70]), cut=cut))
    assert own is not None
    assert (own.job_ids, own.lengths) == ((4, 6, 7), (3, 0, 1))
    assert [i for batch in own.rows for i in batch.column("record_id").to_pylist()] == [40, 41, 42, 70]
    assert [(other.job_id, other.outcome) for other in others] == [(5, "rejected")]


def test_a_job_that_is_read_again_is_its_own() -> None:
    owners = RecordOwners()
    assert owners.of(read((1, [10])))[1] == owners.of(read((1, [10])))[1] == []


def test_of_nothing_but_strangers_nothing_is_left() -> None:
    owners = RecordOwners()
    owners.of(read((1, [10])))
    own, others = owners.of(read((2, [10])))
    assert (own, [other.job_id for other in others]) == (None, [2])
