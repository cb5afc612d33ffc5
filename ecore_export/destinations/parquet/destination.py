"""The Parquet destination: a folder of Parquet files that pandas, DuckDB, Spark and others read as they are.

In: `Publication`s. Out: ``PATH/records/created_month=2026-05/….parquet`` and likewise ``jobs`` and
``job_history``; ``sync_runs`` by month of start; ``rejects/rejects.parquet``; ``_ecore.json``, what the
folder knows of itself.

Every file is replaced in one step and holds whole jobs, so a reader beside the writer never sees part of a
job. A publication writes records, then history, then jobs: one that dies halfway leaves each job whole, in
its old or its new state, and `jobs` does not call exported what is not.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ...errors import DestinationBusyError, DestinationError, DestinationVersionError, SettingsError
from ...times import Moment, offsets_of
from ...views import check_period, find_view, period_of
from ..atomic_files import make_directory, reading, sweep_temporary, write_text, writing
from ..contract import JobState, Publication
from ..erasure import Erased, Erasure
from ..instant_text import to_iso_text
from ..view_plan import TZ_ENTRY, chosen_tz
from . import erasure as parquet_erasure
from .folder import NO_MONTH, TEMPORARY, FileLimits, TableFolder
from .forgetting import remove_account, remove_shared, rows_of_account, shared_rows
from .publish import publish_records, read_records
from .record_spans import record_spans
from .rows import month_labels, upsert, upsert_history
from .tables import publish_job_rows, read_file, read_job_rows, rewrite, write_file
from .views import rows_of

_OWN_WRITE_WAIT_S = 30.0

_upsert_jobs = partial(upsert, key=schema.JOBS.key, ignoring=("run_id", "checked_at"))
_upsert_runs = partial(upsert, key=schema.SYNC_RUNS.key)
_upsert_rejects = partial(upsert, key=schema.REJECTS.key)


class ParquetDestination:
    """A folder of Parquet files; fulfils `Destination`. ``url``: ``parquet:PATH``, a local path.

    ``limits``: when a file is full and the next one opens.
    """

    def __init__(self, url: str, *, limits: FileLimits | None = None) -> None:
        self.notes: list[str] = []
        self.url = url
        self.path = _local_path(url)
        self._limits = limits or FileLimits()
        self._jobs = TableFolder(self.path, schema.JOBS)
        self._history = TableFolder(self.path, schema.JOB_HISTORY)
        self._records = TableFolder(self.path, schema.RECORDS)
        self._runs = TableFolder(self.path, schema.SYNC_RUNS, partition="started_month")
        self._rejects = TableFolder(self.path, schema.REJECTS)
        self._folders = (self._jobs, self._history, self._records, self._runs, self._rejects)
        self._is_locked = False

    def schema_version(self) -> int | None:
        """The schema version of the folder; None if nothing was ever written there. Changes nothing."""
        self._existing_place()
        about = self._read_about()
        if about is not None:
            self.notes += [note for note in self._strangers() if note not in self.notes]
            return int(about["meta"]["schema_version"])
        if any(folder.root.exists() for folder in self._folders):
            raise DestinationError(
                f"{self.path} holds tables but no {self._about_path.name}: restore that file, "
                "or choose another path"
            )
        return None

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be written; changes nothing."""
        place = self._existing_place()
        if not os.access(place, os.W_OK | os.X_OK):
            raise DestinationError(f"{place} is not writable: choose another path or change its permissions")

    def ensure_schema(self) -> None:
        """Create the folder and what is missing in it, so that every table can be read, empty or not."""
        self.check_writable()
        version = self.schema_version()
        if version is not None and version > schema.SCHEMA_VERSION:
            raise DestinationVersionError(
                f"{self.path} has schema version {version}, this ecore-export knows {schema.SCHEMA_VERSION}: "
                "upgrade ecore-export; nothing was changed"
            )
        with self._writing():
            if version != schema.SCHEMA_VERSION:
                self._write_meta({"schema_version": str(schema.SCHEMA_VERSION)})
            for folder in self._folders:
                path = folder.path_in(NO_MONTH, "empty.parquet")
                if folder is self._rejects:
                    path = self._rejects_path
                if not path.exists():
                    write_file(folder, path, folder.table.empty())

    @contextmanager
    def lock(self, timeout_s: float) -> Iterator[None]:
        """Be the only writer; also sweeps away what a killed writer left unfinished."""
        from filelock import FileLock, Timeout

        make_directory(self.path)
        lock = FileLock(self.path / ".ecore.lock", mode=0o600, thread_local=False)
        with writing(self.path / ".ecore.lock"):
            try:
                lock.acquire(timeout=max(timeout_s, 0.0))
            except Timeout as error:
                raise DestinationBusyError(
                    f"another export is writing to {self.path}: wait for it to end, then try again"
                ) from error
        try:
            self._set_locked(True)
            # In the tables' own folders only version 0.1 left any.
            places = (self.path, self.path / TEMPORARY, *(folder.root for folder in self._folders))
            for place in places:
                sweep_temporary(place)
            self.notes += self._strangers()
            yield
        finally:
            with suppress(OSError):
                (self.path / TEMPORARY).rmdir()
            self._set_locked(False)
            lock.release()

    def read_jobs(
        self,
        account: str,
        *,
        job_ids: Sequence[int] | None = None,
        state: JobState = "all",
        columns: Sequence[str] | None = None,
    ) -> pa.Table:
        """Rows of `schema.JOBS`, ordered by job_id."""
        names = list(schema.JOBS.names if columns is None else columns)
        needed = list(dict.fromkeys([*names, "job_id"]))
        rows = read_job_rows(self._jobs, account, needed, job_ids=job_ids, state=state)
        return rows.sort_by("job_id").select(names)

    def count_jobs(self, account: str) -> int:
        """How many known jobs are not deleted."""
        return int(read_job_rows(self._jobs, account, ["deleted_at"])["deleted_at"].null_count)

    def read_records(
        self, account: str, *, job_ids: Sequence[int] | None = None, columns: Sequence[str] | None = None
    ) -> Iterator[pa.RecordBatch]:
        """Rows of `schema.RECORDS` in batches, file by file, each job's together."""
        return read_records(self._records, account, job_ids, columns)

    def read_record_spans(self, account: str) -> pa.Table:
        """Between which record ids each job's lie: those of its file."""
        return record_spans(self._records, account)

    def read_history(self, account: str, *, job_ids: Sequence[int] | None = None) -> pa.Table:
        """Rows of `schema.JOB_HISTORY`, ordered by (job_id, valid_from)."""
        rows = read_job_rows(self._history, account, schema.JOB_HISTORY.names, job_ids=job_ids)
        return rows.sort_by([("job_id", "ascending"), ("valid_from", "ascending")])

    def publish(self, publication: Publication) -> None:
        """Make a publication visible: its records, then its history, then its jobs."""
        account, limits = publication.account, self._limits
        with self._writing():
            if publication.exported:
                publish_records(self._records, publication, limits)
            history = publication.history
            job_ids: list[Any] = history["job_id"].to_pylist()
            known = self.read_jobs(account, job_ids=job_ids)
            publish_job_rows(self._history, account, history, limits, partial(upsert_history, known=known))
            publish_job_rows(self._jobs, account, publication.jobs, limits, _upsert_jobs)

    def write_run(self, run: pa.Table) -> None:
        """Insert or replace rows of `schema.SYNC_RUNS` by run_id."""
        months = month_labels(run["started_at"])
        with self._writing():
            for month in dict.fromkeys(months):
                rows = run.filter(pa.array([label == month for label in months], pa.bool_()))
                rewrite(self._runs, self._runs.path_in(month, "runs.parquet"), rows, _upsert_runs)

    def read_runs(self) -> pa.Table:
        """All rows of `schema.SYNC_RUNS`, oldest first."""
        rows = [read_file(path, schema.SYNC_RUNS) for path in self._runs.paths()]
        table = pa.concat_tables([schema.SYNC_RUNS.empty(), *rows])
        return table.sort_by([("started_at", "ascending"), ("run_id", "ascending")])

    def write_rejects(self, rejects: pa.Table) -> None:
        """Insert or replace rows of `schema.REJECTS` by key."""
        with self._writing():
            rewrite(self._rejects, self._rejects_path, rejects, _upsert_rejects)

    def read_rejects(self, account: str, *, only_open: bool = True) -> pa.Table:
        """Rows of `schema.REJECTS`, ordered by key."""
        rows = read_file(self._rejects_path, schema.REJECTS)
        rows = rows.filter(pc.equal(rows["account"], pa.scalar(account)))
        if only_open:
            rows = rows.filter(pc.is_null(rows["resolved_at"]))
        return rows.sort_by([(name, "ascending") for name in schema.REJECTS.key])

    def read_meta(self) -> dict[str, str]:
        """The entries about the destination itself."""
        about = self._read_about()
        return {} if about is None else dict(about["meta"])

    def write_meta(self, entries: dict[str, str]) -> None:
        """Insert or replace entries about the destination itself."""
        with self._writing():
            self._write_meta(entries)

    def read_suppressed(self) -> frozenset[str]:
        """Hashes of erased addresses."""
        return frozenset((self._read_about() or {}).get("suppressed", {}))

    def erase(self, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool = False) -> Erased:
        """Take addresses out of every table; files that hold one are rewritten.

        Raises `DestinationError` while a file that is not ours lies there: it may hold the address, too.
        """
        self._refuse_strangers()
        if dry_run:
            self._take_out(erasure, dry_run=True)
            return erasure.erased
        hashes = suppressed["email_hash"].to_pylist()
        times: list[Any] = to_iso_text(suppressed["suppressed_at"]).to_pylist()
        with self._writing():
            about = self._read_about() or {}
            about["suppressed"] = dict(zip(hashes, times, strict=True)) | about.get("suppressed", {})
            self._write_about(about)
            self._take_out(erasure)
        return erasure.erased

    def _take_out(self, erasure: Erasure, *, dry_run: bool = False) -> None:
        for folder in (self._records, self._history, self._jobs, self._runs):
            parquet_erasure.erase(folder, erasure, dry_run=dry_run)
        rejects = read_file(self._rejects_path, schema.REJECTS)
        blanked = erasure.blanked(schema.REJECTS, rejects)
        if not dry_run and not blanked.equals(rejects):
            write_file(self._rejects, self._rejects_path, blanked)

    def prune_records(self, before: datetime, *, account: str | None = None, dry_run: bool = False) -> int:
        """Remove the records of jobs created earlier; as `erase`, refuses while another's file is there."""
        self._refuse_strangers()
        if dry_run:
            return parquet_erasure.prune(self._records, before, account, dry_run=True)
        with self._writing():
            return parquet_erasure.prune(self._records, before, account)

    def forget(self, account: str, *, dry_run: bool = False) -> dict[str, int]:
        """Remove every row of an account: its files, and its rows in files that all accounts share.

        As `erase`, refuses while another's file is there.
        """
        self._refuse_strangers()
        of_jobs = (self._jobs, self._history, self._records)
        if dry_run:
            found = {folder.table.name: rows_of_account(folder, account) for folder in of_jobs}
            return found | {f.table.name: shared_rows(f, account) for f in (self._runs, self._rejects)}
        with self._writing():
            found = {folder.table.name: remove_account(folder, account) for folder in of_jobs}
            return found | {f.table.name: remove_shared(f, account) for f in (self._runs, self._rejects)}

    def ensure_views(self, tz: str | None = None) -> None:
        """Remember the time zone of the views; files hold none."""
        entries = self.read_meta()
        tz = chosen_tz(entries, tz)
        offsets_of(tz)  # raises if there is no such zone
        if entries.get(TZ_ENTRY) != tz:
            self.write_meta({TZ_ENTRY: tz})

    def read_view(
        self,
        name: str,
        *,
        tz: str | None = None,
        account: str | None = None,
        since: Moment | None = None,
        until: Moment | None = None,
    ) -> pa.Table:
        """Rows of a view, computed from the files."""
        from ...views import compute  # a sync needs none of it

        view = find_view(name)
        tz = chosen_tz(self.read_meta(), tz)
        period = period_of(since, until, tz)
        check_period(view, period)
        return compute(view, rows_of(self.path, account), offsets=offsets_of(tz), period=period)

    def close(self) -> None:
        """Nothing is held open between calls."""

    @property
    def _about_path(self) -> Path:
        return self.path / "_ecore.json"

    @property
    def _rejects_path(self) -> Path:
        return self._rejects.root / "rejects.parquet"

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """Hold the lock while writing: the caller's, or one of its own."""
        if self._is_locked:
            yield
        else:
            with self.lock(_OWN_WRITE_WAIT_S):
                yield

    def _set_locked(self, is_locked: bool) -> None:
        self._is_locked = is_locked
        for folder in self._folders:
            folder.set_exclusive(is_locked)

    def _existing_place(self) -> Path:
        """The folder itself, or the nearest above it that exists."""
        place = next(path for path in (self.path, *self.path.parents) if path.exists())
        if not place.is_dir():
            raise DestinationError(f"{place} is a file: choose a folder for the Parquet destination")
        return place

    def _strangers(self) -> list[str]:
        """What to say of files in the tables' folders that are not ours."""
        return [
            f"{path} is no file of ecore-export, perhaps a copy that a sync client made: it is not read or "
            f"counted here, but whoever reads the folder {folder.root} sees its rows too; move it out"
            for folder in self._folders
            for path in folder.strangers()
        ]

    def _refuse_strangers(self) -> None:
        """A copy that is not ours is never rewritten: what is to go for good would stay in it."""
        for folder in self._folders:
            for path in folder.strangers():
                raise DestinationError(
                    f"{path} is no file of ecore-export, and may hold what is to go: move it out of the "
                    "destination, delete it if it is a copy, and run this again; nothing was changed"
                )

    def _read_about(self) -> dict[str, Any] | None:
        """The contents of ``_ecore.json``; None if it does not exist."""
        if not self._about_path.exists():
            return None
        try:
            with reading(self._about_path):
                about: dict[str, Any] = json.loads(self._about_path.read_bytes())
            int(about["meta"]["schema_version"])
        except (KeyError, TypeError, ValueError) as error:
            raise DestinationError(f"{self._about_path} is damaged: restore it from a backup") from error
        return about

    def _write_meta(self, entries: dict[str, str]) -> None:
        about = self._read_about() or {"meta": {"schema_version": str(schema.SCHEMA_VERSION)}}
        about["meta"] |= entries
        self._write_about(about)

    def _write_about(self, about: dict[str, Any]) -> None:
        write_text(self._about_path, json.dumps(about, indent=2, sort_keys=True) + "\n")


def _local_path(url: str) -> Path:
    """The absolute path a ``parquet:`` URL names; raises `SettingsError`."""
    place = url.partition(":")[2]
    if place.startswith("//") and not place.startswith("///"):
        raise SettingsError("a Parquet destination is written parquet:PATH or parquet:///ABSOLUTE/PATH")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", place):
        raise SettingsError(
            "a Parquet destination is a local folder for now, object stores are not supported: "
            "write parquet:PATH"
        )
    place = re.sub(r"^///+", "/", place)
    if not place or "\0" in place:
        raise SettingsError("the Parquet destination names no folder: write parquet:PATH")
    try:
        return Path(place).expanduser().absolute()
    except RuntimeError as error:
        raise SettingsError(
            "~ in the Parquet destination has no home folder: write the whole path"
        ) from error
