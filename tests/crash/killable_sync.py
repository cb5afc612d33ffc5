"""Real syncs in processes of their own, each of which may be struck in the middle of its work.

In: `Order`s. Out: an `Outcome` each. A trial holds a `Supervisor`; behind it a process imports everything
once and forks for every order, so that a sync costs what it does and not a second of imports besides.
What runs in the fork is the command line's own `main`, over real HTTP.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from typing import IO, Any

from mysql_server import AUTHORITY

from . import interruptions
from .steps import Steps, count_steps

PAGE_JOBS, PUBLICATION_JOBS = 4, 3
"""Small, so that few jobs make several listed pages and several publications."""

EVERYTHING = (
    *(
        "deltalake",
        "duckdb",
        "pandas",
        "psycopg",
        "sqlalchemy.dialects.postgresql.psycopg",
        "sqlalchemy.dialects.sqlite",
    ),
    *(
        "ecore_export.cli",
        "ecore_export.progress",
        "ecore_export.cli.commands.sync",
        "ecore_export.syncing",
    ),
    *(f"ecore_export.destinations.{name}" for name in ("delta", "duckdb", "parquet", "sql")),
)
"""What a sync imports on its way."""


@dataclass(frozen=True, slots=True)
class Order:
    """One sync. ``arguments``: of ``ecore-export sync``; ``environ``: its settings.

    ``at_step``: before which step `interruption` happens. ``kill_after_s``: SIGKILL from outside, so long
    after it began. ``largest_file``: in bytes, a limit of the process. ``lock_timeout_s``: how long it waits
    for another sync.
    """

    arguments: tuple[str, ...]
    environ: dict[str, str]
    at_step: int | None = None
    interruption: Callable[[], None] = interruptions.kill
    kill_after_s: float | None = None
    largest_file: int | None = None
    lock_timeout_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a sync ended. ``code``: its exit code, or less a signal's number. ``steps``: 0 if it was killed."""

    code: int
    steps: int
    seconds: float
    stdout: str = field(repr=False)
    stderr: str = field()

    @property
    def was_killed(self) -> bool:
        return self.code == -signal.SIGKILL


class Supervisor:
    """Runs one order at a time; use it as a context manager, and several of them for syncs side by side."""

    def __enter__(self) -> Supervisor:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("ECORE_")}
        environ |= {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OPENBLAS_NUM_THREADS": "1"}
        environ["SSL_CERT_FILE"] = str(AUTHORITY)
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from crash.killable_sync import serve_orders; serve_orders()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environ,
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()

    def run(self, order: Order) -> Outcome:
        """Run a sync to whatever end it comes to."""
        pickle.dump(order, self._process.stdin)
        self._process.stdin.flush()
        outcome: Outcome = pickle.load(self._process.stdout)
        return outcome


def serve_orders() -> None:
    """The supervising process: orders from stdin, outcomes to stdout, until stdin ends."""
    _import_everything()
    with open(0, "rb") as orders, open(1, "wb") as outcomes:
        while orders.peek(1):
            pickle.dump(_supervise(pickle.load(orders)), outcomes)
            outcomes.flush()


def _import_everything() -> None:
    for name in EVERYTHING:
        import_module(name)


def _supervise(order: Order) -> Outcome:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err, tempfile.TemporaryFile() as count:
        pid, began = os.fork(), time.monotonic()
        if pid == 0:
            os._exit(_run(order, out, err, count))
        if order.kill_after_s is not None:
            time.sleep(order.kill_after_s)
            os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        seconds = time.monotonic() - began
        texts = [_text_of(file) for file in (count, out, err)]
    return Outcome(os.waitstatus_to_exitcode(status), int(texts[0] or 0), seconds, *texts[1:])


def _run(order: Order, out: IO[bytes], err: IO[bytes], count: IO[bytes]) -> int:
    """The sync itself, in a process that is its own."""
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    os.environ.update(order.environ)
    if order.largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order.largest_file, order.largest_file))
    _make_small(order.lock_timeout_s)
    steps = Steps(order.at_step, order.interruption)
    count_steps(steps)
    from ecore_export.cli import main

    with open(1, "w") as sys.stdout, open(2, "w") as sys.stderr:
        code = main(["sync", *order.arguments])
    os.write(count.fileno(), str(steps.taken).encode())
    return code


def _make_small(lock_timeout_s: float) -> None:
    from ecore_export.api import endpoints
    from ecore_export.syncing import discover, job_list, publisher, runs

    for module, name, value in (
        (endpoints, "JOBS_PAGE_SIZE", PAGE_JOBS),
        (discover, "JOBS_PAGE_SIZE", PAGE_JOBS),
        (job_list, "JOBS_PAGE_SIZE", PAGE_JOBS),
        (publisher, "JOBS", PUBLICATION_JOBS),
        (runs, "LOCK_TIMEOUT_S", lock_timeout_s),
    ):
        assert hasattr(module, name), f"{module.__name__} has no {name} any more"
        setattr(module, name, value)
    for function, name in ((endpoints.Endpoints.jobs_page, "page_size"), (job_list.JobList.pages, "size")):
        function.__kwdefaults__[name] = PAGE_JOBS  # taken from the constant before


def _text_of(file: Any) -> str:
    file.seek(0)
    return file.read().decode()
