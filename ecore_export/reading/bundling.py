"""Jobs that were read one by one, bundled: what comes after costs by the bundle, not by the job.

In: outcomes. Out: the same, in the same order, with neighbours put together. Called by `stream`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass

import pyarrow as pa

from ..errors import EcoreError
from .flow import Flow
from .outcomes import JobsRead, Outcome

BUNDLE_JOBS, BUNDLE_ROWS = 100, 50_000


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of several jobs as one, re-iterable like each of them."""

    parts: tuple[Iterable[pa.RecordBatch], ...]

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        batches = [batch for part in self.parts for batch in part]
        if batches:
            yield from pa.Table.from_batches(batches).combine_chunks().to_batches()


def bundled(outcomes: Iterable[Outcome]) -> Generator[Outcome]:
    """The outcomes, with jobs put together that came whole, without facts, and are not large.

    What was gathered comes out before an error of ``outcomes`` does.
    """
    gathered: list[JobsRead] = []
    rows = 0
    try:
        for outcome in outcomes:
            if not isinstance(outcome, JobsRead) or not _is_small(outcome):
                yield from _joined(gathered)
                yield outcome
                rows = 0
                continue
            size = sum(outcome.lengths)
            if rows + size > BUNDLE_ROWS or len(gathered) == BUNDLE_JOBS:
                yield from _joined(gathered)
                rows = 0
            gathered.append(outcome)
            rows += size
    except EcoreError:
        yield from _joined(gathered)
        raise
    yield from _joined(gathered)


def _is_small(read: JobsRead) -> bool:
    return read.facts is None and not isinstance(read.rows, Flow) and sum(read.lengths) <= BUNDLE_ROWS


def _joined(gathered: list[JobsRead]) -> Iterator[JobsRead]:
    """The jobs gathered as one outcome, and nothing gathered any more."""
    jobs = tuple(gathered)
    gathered.clear()
    if len(jobs) == 1:
        yield jobs[0]
    elif jobs:
        yield JobsRead(
            tuple(job_id for job in jobs for job_id in job.job_ids),
            tuple(length for job in jobs for length in job.lengths),
            _Rows(tuple(job.rows for job in jobs)),
        )
