"""Where another writer was quicker: all is computed again, some time later, and a few times at most.

In: an attempt to change tables. Out: what it gives; `DestinationBusyError` if others are always quicker.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from ...errors import DestinationBusyError, DestinationError
from .failures import ConflictError
from .tables import Snapshot
from .url import Place

T = TypeVar("T")

ATTEMPTS, PAUSE_S, LONGEST_PAUSE_S = 12, 0.05, 3.0


def again_on_conflict(place: Place, attempt: Callable[[], T]) -> T:
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
