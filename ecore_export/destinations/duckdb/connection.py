"""Opening a DuckDB file that others may have open, too.

In: the file, and how long to wait. Out: a connection that is closed after use.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ...errors import DestinationBusyError, DestinationError, SettingsError
from ..atomic_files import replace_file, writing
from ..database_file import DatabaseFile, only_ours

_CONFIG = {"memory_limit": "100MB", "threads": 1}
"""Enough for publishing millions of rows; what does not fit goes to disk."""

_VERSION_OPTION = "storage_compatibility_version"
_RETRY_S = 0.1


@contextmanager
def opened(driver: Any, file: DatabaseFile, wait_s: float, *, for_writing: bool) -> Iterator[Any]:
    """A connection to the file, once other programs let go of it."""
    with _spill_folder(file) as folder, _connect(driver, file, wait_s, for_writing) as connection:
        if folder is not None:
            connection.execute("SET temp_directory = ?", [str(folder)])
        # It goes to stdout, where rows may go. In a notebook without ipywidgets there is none, and DuckDB
        # refuses to be told so.
        with suppress(driver.InvalidInputException):
            connection.execute("SET enable_progress_bar = false")
        yield connection


def create(driver: Any, file: DatabaseFile, storage_version: str | None = None) -> None:
    """A new file, whole or not at all: DuckDB cannot open one that it was kept from finishing.

    ``storage_version``: the oldest DuckDB that shall be able to open it, such as ``v1.2.0``. The caller holds
    the lock. Raises `SettingsError` for a version that this DuckDB does not know.
    """
    fresh = file.fresh_path
    config = _CONFIG | ({} if storage_version is None else {_VERSION_OPTION: storage_version})
    with writing(fresh):
        fresh.unlink(missing_ok=True)
        try:
            with only_ours():
                driver.connect(fresh, config=config).close()
            replace_file(fresh, file.path)
        except (driver.InvalidInputException, driver.CatalogException) as error:
            raise SettingsError(
                f"DuckDB {driver.__version__} makes no file for {storage_version}: choose another version"
            ) from error
        finally:
            fresh.unlink(missing_ok=True)


def _connect(driver: Any, file: DatabaseFile, wait_s: float, for_writing: bool) -> Any:
    """A connection; `DestinationBusyError` when the file stays locked, `DestinationError` when it is not one.

    DuckDB has one error for both, so the lock itself is looked at; twice, as it may be gone by then.
    """
    deadline, was_free = time.monotonic() + wait_s, False
    while True:
        try:
            return _connect_somehow(driver, file, for_writing)
        except driver.ConnectionException as error:
            reason: Exception = error  # this process has it open in another way
        except driver.IOException as error:
            reason, is_free = error, not file.is_held(for_writing=for_writing)
            if is_free and was_free:
                raise DestinationError(
                    f"{file.path} cannot be opened: it is no DuckDB file, damaged, or of a newer DuckDB"
                ) from error
            was_free = is_free
        if time.monotonic() >= deadline and not was_free:
            raise DestinationBusyError(
                f"{file.path} is open elsewhere, waited {wait_s:g} s: close it there, or try later"
            ) from reason
        time.sleep(_RETRY_S)


def _connect_somehow(driver: Any, file: DatabaseFile, for_writing: bool) -> Any:
    """A connection; if this process has the file open already, DuckDB wants the same settings again."""
    ways: list[dict[str, Any]] = [{"config": _CONFIG}, {}]
    if not for_writing:
        ways = [{"read_only": True, "config": _CONFIG}, *ways, {"read_only": True}]
    with only_ours():
        for way in ways[:-1]:
            with suppress(driver.ConnectionException):
                return driver.connect(file.path, **way)
        return driver.connect(file.path, **ways[-1])


@contextmanager
def _spill_folder(file: DatabaseFile) -> Iterator[Path | None]:
    """Where DuckDB puts what does not fit into memory; it would make it readable for everybody.

    None: beside the file, as DuckDB has it; elsewhere where nothing can be written there.
    """
    if not file.is_writable():
        with TemporaryDirectory(prefix="ecore-") as name:
            yield Path(name)
        return
    folder = file.path.with_name(f"{file.path.name}.tmp")
    with writing(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    try:
        yield None
    finally:
        with suppress(OSError):
            folder.rmdir()
