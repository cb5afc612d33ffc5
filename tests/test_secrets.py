"""Token, database password and privacy key show nowhere; the token goes to one host, checked and encrypted.

Every command runs in a process of its own with canaries for secrets, through every kind of failure, and
whatever it says, writes, stores or starts is searched for them.
"""

from __future__ import annotations

import json
import logging
import os
import pickle
import socket
import sqlite3
import ssl
import stat
import subprocess
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import psycopg
import pyarrow.parquet as pq
import pytest
from cli_runs import COMMAND, TIME_LIMIT_S, assert_one_error_line, environment
from destination_rows import make_job, publication
from filelock import FileLock
from postgres_server import PostgresServer
from scripted_api import TOKEN as API_TOKEN
from scripted_api import KeepingServer, RawServer, http_bytes, page_of_the_job, raw_server, settings
from tls_server import TlsServer, make_certificate

import ecore_export as ee
from ecore_export.api import Api
from ecore_export.api.exact import parse_exact
from ecore_export.api.failures import NoAnswerError
from ecore_export.destinations import Publication, open_destination
from ecore_export.reading.pages import Spool
from ecore_export.sandbox import Fault, JobSpec, Response, Sandbox, serve
from ecore_export.settings import Secret, Settings, load_settings

pytestmark = pytest.mark.xdist_group("secrets")  # the runs are made once and looked at by all

TOKEN = "canary-token-51c7f0"
WRONG_TOKEN = "canary-wrong-token-9d"
PASSWORD = "canary-password-2b8e41"
WRONG_PASSWORD = "canary-wrong-password-6a"
PII_KEY = "canary-privacy-key-0f93d2"
SECRETS = (TOKEN, WRONG_TOKEN, PASSWORD, WRONG_PASSWORD, PII_KEY)

LOUDNESS = (
    (["--log-level", "debug"], {"ECORE_DEBUG": "1"}),
    (["--log-format", "json"], {}),
    (["--log-level", "debug", "--log-format", "json"], {"ECORE_DEBUG": "1"}),
    ([], {}),
)
"""Options and settings; the runs take turns with them."""

SPY = """
import atexit, os, resource, sys
log = os.open(os.environ["SPY_LOG"], os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "pty.spawn")
def spy(event, details):
    if event.startswith(STARTS) or event in ("socket.connect", "socket.getaddrinfo"):
        place = details[1] if event == "socket.connect" else details[:1]
        os.write(log, f"{event} {place!r}\\n".encode())
sys.addaudithook(spy)
def children():
    if resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss:
        os.write(log, b"children\\n")
atexit.register(children)
"""
"""A ``sitecustomize`` that tells which processes a process starts, and whom it talks to."""


# --- every command, every failure -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """One run. ``words``: the command line, with ``{names}`` of places. ``api``: which of the APIs."""

    words: str
    code: int
    api: str = "well"
    settings: Mapping[str, str] = field(default_factory=dict)


DATABASE_ERRORS = {"ECORE_DESTINATION": "postgresql+psycopg://u:" + PASSWORD + "@127.0.0.1:1/x"}

FIRST = {
    "sync to Parquet, hashed": Case("sync {parquet} --pii hash", 0),
    "sync to SQLite": Case("sync {sqlite} --json", 0),
    "sync to DuckDB": Case("sync {duckdb}", 0),
    "sync to PostgreSQL": Case("sync", 0, settings={"ECORE_DESTINATION": "{postgres}"}),
    "sync with rejects": Case("sync {rejected} --pii drop", 3, "rejects"),
}
THEN = {
    "check": Case("check", 0, settings={"ECORE_DESTINATION": "{postgres}"}),
    "jobs": Case("jobs -o {out}/jobs.csv", 0),
    "job": Case("job 1 --wait -o {out}/job.jsonl", 0),
    "records": Case("records 1 2 -o {out}/records.parquet", 0),
    "rehearsal": Case("sync {postgres} --dry-run", 0),
    "status": Case("status {postgres}", 0),
    "verify": Case("verify {postgres} --json", 0),
    "rejects": Case("rejects {rejected} --raw --all", 0),
    "accept": Case("rejects {rejected} --accept 3", 0, "rejects"),
    "erase": Case("erase {postgres} nobody@example.com", 0),
    "erase hashed": Case("erase {parquet} nobody@example.com", 0),
    "prune": Case("prune {duckdb} --records-before 2020-01-01", 0),
    "schema": Case("schema", 0),
    "demo": Case("demo {out}/demo --jobs 5", 0),
    "refused token": Case("sync {sqlite}", 1, settings={"ECORE_API_TOKEN": WRONG_TOKEN}),
    "token file that is the token": Case(
        "check", 2, settings={"ECORE_API_TOKEN": "", "ECORE_API_TOKEN_FILE": TOKEN}
    ),
    "token with a blank": Case("check", 2, settings={"ECORE_API_TOKEN": f"Token {TOKEN}"}),
    "unknown job": Case("job 999", 1),
    "server faults": Case("sync {sqlite}", 75, "500"),
    "usage cap": Case("check", 75, "429"),
    "redirect": Case("check", 1, "redirect"),
    "web page": Case("check", 75, "html"),
    "half JSON": Case("check", 75, "broken-json"),
    "half an answer": Case("records 1", 75, "truncate"),
    "reset": Case("check", 75, "reset"),
    "API not there": Case("sync {duckdb}", 75, settings={"ECORE_BASE_URL": "http://127.0.0.1:1/"}),
    "API without TLS": Case("check", 2, settings={"ECORE_BASE_URL": "http://example.com/"}),
    "password in the base URL": Case(
        "check", 2, settings={"ECORE_BASE_URL": f"https://u:{PASSWORD}@h:{PASSWORD}/"}
    ),
    "database not there": Case("status", 75, settings=DATABASE_ERRORS),
    "wrong password": Case("sync", 1, settings={"ECORE_DESTINATION": "{wrong_password}"}),
    "unreadable URL": Case(f"check postgresql://u:{PASSWORD}@h:port/x", 2),
    "SQLite URL with a password": Case(f"check sqlite://u:{PASSWORD}@h/x.db", 2),
    "destination in the wrong place": Case("jobs {postgres}", 2),
    "destination twice": Case("sync {sqlite} {postgres}", 2),
    "unknown option": Case("sync {postgres} --token " + TOKEN, 2),
    "locked destination": Case("sync {locked}", 75),
    "a file in the way": Case("sync parquet:{spy}/sitecustomize.py/warehouse", 1),
    "another privacy key": Case("sync {parquet}", 2, settings={"ECORE_PII_KEY": PASSWORD}),
    "stopped": Case("sync {stopped}", 143, "stopping"),
}
CASES = FIRST | THEN


class Stopping(Sandbox):
    """Asks whoever reads a single job to stop, by way of `stop`."""

    stop: Callable[[], None] = staticmethod(lambda: None)

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Response:
        if not path.endswith("/jobs/"):
            self.stop()
        return super().handle(method, path, query, headers)


@dataclass(slots=True)
class World:
    """Where everything is, and what came of the runs. ``links``: where the API's links lead."""

    root: Path
    places: dict[str, str]
    base_urls: dict[str, str]
    stopping: Stopping
    links: RawServer
    proxy: RawServer
    done: dict[str, subprocess.CompletedProcess[str]] = field(default_factory=dict)

    def run(self, name: str) -> None:
        case, number = CASES[name], list(CASES).index(name)
        options, loud = LOUDNESS[number % len(LOUDNESS)]
        proxy = f"http://127.0.0.1:{self.proxy.port}"
        given = {
            "PYTHONPATH": f"{self.places['spy']}{os.pathsep}{environment()['PYTHONPATH']}",
            "SPY_LOG": str(self.spy_log(name)),
            "PYTHONDONTWRITEBYTECODE": "1",  # what the spy leaves must not look like ours
            "ECORE_BASE_URL": self.base_urls[case.api],
            "ECORE_API_TOKEN": TOKEN,
            "ECORE_PII_KEY": PII_KEY,
            "ECORE_ATTEMPTS": "2",
            **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), proxy),
            **loud,
            **{name: value.format(**self.places) for name, value in case.settings.items()},
        }
        words = [word.format(**self.places) for word in case.words.split(" ")]
        command = [*COMMAND, *options, *words]
        with subprocess.Popen(
            command, env=environment(**given), stdout=-1, stderr=-1, text=True, umask=0o022
        ) as process:
            if case.api == "stopping":
                self.stopping.stop = process.terminate
            told = process.communicate(timeout=TIME_LIMIT_S)
        self.done[name] = subprocess.CompletedProcess(command, process.returncode, *told)

    def spy_log(self, name: str) -> Path:
        return self.root / f"{name}.spy"


@contextmanager
def password_role(server: PostgresServer) -> Iterator[None]:
    """A role that the server asks for its password; everybody else is trusted."""
    with psycopg.connect(server.admin_url, autocommit=True) as admin:
        admin.execute(f"CREATE ROLE canary LOGIN PASSWORD '{PASSWORD}'")
        hba = Path(admin.execute("SHOW hba_file").fetchone()[0])
        before = hba.read_text()
        hba.write_text(f"local all canary scram-sha-256\nhost all canary all scram-sha-256\n{before}")
        admin.execute("SELECT pg_reload_conf()")
        wrong = server.admin_url.replace("postgres@", f"canary:{WRONG_PASSWORD}@")
        deadline = time.monotonic() + TIME_LIMIT_S
        while _lets_in(wrong):
            assert time.monotonic() < deadline
        try:
            yield
        finally:
            hba.write_text(before)
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("DROP OWNED BY canary")
            admin.execute("DROP ROLE canary")


def _lets_in(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _with_links(url: str) -> Callable[[object], None]:
    """Puts links into every page that lead to ``url``."""

    def change(payload: object) -> None:
        if isinstance(payload, dict) and "next" in payload:
            payload |= {"next": url, "previous": url}

    return change


def _miscount(payload: object) -> None:
    """Job 3 does not add up, wherever it shows."""
    for job in payload.get("results", [payload]) if isinstance(payload, dict) else []:
        if job.get("id") == 3 and "valid_count" in job:
            job |= {"valid_count": job["total_records"], "invalid_count": 1}


@pytest.fixture(scope="module")
def world(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    root = tmp_path_factory.mktemp("secrets")
    with ExitStack() as held:
        links = held.enter_context(raw_server(lambda _: http_bytes(b"{}")))
        proxy = held.enter_context(raw_server(lambda _: http_bytes(b"", "502 Bad Gateway")))
        to_links = http_bytes(b"", "302 Found", f"Location: {links.base_url}")
        redirect = held.enter_context(raw_server(lambda _: to_links))
        specs = [JobSpec(120), JobSpec(3, status="Failed"), JobSpec(12), JobSpec(7, status="Processing")]
        leading_away = Fault("mutate", mutate=_with_links(links.base_url))
        faults = {
            "well": leading_away,
            "rejects": Fault("mutate", mutate=_miscount),
            **{kind: Fault(kind) for kind in ("html", "broken-json", "truncate", "reset")},
            **{str(status): Fault(status, retry_after=86_400) for status in (500, 429)},
        }
        apis = {
            name: Sandbox.with_jobs(specs, token=TOKEN, advance_after_reads=None, faults=[fault])
            for name, fault in faults.items()
        }
        stopping = apis["stopping"] = Stopping.with_jobs([JobSpec(5)] * 20, token=TOKEN)
        base_urls = {name: held.enter_context(serve(api)).base_url for name, api in apis.items()}
        held.enter_context(password_role(postgres_server))
        database = held.enter_context(postgres_server.fresh_database())
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as admin:
            admin.execute("GRANT ALL ON SCHEMA public TO canary")
        places = _places(root, database)
        built = World(root, places, base_urls | {"redirect": redirect.base_url}, stopping, links, proxy)
        with ThreadPoolExecutor(3) as pool, FileLock(root / "locked" / ".ecore.lock"):
            for wave in (FIRST, THEN):
                list(pool.map(built.run, wave))
        yield built


def _places(root: Path, database: str) -> dict[str, str]:
    for name in ("spy", "out", "locked"):
        (root / name).mkdir()
    (root / "spy" / "sitecustomize.py").write_text(SPY)
    postgres = database.replace("postgres@", f"canary:{PASSWORD}@")
    return {
        "spy": str(root / "spy"),
        "out": str(root / "out"),
        **{name: f"parquet:{root}/{name}" for name in ("parquet", "locked", "stopped")},
        "sqlite": f"sqlite:///{root}/out/w.db",
        "rejected": f"sqlite:///{root}/out/rejected.db",
        "duckdb": f"duckdb:///{root}/out/w.duckdb",
        "postgres": postgres,
        "wrong_password": postgres.replace(PASSWORD, WRONG_PASSWORD),
    }


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_no_secret_shows_in_what_a_command_says(world: World, name: str) -> None:
    done = world.done[name]
    assert done.returncode == CASES[name].code, done.stderr
    for secret in SECRETS:
        assert secret not in done.stdout
        assert secret not in done.stderr
    for library in ("filelock", "sqlalchemy"):
        assert f'"logger": "{library}' not in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for number, name in enumerate(CASES) if number % 4 == 3])
def test_a_failure_is_one_line(world: World, name: str) -> None:
    if CASES[name].code not in (0, 3):
        assert_one_error_line(world.done[name].stderr)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_command_starts_no_process_and_talks_to_loopback_alone(world: World, name: str) -> None:
    for line in world.spy_log(name).read_text().splitlines():
        event, _, place = line.partition(" ")
        assert event in ("socket.connect", "socket.getaddrinfo"), line
        assert place.startswith(("('127.0.0.1'", "'/")), line


@pytest.mark.slow
def test_no_link_is_followed_and_no_proxy_is_asked(world: World) -> None:
    assert world.links.requests == []
    assert world.proxy.requests == []


@pytest.mark.slow
def test_no_secret_is_in_any_file_or_table(world: World) -> None:
    files = [path for path in world.root.rglob("*") if path.is_file()]
    assert {".csv", ".parquet", ".jsonl", ".db", ".duckdb", ".json", ".spy"} <= {p.suffix for p in files}
    for path in files:
        contents = path.read_bytes() + str(path).encode() + _decoded(path).encode()
        assert not [secret for secret in SECRETS if secret.encode() in contents], path


@pytest.mark.slow
def test_no_secret_is_in_the_database(world: World) -> None:
    with psycopg.connect(world.places["postgres"].replace("+psycopg", "")) as connection:
        tables = connection.execute(
            "SELECT format('SELECT t::text FROM %s t', oid::regclass) FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        texts = [str(connection.execute(query).fetchall()) for (query,) in tables]
        texts.append(str(connection.execute("SELECT query FROM pg_stat_activity").fetchall()))
    assert len(tables) == 8
    assert any("canary:***@" in text for text in texts), "sync_runs says where to, masked"
    assert not [secret for secret in SECRETS if secret in "".join(texts)]


@pytest.mark.slow
def test_every_file_is_for_its_owner_only(world: World) -> None:
    """Also under the umask 022; what the tests put there themselves does not count."""
    ours = {world.root / name for name in ("spy", "out", "locked")} | {world.root}
    for path in world.root.rglob("*"):
        if path not in ours and path.parent != world.root / "spy" and path.suffix != ".spy":
            is_lock_of_test = path == world.root / "locked" / ".ecore.lock"
            expected = 0o700 if path.is_dir() else 0o600
            assert is_lock_of_test or stat.S_IMODE(path.stat().st_mode) == expected, path


def _decoded(path: Path) -> str:
    """What is in a file whose bytes may be compressed."""
    if path.suffix == ".parquet":
        file = pq.ParquetFile(path)
        return f"{file.metadata.metadata} {file.read().to_pylist()}"
    if path.suffix == ".db":
        with closing(sqlite3.connect(path)) as connection:
            return "\n".join(connection.iterdump())
    if path.suffix == ".duckdb":
        with duckdb.connect(path, read_only=True) as connection:
            names = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
            return str([connection.execute(f"SELECT * FROM {name}").fetchall() for (name,) in names])
    return ""


# --- files while they are being written -------------------------------------------------------------------


@pytest.mark.parametrize("form", ["parquet:{}/w", "sqlite:///{}/w.db", "duckdb:///{}/w.duckdb"])
def test_files_in_the_making_are_for_their_owner_only(form: str, tmp_path: Path) -> None:
    looks = 0
    before = os.umask(0o022)
    try:
        with closing(open_destination(form.format(tmp_path))) as destination, destination.lock(0):
            destination.ensure_schema()
            for version in ("v1", "v2"):
                whole = publication(make_job(1, 5, version=version), make_job(2, 3))

                def records(given: Publication = whole) -> Iterator[object]:
                    nonlocal looks
                    for batch in given.records():
                        yield batch
                        looks += _assert_private(tmp_path)

                destination.publish(
                    Publication("default", whole.jobs, whole.history, whole.exported, records, 8)
                )
        assert looks + _assert_private(tmp_path) > 4
    finally:
        os.umask(before)


def _assert_private(folder: Path) -> int:
    paths = list(folder.rglob("*"))
    for path in paths:
        with suppress(FileNotFoundError):  # one that was moved meanwhile
            assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    return len(paths)


def test_rows_that_wait_on_disk_have_no_name_and_are_for_their_owner_only() -> None:
    rows = publication(make_job(1, 3)).records()
    batch = next(rows)
    spool = Spool(batch.schema, memory_rows=0)
    spool.append(batch)
    state = os.fstat(spool._file.fileno())
    assert (state.st_nlink, stat.S_IMODE(state.st_mode)) == (0, 0o600)
    spool.close()


# --- Python -----------------------------------------------------------------------------------------------


def with_variables(error: BaseException) -> str:
    """A traceback as the most talkative tools show it."""
    return "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())


@pytest.mark.parametrize("url", ["postgresql+psycopg://u:{}@h:port/d", "delta:x3://{}@b/p", "mysql://{}\n@h"])
def test_a_destination_that_cannot_be_opened_can_be_shown_with_variables(url: str) -> None:
    with pytest.raises(ee.SettingsError) as raised:
        open_destination(url.format(PASSWORD))
    assert "open_destination" in with_variables(raised.value)


@pytest.fixture
def environ(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The secrets where a scheduler puts them."""
    monkeypatch.setenv("ECORE_API_TOKEN", TOKEN)
    monkeypatch.setenv("ECORE_PII_KEY", PII_KEY)
    return monkeypatch


def test_objects_do_not_show_their_secrets(environ: pytest.MonkeyPatch) -> None:
    made = load_settings()
    secret = made.token
    database = f"postgresql://u:{PASSWORD}@h/x?password={PASSWORD}&sslkey={PASSWORD}&access_token={PASSWORD}"
    destination = open_destination(database)
    client = ee.Client()
    api = Api(made)
    shown = [made, secret, client, api, destination, destination.url, ee.SettingsError("x")]
    shown += [
        vars(client),
        vars(api),
        vars(destination),
        client._session,
        vars(client._session.endpoints.api),
        vars(client._session.endpoints.api._exchange),
        vars(client._session.endpoints.api._exchange._client),
    ]
    text = " ".join(
        f"{one!r} {one!s} {one:s}" if isinstance(one, str) else f"{one!r} {one!s}" for one in shown
    )
    client.close()
    api.close()
    assert not [canary for canary in SECRETS if canary in text]
    assert "h/x" in text


@pytest.mark.parametrize("give_away", [pickle.dumps, json.dumps])
def test_a_secret_is_not_carried_away_by_accident(give_away: Callable[[object], object]) -> None:
    for held in (Secret(TOKEN), Settings(Secret(TOKEN))):
        with pytest.raises(TypeError) as raised:
            give_away(held)
        assert TOKEN not in with_variables(raised.value)


def test_an_odbc_connection_string_is_masked() -> None:
    from ecore_export.destinations.sql.url import masked, parse

    url = parse(f"mssql+pyodbc:///?odbc_connect=DRIVER%3Dx%3BPWD%3D{PASSWORD}")
    assert PASSWORD not in masked(url)


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "http://example.com/"},
        {"timeout_s": -1.0},
        {"workers": 0},
        {"token": "two words"},
    ],
    ids=str,
)
def test_wrong_settings_show_no_secret_even_with_variables(
    wrong: dict[str, object], environ: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ee.SettingsError) as raised:
        ee.Client(**wrong)
    assert not [canary for canary in SECRETS if canary in with_variables(raised.value)]


@pytest.mark.parametrize("kind", ["an answer", "no answer", "broken off"])
def test_failed_requests_show_no_token_even_with_variables(kind: str, environ: pytest.MonkeyPatch) -> None:
    answer = None if kind == "broken off" else http_bytes(b"{}", "404 Not Found")
    environ.setenv("ECORE_ATTEMPTS", "1")
    with raw_server(lambda _: answer) as server:
        environ.setenv("ECORE_BASE_URL", "http://127.0.0.1:1/" if kind == "no answer" else server.base_url)
        with ee.Client() as client, pytest.raises(ee.ApiError) as raised:
            client.load_job(1)
    assert TOKEN not in with_variables(raised.value)
    assert kind == "an answer" or isinstance(raised.value.__cause__, NoAnswerError)


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "mysql+pymysql"])
def test_failed_connections_show_no_password_even_with_variables(scheme: str) -> None:
    with closing(open_destination(f"{scheme}://u:{PASSWORD}@127.0.0.1:1/x")) as destination:
        for use in (destination.schema_version, destination.lock(0).__enter__):
            with pytest.raises(ee.DestinationBusyError) as raised:
                use()
            assert PASSWORD not in with_variables(raised.value)


def test_a_password_in_a_url_that_makes_no_sense_is_not_even_in_the_cause() -> None:
    for url in (f"sqlite://u:{PASSWORD}@h/x.db", f"postgresql://u:{PASSWORD}@h:port/x"):
        with pytest.raises(ee.SettingsError) as raised:
            open_destination(url)
        assert raised.value.__cause__ is None
        assert raised.value.__suppress_context__


def test_an_option_that_libpq_does_not_know_is_said_so_whatever_else_is_wrong() -> None:
    url = f"postgresql://u:{PASSWORD}@a.test/x?hostaddr=127.0.0.1,127.0.0.2&password_colour={PASSWORD}"
    with closing(open_destination(url)) as destination:
        with pytest.raises(ee.DestinationError, match="option") as raised:
            destination.schema_version()
        assert PASSWORD not in str(raised.value) + destination.url


def test_libraries_log_no_secret(environ: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("httpx", "httpcore", "sqlalchemy", "psycopg", "filelock", "tenacity"):
        caplog.set_level(logging.DEBUG, logger=name)
    sandbox = Sandbox(sizes=[3, 150], token=TOKEN)
    with serve(sandbox) as address:
        ee.sync("sqlite://", base_url=address.base_url)
        with ee.Client(base_url=address.base_url) as client:
            client.load_jobs()
    with pytest.raises(ee.DestinationBusyError):
        open_destination(f"postgresql://u:{PASSWORD}@127.0.0.1:1/x").schema_version()
    assert {"httpx", "httpcore", "sqlalchemy"} <= {record.name.partition(".")[0] for record in caplog.records}
    assert not [canary for canary in SECRETS if canary in caplog.text]


# --- where the token goes ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "HTTP://EXAMPLE.COM/",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://localhost@example.com/",
        "http://example.com\\@127.0.0.1/",
        "http://127.0.0.1\\@example.com/",
        "http://example.com#@127.0.0.1/",
        "http://example.com?@localhost/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://127.1/",
        "http://10.0.0.1/",
        "http://[::ffff:10.0.0.1]/",
        "http://[::1/",
        "http:example.com",
        "ftp://127.0.0.1/",
        "//127.0.0.1/",
        "127.0.0.1",
        "",
    ],
)
def test_without_tls_the_api_must_be_on_this_very_machine(url: str, environ: pytest.MonkeyPatch) -> None:
    if url:
        with pytest.raises(ee.SettingsError, match="ECORE_BASE_URL"):
            load_settings(base_url=url)
    assert load_settings(base_url="").base_url.startswith("https://")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_FILE", __file__),
        ("HTTPS_PROXY", "gopher://u:{password}@h:1"),
        ("ALL_PROXY", "http://u:{password}@h:port"),
        ("ECORE_BASE_URL", "https://exa\tmple.com/"),
    ],
)
def test_an_environment_that_makes_no_sense_is_a_settings_error(
    variable: str, value: str, environ: pytest.MonkeyPatch
) -> None:
    environ.setenv(variable, value.format(password=PASSWORD))
    with pytest.raises(ee.SettingsError, match=variable) as raised:
        ee.Client()
    assert not [canary for canary in SECRETS if canary in with_variables(raised.value)]


class KeepingTlsServer(KeepingServer):
    """A `KeepingServer` behind that certificate."""

    def __init__(self, certificate: Path, again_s: float) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate)
        super().__init__(page_of_the_job, again_s=again_s)

    def secured(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(connection, server_side=True)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate for api.example and loopback, in one file."""
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def tls_server(certificate: Path) -> Iterator[TlsServer]:
    server = TlsServer(certificate)
    yield server
    server.close()


@pytest.fixture
def names_lead_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name is one of this machine."""
    resolve = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda _host, *rest, **more: resolve("127.0.0.1", *rest, **more)
    )


def get(base_url: str) -> object:
    with closing(Api(settings(base_url, attempts=1))) as api:
        return api.get("jobs/", {}, parse_exact)


@pytest.mark.usefixtures("names_lead_here")
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "api.example"])
def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_token_is_sent(
    host: str, tls_server: TlsServer
) -> None:
    with pytest.raises(ee.ApiError, match=r"certificate.*SSL_CERT_FILE.*verify=") as raised:
        get(f"https://{host}:{tls_server.port}/")
    assert type(raised.value) is ee.ApiError
    assert not raised.value.retryable
    assert tls_server.requests == []


@pytest.mark.usefixtures("names_lead_here")
def test_a_certificate_authority_of_ones_own_is_trusted_for_its_names_alone(
    tls_server: TlsServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    assert get(f"https://api.example:{tls_server.port}/") == {"by": "server"}
    assert len(tls_server.requests) == 1
    with pytest.raises(ee.ApiError, match="certificate"):
        get(f"https://other.example:{tls_server.port}/")
    assert len(tls_server.requests) == 1


@pytest.mark.usefixtures("names_lead_here")
@pytest.mark.parametrize("again_s", [0.0, 0.02])
def test_an_encrypted_answer_that_comes_twice_is_no_answer_to_the_next_request(
    again_s: float, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for plain ones, though what decrypts may have read ahead what the socket then no longer shows."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    found = []
    with (
        closing(KeepingTlsServer(certificate, again_s)) as server,
        closing(Api(settings(f"https://api.example:{server.port}/"))) as api,
    ):
        for job_id in range(1, 6):
            page = api.get(f"email-validation/jobs/{job_id}/records/", {}, parse_exact)
            found += [record["id"] for record in page["results"]]
            time.sleep(0.05)
    assert found == [1, 2, 3, 4, 5]


def test_on_loopback_nothing_in_the_environment_counts_not_even_certificates(
    tls_server: TlsServer, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(ee.ApiError, match="certificate"):
        get(f"https://localhost:{tls_server.port}/")
    assert tls_server.requests == []


def test_a_proxy_sees_where_to_and_no_token(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(lambda _: http_bytes(b"", "502 Bad Gateway")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(ee.NetworkError):
            get("https://api.example/")
        (head,) = proxy.requests
    assert head.startswith(b"CONNECT api.example:443 ")
    assert API_TOKEN.encode() not in head
