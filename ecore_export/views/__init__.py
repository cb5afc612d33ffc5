"""Views: the reporting questions, declared once, each as one SQL text.

In: the tables of the fixed schema. Out: credit use over time, list quality, validators, turnaround, the
latest verdict per address, freshness. A database computes them itself; over DataFrames and Parquet folders
DuckDB runs the same text.

Read in this order: `columns` (names, columns, questions), `sql` (the texts, in files named after what they
are about) with `dialects`; then `computing` (DuckDB over Arrow) and `of_frames`, the same for DataFrames.
"""

from .columns import VIEWS, Period, View, ViewName, check_period, find_view, period_of
from .computing import RowSource, compute, shaped
from .dialects import IN_DUCKDB, WORDS, Tables, words_of
from .of_frames import (
    credit_events,
    credit_usage,
    data_freshness,
    domain_quality,
    error_reasons,
    job_turnaround,
    latest_email_status,
    list_quality,
    repeat_validations,
    validator_mix,
    verdict_changes,
)
from .sql import definition, fingerprint
from .warehouse_words import WAREHOUSE_WORDS

__all__ = [
    "IN_DUCKDB",
    "VIEWS",
    "WAREHOUSE_WORDS",
    "WORDS",
    "Period",
    "RowSource",
    "Tables",
    "View",
    "ViewName",
    "check_period",
    "compute",
    "credit_events",
    "credit_usage",
    "data_freshness",
    "definition",
    "domain_quality",
    "error_reasons",
    "find_view",
    "fingerprint",
    "job_turnaround",
    "latest_email_status",
    "list_quality",
    "period_of",
    "repeat_validations",
    "shaped",
    "validator_mix",
    "verdict_changes",
    "words_of",
]
