"""Writing into a Parquet folder: each file that changes is replaced as a whole.

In: a `Publication`, or rows of one table. Out: rewritten files.

`records` are streamed into their files, in memory that does not grow with the job. In a file the rows of one
job lie together, and its footer counts them; so a job is compared and replaced without looking at the others.
Files of other tables are small enough to be rewritten in memory.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from ... import schema
from ...errors import DestinationError
from ..contract import Publication
from ..rows import BOOKKEEPING_COLUMNS, month_labels, upsert
from .files import Footer, NewFile, StoredFile
from .folder import FileLimits, TableFolder
from .read import read_file, rows_of_jobs
from .tables import Tables

Merge = Callable[[pa.Table, pa.Table], pa.Table | None]
"""From the rows a file has and those published for it: the rows it shall have, None for no change."""

_COMPARED = [name for name in schema.RECORDS.names if name not in BOOKKEEPING_COLUMNS]


def publish_records(folder: TableFolder, publication: Publication, limits: FileLimits) -> None:
    """Replace the rows of the jobs exported, as a whole; files in which nothing changes are left alone."""
    places = _places(folder, publication, limits)
    account = publication.account
    with ExitStack() as discarding:

        def new_file() -> NewFile:
            return discarding.enter_context(NewFile(folder.temporary, folder.table))

        arrivals = _gather(publication, places, new_file)
        jobs_of: dict[Path, set[int]] = {}
        for job_id, path in places.items():
            jobs_of.setdefault(path, set()).add(job_id)
        for path, job_ids in jobs_of.items():
            if path in arrivals or path.exists():
                arrived = _in_order(arrivals.get(path) or _Arrival(new_file()), account, new_file)
                _take_in(folder, path, arrived, job_ids, account, new_file)


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


def merge_rows(tables: Tables, table: schema.Table, rows: pa.Table) -> None:
    """Insert or replace rows of a table that is no job's, by key."""
    merge = partial(upsert, key=table.key)
    if (path := tables.only_paths.get(table.name)) is not None:
        rewrite(tables.folder(table), path, rows, merge)
    elif table is schema.SYNC_RUNS:
        months = month_labels(rows["started_at"])
        for month in dict.fromkeys(months):
            of_month = rows.filter(pa.array([label == month for label in months], pa.bool_()))
            rewrite(tables.runs, tables.runs.path_in(month, "runs.parquet"), of_month, merge)
    else:
        tables.write_about(table, rows)


class _Arrival:
    """The new rows for one file, gathered in a file of their own; ``jobs`` counts them."""

    def __init__(self, file: NewFile) -> None:
        self.file = file
        self.jobs: dict[int, int] = {}
        self.unordered: set[int] = set()
        self._last_id = 0

    def append(self, runs: list[tuple[int, int, int]], rows: pa.Table) -> None:
        record_ids = rows["record_id"].to_numpy()
        for job_id, start, stop in runs:
            if job_id not in self.jobs:
                self._last_id = record_ids[start]
            elif job_id != next(reversed(self.jobs)):
                raise DestinationError(
                    f"job {job_id}: its records did not come together, so nothing was published"
                )
            if (
                record_ids[start] < self._last_id
                or (record_ids[start + 1 : stop] < record_ids[start : stop - 1]).any()
            ):
                self.unordered.add(job_id)
            self._last_id = record_ids[stop - 1]
            self.jobs[job_id] = self.jobs.get(job_id, 0) + stop - start
        first, last = runs[0][1], runs[-1][2]
        self.file.append(rows.slice(first, last - first))


def _gather(
    publication: Publication, places: dict[int, Path], new_file: Callable[[], NewFile]
) -> dict[Path, _Arrival]:
    """The new rows, sorted by the file they are for."""
    arrivals: dict[Path, _Arrival] = {}
    for batch in publication.records():
        rows = pa.Table.from_batches([batch])
        for path, runs in groupby(_job_runs(batch), lambda run: places[run[0]]):
            if path not in arrivals:
                arrivals[path] = _Arrival(new_file())
            arrivals[path].append(list(runs), rows)
    return arrivals


def _in_order(arrival: _Arrival, account: str, new_file: Callable[[], NewFile]) -> NewFile:
    """The file of an arrival, finished; a job whose rows came unordered is sorted, at once in memory."""
    footer = Footer(account, arrival.jobs)
    arrival.file.finish(footer)
    if not arrival.unordered:
        return arrival.file
    ordered = new_file()
    with StoredFile(arrival.file.path, schema.RECORDS) as stored:
        for job_id in arrival.jobs:
            if job_id in arrival.unordered:
                ordered.append(pa.concat_tables(rows_of_jobs(stored, [job_id])).sort_by("record_id"))
            else:
                for rows in rows_of_jobs(stored, [job_id]):
                    ordered.append(rows)
    ordered.finish(footer)
    return ordered


def _places(folder: TableFolder, publication: Publication, limits: FileLimits) -> dict[int, Path]:
    """The file of each job exported; how many rows it will have is known from its row in `jobs`."""
    job_ids = publication.jobs["job_id"].to_pylist()
    months = dict(zip(job_ids, month_labels(publication.jobs["created_at"]), strict=True))
    rows = dict(zip(job_ids, publication.jobs["records_exported"].to_pylist(), strict=True))
    return folder.place(
        publication.account,
        {job_id: months[job_id] for job_id in publication.exported},
        limits,
        {job_id: rows[job_id] or 0 for job_id in publication.exported},
    )


def _job_runs(batch: pa.RecordBatch) -> list[tuple[int, int, int]]:
    """Each job of a batch with its first row and the row after its last."""
    job_ids = batch.column("job_id").to_numpy()
    bounds = [0, *(np.flatnonzero(job_ids[1:] != job_ids[:-1]) + 1).tolist(), len(job_ids)]
    return [(int(job_ids[start]), start, stop) for start, stop in pairwise(bounds) if start < stop]


def _take_in(
    folder: TableFolder,
    path: Path,
    arrived: NewFile,
    job_ids: set[int],
    account: str,
    new_file: Callable[[], NewFile],
) -> None:
    """Bring the new rows of ``job_ids`` into the file ``path``, where they differ from those it has."""
    if not path.exists():
        arrived.commit(path)
        folder.refresh(path)
        return
    with StoredFile(path, folder.table) as old, StoredFile(arrived.path, folder.table) as new:
        changed = {job_id for job_id in job_ids if not _is_same(old, new, job_id)}
        if not changed:
            return
        if not old.spans.keys() <= changed:
            arrived = _merge(old, new, changed, account, new_file())
    arrived.commit(path)
    folder.refresh(path)


def _is_same(old: StoredFile, new: StoredFile, job_id: int) -> bool:
    """Whether both files have the same rows of that job, leaving aside by which run."""
    if old.footer.jobs.get(job_id) != new.footer.jobs.get(job_id):
        return False
    if job_id not in old.spans:
        return True
    pairs = zip(rows_of_jobs(old, [job_id]), rows_of_jobs(new, [job_id]), strict=True)
    return all(ours.select(_COMPARED).equals(theirs.select(_COMPARED)) for ours, theirs in pairs)


def _merge(old: StoredFile, new: StoredFile, changed: set[int], account: str, merged: NewFile) -> NewFile:
    """``merged``, finished: the changed jobs as in ``new``, the others as in ``old``, by job_id."""
    sources = dict.fromkeys(old.spans.keys() - changed, old)
    sources |= dict.fromkeys(new.spans.keys() & changed, new)
    ordered = sorted(sources.items(), key=itemgetter(0))
    for source, group in groupby(ordered, key=itemgetter(1)):
        for rows in rows_of_jobs(source, [job_id for job_id, _ in group]):
            merged.append(rows)
    merged.finish(Footer(account, {job_id: source.footer.jobs[job_id] for job_id, source in ordered}))
    return merged
