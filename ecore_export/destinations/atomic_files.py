"""Steps on the file system that a crash cannot leave half done, and its errors in this package's words.

In: paths. Out: folders and files for their owner only, moved into place whole.
"""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from ..errors import DestinationError
from ..threads import check_threads

_NO_FOLDER_SYNC = (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP, errno.EBADF)


def write_text(path: Path, text: str) -> None:
    """Write a small file whole, in one step."""
    temporary = temporary_path(path.parent)
    with writing(path):
        try:
            with create_file(temporary) as sink:
                sink.write(text.encode())
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
