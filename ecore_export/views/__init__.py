"""Views: the reporting questions, declared once, as SQL and as functions over DataFrames.

In: the tables of the fixed schema. Out: credit use over time, list quality, validators, turnaround, the
latest verdict per address, freshness. Called by `destinations`, which create and read them, and by users.

Read in this order: `declared` (names, columns, questions), `definitions` (the SQL) with `dialects` and
`zones`; then `credit_rows`, `job_rows` and `record_rows`, the same over Arrow tables, which serve Parquet
folders and, through `of_frames`, DataFrames.
"""
