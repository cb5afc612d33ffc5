"""A real MariaDB for the tests: started once, one fresh database a test, stopped and deleted at the end.

In: nothing. Out: SQLAlchemy URLs over loopback, with a user and a password.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pymysql
import pytest
import sqlalchemy as sa

USER, PASSWORD = "exporter", "p@ss:wörd/"
PASSWORD_IN_URL = "p%40ss%3Aw%C3%B6rd%2F"
AUTHORITY = Path(__file__).with_name("authority.pem")
"""All that tests trust, by SSL_CERT_FILE; nobody has its key. PyMySQL reads what is trusted for each
connection, and a machine's hundred authorities take longer than what most tests do."""
START_S = 60.0
STOP_S = 30.0

_SETTINGS = (
    "--no-defaults",
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--innodb-buffer-pool-size=64M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-fast-shutdown=2",
    "--lock-wait-timeout=60",
)


@dataclass(frozen=True, slots=True)
class MysqlServer:
    """A running server; ``socket_path`` lets its administrator in, ``port`` everybody else."""

    socket_path: Path
    port: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def ask(self, *statements: str, database: str | None = None) -> list[tuple[object, ...]]:
        """What the last statement gives, asked by the administrator."""
        path = str(self.socket_path)
        with (
            closing(pymysql.connect(unix_socket=path, user="root", database=database)) as admin,
            admin.cursor() as cursor,
        ):
            for statement in statements:
                cursor.execute(statement)
            admin.commit()
            return list(cursor.fetchall())

    def url(self, database: str, *, user: str = USER, password: str = PASSWORD_IN_URL) -> str:
        """The SQLAlchemy URL of a database."""
        return f"mysql+pymysql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    @contextmanager
    def fresh_database(self) -> Iterator[str]:
        """The URL of an empty database, dropped afterwards; its default character set is none to rely on."""
        name = f"test_{next(self._numbers)}"
        self.ask(f"CREATE DATABASE {name} CHARACTER SET latin1")
        try:
            yield self.url(name)
        finally:
            self.ask(f"DROP DATABASE {name}")


def ask_mysql(url: str, query: str) -> list[Any]:
    """What a query gives whoever has the URL, asked without this package."""
    parsed = sa.make_url(url)
    options = {"user": parsed.username, "password": PASSWORD.encode(), "database": parsed.database}
    with (
        closing(pymysql.connect(host=parsed.host, port=parsed.port, **options)) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(query)
        return list(cursor.fetchall())


@contextmanager
def running_mysql() -> Iterator[MysqlServer]:
    """Start a server, stop it and delete its files; skips the test where none is installed."""
    install, program = _program("mariadb-install-db"), _program("mariadbd")
    if install is None or program is None:
        pytest.skip("MariaDB is not on this machine: install the Debian package mariadb-server")
    folder = Path(tempfile.mkdtemp(prefix="ecore-mariadb-"))
    try:
        as_user = ["--user=root"] if os.geteuid() == 0 else []
        place = [f"--datadir={folder}/data", *as_user]
        _set_up(
            [install, "--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db", *place]
        )
        server = MysqlServer(folder / "socket", _free_port())
        command = [program, *_SETTINGS, *place, f"--socket={server.socket_path}", f"--port={server.port}"]
        with (folder / "log").open("wb") as log, _stopped(subprocess.Popen(command, stderr=log)) as process:
            _wait_until_up(server, process, folder / "log")
            server.ask(
                f"CREATE USER '{USER}'@'%' IDENTIFIED BY '{PASSWORD}'", f"GRANT ALL ON *.* TO '{USER}'@'%'"
            )
            yield server
    finally:
        shutil.rmtree(folder)


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")


def _set_up(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def _stopped(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_up(server: MysqlServer, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while not _answers(server.socket_path):
        is_starting = process.poll() is None and time.monotonic() < deadline
        assert is_starting, log.read_text(errors="replace")
        time.sleep(0.05)


def _answers(socket_path: Path) -> bool:
    """Asked without pymysql, which leaves a socket open that did not connect."""
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(str(socket_path)) == 0
