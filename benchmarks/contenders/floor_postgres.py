"""The bare floor to PostgreSQL: ADBC into a temporary table, then one upsert that leaves equal rows alone."""

from __future__ import annotations

from typing import Any

from adbc_driver_postgresql import dbapi

from .asked import Asked, asked
from .bare import SCHEMA, batches, gathered

_TABLE = """CREATE TABLE records (
  job_id bigint, record_id bigint, ec_id text, email text, status text, validator_used text,
  is_cached boolean, error_message text, processed_at timestamptz, PRIMARY KEY (job_id, record_id))"""
_FACTS = [name for name in SCHEMA.names if name not in ("job_id", "record_id")]
_UPSERT = (
    f"INSERT INTO records SELECT {', '.join(SCHEMA.names)} FROM incoming "  # noqa: S608 - names of our own
    f"ON CONFLICT (job_id, record_id) DO UPDATE SET {', '.join(f'{n} = EXCLUDED.{n}' for n in _FACTS)} "
    f"WHERE ({', '.join(f'records.{n}' for n in _FACTS)}) IS DISTINCT FROM "
    f"({', '.join(f'EXCLUDED.{n}' for n in _FACTS)})"
)


def export(asked: Asked) -> None:
    """Upsert all records into the table ``records``, 100,000 a transaction."""
    with dbapi.connect(asked.target) as connection, connection.cursor() as cursor:
        cursor.execute(_TABLE)
        connection.commit()
        for table in gathered(batches(asked)):
            _upsert(cursor, table)
            connection.commit()


def _upsert(cursor: Any, table: Any) -> None:
    cursor.adbc_ingest("incoming", table, mode="create", temporary=True)
    cursor.execute(_UPSERT)
    cursor.execute("DROP TABLE incoming")


if __name__ == "__main__":
    export(asked())
