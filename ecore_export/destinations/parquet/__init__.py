"""A folder of Parquet files that pandas, DuckDB, Spark and others read as they are."""

from .destination import ParquetDestination

__all__ = ["ParquetDestination"]
