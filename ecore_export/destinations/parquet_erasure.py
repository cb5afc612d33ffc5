"""Erasing addresses and pruning old records in Parquet folders: files are rewritten without them.

In: an `Erasure`, or a point in time. Out: rewritten files, each replaced as a whole. Called by `parquet`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from .erasure import Erasure
from .parquet_files import Footer, NewFile, StoredFile
from .parquet_folder import TableFolder

_BATCH_ROWS = 100_000


def erase(folder: TableFolder, erasure: Erasure) -> int:
    """Rewrite the files that hold an erased address; how many records were those of one."""
    erased = 0

    def blank(rows: pa.Table) -> pa.Table:
        nonlocal erased
        rows, found = erasure.blanked(folder.table, rows)
        erased += found
        return rows

    _rewrite(folder, blank)
    return erased


def prune(folder: TableFolder, before: datetime) -> int:
    """Rewrite the files that hold records of jobs created earlier; how many records went."""
    limit = pa.scalar(before, schema.Kind.INSTANT.arrow)
    removed = 0

    def keep(rows: pa.Table) -> pa.Table:
        nonlocal removed
        kept = rows.filter(pc.greater_equal(rows.column("job_created_at"), limit))
        removed += len(rows) - len(kept)
        return kept

    _rewrite(folder, keep)
    return removed


def _rewrite(folder: TableFolder, change: Callable[[pa.Table], pa.Table]) -> None:
    """Apply ``change`` to every file's rows, and replace the files in which that changes something."""
    for path in folder.paths():
        with StoredFile(path, folder.table) as stored, NewFile(folder.temporary, folder.table) as new:
            is_changed, jobs = False, dict[int, int]()
            for start in range(0, stored.num_rows, _BATCH_ROWS):
                rows = stored.rows(start, min(start + _BATCH_ROWS, stored.num_rows))
                changed = change(rows)
                is_changed |= not changed.equals(rows)
                _count(jobs, changed)
                new.append(changed)
            if is_changed:
                new.finish(Footer(stored.footer.account, jobs))
                new.commit(path)
                folder.refresh(path)


def _count(jobs: dict[int, int], rows: pa.Table) -> None:
    counted: Any = rows.column("job_id").value_counts()
    for entry in counted.to_pylist():
        jobs[entry["values"]] = jobs.get(entry["values"], 0) + entry["counts"]
