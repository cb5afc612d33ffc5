"""Runs one command as a fresh process and says what it cost.

In: a command and an environment. Out: a `Cost`. Not on Windows: it needs `os.wait4`.

This process must stay small, without Arrow or pandas: in the figure of `os.wait4`, a new process takes over
the peak memory of the one that started it.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
MB = 1024 * 1024
RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class ContenderError(Exception):
    """A contender that failed, or lost rows: its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost. ``output``: what it wrote to stdout.

    ``cpu_s``: user and system time, threads and children included. ``peak_mb``: the most memory that the
    largest process of its tree held.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str


def run(command: Sequence[str], base_url: str = "") -> Cost:
    """Run a command to its end. Raises `ContenderError`, with what it wrote to stderr, if it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        started = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - the commands are our own
            command, cwd=ROOT, env=_environment(base_url), stdout=output, stderr=errors
        )
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall_s = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (output, errors):
            file.seek(0)
            texts.append(file.read().decode(errors="replace"))
    if process.returncode:
        raise ContenderError(f"{' '.join(command)}: exit code {process.returncode}\n{texts[1][-4000:]}")
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT / MB, texts[0])


def _environment(base_url: str) -> dict[str, str]:
    """What a contender sees: no proxies, nobody's settings, and nothing may call home."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith(("ECORE_", "DLT_", "RUNTIME__"))
    }
    own = {"ECORE_API_TOKEN": "benchmark", "ECORE_BASE_URL": base_url}
    return kept | own | {"RUNTIME__DLTHUB_TELEMETRY": "false", "DO_NOT_TRACK": "1"}
