"""Taking addresses, old records or a whole account label out of a destination for good.

In: addresses, a point in time, or a label. Out: how many rows were changed or removed. It needs no API:
everything happens in the destination, under its lock.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import combinations
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..addresses import forms, is_address
from ..destinations import (
    Destination,
    Erased,
    Erasure,
    forget_account,
    prune_records,
    read_jobs,
    read_meta,
    read_runs,
    write_gap,
    write_meta,
)
from ..errors import SettingsError
from ..privacy import address_hash
from ..settings import Secret
from ..times import as_instant
from .list_groups import forget_rule
from .options import LOCK_TIMEOUT_S
from .runs import ERASURE_KEY_ENTRY, agreed_privacy, remember_pruned


def erase(
    destination: Destination,
    addresses: Sequence[str],
    *,
    pii_key: Secret | None = None,
    dry_run: bool = False,
) -> Erased:
    """Blank addresses in every table, and keep them out of later syncs; what was found of them.

    A record keeps its row, so that counts still reconcile, without email, hash, domain, ec_id and error text.
    An address inside another text takes that text along. What is remembered of it are hashes under a random
    key of the destination's own. In the privacy mode ``hash``, ``pii_key`` is the key of the hashes. In the
    mode ``drop`` records cannot be found by address: later syncs keep it out all the same. Erasing again is
    harmless. ``dry_run``: look, and change nothing. Raises `SettingsError` for text that is no address.
    """
    asked = tuple(dict.fromkeys(_address(text) for text in addresses))
    with destination.lock(LOCK_TIMEOUT_S):
        privacy = agreed_privacy(destination, None, pii_key)
        erasure = Erasure.of(asked, privacy.key)
        if dry_run:
            return destination.erase(erasure, schema.SUPPRESSIONS.empty(), dry_run=True)
        destination.ensure_schema()
        key = _erasure_key(destination)
        hashes = list(dict.fromkeys(address_hash(key, form) for form in erasure.owners))
        remembered: dict[str, Any] = {
            "email_hash": hashes,
            "suppressed_at": [datetime.now(UTC)] * len(hashes),
        }
        return destination.erase(erasure, pa.table(remembered, schema=schema.SUPPRESSIONS.arrow))


def prune(
    destination: Destination, before: datetime, *, account: str | None = None, dry_run: bool = False
) -> int:
    """Remove the records of jobs created before that, and keep the jobs and their figures; how many went.

    ``account``: only those of that account; None for all. Later syncs do not bring them back. Pruning again
    with an earlier time brings nothing back either. ``dry_run``: only count.
    """
    limit = as_instant(before)
    if limit is None:
        raise SettingsError("say before which time the records were created that are to go")
    with destination.lock(LOCK_TIMEOUT_S):
        if not dry_run:
            destination.ensure_schema()
            remember_pruned(destination, limit, account)
        return prune_records(destination, limit, account=account, dry_run=dry_run)


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
        forget_rule(destination, account)
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


def _address(text: str) -> str:
    """The address in its plain form; two spellings of one that differ in case alone are one."""
    address = text.strip()
    if not is_address(address):
        raise SettingsError("that is no address: an address to erase looks like name@example.com")
    return forms(address)[-1]


def _erasure_key(destination: Destination) -> Secret:
    """The destination's own random key, made when it is first needed."""
    text = read_meta(destination).get(ERASURE_KEY_ENTRY)
    if text is None:
        text = secrets.token_hex(32)
        write_meta(destination, {ERASURE_KEY_ENTRY: text})
    return Secret(text)


def _found(rows: dict[str, int], account: str) -> dict[str, int]:
    if not any(rows.values()):
        raise SettingsError(f"no row in the destination is of the account {account}: is the label mistyped?")
    return rows
