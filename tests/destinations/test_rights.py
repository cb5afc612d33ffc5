"""Whoever only reads needs no right to write, and whoever loads needs no more than docs/rights.md lists."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from mysql_server import MysqlServer
from postgres_server import PostgresServer, hot_standby
from scripted_api import Account
from sync_truth import Warehouse

from ecore_export.destinations import read_rejects, read_runs
from ecore_export.destinations.sql.destination import SQLDestination
from ecore_export.errors import DestinationError
from ecore_export.schema_export.files import ddl
from ecore_export.views.columns import VIEWS

PAGE = Path(__file__).parents[2] / "docs" / "rights.md"
NOBODY = 65534

READ_ALL = """
import sys
from ecore_export import read_view
from ecore_export.cli import main
url = sys.argv[1]
for command in (["status"], ["rejects"], ["view"]):
    more = ["list_quality", "--format", "csv"] if command == ["view"] else []
    try:
        main([*command, url, *more])
    except SystemExit as end:
        assert not end.code, (command, end.code)
assert len(read_view(url, "list_quality")) == 2
"""


def blocks() -> list[list[str]]:
    """The statements of each block of SQL on the page."""
    texts = re.findall(r"^```sql\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    return [[part.strip() for part in text.split(";") if part.strip()] for text in texts]


def filled(url: str) -> None:
    Warehouse(url, Account.of_sizes(3, 2).handle).synced()


def read_all(url: str) -> None:
    """All that reads, as this user."""
    with closing(SQLDestination(url)) as destination:
        assert destination.schema_version() is not None
        assert read_runs(destination).num_rows
        assert read_rejects(destination, "default").num_rows == 0
        for view in VIEWS:
            destination.read_view(view.name)
        assert destination.read_view("list_quality").num_rows


@pytest.fixture
def nobodys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that somebody else may look at, but not write to."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root, with setpriv of util-linux, can make a folder that it may not write to")
    folder = Path("/tmp") / f"ecore-rights-{os.getpid()}"
    folder.mkdir(mode=0o755)
    yield folder
    shutil.rmtree(folder)


def run_without_rights(folder: Path, code: str, url: str) -> subprocess.CompletedProcess[str]:
    """Run Python without root's privileges, in a folder of somebody else's; nothing may change there.

    Not as another user, who may have no way to the interpreter.
    """
    for path in [folder, *folder.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.chown(path, NOBODY, NOBODY)
    before = sorted(folder.rglob("*"))
    done = subprocess.run(
        ["setpriv", "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", code, url],
        cwd="/",
        capture_output=True,
        text=True,
    )
    assert sorted(folder.rglob("*")) == before
    return done


class TestReadOnlyFolder:
    @pytest.mark.parametrize("form", ["parquet:{}/wh", "sqlite:///{}/e.db", "duckdb:///{}/e.duckdb"])
    def test_what_reads_works_there(self, nobodys: Path, form: str) -> None:
        url = form.format(nobodys)
        filled(url)
        done = run_without_rights(nobodys, READ_ALL, url)
        assert done.returncode == 0, done.stderr

    def test_sqlite_beside_a_writer_misses_nothing(self, nobodys: Path) -> None:
        url = f"sqlite:///{nobodys}/e.db"
        with closing(sqlite3.connect(nobodys / "e.db")) as holder:
            holder.execute("PRAGMA journal_mode = WAL")
            filled(url)
            holder.execute("SELECT * FROM jobs").fetchall()
            done = run_without_rights(nobodys, READ_ALL, url)
        assert done.returncode == 0, done.stderr

    def test_an_sqlite_journal_that_cannot_be_read_is_told(self, nobodys: Path) -> None:
        made = nobodys / "made.db"
        with closing(sqlite3.connect(made)) as holder:
            holder.execute("PRAGMA journal_mode = WAL")
            filled(f"sqlite:///{made}")
            holder.execute("SELECT * FROM jobs").fetchall()
            for name in ("", "-wal"):
                shutil.copyfile(f"{made}{name}", nobodys / f"killed.db{name}")
        done = run_without_rights(nobodys, READ_ALL, f"sqlite:///{nobodys}/killed.db")
        assert done.returncode != 0
        assert "journal" in done.stderr

    @pytest.mark.parametrize("form", ["parquet:{}/wh", "sqlite:///{}/e.db", "duckdb:///{}/e.duckdb"])
    def test_what_writes_says_so_there(self, nobodys: Path, form: str) -> None:
        url = form.format(nobodys)
        filled(url)
        code = (
            "import sys; from ecore_export.destinations import open_destination; "
            "open_destination(sys.argv[1]).check_writable()"
        )
        assert "is not writable" in run_without_rights(nobodys, code, url).stderr


class TestReadReplica:
    def test_what_reads_works_on_a_hot_standby(
        self, postgres_server: PostgresServer, postgres_url: str
    ) -> None:
        filled(postgres_url)
        with hot_standby(postgres_server) as standby:
            url = postgres_url.replace(*(server_folder(each) for each in (postgres_url, standby)))
            with psycopg.connect(url.replace("+psycopg", "")) as connection:
                assert connection.execute("SELECT pg_is_in_recovery()").fetchone() == (True,)
            read_all(url)
            done = subprocess.run(
                [sys.executable, "-c", READ_ALL, url], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr
            with (
                closing(SQLDestination(url)) as destination,
                pytest.raises(DestinationError, match="read-only"),
            ):
                destination.ensure_schema()


def server_folder(url: str) -> str:
    """The folder of a server's socket, in a URL."""
    return str(sa.make_url(url).query["host"])


LOADER, LOADER_MYSQL, WRITER, WRITER_MYSQL, ANALYST, ANALYST_MYSQL = range(6)


def test_the_sql_of_the_page_suffices_on_postgresql(postgres_url: str) -> None:
    name = sa.make_url(postgres_url).database
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as admin:

        def do(block: int) -> None:
            for statement in blocks()[block]:
                admin.execute(statement.replace("DATABASE warehouse", f"DATABASE {name}"))

        def url_of(role: str) -> str:
            return postgres_url.replace("postgres@", f"{role}@")

        roles = ("ecore_loader", "ecore_writer", "ecore_analyst")
        try:
            admin.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
            admin.execute(f"GRANT CONNECT ON DATABASE {name} TO PUBLIC")
            do(LOADER)
            with closing(SQLDestination(url_of("ecore_loader"), schema_name="ecore")) as own:
                own.check_writable()
                own.ensure_schema()
                own.ensure_views()
            admin.execute(ddl("postgresql"))
            do(WRITER)
            writer = Warehouse(url_of("ecore_writer"), Account.of_sizes(3, 2).handle)
            assert writer.synced(no_views=True).jobs_exported == 2
            do(ANALYST)
            read_all(url_of("ecore_analyst"))
            admin.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM ecore_writer")
            with (
                closing(SQLDestination(url_of("ecore_writer"))) as destination,
                pytest.raises(DestinationError, match="TEMPORARY"),
            ):
                destination.check_writable()
        finally:
            for role in roles:
                admin.execute(f"DROP OWNED BY {role} CASCADE")
                admin.execute(f"DROP ROLE {role}")


def test_the_sql_of_the_page_suffices_on_mysql(mysql_server: MysqlServer, mysql_url: str) -> None:
    name = str(sa.make_url(mysql_url).database)

    def do(block: int) -> None:
        mysql_server.ask(*(text.replace("ON ecore.", f"ON {name}.") for text in blocks()[block]))

    def url_of(role: str) -> str:
        return mysql_server.url(name, user=role, password="choose-one")

    try:
        do(WRITER_MYSQL)
        mysql_server.ask(*filter(str.strip, ddl("mysql").split(";\n")), database=name)
        writer = Warehouse(url_of("ecore_writer"), Account.of_sizes(3, 2).handle)
        assert writer.synced(no_views=True).jobs_exported == 2
        do(ANALYST_MYSQL)
        read_all(url_of("ecore_analyst"))
        mysql_server.ask(f"REVOKE CREATE TEMPORARY TABLES ON {name}.* FROM 'ecore_writer'@'%'")
        with (
            closing(SQLDestination(url_of("ecore_writer"))) as destination,
            pytest.raises(DestinationError, match="CREATE TEMPORARY TABLES"),
        ):
            destination.check_writable()
        mysql_server.ask(f"DROP DATABASE {name}", f"CREATE DATABASE {name}")
        do(LOADER_MYSQL)
        loader = Warehouse(url_of("ecore_loader"), Account.of_sizes(3, 2).handle)
        assert loader.synced().jobs_exported == 2
    finally:
        for role in ("ecore_loader", "ecore_writer", "ecore_analyst"):
            mysql_server.ask(f"DROP USER IF EXISTS '{role}'@'%'")


def test_the_urls_of_the_page_ask_for_a_checked_certificate() -> None:
    """They can be opened: their drivers know each option."""
    text = re.search(r"^```text\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert text is not None
    urls = [sa.make_url(line) for line in text[1].splitlines()]
    assert urls[0].query["sslmode"] == "verify-full"
    assert urls[1].query["ssl_verify_identity"] == "true"
    for url in urls:
        with closing(SQLDestination(url.render_as_string(hide_password=False))) as destination:
            assert "PASSWORD" not in destination.url
