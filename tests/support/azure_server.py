"""Azurite, Microsoft's emulator of Azure's blob storage: started once, stopped at the end; nothing on disk.

In: a folder that npm may put it in. Out: a container over loopback, and what its users have in their
environment.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import shutil
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from filelock import FileLock
from tool_environment import GIVEN, INSTALL_LIMIT_S, give_up

ACCOUNT, KEY = "exporter", base64.b64encode(b"a key of these tests alone").decode()
CONTAINER = "warehouses"
VERSION = "2021-12-02"

IN_USE: dict[str, str] = {}
"""What is in the environment of the tests while the server runs."""


@dataclass(frozen=True, slots=True)
class AzureServer:
    """A running server. ``endpoint``: without the account, whose name is a path's first part there."""

    endpoint: str

    @property
    def environ(self) -> dict[str, str]:
        """What a user of the container has in the environment."""
        return {
            "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
            "AZURE_STORAGE_ACCOUNT_KEY": KEY,
            "AZURE_STORAGE_USE_EMULATOR": "true",  # it knows no `startFrom`, and lists all from the beginning
            "AZURITE_BLOB_STORAGE_URL": self.endpoint,
        }


@contextmanager
def running_azure(tools: Path) -> Iterator[AzureServer]:
    """Azurite on a free port, with one container. ``tools``: a folder that outlives the tests."""
    command = [
        _installed(tools),
        *("--blobHost", "127.0.0.1", "--blobPort", "0"),
        *("--inMemoryPersistence", "--disableTelemetry", "--silent", "--skipApiVersionCheck"),
    ]
    environ = {**os.environ, "AZURITE_ACCOUNTS": f"{ACCOUNT}:{KEY}"}
    process = subprocess.Popen(
        command, cwd=tools, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        server = AzureServer(_address(process))
        _make_container(server.endpoint)
        IN_USE.update(server.environ)
        os.environ.update(IN_USE)
        yield server
    finally:
        IN_USE.clear()
        process.kill()
        process.communicate()


def _installed(tools: Path) -> str:
    """The command of Azurite, installed by npm where it is not on the machine."""
    if found := shutil.which("azurite-blob"):
        return found
    command = tools / "node_modules" / ".bin" / "azurite-blob"
    with FileLock(tools / "lock"):
        if not command.exists():
            if shutil.which("npm") is None:
                pytest.skip("npm is not on this machine: install the Debian package npm")
            _install(tools)
    return str(command)


def _install(tools: Path) -> None:
    options = ["--prefix", str(tools), "--no-save", "--no-package-lock", "--no-audit", "--no-fund"]
    try:
        done = subprocess.run(
            ["npm", "install", *options, "azurite@3"],
            env=GIVEN,
            capture_output=True,
            text=True,
            timeout=INSTALL_LIMIT_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        give_up(f"npm install azurite took more than {INSTALL_LIMIT_S:.0f} s")
    if done.returncode:
        give_up(f"npm install azurite: {done.stderr.strip()[-500:]}")


def _address(process: subprocess.Popen[str]) -> str:
    told = []
    for line in process.stdout or ():
        told.append(line)
        if found := re.search(r"listens on (http://\S+)", line):
            return found[1]
    raise RuntimeError(f"Azurite did not start: {''.join(told)}")


def _make_container(endpoint: str) -> None:
    """By a request signed with the account's key, as Azure's "Authorize with Shared Key" says."""
    date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
    resource = f"/{ACCOUNT}/{ACCOUNT}/{CONTAINER}\nrestype:container"
    signed = "\n".join(["PUT", *[""] * 11, f"x-ms-date:{date}", f"x-ms-version:{VERSION}", resource])
    digest = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
    headers = {
        "x-ms-date": date,
        "x-ms-version": VERSION,
        "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(digest).decode()}",
    }
    url = f"{endpoint}/{ACCOUNT}/{CONTAINER}?restype=container"
    urllib.request.urlopen(urllib.request.Request(url, method="PUT", headers=headers), timeout=30).close()
