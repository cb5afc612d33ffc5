"""A huge job's rows on their way to the destination while the last pages are still being read.

In: chunks of rows, from the thread that reads. Out: the same, in the thread that publishes. Called by
`stream`, `collected` and, as an iterable, by the publisher. What is published in this way becomes visible
only if the job adds up in the end: else the flow breaks off, and the destination takes everything back.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pyarrow as pa

from ..errors import EcoreError

CHUNKS_WAITING = 3
"""Chunks that wait at most before the reading does."""
_LOOK_S = 0.1


class BrokenOffError(EcoreError):
    """The other end of a flow has given up. Never leaves this package."""


class Flow:
    """A bounded queue of record batches with two ends, each of which may give up. Iterated once.

    ``rows``: how many were put in. ``told``: is called with each number of further rows.
    """

    def __init__(self) -> None:
        self._chunks: queue.Queue[pa.RecordBatch | None] = queue.Queue(CHUNKS_WAITING)
        self._is_broken = threading.Event()
        self.rows = 0
        self.told: Callable[[int], None] = lambda _: None

    def append(self, chunk: pa.RecordBatch) -> None:
        """Hand a chunk on, as soon as there is room. Raises `BrokenOffError` if nobody takes it any more."""
        self._put(chunk)
        self.rows += chunk.num_rows
        self.told(chunk.num_rows)

    def finish(self) -> None:
        """All rows are there, and add up."""
        self._put(None)

    def close(self) -> None:
        """Give up, from either end; the other one gets a `BrokenOffError`. Harmless after the end."""
        self._is_broken.set()

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        while True:
            try:
                chunk = self._chunks.get(timeout=_LOOK_S)
            except queue.Empty:
                if self._is_broken.is_set():
                    raise BrokenOffError("the records did not come to their end") from None
                continue
            if chunk is None:
                return
            yield chunk

    def _put(self, chunk: pa.RecordBatch | None) -> None:
        while not self._is_broken.is_set():
            try:
                return self._chunks.put(chunk, timeout=_LOOK_S)
            except queue.Full:
                continue
        raise BrokenOffError("the records are not taken any more")
