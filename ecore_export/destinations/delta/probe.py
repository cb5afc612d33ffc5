"""Does a store let one of several writers win? Found out before the first write.

In: a place. Out: nothing, or a `DestinationError`. Several threads make the same table in a folder of its
own. Where conditional writes are honoured, there are as many commits as threads that were told of one. Where
they are not, one overwrites the other's, if it looked before that was there, which a few rounds bring about.
"""

from __future__ import annotations

import shutil
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from threading import Barrier
from typing import Any

import pyarrow as pa

from ...errors import DestinationError
from ...threads import naming_the_limit
from ..files import only_ours
from .failures import driver, translated
from .url import Place

WRITERS, ROUNDS = 6, 3
FOLDER = "_ecore_probe"
_SCHEMA = pa.schema([("probe", pa.int64())])


def check_store(place: Place) -> None:
    """Raise `DestinationError` where two writers would overwrite each other."""
    for _ in range(ROUNDS):
        if _lost(place, f"{place.root}/{FOLDER}/{uuid.uuid4().hex}"):
            raise DestinationError(
                f"{place.root}: this store lets two writers overwrite each other (it ignores If-None-Match), "
                "and exports would be lost: use one that honours conditional writes, such as Amazon S3, "
                "Azure, Google Cloud Storage, MinIO, Ceph or SeaweedFS"
            )


def _lost(place: Place, uri: str) -> int:
    """How many of several writers believe in a commit of theirs that is not there."""
    start = Barrier(WRITERS)

    def write(_: int) -> Exception | None:
        start.wait(60)
        try:
            driver().DeltaTable.create(uri, _SCHEMA, mode="error")
        except Exception as error:  # noqa: BLE001 - of whatever kind, it has not written
            return error
        return None

    umask = only_ours() if place.is_local else nullcontext()
    with umask, naming_the_limit(), ThreadPoolExecutor(WRITERS, thread_name_prefix="ecore-probe") as pool:
        outcomes = list(pool.map(write, range(WRITERS)))
    failures = [outcome for outcome in outcomes if outcome is not None]
    with translated(place):
        if len(failures) == WRITERS:
            raise failures[0]
        commits: int = driver().DeltaTable(uri).version() + 1
        _remove(place, uri)
    return WRITERS - len(failures) - commits


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
