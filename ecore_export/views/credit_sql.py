"""The SQL of credit events and of credit use by day.

In: a `Tables`, the offsets of a time zone. Out: SELECT statements without parameters.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or of `SqlWords`
from __future__ import annotations

from .. import schema
from ..times import Offsets
from .dialects import Reads, Tables
from .periods import Length

_OF_CREDITS: Reads = {
    schema.JOBS: (
        *("account", "job_id", "list_name", "status", "is_final", "total_records", "valid_count"),
        *("total_credits_charged", "credits_charged_at", "created_at", "completed_at", "changed_at"),
    ),
    schema.JOB_HISTORY: ("account", "job_id", "valid_from", "is_final", "total_credits_charged"),
}
_OF_LISTS: Reads = {**_OF_CREDITS, schema.LIST_GROUPS: schema.LIST_GROUPS.names}
READS: dict[str, Reads] = {
    **dict.fromkeys(("daily_credit_usage", "credit_usage"), _OF_CREDITS),
    **dict.fromkeys(("credit_events", "monthly_statement"), _OF_LISTS),
    "account_summary": {
        **_OF_CREDITS,
        schema.JOBS: (*_OF_CREDITS[schema.JOBS], "invalid_count", "unknown_count"),
    },
}


def _states(tables: Tables) -> str:
    """What was seen to be charged at first for each job, while it was running; ``place`` 1 is the newest."""
    seen = tables.words.micro("total_credits_charged")
    return f"""\
  SELECT account, job_id, {seen} AS charged,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM {tables.name(schema.JOB_HISTORY)}
  WHERE NOT is_final AND total_credits_charged > 0"""


def _priced(tables: Tables) -> str:
    """Each job with its net, what was seen to be charged at first, and what its price follows from.

    The states are joined: a subquery for each job, newest first, is more than warehouses can do.
    """
    net = tables.words.micro("jobs.total_credits_charged")
    return f"""\
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records, jobs.created_at,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at, jobs.credits_charged_at, jobs.created_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    {net} AS net,
    CASE WHEN jobs.is_final THEN states.charged ELSE {net} END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM {tables.name(schema.JOBS)} AS jobs
  LEFT JOIN states ON states.account = jobs.account AND states.job_id = jobs.job_id AND states.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL"""


def _charged(tables: Tables) -> str:
    """Each job with what it was charged at first: net / divisor * total_records, rounded half-even.

    In whole numbers: net = rate * divisor + rest, and the same again for rest * total_records.
    """
    words = tables.words
    return f"""\
WITH {words.step("states", _states(tables))}, {words.step("priced", _priced(tables))}, divided AS (
  SELECT priced.*, {words.quotient("net", "divisor")} AS rate,
    {words.remainder("net", "divisor")} * total_records AS rest
  FROM priced
), shared AS (
  SELECT divided.*, rate * total_records + {words.quotient("rest", "divisor")} AS share,
    {words.remainder("rest", "divisor")} AS excess
  FROM divided
), rounded AS (
  SELECT shared.*,
    share + CASE WHEN 2 * abs(excess) > divisor
        OR (2 * abs(excess) = divisor AND {words.remainder("share", "2")} <> 0)
      THEN CASE WHEN excess < 0 THEN -1 ELSE 1 END ELSE 0 END AS derived
  FROM shared
), estimated AS (
  SELECT rounded.*, COALESCE(seen, derived, total_records * 1000000, net) AS estimate,
    CASE WHEN seen IS NOT NULL THEN 'observed' WHEN derived IS NOT NULL THEN 'derived'
      ELSE 'assumed' END AS basis
  FROM rounded
), charged AS (
  SELECT estimated.*, CASE WHEN estimate < net THEN net ELSE estimate END AS upfront
  FROM estimated
)"""


def _events(tables: Tables) -> str:
    """The steps to credit events in micro-credits; the last one is called `events`."""
    return f"""\
{_charged(tables)}, events AS (
  SELECT account, job_id, list_name, 'charge' AS event, charged_at AS event_at, upfront AS micro,
    total_records AS records, basis
  FROM charged
  WHERE upfront <> 0
  UNION ALL
  SELECT account, job_id, list_name, 'refund' AS event, refunded_at AS event_at, net - upfront AS micro,
    refunded_records AS records, basis
  FROM charged
  WHERE upfront <> net
)"""


def credit_events(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `credit_events`."""
    return f"""\
{_events(tables)}
SELECT account, job_id, list_name, event, event_at, {tables.words.credits("micro")} AS credits, records,
  basis, list_group
FROM {tables.grouped("events", "events")}{tables.within("event_at", "WHERE")}"""


def daily_credit_usage(tables: Tables, offsets: Offsets) -> str:
    """The SELECT of the view `daily_credit_usage`."""
    words = tables.words
    charges = "SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END)"
    refunds = "SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END)"
    return f"""\
{_events(tables)}, dated AS (
  SELECT events.*, {words.day("event_at", offsets)} AS day
  FROM events{tables.within("event_at", "WHERE")}
)
SELECT account, day,
  {words.credits(charges)} AS credits_charged,
  {words.credits(refunds)} AS credits_refunded,
  {words.credits("SUM(micro)")} AS credits_net,
  {words.total("CASE event WHEN 'charge' THEN records END")} AS records_charged,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged
FROM dated
GROUP BY account, day"""


def credit_usage(tables: Tables, offsets: Offsets, length: Length) -> str:
    """The SELECT of `CREDIT_USAGE`, in DuckDB's SQL: days added up to periods."""
    credits = ("credits_charged", "credits_refunded", "credits_net")
    sums = ",\n  ".join(f"CAST(SUM({name}) AS DECIMAL(28, 6)) AS {name}" for name in credits)
    counts = ",\n  ".join(
        tables.words.total(name) + f" AS {name}" for name in ("records_charged", "jobs_charged")
    )
    return f"""\
SELECT account, {length.first_day("day")} AS period,
  {sums},
  {counts}
FROM (
{daily_credit_usage(tables, offsets)}
) AS days
GROUP BY ALL"""


def monthly_statement(tables: Tables, offsets: Offsets) -> str:
    """The SELECT of the view `monthly_statement`."""
    words = tables.words
    charges = "SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END)"
    refunds = "SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END)"
    return f"""\
{_events(tables)}, dated AS (
  SELECT events.*, {words.day("event_at", offsets)} AS day
  FROM events{tables.within("event_at", "WHERE")}
), monthly AS (
  SELECT grouped.*, {words.month("day")} AS month
  FROM {tables.grouped("dated", "dated")}
)
SELECT account, month, list_name, list_group,
  {words.credits(charges)} AS credits_charged,
  {words.credits(refunds)} AS credits_refunded,
  {words.credits("SUM(micro)")} AS credits_net,
  {words.total("CASE event WHEN 'charge' THEN records END")} AS records_charged,
  {words.total("CASE event WHEN 'refund' THEN records END")} AS records_refunded,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged,
  COUNT(CASE event WHEN 'refund' THEN 1 END) AS jobs_refunded
FROM monthly
GROUP BY account, month, list_name, list_group"""


def account_summary(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `account_summary`."""
    words = tables.words
    counts = ("total_records", "valid_count", "invalid_count", "unknown_count")
    sums = ",\n    ".join(
        words.total(f"CASE status WHEN 'Processed' THEN {name} END") + f" AS {name}" for name in counts
    )
    shares = ", ".join(
        f"{words.ratio(f'{name}_count', 'total_records')} AS {name}_rate"
        for name in ("valid", "invalid", "unknown")
    )
    within = tables.within("created_at", "WHERE")
    return f"""\
{_charged(tables)}, costs AS (
  SELECT account, SUM(upfront) AS upfront, SUM(net) AS net
  FROM charged{within}
  GROUP BY account
), counted AS (
  SELECT account, COUNT(*) AS jobs, COUNT(CASE status WHEN 'Processed' THEN 1 END) AS jobs_processed,
    COUNT(CASE status WHEN 'Failed' THEN 1 END) AS jobs_failed, COUNT(DISTINCT list_name) AS lists,
    {sums},
    MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM {tables.name(schema.JOBS)}{within}
  GROUP BY account
), accounts AS (
  SELECT counted.*, COALESCE(costs.upfront, 0) AS upfront, COALESCE(costs.net, 0) AS net
  FROM counted
  LEFT JOIN costs ON costs.account = counted.account
)
SELECT account, jobs, jobs_processed, jobs_failed, lists, {", ".join(counts)},
  {shares},
  {words.credits("upfront")} AS credits_charged, {words.credits("(upfront - net)")} AS credits_refunded,
  {words.credits("net")} AS credits_net, {words.ratio("net", "valid_count")} / 1000000 AS credits_per_valid,
  first_job_at, last_job_at
FROM accounts"""
