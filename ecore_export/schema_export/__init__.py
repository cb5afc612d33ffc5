"""What derives from the fixed schema: JSON Schema, DDL, data dictionary, dbt sources, Superset dashboard."""

from .files import Dialect, Format, render, write_schema_files

__all__ = ["Dialect", "Format", "render", "write_schema_files"]
