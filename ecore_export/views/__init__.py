"""Views: the reporting questions, declared once, each as one SQL text.

In: the tables of the fixed schema. Out: credit use over time, list quality, validators, turnaround, the
latest verdict per address, freshness. A database computes them itself; over DataFrames and Parquet folders
DuckDB runs the same text.

Read in this order: `columns` (names, columns, questions), `sql` (the texts, in files named after what they
are about) with `dialects`; then `computing` (DuckDB over Arrow); `framing`, `of_jobs` and
`of_records` are the same for DataFrames.
"""

from .columns import VIEWS, Period, View, ViewName, check_period, find_view, period_of
from .computing import RowSource, compute, figures_too_large, stream
from .dialects import IN_DUCKDB, WORDS, SqlWords, Tables, words_of
from .of_jobs import (
    account_summary,
    credit_events,
    credit_usage,
    daily_list_quality,
    data_freshness,
    job_turnaround,
    list_decay,
    list_quality,
    monthly_statement,
    stale_lists,
)
from .of_records import (
    daily_domain_quality,
    daily_validator_mix,
    domain_quality,
    error_reasons,
    latest_email_status,
    repeat_costs,
    repeat_validations,
    validator_mix,
    verdict_changes,
)
from .sql import definition, fingerprint

__all__ = [
    "IN_DUCKDB",
    "VIEWS",
    "WORDS",
    "Period",
    "RowSource",
    "SqlWords",
    "Tables",
    "View",
    "ViewName",
    "account_summary",
    "check_period",
    "compute",
    "credit_events",
    "credit_usage",
    "daily_domain_quality",
    "daily_list_quality",
    "daily_validator_mix",
    "data_freshness",
    "definition",
    "domain_quality",
    "error_reasons",
    "figures_too_large",
    "find_view",
    "fingerprint",
    "job_turnaround",
    "latest_email_status",
    "list_decay",
    "list_quality",
    "monthly_statement",
    "period_of",
    "repeat_costs",
    "repeat_validations",
    "stale_lists",
    "stream",
    "validator_mix",
    "verdict_changes",
    "words_of",
]
