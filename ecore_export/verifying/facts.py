"""Job facts of known jobs, as the API says them now, in as few requests as that takes.

In: job ids. Out: job facts, or why there are none.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from ..api import JOBS_PAGE_SIZE, Endpoints, PayloadFault
from ..errors import MalformedBodyError, NetworkError, NotFoundError, ServerError
from ..reading import JobNotRead, Session, ordered_map
from ..reading import job_ids as ids_of


@dataclass(frozen=True, slots=True)
class FactsRead:
    """Facts of some jobs, also of some that were not asked for, and what is at fault with others."""

    jobs: pa.RecordBatch
    faults: tuple[PayloadFault, ...]

    @property
    def job_ids(self) -> list[int]:
        """The jobs this says something of."""
        return [*ids_of(self.jobs), *(fault.job_id for fault in self.faults)]


def read_facts(session: Session, job_ids: Sequence[int], known_jobs: int) -> Iterator[FactsRead | JobNotRead]:
    """The facts of all these jobs: from the list, where its pages are fewer; what it lacks one by one.

    ``known_jobs``: about how many jobs the list has.
    """
    left = dict.fromkeys(job_ids)
    if len(left) * JOBS_PAGE_SIZE > known_jobs:
        for facts in _list(session.endpoints, left):
            yield facts
            for job_id in facts.job_ids:
                left.pop(job_id, None)

    def read(job_id: int) -> FactsRead | JobNotRead:
        return _one(session, job_id)

    yield from ordered_map(session.executor, read, left, in_flight=session.in_flight)


def _list(endpoints: Endpoints, left: Mapping[int, None]) -> Iterator[FactsRead]:
    """The pages of List jobs, as long as jobs are left that were asked for."""
    number = 0
    while left and (page := endpoints.jobs_page(number := number + 1)) is not None:
        yield FactsRead(page.jobs, page.faults)
        if number >= page.total_pages:
            break


def _one(session: Session, job_id: int) -> FactsRead | JobNotRead:
    try:
        statuses = session.status(job_id)
    except NotFoundError as error:
        return JobNotRead(job_id, "gone", error=error)
    except (ServerError, NetworkError, MalformedBodyError) as error:
        return JobNotRead(job_id, "unavailable", error=error)
    return FactsRead(statuses.jobs, statuses.faults)
