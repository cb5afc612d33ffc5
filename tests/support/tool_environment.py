"""An environment of its own for a tool that is tested with ours and does not fit beside it.

In: what to install. Out: its Python. What is installed stays in pytest's cache, so a second test run finds
it.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest
from filelock import FileLock

INSTALL_LIMIT_S = 240.0
GIVEN = dict(os.environ)
"""The environment of whoever runs the tests: it says how to get at packages, and what to trust on the way."""


def tool_python(request: pytest.FixtureRequest, name: str, requirements: Sequence[str]) -> Path:
    """The Python of an environment with ``requirements``; skips the test where it cannot be made.

    In CI that is a failure: there, nothing may be skipped for want of a package.
    """
    wanted = "\n".join([sys.version, *requirements])
    folder = (
        request.config.cache.mkdir("tools") / f"{name}-{hashlib.sha256(wanted.encode()).hexdigest()[:12]}"
    )
    python = folder / "bin" / "python"
    with FileLock(f"{folder}.lock"):
        if not (folder / "complete").exists():
            _install(folder, requirements)
            (folder / "complete").touch()
    return python


def _install(folder: Path, requirements: Sequence[str]) -> None:
    if find_spec("uv") is None:
        give_up("uv is not installed: pip install 'ecore-export[test]'")
    _uv("venv", "--clear", "--no-python-downloads", "--python", sys.executable, str(folder))
    _uv("pip", "install", "--python", str(folder / "bin" / "python"), *requirements)


def _uv(*arguments: str) -> None:
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    try:
        done = subprocess.run(
            command, env=GIVEN, capture_output=True, text=True, timeout=INSTALL_LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        give_up(f"uv {arguments[0]} took more than {INSTALL_LIMIT_S:.0f} s")
    if done.returncode:
        give_up(f"uv {arguments[0]}: {done.stderr.strip()[-500:]}")


def give_up(reason: str) -> NoReturn:
    """Skip the test; in CI that is a failure."""
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
