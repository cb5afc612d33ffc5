"""What a destination says of itself, its jobs, runs and rejects: written once, for every destination.

In: a `Destination`. Out: Arrow tables of the fixed schema, entries, labels of accounts, the `Gap` between
what the API counts and what is known; rows written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pyarrow as pa

from .. import schema
from ..errors import DestinationError
from .contract import EVERYTHING, Destination, JobState, Selection, Within, held

MODE_ENTRY = "privacy_mode"
"""The entry about the privacy mode."""
GAP_ENTRY = "missing_jobs"
"""The entry about jobs that are missing: of all accounts, as a label may be as long as an entry's name."""
LISTED_AGAIN_AFTER = timedelta(days=1)


def read_arrow(
    destination: Destination,
    table: schema.Table,
    where: Selection = EVERYTHING,
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """The rows of a table that fit, at once in memory, ordered as `Destination.read` gives them."""
    names = table.names if columns is None else columns
    arrow = pa.schema([table.arrow.field(name) for name in names])
    return pa.Table.from_batches(destination.read(table, where, columns), arrow)


def read_jobs(
    destination: Destination,
    account: str,
    *,
    job_ids: Sequence[int] | None = None,
    state: JobState = "all",
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Rows of `schema.JOBS`, ordered by job_id; ``columns`` in the order asked for."""
    return read_arrow(destination, schema.JOBS, Selection(account, job_ids, state), columns)


def count_jobs(destination: Destination, account: str) -> int:
    """How many known jobs are not deleted: all less the deleted, as databases have an index on either."""
    with held(destination):
        known = destination.count(schema.JOBS, Selection(account))
        return known - destination.count(schema.JOBS, Selection(account, state="deleted"))


def read_records(
    destination: Destination,
    account: str,
    *,
    job_ids: Sequence[int] | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Rows of `schema.RECORDS` in batches, memory bounded; each job's together, by ascending record_id."""
    return destination.read(schema.RECORDS, Selection(account, job_ids), columns)


def read_history(destination: Destination, account: str, *, job_ids: Sequence[int] | None = None) -> pa.Table:
    """Rows of `schema.JOB_HISTORY`, ordered by (job_id, valid_from)."""
    return read_arrow(destination, schema.JOB_HISTORY, Selection(account, job_ids))


def read_runs(destination: Destination) -> pa.Table:
    """All rows of `schema.SYNC_RUNS`, oldest first."""
    runs = read_arrow(destination, schema.SYNC_RUNS)
    return runs.sort_by([("started_at", "ascending"), ("run_id", "ascending")])


def write_runs(destination: Destination, runs: pa.Table) -> None:
    """Insert or replace rows of `schema.SYNC_RUNS` by run_id."""
    destination.merge(schema.SYNC_RUNS, runs)


def read_rejects(destination: Destination, account: str, *, only_open: bool = True) -> pa.Table:
    """Rows of `schema.REJECTS`, ordered by key; ``only_open``: those without resolved_at.

    Ordered here, as databases differ in how they order text.
    """
    where = Selection(account, state="open" if only_open else "all")
    rejects = read_arrow(destination, schema.REJECTS, where)
    return rejects.sort_by([(name, "ascending") for name in schema.REJECTS.key])


def write_rejects(destination: Destination, rejects: pa.Table) -> None:
    """Insert or replace rows of `schema.REJECTS` by key."""
    destination.merge(schema.REJECTS, rejects)


def read_meta(destination: Destination) -> dict[str, str]:
    """The destination's entries about itself."""
    rows = read_arrow(destination, schema.META)
    entries: dict[Any, Any] = dict(zip(rows["name"].to_pylist(), rows["value"].to_pylist(), strict=True))
    return entries


def write_meta(destination: Destination, entries: dict[str, str]) -> None:
    """Insert or replace entries about the destination itself."""
    destination.merge(schema.META, meta_rows(entries))


def meta_rows(entries: dict[str, str]) -> pa.Table:
    """Entries as rows of `schema.META`."""
    columns = {"name": list(entries), "value": list(entries.values())}
    return pa.table(columns, schema=schema.META.arrow)


def read_suppressed(destination: Destination) -> frozenset[str]:
    """Hashes of erased addresses, which are kept out from then on."""
    rows = read_arrow(destination, schema.SUPPRESSIONS, columns=["email_hash"])
    hashes: list[Any] = rows["email_hash"].to_pylist()
    return frozenset(hashes)


def prune_records(
    destination: Destination, before: datetime, *, account: str | None = None, dry_run: bool = False
) -> int:
    """Remove the records of jobs created earlier, and keep the jobs; how many records went.

    ``account``: only its records; None for all. ``dry_run``: only count.
    """
    where = Selection(account, within=Within("job_created_at", until=before))
    if dry_run:
        return destination.count(schema.RECORDS, where)
    return destination.remove([schema.RECORDS], where)[schema.RECORDS.name]


def forget_account(destination: Destination, account: str, *, dry_run: bool = False) -> dict[str, int]:
    """Remove every row of an account in `schema.DATA_TABLES`; how many, by the table's name.

    ``dry_run`` only counts. What is suppressed stays: it is of no account.
    """
    if dry_run:
        return {table.name: destination.count(table, Selection(account)) for table in schema.DATA_TABLES}
    return destination.remove(schema.DATA_TABLES, Selection(account))


def check_exported(destination: Destination, account: str | None = None) -> None:
    """Raise `DestinationError` where nothing was ever exported, or nothing of that account (None: any).

    A mistyped place or label is no empty one: without this, no rows would read as good news.
    """
    if destination.schema_version() is None:
        raise DestinationError(
            f"nothing was ever exported to {destination.url}; run `ecore-export sync` first"
        )
    if account is None:
        return
    labels = account_labels(destination)
    if account not in labels and not count_jobs(destination, account):
        raise DestinationError(f"{destination.url} holds no account {account!r}; {named(labels)}")


def account_labels(destination: Destination) -> list[str]:
    """The labels of all accounts that runs were made for, in order; one that was refused has none."""
    runs = read_runs(destination).select(["account", "status", "jobs_changed"]).to_pylist()
    return sorted({run["account"] for run in runs if run["status"] != "failed" or run["jobs_changed"]})


def named(labels: list[str]) -> str:
    """The labels in words, for a message."""
    if not labels:
        return "no run was ever made there"
    shown = ", ".join(map(repr, labels[:10])) + (f" and {len(labels) - 10} more" if labels[10:] else "")
    return f"there is {shown}: give it as --account" if len(labels) == 1 else f"there are {shown}"


@dataclass(frozen=True, slots=True)
class Gap:
    """``known`` of the ``counted`` jobs are known, although everything was listed at ``listed_at``."""

    counted: int
    known: int
    listed_at: datetime

    def __str__(self) -> str:
        return (
            f"jobs are missing: the API counts {self.counted:,}, and {self.known:,} are known although all "
            "that it gives was listed; tell eCore's support if this lasts"
        )

    def stands(self, counted: int, known: int, now: datetime) -> bool:
        """Whether nothing has changed since, and it is too early to list everything again.

        A clock that was ahead makes nobody wait longer.
        """
        age = now - self.listed_at
        return (self.counted, self.known) == (counted, known) and timedelta(0) <= age < LISTED_AGAIN_AFTER


def read_gap(destination: Destination, account: str) -> Gap | None:
    """What the last run that compared found missing; None if nothing was."""
    found = _gaps(destination).get(account)
    if found is None:
        return None
    return Gap(found["counted"], found["known"], datetime.fromisoformat(found["listed_at"]))


def write_gap(destination: Destination, account: str, gap: Gap | None) -> None:
    """Remember what is missing, or that nothing is; writes only what changes."""
    entries = _gaps(destination)
    if gap is None:
        if entries.pop(account, None) is None:
            return
    else:
        listed_at = gap.listed_at.isoformat()
        now = {"counted": gap.counted, "known": gap.known, "listed_at": listed_at}
        if entries.get(account) == now:
            return
        entries[account] = now
    write_meta(destination, {GAP_ENTRY: json.dumps(entries, sort_keys=True)})


def _gaps(destination: Destination) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = json.loads(read_meta(destination).get(GAP_ENTRY, "{}"))
    return entries
