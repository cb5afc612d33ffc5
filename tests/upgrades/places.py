"""The old files, copied to where a test may change them, and what is in a destination.

In: a kind of destination. Out: its URL; rows as plain values.
"""

from __future__ import annotations

import gzip
import shutil
from pathlib import Path
from typing import Any

import psycopg
import pymysql
import sqlalchemy as sa
from mysql_server import PASSWORD
from pymysql.constants import CLIENT

from ecore_export import read_view, schema
from ecore_export.destinations import open_destination, read_history, read_jobs, read_records, read_rejects

WRITTEN = Path(__file__).parent / "written_by_0_1"
BOOKKEEPING = ("run_id", "checked_at", "first_seen_at", "changed_at", "valid_from", "valid_to", "deleted_at")
"""Columns that depend on when a sync ran; whether they are null is what counts."""


def load_postgresql(url: str) -> None:
    """Fill an empty database with what the old version wrote."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute((WRITTEN / "postgresql.sql").read_bytes())


def load_mysql(url: str) -> None:
    """Fill an empty database with what the old version wrote."""
    parsed = sa.make_url(url)
    connection = pymysql.connect(
        host=parsed.host,
        port=parsed.port or 0,
        user=parsed.username,
        password=PASSWORD.encode(),
        database=parsed.database,
        charset="utf8mb4",
        client_flag=CLIENT.MULTI_STATEMENTS,
    )
    with connection, connection.cursor() as cursor:
        cursor.execute((WRITTEN / "mysql.sql").read_text())
        while cursor.nextset():
            pass
        connection.commit()


def copy_files(kind: str, folder: Path) -> str:
    """The URL of a copy of an old folder or file."""
    if kind == "parquet":
        shutil.copytree(WRITTEN / "warehouse", folder / "warehouse")
        return f"parquet:{folder / 'warehouse'}"
    if kind == "delta":
        shutil.unpack_archive(WRITTEN / "tables.tar.gz", folder, filter="data")
        return f"delta:{folder / 'tables'}"
    if kind == "sqlite":
        shutil.copy(WRITTEN / "warehouse.db", folder)
        return f"sqlite:///{folder / 'warehouse.db'}"
    path = folder / "warehouse.duckdb"
    path.write_bytes(gzip.decompress((WRITTEN / "warehouse.duckdb.gz").read_bytes()))
    return f"duckdb:///{path}"


def held(url: str) -> dict[str, Any]:
    """What a destination holds, whenever it was written: jobs, history, records, and credit events."""
    opened = open_destination(url)
    try:
        return {
            "jobs": _plain(read_jobs(opened, "default").to_pylist()),
            "job_history": _plain(read_history(opened, "default").to_pylist()),
            "records": _plain(
                [row for batch in read_records(opened, "default") for row in batch.to_pylist()]
            ),
            "rejects": [row["reason"] for row in read_rejects(opened, "default").to_pylist()],
            "credits": sorted(
                read_view(opened, "credit_events", dtype_backend="pyarrow")["credits"].map(str)
            ),
        }
    finally:
        opened.close()


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    assert set(BOOKKEEPING) <= {name for table in schema.ALL_TABLES for name in table.names}
    return [
        {name: (value is not None) if name in BOOKKEEPING else _text(value) for name, value in row.items()}
        for row in rows
    ]


def _text(value: Any) -> Any:
    return value if value is None or isinstance(value, (bool, int, float, str)) else str(value)
