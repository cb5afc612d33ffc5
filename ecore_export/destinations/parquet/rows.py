"""Rows replaced by key, in memory: what a file holds after some of its rows were published again.

In: the rows a file has, and the rows published for it. Out: the rows it shall have, or None if that is no
change. Pure functions, not for `records`, which may be too large for this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema

_FACTS = [column.name for column in schema.JOB_FACTS]


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
