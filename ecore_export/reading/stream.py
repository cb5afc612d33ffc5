"""Reads the records of many final jobs: concurrently, in order, each job whole and reconciled or not at all.

In: the figures of jobs. Out: a stream of `JobsRead` and `JobNotRead`.

A job of up to 100 records is complete in its Job status: one request. A larger one takes pages of 1000. All
requests go through one window of bounded size, across the pages of one job and across many jobs alike, so
memory is bounded by the window and not by the job. Small jobs are looked at many at a time (`small_jobs`).
What does not add up at once is read again by `settling`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..api import INLINE_RECORDS, RecordsPage, StatusBody
from ..errors import EcoreError, NotFoundError, PayloadError
from .collected import Collected
from .outcomes import UNAVAILABLE, JobNotRead, JobsRead, Outcome, refused, rejected, rejections
from .parallel import ordered_map
from .reconcile import JobFigures, disagreement
from .settling import Wire, page_count, settle
from .small_jobs import ROWS, PagedJobs, read_inline, read_paged

STATUSES_A_CALL = 100
"""How many Job status bodies are decoded in one call: 57 µs each, against 269 µs one by one (50 records)."""
STATUSES_A_TASK = 25
"""How many of them one thread reads before it hands them over: each hand-over costs both threads."""

CAUTIOUS_IN_FLIGHT = 1
"""Requests in flight right after one has failed for good."""


@dataclass(frozen=True, slots=True)
class _Task:
    """What one thread reads at a time: a page of one job's records, or (page 0) the Job status of several."""

    jobs: tuple[JobFigures, ...]
    page: int = 0
    is_last: bool = True


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a task has brought, by job. ``ending``: the error that ended it and concerns the whole run."""

    task: _Task
    answers: list[Any]
    ending: EcoreError | None = None


@dataclass(slots=True)
class _Paged:
    """The pages so far of the job that is being read, and the jobs of which no further page is wanted.

    ``pages``: of a small job, ``collected``: of a larger one.
    """

    pages: list[RecordsPage] = field(default_factory=list)
    collected: Collected = field(default_factory=Collected)
    given_up: set[int] = field(default_factory=set)

    def next_job(self) -> Collected:
        """What was collected of this job, out of the way of the next one."""
        collected, self.pages, self.collected = self.collected, [], Collected()
        return collected


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Reads jobs' records over one `Wire`, whose ``in_flight`` bounds what is begun and not yet consumed."""

    wire: Wire

    def read(self, jobs: Iterable[JobFigures]) -> Generator[Outcome]:
        """The outcome for every job, small ones together: by and large in the order of the jobs.

        Raises what concerns the whole run: a refused token, a spent cap or budget, a stop. What was complete
        before comes out first, so that a run with a small daily cap gets on all the same.
        """
        given = list(jobs)
        inline: list[StatusBody] = []
        small, paged = PagedJobs(), _Paged()
        tasks = _tasks(given, paged.given_up, share=self.wire.in_flight * 4)
        try:
            for got in ordered_map(self.wire.executor, self._answer, tasks, in_flight=self.wire.in_flight):
                if got.task.page == 1 and got.task.jobs[0].total_records > ROWS:  # which can take an hour
                    yield from self._gathered(inline, small)
                for job, answer in self._by_job(got):
                    if isinstance(answer, StatusBody):
                        inline.append(answer)
                        if len(inline) == STATUSES_A_CALL:
                            yield from self._inline(inline)
                    else:
                        yield from self._page(job, answer, paged, small, is_last=got.task.is_last)
                if got.ending is not None:
                    raise got.ending
        except EcoreError:
            yield from self._gathered(inline, small)
            raise
        finally:
            paged.collected.close()
        yield from self._gathered(inline, small)

    def _page(
        self, job: JobFigures, answer: Any, paged: _Paged, small: PagedJobs, *, is_last: bool
    ) -> Iterator[Outcome]:
        """Take a page of a job in; what has an outcome after it."""
        if job.job_id in paged.given_up:
            return
        if answer is None or isinstance(answer, EcoreError) or answer.is_empty:
            paged.given_up.add(job.job_id)
            paged.next_job().close()
            yield self._given_up(job.job_id, answer)
        elif job.total_records > ROWS:
            paged.collected.add(answer)
            if is_last:
                yield self._paged(job, paged.next_job())
        else:
            paged.pages.append(answer)
            if is_last and small.add(job, paged.pages):
                yield from self._small(small)
            if is_last:
                paged.next_job()

    def _by_job(self, got: _Answers) -> Iterator[tuple[JobFigures, Any]]:
        """Each job of a task with its answer; jobs left out after one that failed are asked for singly."""
        yield from zip(got.task.jobs, got.answers, strict=False)
        left = got.task.jobs[len(got.answers) :] if got.ending is None else ()
        alone = (_Task((job,)) for job in left)
        for again in ordered_map(self.wire.executor, self._answer, alone, in_flight=CAUTIOUS_IN_FLIGHT):
            if again.ending is not None:
                raise again.ending
            yield again.task.jobs[0], again.answers[0]

    def _answer(self, task: _Task) -> _Answers:
        """The answers to one task, an error among them if it concerns that job alone.

        Stops at a job that the API fails to give: where it is down, it is not asked for every other one.
        """
        endpoints, answers = self.wire.endpoints, list[Any]()
        for job in task.jobs:
            try:
                if task.page == 0:
                    answers.append(endpoints.job_status(job.job_id))
                else:
                    answers.append(endpoints.records_page(job.job_id, task.page))
            except (NotFoundError, PayloadError) as error:
                answers.append(error)
            except UNAVAILABLE as error:
                answers.append(error)
                break
            except EcoreError as error:
                return _Answers(task, answers, error)
        return _Answers(task, answers)

    def _gathered(self, inline: list[StatusBody], small: PagedJobs) -> Iterator[Outcome]:
        """The outcomes of all jobs that wait for others to be looked at with."""
        yield from self._inline(inline)
        yield from self._small(small)

    def _inline(self, bodies: list[StatusBody]) -> Iterator[Outcome]:
        """The outcomes of the Job status bodies gathered so far."""
        if not bodies:
            return
        statuses = self.wire.endpoints.decoder.statuses(bodies)
        bodies.clear()
        yield from rejections(statuses.faults)
        good, disagreeing = read_inline(statuses)
        if good is not None:
            yield good
        for job_id in disagreeing:
            yield self._settled(job_id)

    def _small(self, gathered: PagedJobs) -> Iterator[Outcome]:
        """The outcomes of the small jobs whose pages were gathered so far."""
        good, others = read_paged(gathered.take())
        if good is not None:
            yield good
        for each in others:
            collected = Collected()
            for page in each.pages:
                collected.add(page)
            yield self._paged(each.job, collected)

    def _paged(self, job: JobFigures, paged: Collected) -> Outcome:
        if paged.faults:
            paged.close()
            return rejected(job.job_id, tuple(paged.faults))
        rows, found = paged.settle()
        if disagreement(job, found) is None:
            return JobsRead((job.job_id,), (found.ids,), rows)
        rows.close()
        return self._settled(job.job_id)

    def _given_up(self, job_id: int, answer: Any) -> Outcome:
        """The outcome of a job one of whose answers is an error, or an empty page before its last."""
        if isinstance(answer, NotFoundError):
            return JobNotRead(job_id, "gone", error=answer)
        if isinstance(answer, PayloadError):
            return refused(answer, job_id)
        if isinstance(answer, EcoreError):
            return JobNotRead(job_id, "unavailable", error=answer)
        return self._settled(job_id)

    def _settled(self, job_id: int) -> Outcome:
        try:
            return settle(self.wire, job_id)
        except UNAVAILABLE as error:
            return JobNotRead(job_id, "unavailable", error=error)


def _tasks(jobs: list[JobFigures], given_up: set[int], *, share: int) -> Iterator[_Task]:
    """The requests for these jobs. Few jobs are split into ``share`` parts, so that no thread is idle."""
    most = min(max(len(jobs) // share, 1), STATUSES_A_TASK)
    few: list[JobFigures] = []
    for job in jobs:
        if job.total_records <= INLINE_RECORDS:
            few.append(job)
            if len(few) == most:
                yield _Task(tuple(few))
                few.clear()
            continue
        if few:
            yield _Task(tuple(few))
            few.clear()
        last = page_count(job.total_records)
        for page in range(1, last + 1):
            if job.job_id in given_up:
                break  # One of its pages failed, or came after the last: further ones are of no use.
            yield _Task((job,), page, is_last=page == last)
    if few:
        yield _Task(tuple(few))
