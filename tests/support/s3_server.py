"""A real S3 server that honours conditional writes: started once, stopped and deleted at the end.

In: nothing. Out: a bucket over loopback, and what its users have in their environment.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

KEY, SECRET = "testkey12345", "testsecret12345"
BUCKET = "warehouses"
START_S = 60.0

_USER = {
    "name": "exporter",
    "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
    "actions": ["Read", "Write", "List", "Tagging"],
}
_PORTS = ("master.port", "volume.port", "filer.port", "s3.port")


IN_USE: dict[str, str] = {}
"""What is in the environment of the tests while the server runs."""


@dataclass(frozen=True, slots=True)
class S3Server:
    """A running server."""

    endpoint: str

    @property
    def environ(self) -> dict[str, str]:
        """What a user of the bucket has in the environment."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": KEY,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        }


@contextmanager
def running_s3() -> Iterator[S3Server]:
    """SeaweedFS on free ports, with one bucket."""
    folder = Path(tempfile.mkdtemp(prefix="ecore-s3-"))
    ports = dict(zip([*_PORTS, *(f"{name}.grpc" for name in _PORTS)], _free_ports(8), strict=True))
    process = _start(folder, ports)
    try:
        _ask(process, f"http://127.0.0.1:{ports['filer.port']}/buckets/{BUCKET}/", folder)
        _ask(process, f"http://127.0.0.1:{ports['s3.port']}/status", folder, method="GET")
        server = S3Server(f"http://127.0.0.1:{ports['s3.port']}")
        IN_USE.update(server.environ)
        os.environ.update(IN_USE)
        yield server
    finally:
        IN_USE.clear()
        process.kill()  # asked to stop, it takes twenty seconds
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, ports: dict[str, int]) -> subprocess.Popen[bytes]:
    (folder / "users.json").write_text(json.dumps({"identities": [_USER]}))
    options = [f"-{name}={port}" for name, port in ports.items()]
    command = [
        "weed",
        "server",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-dir={folder}",
        "-filer",
        "-s3",
        *options,
    ]
    command += [f"-s3.config={folder}/users.json", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += ["-master.telemetry=false", "-volume.max=20", "-master.volumeSizeLimitMB=128"]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdout=log, stderr=log)


def _ask(process: subprocess.Popen[bytes], url: str, folder: Path, *, method: str = "POST") -> None:
    """Ask until there is an answer."""
    deadline = time.monotonic() + START_S
    while True:
        try:
            urllib.request.urlopen(urllib.request.Request(url, method=method), timeout=5).close()
            return
        except (URLError, ConnectionError, TimeoutError) as error:
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(
                    f"SeaweedFS did not start: {(folder / 'log').read_text()[-2000:]}"
                ) from error
            time.sleep(0.1)


def _free_ports(count: int) -> list[int]:
    with ExitStack() as held:
        sockets = [held.enter_context(closing(socket.socket())) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
