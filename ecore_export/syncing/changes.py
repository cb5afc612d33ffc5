"""What a look at the API changes in what is known of jobs: pure functions over Arrow tables.

In: known rows of `schema.JOBS` and fresh job facts. Out: rows to write, with their history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..reading import as_job_rows, job_ids

REOPENING = (
    "job_uuid",
    "status",
    "total_records",
    "valid_count",
    "invalid_count",
    "unknown_count",
    "completed_at",
)
"""A final job whose records were exported is exported again when one of these changes."""

DOUBLE_PRECISION = Decimal("5e-16")
"""Half a unit of the 15th digit, which every double keeps, at most."""

_FACTS = tuple(column.name for column in schema.JOB_FACTS)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Who writes, and when: what goes into ``account``, ``run_id`` and the ``_at`` columns."""

    account: str
    run_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows of `schema.JOBS` that are new or differ, their `schema.JOB_HISTORY`, and how many are new."""

    jobs: pa.Table
    history: pa.Table
    new: int


def changes(
    known: pa.Table,
    facts: pa.RecordBatch | pa.Table,
    stamp: Stamp,
    stored: Callable[[pa.Table], pa.Table] = lambda rows: rows,
) -> Changes:
    """What ``facts`` say that ``known``, the rows of the same jobs as far as there are any, does not.

    A job that was deleted and is seen again counts as changed. Facts repeat no job. ``stored``: what of a row
    may be stored today, as ``facts`` have it already. A row that differs in this alone is written anew, but
    nothing changed at the API, so it has no history.
    """
    fresh = pa.table(facts)
    at = pc.index_in(fresh.column("job_id"), value_set=known.column("job_id").combine_chunks())
    as_written = known.take(at)
    before = stored(as_written)
    is_new = pc.is_null(at)
    differs = _differ(fresh, before, _FACTS, pc.or_(is_new, pc.is_valid(before.column("deleted_at"))))
    is_written = differs if before is as_written else _differ(before, as_written, _FACTS, differs)
    kept, was, is_change = fresh.filter(is_written), before.filter(is_written), differs.filter(is_written)
    at_each = _after(was, stamp.at)
    reopened = _differ(kept, was, REOPENING, pa.chunked_array([pa.repeat(False, len(kept))]))
    jobs = as_job_rows(
        kept,
        account=stamp.account,
        records_exported=_unless(reopened, was.column("records_exported")),
        is_reconciled=_unless(reopened, was.column("is_reconciled")),
        first_seen_at=pc.coalesce(was.column("first_seen_at"), _instant(stamp.at)),
        changed_at=pc.if_else(is_change, at_each, was.column("changed_at")),
        checked_at=stamp.at,
        run_id=stamp.run_id,
    ).cast(schema.JOBS.arrow)
    return Changes(jobs, history(jobs.filter(is_change)), at.null_count)


def deletions(known: pa.Table, stamp: Stamp) -> Changes:
    """The known rows of jobs that are gone, marked so."""
    at = _after(known, stamp.at)
    jobs = with_columns(known, deleted_at=at, changed_at=at, checked_at=stamp.at, run_id=stamp.run_id)
    return Changes(jobs, history(jobs), 0)


def exports(known: pa.Table, lengths: dict[int, int], *, is_reconciled: bool, stamp: Stamp) -> pa.Table:
    """The known rows of jobs whose records are published with them; ``lengths``: how many, by job."""
    counts = pa.array([lengths[job_id] for job_id in job_ids(known)], pa.int64())
    return with_columns(
        known,
        records_exported=counts,
        is_reconciled=is_reconciled,
        deleted_at=None,
        checked_at=stamp.at,
        run_id=stamp.run_id,
    )


def _after(known: pa.Table, at: datetime) -> Any:
    """For each job ``at``, or right after its current state began where a clock was ahead then.

    So each state ends when the next one begins, and never before it began itself, whatever clocks do.
    """
    began: Any = pc.add(known.column("changed_at"), pa.scalar(1, pa.duration("us")))
    is_ahead = pc.fill_null(pc.greater(began, _instant(at)), False)
    return pc.if_else(is_ahead, began, _instant(at))


def history(jobs: pa.Table) -> pa.Table:
    """The state of these jobs as new rows of `schema.JOB_HISTORY`, from when it was seen to change."""
    arrays = []
    for field in schema.JOB_HISTORY.arrow:
        if field.name == "valid_from":
            arrays.append(jobs.column("changed_at"))
        elif field.name == "valid_to":
            arrays.append(pa.nulls(len(jobs), field.type))
        else:
            arrays.append(jobs.column(field.name))
    return pa.table(arrays, schema=schema.JOB_HISTORY.arrow)


def overlaid(known: pa.Table, newer: pa.Table) -> pa.Table:
    """Rows of `schema.JOBS`: those of ``newer``, and those of ``known`` that it does not replace."""
    if not len(newer):
        return known
    replaced = pc.is_in(known.column("job_id"), value_set=newer.column("job_id").combine_chunks())
    return pa.concat_tables([known.filter(pc.invert(replaced)), newer])


def with_columns(jobs: pa.Table, **columns: Any) -> pa.Table:
    """Rows with some columns replaced: by a value for all rows, or by an Arrow array."""
    for name, value in columns.items():
        i = jobs.schema.get_field_index(name)
        field = jobs.schema.field(i)
        if not isinstance(value, (pa.Array, pa.ChunkedArray)):
            value = pa.repeat(pa.scalar(value, field.type), len(jobs))
        jobs = jobs.set_column(i, field, value)
    return jobs


def _differ(new: pa.Table, old: pa.Table, names: Iterable[str], changed: Any) -> Any:
    """``changed``, or whether any of these columns differs, row by row; most are the same at first sight."""
    if old.column("job_id").null_count == len(old):  # all are new, and have nothing to lose
        return changed
    for name in names:
        if not new.column(name).equals(old.column(name)):
            changed = pc.or_(changed, differs(new.column(name), old.column(name)))
    return changed


def differs(said: Any, stored: Any) -> Any:
    """Whether what the API says is not what is stored, row by row; null and null are the same.

    What a destination cannot store as it is must not look changed for ever: NUL counts as its replacement
    U+FFFD (PostgreSQL), and credits as what SQLite makes of them beyond 15 digits.
    """
    if pa.types.is_string(said.type):
        said, stored = (pc.replace_substring(values, "\0", "\ufffd") for values in (said, stored))
    unequal: Any = pc.fill_null(pc.not_equal(said, stored), False)
    if pa.types.is_decimal(said.type) and pc.any(unequal).as_py():
        pairs = zip(unequal.to_pylist(), said.to_pylist(), stored.to_pylist(), strict=True)
        unequal = pa.chunked_array([[is_not and not _is_rounded(*amounts) for is_not, *amounts in pairs]])
    return pc.or_(pc.xor(pc.is_null(said), pc.is_null(stored)), unequal)


def _is_rounded(said: Decimal, stored: Decimal) -> bool:
    """Whether ``stored`` is a double, and the one for ``said``; where credits are exact, all digits count."""
    is_double = Decimal(repr(float(stored))) == stored
    return is_double and abs(said - stored) <= abs(said) * DOUBLE_PRECISION


def _unless(condition: Any, values: Any) -> Any:
    return pc.if_else(condition, pa.scalar(None, values.type), values)


def _instant(at: datetime) -> Any:
    return pa.scalar(at, schema.Kind.INSTANT.arrow)
