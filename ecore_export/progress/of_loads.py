"""How a load comes along: what its answers bring is counted for a bar.

In: the endpoints that a load calls. Out: the same, and the figures of what they answered. Answers come from
many threads.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock

from ..api import JOBS_PAGE_SIZE, Endpoints, JobsPage, RecordsPage, StatusBody
from .bars import drawn, share_of


class Counts:
    """Is told of every answer, and says how far the load has come; override what is counted."""

    __slots__ = ()

    def listed(self, page: int, answer: JobsPage) -> None:
        """A page of List jobs came."""

    def looked_at(self, status: StatusBody) -> None:
        """A Job status came, with its inline records."""

    def read(self, job_id: int, page: int, answer: RecordsPage) -> None:
        """A page of records came, or (page 0) all of them in one answer."""

    def standing(self) -> tuple[float | None, str]:
        """The share of the load that is done, None if nobody can know it, and what there is so far."""
        return None, ""


@dataclass(slots=True)
class JobsListed(Counts):
    """Jobs as they are listed. ``is_whole``: whether all that the API counts are wanted."""

    is_whole: bool
    _jobs: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)

    def listed(self, page: int, answer: JobsPage) -> None:
        """Count its jobs; the list begins anew with page 1. Pages come one after another."""
        self._jobs = (0 if page == 1 else self._jobs) + answer.jobs.num_rows
        self._total = answer.count

    def standing(self) -> tuple[float | None, str]:
        """Jobs of all jobs."""
        if not (self.is_whole and self._total):
            return None, f"{self._jobs:,} jobs"
        return share_of(self._jobs, self._total), f"{self._jobs:,} of {self._total:,} jobs"


@dataclass(slots=True)
class RecordsRead(Counts):
    """Records as they are read, of so many ``jobs``; how many records those have shows on the way.

    So the share is that of the jobs, each as far as its records are there.
    """

    jobs: int
    _announced: dict[int, int] = field(default_factory=dict, init=False)
    _got: dict[int, int] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def looked_at(self, status: StatusBody) -> None:
        """A job whose records are all inline is done with."""
        if status.payload is None:
            return
        with self._lock:
            self._announced[status.job_id] = status.payload.total_records
            if len(status.payload.records) == status.payload.total_records:
                self._got[status.job_id] = status.payload.total_records

    def read(self, job_id: int, page: int, answer: RecordsPage) -> None:
        """Count its records; a job begins anew with page 1."""
        with self._lock:
            self._announced[job_id] = answer.count
            before = self._got.get(job_id, 0) if page > 1 else 0
            self._got[job_id] = before + answer.rows.num_rows

    def standing(self) -> tuple[float | None, str]:
        """Records so far; of one job, of how many; of several, in how many jobs."""
        with self._lock:
            shares = [share_of(got, self._announced[job]) for job, got in self._got.items()]
            records, announced = sum(self._got.values()), sum(self._announced.values())
        if self.jobs == 1:
            return sum(shares), f"{records:,} of {announced:,} records" if announced else "records"
        done = sum(share == 1.0 for share in shares)
        return sum(shares) / max(self.jobs, 1), f"{records:,} records, {done:,} of {self.jobs:,} jobs"


@dataclass(frozen=True, slots=True)
class CountedEndpoints(Endpoints):
    """Endpoints that tell ``counts`` what they answer."""

    counts: Counts

    def jobs_page(
        self, page: int, *, status: str | None = None, page_size: int = JOBS_PAGE_SIZE
    ) -> JobsPage | None:
        """As `Endpoints.jobs_page`."""
        answer = Endpoints.jobs_page(self, page, status=status, page_size=page_size)
        if answer is not None:
            self.counts.listed(page, answer)
        return answer

    def job_status(self, job_id: int) -> StatusBody:
        """As `Endpoints.job_status`."""
        answer = Endpoints.job_status(self, job_id)
        self.counts.looked_at(answer)
        return answer

    def records_page(self, job_id: int, page: int, *, status: str | None = None) -> RecordsPage | None:
        """As `Endpoints.records_page`."""
        answer = Endpoints.records_page(self, job_id, page, status=status)
        if answer is not None:
            self.counts.read(job_id, page, answer)
        return answer

    def download(self, job_id: int) -> RecordsPage:
        """As `Endpoints.download`."""
        answer = Endpoints.download(self, job_id)
        self.counts.read(job_id, 0, answer)
        return answer


@contextmanager
def shown_load(endpoints: Endpoints, counts: Counts, *, progress: bool | None) -> Iterator[Endpoints]:
    """The endpoints to load through, while a bar shows what they bring.

    ``progress``: whether there is one; None: in a notebook, and where stderr is a terminal.
    """
    with drawn(counts, "loading", progress=progress) as is_shown:
        yield CountedEndpoints(endpoints.api, endpoints.decoder, counts) if is_shown else endpoints
