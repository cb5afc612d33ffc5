"""What a destination says of itself, its jobs, runs and rejects: written once, for every destination.

In: a `Destination`. Out: Arrow tables of the fixed schema, entries, labels of accounts; rows written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa

from ..errors import DestinationError
from .contract import Destination, JobState


def read_jobs(
    destination: Destination,
    account: str,
    *,
    job_ids: Sequence[int] | None = None,
    state: JobState = "all",
    columns: Sequence[str] | None = None,
) -> pa.Table:
    """Rows of `schema.JOBS`, ordered by job_id; ``columns`` in the order asked for."""
    return destination.read_jobs(account, job_ids=job_ids, state=state, columns=columns)


def count_jobs(destination: Destination, account: str) -> int:
    """How many known jobs are not deleted."""
    return destination.count_jobs(account)


def read_records(
    destination: Destination,
    account: str,
    *,
    job_ids: Sequence[int] | None = None,
    columns: Sequence[str] | None = None,
) -> Iterator[pa.RecordBatch]:
    """Rows of `schema.RECORDS` in batches, memory bounded; each job's together, by ascending record_id.

    ``columns``: only these, in the order asked for.
    """
    return destination.read_records(account, job_ids=job_ids, columns=columns)


def read_history(destination: Destination, account: str, *, job_ids: Sequence[int] | None = None) -> pa.Table:
    """Rows of `schema.JOB_HISTORY`, ordered by (job_id, valid_from)."""
    return destination.read_history(account, job_ids=job_ids)


def read_runs(destination: Destination) -> pa.Table:
    """All rows of `schema.SYNC_RUNS`, oldest first."""
    return destination.read_runs()


def write_runs(destination: Destination, runs: pa.Table) -> None:
    """Insert or replace rows of `schema.SYNC_RUNS` by run_id."""
    destination.write_run(runs)


def read_rejects(destination: Destination, account: str, *, only_open: bool = True) -> pa.Table:
    """Rows of `schema.REJECTS`, ordered by key; ``only_open``: those without resolved_at."""
    return destination.read_rejects(account, only_open=only_open)


def write_rejects(destination: Destination, rejects: pa.Table) -> None:
    """Insert or replace rows of `schema.REJECTS` by key."""
    destination.write_rejects(rejects)


def read_meta(destination: Destination) -> dict[str, str]:
    """The destination's entries about itself."""
    return destination.read_meta()


def write_meta(destination: Destination, entries: dict[str, str]) -> None:
    """Insert or replace entries about the destination itself."""
    destination.write_meta(entries)


def read_suppressed(destination: Destination) -> frozenset[str]:
    """Hashes of erased addresses, which are kept out from then on."""
    return destination.read_suppressed()


def prune_records(
    destination: Destination, before: datetime, *, account: str | None = None, dry_run: bool = False
) -> int:
    """Remove the records of jobs created earlier, and keep the jobs; how many records went.

    ``account``: only its records; None for all. ``dry_run``: only count.
    """
    return destination.prune_records(before, account=account, dry_run=dry_run)


def forget_account(destination: Destination, account: str, *, dry_run: bool = False) -> dict[str, int]:
    """Remove every row of an account in `schema.DATA_TABLES`; how many, by the table's name.

    ``dry_run`` only counts. What is suppressed stays: it is of no account.
    """
    return destination.forget(account, dry_run=dry_run)


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
    """The labels of all accounts that runs were made for, in order."""
    labels: list[Any] = read_runs(destination)["account"].unique().to_pylist()
    return sorted(labels)


def named(labels: list[str]) -> str:
    """The labels in words, for a message."""
    if not labels:
        return "no run was ever made there"
    shown = ", ".join(map(repr, labels[:10])) + (f" and {len(labels) - 10} more" if labels[10:] else "")
    return f"there is {shown}: give it as --account" if len(labels) == 1 else f"there are {shown}"
