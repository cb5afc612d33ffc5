"""What is particular to the Parquet destination: its files, when they are rewritten, who can read them."""

from __future__ import annotations

import dataclasses
import errno
import itertools
import json
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from destination_rows import (
    CREATED,
    LOCK_S,
    SEEN,
    Job,
    big_job_batches,
    history_row,
    job_row,
    make_job,
    publication,
    publish,
    read_job_rows,
    read_record_rows,
    records_of,
    reject_row,
    run_row,
    to_table,
)

from ecore_export import schema
from ecore_export.destinations import (
    open_destination,
    read_history,
    read_meta,
    read_records,
    write_meta,
    write_rejects,
    write_runs,
)
from ecore_export.destinations.parquet.destination import ParquetDestination
from ecore_export.destinations.parquet.folder import FileLimits
from ecore_export.errors import DestinationError, SettingsError

JUNE = datetime(2026, 6, 15, 12, tzinfo=UTC)
LATER = SEEN + timedelta(hours=1)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


@pytest.fixture
def warehouse(root: Path) -> ParquetDestination:
    return opened(root)


def opened(root: Path, **limits: int) -> ParquetDestination:
    destination = ParquetDestination(f"parquet:{root}", limits=FileLimits(**limits))
    destination.ensure_schema()
    return destination


def files(root: Path, table: str) -> list[str]:
    """The files of a table that hold rows or once did, below its folder."""
    found = (root / table).rglob("*.parquet")
    return sorted(str(p.relative_to(root / table)) for p in found if p.name != "empty.parquet")


def snapshot(root: Path) -> dict[str, tuple[bytes, int, int]]:
    """Bytes, time of change and inode of every file."""
    found = (path for path in root.rglob("*") if path.is_file() and path.name != ".ecore.lock")
    return {str(p.relative_to(root)): (p.read_bytes(), p.stat().st_mtime_ns, p.stat().st_ino) for p in found}


def jobs_in(path: Path) -> dict[str, object]:
    return json.loads(pq.read_metadata(path).metadata[b"ecore.jobs"])


def look_with_duckdb(root: Path, table: str, columns: str = "*") -> list[tuple[object, ...]]:
    with duckdb.connect() as connection:
        query = f"SELECT {columns} FROM read_parquet('{root / table}/**/*.parquet')"
        return connection.execute(query).fetchall()


class TestUrl:
    @pytest.mark.parametrize(
        ("url", "path"),
        [
            ("parquet:/data/warehouse", "/data/warehouse"),
            ("parquet:///data/warehouse", "/data/warehouse"),
            ("parquet:warehouse", "{cwd}/warehouse"),
            ("parquet:./ware house/ü", "{cwd}/ware house/ü"),
            ("parquet:~/warehouse", "{home}/warehouse"),
        ],
    )
    def test_names_a_local_folder(
        self, url: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("HOME", "/home/jane")
        destination = open_destination(url)
        assert destination.path == Path(path.format(cwd=tmp_path, home="/home/jane"))
        assert destination.url == url
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("url", ["parquet:http://host/x", "parquet:file:///x"])
    def test_of_something_else_is_refused(self, url: str) -> None:
        with pytest.raises(SettingsError, match="is a local folder: write parquet:PATH"):
            open_destination(url)

    @pytest.mark.parametrize("url", ["parquet:", "parquet:a\0b", "parquet://host/x"])
    def test_that_names_no_folder_is_refused(self, url: str) -> None:
        with pytest.raises(SettingsError, match="parquet:PATH"):
            open_destination(url)


class TestLayout:
    def test_jobs_lie_in_folders_of_their_month_of_creation_in_utc(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        east = datetime.fromisoformat("2026-06-01T01:30:00+02:00")  # still May in UTC
        jobs = [make_job(1, 2), make_job(2, 2, created_at=east), make_job(3, 2, created_at=JUNE)]
        publish(warehouse, *jobs, history=[history_row(job.row, SEEN) for job in jobs])
        for table in ("jobs", "job_history", "records"):
            assert files(root, table) == [
                "created_month=2026-05/part-00001.parquet",
                "created_month=2026-06/part-00001.parquet",
            ]
            may = jobs_in(root / table / "created_month=2026-05" / "part-00001.parquet")
            assert may["job_id"] == [1, 2]

    def test_a_year_has_four_digits(self, root: Path, warehouse: ParquetDestination) -> None:
        publish(warehouse, make_job(1, 1, created_at=datetime(1, 1, 1, tzinfo=UTC)))
        assert files(root, "records") == ["created_month=0001-01/part-00001.parquet"]

    def test_runs_lie_in_folders_of_their_month_and_rejects_in_one_file(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        write_runs(warehouse, to_table(schema.SYNC_RUNS, [run_row("r1"), run_row("r2", started_at=CREATED)]))
        write_rejects(warehouse, to_table(schema.REJECTS, [reject_row(1, "status: null")]))
        assert files(root, "sync_runs") == [
            "started_month=2026-05/runs.parquet",
            "started_month=2026-06/runs.parquet",
        ]
        assert files(root, "rejects") == ["rejects.parquet"]

    @pytest.mark.parametrize("table", schema.DATA_TABLES, ids=lambda table: table.name)
    def test_files_hold_the_columns_of_the_schema_and_not_the_month(
        self, root: Path, warehouse: ParquetDestination, table: schema.Table
    ) -> None:
        job = make_job(1, 3)
        publish(warehouse, job, history=[history_row(job.row, SEEN)])
        write_runs(warehouse, to_table(schema.SYNC_RUNS, [run_row("r1")]))
        found = list((root / table.name).rglob("*.parquet"))
        assert found
        for path in found:
            assert pq.read_schema(path).remove_metadata() == table.arrow

    def test_a_footer_lists_the_jobs_inside_and_their_rows(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        publish(warehouse, make_job(7, 3), make_job(9, 0), make_job(8, 2))
        records = root / "records" / "created_month=2026-05" / "part-00001.parquet"
        jobs = root / "jobs" / "created_month=2026-05" / "part-00001.parquet"
        assert jobs_in(records) == {"account": "default", "job_id": [7, 8], "rows": [3, 2]}
        assert jobs_in(jobs) == {"account": "default", "job_id": [7, 9, 8], "rows": [1, 1, 1]}

    def test_a_file_belongs_to_one_account(self, root: Path, warehouse: ParquetDestination) -> None:
        for account in ("east", "west", "east"):
            publish(warehouse, make_job(1, 2, account=account), account=account)
        paths = [root / "records" / name for name in files(root, "records")]
        assert [jobs_in(path)["account"] for path in paths] == ["east", "west"]

    def test_only_the_owner_can_read(self, root: Path) -> None:
        before = os.umask(0)
        try:
            warehouse = opened(root / "deep" / "down")
            publish(warehouse, make_job(1, 2))
        finally:
            os.umask(before)
        modes = {p.is_dir(): set() for p in root.rglob("*")}
        for path in (root, *root.rglob("*")):
            modes[path.is_dir()].add(stat.S_IMODE(path.stat().st_mode))
        assert modes == {True: {0o700}, False: {0o600}}

    def test_row_groups_are_of_a_hundred_thousand_rows(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        publish_big(warehouse, make_job(1, 0), 230_000)
        (name,) = files(root, "records")
        metadata = pq.read_metadata(root / "records" / name)
        rows = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
        assert rows == [100_000, 100_000, 30_000]


def publish_big(warehouse: ParquetDestination, job: Job, rows: int, batch_rows: int = 7_000) -> None:
    """Publish a job of many records, which are made while they are written."""
    job.row["records_exported"] = rows
    whole = dataclasses.replace(
        publication(job),
        exported=(job.job_id,),
        records=lambda: big_job_batches(job.row, rows, batch_rows),
        record_rows=rows,
    )
    with warehouse.lock(LOCK_S):
        warehouse.publish(whole)


class TestRewriting:
    def test_nothing_is_touched_when_nothing_changed(self, root: Path, warehouse: ParquetDestination) -> None:
        jobs = [make_job(i, 5, created_at=CREATED + timedelta(days=20 * i)) for i in range(6)]
        history = [history_row(job.row, SEEN) for job in jobs]
        publish(warehouse, *jobs, history=history)
        before = snapshot(root)
        later = [
            make_job(i, 5, created_at=job.row["created_at"], run_id="run-2", checked_at=LATER)
            for i, job in enumerate(jobs)
        ]
        publish(warehouse, *later, history=history)
        warehouse.ensure_schema()
        assert snapshot(root) == before

    def test_a_big_job_is_compared_row_group_by_row_group(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        publish_big(warehouse, make_job(1, 0), 230_000)
        before = snapshot(root)
        publish_big(warehouse, make_job(1, 0), 230_000, batch_rows=33_333)
        assert snapshot(root) == before

    def test_only_the_file_of_a_changed_job_is_rewritten(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        may, june = make_job(1, 3), make_job(2, 3, created_at=JUNE)
        publish(warehouse, may, june)
        before = snapshot(root)
        publish(warehouse, may, make_job(2, 3, created_at=JUNE, version="v2"))
        after = snapshot(root)
        changed = {name for name in after if after[name] != before.get(name)}
        assert changed == {"records/created_month=2026-06/part-00001.parquet"}

    def test_an_unchanged_job_in_a_rewritten_file_keeps_its_run_id(
        self, warehouse: ParquetDestination
    ) -> None:
        publish(warehouse, make_job(1, 3), make_job(2, 3))
        publish(warehouse, make_job(1, 3, run_id="run-2"), make_job(2, 4, run_id="run-2"))
        found = {(row["job_id"], row["run_id"]) for row in read_record_rows(warehouse)}
        assert found == {(1, "run-1"), (2, "run-2")}
        assert [row["run_id"] for row in read_job_rows(warehouse)] == ["run-1", "run-2"]

    def test_a_job_never_changes_its_file(self, root: Path) -> None:
        warehouse = opened(root, jobs=2, own_file_rows=10)
        publish(warehouse, *(make_job(i, 3) for i in range(1, 6)))
        names = files(root, "records")
        publish(warehouse, make_job(1, 50), make_job(4, 1, created_at=JUNE))
        assert files(root, "records") == names
        first, second, _ = (jobs_in(root / "records" / name) for name in names)
        assert (first["rows"], second["rows"]) == ([50, 3], [3, 1])

    def test_a_file_whose_records_are_all_gone_stays_and_is_used_again(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        publish(warehouse, make_job(1, 3))
        publish(warehouse, make_job(1, 0))
        assert files(root, "records") == ["created_month=2026-05/part-00001.parquet"]
        assert len(pd.read_parquet(root / "records")) == 0
        publish(warehouse, make_job(2, 3))
        assert files(root, "records") == ["created_month=2026-05/part-00001.parquet"]
        assert read_record_rows(warehouse) == make_job(2, 3).records

    def test_what_another_process_wrote_in_between_is_seen(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        other = opened(root)
        publish(warehouse, make_job(1, 2))
        publish(other, make_job(1, 3), make_job(2, 2))
        publish(warehouse, make_job(2, 4), make_job(3, 1))
        publish(other, make_job(3, 2))
        assert files(root, "records") == ["created_month=2026-05/part-00001.parquet"]
        expected = records_of(make_job(1, 3), make_job(2, 4), make_job(3, 2))
        assert read_record_rows(other) == read_record_rows(warehouse) == expected


class TestOpenFile:
    def test_takes_in_new_jobs_until_it_has_its_number(self, root: Path) -> None:
        warehouse = opened(root, jobs=40)
        for start in range(0, 105, 7):
            jobs = [make_job(i, 2) for i in range(start, start + 7)]
            publish(warehouse, *jobs, history=[history_row(job.row, SEEN) for job in jobs])
        for table in ("jobs", "job_history", "records"):
            counts = [len(jobs_in(root / table / name)["job_id"]) for name in files(root, table)]
            assert counts == [40, 40, 25]
        assert len(read_job_rows(warehouse)) == 105
        assert len(read_record_rows(warehouse)) == 210

    def test_takes_in_new_jobs_until_it_has_its_size(self, root: Path) -> None:
        publish(opened(root), make_job(0, 200))
        (first,) = files(root, "records")
        size_bytes = (root / "records" / first).stat().st_size + 100
        warehouse = opened(root, size_bytes=size_bytes)
        for i in range(1, 5):
            publish(warehouse, make_job(i, 200))
        found = [jobs_in(root / "records" / name)["job_id"] for name in files(root, "records")]
        assert found == [[0, 1], [2, 3], [4]]

    def test_is_not_rewritten_for_many_records_that_fill_one_of_their_own(self, root: Path) -> None:
        warehouse = opened(root, own_file_rows=100)
        publish(warehouse, make_job(1, 3))
        first = snapshot(root)["records/created_month=2026-05/part-00001.parquet"]
        publish(warehouse, make_job(2, 60), make_job(3, 40))
        assert snapshot(root)["records/created_month=2026-05/part-00001.parquet"] == first
        assert jobs_in(root / "records/created_month=2026-05/part-00002.parquet")["job_id"] == [2, 3]

    def test_many_jobs_at_once_are_spread_over_files(self, root: Path) -> None:
        warehouse = opened(root, jobs=10)
        publish(warehouse, *(make_job(i, 1) for i in range(35)))
        assert len(files(root, "records")) == len(files(root, "jobs")) == 4
        assert len(read_record_rows(warehouse)) == 35


class TestReaders:
    TABLES = ("jobs", "job_history", "records", "sync_runs", "rejects")

    @pytest.mark.parametrize("table", TABLES)
    def test_find_all_columns_in_an_empty_destination(
        self, root: Path, warehouse: ParquetDestination, table: str
    ) -> None:
        columns = next(t.names for t in schema.DATA_TABLES if t.name == table)
        frame = pd.read_parquet(root / table)
        assert len(frame) == 0
        assert tuple(frame.columns[: len(columns)]) == columns
        assert look_with_duckdb(root, table) == []
        assert ds.dataset(root / table, partitioning="hive").count_rows() == 0

    def test_see_every_row_and_the_month(self, root: Path, warehouse: ParquetDestination) -> None:
        publish(warehouse, make_job(1, 2), make_job(2, 3, created_at=JUNE))
        expected = [(1, "2026-05")] * 2 + [(2, "2026-06")] * 3
        frame = pd.read_parquet(root / "records")
        assert sorted(zip(frame["job_id"], frame["created_month"], strict=True)) == expected
        assert sorted(look_with_duckdb(root, "records", "job_id, created_month")) == expected
        table = ds.dataset(root / "records", partitioning="hive").to_table()
        assert (
            sorted(zip(*table.select(["job_id", "created_month"]).to_pydict().values(), strict=True))
            == expected
        )

    def test_see_the_types_of_the_schema(self, root: Path, warehouse: ParquetDestination) -> None:
        publish(warehouse, make_job(1, 2))
        frame = pd.read_parquet(root / "jobs", dtype_backend="pyarrow")
        for column in schema.JOBS.columns:
            assert frame[column.name].dtype == pd.ArrowDtype(column.kind.arrow)
        with duckdb.connect() as connection:
            found = connection.sql(f"SELECT * FROM read_parquet('{root}/jobs/**/*.parquet')")
            types = dict(zip(found.columns, map(str, found.types), strict=True))
        assert types["total_credits_charged"] == "DECIMAL(28,6)"
        assert types["created_at"] == "TIMESTAMP WITH TIME ZONE"

    def test_do_not_see_a_file_in_the_making(self, root: Path, warehouse: ParquetDestination) -> None:
        publish(warehouse, make_job(1, 2))
        whole = publication(make_job(2, 4), batch_rows=2)
        seen: list[int] = []

        def records() -> Iterator[pa.RecordBatch]:
            for batch in whole.records():
                yield batch
                assert {path.parent for path in root.rglob(".*.tmp")} == {root / "_tmp"}
                seen.append(len(pd.read_parquet(root / "records")))
                seen.append(len(look_with_duckdb(root, "records")))

        with warehouse.lock(LOCK_S):
            warehouse.publish(dataclasses.replace(whole, records=records))
        assert seen == [2] * 4
        assert len(pd.read_parquet(root / "records")) == 6
        assert list(root.rglob(".*.tmp")) == []


class TestLeftovers:
    def test_of_a_killed_writer_are_swept_away_and_nothing_else(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        publish(warehouse, make_job(1, 2))
        left = [root / table / f".{'0af' * 10}00.tmp" for table in ("", "records", "jobs", "rejects")]
        strangers = [root / ".mine.tmp", root / "notes.txt", root / "records" / ".mine.tmp"]
        for path in (*left, *strangers):
            path.write_bytes(b"PAR1")
        assert len(pd.read_parquet(root / "records")) == 2
        assert len(look_with_duckdb(root, "records")) == 2
        before = snapshot(root)
        with warehouse.lock(LOCK_S):
            pass
        assert before.keys() - snapshot(root).keys() == {str(path.relative_to(root)) for path in left}


class PowerCutError(BaseException):
    """Stands for the death of the process: nothing may catch it."""


class TestCrash:
    @staticmethod
    def states() -> tuple[list[Job], list[Job]]:
        """Jobs of two months, before and after they were finished and exported."""
        months = (CREATED, CREATED, JUNE)
        old = [
            Job(job_row(i, status="Processing", is_final=False, created_at=at)) for i, at in enumerate(months)
        ]
        return old, [make_job(i, 4, created_at=at) for i, at in enumerate(months)]

    @pytest.mark.parametrize("step", range(1, 7))
    def test_between_two_steps_is_healed_by_publishing_anew(
        self, warehouse: ParquetDestination, monkeypatch: pytest.MonkeyPatch, step: int
    ) -> None:
        old, new = self.states()
        publish(warehouse, *old, history=[history_row(job.row, SEEN) for job in old])
        real, calls = os.replace, itertools.count(1)

        def replace(source: Path, target: Path) -> None:
            if next(calls) == step:
                raise PowerCutError
            real(source, target)

        with monkeypatch.context() as patched:
            patched.setattr(os, "replace", replace)
            with pytest.raises(PowerCutError):
                publish(warehouse, *new, history=[history_row(job.row, LATER) for job in new])
        assert {len(read_record_rows(warehouse, job_ids=[i])) for i in range(3)} <= {0, 4}
        exported = {r["job_id"] for r in read_job_rows(warehouse) if r["records_exported"] is not None}
        assert exported <= {row["job_id"] for row in read_record_rows(warehouse)}

        known = {row["job_id"]: row["status"] for row in read_job_rows(warehouse)}
        changed = [job.row for job in new if known[job.job_id] != job.row["status"]]
        read_again_at = LATER + timedelta(minutes=5)
        publish(warehouse, *new, history=[history_row(row, read_again_at) for row in changed])
        assert read_record_rows(warehouse) == records_of(*new)
        assert read_job_rows(warehouse) == [job.row for job in new]
        history = read_history(warehouse, "default")
        assert history["status"].to_pylist() == ["Processing", "Processed"] * 3
        ends = history["valid_to"].to_pylist()
        assert ends[1::2] == [None] * 3
        assert ends[::2] == history["valid_from"].to_pylist()[1::2]

    def test_there_are_six_steps(
        self, warehouse: ParquetDestination, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old, new = self.states()
        publish(warehouse, *old)
        replaced: list[str] = []
        real = os.replace

        def replace(source: Path, target: Path) -> None:
            replaced.append(target.parts[-3])
            real(source, target)

        monkeypatch.setattr(os, "replace", replace)
        publish(warehouse, *new, history=[history_row(job.row, LATER) for job in new])
        assert replaced == ["records", "records", "job_history", "job_history", "jobs", "jobs"]

    def test_while_the_folder_is_made_is_healed(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        real = os.replace
        for step in range(1, 7):
            place = root / str(step)
            calls = itertools.count(1)

            def replace(source: Path, target: Path, calls=calls, step=step) -> None:
                if next(calls) == step:
                    raise PowerCutError
                real(source, target)

            with monkeypatch.context() as patched:
                patched.setattr(os, "replace", replace)
                with pytest.raises(PowerCutError):
                    opened(place)
            publish(opened(place), make_job(1, 2))
            assert len(pd.read_parquet(place / "records")) == 2


@pytest.mark.thorough
class TestMemory:
    @pytest.mark.parametrize("times", [1, 2], ids=["new", "published again"])
    def test_does_not_grow_with_the_job(self, warehouse: ParquetDestination, times: int) -> None:
        row_groups, batch_rows = 12, 20_000
        job = make_job(1, 0)
        batch_bytes = next(big_job_batches(job.row, batch_rows, batch_rows)).nbytes
        group_bytes = batch_bytes * 100_000 // batch_rows
        for _ in range(times):
            pool = pa.default_memory_pool()
            before = pool.bytes_allocated()
            peaks = [0]

            def watched(peaks: list[int] = peaks, before: int = before) -> Iterator[pa.RecordBatch]:
                for batch in big_job_batches(job.row, row_groups * 100_000, batch_rows):
                    peaks.append(pa.default_memory_pool().bytes_allocated() - before)
                    yield batch

            job.row["records_exported"] = row_groups * 100_000
            whole = dataclasses.replace(publication(job), exported=(1,), records=watched)
            with warehouse.lock(LOCK_S):
                warehouse.publish(whole)
            assert max(peaks) < 4 * group_bytes
        held = [batch.num_rows for batch in read_records(warehouse, "default")]
        assert max(held) <= 100_000
        assert sum(held) == row_groups * 100_000


class TestFaults:
    def test_a_path_that_is_a_file_is_refused(self, root: Path) -> None:
        root.write_text("not a folder")
        for path in (root, root / "below"):
            with pytest.raises(DestinationError, match="is a file: choose a folder"):
                ParquetDestination(f"parquet:{path}").ensure_schema()
        assert root.read_text() == "not a folder"

    def test_a_path_that_is_not_writable_is_refused(
        self, root: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "access", lambda path, mode: False)
        with pytest.raises(DestinationError, match="not writable"):
            ParquetDestination(f"parquet:{root}").check_writable()
        assert not root.exists()

    def test_a_folder_with_other_things_in_it_will_do(self, root: Path) -> None:
        (root / "photos").mkdir(parents=True)
        publish(opened(root), make_job(1, 2))
        assert (root / "photos").is_dir()

    def test_tables_that_nobody_vouches_for_are_refused(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        (root / "_ecore.json").unlink()
        with pytest.raises(DestinationError, match=r"_ecore\.json"):
            warehouse.ensure_schema()

    @pytest.mark.parametrize(
        "text", ["", "{", "[]", "null", '{"meta": {}}', '{"meta": {"schema_version": "x"}}']
    )
    def test_damaged_metadata_is_named(self, root: Path, warehouse: ParquetDestination, text: str) -> None:
        (root / "_ecore.json").write_text(text)
        for read in (warehouse.schema_version, warehouse.ensure_schema, partial(read_meta, warehouse)):
            with pytest.raises(DestinationError, match=r"_ecore\.json is damaged"):
                read()

    def test_metadata_of_others_are_kept(self, root: Path, warehouse: ParquetDestination) -> None:
        about = json.loads((root / "_ecore.json").read_text()) | {"suppressed": ["abc"]}
        (root / "_ecore.json").write_text(json.dumps(about))
        write_meta(warehouse, {"pii": "hash"})
        assert json.loads((root / "_ecore.json").read_text())["suppressed"] == ["abc"]

    @pytest.mark.parametrize("damage", [b"", b"PAR1 broken PAR1"], ids=["empty", "garbage"])
    def test_a_damaged_file_is_named(self, root: Path, warehouse: ParquetDestination, damage: bytes) -> None:
        publish(warehouse, make_job(1, 2))
        (root / "records" / "created_month=2026-05" / "part-00001.parquet").write_bytes(damage)
        again = ParquetDestination(f"parquet:{root}")
        with pytest.raises(DestinationError, match=r"part-00001\.parquet is damaged"):
            read_record_rows(again)
        with pytest.raises(DestinationError, match=r"part-00001\.parquet is damaged"):
            publish(again, make_job(1, 3))

    def test_a_foreign_file_is_not_read_and_named(self, root: Path, warehouse: ParquetDestination) -> None:
        pq.write_table(pa.table({"x": [1]}), root / "records" / "created_month=none" / "mine.parquet")
        assert len(read_record_rows(warehouse)) == 0
        warehouse.schema_version()
        assert [note for note in warehouse.notes if "mine.parquet is no file of ecore-export" in note]

    def test_a_foreign_file_under_our_name_is_named(self, root: Path, warehouse: ParquetDestination) -> None:
        path = root / "records" / "created_month=2026-05" / "part-00007.parquet"
        path.parent.mkdir()
        pq.write_table(pa.table({"x": [1]}), path)
        with pytest.raises(DestinationError, match=r"part-00007\.parquet was not written by ecore-export"):
            read_record_rows(warehouse)

    @pytest.mark.parametrize(
        ("code", "message"),
        [(errno.ENOSPC, "is full"), (errno.EROFS, "not writable"), (errno.EIO, "cannot be written")],
    )
    def test_a_disk_that_fails_leaves_everything_as_it_was(
        self,
        root: Path,
        warehouse: ParquetDestination,
        monkeypatch: pytest.MonkeyPatch,
        code: int,
        message: str,
    ) -> None:
        publish(warehouse, make_job(1, 2))
        before = snapshot(root)

        def fsync(handle: int) -> None:
            raise OSError(code, os.strerror(code))

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", fsync)
            with pytest.raises(DestinationError, match=message):
                publish(warehouse, make_job(1, 3), make_job(2, 2))
        assert snapshot(root) == before

    def test_records_of_a_job_that_come_apart_are_refused(
        self, root: Path, warehouse: ParquetDestination
    ) -> None:
        whole = publication(make_job(1, 2), make_job(2, 2), batch_rows=1)
        first, second, third, fourth = whole.records()
        mixed = dataclasses.replace(whole, records=lambda: iter([first, third, second, fourth]))
        with warehouse.lock(LOCK_S), pytest.raises(DestinationError, match="did not come together"):
            warehouse.publish(mixed)
        assert read_record_rows(warehouse) == []

    def test_a_null_that_may_not_be_is_refused(self, warehouse: ParquetDestination) -> None:
        job = make_job(1, 2)
        whole = publication(job)
        (batch,) = whole.records()
        columns = [pa.nulls(2) if name == "status" else batch[name] for name in schema.RECORDS.names]
        broken = pa.RecordBatch.from_arrays(columns, schema.RECORDS.names)
        with warehouse.lock(LOCK_S), pytest.raises(DestinationError):
            warehouse.publish(dataclasses.replace(whole, records=lambda: iter([broken])))


class TestOlderVersion:
    def test_is_migrated_and_what_it_lacks_is_null(self, root: Path, warehouse: ParquetDestination) -> None:
        jobs = [make_job(1, 2), make_job(2, 2)]
        publish(warehouse, *jobs)
        write_meta(warehouse, {"schema_version": "0", "pii": "keep"})
        path = root / "records" / "created_month=2026-05" / "part-00001.parquet"
        metadata = pq.read_metadata(path).metadata
        older = pq.ParquetFile(path).read().drop_columns(["email_hash"])
        pq.write_table(older.replace_schema_metadata({"ecore.jobs": metadata[b"ecore.jobs"]}), path)
        migrated = ParquetDestination(f"parquet:{root}")
        migrated.ensure_schema()
        assert migrated.schema_version() == schema.SCHEMA_VERSION
        assert read_meta(migrated)["pii"] == "keep"
        assert read_record_rows(migrated) == records_of(*jobs)
        publish(migrated, make_job(1, 3))
        assert read_record_rows(migrated) == records_of(make_job(1, 3), jobs[1])
