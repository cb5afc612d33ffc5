"""What a destination says of itself, its jobs, runs and rejects: written once, for every destination.

In: a `Destination`. Out: Arrow tables of the fixed schema, entries, labels of accounts; rows written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from .. import schema
from ..errors import DestinationError
from .contract import EVERYTHING, Destination, JobState, Selection, Within, held

MODE_ENTRY = "privacy_mode"
"""The entry about the privacy mode."""


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
