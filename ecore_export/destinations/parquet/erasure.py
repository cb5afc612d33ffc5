"""Erasing addresses and pruning old records in Parquet folders: files are rewritten without them.

In: an `Erasure`, or a point in time. Out: rewritten files, each replaced as a whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ..erasure import Erasure
from .files import Footer, NewFile, StoredFile
from .folder import TableFolder

_BATCH_ROWS = 100_000


def erase(folder: TableFolder, erasure: Erasure, *, dry_run: bool = False) -> None:
    """Rewrite the files that hold an erased address; ``erasure`` counts what it met."""
    again = Erasure(
        erasure.owners, erasure.hashes
    )  # rewriting reads a file once more, and must not count twice
    for path in folder.paths():
        if _changes(path, folder, partial(erasure.blanked, folder.table)) and not dry_run:
            _rewrite(path, folder, partial(again.blanked, folder.table))


def prune(folder: TableFolder, before: datetime, account: str | None, *, dry_run: bool = False) -> int:
    """Rewrite the files that hold records of jobs created earlier; how many records went."""
    limit = pa.scalar(before, schema.Kind.INSTANT.arrow)
    removed = 0

    def kept(rows: pa.Table) -> pa.Table:
        keeps = pc.greater_equal(rows.column("job_created_at"), limit)
        if account is not None:
            is_other: Any = pc.not_equal(rows.column("account"), pa.scalar(account))
            keeps = pc.or_(keeps, is_other)
        return rows.filter(keeps)

    for path in folder.paths():
        with StoredFile(path, folder.table) as stored:
            fewer = sum(len(rows) - len(kept(rows)) for rows in _batches(stored))
        removed += fewer
        if fewer and not dry_run:
            _rewrite(path, folder, kept)
    return removed


def _changes(path: Path, folder: TableFolder, change: Callable[[pa.Table], pa.Table]) -> bool:
    """Whether a file's rows become others; looks at all of them, as ``change`` may count."""
    with StoredFile(path, folder.table) as stored:
        return sum(not change(rows).equals(rows) for rows in _batches(stored)) > 0


def _rewrite(path: Path, folder: TableFolder, change: Callable[[pa.Table], pa.Table]) -> None:
    """Replace a file by one of changed rows."""
    with StoredFile(path, folder.table) as stored, NewFile(folder.temporary, folder.table) as new:
        jobs = dict[int, int]()
        for rows in map(change, _batches(stored)):
            if "job_id" in folder.table.names and stored.footer.jobs:
                _count(jobs, rows)
            new.append(rows)
        new.finish(Footer(stored.footer.account, jobs))
        new.commit(path)
        folder.refresh(path)


def _batches(stored: StoredFile) -> Iterator[pa.Table]:
    for start in range(0, stored.num_rows, _BATCH_ROWS):
        yield stored.rows(start, min(start + _BATCH_ROWS, stored.num_rows))


def _count(jobs: dict[int, int], rows: pa.Table) -> None:
    counted: Any = rows.column("job_id").value_counts()
    for entry in counted.to_pylist():
        jobs[entry["values"]] = jobs.get(entry["values"], 0) + entry["counts"]
