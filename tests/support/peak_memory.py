"""How much memory a script takes, in a process of its own.

In: Python text. Out: what it printed, and its peak.

Not by ``getrusage``: Linux counts what the process held before it became the script, which is a copy of the
test process with all that earlier tests left in it.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import ecore_export

_STATUS = Path("/proc/self/status")


def peak_mb() -> float:
    """The most memory this process held since it began to run its program, in MiB."""
    if _STATUS.exists():
        (line,) = (line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def run_script(script: str, *arguments: str) -> str:
    """What a script prints, which may import this module."""
    paths = [str(Path(ecore_export.__file__).parents[1]), str(Path(__file__).parent)]
    done = subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
        capture_output=True,
        text=True,
        check=True,
        timeout=280,
    )
    return done.stdout


def run_and_weigh(script: str) -> tuple[str, float]:
    """What a script prints, and the peak of the process that ran it, in MiB."""
    printed = run_script(f"{script}\nfrom peak_memory import peak_mb; print(peak_mb())")
    output, _, peak = printed.rstrip("\n").rpartition("\n")
    return output, float(peak)
