"""The SQL of addresses that were validated before: each repeat, changed verdicts, domains.

In: a `Tables`. Out: SELECT statements without parameters.

An address is told by its email, or its hash, within its account. Its verdicts stand in the order in which
they were asked for, as jobs that run beside each other finish in any.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or of `SqlWords`
from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from .. import schema
from ..times import Offsets
from .dialects import Reads, Tables
from .record_sql import IDENTITY, IS_VERDICT, STATUSES, VERDICTS, VERDICTS_LIST, rates
from .record_views import REPEAT_COSTS

_OF_JOBS = ("account", "job_id", "list_name", "valid_count", "total_credits_charged")
_OF_DOMAINS: Reads = {
    schema.RECORDS: (
        *("account", "job_id", "email", "email_hash", "email_domain", "status", "job_created_at"),
    ),
    schema.JOBS: _OF_JOBS,
}
READS: dict[str, Reads] = {
    "repeat_validations": {
        schema.RECORDS: (
            *("account", "job_id", "record_id", "email", "email_hash", "email_domain", "status"),
            *("is_cached", "job_created_at"),
        ),
        schema.JOBS: _OF_JOBS,
        schema.LIST_GROUPS: schema.LIST_GROUPS.names,
    },
    "repeat_costs": {
        schema.RECORDS: (
            *("account", "job_id", "record_id", "email", "email_hash", "status", "job_created_at"),
        ),
        schema.JOBS: _OF_JOBS,
        schema.LIST_GROUPS: schema.LIST_GROUPS.names,
    },
    "verdict_changes": {
        schema.RECORDS: (
            *("account", "job_id", "record_id", "email", "email_hash", "status", "job_created_at"),
        ),
    },
    "domain_quality": _OF_DOMAINS,
    "daily_domain_quality": _OF_DOMAINS,
}

AGES = (0, 7, 30, 60, 90, 180, 365)
"""Days between two verdicts, as `verdict_changes` sorts them: each up to the next."""


def repeat_validations(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `repeat_validations`; jobs are joined last: fewer columns are put in order.

    Each of the two steps of jobs is mentioned once, and grouped by the key, which changes no row: so
    PostgreSQL knows that they hold a job once, and does not put all verdicts on the disk to look them up.
    """
    words = tables.words
    within = tables.within("job_created_at", "AND")
    carried = ("email", "email_hash", "email_domain", "is_cached")
    micro = "CASE status WHEN 'Valid' THEN lists.rate ELSE 0 END"
    previous_micro = "CASE previous_status WHEN 'Valid' THEN earlier.rate ELSE 0 END"
    return f"""\
WITH {rates(tables)}, {rates(tables, "earlier")}, lists AS (
  SELECT account, job_id, MAX(list_name) AS list_name, MAX(list_group) AS list_group, MAX(rate) AS rate
  FROM {tables.grouped("rates", "rates")}
  GROUP BY account, job_id
), {_placed(tables, carried, ("job_id", "record_id", "status"))}
SELECT placed.account, placed.job_id, record_id, lists.list_name, lists.list_group, email, email_hash,
  email_domain, status, is_cached, {words.credits(f"({micro})")} AS credits, job_created_at,
  previous_job_id, previous_record_id, previous_status,
  {words.credits(f"({previous_micro})")} AS previous_credits, previous_created_at,
  {words.days("previous_created_at", "job_created_at")} AS days_since,
  {words.flag("status <> previous_status")} AS is_changed
FROM placed
LEFT JOIN lists ON lists.account = placed.account AND lists.job_id = placed.job_id
LEFT JOIN earlier ON earlier.account = placed.account AND earlier.job_id = placed.previous_job_id
WHERE previous_created_at IS NOT NULL{within}"""


def repeat_costs(tables: Tables, offsets: Offsets) -> str:
    """The SELECT of the view `repeat_costs`: counted by job first, which has one list, day and rate."""
    words = tables.words
    limits = {"": "days_since IS NOT NULL", "_30d": "days_since <= 30", "_90d": "days_since <= 90"}
    tallies = ",\n    ".join(
        f"COUNT(CASE WHEN {condition} THEN 1 END) AS repeats{suffix},\n    "
        f"COUNT(CASE WHEN status = 'Valid' AND {condition} THEN 1 END) AS valid_repeats{suffix}"
        for suffix, condition in limits.items()
    )
    sums = {
        "records": words.total("records"),
        **{f"repeats{suffix}": words.total(f"repeats{suffix}") for suffix in limits},
        "changed": words.total("changed"),
        "credits_net": words.credits("SUM(rate * valid_count)"),
        **{f"repeat_credits{each}": words.credits(f"SUM(rate * valid_repeats{each})") for each in limits},
    }
    added = ",\n    ".join(f"{expression} AS {name}" for name, expression in sums.items())
    # not among the sums: ClickHouse takes a name there for the sum of that name
    rate = f"{words.ratio('repeats', 'records')} AS repeat_rate"
    columns = ", ".join(rate if name == "repeat_rate" else name for name in REPEAT_COSTS.names)
    return f"""\
WITH {rates(tables)}, {_placed(tables, (), ("status",))}, aged AS (
  SELECT placed.*, {words.days("previous_created_at", "job_created_at")} AS days_since
  FROM placed{tables.within("job_created_at", "WHERE")}
), counted AS (
  SELECT account, job_id, job_created_at, COUNT(*) AS records,
    COUNT(CASE status WHEN 'Valid' THEN 1 END) AS valid_count,
    {tallies},
    COUNT(CASE WHEN status <> previous_status THEN 1 END) AS changed
  FROM aged
  GROUP BY account, job_id, job_created_at
), dated AS (
  SELECT counted.*, rates.list_name, COALESCE(rates.rate, 0) AS rate,
    {words.day("job_created_at", offsets)} AS day
  FROM counted
  LEFT JOIN rates ON rates.account = counted.account AND rates.job_id = counted.job_id
), monthly AS (
  SELECT dated.*, {words.month("day")} AS month
  FROM dated
), lists AS (
  SELECT account, month, list_name,
    {added}
  FROM monthly
  GROUP BY account, month, list_name
)
SELECT {columns}
FROM {tables.grouped("lists", "lists")}"""


def verdict_changes(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `verdict_changes`."""
    words = tables.words
    keys = "account, previous_status, age_from_days, status"
    starts = " ".join(f"WHEN days_since < {end} THEN {start}" for start, end in pairwise(AGES))
    age = words.to_int64.format(f"CASE {starts} ELSE {AGES[-1]} END")
    ends = " ".join(f"WHEN {start} THEN {end}" for start, end in pairwise(AGES))
    end = words.to_int64.format(f"CASE age_from_days {ends} END")
    all_of_age = "SUM(repeats) OVER (PARTITION BY account, previous_status, age_from_days)"
    return f"""\
WITH {_placed(tables, (), ("status",))}, repeats AS (
  SELECT account, status, previous_status,
    {words.days("previous_created_at", "job_created_at")} AS days_since
  FROM placed
  WHERE previous_created_at IS NOT NULL{tables.within("job_created_at", "AND")}
), aged AS (
  SELECT account, status, previous_status, {age} AS age_from_days
  FROM repeats
), counted AS (
  SELECT {keys}, COUNT(*) AS repeats
  FROM aged
  GROUP BY {keys}
)
SELECT account, previous_status, age_from_days, {end} AS age_to_days, status, repeats,
  {words.ratio("repeats", all_of_age)} AS share, {words.flag("status <> previous_status")} AS is_changed
FROM counted"""


def domain_quality(tables: Tables, _: Offsets) -> str:
    """The SELECT of the view `domain_quality`."""
    return _domains(tables, "email_domain", lambda _: "")


def daily_domain_quality(tables: Tables, offsets: Offsets) -> str:
    """The SELECT of the view `daily_domain_quality`."""
    return _domains(
        tables,
        "day, email_domain",
        lambda instant: f", {tables.words.day(instant, offsets)} AS day",
    )


def _domains(tables: Tables, keys: str, day: Callable[[str], str]) -> str:
    """Domains of an account by these keys. ``day``: gives the column of an instant's day, if there is one.

    All verdicts on an address but its first are repeats, so no verdicts need to be put in order: that would
    take several times as long. An address is of one domain. Records and first verdicts are counted together:
    figures by day and domain are nearly as many as records, and to add up two sets of them took longest.
    PostgreSQL takes both side by side where their columns are of one type, as a bare NULL is of any: a 0
    would not be.
    """
    words = tables.words
    counts = ", ".join(f"{status.lower()}_count" for status in STATUSES)
    tallies = ",\n    ".join(
        f"COUNT(CASE status WHEN '{status}' THEN 1 END) AS {status.lower()}_count" for status in STATUSES
    )
    shares = ", ".join(
        f"{words.ratio(f'{status.lower()}_count', 'records')} AS {status.lower()}_rate" for status in VERDICTS
    )
    again = (
        words.to_int64.format(f"COUNT(CASE WHEN status IN {VERDICTS_LIST} THEN is_known END)")
        + f" - {words.to_int64.format('COUNT(is_first)')}"
    )
    return f"""\
WITH {rates(tables)}, firsts AS (
  SELECT records.account, records.email_domain, MIN(records.job_created_at) AS first_at
  FROM {tables.name(schema.RECORDS)} AS records
  WHERE {IS_VERDICT} AND {IDENTITY} IS NOT NULL{tables.up_to_end().within("records.job_created_at", "AND")}
  GROUP BY records.account, records.email_domain, {IDENTITY}
), found AS (
  SELECT records.account, records.email_domain, records.status, records.job_created_at,
    CASE WHEN {IDENTITY} IS NOT NULL THEN 1 END AS is_known, NULL AS is_first,
    CASE records.status WHEN 'Valid' THEN rates.rate ELSE 0 END AS micro{day("records.job_created_at")}
  FROM {tables.name(schema.RECORDS)} AS records
  LEFT JOIN rates ON rates.account = records.account AND rates.job_id = records.job_id{
        tables.within("records.job_created_at", "WHERE")
    }
  UNION ALL
  SELECT account, email_domain, NULL, NULL, NULL, 1, NULL{day("first_at")}
  FROM firsts{tables.within("first_at", "WHERE")}
), domains AS (
  SELECT account, {keys}, COUNT(status) AS records,
    {tallies},
    COUNT(is_known) AS known, {again} AS again,
    SUM(micro) AS micro, MIN(job_created_at) AS first_job_at, MAX(job_created_at) AS last_job_at
  FROM found
  GROUP BY {keys}, account
)
SELECT account, {keys}, records, {counts},
  {shares},
  CASE WHEN known > 0 THEN again END AS repeats,
  CASE WHEN known > 0 THEN {words.ratio("again", "records")} END AS repeat_rate,
  {words.credits("micro")} AS credits_net, first_job_at, last_job_at
FROM domains"""


def _placed(tables: Tables, carried: tuple[str, ...], earlier: tuple[str, ...]) -> str:
    """The steps to verdicts with the one before, null where there is none; the last one is called `placed`.

    ``carried``: further columns of records; ``earlier``: those of the verdict before.
    """
    names = "".join(f", records.{name}" for name in carried)
    # what tells most rows apart is looked at first
    past = "OVER (PARTITION BY address, account ORDER BY job_created_at, job_id, record_id)"
    before = ",\n    ".join(f"LAG({name}) {past} AS previous_{name}" for name in earlier)
    return f"""\
verdicts AS (
  SELECT records.account, records.job_id, records.record_id, records.job_created_at, records.status,
    {tables.words.by_bytes(IDENTITY)} AS address{names}
  FROM {tables.name(schema.RECORDS)} AS records
  WHERE {IS_VERDICT} AND {IDENTITY} IS NOT NULL{tables.up_to_end().within("job_created_at", "AND")}
), placed AS (
  SELECT verdicts.*,
    {before},
    LAG(job_created_at) {past} AS previous_created_at
  FROM verdicts
)"""
