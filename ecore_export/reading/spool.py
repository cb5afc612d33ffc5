"""Record rows that wait to be published: few in memory, many in a temporary file.

In: batches. Out: the same batches, as often as asked. The file is unnamed: it vanishes with the process and
nobody else can read it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Any

import pyarrow as pa

MEMORY_ROWS, MEMORY_BYTES = 50_000, 16 * 1024 * 1024
"""What is kept in memory at most before the rest goes to a file."""


class Spool:
    """Batches of one schema, appended once and read any number of times; flat memory."""

    def __init__(self, schema: pa.Schema, *, memory_rows: int = MEMORY_ROWS) -> None:
        self._schema = schema
        self._memory_rows = memory_rows
        self._in_memory: list[pa.RecordBatch] = []
        self._file: Any = None
        self._writer: pa.RecordBatchStreamWriter | None = None
        self._bytes = 0
        self.rows = 0

    def append(self, batch: pa.RecordBatch) -> None:
        """Add a batch."""
        fits = self.rows + batch.num_rows <= self._memory_rows and self._bytes + batch.nbytes <= MEMORY_BYTES
        if fits and self._file is None:
            self._in_memory.append(batch)
            self._bytes += batch.nbytes
        else:
            self._to_file(batch)
        self.rows += batch.num_rows

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        yield from self._in_memory
        if self._file is None:
            return
        if self._writer is not None:
            self._writer.close()
            self._writer = None
        self._file.seek(0)
        with pa.ipc.open_stream(pa.PythonFile(self._file, mode="r")) as reader:
            yield from reader

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything; so does whoever drops the last reference."""
        self._in_memory.clear()
        if self._file is not None:
            self._file.close()
            self._file = self._writer = None

    def _to_file(self, batch: pa.RecordBatch) -> None:
        if self._file is None:
            self._file = tempfile.TemporaryFile(prefix="ecore-export-")  # noqa: SIM115 - lives with the spool
            # Not compressed: a tenth of the cost, for twice the room (about 100 bytes a record).
            self._writer = pa.ipc.new_stream(pa.PythonFile(self._file, mode="w"), self._schema)
        if self._writer is None:
            raise ValueError("a spool that was read takes no more batches")
        self._writer.write_batch(batch)
