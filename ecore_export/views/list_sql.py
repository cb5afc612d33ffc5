"""The SQL of lists: how good they are.

In: a `Tables`, the offsets of a time zone. Out: SELECT statements without parameters.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or of `SqlWords`
from __future__ import annotations

from .. import schema
from ..times import Offsets
from .dialects import Reads, Tables

_OF_LISTS: Reads = {
    schema.JOBS: (
        *("account", "list_name", "status", "total_records", "valid_count", "invalid_count"),
        *("unknown_count", "other_count", "total_credits_charged", "created_at"),
    )
}
READS: dict[str, Reads] = {"list_quality": _OF_LISTS, "daily_list_quality": _OF_LISTS}


def list_quality(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `list_quality`."""
    return _list_quality(tables, "account, list_name", tables.name(schema.JOBS))


def daily_list_quality(tables: Tables, offsets: Offsets) -> str:
    """The SELECT of the view `daily_list_quality`."""
    source = tables.dated(schema.JOBS, "created_at", offsets)
    return _list_quality(tables, "account, day, list_name", source)


def _list_quality(tables: Tables, keys: str, source: str) -> str:
    words = tables.words
    counts = ("total_records", "valid_count", "invalid_count", "unknown_count", "other_count")
    sums = ",\n    ".join(f"{words.total(name)} AS {name}" for name in counts)
    rates = ",\n  ".join(
        f"{words.ratio(f'{name}_count', 'total_records')} AS {name}_rate"
        for name in ("valid", "invalid", "unknown")
    )
    net = words.micro("total_credits_charged")
    return f"""\
WITH lists AS (
  SELECT {keys}, COUNT(*) AS jobs,
    {sums},
    COALESCE(SUM({net}), 0) AS net, MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM {source}
  WHERE status = 'Processed'{tables.within("created_at", "AND")}
  GROUP BY {keys}
)
SELECT {keys}, jobs, {", ".join(counts)},
  {rates},
  {words.credits("net")} AS credits_net,
  {words.ratio("net", "valid_count")} / 1000000 AS credits_per_valid,
  first_job_at, last_job_at
FROM lists"""
