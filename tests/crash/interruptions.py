"""What befalls a sync in the middle of its work.

In: a place to strike. Out: nothing good. A trial names one of these, `functools.partial` fills it in, and
the sync's own process calls it at the chosen step, so that the moment is exact.
"""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from .outside_readers import ask_postgresql


def kill() -> None:
    """The process is gone before the next instruction."""
    os.kill(os.getpid(), signal.SIGKILL)


def send(number: signal.Signals) -> None:
    """The process gets a signal that it may answer to."""
    os.kill(os.getpid(), number)


def hold_up(fifo: Path) -> None:
    """The process waits until somebody has opened ``fifo`` for writing, and closed it."""
    fifo.read_bytes()


def hold_up_and_kill(fifo: Path) -> None:
    """The same, and then it is gone."""
    hold_up(fifo)
    kill()


def end_sessions(url: str) -> None:
    """The server ends all sessions on a PostgreSQL database, as an administrator or a failover would."""
    ended = ask_postgresql(
        url,
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    assert ended, "there was no session to end"


def stop_server(url: str) -> None:
    """The PostgreSQL server goes down at once, without a word to anybody."""
    [(folder,)] = ask_postgresql(url, "SHOW data_directory")
    running = Path(folder, "postmaster.pid")
    os.kill(int(running.read_text().splitlines()[0]), signal.SIGQUIT)
    while running.exists():
        time.sleep(0.01)
