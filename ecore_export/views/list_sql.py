"""The SQL of lists: how good they are.

In: a `Tables`, the offsets of a time zone. Out: SELECT statements without parameters.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or of `SqlWords`
from __future__ import annotations

from .. import schema
from ..times import Offsets
from .dialects import Reads, Tables

_OF_LISTS: Reads = {
    schema.LIST_GROUPS: schema.LIST_GROUPS.names,
    schema.JOBS: (
        *("account", "list_name", "status", "total_records", "valid_count", "invalid_count"),
        *("unknown_count", "other_count", "total_credits_charged", "created_at"),
    ),
}
READS: dict[str, Reads] = {
    "list_quality": _OF_LISTS,
    "daily_list_quality": _OF_LISTS,
    "list_decay": {
        schema.JOBS: (
            *("account", "list_name", "status", "total_records", "valid_count", "invalid_count"),
            *("unknown_count", "created_at"),
        ),
        schema.LIST_GROUPS: schema.LIST_GROUPS.names,
    },
    "stale_lists": {
        schema.JOBS: ("account", "list_name", "created_at"),
        schema.SYNC_RUNS: ("account", "started_at", "status"),
        schema.LIST_GROUPS: schema.LIST_GROUPS.names,
    },
}


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
  first_job_at, last_job_at, list_group
FROM {tables.grouped("lists", "lists")}"""


def list_decay(tables: Tables, offsets: Offsets) -> str:
    """The SELECT of the view `list_decay`."""
    words = tables.words
    counts = ("total_records", "valid_count", "invalid_count", "unknown_count")
    sums = ", ".join(f"{words.total(name)} AS {name}" for name in counts)
    rates = ", ".join(
        f"{words.ratio(f'{name}_count', 'total_records')} AS {name}_rate"
        for name in ("valid", "invalid", "unknown")
    )
    monthly = tables.grouped(tables.monthly(schema.JOBS, "created_at", offsets), "monthly")
    months = "OVER (PARTITION BY account, list_group ORDER BY month)"
    return f"""\
WITH lists AS (
  SELECT account, list_group, month, COUNT(*) AS jobs,
    {sums}
  FROM {monthly}
  WHERE status = 'Processed'{tables.within("created_at", "AND")}
  GROUP BY account, list_group, month
), rated AS (
  SELECT lists.*, {rates},
    ROW_NUMBER() {months} AS month_number,
    COUNT(*) OVER (PARTITION BY account, list_group) AS months
  FROM lists
), compared AS (
  SELECT rated.*, valid_rate - LAG(valid_rate) {months} AS valid_rate_change,
    valid_rate - FIRST_VALUE(valid_rate) {months} AS valid_rate_change_total
  FROM rated
)
SELECT account, list_group, month, month_number, jobs, {", ".join(counts)},
  valid_rate, invalid_rate, unknown_rate, valid_rate_change, valid_rate_change_total
FROM compared
WHERE months > 1"""


def stale_lists(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `stale_lists`: measured by what is known, not by the clock of whoever asks."""
    words, jobs = tables.words, tables.name(schema.JOBS)
    return f"""\
WITH completed AS (
  SELECT account, MAX(started_at) AS run_at
  FROM {tables.name(schema.SYNC_RUNS)} WHERE status = 'complete' GROUP BY account
), newest AS (
  SELECT account, MAX(created_at) AS job_at FROM {jobs} GROUP BY account
), lists AS (
  SELECT account, list_group, COUNT(*) AS jobs,
    MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM {tables.grouped(f"{jobs} AS jobs", "jobs")}
  GROUP BY account, list_group
), known AS (
  SELECT lists.account AS account, lists.list_group AS list_group, lists.jobs AS jobs,
    lists.first_job_at AS first_job_at, lists.last_job_at AS last_job_at,
    CASE WHEN completed.run_at > newest.job_at THEN completed.run_at ELSE newest.job_at END AS known_until
  FROM lists
  JOIN newest ON newest.account = lists.account
  LEFT JOIN completed ON completed.account = lists.account
)
SELECT account, list_group, jobs, first_job_at, last_job_at, known_until,
  {words.days("last_job_at", "known_until")} AS days_since,
  {words.days("first_job_at", "last_job_at")} / NULLIF(jobs - 1, 0) AS mean_interval_days
FROM known"""
