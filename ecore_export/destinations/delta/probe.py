"""Does a store let one of several writers win? Found out before the first write.

In: a place. Out: nothing, or a `DestinationError`. Several threads make the same table in a folder of its
own. Where conditional writes are honoured, one of them commits and the others are refused. Where they are
not, all believe that they have, and one overwrites the other's. A thread that comes late finds the table
there, and tells nothing of the store: so there are rounds until enough commits were refused.
"""

from __future__ import annotations

import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from threading import Barrier
from typing import Any

import pyarrow as pa

from ...errors import DestinationBusyError, DestinationError
from ...threads import naming_the_limit
from ..files import only_ours
from .failures import driver, translated
from .url import Place

WRITERS, REFUSALS, MOST_ROUNDS = 3, 2, 40
FOLDER = "_ecore_probe"
_SCHEMA = pa.schema([("probe", pa.int64())])
_passed: set[str] = set()
"""Buckets that this process need not ask again; never folders: there may be another file system below one."""


def check_store(place: Place) -> None:
    """Raise `DestinationError` where two writers would overwrite each other."""
    if place.bucket in _passed:
        return
    refused = 0
    for _ in range(MOST_ROUNDS):
        refused += _race(place, f"{place.root}/{FOLDER}/{uuid.uuid4().hex}")
        if refused >= REFUSALS:
            break
    else:
        if not place.is_local:
            raise DestinationBusyError(
                f"{place.root}: it could not be found out whether this store keeps two writers apart: run "
                "the same again, on a machine that has less to do"
            )
    if place.bucket is not None:
        _passed.add(place.bucket)


def _race(place: Place, uri: str) -> int:
    """How many of several writers were refused a commit because another one had made it."""
    start = Barrier(WRITERS)

    def write(_: int) -> Exception | None:
        start.wait(60)
        once = driver().CommitProperties(max_commit_retries=0)
        try:
            driver().DeltaTable.create(uri, _SCHEMA, mode="error", commit_properties=once)
        except Exception as error:  # noqa: BLE001 - of whatever kind, it has not written
            return error
        return None

    umask = only_ours() if place.is_local else nullcontext()
    with umask, naming_the_limit(), ThreadPoolExecutor(WRITERS, thread_name_prefix="ecore-probe") as pool:
        outcomes = list(pool.map(write, range(WRITERS)))
    failures = [outcome for outcome in outcomes if outcome is not None]
    refusals = [each for each in failures if isinstance(each, driver().exceptions.CommitFailedError)]
    with translated(place):
        if len(failures) == WRITERS and not refusals:
            raise failures[0]
        commits: int = driver().DeltaTable(uri).version() + 1
        _remove(place, uri)
    if WRITERS - len(failures) > commits:
        raise DestinationError(
            f"{place.root}: this store lets two writers overwrite each other (it ignores If-None-Match), "
            "and exports would be lost: use one that honours conditional writes, such as Amazon S3, "
            "Azure, Google Cloud Storage, MinIO, Ceph or SeaweedFS"
        )
    return len(refusals)


def _remove(place: Place, uri: str) -> None:
    if place.is_local:
        shutil.rmtree(uri, ignore_errors=True)
        with suppress(OSError):  # another export looks, too
            place.path.joinpath(FOLDER).rmdir()
        return
    from deltalake.fs import DeltaStorageHandler
    from pyarrow.fs import FileSelector, FileType

    store: Any = DeltaStorageHandler(uri)
    for each in store.get_file_info_selector(FileSelector("", recursive=True)):
        if each.type == FileType.File:
            store.delete_file(each.path)
