"""`schema`: the contract, and what BI tools make of it, printed or written to files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ...schema_export import Dialect, Format, Warehouse

_FORMATS = ("json", "sql", "arrow", "markdown", "dbt")
_DIALECTS = ("sqlite", "postgresql", "mysql", "duckdb")
_WAREHOUSES = ("bigquery", "snowflake", "redshift", "databricks", "fabric", "clickhouse", "motherduck")


@click.command("schema")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMATS),
    default="markdown",
    show_default=True,
    help="Output format.",
)
@click.option(
    "--dialect",
    type=click.Choice((*_DIALECTS, *_WAREHOUSES)),
    help="Database of --format sql.  [default: sqlite]",
)
@click.option("--schema", "schema_name", metavar="NAME", help="Its schema or dataset.")
@click.option(
    "--write",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write all files to this folder instead.",
)
@click.option(
    "--superset",
    "dashboard",
    type=click.Path(path_type=Path),
    metavar="FILE.zip",
    help="Write the Superset dashboard instead, ready to import.",
)
def schema_command(
    form: Format,
    dialect: Dialect | Warehouse | None,
    schema_name: str | None,
    folder: Path | None,
    dashboard: Path | None,
) -> None:
    """Print every table, view and column.

    As JSON Schema, DDL, Arrow schema, data dictionary or dbt sources.

    \b
    Examples:
      ecore-export schema
      ecore-export schema --format sql --dialect postgresql
      ecore-export schema --format sql --dialect bigquery --schema ecore
      ecore-export schema --write schemas
      ecore-export schema --superset ecore-dashboard.zip
    """
    from ...schema_export import render, write_schema_files, write_superset_zip

    if dialect and form != "sql":
        raise click.UsageError("--dialect goes with --format sql")
    if schema_name and form != "sql":
        raise click.UsageError("--schema goes with --format sql")
    for path in write_schema_files(folder) if folder else []:
        click.echo(path)
    if dashboard:
        write_superset_zip(dashboard)
        click.echo(dashboard)
    if not folder and not dashboard:
        click.echo(render(form, dialect or "sqlite", schema_name), nl=False)
