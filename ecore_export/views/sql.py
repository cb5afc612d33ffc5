"""The SQL of the views, one text each; `dialects` fills in what databases word differently.

In: a `Tables`, the offsets of a time zone. Out: SELECT statements without parameters.

Every view reads the tables alone and no other view, so that it can also be read where it was not created.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or of `SqlWords`
from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from .. import schema
from ..times import Offsets
from . import credit_sql
from .columns import ALWAYS, LATEST_EMAIL_STATUS, Period, View
from .dialects import Tables

VERDICTS = ("Valid", "Invalid", "Unknown")
"""Statuses of a record that say something about its address."""


_Columns = dict[schema.Table, tuple[str, ...]]

_OF_CREDITS: _Columns = {
    schema.JOBS: (
        *("account", "job_id", "list_name", "status", "is_final", "total_records", "valid_count"),
        *("total_credits_charged", "credits_charged_at", "created_at", "completed_at", "changed_at"),
    ),
    schema.JOB_HISTORY: ("account", "job_id", "valid_from", "is_final", "total_credits_charged"),
}
_OF_LISTS: _Columns = {
    schema.JOBS: (
        *("account", "list_name", "status", "total_records", "valid_count", "invalid_count"),
        *("unknown_count", "other_count", "total_credits_charged", "created_at"),
    )
}
_OF_VALIDATORS: _Columns = {schema.RECORDS: ("account", "validator_used", "status", "is_cached")}

READ_COLUMNS: dict[str, _Columns] = {
    "credit_events": _OF_CREDITS,
    "daily_credit_usage": _OF_CREDITS,
    "credit_usage": _OF_CREDITS,
    "list_quality": _OF_LISTS,
    "daily_list_quality": _OF_LISTS,
    "validator_mix": _OF_VALIDATORS,
    "daily_validator_mix": {schema.RECORDS: (*_OF_VALIDATORS[schema.RECORDS], "job_created_at")},
    "job_turnaround": {
        schema.JOBS: (
            *("account", "job_id", "list_name", "status", "is_final", "total_records", "created_at"),
            *("started_at", "completed_at", "queue_seconds", "processing_seconds"),
        )
    },
    "latest_email_status": {schema.RECORDS: (*LATEST_EMAIL_STATUS.names, "job_created_at")},
    "data_freshness": {
        schema.JOBS: (
            *("account", "is_final", "records_exported", "is_reconciled", "deleted_at", "created_at"),
        ),
        schema.SYNC_RUNS: ("account", "run_id", "started_at", "finished_at", "status"),
        schema.REJECTS: ("account", "resolved_at"),
    },
}
"""What each view needs of which table, by its name."""

READ_ONCE = (schema.RECORDS,)
"""Tables that no text names more than once, so that their rows may come by as a stream."""


def columns_read(view: View, period: Period = ALWAYS) -> _Columns:
    """What a view needs of which table, to be read for a period."""
    read = READ_COLUMNS[view.name]
    if period == ALWAYS or schema.RECORDS not in read:
        return read
    return {schema.RECORDS: tuple(dict.fromkeys((*read[schema.RECORDS], "job_created_at")))}


def definition(view: View, tables: Tables, offsets: Offsets) -> str:
    """The SELECT of a view; ``offsets`` draw the line between days."""
    if view.name in _DAILY_DEFINITIONS:
        return _DAILY_DEFINITIONS[view.name](tables, offsets)
    return _DEFINITIONS[view.name](tables)


def fingerprint(text: str) -> str:
    """Short text that tells one definition from another."""
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _list_quality(tables: Tables, offsets: Offsets | None = None) -> str:
    words = tables.words
    keys, source = "account, list_name", tables.name(schema.JOBS)
    condition = f"status = 'Processed'{tables.within('created_at', 'AND')}"
    if offsets is not None:
        keys, source = "account, day, list_name", _dated(tables, schema.JOBS, "created_at", offsets)
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
  WHERE {condition}
  GROUP BY {keys}
)
SELECT {keys}, jobs, {", ".join(counts)},
  {rates},
  {words.credits("net")} AS credits_net,
  {words.ratio("net", "valid_count")} / 1000000 AS credits_per_valid,
  first_job_at, last_job_at
FROM lists"""


def _validator_mix(tables: Tables, offsets: Offsets | None = None) -> str:
    words = tables.words
    keys, source = "account, validator_used", tables.name(schema.RECORDS)
    if offsets is not None:
        keys, source = (
            "account, day, validator_used",
            _dated(tables, schema.RECORDS, "job_created_at", offsets),
        )
    counts = ",\n    ".join(
        f"COUNT(CASE status WHEN '{status}' THEN 1 END) AS {status.lower()}_count"
        for status in (*VERDICTS, "Error")
    )
    return f"""\
WITH validators AS (
  SELECT {keys}, COUNT(*) AS records, COUNT(CASE WHEN is_cached THEN 1 END) AS cached_count,
    {counts}
  FROM {source}{tables.within("job_created_at", "WHERE")}
  GROUP BY {keys}
)
SELECT {keys}, records, cached_count, valid_count, invalid_count, unknown_count, error_count,
  {words.ratio("cached_count", "records")} AS cache_share,
  {words.ratio("valid_count", "records")} AS valid_rate
FROM validators"""


def _dated(tables: Tables, table: schema.Table, instant: str, offsets: Offsets) -> str:
    """A table with the day of an instant as one more column."""
    day = tables.words.day(instant, offsets)
    return f"(SELECT {table.name}.*, {day} AS day FROM {tables.name(table)} AS {table.name}) AS dated"


def _job_turnaround(tables: Tables) -> str:
    words = tables.words
    return f"""\
SELECT account, job_id, list_name, status, total_records, created_at, started_at, completed_at,
  queue_seconds, processing_seconds,
  {words.seconds("created_at", "completed_at")} AS total_seconds,
  {words.ratio("total_records", "processing_seconds")} AS records_per_second
FROM {tables.name(schema.JOBS)}
WHERE is_final{tables.within("created_at", "AND")}"""


def _latest_email_status(tables: Tables) -> str:
    names = ", ".join(LATEST_EMAIL_STATUS.names)
    statuses = ", ".join(f"'{status}'" for status in VERDICTS)
    within = tables.within("job_created_at", "AND")
    return f"""\
WITH verdicts AS (
  SELECT {names},
    ROW_NUMBER() OVER (
      PARTITION BY account, COALESCE(email, email_hash)
      ORDER BY CASE WHEN processed_at IS NULL THEN 1 ELSE 0 END, processed_at DESC, job_created_at DESC,
        job_id DESC, record_id DESC
    ) AS place
  FROM {tables.name(schema.RECORDS)}
  WHERE status IN ({statuses}) AND COALESCE(email, email_hash) IS NOT NULL{within}
)
SELECT {names}
FROM verdicts
WHERE place = 1"""


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


def _data_freshness(tables: Tables) -> str:
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


_DEFINITIONS: dict[str, Callable[[Tables], str]] = {
    "credit_events": credit_sql.credit_events,
    "list_quality": _list_quality,
    "validator_mix": _validator_mix,
    "job_turnaround": _job_turnaround,
    "latest_email_status": _latest_email_status,
    "data_freshness": _data_freshness,
}

_DAILY_DEFINITIONS: dict[str, Callable[[Tables, Offsets], str]] = {
    "daily_credit_usage": credit_sql.daily_credit_usage,
    "daily_list_quality": _list_quality,
    "daily_validator_mix": _validator_mix,
}
