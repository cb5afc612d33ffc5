"""The fixed schema as SQLAlchemy tables, for every database alike.

In: `schema.ALL_TABLES`. Out: a `sqlalchemy.MetaData` with the same tables, types per database, primary keys
and the two partial indexes that keep a sync with nothing new quick.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from ... import schema
from ...schema import CREDIT_PRECISION, CREDIT_SCALE, Kind

KEY_TEXT_LENGTH = 255
"""Characters of a text key where a database wants a length: two such fit MySQL's limit of 3072 bytes."""


_MYSQL_OPTIONS: dict[str, Any] = {
    "mysql_engine": "InnoDB",
    "mysql_row_format": "DYNAMIC",
    "mysql_charset": "utf8mb4 /*!80017 COLLATE=utf8mb4_0900_bin */ /*M!100202 COLLATE=utf8mb4_nopad_bin */",
}
"""Texts that differ in case, accents or spaces at the end are different, as everywhere else. MySQL and
MariaDB have no collation for that in common: each reads one of the comments."""

IDS_IN_A_LIST = 900
"""Values in one ``IN (…)``: older SQLite takes 999 variables a statement, Oracle 1,000 a list."""


class SqliteCredits(sa.types.UserDefinedType[Decimal]):
    """Credits in SQLite: NUMERIC, exact to 15 significant digits; read as the driver has them.

    SQLAlchemy's own `Numeric` would go through float both ways, and warns about it.
    """

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return f"NUMERIC({CREDIT_PRECISION}, {CREDIT_SCALE})"

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Decimal | None], str | None]:
        """Decimals are written as text, which SQLite turns into its nearest number."""
        return lambda credits: None if credits is None else str(credits)


class SqliteInstant(sa.types.UserDefinedType[datetime]):
    """Instants in SQLite: ISO text of fixed width in UTC; read as text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        """The type's name in DDL."""
        return "TEXT"

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[datetime | None], str | None]:
        """The same text as `instant_text` writes for a whole column."""
        return lambda instant: None if instant is None else _iso_text(instant)


class MysqlInstant(sa.types.TypeDecorator[datetime]):
    """Instants in MySQL and MariaDB: in UTC, without an offset, which pymysql would leave out unseen."""

    impl = mysql.DATETIME(fsp=6)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """In UTC."""
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)


def _iso_text(instant: datetime) -> str:
    return f"{instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


KIND_TYPES: dict[Kind, sa.types.TypeEngine[Any]] = {
    Kind.TEXT: sa.Text().with_variant(mysql.LONGTEXT(), "mysql"),
    Kind.INT64: sa.BigInteger(),
    Kind.FLOAT64: sa.Double(),
    Kind.BOOL: sa.Boolean(),
    Kind.CREDITS: sa.Numeric(CREDIT_PRECISION, CREDIT_SCALE).with_variant(SqliteCredits(), "sqlite"),
    Kind.INSTANT: sa.DateTime(timezone=True)
    .with_variant(SqliteInstant(), "sqlite")
    .with_variant(MysqlInstant(), "mysql"),
    Kind.DATE: sa.Date(),
}
"""The SQL type of each kind of column."""

_KEY_TEXT = sa.String(KEY_TEXT_LENGTH).with_variant(sa.Text(), "sqlite", "postgresql")


def metadata(schema_name: str | None = None) -> sa.MetaData:
    """All tables of an SQL destination, in ``schema_name`` or else in the connection's own schema."""
    tables = sa.MetaData(schema=schema_name)
    for table in schema.ALL_TABLES:
        sa.Table(
            table.name,
            tables,
            *(_column(table, column, comment=column.description) for column in table.columns),
            comment=table.description,
            info={"table": table.name},
            **_MYSQL_OPTIONS,
        )
    _add_indexes(find_table(tables, schema.JOBS))
    return tables


def find_table(tables: sa.MetaData, table: schema.Table) -> sa.Table:
    """The SQLAlchemy table of a table of the fixed schema."""
    return tables.tables[f"{tables.schema}.{table.name}" if tables.schema else table.name]


def bare_name(table: sa.TableClause, dialect: sa.Dialect) -> str:
    """The table's name, quoted, for a statement that the driver puts no parameters into.

    Where it would put some in, SQLAlchemy doubles percent signs, which nobody would undo.
    """
    name = dialect.identifier_preparer.format_table(table)
    return name.replace("%%", "%") if dialect.paramstyle in ("format", "pyformat") else name


def stage_table(table: schema.Table) -> sa.Table:
    """A temporary table of the same columns and key, gone with the connection at the latest."""
    return sa.Table(
        f"ecore_stage_{table.name}",
        sa.MetaData(),
        *(_column(table, column) for column in table.columns),
        prefixes=["TEMPORARY"],
        postgresql_on_commit="DROP",
        info={"table": table.name},
        **_MYSQL_OPTIONS,
    )


def is_open(jobs: sa.Table) -> sa.ColumnElement[bool]:
    """Whether work is left on a job. Worded as the partial index is, or the index would not be used."""
    return sa.and_(
        jobs.c.deleted_at.is_(None),
        sa.or_(jobs.c.is_final.is_(sa.false()), jobs.c.records_exported.is_(None)),
    )


def create_statements(dialect: str, schema_name: str | None = None) -> list[str]:
    """The statements that `metadata` is created with in a database of that SQLAlchemy dialect."""
    statements: list[str] = []

    def collect(statement: sa.schema.ExecutableDDLElement, *_: object, **__: object) -> None:
        statements.append(str(statement.compile(dialect=engine.dialect)).strip())

    engine = sa.create_mock_engine(f"{dialect}://", collect)
    metadata(schema_name).create_all(engine, checkfirst=False)
    return statements


def key_matches(target: sa.Table, stage: sa.Table, key: Iterable[str]) -> sa.ColumnElement[bool]:
    """Whether a row here and a row there agree in the columns of ``key``."""
    return sa.and_(*(target.c[name] == stage.c[name] for name in key))


def is_one_of(column: sa.Column[Any], ids: Iterable[int]) -> list[sa.ColumnElement[bool]]:
    """Conditions that together select all ``ids``, in ascending order; each within any database's limits."""
    ordered = sorted(set(ids))
    return [
        column.in_(ordered[start : start + IDS_IN_A_LIST]) for start in range(0, len(ordered), IDS_IN_A_LIST)
    ]


def _column(table: schema.Table, column: schema.Column, *, comment: str | None = None) -> sa.Column[Any]:
    is_key = column.name in table.key
    return sa.Column(
        column.name,
        _KEY_TEXT if is_key and column.kind is Kind.TEXT else KIND_TYPES[column.kind],
        primary_key=is_key,
        autoincrement=False,
        nullable=not column.required,
        comment=comment,
    )


def _add_indexes(jobs: sa.Table) -> None:
    for name, condition in (("open", is_open(jobs)), ("deleted", jobs.c.deleted_at.is_not(None))):
        index = sa.Index(
            f"ix_{jobs.name}_{name}",
            jobs.c.account,
            jobs.c.job_id,
            sqlite_where=condition,
            postgresql_where=condition,
        )
        index.ddl_if(callable_=_has_partial_indexes)


def _has_partial_indexes(*_: object, dialect: sa.Dialect, **__: object) -> bool:
    """Elsewhere an index over all rows would only repeat the primary key."""
    return dialect.name in ("sqlite", "postgresql")
