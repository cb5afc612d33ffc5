"""A real PgBouncer before the tests' PostgreSQL, in transaction mode and without TLS.

In: the SQLAlchemy URL of a database on a Unix socket. Out: the URL of the same through the pooler, over TCP.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

START_S = 20.0

_SETTINGS = """[databases]
* = host={host}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
"""


@contextmanager
def pooled(url: str, *, size: int = 4) -> Iterator[str]:
    """Start a pooler, and stop it; skips the test where none is installed."""
    program = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        pytest.skip("PgBouncer is not on this machine: install the Debian package pgbouncer")
    parsed = sa.make_url(url)
    host = str(parsed.query["host"])
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    folder = Path(tempfile.mkdtemp(prefix="ecore-pgbouncer-"))
    try:
        folder.chmod(0o755)
        settings = folder / "pgbouncer.ini"
        settings.write_text(
            _SETTINGS.format(host=host, port=port, size=size).replace("* =", "* = user=postgres")
        )
        as_user = ["-u", pwd.getpwuid(Path(host).stat().st_uid).pw_name] if os.geteuid() == 0 else []
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen([program, *as_user, str(settings)], stdout=log, stderr=log)
        try:
            _wait_until_up(process, port, folder / "log")
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/{parsed.database}"
        finally:
            process.kill()
            process.wait()
    finally:
        shutil.rmtree(folder)


def _wait_until_up(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        assert process.poll() is None, log.read_text(errors="replace")
        assert time.monotonic() < deadline, log.read_text(errors="replace")
        time.sleep(0.05)
