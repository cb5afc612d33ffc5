"""Taking a whole account label out of a destination, and finding out which labels hold the same account.

In: a label. Out: how many rows went from each table. It needs no API: everything happens in the destination,
under its lock.
"""

from __future__ import annotations

from itertools import combinations

import pyarrow.compute as pc

from ..destinations import Destination, forget_account, read_jobs, read_runs
from ..errors import SettingsError
from .agreement import LOCK_TIMEOUT_S
from .gaps import write_gap


def forget(destination: Destination, account: str, *, dry_run: bool = False) -> dict[str, int]:
    """Take out all rows of a label in every table, but for the suppressed addresses; how many, by table.

    ``dry_run`` counts and changes nothing. Addresses that were erased are kept out of later syncs as before:
    they are of no label. Forgetting again finds nothing: raises `SettingsError` for a label without any row.
    """
    if dry_run:
        return _found(forget_account(destination, account, dry_run=True), account)
    with destination.lock(LOCK_TIMEOUT_S):
        destination.ensure_schema()
        _found(forget_account(destination, account, dry_run=True), account)
        write_gap(destination, account, None)
        return forget_account(destination, account)


def labels_twice(destination: Destination) -> list[tuple[str, str]]:
    """Pairs of labels that hold jobs of the same UUIDs: one eCore account was exported under both."""
    labels = sorted({str(label) for label in read_runs(destination).column("account").to_pylist()})
    uuids = {
        label: read_jobs(destination, label, columns=["job_uuid"]).column("job_uuid") for label in labels
    }
    return [
        (one, other)
        for one, other in combinations(labels, 2)
        if pc.any(pc.is_in(uuids[one], value_set=uuids[other].combine_chunks())).as_py()
    ]


def _found(rows: dict[str, int], account: str) -> dict[str, int]:
    if not any(rows.values()):
        raise SettingsError(f"no row in the destination is of the account {account}: is the label mistyped?")
    return rows
