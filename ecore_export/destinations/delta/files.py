"""The files of a Delta table, in a folder or an object store, by delta-rs's own way to it.

In: a table. Out: what is there, what its newest version needs; files removed.

Files that other writers have made and not yet committed are told from those that nobody will commit by a
*barrier*, a change of the table's properties: no commit that was begun before it succeeds. So what was there
before it, and is not part of the table after it, never will be.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from ..files import writing
from .conflicts import again_on_conflict
from .failures import translated
from .tables import BARRIER, Snapshot, StoredTable

_LOG = "_delta_log/"


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
