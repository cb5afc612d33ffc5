"""Whatever a database, a role or an environment sets: rows come back equal, and a lost lock ends a run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa
from destination_rows import (
    LOCK_S,
    job_row,
    make_job,
    publication,
    publish,
    read_job_rows,
    read_record_rows,
    record_row,
)
from mysql_server import MysqlServer
from pgbouncer import pooled
from postgres_server import PostgresServer
from scripted_api import Account
from sync_truth import Warehouse

from ecore_export.destinations import open_destination
from ecore_export.destinations.sql.destination import SQLDestination
from ecore_export.destinations.sql.postgresql_copy import copy_out
from ecore_export.errors import DestinationBusyError, DestinationError, SettingsError

TEXTS = (
    "jürgen@müller.example",
    "日本@example.com",
    "back\\slash'quote\"@example.com",
    "🙂@example.com",
    "a ",
)

TWO_TEXTS = pa.schema([("one", pa.string()), ("two", pa.string())])

ON_POSTGRESQL = (
    "client_encoding = 'latin1'",
    "datestyle = 'German'",
    "datestyle = 'SQL, DMY'",
    "intervalstyle = 'sql_standard'",
    "timezone = 'Pacific/Kiritimati'",
    "extra_float_digits = -15",
    "bytea_output = 'escape'",
    "standard_conforming_strings = off",
    "default_transaction_isolation = 'serializable'",
    "idle_in_transaction_session_timeout = '200ms'",
    "idle_session_timeout = '200ms'",
    "search_path = 'nowhere', 'public'",
    "synchronous_commit = off",
    "lc_messages = 'C'",
)

ON_MYSQL = (
    ("sql_safe_updates", "1"),
    ("sql_select_limit", "2"),
    ("sql_mode", "'ANSI_QUOTES,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,PIPES_AS_CONCAT'"),
    ("sql_mode", "''"),
    ("innodb_default_row_format", "compact"),
    ("autocommit", "0"),
    ("max_allowed_packet", "16384"),
    ("time_zone", "'+13:00'"),
    ("character_set_client", "latin1"),
    ("collation_connection", "latin1_swedish_ci"),
    ("sql_quote_show_create", "0"),
    ("tx_isolation", "'SERIALIZABLE'"),
    ("div_precision_increment", "0"),
    ("sql_big_selects", "0"),
)


def assert_comes_back_equal(url: str) -> None:
    """A job is published, read, published again in another session, and nothing has changed."""
    at = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    facts: dict[str, Any] = {"list_name": TEXTS[0], "queue_seconds": 0.1 + 0.2, "credits_charged_at": at}
    rows = [record_row(job_row(1), n, email=text) for n, text in enumerate(TEXTS)]
    jobs = [make_job(1, rows, **facts)]
    for _ in range(2):
        with closing(SQLDestination(url)) as destination:
            destination.check_writable()
            destination.ensure_schema()
            destination.ensure_views()
            publish(destination, *jobs)
            assert [row["email"] for row in read_record_rows(destination)] == list(TEXTS)
            assert read_job_rows(destination) == [jobs[0].row]
            assert destination.read_view("data_freshness").num_rows <= 1


def ask(url: str, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True, client_encoding="utf8") as admin:
        done = admin.execute(statement)
        return done.fetchall() if done.description else []


class TestSettings:
    @pytest.mark.parametrize("setting", ON_POSTGRESQL)
    def test_of_a_postgresql_database_change_nothing(self, postgres_url: str, setting: str) -> None:
        ask(postgres_url, f"ALTER DATABASE {sa.make_url(postgres_url).database} SET {setting}")
        assert_comes_back_equal(postgres_url)

    def test_of_the_environment_change_nothing(
        self, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PGCLIENTENCODING", "LATIN1")
        monkeypatch.setenv("PGDATESTYLE", "German")
        assert_comes_back_equal(postgres_url)

    def test_a_driver_without_the_rest_of_its_extra_is_a_sentence(
        self, postgres_url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pgpq", None)
        told = pytest.raises(SettingsError, match=r"pip install 'ecore-export\[postgresql\]'")
        with closing(open_destination(postgres_url)) as destination, told:
            destination.ensure_schema()

    @pytest.mark.parametrize(("name", "value"), ON_MYSQL)
    def test_of_a_mysql_server_change_nothing(
        self, mysql_server: MysqlServer, mysql_url: str, name: str, value: str
    ) -> None:
        [(before,)] = mysql_server.ask(f"SELECT @@global.{name}")
        mysql_server.ask(f"SET GLOBAL {name} = {value}")
        try:
            assert_comes_back_equal(mysql_url)
        finally:
            mysql_server.ask(f"SET GLOBAL {name} = {before!r}")

    def test_the_url_cannot_choose_another_encoding(self, postgres_url: str) -> None:
        assert_comes_back_equal(f"{postgres_url}&client_encoding=latin1")

    @pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
    def test_a_database_that_cannot_hold_utf8_is_refused(
        self, postgres_server: PostgresServer, encoding: str
    ) -> None:
        admin = postgres_server.admin_url
        ask(admin, f"CREATE DATABASE narrow ENCODING '{encoding}' TEMPLATE template0 LOCALE 'C'")
        try:
            url = admin.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", "/narrow?")
            with (
                closing(SQLDestination(url)) as destination,
                pytest.raises(DestinationError, match=f"encoding is {encoding}") as caught,
            ):
                destination.check_writable()
            assert not caught.value.retryable
        finally:
            ask(admin, "DROP DATABASE narrow WITH (FORCE)")

    @pytest.mark.parametrize(
        ("setting", "told"),
        [("statement_timeout = 1", "statement_timeout"), ("default_transaction_read_only = on", "read-only")],
    )
    def test_that_keep_us_from_writing_are_named(self, postgres_url: str, setting: str, told: str) -> None:
        ask(postgres_url, f"ALTER DATABASE {sa.make_url(postgres_url).database} SET {setting}")
        with (
            closing(SQLDestination(postgres_url)) as destination,
            pytest.raises(DestinationError, match=told) as caught,
        ):
            destination.ensure_schema()
        assert not caught.value.retryable

    @pytest.mark.parametrize("option", ["schema=ecore", "pgbouncer=true"])
    def test_an_option_the_driver_does_not_know_is_told(self, postgres_url: str, option: str) -> None:
        with (
            closing(SQLDestination(f"{postgres_url}&{option}")) as destination,
            pytest.raises(DestinationError, match="no such option") as caught,
        ):
            destination.schema_version()
        assert not caught.value.retryable

    @pytest.mark.parametrize(
        "option",
        [
            "sslmode=nonsense",
            "channel_binding=maybe",
            "target_session_attrs=either",
            "connect_timeout=soon",
            "x=1",
        ],
    )
    def test_an_option_that_is_no_good_is_told_while_the_server_is_down(self, option: str) -> None:
        with (
            closing(SQLDestination(f"postgresql+psycopg://u:p@127.0.0.1:1/db?{option}")) as destination,
            pytest.raises(DestinationError, match="no such option, or no such value") as caught,
        ):
            destination.schema_version()
        assert not caught.value.retryable

    @pytest.mark.parametrize("option", ["sslmode=require", "connect_timeout=1", "application_name=x"])
    def test_a_server_that_is_down_is_told_whatever_the_options(self, option: str) -> None:
        with (
            closing(SQLDestination(f"postgresql+psycopg://u:p@127.0.0.1:1/db?{option}")) as destination,
            pytest.raises(DestinationBusyError, match="down or busy"),
        ):
            destination.schema_version()

    def test_a_server_without_the_tls_asked_for_is_told(self, postgres_url: str) -> None:
        with (
            pooled(postgres_url) as url,
            closing(SQLDestination(f"{url}?sslmode=require")) as destination,
            pytest.raises(DestinationError, match="TLS") as caught,
        ):
            destination.schema_version()
        assert not caught.value.retryable


class TestLock:
    """The session that holds it ends: a failover, a time limit, somebody's hand."""

    @pytest.fixture(params=["postgresql", "mysql"])
    def ending(self, request: pytest.FixtureRequest) -> tuple[str, Callable[[], None]]:
        """A database, and what ends the session that holds the lock."""
        if request.param == "postgresql":
            url = request.getfixturevalue("postgres_url")
            query = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            return url, lambda: ask(url, query) and None
        url, server = request.getfixturevalue("mysql_url"), request.getfixturevalue("mysql_server")

        def kill() -> None:
            [(holder,)] = server.ask(
                "SELECT id FROM information_schema.processlist WHERE db = "
                f"'{sa.make_url(url).database}' AND id <> CONNECTION_ID()"
            )
            server.ask(f"KILL {holder}")

        return url, kill

    def test_that_was_lost_ends_the_run_before_anything_more_is_written(
        self, ending: tuple[str, Callable[[], None]]
    ) -> None:
        url, end = ending
        with closing(SQLDestination(url)) as destination, closing(SQLDestination(url)) as other:
            with destination.lock(LOCK_S):
                destination.ensure_schema()
                destination.publish(publication(make_job(1, 2)))
                end()
                with other.lock(LOCK_S):
                    other.publish(publication(make_job(1, 2, version="other")))
                    with pytest.raises(DestinationBusyError, match="lock"):
                        destination.publish(publication(make_job(1, 2, version="late")))
                assert {row["validator_used"] for row in read_record_rows(other)} == {"other"}
            with destination.lock(LOCK_S):  # and the next run goes through
                destination.publish(publication(make_job(1, 2, version="next")))
            assert {row["validator_used"] for row in read_record_rows(other)} == {"next"}

    def test_a_run_stops_with_the_code_for_trying_later(self, ending: tuple[str, Callable[[], None]]) -> None:
        url, end = ending
        account = Account.of_sizes(3, 2)
        asked: list[str] = []

        def handle(method: str, path: str, query: str, headers: Any) -> Any:
            asked.append(path)
            if len(asked) == 3:
                end()
            return account.handle(method, path, query, headers)

        with pytest.raises(DestinationBusyError, match="lock"):
            Warehouse(url, handle).sync()
        assert Warehouse(url, account.handle).synced().jobs_exported == 2


class TestPooler:
    """PgBouncer hands each transaction another session."""

    def test_syncs_go_through_and_leave_no_lock(self, postgres_url: str) -> None:
        account = Account.of_sizes(3, 2, 5)
        with pooled(postgres_url) as url:
            for _ in range(3):
                assert Warehouse(url, account.handle).synced(full=True, refetch=True).jobs_exported == 3
            assert ask(postgres_url, "SELECT pid FROM pg_locks WHERE locktype = 'advisory'") == []

    def test_rows_come_back_equal(self, postgres_url: str) -> None:
        with pooled(postgres_url) as url:
            assert_comes_back_equal(url)

    def test_there_is_one_writer_at_a_time(self, postgres_url: str) -> None:
        with (
            pooled(postgres_url) as url,
            closing(SQLDestination(url)) as one,
            closing(SQLDestination(postgres_url)) as other,
        ):
            with one.lock(LOCK_S):
                one.ensure_schema()
                with pytest.raises(DestinationBusyError), other.lock(0.1):
                    pass
            with other.lock(LOCK_S), pytest.raises(DestinationBusyError), one.lock(0.1):
                pass
            with (
                one.lock(LOCK_S),
                closing(SQLDestination(url)) as through_it,
                pytest.raises(DestinationBusyError),
            ):
                through_it.lock(0.1).__enter__()
            with one.lock(LOCK_S):
                one.publish(publication(make_job(1, 2)))


@pytest.mark.parametrize(
    ("given", "while_it_reads"), [(("4MB", "0.1"), ("64MB", "0.01")), (("1GB", "0"), ("1GB", "0"))]
)
def test_a_view_is_read_with_memory_and_by_several_processes_unless_a_server_gives_more(
    given: tuple[str, str], while_it_reads: tuple[str, str], postgres_url: str
) -> None:
    names = ("work_mem", "parallel_tuple_cost")
    query = sa.select(*(sa.func.current_setting(name).label(name) for name in names))
    engine = sa.create_engine(postgres_url)
    with engine.connect() as connection:
        for name, value in zip(names, given, strict=True):
            connection.exec_driver_sql(f"SET {name} = '{value}'")
        connection.commit()
        (row,) = (row for batch in copy_out(connection, query, TWO_TEXTS) for row in batch.to_pylist())
        assert tuple(row.values()) == while_it_reads
        connection.rollback()
        assert tuple(connection.execute(query).one()) == given, "for that transaction alone"
    engine.dispose()
