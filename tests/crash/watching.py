"""Somebody who reads a destination over and over while syncs write to it and are killed.

In: a URL and what the API has said. Out: how often it looked; an assertion error if a look showed something
that must not be. Runs in a process of its own.
"""

from __future__ import annotations

import os
import pickle
import select
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from .checks import check_whole
from .outside_readers import read_outside
from .world import Truth


@dataclass(slots=True)
class Watch:
    """What came of watching. ``looks``: how often; ``problem``: a traceback, empty if all was well."""

    looks: int = 0
    problem: str = ""


@contextmanager
def watching(url: str, truths: Sequence[Truth], settled: Truth | None) -> Iterator[Watch]:
    """Watch from another process until the block ends; then raise if anything was amiss."""
    watch = Watch()
    process = subprocess.Popen(
        [sys.executable, "-c", "from crash.watching import main; main()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    with process:
        pickle.dump((url, truths, settled), process.stdin)
        process.stdin.flush()
        assert process.stdout.read(1) == b"!", "the watcher did not begin"
        yield watch
        process.stdin.close()
        watch.looks, watch.problem = pickle.load(process.stdout)
    assert not watch.problem, watch.problem


def main() -> None:
    """Look until stdin ends."""
    looks, problem = 0, ""
    with open(0, "rb") as orders, open(1, "wb", buffering=0) as found:
        url, truths, settled = pickle.load(orders)
        found.write(b"!")
        is_atomic = not url.startswith(("parquet", "delta"))
        rest_s = 0.0
        while not (problem or select.select([orders], [], [], rest_s)[0]):
            began = time.monotonic()
            try:
                check_whole(read_outside(url), truths, settled=settled, is_atomic=is_atomic)
            except Exception:
                problem = traceback.format_exc()
            looks += 1
            rest_s = time.monotonic() - began  # half of its time: the other half is left to who is watched
        found.write(pickle.dumps((looks, problem)))
