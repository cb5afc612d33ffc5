"""The SQL of records: validators, the newest verdicts.

In: a `Tables`, the offsets of a time zone. Out: SELECT statements without parameters.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or of `SqlWords`
from __future__ import annotations

from .. import schema
from ..times import Offsets
from .dialects import Reads, Tables
from .record_views import LATEST_EMAIL_STATUS

VERDICTS = ("Valid", "Invalid", "Unknown")
"""Statuses of a record that say something about its address."""

STATUSES = (*VERDICTS, "Error")
"""Those that the views count."""

VERDICTS_LIST = f"({', '.join(map(repr, VERDICTS))})"
IS_VERDICT = f"records.status IN {VERDICTS_LIST}"
IDENTITY = "COALESCE(records.email, records.email_hash)"
"""What tells an address from others of its account; null where neither is kept."""

_OF_VALIDATORS = ("account", "validator_used", "status", "is_cached")
READS: dict[str, Reads] = {
    "validator_mix": {schema.RECORDS: _OF_VALIDATORS},
    "daily_validator_mix": {schema.RECORDS: (*_OF_VALIDATORS, "job_created_at")},
    "error_reasons": {
        schema.RECORDS: (
            *("account", "job_id", "status", "validator_used", "error_message", "job_created_at"),
        )
    },
    "latest_email_status": {schema.RECORDS: (*LATEST_EMAIL_STATUS.names, "job_created_at")},
}


def validator_mix(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `validator_mix`."""
    return _validator_mix(tables, "account, validator_used", tables.name(schema.RECORDS))


def daily_validator_mix(tables: Tables, offsets: Offsets) -> str:
    """The SELECT of the view `daily_validator_mix`."""
    source = tables.dated(schema.RECORDS, "job_created_at", offsets)
    return _validator_mix(tables, "account, day, validator_used", source)


def _validator_mix(tables: Tables, keys: str, source: str) -> str:
    words = tables.words
    counts = ",\n    ".join(
        f"COUNT(CASE status WHEN '{status}' THEN 1 END) AS {status.lower()}_count" for status in STATUSES
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


def latest_email_status(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `latest_email_status`; what tells most rows apart is looked at first."""
    names = ", ".join(LATEST_EMAIL_STATUS.names)
    address = tables.words.by_bytes("COALESCE(email, email_hash)")
    statuses = ", ".join(f"'{status}'" for status in VERDICTS)
    within = tables.within("job_created_at", "AND")
    return f"""\
WITH verdicts AS (
  SELECT {names},
    ROW_NUMBER() OVER (
      PARTITION BY {address}, account
      ORDER BY CASE WHEN processed_at IS NULL THEN 1 ELSE 0 END, processed_at DESC, job_created_at DESC,
        job_id DESC, record_id DESC
    ) AS place
  FROM {tables.name(schema.RECORDS)}
  WHERE status IN ({statuses}) AND COALESCE(email, email_hash) IS NOT NULL{within}
)
SELECT {names}
FROM verdicts
WHERE place = 1"""


def error_reasons(tables: Tables, offsets: Offsets) -> str:
    """The SELECT of the view `error_reasons`."""
    keys = "account, month, validator_used, error_message"
    within = tables.within("job_created_at", "AND")
    return f"""\
WITH reasons AS (
  SELECT dated.*, {tables.words.month("day")} AS month
  FROM {tables.dated(schema.RECORDS, "job_created_at", offsets)}
  WHERE (status = 'Error' OR error_message IS NOT NULL){within}
)
SELECT {keys}, COUNT(*) AS records, COUNT(DISTINCT job_id) AS jobs,
  MIN(job_created_at) AS first_job_at, MAX(job_created_at) AS last_job_at
FROM reasons
GROUP BY {keys}"""


def rates(tables: Tables, name: str = "rates") -> str:
    """The step ``name``: what a Valid address of each job cost in the end, in whole micro-credits.

    Grouped by the key, which leaves every row as it is: so it is computed once a job wherever it is joined,
    and by all workers of a database that has several.
    """
    words = tables.words
    rate = words.quotient(words.micro("total_credits_charged"), "NULLIF(valid_count, 0)")
    return f"""\
{name} AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(COALESCE({rate}, 0)) AS rate
  FROM {tables.name(schema.JOBS)}
  GROUP BY account, job_id
)"""
