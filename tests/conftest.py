"""Fixtures for all tests: a clean environment, and one empty place for every kind of destination."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
import uuid
from collections import ChainMap
from collections.abc import Iterator
from pathlib import Path

import azure_server as azure
import bucket_stub as google
import hypothesis
import pytest
import s3_server as s3
from backends import ENGINES, Backend
from choosing import KINDS, USUAL_KINDS, chosen_kinds, is_quick, is_slow, is_thorough, kinds_of
from mysql_server import AUTHORITY, MysqlServer, running_mysql
from postgres_server import PostgresServer, running_postgres

from ecore_export.destinations import Destination

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whoever starts pytest in the background of a script has it ignore Ctrl-C, and all that it starts, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Threads of NumPy's that no test needs take a sixth of the time of each of hundreds of processes.

IN_USE = ChainMap(s3.IN_USE, azure.IN_USE, google.IN_USE)
"""What users of the stores that run have in their environment."""
MEMORY, MEMORY_BYTES = Path("/dev/shm"), 4 * 1024**3


def _is_roomy(folder: Path) -> bool:
    """Whether a folder has room for what the tests write, and programs may run there."""
    if not os.access(folder, os.W_OK):
        return False
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize >= MEMORY_BYTES and not found.f_flag & os.ST_NOEXEC


if "TMPDIR" not in os.environ and _is_roomy(MEMORY):
    # Files that are flushed to a disk thousands of times cost more than all the rest of the tests.
    tempfile.tempdir = os.environ["TMPDIR"] = str(MEMORY)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--backends",
        default=",".join(USUAL_KINDS),
        metavar="KINDS",
        help=f"test only these, of {','.join(KINDS)}; {','.join(USUAL_KINDS)} if not given",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("markexpr") == "quick":
        hypothesis.settings.register_profile("quick", max_examples=10)
        hypothesis.settings.load_profile("quick")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """The quick loop does not even import what it would leave out as a whole."""
    return True if config.getoption("markexpr") == "quick" and is_thorough(collection_path) else None


def pytest_collection_finish() -> None:
    """What was imported and collected stays: to look through it for garbage takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by the mark
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    chosen = chosen_kinds(config.getoption("--backends"))
    left_out = [item for item in items if not kinds_of(item) <= chosen]
    items[:] = [item for item in items if kinds_of(item) <= chosen]
    config.hook.pytest_deselected(items=left_out)
    for item in items:
        if is_slow(item):
            item.add_marker("slow")
        elif is_quick(item):
            item.add_marker("quick")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no proxy of whoever runs the tests reaches them."""
    for name in list(os.environ):
        is_setting = (
            name.startswith(("ECORE_", "AWS_", "AZURE_", "AZURITE_", "GOOGLE_")) and name not in IN_USE
        )
        if is_setting or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    with postgres_server.fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[MysqlServer]:
    with running_mysql() as server:
        yield server


@pytest.fixture
def mysql_url(mysql_server: MysqlServer) -> Iterator[str]:
    with mysql_server.fresh_database() as url:
        yield url


@pytest.fixture(scope="session")
def s3_server() -> Iterator[s3.S3Server]:
    with s3.running_s3() as server:
        yield server


@pytest.fixture
def s3_url(s3_server: s3.S3Server) -> str:
    """A prefix of its own; what it takes to write there is in the environment."""
    return f"delta:s3://{s3.BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def azure_server(request: pytest.FixtureRequest) -> Iterator[azure.AzureServer]:
    with azure.running_azure(request.config.cache.mkdir("azurite")) as server:
        yield server


@pytest.fixture
def azure_url(azure_server: azure.AzureServer) -> str:
    """A prefix of its own; what it takes to write there is in the environment."""
    return f"delta:az://{azure.CONTAINER}/{uuid.uuid4().hex}"


@pytest.fixture(scope="session")
def google_server() -> Iterator[str]:
    with google.running_google() as endpoint:
        yield endpoint


@pytest.fixture
def google_url(google_server: str) -> str:
    """A prefix of its own; what it takes to write there is in the environment."""
    return f"delta:gs://{google.BUCKET}/{uuid.uuid4().hex}"


@pytest.fixture(params=ENGINES, ids=lambda backend: backend.name)
def backend(request: pytest.FixtureRequest) -> Backend:
    return request.param


@pytest.fixture
def destination_url(backend: Backend, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A URL of each kind of destination; nothing was ever written there."""
    (tmp_path / "place").mkdir()
    return backend.new_url(request)


@pytest.fixture
def destination(backend: Backend, destination_url: str) -> Iterator[Destination]:
    """An empty destination of each kind, its schema in place."""
    opened = backend.open(destination_url)
    opened.ensure_schema()
    yield opened
    opened.close()
