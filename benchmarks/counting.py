"""How many rows are stored, asked in a process of its own to keep the measuring one small.

In: a folder with a glob, or the URL of a database with a table. Out: rows and bytes as one line of JSON on
stdout. Started by `trial`; a contender whose rows are not all there has not done the work.
"""

from __future__ import annotations

import json
import sqlite3
import sys
from contextlib import closing
from pathlib import Path


def in_folder(folder: Path, pattern: str) -> dict[str, int]:
    """The rows of Parquet files, as their footers say, and the bytes of all that is below the folder."""
    import pyarrow.parquet as pq

    rows = sum(pq.ParquetFile(path).metadata.num_rows for path in sorted(folder.glob(pattern)))
    return {"rows": rows, "bytes": sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())}


def in_file(url: str, table: str) -> dict[str, int]:
    """The rows of a table in an SQLite or DuckDB file, and the bytes of the file."""
    import duckdb

    kind, _, path = url.partition(":///")
    connection = sqlite3.connect(path) if kind == "sqlite" else duckdb.connect(path, read_only=True)
    with closing(connection):
        found = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608 - a name of ours
    assert found is not None
    return {"rows": found[0], "bytes": Path(path).stat().st_size}


def in_database(url: str, table: str) -> dict[str, int]:
    """The rows of a table, and the bytes it takes with its indexes."""
    import psycopg
    from psycopg import sql

    with psycopg.connect(url) as connection:
        count = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*table.split(".")))
        found = connection.execute(count).fetchone()
        size = connection.execute("SELECT pg_total_relation_size(%s::regclass)", [table]).fetchone()
    assert found is not None
    assert size is not None
    return {"rows": found[0], "bytes": size[0]}


def main(target: str, place: str) -> None:
    """Print what is stored."""
    if target.startswith("postgresql:"):
        stored = in_database(target, place)
    elif target.startswith(("sqlite:", "duckdb:")):
        stored = in_file(target, place)
    else:
        stored = in_folder(Path(target), place)
    sys.stdout.write(json.dumps(stored) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
