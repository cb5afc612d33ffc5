"""Writing into Delta tables beside other writers: each change is computed from a snapshot, and committed onto
it.

In: the tables, a `Publication` or rows of one table. Out: commits, each of which replaces whole jobs or rows.

Where another writer was quicker, a commit is refused, and all is computed again from what is there then. The
tables are opened before the first of them is written: whoever publishes the same jobs at the same time is met
in `jobs` at the latest, and then both agree on whose look at the API was the newer one.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ...errors import DestinationBusyError
from ..contract import Publication
from ..rows import BOOKKEEPING_COLUMNS, upsert, upsert_history
from .files import purge
from .other_writers import again_on_conflict, moved_on_is_conflict, without_stale
from .read import of_jobs, table_of, text_literal
from .stored_jobs import StoredJobs, changed_jobs, records_of, stored_counts, stored_jobs
from .tables import Snapshot, StoredTable, Tables

PUBLISHED = (schema.RECORDS, schema.JOB_HISTORY, schema.JOBS)


class TakenOutError(DestinationBusyError):
    """Something was taken out since this writer began."""


@dataclass(slots=True)
class Session:
    """What a writer has seen since it began. ``fence``: how often something had been taken out by then.

    ``others``: ids of runs that have committed since. ``seen``: the last version of `jobs` that it looked at.
    """

    fence: int | None = None
    others: set[str] = field(default_factory=set)
    seen: int | None = None

    def check(self, snapshot: Snapshot) -> None:
        """Raise `TakenOutError` if something was taken out since: it must not be written again."""
        if self.fence is not None and snapshot.fence > self.fence:
            raise TakenOutError(
                f"{snapshot.place.root}: addresses, records or an account were taken out meanwhile, and this "
                "run may bring them back: it stops, and the next one heeds it"
            )

    def look(self, jobs: Snapshot, run_ids: Collection[str]) -> None:
        """Learn which other runs have committed to `jobs`."""
        version = jobs.version
        if self.seen is not None and version > self.seen:
            commits = jobs.handle.history(version - self.seen)
            self.others |= {commit["ecore.run"] for commit in commits if "ecore.run" in commit} - set(run_ids)
        self.seen = version


def publish(tables: Tables, publication: Publication, session: Session) -> None:
    """Make a publication visible: its records, then its history, then its jobs."""
    if not publication.jobs.num_rows:
        return
    try:
        again_on_conflict(tables.place, lambda: _publish_once(tables, publication, session))
    except TakenOutError:
        for table in PUBLISHED:  # files of a commit that was refused may hold what was taken out
            purge(tables[table])
        raise


def _publish_once(tables: Tables, publication: Publication, session: Session) -> None:
    records, history, jobs = (tables[table].present() for table in PUBLISHED)
    account, run_ids = publication.account, _texts(publication.jobs["run_id"].unique())
    for snapshot in (records, history, jobs):
        session.check(snapshot)
    session.look(jobs, run_ids)
    known = stored_jobs(jobs, account, publication.jobs["job_id"].to_pylist())
    publication = without_stale(publication, known.rows, session.others)
    with moved_on_is_conflict(records, history, jobs):
        _publish_records(tables, records, publication)
        _publish_history(tables, history, publication, known.rows)
        _publish_jobs(tables, jobs, publication, known)
    if jobs.version == (session.seen or 0) + 1:
        session.seen = jobs.version


def _publish_records(tables: Tables, records: Snapshot, publication: Publication) -> None:
    if not publication.exported:
        return
    stored = stored_counts(records, publication.account, publication.exported)
    changed = changed_jobs(records, publication, stored.rows)
    if changed:
        tables[schema.RECORDS].replace(
            records,
            stored.picking(changed),
            records_of(publication, changed),
            run=_run_of(publication.jobs),
            jobs=len(changed),
        )


def _publish_history(tables: Tables, history: Snapshot, publication: Publication, known: pa.Table) -> None:
    if not publication.history.num_rows:
        return
    job_ids: list[Any] = publication.history["job_id"].to_pylist()
    of_these = known.filter(pc.is_in(known["job_id"], value_set=pa.array(job_ids, pa.int64())))
    old = stored_jobs(history, publication.account, job_ids)
    new = upsert_history(old.rows, publication.history, known=of_these)
    if new is not None:
        where = old.picking(job_ids)
        tables[schema.JOB_HISTORY].replace(history, where, new.to_batches(), run=_run_of(publication.jobs))


def _publish_jobs(tables: Tables, jobs: Snapshot, publication: Publication, known: StoredJobs) -> None:
    if not publication.jobs.num_rows:
        return
    new = upsert(known.rows, publication.jobs, schema.JOBS.key, ignoring=BOOKKEEPING_COLUMNS)
    if new is not None:
        where = known.picking(new["job_id"].to_pylist())
        tables[schema.JOBS].replace(
            jobs, where, new.to_batches(), run=_run_of(publication.jobs), jobs=publication.jobs.num_rows
        )


def merge(tables: Tables, table: schema.Table, rows: pa.Table, session: Session) -> None:
    """Insert rows, or replace those of the same key, in a small table."""
    if rows.num_rows:
        again_on_conflict(tables.place, lambda: _merge_once(tables, tables[table], rows, session))


def _merge_once(tables: Tables, stored: StoredTable, rows: pa.Table, session: Session) -> None:
    snapshot = stored.present()
    if stored.table is schema.REJECTS:
        session.check(snapshot)
    if stored.table is schema.LIST_GROUPS:  # an account is taken out of `records` first
        session.check(tables[schema.RECORDS].present())
    where = _place_of(stored.table, rows)
    old = table_of(snapshot, stored.table.names, where or "true")
    new = upsert(old, rows, stored.table.key)
    if new is not None:
        stored.replace(snapshot, where, new.to_batches())


def _place_of(table: schema.Table, rows: pa.Table) -> str | None:
    """The condition for the rows that are read and written together; None: all of the table.

    No text that comes from the API is part of it, but for what the exporter chose: labels and ids of runs.
    """
    if table is schema.SYNC_RUNS:
        return f"run_id IN ({', '.join(map(text_literal, _texts(rows['run_id'].unique())))})"
    if table is schema.REJECTS:
        owners: dict[str, set[Any]] = {}
        for account, job_id in zip(_texts(rows["account"]), rows["job_id"].to_pylist(), strict=True):
            owners.setdefault(account, set()).add(job_id)
        return " OR ".join(f"({of_jobs(account, job_ids)})" for account, job_ids in owners.items())
    if table is schema.LIST_GROUPS:
        return f"account IN ({', '.join(map(text_literal, _texts(rows['account'].unique())))})"
    return None


def _run_of(jobs: pa.Table) -> str:
    return _texts(jobs["run_id"])[0]


def _texts(column: Any) -> list[str]:
    return [str(value) for value in column.to_pylist()]
