"""Where the destinations of a trial lie: new ones, copies of ones that were written, and what they hold.

In: a kind of destination. Out: URLs.
"""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import psycopg
from mysql_server import MysqlServer, ask_mysql
from postgres_server import PostgresServer
from s3_server import BUCKET, S3Server

from ecore_export import schema

from .outside_readers import ask_postgresql, path_of

FORMS = {
    "parquet": "parquet:{}/warehouse",
    "delta": "delta:{}/warehouse",
    "sqlite": "sqlite:///{}/warehouse.db",
    "duckdb": "duckdb:///{}/warehouse.duckdb",
}
KINDS = (*FORMS, "delta-s3", "postgresql", "mysql")
SEVERAL_WRITERS = ("delta", "delta-s3")

_DELTA = ("*/_delta_log/*", "*/created_month=*/*.parquet*", "part-*.parquet*")
"""Files of commits that were never made stay until they are old: another writer may be about to."""
_OURS = (*_DELTA, "_ecore.json", "warehouse.db", "warehouse.duckdb", "*.lock", "[!.]*.parquet")


@dataclass(slots=True)
class Places:
    """Places for one kind of destination, all below ``folder`` or in ``server``; use as a context manager."""

    kind: str
    folder: Path
    server: PostgresServer | MysqlServer | S3Server | None = None
    _databases: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def __enter__(self) -> Places:
        return self

    def __exit__(self, *_: object) -> None:
        for name in self._databases:
            self._administer(f"DROP DATABASE {name}" + (" WITH (FORCE)" if self.kind == "postgresql" else ""))

    def new(self) -> str:
        """The URL of a destination that does not exist yet."""
        if isinstance(self.server, S3Server):
            return f"delta:s3://{BUCKET}/{uuid4().hex}"
        if self.server is not None:
            return self._new_database()
        place = self.folder / f"place-{next(self._numbers)}"
        place.mkdir(parents=True)
        return FORMS[self.kind].format(place)

    def copy(self, url: str) -> str:
        """The URL of a new destination that is the same as ``url``, which nobody uses."""
        if self.kind == "mysql":
            return self._mysql_copy(url)
        if isinstance(self.server, S3Server):
            return _copied_objects(url, self.new())
        if self.server is not None:
            return self._new_database(f"TEMPLATE {url.partition('?')[0].rpartition('/')[2]}")
        other = self.new()
        shutil.copytree(path_of(url).parent, path_of(other).parent, dirs_exist_ok=True)
        return other

    def leftovers(self, url: str) -> list[str]:
        """Files or tables there that a destination does not need once its sync has ended."""
        if isinstance(self.server, S3Server):
            return []
        if self.server is not None:
            return _foreign_tables(self.kind, url)
        files = (path for path in path_of(url).parent.rglob("*") if path.is_file())
        return sorted(str(path) for path in files if not any(map(path.match, _OURS)))

    def _new_database(self, options: str = "") -> str:
        """One made by way of a connection of its own, as the server may be down in between."""
        name = f"trial_{uuid4().hex}"
        self._administer(f"CREATE DATABASE {name} {options}")
        self._databases.append(name)
        if isinstance(self.server, MysqlServer):
            return self.server.url(name)
        url = self.server.admin_url.replace("postgresql://", "postgresql+psycopg://")
        return url.replace("/postgres?", f"/{name}?")

    def _mysql_copy(self, url: str) -> str:
        """Table by table and view by view, as MySQL has no templates."""
        other = self._new_database()
        old, new = (place.rpartition("/")[2] for place in (url, other))
        for table in _tables(self.kind, url):
            self.server.ask(
                f"CREATE TABLE {new}.{table} LIKE {old}.{table}",
                f"INSERT INTO {new}.{table} SELECT * FROM {old}.{table}",
            )
        for view, _ in ask_mysql(url, "SHOW FULL TABLES WHERE Table_type = 'VIEW'"):
            ((_, definition, *_),) = ask_mysql(url, f"SHOW CREATE VIEW {view}")
            self._administer(definition.replace(f"`{old}`.", f"`{new}`."), new)
        return other

    def _administer(self, statement: str, database: str | None = None) -> None:
        if isinstance(self.server, MysqlServer):
            self.server.ask(statement, database=database)
            return
        with psycopg.connect(self.server.admin_url, autocommit=True) as admin:
            admin.execute(statement)


def _copied_objects(url: str, other: str) -> str:
    from deltalake.fs import DeltaStorageHandler
    from pyarrow.fs import FileSelector, FileType

    old, new = (DeltaStorageHandler(place.partition(":")[2]) for place in (url, other))
    for each in old.get_file_info_selector(FileSelector("", recursive=True)):
        if each.type == FileType.File and not each.path.startswith("_ecore_probe/"):
            sink = new._handler.open_output_stream(each.path)  # PyArrow's wrapper hands it what it refuses
            sink.write(bytes(old._handler.open_input_file(each.path).read()))
            sink.close()
    return other


def _foreign_tables(kind: str, url: str) -> list[str]:
    return sorted(_tables(kind, url) - {table.name for table in schema.ALL_TABLES})


def _tables(kind: str, url: str) -> set[str]:
    if kind == "mysql":
        found = ask_mysql(url, "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'")
        return {name for name, _ in found}
    query = (
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace NOT IN "
        "('pg_catalog'::regnamespace, 'information_schema'::regnamespace)"
    )
    return {name for (name,) in ask_postgresql(url, query)}
