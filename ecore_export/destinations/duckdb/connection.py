"""A DuckDB file that others may have open, too: waited for, opened, its errors in this package's words.

In: the file, and how long to wait. Out: a connection that is closed after use.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import TYPE_CHECKING, Any

from ...errors import DestinationBusyError, DestinationError, SettingsError
from ..files import DatabaseFile, only_ours, replace_file, writing

if TYPE_CHECKING:
    import duckdb

_CONFIG = {"memory_limit": "100MB", "threads": 1}
"""Enough for publishing millions of rows; what does not fit goes to disk."""

_VERSION_OPTION = "storage_compatibility_version"
_RETRY_S = 0.1


@dataclass(frozen=True, slots=True)
class Database:
    """A DuckDB file. ``wait_s``: how long to wait for others that have it open.

    ``storage_version``: the oldest DuckDB that shall be able to open a new file, such as ``v1.2.0``.
    """

    url: str
    file: DatabaseFile
    storage_version: str | None
    wait_s: float

    @classmethod
    def at(cls, url: str, wait_s: float) -> Database:
        """The file that a URL names, there or not; raises `SettingsError`."""
        return cls(url, *_file_of(url), wait_s)

    def create(self) -> None:
        """A new file, whole or not at all. The caller holds the lock."""
        with self._errors():
            _create(driver(), self.file, self.storage_version)

    @contextmanager
    def reading(self, *, for_writing: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file opened; what DuckDB says of it in this package's words, without any data."""
        with (
            self._errors(),
            _opened(driver(), self.file, self.wait_s, for_writing=for_writing) as connection,
        ):
            yield connection

    @contextmanager
    def held(self, *, for_writing: bool = False) -> Iterator[None]:
        """Open already for whatever opens it meanwhile, which then takes no time; where there is a file."""
        if not self.file.exists():
            yield
            return
        with self.reading(for_writing=for_writing):
            yield

    @contextmanager
    def writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """The file opened for one transaction. Its journal appears with the commit."""
        self.file.check_writable()
        with self.reading(for_writing=True) as connection:
            connection.begin()
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            try:
                with only_ours():
                    connection.commit()
            except driver().TransactionException as error:  # no conflict: those come with a statement
                raise self._unwritten() from error

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except driver().IOException as error:
            raise self._unwritten() from error
        except (driver().DataError, driver().IntegrityError) as error:
            raise self._translated(error) from None  # it may quote a value
        except driver().Error as error:
            raise self._translated(error) from error

    def _translated(self, error: Exception) -> DestinationError:
        kind = DestinationError
        if isinstance(error, driver().TransactionException):
            kind = DestinationBusyError
        return kind(f"{self.url}: DuckDB failed ({type(error).__name__}); what was published before stays")

    def _unwritten(self) -> DestinationError:
        return DestinationError(
            f"{self.url} cannot be read or written, its disk may be full: free some space, then run the same "
            "again; what was published before stays"
        )


def refuse_journal(file: DatabaseFile, advice: str) -> None:
    """Raise `DestinationError` if there is a journal: DuckDB opens no file beside that of another one."""
    journal = file.path.with_name(f"{file.path.name}.wal")
    if journal.exists():
        raise DestinationError(f"{journal} holds changes that are in no file: {advice}")


def driver() -> ModuleType:
    """DuckDB's module."""
    import duckdb  # takes a while, and most runs need none of it

    return duckdb


@contextmanager
def _opened(driver: Any, file: DatabaseFile, wait_s: float, *, for_writing: bool) -> Iterator[Any]:
    """A connection to the file, once other programs let go of it."""
    with _spill_folder(file) as folder, _connect(driver, file, wait_s, for_writing) as connection:
        # DuckDB 2.0.1 sorts numbers in as few bytes as it believes to be enough, and gives 47 for 999983.
        connection.execute("SET disabled_optimizers = 'compressed_materialization'")
        if folder is not None and _spills_beside(connection, file):
            connection.execute("SET temp_directory = ?", [str(folder)])
        # It goes to stdout, where rows may go. In a notebook without ipywidgets there is none, and DuckDB
        # refuses to be told so.
        with suppress(driver.InvalidInputException):
            connection.execute("SET enable_progress_bar = false")
        yield connection


def _spills_beside(connection: Any, file: DatabaseFile) -> bool:
    """Whether nobody who has the file open chose another place: DuckDB takes none after it used one."""
    ((place,),) = connection.execute("SELECT current_setting('temp_directory')").fetchall()
    return Path(place).absolute() == _beside(file)


def _beside(file: DatabaseFile) -> Path:
    return file.path.with_name(f"{file.path.name}.tmp")


def _create(driver: Any, file: DatabaseFile, storage_version: str | None = None) -> None:
    """A new file, whole or not at all: DuckDB cannot open one that it was kept from finishing.

    ``storage_version``: the oldest DuckDB that shall be able to open it, such as ``v1.2.0``. The caller holds
    the lock. Raises `SettingsError` for a version that this DuckDB does not know.
    """
    refuse_journal(file, "bring the file back that it belongs to, or remove it")
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
    folder = _beside(file)
    with writing(folder):
        folder.mkdir(mode=0o700, exist_ok=True)
    try:
        yield None
    finally:
        with suppress(OSError):
            folder.rmdir()


def _file_of(url: str) -> tuple[DatabaseFile, str | None]:
    """The file that a URL names, and the version of DuckDB that it shall be made for, if one is given."""
    place = url.partition(":")[2]
    version = None
    if option := re.fullmatch(r"(.*)\?(\w+)=([^?/]*)", place, re.DOTALL):
        place, name, version = option.groups()
        if name != "storage_version" or not re.fullmatch(r"v\d+\.\d+\.\d+", version):
            raise SettingsError(
                "the only option of a DuckDB destination is the version of DuckDB that shall be able to open "
                "a new file: write duckdb:///FILE?storage_version=v1.2.0"
            )
    if not place.startswith("///") or place == "///:memory:":
        raise SettingsError(
            "a DuckDB destination is a file: write duckdb:///FILE, or duckdb:////ABSOLUTE/FILE"
        )
    return DatabaseFile.at(place.removeprefix("///")), version
