"""The bare floor: what a quick script does that somebody took care to make fast."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..cases import Work
from .bare import SCHEMA, tables

_REPEATED: Any = ["job_id", "status", "validator_used", "error_message"]
_TABLE = """CREATE TABLE records (
  job_id bigint, id bigint, ec_id text, email text, status text, validator_used text,
  is_cached boolean, error_message text, processed_at timestamptz, PRIMARY KEY (job_id, id))"""
_FACTS = SCHEMA.names[2:]
_UPSERT = (
    f"INSERT INTO records SELECT {', '.join(SCHEMA.names)} FROM incoming "  # noqa: S608 - names of our own
    f"ON CONFLICT (job_id, id) DO UPDATE SET {', '.join(f'{n} = EXCLUDED.{n}' for n in _FACTS)} "
    f"WHERE ({', '.join(f'records.{n}' for n in _FACTS)}) IS DISTINCT FROM "
    f"({', '.join(f'EXCLUDED.{n}' for n in _FACTS)})"
)


def to_parquet(work: Work) -> None:
    """One file in the target: zstd, row groups of 100,000, dictionaries where values repeat."""
    folder = Path(work.target)
    folder.mkdir()
    with pq.ParquetWriter(
        folder / "records.parquet", SCHEMA, compression="zstd", use_dictionary=_REPEATED
    ) as writer:
        for table in tables(work):
            writer.write_table(table)


def to_postgres(work: Work) -> None:
    """ADBC into a temporary table, then one upsert that leaves equal rows alone; 100,000 a transaction."""
    from adbc_driver_postgresql import dbapi

    with dbapi.connect(work.target) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLE)
        connection.commit()
        for table in tables(work):
            _upsert(cursor, table)
            connection.commit()


def _upsert(cursor: Any, table: pa.Table) -> None:
    cursor.adbc_ingest("incoming", table, mode="create", temporary=True)
    cursor.execute(_UPSERT)
    cursor.execute("DROP TABLE incoming")
