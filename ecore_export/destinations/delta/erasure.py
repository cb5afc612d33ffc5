"""Taking addresses, old records or an account out of Delta tables, with every file that still holds them.

In: an `Erasure`, or which rows are to go. Out: commits, and files removed.

Other writers may be at work. A *fence*, a change of a table's properties, makes each commit fail that was
begun before it, and whoever tries again meets it and stops. It stands before anything is looked at, so nobody
brings back what goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pyarrow as pa

from ... import schema
from ..contract import Selection
from ..erasure import TEXTS, Erased, Erasure, erasable
from .files import purge, raise_property
from .other_writers import again_on_conflict, moved_on_is_conflict
from .publish import Session, merge
from .read import count, fitting, integer_literal, select, table_of, text_literal
from .tables import FENCE, Snapshot, StoredTable, Tables

_ROWS_AT_ONCE = 500
"""Rows of `records` that one commit blanks; each names its own."""


def erase(tables: Tables, erasure: Erasure, suppressed: pa.Table, *, dry_run: bool) -> Erased:
    """Blank addresses in every table; what is suppressed is there before."""
    stored = [tables[table] for table, _ in TEXTS]
    if not dry_run:
        merge(tables, schema.SUPPRESSIONS, suppressed, Session())
        for each in stored:
            raise_property(each, FENCE)
    for each in stored:
        _count(erasure, again_on_conflict(tables.place, partial(_blank, each, erasure, dry_run=dry_run)))
    if not dry_run:
        for each in stored:
            purge(each)
    return erasure.erased


def remove(tables: Tables, chosen: Sequence[schema.Table], where: Selection) -> dict[str, int]:
    """Remove the rows that fit; how many, by the table's name."""
    for table in chosen:
        raise_property(tables[table], FENCE)
    removed = {
        table.name: again_on_conflict(tables.place, partial(_delete, tables[table], where))
        for table in chosen
    }
    for table in chosen:
        purge(tables[table])
    return removed


def _delete(stored: StoredTable, where: Selection) -> int:
    snapshot = stored.present()
    found = count(snapshot, where)
    if found:
        with moved_on_is_conflict(snapshot):
            stored.delete(snapshot, fitting(stored.table, where))
    return found


def _blank(stored: StoredTable, erasure: Erasure, *, dry_run: bool) -> Erasure:
    """Take the addresses out of one table; what was met there."""
    snapshot, table = stored.present(), stored.table
    met = Erasure(erasure.owners, erasure.hashes)
    names = [*table.key, *(name for name in erasable(table) if name not in table.key)]
    batches = (pa.Table.from_batches([batch]) for batch in select(snapshot, names, "true"))
    losing = pa.concat_tables(
        [rows.select(table.key) for rows in (met.changed(table, some) for some in batches)] or [_keys(table)]
    )
    if losing.num_rows and not dry_run:
        with moved_on_is_conflict(snapshot):
            for start in range(0, losing.num_rows, _ROWS_AT_ONCE):
                _rewrite(stored, snapshot, losing.slice(start, _ROWS_AT_ONCE), erasure)
    return met


def _rewrite(stored: StoredTable, snapshot: Snapshot, keys: pa.Table, erasure: Erasure) -> None:
    """Replace these rows by what is left of them. The snapshot moves on with each commit."""
    where = _OF_KEYS[stored.table.name](keys)
    old = table_of(snapshot, stored.table.names, where)
    new = Erasure(erasure.owners, erasure.hashes).blanked(stored.table, old)
    stored.replace(snapshot, where, new.to_batches())


def _keys(table: schema.Table) -> pa.Table:
    return table.empty().select(table.key)


def _by_job(keys: pa.Table) -> str:
    """All rows of the jobs that these are of: there are few a job."""
    pairs = sorted(set(zip(keys["account"].to_pylist(), keys["job_id"].to_pylist(), strict=True)))
    return " OR ".join(
        f"(account = {text_literal(account)} AND job_id = {integer_literal(job_id)})"
        for account, job_id in pairs
    )


def _by_record(keys: pa.Table) -> str:
    return " OR ".join(
        f"(account = {text_literal(row['account'])} AND job_id = {integer_literal(row['job_id'])} "
        f"AND record_id = {integer_literal(row['record_id'])})"
        for row in keys.to_pylist()
    )


def _by_run(keys: pa.Table) -> str:
    return f"run_id IN ({', '.join(text_literal(run_id) for run_id in keys['run_id'].to_pylist())})"


_OF_KEYS: dict[str, Callable[[pa.Table], str]] = {
    "records": _by_record,
    "jobs": _by_job,
    "job_history": _by_job,
    "rejects": _by_job,
    "sync_runs": _by_run,
}
"""How the rows of a table are picked by their keys, texts from the API left out."""


def _count(erasure: Erasure, met: Erasure) -> None:
    erasure.records += met.records
    erasure.texts += met.texts
    erasure.found |= met.found
