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
    help="Database of --format sql or --dbt.  [default: sqlite; of --dbt: duckdb]",
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
@click.option(
    "--datasette",
    "metadata",
    type=click.Path(path_type=Path),
    metavar="FILE.yaml",
    help="Write dashboards for Datasette instead, over a SQLite file ecore.db.",
)
@click.option(
    "--dbt",
    "package",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Write a dbt package to this folder instead: a model for each view, and tests.",
)
def schema_command(
    form: Format,
    dialect: Dialect | Warehouse | None,
    schema_name: str | None,
    folder: Path | None,
    dashboard: Path | None,
    metadata: Path | None,
    package: Path | None,
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
      ecore-export schema --dbt dbt_packages/ecore --dialect postgresql
    """
    from ...schema_export import (
        render,
        write_datasette_metadata,
        write_dbt_package,
        write_schema_files,
        write_superset_zip,
    )

    if dialect and form != "sql" and not package:
        raise click.UsageError("--dialect goes with --format sql or --dbt")
    if schema_name and form != "sql":
        raise click.UsageError("--schema goes with --format sql")
    written = write_schema_files(folder) if folder else []
    for wanted, write in ((dashboard, write_superset_zip), (metadata, write_datasette_metadata)):
        if wanted:
            write(wanted)
            written.append(wanted)
    written += write_dbt_package(package, dialect or "duckdb") if package else []
    for path in written:
        click.echo(path)
    if not written:
        click.echo(render(form, dialect or "sqlite", schema_name), nl=False)
