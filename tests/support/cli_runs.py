"""Runs the command for tests: in a process of its own, or in this one against a served sandbox."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

import ecore_export
from ecore_export.sandbox import Sandbox, serve

COMMAND = (sys.executable, "-m", "ecore_export")
TIME_LIMIT_S = 60.0


def environment(**settings: str) -> dict[str, str]:
    """What a process of the command gets: this test's environment, and where to find the package."""
    return {**os.environ, "PYTHONPATH": str(Path(ecore_export.__file__).parents[1]), **settings}


def run(*arguments: str, cwd: Path | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(**settings),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )


@contextmanager
def served(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The sandbox on a port, and the environment pointing at it."""
    with serve(sandbox) as address:
        for name, value in settings_for(address.base_url, sandbox).items():
            monkeypatch.setenv(name, value)
        yield sandbox


def settings_for(base_url: str, sandbox: Sandbox) -> Mapping[str, str]:
    """The settings that point at a served sandbox, without patience."""
    return {"ECORE_BASE_URL": base_url, "ECORE_API_TOKEN": sandbox.token, "ECORE_ATTEMPTS": "1"}


def assert_one_error_line(stderr: str) -> None:
    assert stderr.startswith("ecore-export: error: ")
    assert stderr.count("\n") == 1
    assert "Traceback" not in stderr
