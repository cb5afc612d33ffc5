"""How many rows are stored, asked in a process of its own to keep the measuring one small.

In: a pattern of files, or a URL and a table. Out: rows and bytes as JSON on stdout. A
contender whose rows are not all there has not done the work.
"""

from __future__ import annotations

import glob
import json
import sys
from pathlib import Path


def in_files(pattern: str) -> tuple[int, int]:
    """The rows of Parquet files, as their footers say, and their bytes."""
    import pyarrow.parquet as pq

    paths = glob.glob(pattern, recursive=True)  # noqa: PTH207 - the pattern begins with a folder
    return sum(pq.read_metadata(path).num_rows for path in paths), sum(Path(p).stat().st_size for p in paths)


def in_database(url: str, table: str) -> tuple[int, int]:
    """The rows of a table, and the bytes it takes with its indexes."""
    import psycopg
    from psycopg import sql

    statement = sql.SQL("SELECT count(*), pg_total_relation_size({}::regclass) FROM {}").format(
        sql.Literal(table), sql.Identifier(*table.split("."))
    )
    with psycopg.connect(url) as connection:
        found = connection.execute(statement).fetchone()
    assert found is not None
    return found[0], found[1]


def in_delta(url: str, table: str) -> tuple[int, int]:
    """The rows of the newest version of a Delta table, and the bytes of its files."""
    from deltalake import DeltaTable

    files = DeltaTable(f"{url.removeprefix('delta:')}/{table}").get_add_actions()
    counts, sizes = (files.column(name).to_pylist() for name in ("num_records", "size_bytes"))
    return sum(counts), sum(sizes)


if __name__ == "__main__":
    given = sys.argv[1:]
    count = in_files if len(given) == 1 else in_delta if given[0].startswith("delta:") else in_database
    sys.stdout.write(json.dumps(count(*given)) + "\n")
