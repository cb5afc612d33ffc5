"""What is particular to MySQL and MariaDB; what every destination promises is in the contract suite."""

from __future__ import annotations

import dataclasses
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from functools import partial

import pyarrow as pa
import pymysql
import pytest
from destination_rows import (
    LOCK_S,
    SEEN,
    history_row,
    hostile_rows,
    job_row,
    make_job,
    publication,
    publish,
    read_job_rows,
    read_record_rows,
    record_row,
    records_of,
    reject_row,
    to_table,
)
from mysql_server import MysqlServer, ask_mysql

from ecore_export import schema
from ecore_export.destinations import (
    count_jobs,
    prune_records,
    read_history,
    read_meta,
    read_rejects,
    read_suppressed,
    write_rejects,
)
from ecore_export.destinations.erasure import Erasure
from ecore_export.destinations.sql.destination import SQLDestination
from ecore_export.destinations.sql.mysql import MySQL
from ecore_export.destinations.sql.mysql_insert import statements
from ecore_export.errors import DestinationBusyError, DestinationError, SettingsError
from ecore_export.schema import Kind
from ecore_export.schema_export.files import ddl

LATER = SEEN + timedelta(hours=1)
NOWHERE = "mysql+pymysql://user:hunter2@db.invalid/name"
LOOKALIKES = ["a", "A", "a ", " a", "á", "a\u0301", "a\0", "ss", "ß", "🙂", "🙃", ""]

SetGlobal = Callable[[str, object], None]


@pytest.fixture
def destination(mysql_url: str) -> Iterator[SQLDestination]:
    with closing(SQLDestination(mysql_url)) as opened:
        opened.ensure_schema()
        yield opened


@pytest.fixture
def database(mysql_url: str) -> str:
    return mysql_url.rpartition("/")[2]


@pytest.fixture
def set_global(mysql_server: MysqlServer) -> Iterator[SetGlobal]:
    """Sets a variable of the server, for sessions that begin from then on, until the test ends."""
    with ExitStack() as undo:

        def change(name: str, value: object) -> None:
            [(before,)] = mysql_server.ask(f"SELECT @@global.{name}")
            undo.callback(mysql_server.ask, f"SET GLOBAL {name} = {before!r}")
            mysql_server.ask(f"SET GLOBAL {name} = {value!r}")

        yield change


class TestUrl:
    @pytest.mark.parametrize("scheme", ["mysql", "mysql+pymysql", "mariadb", "mariadb+pymysql"])
    def test_it_may_name_either_database_with_or_without_the_driver(
        self, destination: SQLDestination, mysql_url: str, scheme: str
    ) -> None:
        publish(destination, make_job(1, 2))
        with closing(SQLDestination(mysql_url.replace("mysql+pymysql", scheme))) as other:
            assert read_record_rows(other) == make_job(1, 2).records

    @pytest.mark.parametrize(
        "url", [NOWHERE, "mariadb://user:hunter2@db.invalid/name", f"{NOWHERE}?ssl_key_password=hunter2"]
    )
    def test_no_password_shows_in_it(self, url: str) -> None:
        destination = SQLDestination(url)
        assert "hunter2" not in destination.url
        assert "hunter2" not in repr(destination)
        assert "db.invalid" in destination.url

    def test_a_missing_driver_is_a_settings_error_that_names_the_extra(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pymysql", None)
        with pytest.raises(SettingsError, match=r"pip install 'ecore-export\[mysql\]'"):
            SQLDestination(NOWHERE)

    @pytest.mark.parametrize("url", ["mysql+mysqldb://db.invalid/name", "mysql+pymysql://db.invalid"])
    def test_another_driver_or_no_database_is_a_settings_error(self, url: str) -> None:
        with pytest.raises(SettingsError, match=r"mysql\+pymysql://"):
            SQLDestination(url)

    @pytest.mark.parametrize("options", ["no_such_option=1", "ssl_ca=/no/such/file", "read_timeout=soon"])
    def test_options_that_pymysql_cannot_use_are_a_settings_error(self, mysql_url: str, options: str) -> None:
        with (
            pytest.raises(SettingsError, match=r"follow the \?|not valid"),
            closing(open_with(mysql_url, options)) as it,
        ):
            it.schema_version()

    def test_the_tables_may_go_to_another_database(
        self, mysql_server: MysqlServer, mysql_url: str, database: str
    ) -> None:
        with mysql_server.fresh_database() as other_url:
            name = other_url.rpartition("/")[2]
            with closing(SQLDestination(mysql_url, schema_name=name)) as destination:
                destination.ensure_schema()
                for version in ("v1", "v2"):
                    publish(destination, make_job(1, 3, version=version))
                assert read_record_rows(destination) == make_job(1, 3, version="v2").records
            assert len(ask_mysql(other_url, "SELECT * FROM records")) == 3
        assert ask_mysql(mysql_url, "SHOW TABLES") == []


def open_with(url: str, options: str) -> SQLDestination:
    return SQLDestination(f"{url}?{options}")


class TestStoring:
    def test_the_ddl_in_schemas_runs_and_gives_the_declared_columns_and_types(
        self, mysql_server: MysqlServer, mysql_url: str, database: str
    ) -> None:
        mysql_server.ask(*filter(str.strip, ddl("mysql").split(";\n")), database=database)
        for table in schema.ALL_TABLES:
            found = ask_mysql(mysql_url, f"SHOW COLUMNS FROM {table.name}")
            assert [(name, kind, null == "NO") for name, kind, null, *_ in found] == [
                (c.name, declared_type(table, c), c.required) for c in table.columns
            ]

    def test_every_text_has_a_collation_that_tells_everything_apart(
        self, destination: SQLDestination, mysql_url: str
    ) -> None:
        query = (
            "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = DATABASE()"
        )
        assert {name for (name,) in ask_mysql(mysql_url, query)} == {None, "utf8mb4_nopad_bin"}

    def test_keys_that_look_alike_are_different(self, destination: SQLDestination) -> None:
        rejects = [reject_row(1, reason) for reason in LOOKALIKES]
        for _ in range(2):
            write_rejects(destination, to_table(schema.REJECTS, rejects))
        found = read_rejects(destination, "default")["reason"].to_pylist()
        assert sorted(found) == sorted(LOOKALIKES)

    @pytest.mark.parametrize(("before", "after"), [("a", "A"), ("a", "a "), ("a", "á"), ("a", "a\0")])
    def test_a_change_of_case_accent_or_spaces_is_a_change(
        self, destination: SQLDestination, before: str, after: str
    ) -> None:
        for name in (before, after):
            publish(destination, make_job(1, 1, version=name, list_name=name))
            assert read_job_rows(destination) == [make_job(1, 1, list_name=name).row]
            assert read_record_rows(destination) == make_job(1, 1, version=name).records

    @pytest.mark.parametrize(
        ("instant", "text"),
        [
            (datetime(1, 1, 1, 0, 0, 0, 1, UTC), "0001-01-01 00:00:00.000001"),
            (datetime(9999, 12, 31, 23, 59, 59, 999999, UTC), "9999-12-31 23:59:59.999999"),
            (datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC), "2038-01-19 03:14:08.000000"),
            (datetime(2026, 3, 29, 2, 30, tzinfo=UTC), "2026-03-29 02:30:00.000000"),
        ],
    )
    def test_others_read_instants_in_utc_wherever_the_server_is(
        self,
        destination: SQLDestination,
        mysql_url: str,
        set_global: SetGlobal,
        instant: datetime,
        text: str,
    ) -> None:
        set_global("time_zone", "-05:00")
        publish(destination, make_job(1, 1, created_at=instant))
        assert read_job_rows(destination)[0]["created_at"] == instant
        [(stored,)] = ask_mysql(mysql_url, "SELECT CAST(job_created_at AS CHAR) FROM records")
        assert stored == text

    def test_credits_are_exact_to_28_digits_for_others(
        self, destination: SQLDestination, mysql_url: str
    ) -> None:
        credits = (10**28 - 1, -(10**28) + 1, 1, 0)
        exact = [Decimal(micro).scaleb(-schema.CREDIT_SCALE) for micro in credits]
        publish(destination, *(make_job(n, total_credits_charged=c) for n, c in enumerate(exact)))
        query = "SELECT total_credits_charged * 1000000 FROM jobs ORDER BY job_id"
        assert [int(value) for (value,) in ask_mysql(mysql_url, query)] == list(credits)

    @pytest.mark.parametrize("sql_mode", ["", "NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH"])
    def test_the_servers_own_sql_mode_does_not_matter(
        self, destination: SQLDestination, set_global: SetGlobal, sql_mode: str
    ) -> None:
        set_global("sql_mode", sql_mode)
        job = job_row(1)
        key = {name: job[name] for name in ("account", "job_id")} | {"job_created_at": job["created_at"]}
        rows = [row | key | {"record_id": n} for n, row in enumerate(hostile_rows(schema.RECORDS))]
        publish(destination, make_job(1, rows))
        assert read_record_rows(destination) == rows

    def test_text_of_ten_megabytes_is_kept(self, destination: SQLDestination) -> None:
        text = "🙂'\\\0x" * 1_250_000
        job = make_job(1, [record_row(job_row(1), n, error_message=text[n:]) for n in (1, 2)])
        publish(destination, job)
        assert read_record_rows(destination) == job.records

    def test_text_too_long_for_a_key_is_refused_and_not_cut(self, destination: SQLDestination) -> None:
        label = "secret" * 50
        with pytest.raises(DestinationError, match="too long") as caught:
            publish(destination, make_job(1, 1, account=label), account=label)
        assert "secret" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert count_jobs(destination, label) == count_jobs(destination, label[:255]) == 0


def declared_type(table: schema.Table, column: schema.Column) -> str:
    if column.kind is Kind.TEXT and column.name in table.key:
        return "varchar(255)"
    return {
        Kind.TEXT: "longtext",
        Kind.INT64: "bigint(20)",
        Kind.FLOAT64: "double",
        Kind.BOOL: "tinyint(1)",
        Kind.CREDITS: "decimal(28,6)",
        Kind.INSTANT: "datetime(6)",
    }[column.kind]


class TestPublishing:
    def test_unchanged_rows_are_not_touched(
        self, destination: SQLDestination, mysql_server: MysqlServer, mysql_url: str, database: str
    ) -> None:
        job = make_job(1, 5)
        publish(destination, job, make_job(2, 5), history=[history_row(job.row, SEEN)])
        log = "FOR EACH ROW INSERT INTO touched VALUES"
        mysql_server.ask(
            "CREATE TABLE touched (what TEXT)",
            *(
                f"CREATE TRIGGER {table}_{event} AFTER {event} ON {table} {log} ('{event} {table}')"
                for table in ("jobs", "records", "job_history")
                for event in ("INSERT", "UPDATE", "DELETE")
            ),
            database=database,
        )
        again = [make_job(n, 5, run_id="run-2", checked_at=LATER) for n in (1, 2)]
        publish(destination, *again, history=[history_row(job.row, SEEN)])
        assert ask_mysql(mysql_url, "SELECT what FROM touched") == []
        changed = make_job(1, 6)
        changed.records[2]["validator_used"] = "other"
        publish(destination, changed)
        assert ask_mysql(mysql_url, "SELECT what FROM touched ORDER BY what") == [
            ("DELETE records",),
            ("INSERT records",),
            ("INSERT records",),
            ("UPDATE jobs",),
        ]

    def test_a_fault_in_the_last_statement_takes_back_the_first(self, destination: SQLDestination) -> None:
        old, new = make_job(1, 4), make_job(1, 6, version="v2")
        publish(destination, old, history=[history_row(old.row, SEEN)])
        whole = publication(new, history=[history_row(new.row, LATER)])
        broken = [new.row | {"job_uuid": None}]
        jobs = pa.Table.from_pylist(broken, schema=schema.JOBS.frame_arrow)
        with pytest.raises(DestinationError), destination.lock(LOCK_S):
            destination.publish(dataclasses.replace(whole, jobs=jobs))
        assert read_record_rows(destination) == old.records
        assert read_job_rows(destination) == [old.row]
        assert read_history(destination, "default").to_pylist() == [history_row(old.row, SEEN)]

    def test_a_session_that_the_server_ends_leaves_nothing_and_means_try_later(
        self, destination: SQLDestination, mysql_server: MysqlServer, database: str
    ) -> None:
        old, new = make_job(1, 4), make_job(1, 6, version="v2")
        publish(destination, old)
        whole = publication(new)

        def records() -> Iterator[pa.RecordBatch]:
            query = "SELECT id FROM information_schema.processlist WHERE db = '{}'"
            for (session,) in mysql_server.ask(query.format(database)):
                mysql_server.ask(f"KILL {session}")
            yield from whole.records()

        with pytest.raises(DestinationBusyError, match="try again later"):
            destination.publish(dataclasses.replace(whole, records=records))
        assert read_record_rows(destination) == old.records
        publish(destination, new)
        assert read_record_rows(destination) == new.records

    def test_an_erased_address_leaves_every_table(self, destination: SQLDestination, mysql_url: str) -> None:
        row = job_row(1, list_name="for Jane.Doe@example.com", records_exported=2, is_reconciled=True)
        records = [
            record_row(row, 1, email="Jane.Doe@example.com", error_message="jane.doe@example.com bounced"),
            record_row(row, 2, email="janexdoe@example.com", error_message=r"100% of C:\_ bounced"),
        ]
        job = make_job(1, records, **{k: v for k, v in row.items() if k not in ("account", "job_id")})
        publish(destination, job, history=[history_row(job.row, SEEN)])
        raw = '{"email": "jane.doe@example.com"}'
        write_rejects(destination, to_table(schema.REJECTS, [reject_row(1, "status: null", raw=raw)]))
        address = "jane.doe@example.com"
        suppressed = to_table(schema.SUPPRESSIONS, [{"email_hash": "abc", "suppressed_at": SEEN}])
        assert destination.erase(Erasure.of((address,)), suppressed).records == 1
        assert [record["email"] for record in read_record_rows(destination)] == [None, "janexdoe@example.com"]
        assert read_record_rows(destination)[1] == records[1]
        assert read_suppressed(destination) == {"abc"}
        for table in schema.DATA_TABLES:
            everything = str(ask_mysql(mysql_url, f"SELECT * FROM {table.name}")).lower()
            assert address not in everything

    def test_records_are_pruned_by_instant_whatever_the_zone_it_is_given_in(
        self, destination: SQLDestination
    ) -> None:
        jobs = [make_job(n, 2, created_at=SEEN + timedelta(hours=n)) for n in range(4)]
        publish(destination, *jobs)
        before = (SEEN + timedelta(hours=2)).astimezone(timezone(timedelta(hours=9)))
        assert prune_records(destination, before) == 4
        assert read_record_rows(destination) == records_of(*jobs[2:])
        assert count_jobs(destination, "default") == 4


class TestPacket:
    def test_a_row_too_large_for_the_server_is_refused_with_what_to_raise(
        self, destination: SQLDestination, set_global: SetGlobal
    ) -> None:
        publish(destination, make_job(1, 3))
        set_global("max_allowed_packet", 2**20)
        job = make_job(2, [record_row(job_row(2), 1, error_message="secret" * 200_000)])
        with pytest.raises(DestinationError, match="max_allowed_packet") as caught:
            publish(destination, make_job(1, 5, version="v2"), job)
        assert not isinstance(caught.value, DestinationBusyError)
        assert "secret" not in str(caught.value)
        assert read_record_rows(destination) == make_job(1, 3).records

    def test_many_rows_go_through_a_server_that_takes_little_at_once(
        self, destination: SQLDestination, set_global: SetGlobal
    ) -> None:
        set_global("max_allowed_packet", 2**14)
        for version in ("v1", "v2"):
            job = make_job(1, 500, version=version)
            publish(destination, job)
            assert read_record_rows(destination) == job.records

    @pytest.mark.parametrize("most_bytes", [1, 300, 1000, 10**6])
    def test_statements_keep_to_the_limit_and_hold_every_row_once(self, most_bytes: int) -> None:
        job = make_job(1, 30)
        parts = list(statements(b"HEAD ", to_table(schema.RECORDS, job.records), most_bytes=most_bytes))
        assert all(part.startswith(b"HEAD (") for part in parts)
        assert all(len(part) <= most_bytes or b"),(" not in part for part in parts)
        rows = b",".join(part.removeprefix(b"HEAD ") for part in parts)
        [whole] = statements(b"HEAD ", to_table(schema.RECORDS, job.records), most_bytes=10**6)
        assert whole == b"HEAD " + rows


class TestLock:
    def test_another_database_of_the_server_has_its_own(
        self, destination: SQLDestination, mysql_server: MysqlServer
    ) -> None:
        with (
            mysql_server.fresh_database() as url,
            closing(SQLDestination(url)) as other,
            destination.lock(LOCK_S),
            other.lock(0.1),
        ):
            pass

    def test_outlasts_what_the_server_grants_idle_sessions(
        self, destination: SQLDestination, set_global: SetGlobal
    ) -> None:
        set_global("wait_timeout", 1)
        with destination._database.reading() as connection:
            assert connection.exec_driver_sql("SELECT @@wait_timeout").scalar() >= 86_400


class TestFaults:
    def test_a_wrong_password_is_refused_without_showing_it(self, mysql_server: MysqlServer) -> None:
        url = mysql_server.url("mysql", password="hunter2")
        with closing(SQLDestination(url)) as destination, pytest.raises(DestinationError) as caught:
            destination.schema_version()
        assert not isinstance(caught.value, DestinationBusyError)
        assert "user or the password" in str(caught.value)
        assert "hunter2" not in str(caught.value)

    def test_a_database_that_does_not_exist_is_said_so(self, mysql_server: MysqlServer) -> None:
        with closing(SQLDestination(mysql_server.url("no_such_database"))) as destination:
            for use in (
                destination.schema_version,
                destination.ensure_schema,
                partial(read_meta, destination),
            ):
                with pytest.raises(DestinationError, match="database does not exist"):
                    use()

    def test_a_server_that_is_down_means_try_later(self) -> None:
        with socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))
            url = f"mysql+pymysql://user:hunter2@127.0.0.1:{nobody.getsockname()[1]}/name"
            with closing(SQLDestination(url)) as destination:
                with pytest.raises(DestinationBusyError) as caught:
                    destination.schema_version()
                with pytest.raises(DestinationBusyError), destination.lock(1):
                    pass
        assert "hunter2" not in str(caught.value)

    def test_a_user_who_may_only_read_is_told_what_to_grant(
        self, mysql_server: MysqlServer, database: str
    ) -> None:
        mysql_server.ask("CREATE USER reader IDENTIFIED BY 'x'", f"GRANT SELECT ON {database}.* TO reader")
        try:
            url = mysql_server.url(database, user="reader", password="x")
            with closing(SQLDestination(url)) as destination:
                for use in (destination.check_writable, destination.ensure_schema):
                    with pytest.raises(DestinationError, match="grant it"):
                        use()
        finally:
            mysql_server.ask("DROP USER reader")

    @pytest.mark.parametrize("number", [1205, 1213, 2002, 2003, 2006, 2013, 1040, 1053, 0])
    def test_what_passes_by_itself_means_try_later(self, number: int) -> None:
        meant = MySQL().explain(pymysql.OperationalError(number, "with 'jane@example.com' in it"))
        assert meant.error is DestinationBusyError
        assert "jane" not in meant.reason

    @pytest.mark.parametrize("number", [1021, 1044, 1045, 1049, 1114, 1142, 1153, 1290, 1406, 1062, 1064])
    def test_what_needs_a_person_does_not(self, number: int) -> None:
        meant = MySQL().explain(pymysql.OperationalError(number, "with 'jane@example.com' in it"))
        assert meant.error is DestinationError
        assert str(number) in meant.reason
        assert "jane" not in meant.reason
