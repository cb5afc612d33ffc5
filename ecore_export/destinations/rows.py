"""Rows in Arrow, as destinations need them: in pieces of a useful size, replaced by key, instants as text.

In: batches as a publication gives them, the rows a table has. Out: tables; the rows a table shall have, or
None if that is no change. Pure functions. Rows by key are for tables that fit into memory, so not `records`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema

BOOKKEEPING_COLUMNS = ("run_id", "checked_at")
"""Columns of `schema.JOBS` and `schema.RECORDS` that are never a reason to rewrite a row."""

CHUNK_ROWS = 50_000

_DAY_US = 86_400_000_000
_SECOND_US = 1_000_000
_FACTS = [column.name for column in schema.JOB_FACTS]


def in_chunks(batches: Iterable[pa.RecordBatch], *, chunk_rows: int = CHUNK_ROWS) -> Iterator[pa.Table]:
    """The same rows in the same order, in tables of at most ``chunk_rows`` rows, all but the last full.

    So memory stays bounded, and the cost of a call is spread over many rows.
    """
    held: list[pa.RecordBatch] = []
    held_rows = 0
    for batch in batches:
        while batch.num_rows:
            part = batch.slice(0, chunk_rows - held_rows)
            batch = batch.slice(part.num_rows)
            held.append(part)
            held_rows += part.num_rows
            if held_rows == chunk_rows:
                yield pa.Table.from_batches(held)
                held, held_rows = [], 0
    if held:
        yield pa.Table.from_batches(held)


def upsert(
    old: pa.Table, new: pa.Table, key: Sequence[str], *, ignoring: Collection[str] = ()
) -> pa.Table | None:
    """``old`` with the rows of ``new`` put in place of those of the same key, or after them.

    A row of ``new`` that differs at most in the columns ``ignoring`` changes nothing. None: nothing changed.
    """
    new = last_of_each(new, key)
    places = {row_key: place for place, row_key in enumerate(_keys(old, key))}
    targets = [places.get(row_key) for row_key in _keys(new, key)]
    compared = [name for name in old.column_names if name not in ignoring]
    is_same = _same_rows(_take(old, targets).select(compared), new.select(compared))
    if all(is_same):
        return None
    order = list(range(len(old)))
    for n, target in enumerate(targets):
        if target is None:
            order.append(len(old) + n)
        elif not is_same[n]:
            order[target] = len(old) + n
    return pa.concat_tables([old, new]).take(order)


def upsert_history(old: pa.Table, new: pa.Table, *, known: pa.Table) -> pa.Table | None:
    """``old`` with the rows of ``new`` after them, and the jobs' open rows closed; None: nothing changed.

    ``known``: the jobs' rows in `jobs`. A row that is there is not added again. Neither is the open state
    read anew where `jobs` does not have it: a publication died after its history and is being healed.
    """
    present = set(_keys(old, ("job_id", "valid_from")))
    new = new.filter(_mask(row_key not in present for row_key in _keys(new, ("job_id", "valid_from"))))
    open_rows = old.filter(pc.is_null(old["valid_to"]))
    is_repeated = [
        is_open and not is_known
        for is_open, is_known in zip(_has_facts(open_rows, new), _has_facts(known, new), strict=True)
    ]
    new = new.filter(_mask(not repeated for repeated in is_repeated))
    return upsert(old, pa.concat_tables([_closed(open_rows, new), new]), ("job_id", "valid_from"))


def _closed(open_rows: pa.Table, new: pa.Table) -> pa.Table:
    """The rows of ``open_rows`` that ``new`` ends, with their end."""
    ends = dict(zip(new["job_id"].to_pylist(), new["valid_from"].cast(pa.int64()).to_pylist(), strict=True))
    ended = open_rows.filter(_mask(job_id in ends for job_id in open_rows["job_id"].to_pylist()))
    valid_to = pa.array([ends[job_id] for job_id in ended["job_id"].to_pylist()], pa.int64())
    field = ended.schema.field("valid_to")
    return ended.set_column(ended.column_names.index("valid_to"), field, valid_to.cast(field.type))


def _has_facts(states: pa.Table, rows: pa.Table) -> list[bool]:
    """For each of ``rows`` whether ``states`` has its job in the same state."""
    places = {job_id: place for place, job_id in enumerate(states["job_id"].to_pylist())}
    targets = [places.get(job_id) for job_id in rows["job_id"].to_pylist()]
    return _same_rows(_facts(_take(states, targets)), _facts(rows))


def _facts(states: pa.Table) -> pa.Table:
    """What makes up a state. Of a deletion only that it was one: whoever finds it again has another time."""
    return states.select(_FACTS).append_column("is_deleted", pc.is_valid(states["deleted_at"]))


def _take(rows: pa.Table, places: Sequence[int | None]) -> pa.Table:
    """The rows at these places; nothing but nulls, and so no row of any table, where there is none."""
    return rows.take(pa.array(places, pa.int64()))


def _mask(values: Iterable[bool]) -> pa.BooleanArray:
    return pa.array(list(values), pa.bool_())


def last_of_each(rows: pa.Table, key: Sequence[str]) -> pa.Table:
    """``rows`` without those whose key comes again further down."""
    last = {row_key: place for place, row_key in enumerate(_keys(rows, key))}
    return rows if len(last) == len(rows) else rows.take(list(last.values()))


def month_labels(instants: pa.ChunkedArray[Any]) -> list[str]:
    """The UTC month of each instant, such as ``2026-05``."""
    moments: Any = instants.cast(pa.timestamp("us"))  # with a zone, Arrow asks the system's time zone data
    years, months = pc.year(moments).to_pylist(), pc.month(moments).to_pylist()
    return [f"{year:04d}-{month:02d}" for year, month in zip(years, months, strict=True)]


def _keys(rows: pa.Table, key: Sequence[str]) -> list[tuple[Any, ...]]:
    """The key of every row; instants as microseconds, which are cheaper than objects and have no limits."""
    columns = [rows[name] for name in key]
    plain = [c.cast(pa.int64()) if pa.types.is_timestamp(c.type) else c for c in columns]
    return list(zip(*(column.to_pylist() for column in plain), strict=True))


def _same_rows(left: pa.Table, right: pa.Table) -> list[bool]:
    """For each place whether both tables have the same row there; null equals null."""
    same: Any = pa.array([True] * len(left), pa.bool_())
    for ours, theirs in zip(left.columns, right.columns, strict=True):
        if ours.equals(theirs):  # most are, and it takes one kernel instead of five
            continue
        both_null = pc.and_(pc.is_null(ours), pc.is_null(theirs))
        same = pc.and_(same, pc.or_(both_null, pc.fill_null(pc.equal(ours, theirs), False)))  # type: ignore[call-overload, type-var]
    return [bool(value) for value in same.to_pylist()]


def to_iso_text(column: pa.ChunkedArray[Any]) -> pa.Array[Any]:
    """The same instants as ISO text of fixed width, such as ``2026-05-06T11:42:08.913000Z``; null stays null.

    Its order is time order for the years 1 to 9999. Arrow's own formatting asks the system for time zone
    data, which slim images lack, and its cast takes 1.2 µs a value, more than the rest of a row as CSV.
    Looking up the parts in tables takes 0.1 µs: days repeat, and a day has only so many seconds.
    """
    instants: Any = column.combine_chunks()
    since_epoch = instants.cast(pa.int64())
    days = pc.floor_temporal(instants.cast(pa.timestamp("us")), unit="day").cast(pa.date32())
    in_day = pc.subtract(since_epoch, pc.multiply(days.cast(pa.int32()).cast(pa.int64()), _DAY_US))
    second, microsecond = _split(in_day, _SECOND_US)
    thousands, ones = _split(microsecond, 1000)
    each_day = days.dictionary_encode()
    parts = (
        each_day.dictionary.cast(pa.string()).take(each_day.indices),
        _clock().take(second),
        _three_digits().take(thousands),
        _three_digits().take(ones),
    )
    text: pa.Array[Any] = pc.binary_join_element_wise(*parts, "Z", "")
    return text


def _split(numbers: Any, by: int) -> tuple[Any, Any]:
    """Quotients and remainders of numbers that are not negative."""
    quotients = pc.divide(numbers, by)
    return quotients, pc.subtract(numbers, pc.multiply(quotients, by))


@cache
def _clock() -> pa.Array[Any]:
    """Every second of a day."""
    hours, sixty = range(24), range(60)
    return pa.array([f"T{h:02}:{m:02}:{s:02}." for h in hours for m in sixty for s in sixty])


@cache
def _three_digits() -> pa.Array[Any]:
    return pa.array([f"{number:03}" for number in range(1000)])
