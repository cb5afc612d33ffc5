"""Destinations: where jobs are published, and the door that opens one by its URL.

In: Arrow tables and batches of the fixed schema. Out: Parquet folders, DuckDB files, SQL tables. Every
destination keeps the promises of `contract` and passes one suite, ``tests/destinations/test_contract.py``.
"""

from __future__ import annotations

from .contract import (
    EVERYTHING,
    RECORD_SPANS,
    Compacted,
    Compacting,
    Destination,
    JobState,
    Publication,
    Selection,
    Streaming,
    held,
    refuse_newer,
)
from .erasure import Erased, Erasure
from .files import replacing, write_text, writing
from .frames import read_table, read_view
from .opening import create_tables, create_views, open_destination
from .rows import to_iso_text
from .state import (
    MODE_ENTRY,
    Gap,
    account_labels,
    check_exported,
    count_jobs,
    forget_account,
    named,
    prune_records,
    read_arrow,
    read_gap,
    read_history,
    read_jobs,
    read_meta,
    read_records,
    read_rejects,
    read_runs,
    read_suppressed,
    write_gap,
    write_meta,
    write_rejects,
    write_runs,
)
from .views import chosen_tz

__all__ = [
    "EVERYTHING",
    "MODE_ENTRY",
    "RECORD_SPANS",
    "Compacted",
    "Compacting",
    "Destination",
    "Erased",
    "Erasure",
    "Gap",
    "JobState",
    "Publication",
    "Selection",
    "Streaming",
    "account_labels",
    "check_exported",
    "chosen_tz",
    "count_jobs",
    "create_tables",
    "create_views",
    "forget_account",
    "held",
    "named",
    "open_destination",
    "prune_records",
    "read_arrow",
    "read_gap",
    "read_history",
    "read_jobs",
    "read_meta",
    "read_records",
    "read_rejects",
    "read_runs",
    "read_suppressed",
    "read_table",
    "read_view",
    "refuse_newer",
    "replacing",
    "to_iso_text",
    "write_gap",
    "write_meta",
    "write_rejects",
    "write_runs",
    "write_text",
    "writing",
]
