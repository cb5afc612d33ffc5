"""Other writers: whether a store keeps them apart, and what happens where one of them was quicker.

`check_store`, before the first write: several threads make the same table in a folder of its own. Where
conditional writes are honoured, one of them commits and the others are refused. Where they are not, all
believe that they have, and one overwrites the other's: a `DestinationError`. A thread that comes late finds
the table there, and tells nothing of the store: so there are rounds until enough commits were refused.

`again_on_conflict`: an attempt to change tables is computed again some time later, a few times at most;
`DestinationBusyError` if others are always quicker.

`without_stale`: of a `Publication`, and the rows of its jobs as they are stored now, the publication without
what is older than these. Only rows of runs that wrote since this one began are looked at: whoever is alone is
told nothing by them.
"""

from __future__ import annotations

import random
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from threading import Barrier
from typing import Any, TypeVar

import pyarrow as pa
import pyarrow.compute as pc

from ... import schema
from ...errors import DestinationBusyError, DestinationError
from ...threads import naming_the_limit
from ..contract import Publication
from ..files import only_ours
from .failures import ConflictError, driver, translated
from .tables import Snapshot
from .url import Place

_T = TypeVar("_T")

ATTEMPTS, PAUSE_S, LONGEST_PAUSE_S = 12, 0.05, 3.0

_FACTS = [column.name for column in schema.JOB_FACTS]
_KEPT = ("first_seen_at", "changed_at")
"""When a state was first seen, which it was by the other run where the state is the same."""

_PROBE_WRITERS, _PROBE_REFUSALS, _PROBE_ROUNDS = 3, 2, 40
PROBE_FOLDER = "_ecore_probe"
_PROBE_SCHEMA = pa.schema([("probe", pa.int64())])
_passed: set[str] = set()
"""Buckets that this process need not ask again; never folders: there may be another file system below one."""


def check_store(place: Place) -> None:
    """Raise `DestinationError` where two writers would overwrite each other."""
    if place.bucket in _passed:
        return
    refused = 0
    for _ in range(_PROBE_ROUNDS):
        refused += _race(place, f"{place.root}/{PROBE_FOLDER}/{uuid.uuid4().hex}")
        if refused >= _PROBE_REFUSALS:
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
    start = Barrier(_PROBE_WRITERS)

    def write(_: int) -> Exception | None:
        start.wait(60)
        once = driver().CommitProperties(max_commit_retries=0)
        try:
            driver().DeltaTable.create(uri, _PROBE_SCHEMA, mode="error", commit_properties=once)
        except Exception as error:  # noqa: BLE001 - of whatever kind, it has not written
            return error
        return None

    umask = only_ours() if place.is_local else nullcontext()
    with (
        umask,
        naming_the_limit(),
        ThreadPoolExecutor(_PROBE_WRITERS, thread_name_prefix="ecore-probe") as pool,
    ):
        outcomes = list(pool.map(write, range(_PROBE_WRITERS)))
    failures = [outcome for outcome in outcomes if outcome is not None]
    refusals = [each for each in failures if isinstance(each, driver().exceptions.CommitFailedError)]
    with translated(place):
        if len(failures) == _PROBE_WRITERS and not refusals:
            raise failures[0]
        commits: int = driver().DeltaTable(uri).version() + 1
        _remove(place, uri)
    if _PROBE_WRITERS - len(failures) > commits:
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
            place.path.joinpath(PROBE_FOLDER).rmdir()
        return
    from deltalake.fs import DeltaStorageHandler
    from pyarrow.fs import FileSelector, FileType

    store: Any = DeltaStorageHandler(uri)
    for each in store.get_file_info_selector(FileSelector("", recursive=True)):
        if each.type == FileType.File:
            store.delete_file(each.path)


def again_on_conflict(place: Place, attempt: Callable[[], _T]) -> _T:
    """The outcome of ``attempt``, made again from the start where another writer was quicker."""
    for number in range(ATTEMPTS):
        try:
            return attempt()
        except ConflictError:
            most = min(PAUSE_S * 2**number, LONGEST_PAUSE_S)
            time.sleep(random.uniform(most / 4, most))  # noqa: S311 - it only keeps writers apart
    raise DestinationBusyError(
        f"other exports keep writing to {place.root}: try later; what was published before stays"
    )


@contextmanager
def moved_on_is_conflict(*snapshots: Snapshot) -> Iterator[None]:
    """What fails in a table that has moved on meanwhile is a `ConflictError`: its old files may be gone."""
    versions = [snapshot.version for snapshot in snapshots]
    try:
        yield
    except DestinationError as error:
        if error.retryable:
            raise
        for snapshot, version in zip(snapshots, versions, strict=True):
            snapshot.refresh()
            if snapshot.version > version + 1:  # one of them is ours, at most
                raise ConflictError from None
        raise


def without_stale(publication: Publication, stored: pa.Table, others: Collection[str]) -> Publication:
    """``publication`` as it adds to what ``others`` have written of the same jobs.

    Of a job in the same state nothing is written but what was exported. In another state the one that was
    seen later stays.
    """
    if not others:
        return publication
    theirs = {row["job_id"]: row for row in stored.to_pylist() if row["run_id"] in others}
    jobs, stale, without_history = list[dict[str, Any]](), set[int](), set[int]()
    for row in publication.jobs.to_pylist():
        known = theirs.get(row["job_id"])
        if known is None:
            jobs.append(row)
        elif _state(known) != _state(row):
            if row["changed_at"] > known["changed_at"]:
                jobs.append(row)
            else:
                stale.add(row["job_id"])
        else:
            without_history.add(row["job_id"])
            if row["records_exported"] is not None:
                jobs.append(row | {name: known[name] for name in _KEPT})
    return replace(
        publication,
        jobs=pa.Table.from_pylist(jobs, schema.JOBS.arrow),
        history=_without(publication.history, stale | without_history),
        exported=tuple(job_id for job_id in publication.exported if job_id not in stale),
    )


def _state(row: dict[str, Any]) -> tuple[Any, ...]:
    """What makes up a state: the facts, and whether it is deleted."""
    return (*(row[name] for name in _FACTS), row["deleted_at"] is None)


def _without(rows: pa.Table, job_ids: Collection[int]) -> pa.Table:
    return rows.filter(pc.invert(pc.is_in(rows["job_id"], value_set=pa.array(sorted(job_ids), pa.int64()))))
