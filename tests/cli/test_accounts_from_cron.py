"""Three accounts from one ``ecore.toml`` into one PostgreSQL, as cron runs it, and nobody sees a secret.

The crontab and the file are those of docs/schedule.md, with folders of the test's own in their place.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest
from cli_runs import TIME_LIMIT_S
from doc_blocks import ROOT, file_of

import ecore_export
from ecore_export.sandbox import Response, Sandbox, serve

PAGE = ROOT / "docs" / "schedule.md"
CRON, PROFILES = "/etc/cron.d/ecore-export-accounts", "/etc/ecore-export/ecore.toml"
SIZES = {"acme": (120, 3), "globex": (1_050,), "initech": (0, 7, 1)}
PASSWORD = "s3cret-of-the-warehouse"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="no /proc, as on macOS"),
]


class Looking(Sandbox):
    """Looks at the list of processes whenever it is asked something: the one that asks waits meanwhile."""

    def __init__(self, seed: int, name: str) -> None:
        super().__init__(seed, sizes=SIZES[name], token=f"s3cret-token-of-{name}", advance_after_reads=None)
        self.seen: list[bytes] = []

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Response:
        self.seen += processes()
        return super().handle(method, path, query, headers)


def processes() -> Iterator[bytes]:
    """Command line and environment of every process but this one."""
    for folder in Path("/proc").glob("[0-9]*"):
        if folder.name == str(os.getpid()):
            continue
        for name in ("cmdline", "environ"):
            try:
                yield (folder / name).read_bytes()
            except OSError:  # it has ended, or is somebody else's
                continue


@pytest.fixture
def home(tmp_path: Path, postgres_url: str) -> Iterator[tuple[Path, dict[str, Looking]]]:
    """What an administrator puts in place: programs, the files of the page, their secrets; and the APIs."""
    for folder in ("etc", "bin"):
        (tmp_path / folder).mkdir()
    program = tmp_path / "bin" / "ecore-export"
    package = shlex.quote(str(Path(ecore_export.__file__).parents[1]))
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={package} exec {shlex.quote(sys.executable)} -m ecore_export "$@"\n'
    )
    program.chmod(0o700)
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as admin:
        admin.execute("CREATE SCHEMA ecore")
    secrets = {"destination": postgres_url.replace("://postgres@", f"://postgres:{PASSWORD}@")}
    accounts, text = {}, file_of(PAGE, PROFILES)
    with ExitStack() as stack:
        for seed, name in enumerate(SIZES):
            accounts[name] = Looking(seed, name)
            address = stack.enter_context(serve(accounts[name]))
            secrets[f"{name}.token"] = accounts[name].token
            text = text.replace(f"[{name}]\n", f'[{name}]\nbase_url = "{address.base_url}"\n')
        for file, content in {"ecore.toml": text, **secrets}.items():
            (tmp_path / "etc" / file).write_text(content)
            (tmp_path / "etc" / file).chmod(0o600)
        yield tmp_path, accounts


def crontab(home: Path) -> tuple[dict[str, str], list[str]]:
    """The variables of the page's crontab, and its command lines."""
    text = file_of(PAGE, CRON).replace("/etc/ecore-export", f"{home}/etc")
    text = text.replace("/opt/ecore-export", str(home))
    variables = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    return variables, re.findall(r"^(?:[\d*]+ ){5}ecore (.+)$", text, re.MULTILINE)


def as_cron(home: Path, line: str, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """One line as cron runs it: by ``sh``, in the user's home, with next to nothing in the environment."""
    bare = {"HOME": str(home), "LOGNAME": "ecore", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=home,
        env={**bare, **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )


def test_three_accounts_go_to_one_postgresql_and_no_secret_shows(
    home: tuple[Path, dict[str, Looking]], postgres_url: str
) -> None:
    folder, accounts = home
    variables, (sync, status) = crontab(folder)
    done = as_cron(folder, sync, variables)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    for name, account in accounts.items():
        assert account.seen
        with psycopg.connect(postgres_url.replace("+psycopg", "")) as reader:
            query = "SELECT count(*) FROM ecore.records WHERE account = %s"
            assert reader.execute(query, [name]).fetchone() == (sum(SIZES[name]),)
    checked = as_cron(folder, status, variables)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")

    secrets = [PASSWORD, *(account.token for account in accounts.values())]
    seen = b"\n".join(text for account in accounts.values() for text in account.seen)
    assert b"--all-profiles" in seen, "the command itself was looked at"
    assert b"ECORE_CONFIG=" in seen, "its environment, too"
    for secret in secrets:
        assert secret.encode() not in seen
        for public in ((folder / "etc" / "ecore.toml").read_text(), file_of(PAGE, CRON)):
            assert secret not in public
