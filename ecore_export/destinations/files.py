"""Files that a crash cannot leave half done, a lock that a dead process gives back, errors in our words.

In: paths. Out: folders and files for their owner only, moved into place whole; `DatabaseFile`, a destination
that is one file.
"""

from __future__ import annotations

import errno
import os
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from ..errors import DestinationBusyError, DestinationError, SettingsError
from ..threads import check_threads

_umask_lock = threading.Lock()
_umask_users, _umask_before = 0, 0

OBJECT_STORES = ("s3", "s3a", "az", "azure", "adl", "abfs", "abfss", "gs", "gcs")
"""Schemes of URLs that name a place in one."""

_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EBADF)


def in_an_object_store(scheme: str) -> str:
    """What to write for a place there, and why."""
    known = {"s3a": "s3", "gcs": "gs", "azure": "az", "adl": "az"}.get(scheme, scheme)
    return (
        f"in an object store ecore-export writes Delta tables: write delta:{known}://BUCKET/PREFIX; plain "
        "Parquet files cannot be replaced there without a reader counting rows twice, or none"
    )


def write_text(path: Path, text: str) -> None:
    """Write a small file whole, in one step."""
    with replacing(path) as sink:
        sink.write(text.encode())


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Where to write what replaces a file, in one step, when the block ends well; else nothing changes."""
    temporary = temporary_path(path.parent)
    with writing(path):
        try:
            with create_file(temporary) as sink:
                yield sink
                sink.flush()
                os.fsync(sink.fileno())
            replace_file(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)


def create_file(path: Path) -> BinaryIO:
    """A new file, opened for writing, that only its owner can read."""
    return os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")


def replace_file(temporary: Path, path: Path) -> None:
    """Move a synced file into place, and make the move itself survive a power cut."""
    os.replace(temporary, path)  # noqa: PTH105 - the step that crash tests interrupt
    _sync_directory(path.parent)


def temporary_path(folder: Path) -> Path:
    """A new name that neither pandas (the dot) nor DuckDB (the ending) takes for data."""
    return folder / f".{uuid.uuid4().hex}.tmp"


def sweep_temporary(folder: Path) -> None:
    """Remove what a killed writer left in ``folder``; only whoever holds the lock may call this."""
    with writing(folder):
        for leftover in folder.glob(f".{'[0-9a-f]' * 32}.tmp"):
            leftover.unlink(missing_ok=True)


def make_directory(path: Path) -> None:
    """Create a folder and its parents, for their owner only, so that they survive a power cut."""
    if path.is_dir():
        return
    make_directory(path.parent)
    with writing(path):
        path.mkdir(mode=0o700, exist_ok=True)
        _sync_directory(path.parent)


def _sync_directory(path: Path) -> None:
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # one that may be written to but not listed; any on Windows
        return
    try:
        os.fsync(handle)
    except OSError as error:  # some file systems (older CIFS, some FUSE) sync files but no folders
        if error.errno not in _NO_FOLDER_SYNC:
            raise
    finally:
        os.close(handle)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what goes wrong with reading ``path`` into a `DestinationError`."""
    try:
        yield
    except (OSError, pa.ArrowException) as error:
        reason = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else None
        if reason is None:
            check_threads(error)
            raise DestinationError(
                f"{path} is damaged: restore it from a backup, or move it away and export its jobs again "
                "with --full --refetch"
            ) from error
        raise DestinationError(f"{path} cannot be read: {reason}") from error


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn what goes wrong with writing ``path`` into a `DestinationError`."""
    try:
        yield
    except (OSError, pa.ArrowException, ValueError) as error:
        code = error.errno if isinstance(error, OSError) else None
        if code in (errno.ENOSPC, errno.EDQUOT):
            raise DestinationError(
                f"the disk of {path.parent} is full: free some space, then run the same again; "
                "what was published before stays"
            ) from error
        if code in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise DestinationError(
                f"{path.parent} is not writable: choose another path or change its permissions"
            ) from error
        if code == errno.ENOLCK:
            raise DestinationError(
                f"the file system of {path.parent} gives no locks, without which two exports may "
                "write at once: choose a local disk, or have locking turned on (for NFS: version 4, or lockd)"
            ) from error
        if code is None:
            check_threads(error)
        reason = os.strerror(code) if code else type(error).__name__
        raise DestinationError(f"{path} cannot be written: {reason}") from error


@contextmanager
def locked(path: Path, what: Path, timeout_s: float) -> Iterator[None]:
    """Hold the lock file ``path``. Raises `DestinationBusyError` after ``timeout_s``: ``what`` is in use."""
    from filelock import FileLock, Timeout

    lock = FileLock(path, mode=0o600, thread_local=False)
    with writing(path):
        try:
            lock.acquire(timeout=max(timeout_s, 0.0))
        except Timeout as error:
            raise DestinationBusyError(
                f"another export is writing to {what}: wait for it to end, then try again"
            ) from error
    try:
        yield
    finally:
        lock.release()


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
        self.check_writable()
        with locked(self.path.with_name(f".{self.path.name}.ecore.lock"), self.path, timeout_s):
            yield
