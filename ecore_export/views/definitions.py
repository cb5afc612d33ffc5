"""The SQL of the views, one text each; `dialects` fills in what databases word differently.

In: a `Words`, the names of the tables, the offsets of a time zone. Out: SELECT statements without parameters.
Called by `destinations` and `schema_export`.

Every view reads the tables alone and no other view, so that it can also be read where it was not created.
"""

# ruff: noqa: S608 - whatever is put into a statement here is a name of the fixed schema or a piece of `Words`
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b

from .. import schema
from .declared import LATEST_EMAIL_STATUS, View
from .dialects import Words
from .zones import Offsets

VERDICTS = ("Valid", "Invalid", "Unknown")
"""Statuses of a record that say something about its address."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the views read: ``name`` gives a table's name there, quoted where that is needed."""

    words: Words
    name: Callable[[schema.Table], str]


def definition(view: View, place: Place, offsets: Offsets) -> str:
    """The SELECT of a view; ``offsets`` draw the line between days."""
    if view.name == "daily_credit_usage":
        return _daily_credit_usage(place, offsets)
    return _DEFINITIONS[view.name](place)


def fingerprint(text: str) -> str:
    """Short text that tells one definition from another."""
    return blake2b(text.encode(), digest_size=12).hexdigest()


def _events(place: Place) -> str:
    """The steps to credit events in micro-credits; the last one is called `events`.

    What was charged at first is net / valid_count * total_records, rounded half-even to the micro-credit. In
    whole numbers that is net = rate * valid_count + rest, and the same again for rest * total_records.
    """
    words = place.words
    net, seen = words.micro("jobs.total_credits_charged"), words.micro("observed.credits")
    return f"""\
WITH observed AS (
  SELECT account, job_id, total_credits_charged AS credits,
    ROW_NUMBER() OVER (PARTITION BY account, job_id ORDER BY valid_from DESC) AS place
  FROM {place.name(schema.JOB_HISTORY)}
  WHERE NOT is_final AND total_credits_charged > 0
), priced AS (
  SELECT jobs.account, jobs.job_id, jobs.list_name, jobs.total_records,
    COALESCE(jobs.credits_charged_at, jobs.created_at) AS charged_at,
    COALESCE(jobs.completed_at, jobs.changed_at) AS refunded_at,
    CASE WHEN jobs.status = 'Failed' THEN jobs.total_records
      ELSE jobs.total_records - jobs.valid_count END AS refunded_records,
    {net} AS net,
    CASE WHEN NOT jobs.is_final THEN {net} ELSE {seen} END AS seen,
    CASE WHEN jobs.status = 'Processed' AND jobs.valid_count > 0 THEN jobs.valid_count END AS divisor
  FROM {place.name(schema.JOBS)} AS jobs
  LEFT JOIN observed
    ON observed.account = jobs.account AND observed.job_id = jobs.job_id AND observed.place = 1
  WHERE jobs.total_credits_charged IS NOT NULL
), divided AS (
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
), events AS (
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


def _credit_events(place: Place) -> str:
    return f"""\
{_events(place)}
SELECT account, job_id, list_name, event, event_at, {place.words.credits("micro")} AS credits, records, basis
FROM events"""


def _daily_credit_usage(place: Place, offsets: Offsets) -> str:
    words = place.words
    charges = "SUM(CASE event WHEN 'charge' THEN micro ELSE 0 END)"
    refunds = "SUM(CASE event WHEN 'refund' THEN -micro ELSE 0 END)"
    return f"""\
{_events(place)}, dated AS (
  SELECT events.*, {words.day("event_at", offsets)} AS day
  FROM events
)
SELECT account, day,
  {words.credits(charges)} AS credits_charged,
  {words.credits(refunds)} AS credits_refunded,
  {words.credits("SUM(micro)")} AS credits_net,
  {words.total("CASE event WHEN 'charge' THEN records END")} AS records_charged,
  COUNT(CASE event WHEN 'charge' THEN 1 END) AS jobs_charged
FROM dated
GROUP BY account, day"""


def _list_quality(place: Place) -> str:
    words = place.words
    counts = ("total_records", "valid_count", "invalid_count", "unknown_count", "other_count")
    sums = ",\n    ".join(f"{words.total(name)} AS {name}" for name in counts)
    rates = ",\n  ".join(
        f"{words.ratio(f'{name}_count', 'total_records')} AS {name}_rate"
        for name in ("valid", "invalid", "unknown")
    )
    net = words.micro("total_credits_charged")
    return f"""\
WITH lists AS (
  SELECT account, list_name, COUNT(*) AS jobs,
    {sums},
    COALESCE(SUM({net}), 0) AS net, MIN(created_at) AS first_job_at, MAX(created_at) AS last_job_at
  FROM {place.name(schema.JOBS)}
  WHERE status = 'Processed'
  GROUP BY account, list_name
)
SELECT account, list_name, jobs, {", ".join(counts)},
  {rates},
  {words.credits("net")} AS credits_net,
  {words.ratio("net", "valid_count")} / 1000000 AS credits_per_valid,
  first_job_at, last_job_at
FROM lists"""


def _validator_mix(place: Place) -> str:
    words = place.words
    counts = ",\n    ".join(
        f"COUNT(CASE status WHEN '{status}' THEN 1 END) AS {status.lower()}_count"
        for status in (*VERDICTS, "Error")
    )
    return f"""\
WITH validators AS (
  SELECT account, validator_used, COUNT(*) AS records, COUNT(CASE WHEN is_cached THEN 1 END) AS cached_count,
    {counts}
  FROM {place.name(schema.RECORDS)}
  GROUP BY account, validator_used
)
SELECT account, validator_used, records, cached_count, valid_count, invalid_count, unknown_count, error_count,
  {words.ratio("cached_count", "records")} AS cache_share,
  {words.ratio("valid_count", "records")} AS valid_rate
FROM validators"""


def _job_turnaround(place: Place) -> str:
    words = place.words
    return f"""\
SELECT account, job_id, list_name, status, total_records, created_at, started_at, completed_at,
  queue_seconds, processing_seconds,
  {words.seconds("created_at", "completed_at")} AS total_seconds,
  {words.ratio("total_records", "processing_seconds")} AS records_per_second
FROM {place.name(schema.JOBS)}
WHERE is_final"""


def _latest_email_status(place: Place) -> str:
    names = ", ".join(LATEST_EMAIL_STATUS.names)
    statuses = ", ".join(f"'{status}'" for status in VERDICTS)
    return f"""\
WITH verdicts AS (
  SELECT {names},
    ROW_NUMBER() OVER (
      PARTITION BY account, COALESCE(email, email_hash)
      ORDER BY CASE WHEN processed_at IS NULL THEN 1 ELSE 0 END, processed_at DESC, job_created_at DESC,
        job_id DESC, record_id DESC
    ) AS place
  FROM {place.name(schema.RECORDS)}
  WHERE status IN ({statuses}) AND COALESCE(email, email_hash) IS NOT NULL
)
SELECT {names}
FROM verdicts
WHERE place = 1"""


def _data_freshness(place: Place) -> str:
    words = place.words
    runs = place.name(schema.SYNC_RUNS)
    return f"""\
WITH accounts AS (
  SELECT account FROM {place.name(schema.JOBS)} UNION SELECT account FROM {runs}
), known AS (
  SELECT account, MAX(created_at) AS newest_job_at, COUNT(*) AS jobs_known,
    COUNT(CASE WHEN deleted_at IS NULL AND NOT is_final THEN 1 END) AS jobs_in_flight,
    COUNT(CASE WHEN deleted_at IS NULL AND is_final AND records_exported IS NULL THEN 1 END) AS jobs_waiting,
    COUNT(records_exported) AS jobs_exported,
    COUNT(CASE WHEN records_exported IS NOT NULL AND NOT is_reconciled THEN 1 END) AS jobs_unreconciled,
    {words.total("records_exported")} AS records
  FROM {place.name(schema.JOBS)}
  GROUP BY account
), completed AS (
  SELECT account, MAX(finished_at) AS last_complete_at FROM {runs} WHERE status = 'complete' GROUP BY account
), newest AS (
  SELECT account, started_at, status,
    ROW_NUMBER() OVER (PARTITION BY account ORDER BY started_at DESC, run_id DESC) AS place
  FROM {runs}
), refused AS (
  SELECT account, COUNT(*) AS open_rejects
  FROM {place.name(schema.REJECTS)} WHERE resolved_at IS NULL GROUP BY account
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


_DEFINITIONS: dict[str, Callable[[Place], str]] = {
    "credit_events": _credit_events,
    "list_quality": _list_quality,
    "validator_mix": _validator_mix,
    "job_turnaround": _job_turnaround,
    "latest_email_status": _latest_email_status,
    "data_freshness": _data_freshness,
}
