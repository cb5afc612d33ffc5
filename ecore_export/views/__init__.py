"""Views: the reporting questions, declared once, each as one SQL text.

In: the tables of the fixed schema. Out: credit use over time, list quality, validators, turnaround, the
latest verdict per address, freshness. A database computes them itself; over DataFrames and Parquet folders
DuckDB runs the same text.

Read in this order: `columns` (names, columns, questions), `sql` and `credit_sql` (the texts) with `dialects`
and `zones`; then `computing` (DuckDB over Arrow) and `of_frames`, the same for DataFrames.
"""
