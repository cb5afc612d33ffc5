"""The tables and views of cloud warehouses that a sync does not write to itself, as SQL.

In: a dialect, the tables of `schema`, the views. Out: what warehouses word differently, as `SqlWords`;
statements that sqlglot has read and written: so that reserved words are quoted, and what a warehouse lacks
(named windows, conditions as values) is put otherwise.

Credits are whole micro-credits of up to 38 digits meanwhile, as everywhere. Days and points in time are those
of UTC, whatever time zone a session has.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import SettingsError
from ..schema import ALL_TABLES, Kind, Table
from ..times import offsets_of
from ..views import VIEWS, WORDS, SqlWords, Tables, View, definition

if TYPE_CHECKING:
    from sqlglot import exp

# The whole part by what is left to divide: a quotient of decimals would be rounded to some digits first.
_WHOLE_PART = "CAST(({0} - MOD({0}, {1})) / {1} AS DECIMAL(38, 0))"

_USUAL = SqlWords(
    to_micro="CAST({0} * 1000000 AS DECIMAL(38, 0))",
    to_credits="CAST({0} * 0.000001 AS DECIMAL(28, 6))",
    to_quotient=_WHOLE_PART,
    to_remainder="MOD({0}, {1})",
    to_int64="CAST({0} AS BIGINT)",
    to_double="CAST({0} AS DOUBLE PRECISION)",
    to_elapsed="DATEDIFF(microsecond, {0}, {1})",
    to_day="CAST(DATEADD(second, {1}, {0}) AS DATE)",
    to_before="{0} < CAST('{1:%Y-%m-%d %H:%M:%S.%f+00:00}' AS TIMESTAMPTZ)",
    to_month="CAST(DATE_TRUNC('month', {0}) AS DATE)",
)

WAREHOUSE_WORDS = {
    "bigquery": SqlWords(
        to_micro="CAST({0} * 1000000 AS BIGNUMERIC)",
        to_credits="CAST(({0}) / 1000000 AS NUMERIC)",  # 0.000001 would be a double
        to_quotient="DIV({0}, {1})",
        to_remainder="MOD({0}, {1})",
        to_int64="CAST({0} AS INT64)",
        to_double="CAST({0} AS FLOAT64)",
        to_elapsed="TIMESTAMP_DIFF({1}, {0}, MICROSECOND)",
        to_day="DATE(TIMESTAMP_ADD({0}, INTERVAL ({1}) SECOND))",
        to_before="{0} < TIMESTAMP '{1:%Y-%m-%d %H:%M:%S.%f+00:00}'",
        to_month="DATE_TRUNC({0}, MONTH)",
    ),
    "snowflake": replace(
        _USUAL,
        to_day="CAST(DATEADD(second, {1}, CONVERT_TIMEZONE('UTC', {0})) AS DATE)",
        to_before="{0} < CAST('{1:%Y-%m-%d %H:%M:%S.%f +00:00}' AS TIMESTAMP_TZ)",
    ),
    "redshift": replace(_USUAL, to_day="CAST(DATEADD(second, {1}, {0} AT TIME ZONE 'UTC') AS DATE)"),
    "databricks": replace(
        _USUAL,
        to_double="CAST({0} AS DOUBLE)",
        to_elapsed="(unix_micros({1}) - unix_micros({0}))",
        to_day="date_from_unix_date(CAST(FLOOR((unix_seconds({0}) {1}) / 86400) AS INT))",
        to_before="{0} < TIMESTAMP '{1:%Y-%m-%d %H:%M:%S.%f+00:00}'",
    ),
    "fabric": replace(
        _USUAL,
        # T-SQL gives a product as many digits as both factors have, and cuts decimals beyond 38.
        to_micro="CAST({0} * CAST(1000000 AS DECIMAL(7, 0)) AS DECIMAL(38, 0))",
        to_credits="CAST(({0}) / CAST(1000000 AS DECIMAL(7, 0)) AS DECIMAL(28, 6))",
        to_quotient=_WHOLE_PART.replace("MOD({0}, {1})", "{0} % {1}"),
        to_remainder="({0} % {1})",
        to_double="CAST({0} AS FLOAT)",
        to_elapsed="DATEDIFF_BIG(microsecond, {0}, {1})",
        to_before="{0} < CAST('{1:%Y-%m-%dT%H:%M:%S.%f}' AS DATETIME2(6))",
        to_month="DATEFROMPARTS(YEAR({0}), MONTH({0}), 1)",
        to_flag="CAST(CASE WHEN {0} THEN 1 ELSE 0 END AS BIT)",
    ),
    "clickhouse": SqlWords(
        to_micro="toInt128({0} * 1000000)",
        to_credits="toDecimal128({0}, 6) / 1000000",
        to_quotient="intDiv({0}, {1})",
        to_remainder="({0} % {1})",
        to_int64="toInt64({0})",
        to_double="toFloat64({0})",
        to_elapsed="dateDiff('microsecond', {0}, {1})",
        to_day="toDate(addSeconds({0}, {1}), 'UTC')",
        to_before="{0} < toDateTime64('{1:%Y-%m-%d %H:%M:%S.%f}', 6, 'UTC')",
        to_month="toStartOfMonth({0})",
    ),
    "motherduck": WORDS["duckdb"],
}
"""By the name that sqlglot has for the dialect, and MotherDuck."""


_ANSI = {
    Kind.TEXT: "VARCHAR",
    Kind.INT64: "BIGINT",
    Kind.FLOAT64: "DOUBLE PRECISION",
    Kind.BOOL: "BOOLEAN",
    Kind.CREDITS: "DECIMAL(28, 6)",
    Kind.INSTANT: "TIMESTAMPTZ",
    Kind.DATE: "DATE",
}

TYPES: dict[str, dict[Kind, str]] = {
    "bigquery": _ANSI
    | {
        Kind.TEXT: "STRING",
        Kind.INT64: "INT64",
        Kind.FLOAT64: "FLOAT64",
        Kind.BOOL: "BOOL",
        Kind.CREDITS: "NUMERIC(28, 6)",
        Kind.INSTANT: "TIMESTAMP",
    },
    "snowflake": _ANSI | {Kind.INSTANT: "TIMESTAMP_TZ(6)"},
    "redshift": _ANSI | {Kind.TEXT: "VARCHAR(65535)"},
    "databricks": _ANSI | {Kind.TEXT: "STRING", Kind.FLOAT64: "DOUBLE", Kind.INSTANT: "TIMESTAMP"},
    # Without a type for instants of a zone: they are those of UTC.
    "fabric": _ANSI
    | {
        Kind.TEXT: "VARCHAR(MAX)",
        Kind.FLOAT64: "FLOAT",
        Kind.BOOL: "BIT",
        Kind.INSTANT: "DATETIME2(6)",
    },
    "clickhouse": {
        Kind.TEXT: "String",
        Kind.INT64: "Int64",
        Kind.FLOAT64: "Float64",
        Kind.BOOL: "Bool",
        Kind.CREDITS: "Decimal(28, 6)",
        Kind.INSTANT: "DateTime64(6, 'UTC')",
        Kind.DATE: "Date32",
    },
}
"""Types by sqlglot's name for the dialect."""

_CREATE_TABLE = {"fabric": "CREATE TABLE"}  # T-SQL has no IF NOT EXISTS
_CREATE_VIEW = {"fabric": "CREATE OR ALTER VIEW"}
_AFTER_TABLE = {"clickhouse": "\nENGINE = MergeTree\nORDER BY ({key})"}
_AFTER_VIEW = {"clickhouse": "\nSETTINGS join_use_nulls = 1"}  # else what a join does not find is 0 and ''


def create_statements(dialect: str, schema_name: str | None = None) -> list[str]:
    """One statement for each table, then for each view; ``schema_name``: the schema or dataset they are in.

    Raises `SettingsError` where sqlglot is not installed.
    """
    views = [_create_view(view, dialect, schema_name) for view in VIEWS]
    return [*(_create_table(table, dialect, schema_name) for table in ALL_TABLES), *views]


def _create_table(table: Table, dialect: str, schema_name: str | None) -> str:
    from_kind = TYPES[dialect]
    columns = [
        f"{_quoted(column.name, dialect)} {_nullable(from_kind[column.kind], column.required, dialect)}"
        for column in table.columns
    ]
    create = _CREATE_TABLE.get(dialect, "CREATE TABLE IF NOT EXISTS")
    after = _AFTER_TABLE.get(dialect, "").format(key=", ".join(table.key))
    inside = ",\n  ".join(columns)
    return f"{create} {_qualified(table, dialect, schema_name)} (\n  {inside}\n){after}"


def _nullable(type_name: str, is_required: bool, dialect: str) -> str:
    if dialect == "clickhouse":
        return type_name if is_required else f"Nullable({type_name})"
    return f"{type_name} NOT NULL" if is_required else type_name


def _create_view(view: View, dialect: str, schema_name: str | None) -> str:
    tables = Tables(WAREHOUSE_WORDS[dialect], lambda table: _qualified(table, dialect, schema_name))
    select = select_in(dialect, definition(view, tables, offsets_of("UTC")))
    create = _CREATE_VIEW.get(dialect, "CREATE OR REPLACE VIEW")
    return f"{create} {_qualified(view, dialect, schema_name)} AS\n{select}{_AFTER_VIEW.get(dialect, '')}"


def select_in(dialect: str, text: str) -> str:
    """A view's text, with the dialect's own words filled in, as the dialect's own parser writes it."""
    text = re.sub(r"\bUNION(?! ALL)\b", "UNION DISTINCT", _with_windows_written_out(text))
    parsed = _sqlglot().parse_one(text, read=dialect)
    if dialect == "fabric":
        _make_conditions_values(parsed)
    if dialect == "clickhouse":
        _let_the_first_be_null(parsed)
    return str(parsed.sql(dialect, pretty=True))


_WINDOW = r"(\w+) AS (\([^()]*\))"


def _with_windows_written_out(text: str) -> str:
    """``OVER past`` becomes the window itself: not every warehouse, nor its parser, has WINDOW."""
    while clause := re.search(rf"\s+WINDOW\s+{_WINDOW}(?:,\s*{_WINDOW})*", text):
        select, rest = text[: clause.start()], text[clause.end() :]
        for name, window in re.findall(_WINDOW, clause[0]):
            select = re.sub(rf"\bOVER {name}\b", f"OVER {window}", select)
        text = select + rest
    return text


def _let_the_first_be_null(parsed: exp.Expr) -> None:
    """In ClickHouse, what comes before the first row is 0 or '' unless the column can be null."""
    from sqlglot import exp

    for step in parsed.find_all(exp.Lag, exp.Lead):
        step.set("this", exp.func("toNullable", step.this.copy()))


def _make_conditions_values(parsed: exp.Expr) -> None:
    """``a <> b AS is_changed`` becomes a CASE: T-SQL has no boolean values."""
    from sqlglot import exp

    for select in parsed.find_all(exp.Select):
        for column in select.expressions:
            inner = column.unalias()
            if isinstance(inner, (exp.Predicate, exp.Connector, exp.Not)):
                value = f"CAST(CASE WHEN {inner.sql()} THEN 1 WHEN NOT ({inner.sql()}) THEN 0 END AS BIT)"
                inner.replace(exp.maybe_parse(value, dialect="tsql"))


def _qualified(table: Table, dialect: str, schema_name: str | None) -> str:
    parts = [table.name] if schema_name is None else [schema_name, table.name]
    return ".".join(_quoted(part, dialect) for part in parts)


def _quoted(name: str, dialect: str) -> str:
    """A name, in quotes where the dialect has it as a word of its own."""
    from_sqlglot = _sqlglot()
    is_plain = re.fullmatch(r"[a-z_][a-z0-9_]*", name) is not None
    column = from_sqlglot.exp.to_identifier(name, quoted=None if is_plain else True)
    return str(column.sql(dialect))


def _sqlglot() -> Any:
    try:
        import sqlglot
    except ModuleNotFoundError as error:
        if error.name != "sqlglot":
            raise
        raise SettingsError(
            "the SQL of warehouses needs the extra warehouses: pip install 'ecore-export[warehouses]'"
        ) from None
    return sqlglot
