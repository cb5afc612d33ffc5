"""Fixtures for all tests: a clean environment, and one empty place for every kind of destination.

A further backend is one more entry in `BACKENDS`; the contract suite then runs against it.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import hypothesis
import pytest
from choosing import KINDS, chosen_kinds, is_quick, is_slow, kinds_of
from mysql_server import AUTHORITY, MysqlServer, ask_mysql, running_mysql
from postgres_server import PostgresServer, running_postgres

from ecore_export.destinations import Destination, open_destination

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # Whoever starts pytest in the background of a script has it ignore Ctrl-C, and all that it starts, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)

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
        "--backends", default=",".join(KINDS), metavar="KINDS", help=f"test only these, of {','.join(KINDS)}"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("markexpr") == "quick":
        hypothesis.settings.register_profile("quick", max_examples=10)
        hypothesis.settings.load_profile("quick")


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


Marker = tuple[int, str]
"""A record as an outside reader sees it: its job_id and its validator_used."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of destination, and where it is documented to differ from the others.

    ``new_url``: a URL whose place does not exist yet. ``peek``: all records, read as a BI tool would, without
    this package. ``contents``: names of the files or tables there. ``credit_digits``: significant digits kept
    exactly. ``key_text_length``: most characters of a text in a key. ``is_atomic``: whether a publication of
    several jobs is one commit. ``has_readers_beside``: whether others can read while it writes.
    ``has_one_writer``: whether the lock keeps other writers out. ``open``: the destination of a URL.
    """

    name: str
    new_url: Callable[[pytest.FixtureRequest], str]
    peek: Callable[[str], list[Marker]]
    contents: Callable[[str], list[str]]
    credit_digits: int = 28
    keeps_nul: bool = True
    key_text_length: int | None = None
    is_atomic: bool = True
    has_readers_beside: bool = True
    has_one_writer: bool = True
    open: Callable[[str], Destination] = open_destination


PEEK = "SELECT job_id, validator_used FROM records"


def _in_folder(form: str) -> Callable[[pytest.FixtureRequest], str]:
    return lambda request: form.format(request.getfixturevalue("tmp_path") / "place" / "warehouse")


def _path(url: str) -> Path:
    return Path("/" + url.partition(":")[2].lstrip("/"))


def _files(url: str) -> list[str]:
    return sorted(str(path) for path in _path(url).parent.rglob("*"))


def _peek_parquet(url: str) -> list[Marker]:
    import pandas as pd

    frame = pd.read_parquet(_path(url) / "records")
    return list(zip(frame["job_id"], frame["validator_used"], strict=True))


def _peek_delta(url: str) -> list[Marker]:
    from deltalake import DeltaTable, QueryBuilder

    table = DeltaTable(f"{url.partition(':')[2]}/records")
    rows = QueryBuilder().register("records", table).execute(PEEK).read_all()
    return [tuple(row) for row in zip(*(column.to_pylist() for column in rows.columns), strict=True)]


def _peek_sqlite(url: str) -> list[Marker]:
    connection = sqlite3.connect(_path(url))
    try:
        return connection.execute(PEEK).fetchall()
    finally:
        connection.close()


def _peek_duckdb(url: str) -> list[Marker]:
    import duckdb

    with duckdb.connect(_path(url), read_only=True) as connection:
        return connection.execute(PEEK).fetchall()


def _ask_postgresql(url: str, query: str) -> list[tuple[object, ...]]:
    import psycopg

    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        return connection.execute(query).fetchall()


def _peek_postgresql(url: str) -> list[Marker]:
    return _ask_postgresql(url, PEEK)


def _tables_of_postgresql(url: str) -> list[str]:
    query = "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1"
    return [name for (name,) in _ask_postgresql(url, query)]


def _peek_mysql(url: str) -> list[Marker]:
    return ask_mysql(url, PEEK)


def _tables_of_mysql(url: str) -> list[str]:
    return [name for (name,) in ask_mysql(url, "SHOW TABLES")]


BACKENDS = (
    Backend("parquet", _in_folder("parquet:{}"), _peek_parquet, _files, is_atomic=False),
    Backend("delta", _in_folder("delta:{}"), _peek_delta, _files, has_one_writer=False),
    Backend("sqlite", _in_folder("sqlite:///{}.db"), _peek_sqlite, _files, credit_digits=15),
    Backend("duckdb", _in_folder("duckdb:///{}.duckdb"), _peek_duckdb, _files, has_readers_beside=False),
    Backend(
        "postgresql",
        lambda request: request.getfixturevalue("postgres_url"),
        _peek_postgresql,
        _tables_of_postgresql,
        keeps_nul=False,
    ),
    Backend(
        "mysql",
        lambda request: request.getfixturevalue("mysql_url"),
        _peek_mysql,
        _tables_of_mysql,
        key_text_length=255,
    ),
)


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no proxy of whoever runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("ECORE_") or name.lower().endswith("_proxy"):
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


@pytest.fixture(params=BACKENDS, ids=lambda backend: backend.name)
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
