"""Tables that are read and rewritten a whole file at a time: `jobs`, `job_history`, `sync_runs`, `rejects`.

In: rows to publish, or which rows to read. Out: rewritten files, Arrow tables.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ..contract import JobState
from .files import Footer, NewFile, StoredFile
from .folder import FileLimits, TableFolder
from .rows import month_labels

Merge = Callable[[pa.Table, pa.Table], pa.Table | None]
"""From the rows a file has and those published for it: the rows it shall have, None for no change."""

_STATE_COLUMNS = ["is_final", "records_exported", "deleted_at"]


def publish_job_rows(
    folder: TableFolder, account: str, rows: pa.Table, limits: FileLimits, merge: Merge
) -> None:
    """Publish rows of jobs, each into the file its job lives in."""
    job_ids: list[Any] = rows["job_id"].to_pylist()
    months = dict(zip(job_ids, month_labels(rows["created_at"]), strict=True))
    places = folder.place(account, months, limits)
    of_path: dict[Path, list[int]] = defaultdict(list)
    for n, job_id in enumerate(job_ids):
        of_path[places[job_id]].append(n)
    for path, chosen in of_path.items():
        if rewrite(folder, path, rows.take(chosen), merge, account=account):
            folder.refresh(path)


def rewrite(
    folder: TableFolder, path: Path, rows: pa.Table, merge: Merge, *, account: str | None = None
) -> bool:
    """Publish rows into one file; whether that changed it."""
    merged = merge(read_file(path, folder.table), rows)
    if merged is None:
        return False
    write_file(folder, path, merged, account=account)
    return True


def write_file(folder: TableFolder, path: Path, rows: pa.Table, *, account: str | None = None) -> None:
    """Write a file of these rows, in place of the one of that name."""
    jobs: dict[Any, int] = {} if account is None else Counter(rows["job_id"].to_pylist())
    with NewFile(folder.temporary, folder.table) as new:
        new.append(rows)
        new.finish(Footer(account, jobs))
        new.commit(path)


def read_file(path: Path, table: schema.Table) -> pa.Table:
    """All rows of a file; none if it does not exist."""
    if not path.exists():
        return table.empty()
    with StoredFile(path, table) as stored:
        return stored.read()


def read_job_rows(
    folder: TableFolder,
    account: str,
    columns: Sequence[str],
    *,
    job_ids: Sequence[int] | None = None,
    state: JobState = "all",
) -> pa.Table:
    """The rows of an account, in the order of the files; only these jobs, only those in that state."""
    wanted = None if job_ids is None else pa.array(sorted(set(job_ids)), pa.int64())
    parts = [pa.schema([folder.table.arrow.field(name) for name in columns]).empty_table()]
    for file in folder.files_of(account, job_ids):
        with StoredFile(file.path, folder.table) as stored:
            mask = None if state == "all" else _mask(stored.read(_STATE_COLUMNS), state)
            if mask is not None and not pc.any(mask).as_py():
                continue
            rows = stored.read(list(dict.fromkeys([*columns, "job_id"])))
        if mask is not None:
            rows = rows.filter(mask)
        if wanted is not None:
            rows = rows.filter(pc.is_in(rows["job_id"], value_set=wanted))
        parts.append(rows.select(columns))
    return pa.concat_tables(parts)


def _mask(jobs: pa.Table, state: JobState) -> Any:
    """Which of the jobs are in that state."""
    is_wanted: Any = pc.invert(jobs["is_final"])
    if state == "open":
        is_wanted = pc.or_(is_wanted, pc.is_null(jobs["records_exported"]))
    return pc.and_(pc.is_null(jobs["deleted_at"]), is_wanted)
