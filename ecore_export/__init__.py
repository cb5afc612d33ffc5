"""ecore-export: eCore email-validation jobs as pandas DataFrames, Parquet files and SQL tables."""

__version__ = "0.1.0"
