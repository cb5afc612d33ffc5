"""Taking addresses, old records or an account out of Parquet folders: files are rewritten without them.

In: an `Erasure`, or which rows are to go. Out: rewritten files, each replaced as a whole, and removed ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ..contract import Selection
from ..erasure import Erasure
from ..files import writing
from .files import Footer, NewFile, StoredFile
from .folder import TableFolder
from .read import count_fitting

_BATCH_ROWS = 100_000


def erase(folder: TableFolder, erasure: Erasure, *, dry_run: bool = False) -> None:
    """Rewrite the files that hold an erased address; ``erasure`` counts what it met."""
    again = Erasure(
        erasure.owners, erasure.hashes
    )  # rewriting reads a file once more, and must not count twice
    for path in folder.paths():
        if _changes(path, folder, partial(erasure.blanked, folder.table)) and not dry_run:
            _rewrite(path, folder, partial(again.blanked, folder.table))


def remove(folder: TableFolder, where: Selection) -> int:
    """Rewrite the files that hold rows that fit; those of an account that goes as a whole are removed."""
    is_whole = folder.is_of_jobs and where.within is None
    paths = [file.path for file in folder.files_of(where.account)] if folder.is_of_jobs else folder.paths()
    removed = 0
    for path in paths:
        with StoredFile(path, folder.table) as stored:
            found = stored.num_rows if is_whole else count_fitting(stored, where)
        removed += found
        if is_whole:
            with writing(path):
                path.unlink()
        elif found:
            _rewrite(path, folder, lambda rows: rows.filter(pc.invert(where.fits(rows))))
    folder.set_exclusive(folder.is_exclusive)  # what was seen before is looked at again
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
