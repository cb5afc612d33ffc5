"""Gathers jobs that were read into publications of a good size, and publishes them beside the reading.

In: jobs with their records. Out: `Publication`s in the destination, and the jobs left out of them as their
records are stored under others. One publication is written while the next is gathered, never more: a slow
destination slows the reading down.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field, replace

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..destinations import Destination, Publication
from ..privacy import Privacy
from ..progress import Progress
from ..reading import JobNotRead, JobsRead, as_record_rows, parted
from ..telemetry import stage
from .runs import Run
from .stored_owners import StoredOwners

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
    """Publishes in one thread of its own. Use it as a context manager; leaving it waits for that thread.

    ``owners``: keeps jobs out whose records are another one's; None: whatever is given is published.
    ``progress`` is told by that thread what is published.
    """

    def __init__(
        self,
        destination: Destination,
        run: Run,
        privacy: Privacy,
        owners: StoredOwners | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._destination = destination
        self._progress = progress or Progress()
        self._owners = owners
        self._refused: list[JobNotRead] = []
        self._privacy = privacy
        self._run = run
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

    def take_refused(self) -> list[JobNotRead]:
        """Wait until all is written; the jobs that were left out since this was last asked."""
        self.flush()
        refused, self._refused = self._refused, []
        return refused

    def _begin(self) -> None:
        self.wait()
        batch, self._batch = self._batch, _Batch()
        self._writing = self._executor.submit(copy_context().run, self._publish, batch)

    def _publish(self, batch: _Batch) -> None:
        if self._owners is not None and (owners := self._owners.of([item.read for item in batch.items])):
            batch = self._without(batch, owners)
            if not batch.items:
                return
        publication = Publication(
            account=self._run.stamp.account,
            jobs=pa.concat_tables([item.jobs for item in batch.items]),
            history=pa.concat_tables([item.history for item in batch.items]),
            exported=tuple(job_id for item in batch.items for job_id in item.read.job_ids),
            records=lambda: self._records(batch),
            record_rows=batch.rows,
        )
        with stage("publish", jobs=batch.jobs, records=batch.rows):
            self._run.groups.cover(publication.jobs)
            self._destination.publish(publication)
        self._run.count(jobs_exported=batch.jobs, records_written=batch.rows)
        self._progress.exported(batch.jobs, batch.rows)

    def _without(self, batch: _Batch, owners: dict[int, int]) -> _Batch:
        """The batch without the jobs whose records others have; ``owners``: which."""
        kept = _Batch()
        for item in batch.items:
            read, refused = parted(item.read, owners)
            self._refused += refused
            jobs, history = (_of_others(rows, owners) for rows in (item.jobs, item.history))
            self._run.count(jobs_changed=len(history) - len(item.history))
            if read is not None:
                kept.items.append(Ready(jobs, history, read))
                kept.rows += sum(read.lengths)
                kept.jobs += len(read.job_ids)
        return kept

    def _records(self, batch: _Batch) -> Iterator[pa.RecordBatch]:
        for item in batch.items:
            created_at = item.jobs.column("created_at").combine_chunks()
            stored = map(self._privacy.rows, item.read.rows)
            for rows in as_record_rows(
                replace(item.read, rows=stored),
                created_at,
                account=self._run.stamp.account,
                run_id=self._run.stamp.run_id,
            ):
                yield rows.cast(schema.RECORDS.arrow)


def _of_others(rows: pa.Table, job_ids: Collection[int]) -> pa.Table:
    """The rows of other jobs than these."""
    named = pa.array(job_ids, pa.int64())
    return rows.filter(pc.invert(pc.is_in(rows.column("job_id"), value_set=named)))
