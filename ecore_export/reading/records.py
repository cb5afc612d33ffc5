"""Reads the records of many final jobs: concurrently, in order, each job whole and reconciled or not at all.

In: the figures of jobs. Out: a stream of `JobsRead` and `JobNotRead`.

A job of up to 100 records is complete in its Job status: one request. A larger one takes pages of 1000. All
requests go through one window of bounded size, across the pages of one job and across many jobs alike, so
memory is bounded by the window and not by the job. Small jobs are looked at many at a time (`pages`).
What does not add up at once is read again by `reread`.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from ..api import INLINE_RECORDS, RecordsPage, StatusBody, Statuses
from ..errors import EcoreError, NotFoundError, PayloadError
from .outcomes import UNAVAILABLE, JobNotRead, JobsRead, Outcome, refused, rejected, rejections
from .pages import SMALL_ROWS, PagedJobs, Pages, read_inline, read_paged
from .reconcile import JobFigures, UnknownJob, disagreement
from .reread import read_one
from .session import Session, ordered_map, page_count

STATUSES_A_CALL = 200
"""How many Job status bodies are decoded in one call: 57 µs each, against 269 µs one by one (50 records)."""
STATUSES_A_TASK = 25
"""How many of them one thread reads before it hands them over: each hand-over costs both threads."""
PATIENCE_S = 2.0
"""Jobs wait so long for others to be looked at with, where answers come slowly."""

CAUTIOUS_IN_FLIGHT = 1
"""Requests in flight right after one has failed for good."""


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of one job's records, which one thread reads at a time."""

    job: JobFigures
    number: int
    is_last: bool


@dataclass(frozen=True, slots=True)
class _Looks:
    """The Job status of several jobs, which one thread reads one after the other."""

    job_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Answers:
    """What a task has brought, by job. ``ending``: the error that ended it and concerns the whole run."""

    task: _Page | _Looks
    answers: list[Any]
    ending: EcoreError | None = None


@dataclass(slots=True)
class _Paged:
    """The pages so far of the job that is being read, and the jobs of which no further page is wanted.

    ``pages``: of a small job, ``collected``: of a larger one.
    """

    pages: list[RecordsPage] = field(default_factory=list)
    collected: Pages = field(default_factory=Pages)
    given_up: set[int] = field(default_factory=set)

    def next_job(self) -> Pages:
        """What was collected of this job, out of the way of the next one."""
        collected, self.pages, self.collected = self.collected, [], Pages()
        return collected


@dataclass(frozen=True, slots=True)
class _Gathered:
    """Jobs that wait for others to be looked at with: Job status bodies, and small jobs with their pages."""

    inline: list[StatusBody] = field(default_factory=list)
    small: PagedJobs = field(default_factory=PagedJobs)


@dataclass(frozen=True, slots=True)
class RecordReader:
    """Reads jobs' records in one `Session`, whose ``in_flight`` bounds what is begun and not yet consumed.

    ``status``: the records of that status will do, and figures of the jobs are then not given; others may
    be among them.
    """

    session: Session
    status: str | None = None

    def read(self, jobs: Iterable[JobFigures | UnknownJob]) -> Generator[Outcome]:
        """The outcome for every job, small ones together: by and large in the order of the jobs.

        Raises what concerns the whole run: a refused token, a spent cap or budget, a stop. What was complete
        before comes out first, so that a run with a small daily cap gets on all the same.
        """
        gathered = _Gathered()
        try:
            for outcome in self._outcomes(list(jobs), gathered):
                if isinstance(outcome, JobNotRead) and outcome.outcome == "unavailable":
                    yield from self._looked_at(gathered)  # whoever asks may give up now
                yield outcome
        except EcoreError:
            yield from self._looked_at(gathered)
            raise
        yield from self._looked_at(gathered)

    def _outcomes(self, jobs: list[JobFigures | UnknownJob], gathered: _Gathered) -> Iterator[Outcome]:
        """What is known as answers come; the jobs left ``gathered`` at the end are still to be looked at."""
        paged, since = _Paged(), time.monotonic()
        try:
            for got in self._all_answers(_tasks(jobs, paged.given_up, share=self.session.in_flight * 4)):
                if isinstance(got.task, _Page):
                    # A large job can take an hour.
                    if got.task.number == 1 and got.task.job.total_records > SMALL_ROWS:
                        yield from self._looked_at(gathered)
                    for answer in got.answers:
                        yield from self._page(got.task, answer, paged, gathered.small)
                else:
                    for job_id, answer in self._by_job(got.task, got):
                        yield from self._look(job_id, answer, gathered.inline)
                if got.ending is not None:
                    raise got.ending
                if time.monotonic() - since > PATIENCE_S:
                    yield from self._looked_at(gathered)
                    since = time.monotonic()
        finally:
            paged.collected.close()

    def _all_answers(self, tasks: Iterable[_Page | _Looks]) -> Iterator[_Answers]:
        return ordered_map(self.session.executor, self._answer, tasks, in_flight=self.session.in_flight)

    def _look(self, job_id: int, answer: Any, inline: list[StatusBody]) -> Iterator[Outcome]:
        """Take a Job status in; what has an outcome after it."""
        if not isinstance(answer, StatusBody):
            yield self._given_up(job_id, answer)
            return
        inline.append(answer)
        if len(inline) == STATUSES_A_CALL:
            yield from self._inline(inline)

    def _page(self, task: _Page, answer: Any, paged: _Paged, small: PagedJobs) -> Iterator[Outcome]:
        """Take a page of a job in; what has an outcome after it."""
        job = task.job
        if job.job_id in paged.given_up:
            return
        if answer is None or isinstance(answer, EcoreError) or answer.is_empty:
            paged.given_up.add(job.job_id)
            paged.next_job().close()
            yield self._given_up(job.job_id, answer)
        elif job.total_records > SMALL_ROWS:
            paged.collected.add(answer)
            if task.is_last:
                yield self._paged(job, paged.next_job())
        else:
            paged.pages.append(answer)
            if task.is_last and small.add(job, paged.pages):
                yield from self._small(small)
            if task.is_last:
                paged.next_job()

    def _by_job(self, task: _Looks, got: _Answers) -> Iterator[tuple[int, Any]]:
        """Each job of a task with its answer; jobs left out after one that failed are asked for singly."""
        yield from zip(task.job_ids, got.answers, strict=False)
        left = task.job_ids[len(got.answers) :] if got.ending is None else ()

        def look(job_id: int) -> _Answers:
            return self._answer(_Looks((job_id,)))

        asked = ordered_map(self.session.executor, look, left, in_flight=CAUTIOUS_IN_FLIGHT)
        for job_id, again in zip(left, asked, strict=True):
            if again.ending is not None:
                raise again.ending
            yield job_id, again.answers[0]

    def _answer(self, task: _Page | _Looks) -> _Answers:
        """The answers to one task, an error among them if it concerns that job alone.

        Stops at a job that the API fails to give: where it is down, it is not asked for every other one.
        """
        endpoints, answers = self.session.endpoints, list[Any]()
        for job_id in (task.job.job_id,) if isinstance(task, _Page) else task.job_ids:
            try:
                if isinstance(task, _Page):
                    answers.append(endpoints.records_page(job_id, task.number))
                else:
                    answers.append(endpoints.job_status(job_id))
            except (NotFoundError, PayloadError) as error:
                answers.append(error)
            except UNAVAILABLE as error:
                answers.append(error)
                break
            except EcoreError as error:
                return _Answers(task, answers, error)
        return _Answers(task, answers)

    def _looked_at(self, gathered: _Gathered) -> Iterator[Outcome]:
        """The outcomes of all jobs that wait for others to be looked at with."""
        yield from self._inline(gathered.inline)
        yield from self._small(gathered.small)

    def _inline(self, bodies: list[StatusBody]) -> Iterator[Outcome]:
        """The outcomes of the Job status bodies gathered so far."""
        if not bodies:
            return
        statuses = self.session.endpoints.decoder.statuses(bodies)
        bodies.clear()
        yield from rejections(statuses.faults)
        good, disagreeing = read_inline(statuses)
        if good is not None:
            yield good
        for job_id in disagreeing:
            yield self._read_again(job_id, statuses.of_job(job_id))

    def _small(self, gathered: PagedJobs) -> Iterator[Outcome]:
        """The outcomes of the small jobs whose pages were gathered so far."""
        good, others = read_paged(gathered.take())
        if good is not None:
            yield good
        for each in others:
            collected = Pages()
            for page in each.pages:
                collected.add(page)
            yield self._paged(each.job, collected)

    def _paged(self, job: JobFigures, paged: Pages) -> Outcome:
        if paged.faults:
            paged.close()
            return rejected(job.job_id, tuple(paged.faults))
        rows, found = paged.add_up()
        if disagreement(job, found) is None:
            return JobsRead((job.job_id,), (found.ids,), rows)
        rows.close()
        return self._read_again(job.job_id)

    def _given_up(self, job_id: int, answer: Any) -> Outcome:
        """The outcome of a job one of whose answers is an error, or an empty page before its last."""
        if isinstance(answer, NotFoundError):
            return JobNotRead(job_id, "gone", error=answer)
        if isinstance(answer, PayloadError):
            return refused(answer, job_id)
        if isinstance(answer, EcoreError):
            return JobNotRead(job_id, "unavailable", error=answer)
        return self._read_again(job_id)

    def _read_again(self, job_id: int, statuses: Statuses | None = None) -> Outcome:
        try:
            return read_one(self.session, job_id, statuses, status=self.status)
        except UNAVAILABLE as error:
            return JobNotRead(job_id, "unavailable", error=error)


def _tasks(
    jobs: list[JobFigures | UnknownJob], given_up: set[int], *, share: int
) -> Iterator[_Page | _Looks]:
    """The requests for these jobs. Few jobs are split into ``share`` parts, so that no thread is idle."""
    most = min(max(len(jobs) // share, 1), STATUSES_A_TASK)
    few: list[int] = []
    for job in jobs:
        if isinstance(job, UnknownJob) or job.total_records <= INLINE_RECORDS:
            few.append(job.job_id)
            if len(few) == most:
                yield _Looks(tuple(few))
                few.clear()
            continue
        if few:
            yield _Looks(tuple(few))
            few.clear()
        last = page_count(job.total_records)
        for number in range(1, last + 1):
            if job.job_id in given_up:
                break  # One of its pages failed, or came after the last: further ones are of no use.
            yield _Page(job, number, is_last=number == last)
    if few:
        yield _Looks(tuple(few))
