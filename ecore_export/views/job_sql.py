"""The SQL of jobs one by one, and of how fresh the data are.

In: a `Tables`. Out: SELECT statements without parameters.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or of `SqlWords`
from __future__ import annotations

from .. import schema
from ..times import Offsets
from .dialects import Reads, Tables

READS: dict[str, Reads] = {
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
