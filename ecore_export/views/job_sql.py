"""The SQL of jobs: one by one, added up by the lists they are of, and how fresh they are.

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
    "job_turnaround": {
        schema.JOBS: (
            *("account", "job_id", "list_name", "status", "is_final", "total_records", "created_at"),
            *("started_at", "completed_at", "queue_seconds", "processing_seconds"),
        ),
        schema.LIST_GROUPS: schema.LIST_GROUPS.names,
    },
    "data_freshness": {
        schema.JOBS: (
            *("account", "is_final", "records_exported", "is_reconciled", "deleted_at", "created_at"),
        ),
        schema.SYNC_RUNS: ("account", "run_id", "started_at", "finished_at", "status"),
        schema.REJECTS: ("account", "resolved_at"),
    },
}


def job_turnaround(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `job_turnaround`."""
    words, jobs = tables.words, f"{tables.name(schema.JOBS)} AS jobs"
    return f"""\
SELECT account, job_id, list_name, status, total_records, created_at, started_at, completed_at,
  queue_seconds, processing_seconds,
  {words.seconds("created_at", "completed_at")} AS total_seconds,
  {words.ratio("total_records", "processing_seconds")} AS records_per_second,
  list_group
FROM {tables.grouped(jobs, "jobs")}
WHERE is_final{tables.within("created_at", "AND")}"""


def _known_jobs(tables: Tables) -> str:
    return f"""\
  SELECT account, MAX(created_at) AS newest_job_at, COUNT(*) AS jobs_known,
    COUNT(CASE WHEN deleted_at IS NULL AND NOT is_final THEN 1 END) AS jobs_in_flight,
    COUNT(CASE WHEN deleted_at IS NULL AND is_final AND records_exported IS NULL THEN 1 END) AS jobs_waiting,
    COUNT(records_exported) AS jobs_exported,
    COUNT(CASE WHEN records_exported IS NOT NULL AND NOT is_reconciled THEN 1 END) AS jobs_unreconciled,
    {tables.words.total("records_exported")} AS records
  FROM {tables.name(schema.JOBS)}
  GROUP BY account"""


def data_freshness(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `data_freshness`."""
    runs = tables.name(schema.SYNC_RUNS)
    return f"""\
WITH accounts AS (
  SELECT account FROM {tables.name(schema.JOBS)} UNION SELECT account FROM {runs}
), known AS (
{_known_jobs(tables)}
), completed AS (
  SELECT account, MAX(finished_at) AS last_complete_at FROM {runs} WHERE status = 'complete' GROUP BY account
), newest AS (
  SELECT account, started_at, status,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY started_at DESC, run_id DESC) AS place
  FROM {runs}
), refused AS (
  SELECT account, COUNT(*) AS open_rejects
  FROM {tables.name(schema.REJECTS)} WHERE resolved_at IS NULL GROUP BY account
)
SELECT accounts.account, completed.last_complete_at, newest.started_at AS last_run_at,
  newest.status AS last_run_status, known.newest_job_at, COALESCE(known.jobs_known, 0) AS jobs_known,
  COALESCE(known.jobs_in_flight, 0) AS jobs_in_flight, COALESCE(known.jobs_waiting, 0) AS jobs_waiting,
  COALESCE(known.jobs_exported, 0) AS jobs_exported,
  COALESCE(known.jobs_unreconciled, 0) AS jobs_unreconciled, COALESCE(known.records, 0) AS records,
  COALESCE(refused.open_rejects, 0) AS open_rejects
FROM accounts
LEFT JOIN known ON known.account = accounts.account
LEFT JOIN completed ON completed.account = accounts.account
LEFT JOIN newest ON newest.account = accounts.account AND newest.place = 1
LEFT JOIN refused ON refused.account = accounts.account"""


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
