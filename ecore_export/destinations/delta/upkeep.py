"""Small files of a month made few, and files that no version needs removed: by itself, and when asked.

In: the tables. Out: fewer files, the same rows. Files that the log never listed go only when they are older
than any run can be: another writer may be about to commit younger ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from ...errors import DestinationError
from ..contract import Compacted
from .conflicts import again_on_conflict
from .failures import ConflictError, translated
from .tables import MONTH, Snapshot, StoredTable, Tables, commit_properties

SMALL_BYTES, MANY = 8 * 1024**2, 40
"""So many files of a month that are smaller than this are made one."""
_TARGET_BYTES = 64 * 1024**2
_RETENTION_HOURS = 7 * 24
"""For so long an earlier version can be read; no run takes longer."""
VACUUM_EVERY = 100
"""Commits of `records` between two looks at all files."""


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
