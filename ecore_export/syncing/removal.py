"""Taking addresses, or old records, out of a destination for good.

In: addresses, or a point in time. Out: how many records were changed or removed. Called by users and `cli`.
It needs no API: everything happens in the destination, under its lock.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from .. import schema
from ..destinations import Destination
from ..destinations.erasure import Erasure
from ..errors import SettingsError
from ..instants import as_instant
from ..privacy import address_hash, erased_forms
from ..settings import Secret
from .agreement import ERASURE_KEY_ENTRY, LOCK_TIMEOUT_S, PRUNED_ENTRY, agreed_privacy, pruned_before


def erase(destination: Destination, addresses: Sequence[str], *, pii_key: Secret | None = None) -> int:
    """Blank addresses in every table, and keep them out of later syncs; how many records were theirs.

    A record keeps its row, so that counts still reconcile, without email, hash, domain, ec_id and error text.
    An address inside another text takes that text along. What is remembered of it is a hash under a random
    key of the destination's own. In the privacy mode ``hash``, ``pii_key`` is the key of the hashes. In the
    mode ``drop`` records cannot be found by address: later syncs keep it out all the same. Erasing again is
    harmless. Raises `SettingsError` for text that is no address.
    """
    asked = tuple(dict.fromkeys(address.strip().lower() for address in addresses))
    if any("@" not in address.strip("@") or any(map(str.isspace, address)) for address in asked):
        raise SettingsError("that is no address: an address to erase looks like name@example.com")
    with destination.lock(LOCK_TIMEOUT_S):
        privacy = agreed_privacy(destination, None, pii_key)
        destination.ensure_schema()
        key = _erasure_key(destination)
        hashes = () if privacy.key is None else tuple(address_hash(privacy.key, a) for a in asked)
        erasure = Erasure(asked, hashes, tuple(form.lower() for form in erased_forms(asked)))
        remembered: dict[str, Any] = {
            "email_hash": [address_hash(key, address) for address in asked],
            "suppressed_at": [datetime.now(UTC)] * len(asked),
        }
        return destination.erase(erasure, pa.table(remembered, schema=schema.SUPPRESSIONS.arrow))


def prune(destination: Destination, before: datetime) -> int:
    """Remove the records of jobs created before that, and keep the jobs and their figures; how many went.

    Later syncs do not bring them back. Pruning again with an earlier time brings nothing back either.
    """
    limit = as_instant(before)
    if limit is None:
        raise SettingsError("say before which time the records were created that are to go")
    with destination.lock(LOCK_TIMEOUT_S):
        destination.ensure_schema()
        earlier = pruned_before(destination)
        if earlier is None or earlier < limit:
            destination.write_meta({PRUNED_ENTRY: limit.isoformat()})
        return destination.prune_records(limit)


def _erasure_key(destination: Destination) -> Secret:
    """The destination's own random key, made when it is first needed."""
    text = destination.read_meta().get(ERASURE_KEY_ENTRY)
    if text is None:
        text = secrets.token_hex(32)
        destination.write_meta({ERASURE_KEY_ENTRY: text})
    return Secret(text)
