"""Tables in a DuckDB file."""

from .destination import DuckDBDestination

__all__ = ["DuckDBDestination"]
