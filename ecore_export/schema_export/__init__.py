"""What derives from the fixed schema: JSON Schema, DDL, data dictionary, dbt sources, Superset dashboard."""

from .files import Dialect, Format, Warehouse, render, write_schema_files
from .superset import write_superset_zip

__all__ = ["Dialect", "Format", "Warehouse", "render", "write_schema_files", "write_superset_zip"]
