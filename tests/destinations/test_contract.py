"""What every destination promises, run against each: see `ecore_export.destinations`."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, nullcontext
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pyarrow as pa
import pytest
from backends import Backend
from choosing import examples
from destination_rows import (
    CREATED,
    LOCK_S,
    SEEN,
    Job,
    Row,
    big_job_batches,
    history_row,
    hostile_rows,
    job_row,
    make_job,
    publication,
    publish,
    random_rows,
    read_job_rows,
    read_record_rows,
    record_row,
    records_of,
    reject_row,
    replace_nul,
    run_row,
    to_table,
    versions_seen,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ecore_export import schema
from ecore_export.destinations import (
    RECORD_SPANS,
    Destination,
    Erased,
    Erasure,
    Streaming,
    count_jobs,
    forget_account,
    open_destination,
    prune_records,
    read_history,
    read_jobs,
    read_meta,
    read_records,
    read_rejects,
    read_runs,
    read_suppressed,
    write_meta,
    write_rejects,
    write_runs,
)
from ecore_export.errors import DestinationBusyError, DestinationVersionError, NetworkError, SettingsError

LATER = SEEN + timedelta(hours=1)

few_examples = settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""The destination is shared by all examples of a property: each replaces what the one before wrote."""


@pytest.fixture
def as_stored(backend: Backend) -> Callable[[list[Row]], list[Row]]:
    """What a row is expected to come back as: itself, but for what is documented of the backend."""
    return list if backend.keeps_nul else replace_nul


@pytest.fixture
def second(destination: Destination, destination_url: str, backend: Backend) -> Iterator[Destination]:
    """Another object for the same place, as another process would hold it."""
    with closing(backend.open(destination_url)) as opened:
        yield opened


def across_months(jobs: int) -> list[Job]:
    """Jobs of 0 to 4 records, a fortnight apart; a higher id does not mean a later job."""
    ids = [(n * 7) % jobs + 1 for n in range(jobs)]
    start = datetime(2026, 1, 31, 23, 59, 59, 999999, tzinfo=UTC)
    return [make_job(i, n % 5, created_at=start + timedelta(days=14 * (n // 3))) for n, i in enumerate(ids)]


class TestOpening:
    @pytest.mark.parametrize("url", ["warehouse", "", "no-such-database://host/name", "./a/b.parquet"])
    def test_a_url_nobody_knows_is_a_settings_error(self, url: str) -> None:
        with pytest.raises(SettingsError):
            open_destination(url)

    def test_a_password_never_shows_in_the_url(self) -> None:
        with closing(open_destination("postgresql+psycopg://user:hunter2@db.invalid/name")) as destination:
            assert "hunter2" not in destination.url
            assert "hunter2" not in repr(destination)

    def test_closing_twice_is_harmless(self, destination: Destination) -> None:
        destination.close()
        destination.close()

    def test_one_that_was_never_written_reads_as_empty(self, destination_url: str, backend: Backend) -> None:
        with closing(backend.open(destination_url)) as never_written:
            assert never_written.schema_version() is None
            assert count_jobs(never_written, "default") == 0
            assert read_jobs(never_written, "default").equals(schema.JOBS.empty())
            assert read_jobs(never_written, "default", columns=["job_id"]).schema.names == ["job_id"]
            assert read_jobs(never_written, "default", job_ids=[1], state="open").num_rows == 0
            assert read_record_rows(never_written) == []
            assert read_history(never_written, "default").equals(schema.JOB_HISTORY.empty())
            assert read_runs(never_written).equals(schema.SYNC_RUNS.empty())
            assert read_rejects(never_written, "default").equals(schema.REJECTS.empty())
            assert read_meta(never_written) == {}

    def test_reading_one_that_was_never_written_creates_nothing(
        self, destination_url: str, backend: Backend
    ) -> None:
        before = backend.contents(destination_url)
        with closing(backend.open(destination_url)) as never_written:
            assert never_written.schema_version() is None
            read_jobs(never_written, "default")
            list(read_records(never_written, "default"))
            read_meta(never_written)
        assert backend.contents(destination_url) == before

    def test_an_empty_one_reads_as_empty(self, destination: Destination) -> None:
        assert count_jobs(destination, "default") == 0
        assert read_jobs(destination, "default").equals(schema.JOBS.empty())
        assert read_record_rows(destination) == []
        assert read_history(destination, "default").equals(schema.JOB_HISTORY.empty())
        assert read_runs(destination).equals(schema.SYNC_RUNS.empty())
        assert read_rejects(destination, "default").equals(schema.REJECTS.empty())


class TestSchemaVersion:
    def test_a_new_one_has_the_version_of_this_package(self, destination: Destination) -> None:
        assert destination.schema_version() == schema.SCHEMA_VERSION

    def test_ensuring_the_schema_again_changes_nothing(self, destination: Destination) -> None:
        job = make_job(1, 3)
        publish(destination, job)
        destination.ensure_schema()
        assert destination.schema_version() == schema.SCHEMA_VERSION
        assert read_job_rows(destination) == [job.row]
        assert read_record_rows(destination) == job.records

    def test_a_newer_version_is_refused_and_left_untouched(
        self, destination: Destination, destination_url: str, backend: Backend
    ) -> None:
        job = make_job(1, 3)
        publish(destination, job)
        write_meta(destination, {"schema_version": "999"})
        destination.close()
        before = backend.contents(destination_url)
        with closing(backend.open(destination_url)) as newer:
            with pytest.raises(DestinationVersionError):
                newer.ensure_schema()
            assert newer.schema_version() == 999
        assert backend.contents(destination_url) == before
        assert versions_seen(backend.peek(destination_url)) == {1: {"v1": 3}}


class TestRoundTrip:
    def test_jobs_come_back_as_they_were_written(
        self, destination: Destination, backend: Backend, as_stored: Callable[[list[Row]], list[Row]]
    ) -> None:
        hostile = hostile_rows(schema.JOBS, credit_digits=backend.credit_digits)
        rows = [row | {"account": "default", "job_id": n} for n, row in enumerate(hostile)]
        publish(destination, *map(Job, rows_not_exported(rows)))
        assert read_job_rows(destination) == as_stored(rows_not_exported(rows))

    def test_history_comes_back_as_it_was_written(
        self, destination: Destination, backend: Backend, as_stored: Callable[[list[Row]], list[Row]]
    ) -> None:
        hostile = hostile_rows(schema.JOBS, credit_digits=backend.credit_digits)
        jobs = rows_not_exported([r | {"account": "default", "job_id": n} for n, r in enumerate(hostile)])
        history = [history_row(job, job["checked_at"]) for job in jobs]
        publish(destination, *map(Job, jobs), history=history)
        assert read_history(destination, "default").schema == schema.JOB_HISTORY.arrow
        assert read_history(destination, "default").to_pylist() == as_stored(history)

    def test_records_come_back_as_they_were_written(
        self, destination: Destination, as_stored: Callable[[list[Row]], list[Row]]
    ) -> None:
        job = job_row(2**53 + 1)
        key = {name: job[name] for name in ("account", "job_id")} | {"job_created_at": job["created_at"]}
        rows = [row | key | {"record_id": n} for n, row in enumerate(hostile_rows(schema.RECORDS))]
        publish(destination, make_job(2**53 + 1, rows))
        assert read_record_rows(destination) == as_stored(rows)

    def test_runs_come_back_as_they_were_written(
        self, destination: Destination, as_stored: Callable[[list[Row]], list[Row]]
    ) -> None:
        rows = hostile_rows(schema.SYNC_RUNS)
        rows = [
            row | {"started_at": SEEN + timedelta(seconds=n), "run_id": f"run-{n}"}
            for n, row in enumerate(rows)
        ]
        write_runs(destination, to_table(schema.SYNC_RUNS, rows))
        assert read_runs(destination).schema == schema.SYNC_RUNS.arrow
        assert read_runs(destination).to_pylist() == as_stored(rows)

    def test_rejects_come_back_as_they_were_written(
        self, destination: Destination, backend: Backend, as_stored: Callable[[list[Row]], list[Row]]
    ) -> None:
        hostile = hostile_rows(schema.REJECTS, key_text_length=backend.key_text_length)
        rows = [row | {"account": "default", "job_id": n} for n, row in enumerate(hostile)]
        write_rejects(destination, to_table(schema.REJECTS, rows))
        found = read_rejects(destination, "default", only_open=False)
        assert found.schema == schema.REJECTS.arrow
        assert found.to_pylist() == as_stored(rows)

    def test_meta_comes_back_as_it_was_written(self, destination: Destination) -> None:
        entries = {"pii": "hash", "odd": "é🙂\\N'\"\n", "empty": ""}
        write_meta(destination, entries)
        assert entries.items() <= read_meta(destination).items()

    def test_accounts_may_have_any_name(self, destination: Destination) -> None:
        names = ["default", "Default", "Käufer \\ 'Ost' 🙂", "a/b=c%20d", "..", "NULL", ""]
        for name in names:
            publish(destination, make_job(1, 2, version=name, account=name), account=name)
        for name in names:
            assert [row["account"] for row in read_job_rows(destination, account=name)] == [name]
            assert {row["validator_used"] for row in read_record_rows(destination, name)} == {name}

    def test_a_job_may_be_of_any_year(self, destination: Destination) -> None:
        for year in (1, 1969, 9999):
            job = make_job(year, 2, created_at=datetime(year, 12, 31, 23, 59, 59, 999999, tzinfo=UTC))
            publish(destination, job, history=[history_row(job.row, SEEN)])
            assert read_job_rows(destination, job_ids=[year]) == [job.row]
            assert read_record_rows(destination, job_ids=[year]) == job.records
            assert read_history(destination, "default", job_ids=[year]).num_rows == 1

    def test_ids_may_be_any_int64(self, destination: Destination) -> None:
        for extreme in (2**63 - 1, -(2**63), 0):
            job = make_job(extreme)
            job = make_job(extreme, [record_row(job.row, extreme)])
            publish(destination, job)
            assert read_job_rows(destination, job_ids=[extreme])[0]["job_id"] == extreme
            assert read_record_rows(destination, job_ids=[extreme]) == job.records

    @few_examples
    @given(data=st.data())
    def test_any_records_come_back(
        self,
        destination: Destination,
        as_stored: Callable[[list[Row]], list[Row]],
        data: st.DataObject,
    ) -> None:
        created_at = job_row(1)["created_at"]
        any_row = random_rows(schema.RECORDS, account="default", job_id=1, job_created_at=created_at)
        rows = data.draw(st.lists(any_row, max_size=6, unique_by=lambda row: row["record_id"]))
        publish(
            destination, make_job(1, [])
        )  # else rows that differ in run_id alone would be left as they are
        publish(destination, make_job(1, rows))
        assert read_record_rows(destination) == as_stored(sorted(rows, key=lambda row: row["record_id"]))

    @few_examples
    @given(data=st.data())
    def test_any_job_comes_back(
        self,
        destination: Destination,
        backend: Backend,
        as_stored: Callable[[list[Row]], list[Row]],
        data: st.DataObject,
    ) -> None:
        fixed = {"account": "default", "job_id": 1, "created_at": SEEN, "records_exported": None}
        row = data.draw(random_rows(schema.JOBS, credit_digits=backend.credit_digits, **fixed))
        publish(destination, Job(row))
        kept = {name: row[name] for name in row if name not in ("run_id", "checked_at")}
        (found,) = read_job_rows(destination)
        assert found | as_stored([kept])[0] == found


def rows_not_exported(rows: list[Row]) -> list[Row]:
    """Job rows that promise no records, so that none need to exist."""
    return [row | {"records_exported": None} for row in rows]


class TestPublishingAgain:
    def test_twice_equals_once(self, destination: Destination) -> None:
        jobs = across_months(12)
        history = [history_row(job.row, SEEN) for job in jobs]
        publish(destination, *jobs, history=history)
        once = everything(destination)
        publish(destination, *jobs, history=history)
        assert everything(destination) == once

    def test_an_unchanged_job_keeps_its_run_id_and_checked_at(self, destination: Destination) -> None:
        publish(destination, make_job(1, 3), make_job(2, 3))
        changed = make_job(2, 3, list_name="Q2 Leads", run_id="run-2", checked_at=LATER)
        publish(destination, make_job(1, 3, run_id="run-2", checked_at=LATER), changed)
        assert read_job_rows(destination) == [make_job(1, 3).row, changed.row]

    def test_an_unchanged_record_keeps_its_run_id(self, destination: Destination) -> None:
        publish(destination, make_job(1, 3))
        publish(destination, make_job(1, 3, run_id="run-2", checked_at=LATER))
        assert read_record_rows(destination) == make_job(1, 3).records

    def test_the_new_rows_of_a_job_replace_all_its_old_ones(self, destination: Destination) -> None:
        """As many, more and fewer of them, from none and to none."""
        other = make_job(2, 4)
        publish(destination, other)
        for number, rows in enumerate((3, 0, 3, 3, 1, 7, 2500, 3)):
            job = make_job(1, rows, version=f"v{number}")
            publish(destination, job)
            assert read_record_rows(destination) == records_of(job, other)
            assert read_job_rows(destination) == [job.row, other.row]

    def test_a_job_without_records_can_get_some_and_lose_them(self, destination: Destination) -> None:
        for count in (0, 2, 0):
            job = make_job(1, count)
            publish(destination, job)
            assert read_record_rows(destination) == job.records
            assert read_job_rows(destination)[0]["records_exported"] == count

    def test_records_may_get_other_ids(self, destination: Destination) -> None:
        job = make_job(1)
        publish(destination, make_job(1, [record_row(job.row, n) for n in (1, 2, 3)]))
        replaced = make_job(1, [record_row(job.row, n) for n in (3, 4, 5, 6)])
        publish(destination, replaced)
        assert read_record_rows(destination) == replaced.records

    def test_a_change_from_or_to_null_is_a_change(self, destination: Destination) -> None:
        for value in ("text", None, "", None, "text"):
            row = job_row(1, list_name=value)
            job = make_job(1, [record_row(row, 1, ec_id=value)], list_name=value)
            publish(destination, job)
            assert read_job_rows(destination) == [job.row]
            assert read_record_rows(destination) == job.records

    def test_publishing_jobs_alone_leaves_records_alone(self, destination: Destination) -> None:
        publish(destination, make_job(1, 3), make_job(2, 3))
        reopened = make_job(1, total_records=251)
        publish(destination, reopened)
        assert read_job_rows(destination) == [reopened.row, make_job(2, 3).row]
        assert read_record_rows(destination) == records_of(make_job(1, 3), make_job(2, 3))

    def test_an_empty_publication_changes_nothing(self, destination: Destination) -> None:
        publish(destination, make_job(1, 3))
        publish(destination)
        assert read_record_rows(destination) == make_job(1, 3).records

    def test_two_accounts_with_the_same_job_ids_live_side_by_side(self, destination: Destination) -> None:
        jobs = {
            name: [make_job(i, 2, version=name, account=name) for i in (1, 2)] for name in ("east", "west")
        }
        for name in jobs:
            publish(destination, *jobs[name], account=name)
        jobs["west"] = [make_job(1, 5, version="new", account="west"), jobs["west"][1]]
        publish(destination, jobs["west"][0], account="west")
        for name in jobs:
            assert read_record_rows(destination, name) == records_of(*jobs[name])
            assert read_job_rows(destination, account=name) == [job.row for job in jobs[name]]
            assert count_jobs(destination, name) == 2


def everything(destination: Destination) -> tuple[object, ...]:
    """All that was published for the account `default`."""
    history = read_history(destination, "default").to_pylist()
    return read_job_rows(destination), read_record_rows(destination), history


@pytest.mark.thorough
class TestManyAndMuch:
    def test_many_jobs_of_many_months_in_one_publication(self, destination: Destination) -> None:
        jobs = across_months(60)
        publish(destination, *jobs, batch_rows=7)
        assert read_record_rows(destination) == records_of(*jobs)
        assert read_job_rows(destination) == sorted((j.row for j in jobs), key=lambda row: row["job_id"])

    def test_many_publications_add_up(self, destination: Destination) -> None:
        jobs = across_months(20)
        for pair in zip(jobs[::2], jobs[1::2], strict=True):
            publish(destination, *pair)
        assert read_record_rows(destination) == records_of(*jobs)

    def test_one_big_job_is_streamed(self, destination: Destination) -> None:
        rows, job = 120_000, make_job(1, 0)
        job.row["records_exported"] = rows
        whole = dataclasses.replace(
            publication(job), records=lambda: big_job_batches(job.row, rows, 10_000), record_rows=rows
        )
        with destination.lock(LOCK_S):
            destination.publish(whole)
        batches = list(read_records(destination, "default"))
        assert len(batches) > 1, "one batch would hold the whole job in memory"
        found = pa.Table.from_batches(batches)
        expected = pa.Table.from_batches(big_job_batches(job.row, rows, rows))
        assert found.equals(expected)

    @few_examples
    @given(cuts=st.lists(st.integers(0, 12), max_size=6).map(sorted))
    def test_any_split_into_batches_gives_the_same_table(
        self, destination: Destination, cuts: list[int]
    ) -> None:
        version = f"split at {cuts}"  # what was there before never looks the same
        jobs = [make_job(i, 4, version=version) for i in (1, 2, 3)]
        whole = publication(*jobs)
        (batch,) = whole.records()
        parts = [batch.slice(a, b - a) for a, b in itertools.pairwise([0, *cuts, 12])]
        with destination.lock(LOCK_S):
            destination.publish(dataclasses.replace(whole, records=lambda: iter(parts)))
        assert read_record_rows(destination) == records_of(*jobs)

    def test_records_are_read_in_order_whatever_the_order_they_came_in(
        self, destination: Destination
    ) -> None:
        job = make_job(1, 9)
        publish(destination, make_job(1, [job.records[n] for n in (4, 0, 8, 1, 7, 2, 6, 3, 5)]))
        assert read_record_rows(destination) == job.records


class TestJobs:
    @pytest.fixture(autouse=True)
    def _five_jobs(self, destination: Destination) -> None:
        publish(
            destination,
            make_job(5, status="Processing", is_final=False, created_at=SEEN),
            make_job(4),
            make_job(3, deleted_at=SEEN),
            make_job(2, status="Uploading", is_final=False, deleted_at=SEEN),
            make_job(1, 0),
        )

    def test_are_read_by_id(self, destination: Destination) -> None:
        """All, none, some, one more than once, unknown ones, and thousands."""
        for job_ids, expected in (
            (None, [1, 2, 3, 4, 5]),
            ([], []),
            ([4, 1], [1, 4]),
            ([4, 4, 4], [4]),
            ([99, -1, 0], []),
            ([5, 99], [5]),
            (range(40_000), [1, 2, 3, 4, 5]),
        ):
            found = read_job_rows(destination, job_ids=job_ids)
            assert [row["job_id"] for row in found] == expected, job_ids

    def test_open_ones_are_those_with_work_left(self, destination: Destination) -> None:
        assert read_jobs(destination, "default", state="open")["job_id"].to_pylist() == [4, 5]
        assert read_jobs(destination, "default", state="open", job_ids=[1, 3, 4])["job_id"].to_pylist() == [4]

    def test_running_ones_are_those_that_are_not_final(self, destination: Destination) -> None:
        assert read_jobs(destination, "default", state="running")["job_id"].to_pylist() == [5]
        assert read_jobs(destination, "default", state="running", job_ids=[4])["job_id"].to_pylist() == []

    def test_columns_come_in_the_order_asked_for(self, destination: Destination) -> None:
        names = ["status", "created_at", "job_id", "total_credits_charged"]
        found = read_jobs(destination, "default", columns=names, job_ids=[5, 1])
        assert found.schema == pa.schema([schema.JOBS.arrow.field(name) for name in names])
        assert found["job_id"].to_pylist() == [1, 5]

    def test_columns_need_not_hold_the_key(self, destination: Destination) -> None:
        found = read_jobs(destination, "default", columns=["status"], state="open")
        assert found.to_pylist() == [{"status": "Processed"}, {"status": "Processing"}]

    def test_the_deleted_are_not_counted(self, destination: Destination) -> None:
        assert count_jobs(destination, "default") == 3
        assert count_jobs(destination, "nobody") == 0

    def test_a_job_that_reappears_is_counted_again(self, destination: Destination) -> None:
        publish(destination, make_job(3))
        assert count_jobs(destination, "default") == 4

    def test_of_another_account_are_not_seen(self, destination: Destination) -> None:
        assert read_job_rows(destination, account="nobody") == []

    def test_new_states_replace_old_ones_and_others_stay(self, destination: Destination) -> None:
        before = {row["job_id"]: row for row in read_job_rows(destination)}
        done, new = make_job(5, 2, created_at=SEEN), make_job(6)
        publish(destination, done, new)
        after = {row["job_id"]: row for row in read_job_rows(destination)}
        assert after == before | {5: done.row, 6: new.row}


class TestRecords:
    def test_are_read_by_job(self, destination: Destination) -> None:
        """All, none, some, one more than once, an unknown one, and thousands."""
        jobs = [make_job(i, 2, created_at=SEEN + timedelta(days=40 * i)) for i in (1, 2, 3)]
        publish(destination, *jobs)
        for job_ids, expected in (
            (None, {1, 2, 3}),
            ([], set()),
            ([3, 1], {1, 3}),
            ([2, 2], {2}),
            ([99], set()),
            (range(40_000), {1, 2, 3}),
        ):
            wanted = records_of(*(job for job in jobs if job.job_id in expected))
            assert read_record_rows(destination, job_ids=job_ids) == wanted, job_ids

    def test_columns_come_in_the_order_asked_for(self, destination: Destination) -> None:
        publish(destination, make_job(1, 2), make_job(2, 3))
        columns = ("record_id", "job_id")
        batches = list(read_records(destination, "default", job_ids=[2], columns=columns))
        rows = [row for batch in batches for row in batch.to_pylist()]
        assert {tuple(batch.schema.names) for batch in batches} == {columns}
        assert rows == [{name: row[name] for name in columns} for row in make_job(2, 3).records]

    def test_spans_hold_the_ids_of_each_job_that_has_records(self, destination: Destination) -> None:
        assert destination.read_record_spans("default") == RECORD_SPANS.empty_table()
        months = [SEEN + timedelta(days=40 * n) for n in (0, 1, 1, 2)]
        jobs = [
            make_job(i, n, created_at=at) for i, n, at in zip((1, 2, 3, 4), (3, 1, 0, 2), months, strict=True)
        ]
        publish(destination, *jobs)
        assert destination.read_record_spans("another") == RECORD_SPANS.empty_table()
        spans = destination.read_record_spans("default")
        assert spans.schema == RECORD_SPANS
        found = {row["job_id"]: row for row in spans.to_pylist()}
        assert {job_id: row["rows"] for job_id, row in found.items()} == {1: 3, 2: 1, 4: 2}
        for row in records_of(*jobs):
            assert found[row["job_id"]]["low"] <= row["record_id"] <= found[row["job_id"]]["high"]

    def test_a_reader_may_stop_early(self, destination: Destination) -> None:
        publish(destination, make_job(1, 2500))
        batches = iter(read_records(destination, "default"))
        next(batches)
        del batches
        publish(destination, make_job(1, 2, version="v2"))
        assert read_record_rows(destination) == make_job(1, 2, version="v2").records


class TestHistory:
    def test_a_new_state_closes_the_one_before(self, destination: Destination) -> None:
        first, second = job_row(1, status="Processing", is_final=False), job_row(1)
        publish(destination, Job(first), history=[history_row(first, SEEN)])
        publish(destination, Job(second), history=[history_row(second, LATER, run_id="run-2")])
        assert read_history(destination, "default").to_pylist() == [
            history_row(first, SEEN, valid_to=LATER),
            history_row(second, LATER, run_id="run-2"),
        ]

    def test_the_same_row_twice_is_once(self, destination: Destination) -> None:
        job = job_row(1)
        for _ in range(2):
            publish(destination, Job(job), history=[history_row(job, SEEN)])
        assert read_history(destination, "default").to_pylist() == [history_row(job, SEEN)]

    def test_the_same_second_row_twice_is_once(self, destination: Destination) -> None:
        job = job_row(1)
        for at in (SEEN, LATER, LATER):
            publish(destination, Job(job), history=[history_row(job, at)])
        expected = [history_row(job, SEEN, valid_to=LATER), history_row(job, LATER)]
        assert read_history(destination, "default").to_pylist() == expected

    def test_other_jobs_and_accounts_stay_open(self, destination: Destination) -> None:
        ours, other, theirs = job_row(1), job_row(2), job_row(1, account="west")
        publish(
            destination, Job(ours), Job(other), history=[history_row(ours, SEEN), history_row(other, SEEN)]
        )
        publish(destination, Job(theirs), history=[history_row(theirs, SEEN)], account="west")
        publish(destination, Job(ours), history=[history_row(ours, LATER)])
        found = read_history(destination, "default").to_pylist()
        assert [(r["job_id"], r["valid_from"], r["valid_to"]) for r in found] == [
            (1, SEEN, LATER),
            (1, LATER, None),
            (2, SEEN, None),
        ]
        assert read_history(destination, "west").to_pylist() == [history_row(theirs, SEEN)]

    def test_is_read_by_job(self, destination: Destination) -> None:
        rows = [job_row(i, created_at=SEEN + timedelta(days=40 * i)) for i in (3, 1, 2)]
        publish(destination, *map(Job, rows), history=[history_row(row, SEEN) for row in rows])
        read = partial(read_history, destination)
        assert read("default")["job_id"].to_pylist() == [1, 2, 3]
        assert read("default", job_ids=[3, 1, 99])["job_id"].to_pylist() == [1, 3]
        assert read("default", job_ids=[]).num_rows == 0
        assert read("default", job_ids=range(40_000)).num_rows == 3


class TestRunsRejectsMeta:
    def test_runs_are_replaced_and_read_oldest_first(self, destination: Destination) -> None:
        months = [run_row(f"run-{n}", started_at=SEEN - timedelta(days=40 * n)) for n in range(3)]
        for row in months:
            write_runs(destination, to_table(schema.SYNC_RUNS, [row]))
        finished = months[1] | {"status": "complete", "finished_at": LATER, "records_written": 2**53 + 1}
        write_runs(destination, to_table(schema.SYNC_RUNS, [finished]))
        assert read_runs(destination).to_pylist() == [months[2], finished, months[0]]

    def test_rejects_are_replaced_and_read_by_key(self, destination: Destination) -> None:
        rows = [reject_row(2, "status: null"), reject_row(1, "status: null"), reject_row(1, "email: number")]
        write_rejects(destination, to_table(schema.REJECTS, rows))
        again = rows[1] | {"occurrences": 4}
        write_rejects(destination, to_table(schema.REJECTS, [again]))
        assert read_rejects(destination, "default").to_pylist() == [rows[2], again, rows[0]]

    def test_rejects_that_were_resolved_are_not_open(self, destination: Destination) -> None:
        open_one, resolved = reject_row(1, "status: null"), reject_row(2, "status: null", resolved_at=LATER)
        others = reject_row(1, "status: null", account="west")
        write_rejects(destination, to_table(schema.REJECTS, [open_one, resolved, others]))
        assert read_rejects(destination, "default").to_pylist() == [open_one]
        assert read_rejects(destination, "default", only_open=False).to_pylist() == [open_one, resolved]
        assert read_rejects(destination, "west").to_pylist() == [others]

    def test_writing_no_rows_is_harmless(self, destination: Destination) -> None:
        write_runs(destination, schema.SYNC_RUNS.empty())
        write_rejects(destination, schema.REJECTS.empty())
        write_meta(destination, {})
        assert read_runs(destination).num_rows == read_rejects(destination, "default").num_rows == 0

    def test_meta_entries_are_replaced_one_by_one(self, destination: Destination) -> None:
        write_meta(destination, {"pii": "keep", "key": "1"})
        write_meta(destination, {"pii": "hash"})
        found = read_meta(destination)
        assert (found["pii"], found["key"]) == ("hash", "1")
        assert destination.schema_version() == schema.SCHEMA_VERSION

    def test_all_of_it_is_seen_by_the_next_to_open_it(
        self, destination: Destination, second: Destination
    ) -> None:
        job = make_job(1, 3)
        publish(destination, job, history=[history_row(job.row, SEEN)])
        write_runs(destination, to_table(schema.SYNC_RUNS, [run_row("run-1")]))
        write_meta(destination, {"pii": "drop"})
        destination.close()
        assert everything(second) == ([job.row], job.records, [history_row(job.row, SEEN)])
        assert read_runs(second).num_rows == 1
        assert read_meta(second)["pii"] == "drop"


class TestTakingOut:
    @staticmethod
    def erase(destination: Destination, *, dry_run: bool = False) -> Erased:
        hashes = to_table(schema.SUPPRESSIONS, [{"email_hash": "abc", "suppressed_at": SEEN}])
        erasure = Erasure.of(("jane.1@example.com", "nobody@example.com"))
        with destination.lock(LOCK_S):
            return destination.erase(erasure, hashes, dry_run=dry_run)

    def test_an_address_goes_from_every_table_and_its_hash_is_kept(self, destination: Destination) -> None:
        job = make_job(1, 2, list_name="only jane.1@example.com")
        publish(destination, job, make_job(2, 2), history=[history_row(job.row, SEEN)])
        raw = '{"email": "jane.1@example.com"}'
        write_rejects(destination, to_table(schema.REJECTS, [reject_row(1, "status: null", raw=raw)]))
        before = everything(destination)
        expected = Erased(records=2, texts=3, given=2, found=1)
        assert self.erase(destination, dry_run=True) == expected
        assert everything(destination) == before
        assert self.erase(destination) == expected
        assert "jane.1@example.com" not in str(everything(destination))
        assert [row["email"] for row in read_record_rows(destination)] == [None, "jane.2@example.com"] * 2
        assert read_rejects(destination, "default")["raw"].to_pylist() == [None]
        assert read_suppressed(destination) == {"abc"}
        assert self.erase(destination) == Erased(given=2)

    def test_records_of_older_jobs_go_and_their_jobs_stay(self, destination: Destination) -> None:
        old, new = make_job(1, 3, created_at=SEEN - timedelta(days=40)), make_job(2, 2, created_at=SEEN)
        other = make_job(1, 4, account="west", created_at=SEEN - timedelta(days=40))
        publish(destination, old, new)
        publish(destination, other, account="west")
        assert prune_records(destination, SEEN, dry_run=True) == 7
        assert prune_records(destination, SEEN, account="default", dry_run=True) == 3
        assert prune_records(destination, SEEN, account="default") == 3
        assert read_record_rows(destination) == new.records
        assert read_job_rows(destination) == [old.row, new.row]
        assert prune_records(destination, SEEN) == 4
        assert read_record_rows(destination, "west") == []
        assert prune_records(destination, SEEN) == 0

    def test_an_account_goes_from_every_table_and_others_stay(self, destination: Destination) -> None:
        ours, theirs = make_job(1, 2), make_job(1, 3, account="west")
        publish(destination, ours, history=[history_row(ours.row, SEEN)])
        publish(destination, theirs, account="west")
        write_runs(destination, to_table(schema.SYNC_RUNS, [run_row("1"), run_row("2", account="west")]))
        names = [{"account": a, "list_name": "May", "list_group": "All"} for a in ("default", "west")]
        destination.merge(schema.LIST_GROUPS, to_table(schema.LIST_GROUPS, names))
        expected = {"jobs": 1, "job_history": 1, "records": 2, "sync_runs": 1, "rejects": 0, "list_groups": 1}
        assert forget_account(destination, "default", dry_run=True) == expected
        assert forget_account(destination, "default") == expected
        assert everything(destination) == ([], [], [])
        assert read_record_rows(destination, "west") == theirs.records
        assert read_runs(destination)["account"].to_pylist() == ["west"]
        assert destination.count(schema.LIST_GROUPS) == 1
        assert set(forget_account(destination, "default").values()) == {0}


class TestViews:
    def test_are_computed_from_what_is_exported(self, destination: Destination) -> None:
        publish(destination, make_job(1, 3), make_job(2))
        publish(destination, make_job(1, 2, account="west"), account="west")
        assert destination.read_view("validator_mix")["records"].to_pylist() == [3, 2]
        assert destination.read_view("validator_mix", account="west")["records"].to_pylist() == [2]
        before = destination.read_view("validator_mix", until=CREATED)
        assert before.num_rows == 0
        assert before.schema == destination.read_view("validator_mix").schema

    def test_give_their_rows_by_key_texts_by_their_bytes_and_nulls_last(
        self, destination: Destination
    ) -> None:
        names = ["a", "B", "ä", "Ä", " a", "_", "a b", "ab", "aB", "顧客", "🙂", None]
        publish(destination, *(make_job(n, 0, list_name=name) for n, name in enumerate(names, 1)))
        given = sorted(filter(None, names), key=str.encode)
        assert destination.read_view("list_quality")["list_name"].to_pylist() == [*given, None]

    def test_keep_every_digit_of_large_figures_among_small_ones(self, destination: Destination) -> None:
        """A database that sorts numbers in fewer bytes than they have would give others for them."""
        small = {"total_records": 1, "invalid_count": 0, "unknown_count": 9, "valid_count": 178}
        large = {"total_records": 0, "invalid_count": 999_983, "unknown_count": 2**40, "valid_count": 0}
        for job_id, year, counts in ((1, 2035, small), (2, 2014, large)):
            publish(destination, make_job(job_id, created_at=datetime(year, 6, 16, tzinfo=UTC), **counts))
        for account in ("default", None):
            for name in ("list_decay", "daily_list_quality"):
                rows = destination.read_view(name, account=account).select(list(small)).to_pylist()
                assert rows == [large, small], (account, name)

    def test_come_in_parts_where_they_are_streamed(self, destination: Destination) -> None:
        publish(destination, *(make_job(n, 1) for n in range(1, 4)))
        read = destination.stream_view if isinstance(destination, Streaming) else destination.read_view
        found = read("job_turnaround")
        rows = found.read_all() if isinstance(found, pa.RecordBatchReader) else found
        assert rows.num_rows == 3
        assert rows.equals(destination.read_view("job_turnaround"))
        with pytest.raises(SettingsError, match="no such view"):
            read("nobody_knows")

    def test_have_days_of_the_zone_that_was_chosen(self, destination: Destination) -> None:
        publish(destination, make_job(1, 1, created_at=datetime(2026, 5, 6, 23, 30, tzinfo=UTC)))
        for tz, day in (("Europe/Berlin", 7), (None, 7), ("UTC", 6)):
            with destination.lock(LOCK_S):
                destination.ensure_views(tz)
            assert destination.read_view("daily_list_quality")["day"].to_pylist() == [date(2026, 5, day)]
        tokyo = destination.read_view("daily_list_quality", tz="Asia/Tokyo")
        assert tokyo["day"].to_pylist() == [date(2026, 5, 7)]
        with pytest.raises(SettingsError):
            destination.ensure_views("Europe/Nowhere")


class TestBrokenOff:
    FAULTS = (ValueError, OSError, pa.ArrowInvalid, NetworkError, KeyboardInterrupt)

    @staticmethod
    def publish_and_break(destination: Destination, fault: type[BaseException], *jobs: Job) -> None:
        """Publish in batches of two rows; half way through, the records raise ``fault``."""
        whole = publication(*jobs, history=[history_row(job.row, LATER) for job in jobs], batch_rows=2)
        raised = fault("the connection was lost")

        def records() -> Iterator[pa.RecordBatch]:
            batches = list(whole.records())
            yield from batches[: len(batches) // 2]
            raise raised

        with pytest.raises(fault) as caught, destination.lock(LOCK_S):
            destination.publish(dataclasses.replace(whole, records=records))
        assert caught.value is raised

    def test_a_job_stays_as_it_was_and_can_be_published_again(
        self, destination: Destination, backend: Backend, destination_url: str
    ) -> None:
        old, new = make_job(1, 4), make_job(1, 9, version="v2")
        publish(destination, old, history=[history_row(old.row, SEEN)])
        before = everything(destination)
        for fault in self.FAULTS:
            self.publish_and_break(destination, fault, new)
            assert everything(destination) == before, fault
        publish(destination, new, history=[history_row(new.row, LATER)])
        assert read_job_rows(destination) == [new.row]
        assert read_record_rows(destination) == new.records
        assert len(read_history(destination, "default")) == 2
        destination.close()
        assert versions_seen(backend.peek(destination_url)) == {1: {"v2": 9}}

    def test_a_first_publication_leaves_nothing(self, destination: Destination) -> None:
        self.publish_and_break(destination, ValueError, make_job(1, 9), make_job(2, 9))
        assert everything(destination) == ([], [], [])

    def test_each_of_several_jobs_stays_whole(self, destination: Destination, backend: Backend) -> None:
        def jobs(version: str, extra: int) -> list[Job]:
            at = [SEEN + timedelta(days=20 * n) for n in range(6)]
            return [make_job(n, n + extra, version=version, created_at=at[n]) for n in range(6)]

        old, new = jobs("v1", 2), jobs("v2", 5)
        publish(destination, *old)
        self.publish_and_break(destination, ValueError, *new)
        assert read_job_rows(destination) == [job.row for job in old]
        assert len(read_history(destination, "default")) == 0
        if backend.is_atomic:
            assert read_record_rows(destination) == records_of(*old)
        for was, would_be in zip(old, new, strict=True):
            assert read_record_rows(destination, job_ids=[was.job_id]) in (was.records, would_be.records)
        publish(destination, *new)
        assert read_record_rows(destination) == records_of(*new)
        assert read_job_rows(destination) == [job.row for job in new]


HOLD_THE_LOCK = """
import sys
from ecore_export.destinations import open_destination
with open_destination(sys.argv[1]).lock(60):
    print("locked", flush=True)
    sys.stdin.read()
"""


class TestLock:
    @pytest.fixture
    def refused(self, backend: Backend) -> AbstractContextManager[object]:
        """Whoever comes second is refused, but where several may write at once."""
        return pytest.raises(DestinationBusyError) if backend.has_one_writer else nullcontext()

    def test_has_one_holder(
        self, destination: Destination, second: Destination, refused: AbstractContextManager[object]
    ) -> None:
        with destination.lock(LOCK_S), refused, second.lock(0.1):
            pass
        with second.lock(0.1), refused, destination.lock(0.1):
            pass

    def test_says_whether_it_keeps_others_out(self, destination: Destination, backend: Backend) -> None:
        assert destination.has_one_writer == backend.has_one_writer

    def test_is_released_after_an_error(self, destination: Destination, second: Destination) -> None:
        with pytest.raises(ZeroDivisionError), destination.lock(LOCK_S):
            raise ZeroDivisionError
        with second.lock(0.1):
            pass

    def test_readers_need_none(self, destination: Destination, second: Destination) -> None:
        publish(destination, make_job(1, 3))
        with destination.lock(LOCK_S):
            assert read_job_rows(second) == [make_job(1, 3).row]
            assert read_record_rows(second) == make_job(1, 3).records

    def test_of_a_killed_process_is_free_again(
        self, destination: Destination, destination_url: str, refused: AbstractContextManager[object]
    ) -> None:
        command = [sys.executable, "-c", HOLD_THE_LOCK, destination_url]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
            try:
                assert holder.stdout.readline() == "locked\n"
                with refused, destination.lock(0.1):
                    pass
            finally:
                holder.kill()
        publish(destination, make_job(1, 1))
        assert read_record_rows(destination) == make_job(1, 1).records


@pytest.mark.thorough
class TestSideBySide:
    def test_a_reader_never_sees_a_part_of_a_job(
        self, destination: Destination, backend: Backend, destination_url: str
    ) -> None:
        months = {i: SEEN + timedelta(days=25 * i) for i in range(1, 7)}
        versions = {"v1": 3, "v2": 5}
        whole = [{version: rows} for version, rows in versions.items()]
        done = threading.Event()

        def look() -> None:
            seen = versions_seen(backend.peek(destination_url))
            assert seen.keys() == months.keys()
            assert [counts for counts in seen.values() if counts not in whole] == []

        def keep_looking() -> int:
            for looks in itertools.count(1):
                look()
                if done.is_set():
                    return looks
            raise AssertionError

        def write(version: str) -> None:
            jobs = (make_job(i, versions[version], version=version, created_at=months[i]) for i in months)
            publish(destination, *jobs, batch_rows=4)

        write("v1")
        with ThreadPoolExecutor(1) as pool:
            reader = pool.submit(keep_looking) if backend.has_readers_beside else None
            try:
                for version in ["v2", "v1"] * 12:
                    write(version)
                    if reader is None:
                        look()
            finally:
                done.set()
            assert reader is None or reader.result() > 0

    def test_two_writers_neither_lose_nor_double(self, destination_url: str, backend: Backend) -> None:
        shared, rounds, writers = 100, 5, ("v1", "v2")
        start = threading.Barrier(len(writers))

        def write(number: int) -> None:
            with closing(backend.open(destination_url)) as destination:
                start.wait(LOCK_S)
                with destination.lock(LOCK_S):
                    destination.ensure_schema()
                for n in range(rounds):
                    own = make_job(10 * number + n, 4, version=writers[number])
                    publish(destination, own, make_job(shared, 3 + 2 * number, version=writers[number]))

        with ThreadPoolExecutor(len(writers)) as pool:
            for written in [pool.submit(write, number) for number in range(len(writers))]:
                written.result()
        with closing(backend.open(destination_url)) as destination:
            seen = versions_seen((r["job_id"], r["validator_used"]) for r in read_record_rows(destination))
            ids = [row["job_id"] for row in read_job_rows(destination)]
        assert seen.pop(shared) in ({"v1": 3}, {"v2": 5})
        assert seen == {10 * w + n: {writers[w]: 4} for w in range(len(writers)) for n in range(rounds)}
        assert ids == [*sorted(seen), shared]
