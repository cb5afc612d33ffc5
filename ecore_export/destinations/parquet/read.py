"""Rows of a Parquet folder: whole small tables, and `records` a row group at a time.

In: the folders of the tables, a `Selection`. Out: batches of the fixed schema, and how many rows fit.

In a file of `records` the rows of one job lie together, and its footer counts them; so a job is found without
looking at the others. Files of `jobs`, `job_history` and `records` hold one account each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ..contract import EVERYTHING, RECORD_SPANS, Selection
from .files import ROW_GROUP_ROWS, StoredFile
from .folder import TableFolder
from .tables import Tables


def read(
    tables: Tables, table: schema.Table, where: Selection, columns: Sequence[str]
) -> Iterator[pa.RecordBatch]:
    """The rows that fit; by key, but for `records`: file by file, each job's together."""
    if table is schema.RECORDS:
        yield from _read_records(tables.records, where, columns)
        return
    order = [name for name in table.key if name != "account" or where.account is None]
    names = list(dict.fromkeys([*columns, *order]))
    if table in (schema.META, schema.SUPPRESSIONS):
        rows = tables.about_rows(table)
    else:
        rows = read_rows(tables.folder(table), where, names)
    yield from rows.sort_by([(name, "ascending") for name in order]).select(list(columns)).to_batches()


def read_rows(folder: TableFolder, where: Selection, columns: Sequence[str]) -> pa.Table:
    """The rows that fit, in the order of the files; most files hold none in a rare state."""
    parts = [_arrow_of(folder.table, columns).empty_table()]
    for path, rest in _files_for(folder, where):
        with StoredFile(path, folder.table) as stored:
            if rest == EVERYTHING:
                parts.append(stored.read(columns))
                continue
            fits = rest.fits(stored.read(rest.looks_at(folder.table)))
            if pc.any(fits).as_py():
                parts.append(stored.read(columns).filter(fits))
    return pa.concat_tables(parts)


def count(tables: Tables, table: schema.Table, where: Selection) -> int:
    """How many rows fit: by the footers, where they say it."""
    if table in (schema.META, schema.SUPPRESSIONS):
        return tables.about_rows(table).num_rows
    folder, found = tables.folder(table), 0
    for path, rest in _files_for(folder, where):
        with StoredFile(path, table) as stored:
            found += stored.num_rows if rest == EVERYTHING else count_fitting(stored, rest)
    return found


def count_fitting(stored: StoredFile, where: Selection) -> int:
    """How many rows of a file fit; a row group's worth is looked at at a time."""
    columns, found = where.looks_at(stored.table), 0
    for start in range(0, stored.num_rows, ROW_GROUP_ROWS):
        rows = stored.rows(start, min(start + ROW_GROUP_ROWS, stored.num_rows), columns)
        found += pc.sum(where.fits(rows)).as_py() or 0
    return found


def read_file(path: Path, table: schema.Table) -> pa.Table:
    """All rows of a file; none if it does not exist."""
    if not path.exists():
        return table.empty()
    with StoredFile(path, table) as stored:
        return stored.read()


def record_spans(folder: TableFolder, account: str) -> pa.Table:
    """The spans of the jobs of an account that have records."""
    parts = []
    for file in folder.files_of(account):
        with StoredFile(file.path, folder.table) as stored:
            jobs = {job_id: rows for job_id, rows in stored.footer.jobs.items() if rows}
            low, high = stored.bounds("record_id")
        columns = [list(jobs), [low] * len(jobs), [high] * len(jobs), list(jobs.values())]
        parts.append(pa.table([pa.array(column, pa.int64()) for column in columns], schema=RECORD_SPANS))
    return pa.concat_tables([RECORD_SPANS.empty_table(), *parts])


def rows_of_jobs(
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


def _read_records(folder: TableFolder, where: Selection, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    wanted = None if where.job_ids is None else set(where.job_ids)
    for path, asked in _files_for(folder, where):
        rest = replace(asked, job_ids=None)
        names = list(dict.fromkeys([*columns, *rest.looks_at(folder.table)]))
        with StoredFile(path, folder.table) as stored:
            if rest.within is not None and not count_fitting(stored, rest):
                continue
            chosen = [job_id for job_id in stored.spans if wanted is None or job_id in wanted]
            for rows in rows_of_jobs(stored, chosen, names):
                fitting_rows = rows if rest == EVERYTHING else rows.filter(rest.fits(rows))
                yield from fitting_rows.select(list(columns)).to_batches()


def _files_for(folder: TableFolder, where: Selection) -> Iterator[tuple[Path, Selection]]:
    """The files that may hold rows that fit, each with what is left to ask of its rows."""
    if not folder.is_of_jobs:
        yield from ((path, where) for path in folder.paths())
        return
    for file in folder.files_of(where.account, where.job_ids):
        yield file.path, replace(where, account=None)


def _arrow_of(table: schema.Table, columns: Collection[str]) -> pa.Schema:
    return pa.schema([table.arrow.field(name) for name in columns])
