"""Validators and latest verdicts over streams of Arrow batches, in memory that the records do not fill.

In: batches of `schema.RECORDS`, some columns at least. Out: rows of `VALIDATOR_MIX`, whose memory does not
grow with the records, and of `LATEST_EMAIL_STATUS`, whose memory grows with the addresses. Called by
`of_frames` and, for Parquet folders, `destinations`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .declared import DAILY_VALIDATOR_MIX, LATEST_EMAIL_STATUS, VALIDATOR_MIX
from .definitions import VERDICTS
from .shaping import days_of, newest_of_each, shaped
from .zones import Offsets

MIX_COLUMNS = ("account", "validator_used", "status", "is_cached")
"""What `validator_mix` needs of `schema.RECORDS`."""

STATUS_COLUMNS = (*LATEST_EMAIL_STATUS.names, "job_created_at")
"""What `latest_email_status` needs of `schema.RECORDS`."""

_NEWEST = ("processed_at", "job_created_at", "job_id", "record_id")
_ADDRESS = "ecore_address"
_PENDING_ROWS = 1_000_000


def validator_mix(batches: Iterable[pa.RecordBatch], offsets: Offsets | None = None) -> pa.Table:
    """Rows of `VALIDATOR_MIX`; with ``offsets``, which draw the line between days, of `DAILY_VALIDATOR_MIX`.

    Days need the column job_created_at.
    """
    view = VALIDATOR_MIX if offsets is None else DAILY_VALIDATOR_MIX
    groups = [*view.key, "status", "is_cached"]
    found: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
    for batch in batches:
        rows = pa.Table.from_batches([batch])
        if offsets is not None:
            rows = rows.append_column("day", days_of(rows["job_created_at"], offsets))
        for row in rows.group_by(groups).aggregate([([], "count_all")]).to_pylist():
            counts = found[tuple(row[name] for name in view.key)]
            counts["records"] += row["count_all"]
            counts["cached_count"] += row["count_all"] if row["is_cached"] else 0
            counts[f"{row['status']}".lower() + "_count"] += row["count_all"]
    rows_found = [
        dict(zip(view.key, key, strict=True))
        | {name: counts[name] for name in VALIDATOR_MIX.names if name.endswith(("records", "_count"))}
        | {
            "cache_share": counts["cached_count"] / counts["records"],
            "valid_rate": counts["valid_count"] / counts["records"],
        }
        for key, counts in found.items()
    ]
    return shaped(view, pa.Table.from_pylist(rows_found, view.frame_arrow))


def latest_email_status(batches: Iterable[pa.RecordBatch]) -> pa.Table:
    """Rows of `LATEST_EMAIL_STATUS`."""
    newest: pa.Table | None = None
    pending: list[pa.Table] = []
    rows = 0
    for batch in batches:
        pending.append(_verdicts(pa.Table.from_batches([batch])))
        rows += len(pending[-1])
        if rows >= max(_PENDING_ROWS, 0 if newest is None else len(newest)):
            newest = _newest(newest, pending)
            pending, rows = [], 0
    newest = _newest(newest, pending)
    return shaped(LATEST_EMAIL_STATUS, newest or LATEST_EMAIL_STATUS.frame_arrow.empty_table())


def _verdicts(records: pa.Table) -> pa.Table:
    """The rows that say something about an address, which is marked."""
    address = pc.coalesce(records["email"], records["email_hash"])
    is_verdict = pc.is_in(records["status"], value_set=pa.array(VERDICTS))
    return records.append_column(_ADDRESS, address).filter(pc.and_(is_verdict, pc.is_valid(address)))


def _newest(newest: pa.Table | None, pending: list[pa.Table]) -> pa.Table | None:
    tables = pending if newest is None else [newest, *pending]
    if not tables:
        return None
    return newest_of_each(pa.concat_tables(tables), ["account", _ADDRESS], _NEWEST)
