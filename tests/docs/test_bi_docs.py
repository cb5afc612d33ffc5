"""What docs/bi.md says of roles and of Parquet folders, and the README's query, done on real databases."""

from __future__ import annotations

from pathlib import Path

import duckdb
import psycopg
import pymysql
import pytest
import sqlalchemy as sa
from bi_roles import AND_ADDRESSES, OVER_PARQUET, reader_of_mysql, reader_of_postgresql, statements
from bi_warehouse import fill, views_of
from doc_blocks import README, blocks
from mysql_server import MysqlServer

from ecore_export.destinations import open_destination
from ecore_export.errors import DestinationError
from ecore_export.views.columns import VIEWS, find_view

SEEN_TABLES = ("jobs", "job_history", "sync_runs")
ADDRESSES = {"email", "email_hash"}
SEEN_VIEWS = tuple(view.name for view in VIEWS if not ADDRESSES & set(view.names))
REPEATS = ", ".join(name for name in find_view("repeat_validations").names if name not in ADDRESSES)
HIDDEN = ("records", "rejects", "latest_email_status", "repeat_validations", "ecore_suppressions")


def test_the_role_on_postgresql_reads_what_has_no_addresses_and_writes_nothing(postgres_url: str) -> None:
    fill(postgres_url)
    with reader_of_postgresql(postgres_url) as url, psycopg.connect(_dsn(url), autocommit=True) as reader:
        assert reader.execute("SHOW timezone").fetchone() == ("UTC",)
        for name in (*SEEN_TABLES, *SEEN_VIEWS):
            assert reader.execute(f"SELECT count(*) FROM {name}").fetchone() != (0,), name
        assert reader.execute(f"SELECT {REPEATS} FROM repeat_validations").fetchone()
        for name in HIDDEN:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"SELECT * FROM {name}")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reader.execute("DELETE FROM jobs")
        with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as owner:
            owner.execute(*statements(AND_ADDRESSES))
        for name in ("records", "latest_email_status"):
            assert reader.execute(f"SELECT count(*) FROM {name}").fetchone() != (0,), name


def test_a_command_that_needs_more_than_the_role_says_where_its_rights_are(postgres_url: str) -> None:
    fill(postgres_url)
    with reader_of_postgresql(postgres_url) as url:
        opened = open_destination(url.render_as_string(hide_password=False))
        with pytest.raises(DestinationError, match="the page on database rights"):
            opened.read_view("credit_events")
        opened.close()


def test_the_role_still_sees_a_view_that_a_later_sync_replaced(postgres_url: str) -> None:
    fill(postgres_url)
    with reader_of_postgresql(postgres_url) as url, psycopg.connect(_dsn(url), autocommit=True) as reader:
        opened = open_destination(postgres_url)
        with opened.lock(5):
            opened.ensure_views("Asia/Kathmandu")
        opened.close()
        assert reader.execute("SELECT count(*) FROM daily_credit_usage").fetchone() != (0,)


def test_the_user_on_mysql_reads_what_has_no_addresses_and_writes_nothing(
    mysql_server: MysqlServer, mysql_url: str
) -> None:
    fill(mysql_url)
    with reader_of_mysql(mysql_server, mysql_url) as url:
        engine = sa.create_engine(url)
        with engine.connect() as reader:
            assert set(sa.inspect(reader).get_view_names()) == {*SEEN_VIEWS, "repeat_validations"}
            assert reader.execute(sa.text(f"SELECT {REPEATS} FROM repeat_validations")).first()
            for name in (*SEEN_TABLES, *SEEN_VIEWS):
                assert reader.execute(sa.text(f"SELECT count(*) FROM {name}")).scalar_one() > 0, name
            for denied in (*(f"SELECT * FROM {name}" for name in HIDDEN), "DELETE FROM jobs"):
                with pytest.raises(sa.exc.OperationalError, match="denied") as refused:
                    reader.execute(sa.text(denied))
                assert isinstance(refused.value.orig, pymysql.err.OperationalError)
        engine.dispose()


def test_the_duckdb_views_over_a_parquet_folder_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    fill("parquet:warehouse")
    with duckdb.connect("views.duckdb") as file:
        for statement in statements(OVER_PARQUET):
            file.execute(statement)
    with duckdb.connect("views.duckdb", read_only=True) as file:
        net = file.execute("SELECT sum(total_credits_charged) FROM jobs").fetchone()
        assert net == (
            sum(row["credits_net"] for row in views_of("parquet:warehouse")["daily_credit_usage"]),
        )
        for name in ("job_history", "records", "sync_runs"):
            assert file.execute(f"SELECT count(*) FROM {name}").fetchone() != (0,), name
        assert file.execute("SELECT count(*) FROM rejects").fetchone() == (0,)


@pytest.mark.parametrize("database", ["sqlite", "duckdb", "postgres", "mysql"])
def test_the_query_of_the_readme_names_the_worst_lists_in_every_database(
    database: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    is_file = database in ("sqlite", "duckdb")
    url = f"{database}:///{tmp_path / 'ecore'}" if is_file else request.getfixturevalue(f"{database}_url")
    fill(url)
    (query,) = blocks(README, "sql")
    found = _answer(url, query.text, request)
    large = [row for row in views_of(url)["list_quality"] if row["total_records"] >= 100]
    worst = sorted(large, key=lambda row: row["valid_rate"])
    assert len(found) >= 3
    assert [row[:2] for row in found] == [(row["list_name"], row["total_records"]) for row in worst]


def _answer(url: str, query: str, request: pytest.FixtureRequest) -> list[tuple[object, ...]]:
    """What a database says to its own client."""
    name = sa.make_url(url).database
    if url.startswith("duckdb"):
        with duckdb.connect(name, read_only=True) as file:
            return file.execute(query).fetchall()
    if url.startswith("mysql"):
        return request.getfixturevalue("mysql_server").ask(query, database=name)
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as reader:
        return [tuple(row) for row in reader.execute(sa.text(query))]


def _dsn(url: sa.URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)
