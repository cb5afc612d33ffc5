"""Every kind of destination that the tests write to, and where it is documented to differ from the others.

A further one is one more entry in `BACKENDS`; the contract suite then runs against it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from mysql_server import ask_mysql

from ecore_export.destinations import Destination, open_destination

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


def _objects(url: str) -> list[str]:
    from deltalake.fs import DeltaStorageHandler
    from pyarrow.fs import FileSelector

    store = DeltaStorageHandler(url.partition(":")[2])
    found = store.get_file_info_selector(FileSelector("", recursive=True, allow_not_found=True))
    return sorted(each.path for each in found)


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


def _in_store(fixture: str) -> Callable[[pytest.FixtureRequest], str]:
    return lambda request: request.getfixturevalue(fixture)


BACKENDS = (
    Backend("parquet", _in_folder("parquet:{}"), _peek_parquet, _files, is_atomic=False),
    Backend("delta", _in_folder("delta:{}"), _peek_delta, _files, has_one_writer=False),
    Backend("delta-s3", _in_store("s3_url"), _peek_delta, _objects, has_one_writer=False),
    Backend("delta-az", _in_store("azure_url"), _peek_delta, _objects, has_one_writer=False),
    Backend("delta-gs", _in_store("google_url"), _peek_delta, _objects, has_one_writer=False),
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
ENGINES = tuple(backend for backend in BACKENDS if not backend.name.startswith("delta-"))
"""One of each: Delta tables are alike in all stores, which the suites of `tests/destinations` go through."""

on_every_store = pytest.mark.parametrize("backend", BACKENDS, ids=lambda backend: backend.name, indirect=True)

on_a_folder_and_a_database = pytest.mark.parametrize(
    "backend",
    [backend for backend in BACKENDS if backend.name in ("parquet", "sqlite")],
    ids=lambda backend: backend.name,
    indirect=True,
)
"""For what is written once, over what every destination promises: the contract suite proves that for all."""
