"""Taking an account out of a Parquet folder.

In: a table's folder and an account. Out: its files removed, and files that accounts share rewritten without
it; how many rows that is. Files of `jobs`, `job_history` and `records` hold one account each.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..atomic_files import writing
from .files import StoredFile
from .folder import TableFolder
from .tables import read_file, write_file


def rows_of_account(folder: TableFolder, account: str) -> int:
    """How many rows the account's own files hold."""
    found = 0
    for file in folder.files_of(account):
        with StoredFile(file.path, folder.table) as stored:
            found += stored.num_rows
    return found


def remove_account(folder: TableFolder, account: str) -> int:
    """Remove the account's own files."""
    found = rows_of_account(folder, account)
    for file in folder.files_of(account):
        with writing(file.path):
            file.path.unlink()
    folder.set_exclusive(folder.is_exclusive)  # what was seen before is looked at again
    return found


def shared_rows(folder: TableFolder, account: str) -> int:
    """How many rows in files that accounts share are of this one."""
    return sum(_count(_is_of(read_file(path, folder.table), account)) for path in _shared(folder))


def remove_shared(folder: TableFolder, account: str) -> int:
    """Rewrite the files that accounts share without this one."""
    found = 0
    for path in _shared(folder):
        rows = read_file(path, folder.table)
        is_of = _is_of(rows, account)
        if here := _count(is_of):
            write_file(folder, path, rows.filter(pc.invert(is_of)))
            found += here
    return found


def _shared(folder: TableFolder) -> list[Path]:
    """The files of `sync_runs`, by month, or the one file of `rejects`."""
    single = folder.root / f"{folder.table.name}.parquet"
    return [single] if single.exists() else folder.paths()


def _is_of(rows: pa.Table, account: str) -> Any:
    return pc.equal(rows["account"], pa.scalar(account))


def _count(flags: Any) -> int:
    return pc.sum(flags).as_py() or 0
