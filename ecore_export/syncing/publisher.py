"""Gathers jobs that were read into publications of a good size, and publishes them beside the reading.

In: jobs with their records. Out: `Publication`s in the destination. One publication is written while the next
is gathered, never more: a slow destination slows the reading down.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import pyarrow as pa

from .. import schema
from ..destinations import Destination, Publication
from ..privacy import Privacy
from ..reading import JobsRead, complete_records
from .options import SyncResult

ROWS, JOBS = 200_000, 2_000
"""A publication is complete with so many record rows, or jobs."""
PATIENCE_S = 20.0
"""What was read is published after so long at the latest, however little it is."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Jobs to publish: rows of `schema.JOBS` in the order of ``read``, new history, and the records."""

    jobs: pa.Table
    history: pa.Table
    read: JobsRead


@dataclass(slots=True)
class _Batch:
    items: list[Ready] = field(default_factory=list)
    rows: int = 0
    jobs: int = 0
    since: float = field(default_factory=time.monotonic)


class Publisher:
    """Publishes in one thread of its own. Use it as a context manager; leaving it waits for that thread."""

    def __init__(self, destination: Destination, result: SyncResult, privacy: Privacy) -> None:
        self._destination = destination
        self._privacy = privacy
        self._result = result
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="ecore-publish")
        self._writing: Future[None] | None = None
        self._batch = _Batch()

    def __enter__(self) -> Publisher:
        return self

    def __exit__(self, *_: object) -> None:
        self._executor.shutdown()

    def add(self, item: Ready) -> None:
        """Publish these jobs soon. Raises what publishing earlier ones has raised."""
        batch = self._batch
        batch.items.append(item)
        batch.rows += sum(item.read.lengths)
        batch.jobs += len(item.read.job_ids)
        if batch.rows >= ROWS or batch.jobs >= JOBS or time.monotonic() - batch.since > PATIENCE_S:
            self._begin()

    def flush(self) -> None:
        """Publish what was gathered, and wait until nothing is being written."""
        if self._batch.items:
            self._begin()
        self.wait()

    def wait(self) -> None:
        """Wait until nothing is being written: only then may others use the destination."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()

    def _begin(self) -> None:
        self.wait()
        batch, self._batch = self._batch, _Batch()
        self._writing = self._executor.submit(self._publish, batch)

    def _publish(self, batch: _Batch) -> None:
        publication = Publication(
            account=self._result.account,
            jobs=pa.concat_tables([item.jobs for item in batch.items]),
            history=pa.concat_tables([item.history for item in batch.items]),
            exported=tuple(job_id for item in batch.items for job_id in item.read.job_ids),
            records=lambda: self._records(batch),
            record_rows=batch.rows,
        )
        self._destination.publish(publication)
        self._result.jobs_exported += batch.jobs
        self._result.records_written += batch.rows

    def _records(self, batch: _Batch) -> Iterator[pa.RecordBatch]:
        for item in batch.items:
            created_at = item.jobs.column("created_at").combine_chunks()
            stored = map(self._privacy.rows, item.read.rows)
            for rows in complete_records(
                replace(item.read, rows=stored),
                created_at,
                account=self._result.account,
                run_id=self._result.run_id,
            ):
                yield rows.cast(schema.RECORDS.arrow)
