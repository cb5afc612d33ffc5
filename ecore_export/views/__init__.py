"""Views: the reporting questions, declared once, each as one SQL text.

In: the tables of the fixed schema. Out: credit use over time, list quality, validators, turnaround, the
latest verdict per address, freshness. A database computes them itself; over DataFrames and Parquet folders
DuckDB runs the same text.

Read in this order: `columns` (names, columns, questions), `sql` and `credit_sql` (the texts) with `dialects`
and `zones`; then `computing` (DuckDB over Arrow) and `of_frames`, the same for DataFrames.
"""

from .columns import VIEWS, View, ViewName, find_view
from .computing import compute
from .dialects import IN_DUCKDB, WORDS, Tables, words_of
from .of_frames import (
    credit_events,
    credit_usage,
    data_freshness,
    job_turnaround,
    latest_email_status,
    list_quality,
    validator_mix,
)
from .periods import Period, check_period, period_of
from .shaping import days_of, shaped
from .sql import definition, fingerprint
from .zones import offsets_of, zone_of

__all__ = [
    "IN_DUCKDB",
    "VIEWS",
    "WORDS",
    "Period",
    "Tables",
    "View",
    "ViewName",
    "check_period",
    "compute",
    "credit_events",
    "credit_usage",
    "data_freshness",
    "days_of",
    "definition",
    "find_view",
    "fingerprint",
    "job_turnaround",
    "latest_email_status",
    "list_quality",
    "offsets_of",
    "period_of",
    "shaped",
    "validator_mix",
    "words_of",
    "zone_of",
]
