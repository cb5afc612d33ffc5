"""Rows of Delta tables: which ones a `Selection` means, as SQL for delta-rs, and read as Arrow batches.

In: a `Snapshot`, a `Selection`. Out: conditions, batches of the fixed schema, and how many rows fit.

Records are read some jobs at a time, as sorting all of them would take memory for all.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema, or quoted
from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa

from ... import schema
from ..contract import RECORD_SPANS, Selection, State
from .tables import Snapshot

PIECE_ROWS = 100_000
"""So many records are sorted at a time; those of a job that has more come in several pieces."""
_LISTED_IDS = 2_000
"""More ids than this are not listed in a statement: those between are looked at one by one."""

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
_LOWEST = -(2**63)

_OF_JOBS: dict[State, str] = {
    "open": "deleted_at IS NULL AND (NOT is_final OR records_exported IS NULL)",
    "running": "deleted_at IS NULL AND NOT is_final",
    "deleted": "deleted_at IS NOT NULL",
}
_OF_REJECTS: dict[State, str] = {"open": "resolved_at IS NULL"}


def text_literal(text: Any) -> str:
    """A text as SQL has it."""
    return f"'{str(text).replace(chr(39), chr(39) * 2)}'"


def integer_literal(number: Any) -> str:
    """An integer as SQL has it; the lowest one is no literal there."""
    return f"({_LOWEST + 1} - 1)" if number == _LOWEST else str(number)


def instant_literal(instant: datetime) -> str:
    """An instant as SQL has it."""
    microseconds = (instant.astimezone(UTC) - _EPOCH) // _MICROSECOND
    return f"arrow_cast({microseconds}, 'Timestamp(Microsecond, Some(\"UTC\"))')"


def among(column: str, ids: Iterable[int]) -> str:
    """That a column holds one of these; the bounds let files be passed over, however long the list."""
    wanted = sorted(set(ids))
    if not wanted:
        return "false"
    bounds = f"{column} >= {integer_literal(wanted[0])} AND {column} <= {integer_literal(wanted[-1])}"
    if len(wanted) > _LISTED_IDS:
        return bounds
    return f"{bounds} AND {column} IN ({', '.join(map(integer_literal, wanted))})"


def between(account: str, job_ids: Iterable[Any]) -> str:
    """That a row is of a job of an account from the lowest of these ids to the highest."""
    wanted = sorted(job_ids)
    return (
        f"account = {text_literal(account)} AND job_id >= {integer_literal(wanted[0])} "
        f"AND job_id <= {integer_literal(wanted[-1])}"
    )


def of_jobs(account: str, job_ids: Iterable[Any]) -> str:
    """That a row is of one of these jobs of an account; ids are listed, however many."""
    wanted = sorted(set(job_ids))
    return f"{between(account, wanted)} AND job_id IN ({', '.join(map(integer_literal, wanted))})"


def fitting(table: schema.Table, where: Selection) -> str:
    """The condition that selects the rows that fit; of very many ids only that they lie between."""
    terms = ["true"]
    if where.account is not None:
        terms.append(f"account = {text_literal(where.account)}")
    if where.job_ids is not None:
        terms.append(among("job_id", where.job_ids))
    if (within := where.within) is not None:
        limits = [(">=", within.since), ("<", within.until)]
        terms += [f"{within.column} {sign} {instant_literal(at)}" for sign, at in limits if at is not None]
    if where.state != "all":
        terms.append((_OF_REJECTS if table is schema.REJECTS else _OF_JOBS)[where.state])
    return " AND ".join(f"({term})" for term in terms)


def is_exact(where: Selection) -> bool:
    """Whether `fitting` says all that it asks for."""
    return where.job_ids is None or len(set(where.job_ids)) <= _LISTED_IDS


def read(snapshot: Snapshot, where: Selection, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """The rows that fit, by key; of records each job's together."""
    rest = Selection() if is_exact(where) else Selection(job_ids=where.job_ids)
    needed = list(dict.fromkeys([*names, *rest.looks_at(snapshot.table)]))
    condition, key = fitting(snapshot.table, where), ", ".join(snapshot.table.key)
    pieces = [condition]
    if snapshot.table is schema.RECORDS:
        pieces = [f"{condition} AND {piece}" for piece in _pieces(_job_sizes(snapshot, condition))]
    for piece in pieces:
        for batch in select(snapshot, needed, f"{piece} ORDER BY {key}"):
            rows = pa.Table.from_batches([batch])
            rows = rows if rest == Selection() else rows.filter(rest.fits(rows))
            yield from rows.select(list(names)).to_batches()


def select(snapshot: Snapshot, names: Sequence[str], condition: str) -> Iterator[pa.RecordBatch]:
    """These columns of the rows that a condition picks; those that an older table lacks are null."""
    arrow = pa.schema([snapshot.table.arrow.field(name) for name in names])
    present = snapshot.columns
    columns = [name if name in present else f"NULL AS {name}" for name in names] or ["1"]
    for batch in snapshot.query(f"SELECT {', '.join(columns)} FROM t WHERE {condition}"):
        yield pa.RecordBatch.from_arrays(
            [batch.column(name).cast(arrow.field(name).type) for name in names], schema=arrow
        )


def table_of(snapshot: Snapshot, names: Sequence[str], condition: str) -> pa.Table:
    """As `select`, at once in memory."""
    arrow = pa.schema([snapshot.table.arrow.field(name) for name in names])
    return pa.Table.from_batches(select(snapshot, names, condition), arrow)


def count(snapshot: Snapshot, where: Selection) -> int:
    """How many rows fit."""
    condition = fitting(snapshot.table, where)
    if is_exact(where):
        counted = figures(snapshot, f"SELECT count(*) AS found FROM t WHERE {condition}", ["found"])
        return int(counted["found"][0].as_py())
    rest = Selection(job_ids=where.job_ids)
    looked_at = (pa.Table.from_batches([b]) for b in select(snapshot, ["job_id"], condition))
    return sum(rows.filter(rest.fits(rows)).num_rows for rows in looked_at)


def record_spans(snapshot: Snapshot, account: str, newest: int | None) -> pa.Table:
    """The spans of the jobs of an account that have records, of the newest alone if that is enough."""
    condition = f"account = {text_literal(account)}"
    if newest is not None:
        newest_ids = (
            f"SELECT min(job_id) AS lowest FROM (SELECT DISTINCT job_id FROM t WHERE {condition} "
            f"ORDER BY job_id DESC LIMIT {newest}) AS ids"
        )
        lowest = figures(snapshot, newest_ids, ["lowest"])["lowest"][0].as_py()
        if lowest is None:
            return RECORD_SPANS.empty_table()
        condition += f" AND job_id >= {integer_literal(lowest)}"
    text = (
        'SELECT job_id, min(record_id) AS low, max(record_id) AS high, count(*) AS "rows" FROM t '
        f"WHERE {condition} GROUP BY job_id"
    )
    return figures(snapshot, text, RECORD_SPANS.names)


def figures(snapshot: Snapshot, text: str, names: Sequence[str]) -> pa.Table:
    """The rows of a query for integers."""
    arrow = pa.schema([(name, pa.int64()) for name in names])
    found = [batch.select(list(names)).cast(arrow) for batch in snapshot.query(text)]
    return pa.Table.from_batches(found, arrow)


@dataclass(frozen=True, slots=True)
class _JobSize:
    account: str
    job_id: int
    rows: int
    low: int
    high: int


def _job_sizes(snapshot: Snapshot, condition: str) -> list[_JobSize]:
    text = (
        'SELECT account, job_id, count(*) AS "rows", min(record_id) AS low, max(record_id) AS high FROM t '
        f"WHERE {condition} GROUP BY account, job_id ORDER BY account, job_id"
    )
    names = ("account", "job_id", "rows", "low", "high")
    return [
        _JobSize(*values)
        for batch in snapshot.query(text)
        for values in zip(*(batch.column(name).to_pylist() for name in names), strict=True)
    ]


def _pieces(jobs: Sequence[_JobSize]) -> Iterator[str]:
    """Conditions that pick these jobs one after the other, some records at a time."""
    start, rows = 0, 0
    for n, job in enumerate(jobs):
        if n > start and (job.account != jobs[start].account or rows + job.rows > PIECE_ROWS):
            yield _between(jobs[start], jobs[n - 1])
            start, rows = n, 0
        rows += job.rows
        if job.rows > PIECE_ROWS:  # it stands alone, as the jobs before it were given off
            yield from _parts(job)
            start, rows = n + 1, 0
    if start < len(jobs):
        yield _between(jobs[start], jobs[-1])


def _between(first: _JobSize, last: _JobSize) -> str:
    return between(first.account, (first.job_id, last.job_id))


def _parts(job: _JobSize) -> Iterator[str]:
    """A job that is larger than a piece, by its record ids, which mostly lie close together."""
    step = max(1, -(-(job.high - job.low + 1) * PIECE_ROWS // job.rows))
    low = job.low
    while low <= job.high:
        high = min(low + step - 1, job.high)
        yield (
            f"{_between(job, job)} AND record_id >= {integer_literal(low)} "
            f"AND record_id <= {integer_literal(high)}"
        )
        low = high + 1
