"""What cloud warehouses word differently in the views' SQL: databases that a sync does not write to itself.

Credits are whole micro-credits of up to 38 digits meanwhile, as everywhere. Days and points in time are those
of UTC, whatever time zone a session has.
"""

from __future__ import annotations

from dataclasses import replace

from .dialects import WORDS, SqlWords

# The whole part by what is left to divide: a quotient of decimals would be rounded to some digits first.
_WHOLE_PART = "CAST(({0} - MOD({0}, {1})) / {1} AS DECIMAL(38, 0))"

_USUAL = SqlWords(
    to_micro="CAST({0} * 1000000 AS DECIMAL(38, 0))",
    to_credits="CAST({0} * 0.000001 AS DECIMAL(28, 6))",
    to_quotient=_WHOLE_PART,
    to_remainder="MOD({0}, {1})",
    to_int64="CAST({0} AS BIGINT)",
    to_double="CAST({0} AS DOUBLE PRECISION)",
    to_elapsed="DATEDIFF(microsecond, {0}, {1})",
    to_day="CAST(DATEADD(second, {1}, {0}) AS DATE)",
    to_before="{0} < CAST('{1:%Y-%m-%d %H:%M:%S.%f+00:00}' AS TIMESTAMPTZ)",
    to_month="CAST(DATE_TRUNC('month', {0}) AS DATE)",
)

WAREHOUSE_WORDS = {
    "bigquery": SqlWords(
        to_micro="CAST({0} * 1000000 AS BIGNUMERIC)",
        to_credits="CAST(({0}) / 1000000 AS NUMERIC)",  # 0.000001 would be a double
        to_quotient="DIV({0}, {1})",
        to_remainder="MOD({0}, {1})",
        to_int64="CAST({0} AS INT64)",
        to_double="CAST({0} AS FLOAT64)",
        to_elapsed="TIMESTAMP_DIFF({1}, {0}, MICROSECOND)",
        to_day="DATE(TIMESTAMP_ADD({0}, INTERVAL ({1}) SECOND))",
        to_before="{0} < TIMESTAMP '{1:%Y-%m-%d %H:%M:%S.%f+00:00}'",
        to_month="DATE_TRUNC({0}, MONTH)",
    ),
    "snowflake": replace(
        _USUAL,
        to_day="CAST(DATEADD(second, {1}, CONVERT_TIMEZONE('UTC', {0})) AS DATE)",
        to_before="{0} < CAST('{1:%Y-%m-%d %H:%M:%S.%f +00:00}' AS TIMESTAMP_TZ)",
    ),
    "redshift": replace(_USUAL, to_day="CAST(DATEADD(second, {1}, {0} AT TIME ZONE 'UTC') AS DATE)"),
    "databricks": replace(
        _USUAL,
        to_double="CAST({0} AS DOUBLE)",
        to_elapsed="(unix_micros({1}) - unix_micros({0}))",
        to_day="date_from_unix_date(CAST(FLOOR((unix_seconds({0}) {1}) / 86400) AS INT))",
        to_before="{0} < TIMESTAMP '{1:%Y-%m-%d %H:%M:%S.%f+00:00}'",
    ),
    "fabric": replace(
        _USUAL,
        # T-SQL gives a product as many digits as both factors have, and cuts decimals beyond 38.
        to_micro="CAST({0} * CAST(1000000 AS DECIMAL(7, 0)) AS DECIMAL(38, 0))",
        to_credits="CAST(({0}) / CAST(1000000 AS DECIMAL(7, 0)) AS DECIMAL(28, 6))",
        to_quotient=_WHOLE_PART.replace("MOD({0}, {1})", "{0} % {1}"),
        to_remainder="({0} % {1})",
        to_double="CAST({0} AS FLOAT)",
        to_elapsed="DATEDIFF_BIG(microsecond, {0}, {1})",
        to_before="{0} < CAST('{1:%Y-%m-%dT%H:%M:%S.%f}' AS DATETIME2(6))",
        to_month="DATEFROMPARTS(YEAR({0}), MONTH({0}), 1)",
        to_flag="CAST(CASE WHEN {0} THEN 1 ELSE 0 END AS BIT)",
    ),
    "clickhouse": SqlWords(
        to_micro="toInt128({0} * 1000000)",
        to_credits="toDecimal128({0}, 6) / 1000000",
        to_quotient="intDiv({0}, {1})",
        to_remainder="({0} % {1})",
        to_int64="toInt64({0})",
        to_double="toFloat64({0})",
        to_elapsed="dateDiff('microsecond', {0}, {1})",
        to_day="toDate(addSeconds({0}, {1}), 'UTC')",
        to_before="{0} < toDateTime64('{1:%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC')",
        to_month="toStartOfMonth({0})",
    ),
    "motherduck": WORDS["duckdb"],
}
"""By the name that sqlglot has for the dialect, and MotherDuck."""
