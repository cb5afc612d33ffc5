"""Publishing many jobs at once into Delta tables: where their ids lie among others, theirs alone change."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable
from destination_rows import SEEN, Job, history_row, make_job, publication, read_job_rows, read_record_rows

from ecore_export.destinations import read_history
from ecore_export.destinations.delta.destination import DeltaDestination
from ecore_export.destinations.delta.tables import StoredTable

MANY = 60
"""Ids that are too many to be listed where that can be helped."""


@pytest.fixture
def destination(tmp_path: Path) -> Iterator[DeltaDestination]:
    with closing(DeltaDestination(f"delta:{tmp_path}/warehouse")) as made:
        made.ensure_schema()
        yield made


@pytest.mark.parametrize(
    ("before", "published"),
    [
        pytest.param(range(0), range(MANY), id="nothing there"),
        pytest.param(range(MANY), range(MANY, 2 * MANY), id="above"),
        pytest.param(range(MANY, 2 * MANY), range(MANY), id="below"),
        pytest.param(range(MANY), range(MANY), id="the same"),
        pytest.param(range(MANY + 9), range(5, MANY + 5), id="a part of them"),
        pytest.param(range(2, 2 * MANY, 2), range(1, 2 * MANY, 2), id="between them"),
        pytest.param(range(2, 2 * MANY, 2), range(2 * MANY), id="between them, and the same"),
        pytest.param([MANY // 2], [n for n in range(MANY) if n != MANY // 2], id="one other in the middle"),
        pytest.param(range(0, 900 * MANY, 900), range(7, 900 * MANY, 900), id="far apart"),
        pytest.param(range(6 * MANY), range(0, 6 * MANY, 6), id="few among many others"),
        pytest.param([-(2**63), 2**63 - 1], [-(2**63), *range(MANY), 2**63 - 1], id="the ends of all ids"),
    ],
)
def test_these_jobs_are_replaced_and_no_others(
    destination: DeltaDestination, before: list[int], published: list[int]
) -> None:
    old = {n: make_job(n, n % 3, version="old") for n in before}
    new = {n: make_job(n, 1 + n % 2, version="new", list_name=f"list {n}") for n in published}
    foreign = make_job(next(iter(published)), 2, version="foreign", account="another")
    destination.publish(publication(foreign, account="another"))
    if old:
        _publish(destination, old.values())
    _publish(destination, new.values(), hours=1)
    _assert_holds(destination, old | new)
    assert [row["job_id"] for row in read_job_rows(destination, account="another")] == [foreign.job_id]
    assert len(read_record_rows(destination, account="another")) == 2
    states = read_history(destination, "default").select(["job_id", "valid_to"]).to_pylist()
    assert len(states) == len(old) + len(new)
    assert {row["job_id"] for row in states if row["valid_to"] is not None} == old.keys() & new.keys()


def test_whatever_is_changed_in_whatever_order_the_last_word_stands(destination: DeltaDestination) -> None:
    chance, expected = random.Random(7), dict[int, Job]()
    for step in range(8):
        job_ids = chance.sample(range(-90, 90), chance.choice([3, MANY, 120]))
        jobs = {n: make_job(n, chance.randrange(3), version=f"v{step}") for n in job_ids}
        expected |= jobs
        _publish(destination, jobs.values(), hours=step)
        _assert_holds(destination, expected)


def test_a_job_that_another_writer_puts_between_them_stays(
    destination: DeltaDestination, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it was read, no other job lay between; when it is to be written, one does."""
    replace, between = StoredTable.replace, make_job(MANY // 2, 3, version="theirs")

    def late(stored: StoredTable, *args: object, **about: object) -> None:
        monkeypatch.setattr(StoredTable, "replace", replace)
        _publish(DeltaDestination(destination.url), [between])
        replace(stored, *args, **about)

    ours = {n: make_job(n, 2, version="ours") for n in range(MANY) if n != between.job_id}
    monkeypatch.setattr(StoredTable, "replace", late)
    _publish(destination, ours.values())
    _assert_holds(destination, ours | {between.job_id: between})


def test_a_first_listing_lists_no_ids_though_others_have_those_between(
    destination: DeltaDestination, tmp_path: Path
) -> None:
    """The API counts the jobs of all its customers: those of one are seldom one after the other."""
    _publish(destination, [make_job(n, 1) for n in range(0, 97 * MANY, 97)])
    for table in ("records", "job_history", "jobs"):
        (commit, *_) = DeltaTable(str(tmp_path / "warehouse" / table)).history(1)
        assert " IN (" not in commit["operationParameters"]["predicate"]


def _publish(destination: DeltaDestination, jobs: Iterable[Job], *, hours: int = 0) -> None:
    jobs = list(jobs)
    seen = SEEN + timedelta(hours=hours)
    destination.publish(publication(*jobs, history=[history_row(job.row, seen) for job in jobs]))


def _assert_holds(destination: DeltaDestination, jobs: dict[int, Job]) -> None:
    rows = {row["job_id"]: row for row in read_job_rows(destination)}
    assert rows.keys() == jobs.keys()
    assert [rows[n]["list_name"] for n in jobs] == [job.row["list_name"] for job in jobs.values()]
    told = [(row["job_id"], row["record_id"], row["validator_used"]) for row in read_record_rows(destination)]
    meant = [(n, r["record_id"], r["validator_used"]) for n, job in jobs.items() for r in job.records]
    assert sorted(told) == sorted(meant)
