"""Delta Lake tables in a local folder or an object store, which Spark, DuckDB, Polars and others read."""

from .destination import DeltaDestination

__all__ = ["DeltaDestination"]
