"""The queries of operations.md: silent over a healthy destination, and a row where something is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
from doc_blocks import ROOT, blocks
from postgres_server import PostgresServer
from scripted_api import Account, Reply
from sync_truth import Warehouse

Query = Callable[[str], list[Any]]

(SQL,) = blocks(ROOT / "docs" / "operations.md", "sql")
QUERIES = dict(re.findall(r"^-- (\w+): .*\n((?:(?!--).*\n)+)", SQL.text, re.M))


@pytest.fixture(params=["duckdb", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Query]]:
    """A destination's URL, and what runs a statement there."""
    if request.param == "duckdb":
        file = tmp_path / "warehouse.duckdb"

        def in_duckdb(text: str) -> list[Any]:
            with duckdb.connect(file) as connection:
                connection.execute(text)
                return connection.fetchall()

        yield f"duckdb:///{file}", in_duckdb
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    with server.fresh_database() as url:

        def in_postgresql(text: str) -> list[Any]:
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
                cursor = connection.execute(text)
                return cursor.fetchall() if cursor.description else []

        yield url, in_postgresql


def ago(**length: int) -> str:
    return (datetime.now(UTC) - timedelta(**length)).isoformat()


def alerts(query: Query) -> set[str]:
    return {name for name, text in QUERIES.items() if query(text)}


def test_each_query_is_silent_until_there_is_something_to_say(place: tuple[str, Query]) -> None:
    url, query = place
    assert len(QUERIES) == SQL.text.count("-- ") == 8
    account = Account.of_sizes(3, 120)
    for job in account.jobs:
        job["created_at"] = ago(hours=5)
    warehouse = Warehouse(url, account.handle)
    warehouse.synced()
    assert alerts(query) == set()

    account.job(1)["valid_count"] += 1
    account.job(1)["surprise"] = "new"
    assert warehouse.sync(full=True).status == "partial"
    assert alerts(query) == {"rejected", "drift"}
    account.job(1)["valid_count"] -= 1
    account.job(1).pop("surprise")
    warehouse.synced(full=True)

    account.before = lambda _target: Reply(401)
    warehouse.sync()
    assert "failed" in alerts(query)
    account.before = lambda _target: None
    warehouse.synced()

    query("UPDATE sync_runs SET drift = NULL, status = 'complete'")
    query(f"UPDATE sync_runs SET started_at = '{ago(days=3)}', finished_at = '{ago(days=2)}'")
    assert alerts(query) == {"stale"}
    query(f"UPDATE sync_runs SET finished_at = '{ago(hours=1)}', status = 'running'")
    assert "hanging" in alerts(query)
    query(
        f"UPDATE sync_runs SET status = 'complete', finished_at = '{ago(hours=1)}' "
        "WHERE run_id = (SELECT MAX(run_id) FROM sync_runs)"
    )
    assert "hanging" not in alerts(query), "a killed one that nobody marks is no alert for ever"
    query(
        f"UPDATE sync_runs SET status = 'complete', retries = 5, requests = 40, started_at = '{ago(hours=1)}'"
    )
    assert alerts(query) == {"retries"}
    query("UPDATE sync_runs SET retries = 0")
    query(f"UPDATE jobs SET first_seen_at = '{ago(days=3)}'")
    assert alerts(query) == set()
    query("UPDATE jobs SET records_exported = NULL WHERE job_id = 1")
    assert alerts(query) == {"waiting"}
    query(f"UPDATE jobs SET created_at = '{ago(days=8)}', records_exported = 3")
    assert alerts(query) == {"silent"}
