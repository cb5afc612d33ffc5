"""A file attached to a DuckDB that this process keeps, for as long as somebody uses it.

In: the file. Out: a connection that sees it under its own name, as if it had been opened alone.

To start a DuckDB takes twenty milliseconds, to attach a file to it one, and a sync that finds nothing new
looks into its destination thirty times. Between two uses the file is nobody's: others can open it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from threading import RLock
from typing import Any
from weakref import WeakSet

from ..files import DatabaseFile

SETTINGS = (
    # DuckDB 2.0.1 sorts numbers in as few bytes as it believes to be enough, and gives 47 for 999983.
    "SET disabled_optimizers = 'compressed_materialization'",
    # It goes to stdout, where rows may go.
    "SET enable_progress_bar = false",
)


def settle(driver: Any, connection: Any) -> None:
    """Set what is the same wherever a file is open."""
    for setting in SETTINGS:
        # In a notebook without ipywidgets there is no bar, and DuckDB refuses to be told so.
        with suppress(driver.InvalidInputException):
            connection.execute(setting)


class Attaching:
    """The DuckDB of one destination. Several threads may use it; a fork leaves it behind."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        self._config = dict(config)
        self._lock = RLock()  # a reader that nobody finished may be given back while another is taken
        self._root: Any = None
        self._users = 0
        self._name = ""
        self._is_writable = False
        _ALL.add(self)

    def take(self, driver: Any, file: DatabaseFile, *, for_writing: bool) -> tuple[Any, Callable[[], None]]:
        """A connection, and what gives it back.

        Raises what DuckDB says where the file cannot be attached; a `ConnectionException` while another
        thread has it attached for reading, and it is to be written.
        """
        with self._lock:
            root = self._started(driver, file)
            if not self._users:
                self._attach(root, file, for_writing)
            elif for_writing and not self._is_writable:
                raise driver.ConnectionException("another thread reads the file")
            self._users += 1
        connection = root.cursor()
        give_back = partial(self._give_back, root, connection)
        try:
            connection.execute(f'USE "{self._name}"')
        except BaseException:
            give_back()
            raise
        return connection, give_back

    def close(self) -> None:
        """End it, unless somebody still reads; the next use starts another one."""
        with self._lock:
            if self._root is not None and not self._users:
                self._root.close()
                self._root = None

    def _started(self, driver: Any, file: DatabaseFile) -> Any:
        if self._root is None:
            self._root = driver.connect(config=self._config)
            settle(driver, self._root)
            self._root.execute("SET temp_directory = ?", [f"{file.path}.tmp"])
        return self._root

    def _attach(self, root: Any, file: DatabaseFile, for_writing: bool) -> None:
        path = str(file.path).replace("'", "''")
        root.execute(f"ATTACH '{path}' (TYPE duckdb{'' if for_writing else ', READ_ONLY'})")
        others = "NOT internal AND database_name <> 'memory'"
        ((name,),) = root.execute(f"SELECT database_name FROM duckdb_databases() WHERE {others}").fetchall()  # noqa: S608
        self._name, self._is_writable = name.replace('"', '""'), for_writing

    def _give_back(self, root: Any, connection: Any) -> None:
        connection.close()
        with self._lock:
            self._users -= 1
            if not self._users:
                root.execute(f'DETACH "{self._name}"')


_ALL: WeakSet[Attaching] = WeakSet()


def _close_all() -> None:
    """A child could neither use nor end what it finds of its parent's: the threads of a DuckDB stay there."""
    for attaching in list(_ALL):
        attaching.close()


os.register_at_fork(before=_close_all)
