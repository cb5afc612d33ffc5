"""Runs one command as a fresh process and says what it cost.

In: a command and an environment. Out: a `Cost`. Called by `trial` and `memory`. Linux only: it reads
``/proc``.

This process must stay small: a new process takes over the peak memory of the one that started it, in the
figure of `os.wait4`.
"""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAMPLE_S = 0.02
MB = 1024 * 1024
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")


class ContenderError(Exception):
    """A contender that failed, or lost rows: its figures would mean nothing."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What a process cost, its threads and children included.

    ``cpu_s``: user and system time. ``peak_mb``: the most memory it held; where it has children, the sum of
    everyone's own most. ``output``: what it wrote to stdout.
    """

    wall_s: float
    cpu_s: float
    peak_mb: float
    output: str


def run(command: Sequence[str], environment: Mapping[str, str]) -> Cost:
    """Run a command to its end. Raises `ContenderError`, with what it wrote to stderr, if it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(  # noqa: S603 - the commands are our own
        command, cwd=ROOT, env=dict(environment), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    watched = _Watched(process.pid)
    texts = [_Drain(stream) for stream in (process.stdout, process.stderr)]
    try:
        _, status, usage = os.wait4(process.pid, 0)
    except BaseException:
        process.kill()
        process.wait()
        watched.finish()
        raise
    wall_s = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    sampled_kb = watched.finish()
    output, errors = (text.finish() for text in texts)
    if process.returncode:
        raise ContenderError(f"{' '.join(command)}: exit code {process.returncode}\n{errors[-4000:]}")
    return Cost(wall_s, usage.ru_utime + usage.ru_stime, max(usage.ru_maxrss, sampled_kb) / 1024, output)


def cpu_of_tree(pid: int) -> float:
    """User and system time of a process and all its children, living or gone, so far."""
    own = _stat(pid)
    return sum(own[:4]) * _TICK_S + sum(sum(_stat(child)[:4]) for child in descendants(pid)) * _TICK_S


def descendants(pid: int) -> Iterator[int]:
    """The living children of a process, and theirs."""
    children: list[str] = []
    with suppress(OSError):  # gone meanwhile
        for task in Path(f"/proc/{pid}/task").iterdir():
            children += (task / "children").read_text().split()
    for child in children:
        yield int(child)
        yield from descendants(int(child))


def _stat(pid: int) -> list[int]:
    """utime, stime and both of the children waited for, in ticks; zeros for a process that is gone."""
    try:
        return [int(n) for n in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]]
    except OSError:
        return [0, 0, 0, 0]


def _peak_kb(pid: int) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1])
    except OSError:
        pass
    return 0


class _Watched:
    """Looks at a process and its children every 20 ms; a peak only grows, so little is missed."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peaks: dict[int, int] = {}
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()

    def finish(self) -> int:
        """The sum of everyone's own peak, in KiB."""
        self._is_over.set()
        self._thread.join()
        return sum(self._peaks.values())

    def _watch(self) -> None:
        while not self._is_over.wait(SAMPLE_S):
            for pid in (self._pid, *descendants(self._pid)):
                self._peaks[pid] = max(self._peaks.get(pid, 0), _peak_kb(pid))


class _Drain:
    """Reads a pipe to its end beside the process, which would wait otherwise."""

    def __init__(self, stream: object) -> None:
        self._stream = stream
        self._parts: list[bytes] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def finish(self) -> str:
        self._thread.join()
        return b"".join(self._parts).decode(errors="replace")

    def _read(self) -> None:
        with self._stream as stream:  # type: ignore[attr-defined]
            self._parts.append(stream.read())
