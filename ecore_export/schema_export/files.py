"""What derives from the fixed schema and is written to files: JSON Schema, DDL, Arrow text, data dictionary.

In: the tables of `schema` and the views. Out: text that is the same on every machine; `write_schema_files` is
the only function that touches the disk.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, get_args

from ..destinations import create_tables, create_views
from ..errors import SettingsError
from ..schema import ALL_TABLES, CREDIT_PRECISION, CREDIT_SCALE, SCHEMA_VERSION, Column, Kind, Table
from ..views import VIEWS, View
from . import warehouses
from .dbt import dbt_sources

Dialect = Literal["sqlite", "postgresql", "duckdb", "mysql"]
Warehouse = Literal["bigquery", "snowflake", "redshift", "databricks", "fabric", "clickhouse", "motherduck"]
Format = Literal["json", "sql", "arrow", "markdown", "dbt"]

TABLES_AND_VIEWS: tuple[Table, ...] = (*ALL_TABLES, *VIEWS)

DIALECTS: tuple[Dialect, ...] = get_args(Dialect)
"""Of the databases that a sync writes to; their DDL is in ``schemas/``."""
WAREHOUSES: tuple[Warehouse, ...] = get_args(Warehouse)
"""Of those that load our files, or are loaded by dlt."""

_JSON_SCHEMA = "https://json-schema.org/draft/2020-12/schema"

_CREDITS_PATTERN = rf"^-?[0-9]{{1,{CREDIT_PRECISION - CREDIT_SCALE}}}(\.[0-9]{{1,{CREDIT_SCALE}}})?$"

_JSON_TYPES: dict[Kind, dict[str, Any]] = {
    Kind.TEXT: {"type": "string"},
    Kind.INT64: {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1},
    Kind.FLOAT64: {"type": "number"},
    Kind.BOOL: {"type": "boolean"},
    # A string, because most readers of JSON turn a number into a double, which holds 15 digits, not 28.
    Kind.CREDITS: {"type": "string", "pattern": _CREDITS_PATTERN},
    # The pattern binds also where `format` is only a note, which is the default of JSON Schema.
    Kind.INSTANT: {"type": "string", "format": "date-time", "pattern": r"(Z|\+00:00)$"},
    Kind.DATE: {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
}


def json_schema(table: Table) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one published row of ``table`` as a JSON object.

    Every column is present, null where it has no value, and nothing else is. Instants are RFC 3339 text in
    UTC. Credits are decimal text such as ``"178.000000"``. ``x-key``, ``x-unit`` and ``x-source`` (the API
    field) are notes that validators skip.
    """
    return {
        "$schema": _JSON_SCHEMA,
        "$id": f"urn:ecore-export:schema:{SCHEMA_VERSION}:{table.name}",
        "title": table.name,
        "description": table.description,
        "type": "object",
        "properties": {column.name: _json_property(column) for column in table.columns},
        "required": list(table.names),
        "additionalProperties": False,
        "x-key": list(table.key),
    }


def _json_property(column: Column) -> dict[str, Any]:
    declared = {"description": column.description, **_JSON_TYPES[column.kind]}
    if not column.required:
        declared["type"] = [declared["type"], "null"]
    notes = {"x-unit": column.unit, "x-source": column.source}
    return declared | {name: note for name, note in notes.items() if note is not None}


def ddl(dialect: str, schema_name: str | None = None) -> str:
    """The CREATE statements of every table and view, as the destination of that dialect runs them.

    ``schema_name``: the database schema they go to. Raises `SettingsError` for a dialect nobody knows, for a
    schema in DuckDB, whose destination has none to choose, and for a warehouse where sqlglot is missing.
    """
    if dialect not in (*DIALECTS, *WAREHOUSES):
        raise SettingsError(f"no DDL for {dialect!r}; the dialects are {', '.join((*DIALECTS, *WAREHOUSES))}")
    if dialect in ("duckdb", "motherduck") and schema_name is not None:
        raise SettingsError("a DuckDB destination has no schema to choose: leave the schema out")
    header = (
        f"-- The tables and views of ecore-export for {dialect}, schema version {SCHEMA_VERSION}.\n"
        "-- Days in daily_credit_usage are those of UTC; `ecore-export sync --tz` sets another zone.\n"
    )
    return "\n".join([header, *map(_sql_text, _statements(dialect, schema_name))])


def _statements(dialect: str, schema_name: str | None) -> list[str]:
    if dialect in WAREHOUSES and dialect != "motherduck":
        return warehouses.create_statements(dialect, schema_name)
    own = "duckdb" if dialect == "motherduck" else dialect
    statements = sorted(create_tables(own, schema_name), key=_indexes_last)
    return statements + create_views(own, schema_name)


def _indexes_last(statement: str) -> tuple[bool, str]:
    # SQLAlchemy keeps a table's indexes in a set: they come in another order in every process.
    is_index = statement.lstrip().startswith("CREATE INDEX")
    return is_index, statement if is_index else ""


def _sql_text(statement: str) -> str:
    lines = statement.strip().rstrip(";").splitlines()
    return "\n".join(line.rstrip() for line in lines) + ";\n"


def arrow_schema_text(table: Table) -> str:
    """The Arrow schema of published rows as text: a line with the table's name, then one line a column."""
    lines = str(table.arrow).splitlines()
    return "\n".join([table.name, *(f"  {line}" for line in lines)]) + "\n"


_PARTITIONS = (
    "Parquet folders and Delta tables are partitioned, which whoever reads their files sees as one more "
    "column: `created_month` in `jobs`, `job_history` and `records`, text such as `2026-05`, the month in "
    "UTC of the creation; `started_month` likewise in `sync_runs` of a Parquet folder. `read_table`, "
    "the views and databases do not have it."
)


def data_dictionary() -> str:
    """Every table, view and column in Markdown: what a row is, the key, each column's type, unit, meaning."""
    head = [
        "# Data dictionary",
        f"Schema version {SCHEMA_VERSION}. Tables and columns have the same names and order in every "
        "destination and every DataFrame. Written by `ecore-export schema`; do not edit.",
        _PARTITIONS,
        _types_section(),
    ]
    tables = [_table_section(table) for table in ALL_TABLES]
    views = [_view_section(view) for view in VIEWS]
    return "\n\n".join([*head, *tables, _VIEWS_INTRODUCTION, *views]) + "\n"


def _types_section() -> str:
    rows = [
        (f"`{kind.value}`", f"`{kind.arrow}`", f"`{dtype}`", _json_words(kind))
        for kind, dtype in _pandas_dtypes().items()
    ]
    notes = (
        'pandas here is the default, `dtype_backend="numpy_nullable"`; `dtype_backend="pyarrow"` gives the '
        "Arrow types. The types of each database are in the `.sql` files beside this one."
    )
    return f"## Types\n\n{_markdown_table(('Type', 'Arrow', 'pandas', 'JSON'), rows)}\n\n{notes}"


def _pandas_dtypes() -> dict[Kind, Any]:
    import pyarrow as pa

    from ..frames import to_frame

    kinds = {kind.name: kind for kind in Kind}
    empty = pa.schema([(name, kind.arrow) for name, kind in kinds.items()]).empty_table()
    return {kinds[str(name)]: dtype for name, dtype in to_frame(empty).dtypes.items()}


def _json_words(kind: Kind) -> str:
    declared = _JSON_TYPES[kind]
    detail = {
        Kind.CREDITS: ", decimal text",
        Kind.INSTANT: ", RFC 3339 in UTC",
        Kind.DATE: ", YYYY-MM-DD",
    }.get(kind, "")
    return f"{declared['type']}{detail}"


_VIEWS_INTRODUCTION = """\
## Views

The reporting questions. `ecore-export sync` creates them in SQLite, DuckDB, PostgreSQL, MySQL and MariaDB and
replaces them when a new version defines them otherwise; `ecore-export view DEST NAME` and `read_view` read
them from any destination, Parquet folders included, and functions of the same names compute most of them from
DataFrames (`credit_usage` for `daily_credit_usage`). Credits add up exactly; rates are doubles. In SQLite,
credits are doubles, exact to 15 digits, as in its tables."""


def _view_section(view: View) -> str:
    return f"{_table_section(view)}\n\nIt answers, for example: {view.question}"


def _table_section(table: Table) -> str:
    key = ", ".join(f"`{name}`" for name in table.key)
    rows = [
        (
            f"`{column.name}`",
            column.kind.value,
            "no" if column.required else "yes",
            column.unit or "",
            f"`{column.source}`" if column.source else "",
            column.description,
        )
        for column in table.columns
    ]
    header = ("Column", "Type", "Null", "Unit", "API field", "Description")
    return f"## {table.name}\n\n{table.description}\n\nKey: {key}\n\n{_markdown_table(header, rows)}"


def _markdown_table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)


def schema_files() -> dict[str, str]:
    """Name and content of every file in ``schemas/``, but for ``openapi.yaml``, which does not derive."""
    files = {f"{table.name}.schema.json": _json_text(json_schema(table)) for table in TABLES_AND_VIEWS}
    files |= {f"{dialect}.sql": ddl(dialect) for dialect in DIALECTS}
    return files | {"data_dictionary.md": data_dictionary(), "dbt_sources.yml": dbt_sources()}


def write_schema_files(folder: Path) -> list[Path]:
    """Write `schema_files` into ``folder``, made if need be; other files there stay. Gives the paths written.

    A second call changes nothing. Raises `SettingsError` if the folder cannot be written.
    """
    files = schema_files()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in files.items():
            (folder / name).write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"the schema files cannot be written to {folder}: {error.strerror}") from error
    return [folder / name for name in files]


def render(format: Format, dialect: str = "sqlite", schema_name: str | None = None) -> str:
    """The whole schema as one text, for `ecore-export schema`.

    ``dialect`` and ``schema_name`` matter to ``sql`` only.

    ``json`` holds each table's JSON Schema under ``$defs``. Raises `SettingsError` for an unknown format.
    """
    match format:
        case "json":
            tables = {table.name: json_schema(table) for table in TABLES_AND_VIEWS}
            whole = {"$schema": _JSON_SCHEMA, "$id": f"urn:ecore-export:schema:{SCHEMA_VERSION}"}
            return _json_text(whole | {"$defs": tables})
        case "sql":
            return ddl(dialect, schema_name)
        case "arrow":
            return "\n".join(arrow_schema_text(table) for table in TABLES_AND_VIEWS)
        case "markdown":
            return data_dictionary()
        case "dbt":
            return dbt_sources()
    raise SettingsError(f"no schema format {format!r}; the formats are {', '.join(get_args(Format))}")


def _json_text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
