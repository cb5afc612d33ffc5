"""The Delta destination beyond the contract: what others read of it, and the traps of its library."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from destination_rows import (
    LOCK_S,
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
from ecore_export.destinations import Erasure, open_destination, prune_records, write_rejects
from ecore_export.destinations.delta.destination import DeltaDestination
from ecore_export.destinations.delta.tables import StoredTable
from ecore_export.destinations.delta.url import Place
from ecore_export.errors import DestinationBusyError, DestinationError, SettingsError

ADDRESS = "jane.1@example.com"


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


@pytest.fixture
def destination(place: Path) -> Iterator[DeltaDestination]:
    with closing(DeltaDestination(f"delta:{place}")) as opened:
        opened.ensure_schema()
        yield opened


def files_with(place: Path, text: str) -> list[Path]:
    """All files below a folder that mention a text, Parquet files by their rows."""
    found = []
    for path in place.rglob("*"):
        if path.suffix == ".parquet":
            rows = str(pl.read_parquet(path, hive_partitioning=False).rows())
        else:
            rows = path.read_text(errors="replace") if path.is_file() else ""
        if text in rows:
            found.append(path)
    return found


class TestUrl:
    @pytest.mark.parametrize(
        "url",
        [
            *(
                "delta:",
                "delta://host/x",
                "delta:file:///x",
                "delta:http://host/x",
                "delta:s3://",
                "delta:s3:///x",
            ),
            *("delta:s3://key:secret@bucket/x", "delta:s3://bucket/x?token=secret", "delta:az://a@b/c"),
        ],
    )
    def test_that_is_none_says_how_to_write_one_and_repeats_nothing(self, url: str) -> None:
        with pytest.raises(SettingsError, match="write") as caught:
            open_destination(url)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize("url", ["s3://bucket/x", "parquet:s3://bucket/x", "S3A://key:secret@b/x"])
    def test_of_a_bucket_alone_says_what_to_write_and_why(self, url: str) -> None:
        with pytest.raises(SettingsError, match=r"write delta:s3://BUCKET/PREFIX; plain Parquet") as caught:
            open_destination(url)
        assert "secret" not in str(caught.value)

    @pytest.mark.parametrize(
        ("url", "root"),
        [
            ("delta:s3://bucket/a/b/", "s3://bucket/a/b"),
            ("delta:s3://bucket", "s3://bucket"),
            ("delta:az://container/a", "az://container/a"),
            ("delta:abfss://c@name.dfs.core.windows.net/a", "abfss://c@name.dfs.core.windows.net/a"),
            ("delta:gs://bucket/a", "gs://bucket/a"),
            ("delta:///data/w", "/data/w"),
        ],
    )
    def test_names_a_place(self, url: str, root: str) -> None:
        assert Place.of(url).root == root
        assert open_destination(url).url == url

    def test_of_a_parquet_folder_is_refused(self, tmp_path: Path) -> None:
        open_destination(f"parquet:{tmp_path}").ensure_schema()
        with pytest.raises(DestinationError, match="is a Parquet destination: write parquet:"):
            open_destination(f"delta:{tmp_path}").ensure_schema()

    def test_without_the_extra_is_one_sentence_that_names_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "deltalake", None)
        with pytest.raises(
            SettingsError, match=r"^Delta tables need deltalake: pip install 'ecore-export\[delta\]'$"
        ):
            open_destination("delta:x")

    def test_of_a_deltalake_that_loses_overwrites_is_refused(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("deltalake.__version__", "1.5.9")
        with pytest.raises(SettingsError, match="too old"):
            open_destination("delta:x")


class TestTables:
    def test_are_readable_by_all_and_have_a_change_feed(
        self, destination: DeltaDestination, place: Path
    ) -> None:
        for table in schema.ALL_TABLES:
            found = DeltaTable(str(place / table.name))
            protocol = found.protocol()
            assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 4)
            assert not protocol.reader_features
            assert not protocol.writer_features
            assert found.metadata().configuration["delta.enableChangeDataFeed"] == "true"
            months = ["created_month"] if table.name in ("jobs", "job_history", "records") else []
            assert found.metadata().partition_columns == months

    def test_are_read_by_polars_with_their_months(self, destination: DeltaDestination, place: Path) -> None:
        job = make_job(1, 3, created_at=datetime(2026, 1, 31, 23, 59, tzinfo=UTC))
        publish(destination, job)
        frame = pl.scan_delta(str(place / "records")).collect().sort("record_id")
        assert frame["created_month"].to_list() == ["2026-01"] * 3
        assert frame["email"].to_list() == [row["email"] for row in job.records]
        assert pl.scan_delta(str(place / "jobs")).collect().height == 1

    def test_commits_say_which_run_made_them(self, destination: DeltaDestination, place: Path) -> None:
        publish(destination, make_job(1, 3), make_job(2, 1))
        commit = DeltaTable(str(place / "records")).history(1)[0]
        assert (commit["ecore.run"], commit["ecore.jobs"]) == ("run-1", "2")

    def test_files_are_for_their_owner_only(self, destination: DeltaDestination, place: Path) -> None:
        publish(destination, make_job(1, 3))
        assert {path.stat().st_mode & 0o077 for path in (place, *place.rglob("*"))} == {0}
        assert not (place / "_ecore_probe").exists()

    def test_of_somebody_else_are_left_alone(self, place: Path) -> None:
        DeltaTable.create(str(place / "jobs"), pa.schema([("a", pa.int64())]))
        with pytest.raises(DestinationError, match="table jobs already that ecore-export did not make"):
            open_destination(f"delta:{place}").ensure_schema()

    def test_that_were_taken_away_are_missed(self, destination: DeltaDestination, place: Path) -> None:
        shutil.rmtree(place / "jobs")
        with pytest.raises(DestinationError, match="jobs is not there"):
            publish(destination, make_job(1, 1))


class TestTakingOut:
    def test_an_address_is_in_no_file_any_more(self, destination: DeltaDestination, place: Path) -> None:
        publish(destination, make_job(1, 3, list_name=f"for {ADDRESS}"), make_job(2, 2))
        publish(destination, make_job(1, 2, version="v2", list_name=f"for {ADDRESS}"))  # leaves change files
        raw = f'{{"email": "{ADDRESS}"}}'
        write_rejects(destination, to_table(schema.REJECTS, [reject_row(1, "status: null", raw=raw)]))
        left = place / "records/created_month=2026-05/part-of-a-killed-export.parquet"
        left.write_bytes(next(left.parent.glob("*.parquet")).read_bytes())
        assert len(files_with(place, ADDRESS)) > 5
        assert not [path for path in files_with(place, ADDRESS) if "_delta_log" in str(path)]
        with destination.lock(LOCK_S):
            destination.erase(Erasure.of((ADDRESS,)), schema.SUPPRESSIONS.empty())
        assert files_with(place, ADDRESS) == []
        assert not left.exists()
        assert "earlier versions" in destination.notes[0]
        assert len(read_record_rows(destination)) == 4

    def test_pruned_records_are_in_no_file_any_more(self, destination: DeltaDestination, place: Path) -> None:
        publish(destination, make_job(1, 3), make_job(2, 2, created_at=SEEN))
        assert prune_records(destination, SEEN) == 3
        assert files_with(place / "records", "jane.3@") == []
        assert len(read_record_rows(destination)) == 2

    @pytest.mark.parametrize("table", ["records", "job_history", "jobs"])
    def test_nobody_at_work_meanwhile_brings_it_back(
        self, destination: DeltaDestination, place: Path, monkeypatch: pytest.MonkeyPatch, table: str
    ) -> None:
        """Erasing beside a writer, which has computed what it is about to commit to one of its tables."""
        publish(destination, make_job(1, 3))
        replace = StoredTable.replace

        def erase_first(stored: StoredTable, *args: Any, **about: Any) -> None:
            if stored.table.name == table:
                monkeypatch.undo()
                DeltaDestination(destination.url).erase(Erasure.of((ADDRESS,)), schema.SUPPRESSIONS.empty())
            replace(stored, *args, **about)

        monkeypatch.setattr(StoredTable, "replace", erase_first)
        named = make_job(2, 3, list_name=f"for {ADDRESS}")
        with destination.lock(LOCK_S), pytest.raises(DestinationBusyError, match="taken out meanwhile"):
            destination.publish(publication(named, history=[history_row(named.row, SEEN)]))
        assert files_with(place, ADDRESS) == []  # not even in files of commits that were refused
        assert len(read_record_rows(destination, job_ids=[1])) == 3
        with destination.lock(LOCK_S):  # the next run, which has read what is suppressed
            destination.publish(publication(make_job(2, [])))
        assert len(read_record_rows(destination)) == 3
