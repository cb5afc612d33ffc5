"""Writes destinations of all kinds with the installed version: ``python -m upgrades.write FOLDER``.

In: a folder that does not exist yet. Out: in it a Parquet folder, packed Delta tables, an SQLite and a DuckDB
file, a PostgreSQL and a MySQL database as SQL text, and ``expected.json``, what was in them. Run it from
``tests``, where MariaDB is installed. It uses the command, so that it stays as it is from version to version.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import psycopg.sql
import sqlalchemy as sa
from mysql_server import PASSWORD, USER, running_mysql
from postgres_server import running_postgres
from scripted_api import TOKEN

from ecore_export import schema
from ecore_export.cli import main

from .account import ERASED, at_first, later, served
from .places import held

PARTIAL = 3


def fill(url: str) -> None:
    """Two syncs, an erasure between them."""
    account = at_first()
    with served(account) as base_url:
        os.environ.update(ECORE_BASE_URL=base_url, ECORE_API_TOKEN=TOKEN)
        assert main(["sync", url]) == PARTIAL
        assert main(["erase", url, ERASED]) == 0
        later(account)
        assert main(["sync", url]) == PARTIAL


def dump_postgresql(url: str, path: Path) -> None:
    """The database as SQL: its tables as the command prints them, INSERT statements, and its views."""
    ddl = subprocess.run(
        [sys.executable, "-m", "ecore_export", "schema", "--format", "sql", "--dialect", "postgresql"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    lines = [ddl.partition("CREATE VIEW")[0]]
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        for table in schema.ALL_TABLES:
            for row in connection.execute(f"SELECT * FROM {table.name}"):
                values = (
                    psycopg.sql.SQL(", ")
                    .join(map(psycopg.sql.Literal, (_nowhere(value) for value in row)))
                    .as_string(connection)
                )
                lines.append(f"INSERT INTO {table.name} VALUES ({values});\n")
        views = connection.execute(
            "SELECT viewname, definition FROM pg_views WHERE schemaname = 'public' ORDER BY viewname"
        )
        lines += [f"CREATE VIEW {name} AS\n{text}\n" for name, text in views]
    path.write_text("".join(lines))


def _nowhere(value: Any) -> Any:
    """A value without the folder that the server's socket was in."""
    return value.partition("?host=")[0] if isinstance(value, str) else value


def dump_mysql(url: str, path: Path) -> None:
    """The database as INSERT statements."""
    parsed = sa.make_url(url)
    text = subprocess.run(
        ["mariadb-dump", "--no-defaults", "--skip-comments", "--skip-add-locks", "--no-tablespaces",
         "--protocol=tcp", f"--host={parsed.host}", f"--port={parsed.port}", f"--user={USER}",
         f"{parsed.database}"],
        env={**os.environ, "MYSQL_PWD": PASSWORD},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout  # fmt: skip
    path.write_text("".join(line for line in text.splitlines(True) if not line.startswith("/*M!")))


def pack_delta(tables: Path) -> None:
    """Make the tables one file: most of theirs are smaller than a block. Their logs then name no folder."""
    for log in tables.glob("*/_delta_log/*.json"):
        log.write_text(log.read_text().replace(tables.absolute().as_uri(), f"file:///{tables.name}"))
    shutil.make_archive(tables.name, "gztar", base_dir=tables.name)
    shutil.rmtree(tables)


def write(folder: Path) -> None:
    """All of it."""
    folder.mkdir()
    with running_postgres() as postgres, postgres.fresh_database() as url:
        fill(url)
        dump_postgresql(url, folder / "postgresql.sql")
        (folder / "expected.json").write_text(json.dumps(held(url), indent=1, default=str) + "\n")
    with running_mysql() as mysql, mysql.fresh_database() as url:
        fill(url)
        dump_mysql(url, folder / "mysql.sql")
    os.chdir(folder)  # runs keep the URL they were given: it shall name no folder of this machine
    fill("parquet:warehouse")
    fill("delta:tables")
    pack_delta(Path("tables"))
    fill("sqlite:///warehouse.db")
    fill("duckdb:///warehouse.duckdb")
    packed = Path("warehouse.duckdb.gz")
    packed.write_bytes(gzip.compress(Path("warehouse.duckdb").read_bytes(), mtime=0))
    for leftover in (Path("warehouse.duckdb"), *Path().rglob(".*.lock")):
        leftover.unlink()


if __name__ == "__main__":
    write(Path(sys.argv[1]).absolute())
