"""What derives from the fixed schema: JSON Schema, DDL, data dictionary, dbt, dashboards."""

from .datasette import write_datasette_metadata
from .dbt import write_dbt_package
from .files import Dialect, Format, Warehouse, render, write_schema_files
from .superset import write_superset_zip

__all__ = [
    "Dialect",
    "Format",
    "Warehouse",
    "render",
    "write_datasette_metadata",
    "write_dbt_package",
    "write_schema_files",
    "write_superset_zip",
]
