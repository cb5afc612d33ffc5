"""The sandbox's world: which jobs exist, and how far each has come.

In: job specs, additions and deletions by tests, looks by requests. Out: jobs with the stage they are in,
newest first.
"""

from __future__ import annotations

import dataclasses
from bisect import insort
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from threading import RLock
from typing import Any, NamedTuple

from ..errors import SettingsError
from .jobs import FINAL, Job, JobSpec, microseconds
from .seeded import mix

_SPAN_US = timedelta(days=548) // timedelta(microseconds=1)
_MINUTE_US = 60_000_000
_PEOPLE = 60_000


class Seen(NamedTuple):
    """A job as one request sees it."""

    job: Job
    stage: int


class World:
    """Jobs that move on as they are looked at. All methods may be called from any thread."""

    def __init__(
        self, seed: int, specs: Iterable[JobSpec], *, now: datetime, first_job_id: int, looks: int | None
    ) -> None:
        self._seed, self._now_us, self._looks = seed, microseconds(now), looks
        self._next_id, self._next_record_id = first_job_id, first_job_id * 1_000
        self._lock = RLock()
        self._jobs: dict[int, Job] = {}
        self._stages: dict[int, int] = {}
        self._looked: dict[int, int] = {}
        self._order: list[tuple[int, int]] = []
        specs = list(specs)
        for index, spec in enumerate(specs):
            self.add(spec, self._spread_us(len(specs), index))

    def add(self, spec: JobSpec, created_us: int | None = None) -> int:
        """Add a job, a minute newer than the newest unless told otherwise; returns its id."""
        with self._lock:
            job_id, self._next_id = self._next_id, self._next_id + 1
            if spec.created_at is not None:
                created_us = microseconds(spec.created_at)
            elif created_us is None:
                created_us = max(self._now_us, *(us for us, _ in self._order[-1:]), 0) + _MINUTE_US
            key = mix(self._seed, 40, job_id)
            job = Job(job_id, key, key % _PEOPLE, self._next_record_id, created_us, spec)
            self._next_record_id += spec.total_records
            self._jobs[job_id], self._stages[job_id] = job, job.first_stage
            insort(self._order, (created_us, job_id))
            return job_id

    def delete(self, job_id: int) -> None:
        """Remove a job; its id is not used again. Raises `KeyError` if it is not there."""
        with self._lock:
            job = self._jobs.pop(job_id)
            del self._stages[job_id]
            self._order.remove((job.created_us, job_id))

    def change(self, job_id: int, changes: dict[str, Any]) -> None:
        """Replace fields of a job's spec; a new status starts it anew. Raises `KeyError`."""
        with self._lock:
            job = self._jobs[job_id]
            if not changes.keys() <= {"status", "outcome", "counts", "rate", "list_name"}:
                raise SettingsError("only status, outcome, counts, rate and list_name of a job can change")
            job = dataclasses.replace(job, spec=dataclasses.replace(job.spec, **changes))
            self._jobs[job_id] = job
            if "status" in changes:
                self._stages[job_id] = job.first_stage

    def advance(self, job_id: int, stages: int) -> None:
        """Move a job on by some stages, at most to its outcome. Raises `KeyError`."""
        with self._lock:
            self._stages[job_id] = min(self._stages[job_id] + stages, FINAL)

    def page(self, status: str | None, start: int, stop: int) -> tuple[int, list[Seen]]:
        """How many jobs have ``status``, and those from ``start`` to ``stop``, newest first."""
        with self._lock:
            ids = self._ids(status)
            return len(ids), [self._look(job_id) for job_id in ids[start:stop]]

    def look(self, job_id: int) -> Seen | None:
        """One job, None if it is not there. Looking may move it on, for the next one who looks."""
        with self._lock:
            return self._look(job_id) if job_id in self._jobs else None

    @property
    def job_ids(self) -> Sequence[int]:
        """Ids of all jobs, newest first."""
        with self._lock:
            return self._ids(None)

    def _ids(self, status: str | None) -> list[int]:
        ids = [job_id for _, job_id in reversed(self._order)]
        if status is None:
            return ids
        return [job_id for job_id in ids if self._jobs[job_id].status(self._stages[job_id]) == status]

    def _look(self, job_id: int) -> Seen:
        seen = Seen(self._jobs[job_id], self._stages[job_id])
        if self._looks is not None and seen.stage < FINAL:
            self._looked[job_id] = self._looked.get(job_id, 0) + 1
            if self._looked[job_id] % self._looks == 0:
                self._stages[job_id] += 1
        return seen

    def _spread_us(self, count: int, index: int) -> int:
        """Creation of initial job ``index``: over eighteen months, denser towards now, strictly ascending."""
        ages = [_SPAN_US * (count - 1 - index + step) ** 2 // count**2 for step in (0, 1)]
        return self._now_us - ages[0] - mix(self._seed, 41, index) % max(1, ages[1] - ages[0])
