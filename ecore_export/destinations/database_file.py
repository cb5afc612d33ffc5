"""A destination that is one file: where it is, who may read it, who holds it.

In: the path of a database file. Out: checks, a file for its owner only, and a lock beside it that a dead
process gives back.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..errors import DestinationBusyError, DestinationError, SettingsError
from .atomic_files import writing

_umask_lock = threading.Lock()
_umask_users, _umask_before = 0, 0


@contextmanager
def only_ours() -> Iterator[None]:
    """Files that a library creates meanwhile are for their owner only.

    The umask is the whole process's: the first thread to come sets it, and the last one to go puts it back.
    """
    global _umask_before, _umask_users
    with _umask_lock:
        if _umask_users == 0:
            _umask_before = os.umask(0o077)
        _umask_users += 1
    try:
        yield
    finally:
        with _umask_lock:
            _umask_users -= 1
            if _umask_users == 0:
                os.umask(_umask_before)


@dataclass(frozen=True, slots=True)
class DatabaseFile:
    """A database file, there or not."""

    path: Path

    @classmethod
    def at(cls, place: str) -> DatabaseFile:
        """The file at ``place``, which may be relative or start with ``~``; raises `SettingsError`."""
        if not place or "\0" in place:
            raise SettingsError("the destination names no file: write it as sqlite:///FILE or duckdb:///FILE")
        try:
            return cls(Path(place).expanduser().absolute())
        except RuntimeError as error:
            raise SettingsError("~ in the destination has no home folder: write the whole path") from error

    def exists(self) -> bool:
        """Whether anything was written there; raises `DestinationError` if it could not even be read."""
        folder = self.path.parent
        if not folder.is_dir():
            raise DestinationError(f"the folder {folder} does not exist: create it, or choose another path")
        if self.path.is_dir():
            raise DestinationError(f"{self.path} is a folder: choose the path of a file")
        for place, access in ((folder, os.X_OK), (self.path, os.R_OK)):
            if os.access(folder, os.X_OK) and place.exists() and not os.access(place, access):
                raise DestinationError(f"{place} cannot be read: change its permissions")
        return self.path.exists()

    def is_writable(self) -> bool:
        """Whether it can be written, and files beside it (journal, lock)."""
        return self._closed_place() is None

    def check_writable(self) -> None:
        """Raise `DestinationError` if it could not be written."""
        self.exists()
        if (place := self._closed_place()) is not None:
            raise DestinationError(f"{place} is not writable: choose another path or change its permissions")

    def _closed_place(self) -> Path | None:
        places = ((self.path.parent, os.W_OK | os.X_OK), (self.path, os.R_OK | os.W_OK))
        return next((place for place, how in places if place.exists() and not os.access(place, how)), None)

    @property
    def fresh_path(self) -> Path:
        """Where whoever holds the lock makes a file that is to take this one's place."""
        return self.path.with_name(f".{self.path.name}.fresh.tmp")

    def create(self) -> None:
        """An empty file that only its owner can read, unless there is one."""
        with writing(self.path):
            os.close(os.open(self.path, os.O_CREAT | os.O_RDWR, 0o600))

    def is_held(self, *, for_writing: bool) -> bool:
        """Whether another process holds a record lock on the file, as DuckDB does while it has it open.

        This process must not hold one itself: closing the file here would release it.
        """
        import fcntl

        if not self.path.exists():
            return False
        flags, lock = (os.O_RDWR, fcntl.LOCK_EX) if for_writing else (os.O_RDONLY, fcntl.LOCK_SH)
        handle = os.open(self.path, flags)
        try:
            fcntl.lockf(handle, lock | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):  # EAGAIN or EACCES, as POSIX allows either
            return True
        finally:
            os.close(handle)
        return False

    @contextmanager
    def lock(self, timeout_s: float) -> Iterator[None]:
        """Hold ``.NAME.ecore.lock`` beside the file. Raises `DestinationBusyError` after ``timeout_s``."""
        from filelock import FileLock, Timeout

        self.check_writable()
        beside = self.path.with_name(f".{self.path.name}.ecore.lock")
        lock = FileLock(beside, mode=0o600, thread_local=False)
        with writing(beside):
            try:
                lock.acquire(timeout=max(timeout_s, 0.0))
            except Timeout as error:
                raise DestinationBusyError(
                    f"another export is writing to {self.path}: wait for it to end, then try again"
                ) from error
        try:
            yield
        finally:
            lock.release()
