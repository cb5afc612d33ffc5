"""The table `records`: streamed into files and out of them, in memory that does not grow with the job.

In: a `Publication`, or which jobs to read. Out: rewritten files, batches.

In a file the rows of one job lie together, and its footer counts them; so a job is found, compared and
replaced without looking at the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby, pairwise
from operator import itemgetter
from pathlib import Path

import numpy as np
import pyarrow as pa

from ... import schema
from ...errors import DestinationError
from ..contract import Publication
from .files import ROW_GROUP_ROWS, Footer, NewFile, StoredFile
from .folder import FileLimits, TableFolder
from .rows import month_labels

_COMPARED = [name for name in schema.RECORDS.names if name != "run_id"]


def publish_records(folder: TableFolder, publication: Publication, limits: FileLimits) -> None:
    """Replace the rows of the jobs exported, as a whole; files in which nothing changes are left alone."""
    places = _places(folder, publication, limits)
    account = publication.account
    with ExitStack() as discarding:

        def new_file() -> NewFile:
            return discarding.enter_context(NewFile(folder.temporary, folder.table))

        arrivals = _gather(publication, places, new_file)
        for path in dict.fromkeys(places.values()):
            if path in arrivals or path.exists():
                arrived = _in_order(arrivals.get(path) or _Arrival(new_file()), account, new_file)
                job_ids = {job_id for job_id, place in places.items() if place == path}
                _take_in(folder, path, arrived, job_ids, account, new_file)


def read_records(
    folder: TableFolder,
    account: str,
    job_ids: Collection[int] | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """The rows of an account, file by file, each job's together."""
    wanted = None if job_ids is None else set(job_ids)
    for file in folder.files_of(account, wanted):
        with StoredFile(file.path, folder.table) as stored:
            chosen = [job_id for job_id in stored.spans if wanted is None or job_id in wanted]
            for rows in _rows_of(stored, chosen, columns):
                yield from rows.to_batches()


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
                ordered.append(pa.concat_tables(_rows_of(stored, [job_id])).sort_by("record_id"))
            else:
                for rows in _rows_of(stored, [job_id]):
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
    pairs = zip(_rows_of(old, [job_id]), _rows_of(new, [job_id]), strict=True)
    return all(ours.select(_COMPARED).equals(theirs.select(_COMPARED)) for ours, theirs in pairs)


def _merge(old: StoredFile, new: StoredFile, changed: set[int], account: str, merged: NewFile) -> NewFile:
    """``merged``, finished: the changed jobs as in ``new``, the others as in ``old``, by job_id."""
    sources = dict.fromkeys(old.spans.keys() - changed, old)
    sources |= dict.fromkeys(new.spans.keys() & changed, new)
    ordered = sorted(sources.items(), key=itemgetter(0))
    for source, group in groupby(ordered, key=itemgetter(1)):
        for rows in _rows_of(source, [job_id for job_id, _ in group]):
            merged.append(rows)
    merged.finish(Footer(account, {job_id: source.footer.jobs[job_id] for job_id, source in ordered}))
    return merged


def _rows_of(
    stored: StoredFile, job_ids: Iterable[int], columns: Sequence[str] | None = None
) -> Iterator[pa.Table]:
    """The rows of these jobs in this order, at most a row group's worth at a time."""
    joined: list[tuple[int, int]] = []
    for start, stop in (stored.spans[job_id] for job_id in job_ids):
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], stop)
        else:
            joined.append((start, stop))
    for start, stop in joined:
        for first in range(start, stop, ROW_GROUP_ROWS):
            yield stored.rows(first, min(first + ROW_GROUP_ROWS, stop), columns)
