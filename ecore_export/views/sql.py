"""The SQL of the views, one text each; `dialects` fills in what databases word differently.

In: a `Tables`, the offsets of a time zone. Out: SELECT statements without parameters.

Every view reads the tables alone and no other view, so that it can also be read where it was not created.
The texts lie in the files named after what they are about.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

from .. import schema
from ..times import Offsets
from . import credit_sql, job_sql, record_sql, repeat_sql
from .columns import ALWAYS, Period, View
from .dialects import Reads, Tables

READ_COLUMNS: dict[str, Reads] = credit_sql.READS | job_sql.READS | record_sql.READS | repeat_sql.READS
"""What each view needs of which table, by its name."""

STREAMED = (schema.RECORDS,)
"""Tables too large to be kept: where their rows come by as a stream, each mention of one has its own."""

_DEFINITIONS: dict[str, Callable[[Tables, Offsets], str]] = {
    "credit_events": credit_sql.credit_events,
    "daily_credit_usage": credit_sql.daily_credit_usage,
    "list_quality": job_sql.list_quality,
    "daily_list_quality": job_sql.daily_list_quality,
    "validator_mix": record_sql.validator_mix,
    "daily_validator_mix": record_sql.daily_validator_mix,
    "job_turnaround": job_sql.job_turnaround,
    "latest_email_status": record_sql.latest_email_status,
    "repeat_validations": repeat_sql.repeat_validations,
    "monthly_statement": credit_sql.monthly_statement,
    "account_summary": credit_sql.account_summary,
    "list_decay": job_sql.list_decay,
    "stale_lists": job_sql.stale_lists,
    "repeat_costs": repeat_sql.repeat_costs,
    "verdict_changes": repeat_sql.verdict_changes,
    "domain_quality": repeat_sql.domain_quality,
    "daily_domain_quality": repeat_sql.daily_domain_quality,
    "error_reasons": record_sql.error_reasons,
    "data_freshness": job_sql.data_freshness,
}


def columns_read(view: View, period: Period = ALWAYS) -> Reads:
    """What a view needs of which table, to be read for a period."""
    read = READ_COLUMNS[view.name]
    if period == ALWAYS or schema.RECORDS not in read:
        return read
    of_records = tuple(dict.fromkeys((*read[schema.RECORDS], "job_created_at")))
    return {**read, schema.RECORDS: of_records}


def definition(view: View, tables: Tables, offsets: Offsets) -> str:
    """The SELECT of a view; ``offsets`` draw the line between days."""
    return _DEFINITIONS[view.name](tables, offsets)


def fingerprint(text: str) -> str:
    """Short text that tells one definition from another."""
    return blake2b(text.encode(), digest_size=12).hexdigest()
