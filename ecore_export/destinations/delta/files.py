"""The files of a Delta table, in a folder or an object store: what is there, made few, and removed.

In: tables. Out: what is there, what the newest version needs; fewer files of the same rows, by themselves and
when asked; files removed.

Files that other writers have made and not yet committed are told from those that nobody will commit by a
*barrier*, a change of the table's properties: no commit that was begun before it succeeds. So what was there
before it, and is not part of the table after it, never will be. Without a barrier, files that the log never
listed go only when they are older than any run can be: another writer may be about to commit younger ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import cached_property, partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ...errors import DestinationError
from ..contract import Compacted
from ..files import writing
from .failures import ConflictError, translated
from .other_writers import again_on_conflict
from .tables import BARRIER, MONTH, Snapshot, StoredTable, Tables, commit_properties

_LOG = "_delta_log/"

SMALL_BYTES, MANY = 8 * 1024**2, 40
"""So many files of a month that are smaller than this are made one."""
_TARGET_BYTES = 64 * 1024**2
_RETENTION_HOURS = 7 * 24
"""For so long an earlier version can be read; no run takes longer."""
VACUUM_EVERY = 100
"""Commits of `records` between two looks at all files."""


def raise_property(stored: StoredTable, name: str) -> None:
    """Let every commit fail that was begun before. ``name``: `FENCE` or `BARRIER`."""

    def attempt() -> None:
        snapshot = stored.present()
        stored.set_property(snapshot, name, str(snapshot.setting(name) + 1))

    again_on_conflict(stored.place, attempt)


def purge(stored: StoredTable) -> None:
    """Remove all files that the newest version does not need, also those that the log never listed."""
    files = TableFiles(stored)
    there = files.paths()
    raise_property(stored, BARRIER)
    files.remove(there - files.needed(stored.present()))


class TableFiles:
    """The data files and change files of a table; its log is not among them."""

    def __init__(self, stored: StoredTable) -> None:
        self._place = stored.place
        self._uri = stored.place.table(stored.table.name)

    def paths(self) -> set[str]:
        """All that is there, relative to the table; in a folder also what a killed writer has begun."""
        if self._place.is_local:
            root = Path(self._uri)
            with writing(root):
                found = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
        else:
            found = self._in_store()
        return {path for path in found if not path.startswith(_LOG)}

    def needed(self, snapshot: Snapshot) -> set[str]:
        """The files that the version consists of."""
        with translated(self._place):
            actions = snapshot.handle.get_add_actions(flatten=True)
            return {unquote(path) for path in actions.column("path").to_pylist()}

    def remove(self, paths: Collection[str]) -> None:
        """Remove files, whether they are still there or not."""
        for path in sorted(paths):
            if self._place.is_local:
                with writing(Path(self._uri)):
                    Path(self._uri, path).unlink(missing_ok=True)
            else:
                self._remove_from_store(path)

    def _in_store(self) -> set[str]:
        from pyarrow.fs import FileSelector, FileType

        with translated(self._place):
            found = self._store.get_file_info_selector(FileSelector("", recursive=True))
        return {each.path for each in found if each.type == FileType.File}

    def _remove_from_store(self, path: str) -> None:
        from pyarrow.fs import FileType

        with translated(self._place):
            (info,) = self._store.get_file_info([path])
            if info.type == FileType.File:
                self._store.delete_file(path)

    @cached_property
    def _store(self) -> Any:
        from deltalake.fs import DeltaStorageHandler

        return DeltaStorageHandler(self._uri)


def compact(tables: Tables) -> Compacted:
    """Make the small files of every table few, and remove those that are old and not needed."""
    before = after = removed = 0
    for stored in tables.all.values():
        snapshot = stored.snapshot()
        if snapshot is not None:
            before += _count(snapshot)
            removed += again_on_conflict(tables.place, partial(_compact_and_vacuum, stored))
            after += _count(stored.present())
    return Compacted(before, after, removed)


def tidy(tables: Tables, *, version_before: int | None) -> None:
    """After a run: what has become many small files, and now and then what is old. Others may do it first."""
    with suppress(ConflictError, DestinationError):
        for stored in tables.all.values():
            snapshot = stored.snapshot()
            if snapshot is not None:
                for month in _crowded(snapshot):
                    _compact(stored, stored.present(), None if month is None else [(MONTH, "=", month)])
        records = tables.all["records"].snapshot()
        if records is not None and records.version // VACUUM_EVERY > (version_before or 0) // VACUUM_EVERY:
            for stored in tables.all.values():
                _vacuum(stored.present())


def _compact_and_vacuum(stored: StoredTable) -> int:
    _compact(stored, stored.present(), None)
    return _vacuum(stored.present())


def _compact(stored: StoredTable, snapshot: Snapshot, where: Any) -> None:
    with stored.changing():
        snapshot.handle.optimize.compact(
            partition_filters=where,
            target_size=_TARGET_BYTES,
            max_concurrent_tasks=1,
            writer_properties=stored.writer_properties(),
            commit_properties=commit_properties(),
        )


def _vacuum(snapshot: Snapshot) -> int:
    with translated(snapshot.place):
        removed: Sequence[str] = snapshot.handle.vacuum(
            retention_hours=_RETENTION_HOURS, dry_run=False, full=True, commit_properties=commit_properties()
        )
    return len(removed)


def _crowded(snapshot: Snapshot) -> list[str | None]:
    """The months with many small files; None stands for a table without months."""
    with translated(snapshot.place):
        actions = snapshot.handle.get_add_actions(flatten=True)
        sizes = actions.column("size_bytes").to_pylist()
        partition = f"partition.{MONTH}"
        is_by_month = partition in actions.schema.names
        months = actions.column(partition).to_pylist() if is_by_month else [None] * len(sizes)
    small = Counter(month for month, size in zip(months, sizes, strict=True) if size < SMALL_BYTES)
    return [month for month, files in small.items() if files >= MANY]


def _count(snapshot: Snapshot) -> int:
    with translated(snapshot.place):
        return len(snapshot.handle.file_uris())
