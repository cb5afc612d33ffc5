"""The SQL of addresses that were validated before: each repeat.

In: a `Tables`. Out: SELECT statements without parameters.

An address is told by its email, or its hash, within its account. Its verdicts stand in the order in which
they were asked for, as jobs that run beside each other finish in any.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or of `SqlWords`
from __future__ import annotations

from .. import schema
from ..times import Offsets
from .dialects import Reads, Tables
from .record_sql import IDENTITY, IS_VERDICT, rates

READS: dict[str, Reads] = {
    "repeat_validations": {
        schema.RECORDS: (
            *("account", "job_id", "record_id", "email", "email_hash", "email_domain", "status"),
            *("is_cached", "job_created_at"),
        ),
        schema.JOBS: ("account", "job_id", "list_name", "valid_count", "total_credits_charged"),
    },
}

_EARLIER = ("job_id", "record_id", "status", "micro")


def repeat_validations(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `repeat_validations`."""
    words = tables.words
    within = tables.within("job_created_at", "AND")
    return f"""\
{_placed(tables, "record_id", "list_name", "email", "email_hash", "email_domain", "is_cached")}
SELECT account, job_id, record_id, list_name, email, email_hash, email_domain, status, is_cached,
  {words.credits("micro")} AS credits, job_created_at,
  previous_job_id, previous_record_id, previous_status,
  {words.credits("previous_micro")} AS previous_credits, previous_created_at,
  {words.days("previous_created_at", "job_created_at")} AS days_since,
  status <> previous_status AS is_changed
FROM placed
WHERE previous_job_id IS NOT NULL{within}"""


def _placed(tables: Tables, *names: str) -> str:
    """The steps to verdicts with the one before, null where there is none; the last one is called `placed`.

    ``names``: further columns. Credits are in micro-credits.
    """
    carried = ", ".join(("account", "job_id", "job_created_at", "status", *names))
    earlier = ",\n    ".join(f"LAG({name}) OVER past AS previous_{name}" for name in _EARLIER)
    until = tables.up_to_end().within("job_created_at", "AND")
    return f"""\
WITH {rates(tables)}, verdicts AS (
  SELECT {", ".join(f"{_owner(name)}.{name}" for name in carried.split(", "))},
    {IDENTITY} AS address, CASE records.status WHEN 'Valid' THEN rates.rate ELSE 0 END AS micro
  FROM {tables.name(schema.RECORDS)} AS records
  LEFT JOIN rates ON rates.account = records.account AND rates.job_id = records.job_id
  WHERE {IS_VERDICT} AND {IDENTITY} IS NOT NULL{until}
), placed AS (
  SELECT verdicts.*,
    {earlier},
    LAG(job_created_at) OVER past AS previous_created_at
  FROM verdicts
  WINDOW past AS (PARTITION BY account, address ORDER BY job_created_at, job_id, record_id)
)"""


def _owner(name: str) -> str:
    return "rates" if name == "list_name" else "records"
