"""delta-rs, its door and its errors in this package's words.

In: calls of its library. Out: its module; `DestinationError`s. Its own texts are never shown: one of a null
in a column that has none prints the row, address and all. They are only searched for the numbers that tell
what happened, as its Python exceptions carry none.
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

from ...errors import DestinationBusyError, DestinationError, EcoreError, SettingsError
from .url import Place

FLOOR = (1, 6)
"""Older versions lose one of two overwrites that come at the same time."""

_SETTINGS = {
    "RUST_LOG": "error",  # else it warns on stderr, whole answers of a store included
    "DELTARS_MAX_CONCURRENT_WRITERS": "1",  # with more, the rows of one month are queued without bounds
    "_RJEM_MALLOC_CONF": "narenas:1,dirty_decay_ms:200",  # its allocator would keep 50 MB for ten seconds
}
"""Of delta-rs, which reads them once, from the environment alone; whoever has set one keeps it."""
_THREADS = "TOKIO_WORKER_THREADS"
"""How many threads its runtime has, once begun: a second one holds 50 MB more while it writes, to no gain."""

_OS_ERROR = re.compile(r"os error (\d+)")
_HTTP_STATUS = re.compile(r"\b(?:status|code|http)\D{0,20}(4\d\d)\b|\b(4\d\d) [A-Z][a-z]+", re.IGNORECASE)
_NO_BUCKET = re.compile("NoSuchBucket|ContainerNotFound|bucket does not exist", re.IGNORECASE)
_NO_HTTP = "URL scheme is not allowed"
_process: int | None = None


class ConflictError(Exception):
    """Another writer was quicker: what depends on the table's state has to be computed again."""


def driver() -> ModuleType:
    """The module `deltalake`; raises `SettingsError` where it is missing or too old.

    Its threads do not survive a fork: a child would wait for them for ever.
    """
    global _process
    if _process not in (None, os.getpid()):
        raise DestinationError(
            "this process was forked from one that had opened a Delta table, and delta-rs does not survive "
            "that: start processes by spawn, such as multiprocessing.get_context('spawn')"
        )
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    try:
        import deltalake
    except ModuleNotFoundError as error:
        raise SettingsError("Delta tables need deltalake: pip install 'ecore-export[delta]'") from error
    if tuple(map(int, deltalake.__version__.split(".")[:2])) < FLOOR:
        raise SettingsError(
            f"deltalake {deltalake.__version__} is too old: pip install --upgrade 'ecore-export[delta]'"
        )
    if _process is None:
        _begin_runtime(deltalake)
    _process = os.getpid()
    return deltalake


def _begin_runtime(deltalake: ModuleType) -> None:
    """Let delta-rs start its threads: one, unless the environment names a number.

    Other libraries in this process read the same variable: it is there for this moment only.
    """
    named = _THREADS in os.environ
    os.environ.setdefault(_THREADS, "1")
    try:
        deltalake.DeltaTable.is_deltatable("memory:///")  # nothing is there
    finally:
        if not named:
            del os.environ[_THREADS]


@contextmanager
def translated(place: Place) -> Iterator[None]:
    """Whatever delta-rs raises becomes an error of this package, or a `ConflictError`."""
    try:
        yield
    except (EcoreError, ConflictError):
        raise
    except Exception as error:  # noqa: BLE001 - it raises plain exceptions, too
        raise _named(error, place) from None  # its text may hold a row
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise DestinationError(
            f"{place.root}: delta-rs broke off (a panic in its own code): run the same again, and report it "
            "if it lasts; what was published before stays"
        ) from None


def _named(error: Exception, place: Place) -> Exception:
    from deltalake.exceptions import CommitFailedError

    text = str(error)
    if isinstance(error, CommitFailedError) and not _OS_ERROR.search(text):
        return ConflictError()
    if place.is_local:
        return _of_files(text, place)
    if not isinstance(error, OSError) and "Generic" not in text:
        return _failed(error, place)
    return _of_store(text, place)


def _of_files(text: str, place: Place) -> DestinationError:
    found = _OS_ERROR.search(text)
    code = int(found[1]) if found else None
    if code in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return DestinationError(
            f"the disk of {place.root} is full, or a file too large for it: free some space, then run the "
            "same again; what was published before stays"
        )
    if code in (errno.EACCES, errno.EPERM, errno.EROFS):
        return DestinationError(
            f"{place.root} is not writable: choose another path or change its permissions"
        )
    reason = f": {os.strerror(code)}" if code else ""
    return DestinationError(
        f"{place.root} cannot be read or written{reason}; what was published before stays"
    )


def _of_store(text: str, place: Place) -> DestinationError:
    if _NO_BUCKET.search(text):
        return DestinationError(f"{place.root}: there is no such bucket: make it, or choose another one")
    if _NO_HTTP in text:
        cloud = {"s3": "AWS", "gs": "GOOGLE"}.get(place.root.partition(":")[0][:2], "AZURE")
        return DestinationError(
            f"{place.root}: the store's endpoint is plain HTTP: set {cloud}_ALLOW_HTTP=true if that is meant"
        )
    found = _HTTP_STATUS.search(text)
    status = (found[1] or found[2]) if found else None
    if status in ("401", "403"):
        return DestinationError(
            f"{place.root}: the store refuses access ({status}): see that the credentials of this machine "
            "(AWS_…, AZURE_…, GOOGLE_…, or its role) may list, read, write and delete there"
        )
    if status in ("400", "301", "404"):
        return DestinationError(
            f"{place.root}: the store does not take the request ({status}): see whether region, endpoint and "
            "bucket are right"
        )
    return DestinationBusyError(
        f"{place.root}: the store cannot be reached, or gives no answer: try later; see credentials and "
        "endpoint if this lasts"
    )


def _failed(error: Exception, place: Place) -> DestinationError:
    return DestinationError(
        f"{place.root}: delta-rs failed ({type(error).__name__}); what was published before stays"
    )
