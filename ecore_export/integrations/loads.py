"""One load into an engine that keeps our state for us: what is new is listed, read and handed over as Arrow.

In: a session, and the state that the load before left, as JSON can hold it. Out: pairs of a table of the
schema and rows of it; the state is brought up to date as they come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import uuid_utils

from .. import __version__, schema
from ..errors import EcoreError, JobNotLoadedWarning, NotFoundError, PayloadError
from ..job_loader import warn
from ..privacy import Privacy
from ..reading import (
    Failures,
    JobFigures,
    JobNotRead,
    JobsRead,
    RecordOwners,
    RecordReader,
    Session,
    UnknownJob,
    as_job_rows,
    as_record_rows,
    job_figures,
    job_ids,
)
from .frontier import Frontier, Listed, list_new_jobs

Rows = tuple[schema.Table, pa.Table]

GATHERED_ROWS = 100_000
"""Record rows are handed over so many at a time, about: a page at a time is dear to whoever takes them."""


class Load:
    """One load of an account's jobs.

    ``state`` holds the frontier, the ``open`` jobs (by id, with the time when each was first seen), whose
    records were not handed over yet, and which of these are ``running``.
    """

    def __init__(
        self, session: Session, account: str, privacy: Privacy, state: dict[str, Any], *, destination: str
    ) -> None:
        self._session = session
        self._account = account
        self._privacy = privacy
        self._state = state
        self._destination = destination
        self._run_id = str(uuid_utils.uuid7())
        self._started_at = datetime.now(UTC)
        self._failures = Failures(session.endpoints)
        self._owners = RecordOwners()
        self._read: list[pa.RecordBatch] = []
        self._exported: dict[int, tuple[int, bool]] = {}
        self._rejected = 0
        self._ending: EcoreError | None = None

    def run(self, *, with_records: bool) -> Iterator[Rows]:
        """List what is new and read what is open: records, then jobs, then the row of this load.

        Raises the error that keeps the load from bringing anything.
        """
        listed = list_new_jobs(self._session.endpoints, Frontier.of(self._state))
        jobs = self._begin(listed)
        first_seen = dict(self._state["open"])
        try:
            if with_records:
                yield from self._records(jobs)
            else:
                self._look_at_running(jobs)
        except EcoreError as error:
            if not self._exported:
                raise
            self._ending = error
            warn(f"the load ended early, and the next one goes on from there: {error}")
        if listed.missing:
            warn(f"{listed.missing} jobs that the API counts were not listed, after several attempts")
        rows = self._job_rows(jobs, first_seen)
        if rows.num_rows:
            yield schema.JOBS, rows
        yield schema.SYNC_RUNS, self._run_row(listed, len(rows))

    def _begin(self, listed: Listed) -> pa.Table:
        """Take the listing into the state; the facts of the listed jobs that are open."""
        now = datetime.now(UTC).isoformat()
        opened = self._state.setdefault("open", {})
        for job_id in listed.new:
            opened.setdefault(str(job_id), now)
        self._state |= listed.frontier.as_state()
        jobs = listed.jobs.filter(pc.is_in(listed.jobs.column("job_id"), value_set=_ids(map(int, opened))))
        self._note_running(jobs)
        return jobs

    def _records(self, jobs: pa.Table) -> Iterator[Rows]:
        """The records of the open jobs; ``jobs``: those of which there are facts."""
        listed = set(job_ids(jobs))
        todo: list[JobFigures | UnknownJob] = [*job_figures(jobs.filter(jobs.column("is_final")))]
        todo += [UnknownJob(job_id) for job_id in map(int, self._state["open"]) if job_id not in listed]
        with closing(RecordReader(self._session).read(todo)) as outcomes:
            for outcome in outcomes:
                if isinstance(outcome, JobNotRead):
                    self._miss(outcome)
                    continue
                self._failures.interrupt()
                own, others = self._owners.of(outcome)
                for other in others:
                    self._miss(other)
                if own is not None:
                    yield from self._tables(own, jobs)
                    self._take_in(own)
        self._ending = self._failures.last

    def _tables(self, read: JobsRead, jobs: pa.Table) -> Iterator[Rows]:
        """The records of jobs in tables of a useful size."""
        facts = _of(jobs, read.job_ids) if read.facts is None else read.facts
        created_at: Any = facts.column("created_at")
        stored = replace(read, rows=map(self._privacy.rows, read.rows))
        gathered: list[pa.RecordBatch] = []
        for batch in as_record_rows(stored, created_at, account=self._account, run_id=self._run_id):
            gathered.append(batch.cast(schema.RECORDS.arrow))
            if sum(batch.num_rows for batch in gathered) >= GATHERED_ROWS:
                yield schema.RECORDS, pa.Table.from_batches(gathered)
                gathered.clear()
        if gathered:
            yield schema.RECORDS, pa.Table.from_batches(gathered)

    def _take_in(self, read: JobsRead) -> None:
        """Jobs whose records were handed over are open no more."""
        if read.facts is not None:
            self._read.append(read.facts)
        for job_id, length in zip(read.job_ids, read.lengths, strict=True):
            self._exported[job_id] = (length, read.is_reconciled)
            self._close(job_id)

    def _miss(self, outcome: JobNotRead) -> None:
        """Leave a job for the next load, if there is still such a job. Raises what ends this one."""
        if outcome.facts is not None:
            self._read.append(outcome.facts)
            self._note_running(pa.Table.from_batches([outcome.facts]))
        if outcome.outcome == "gone":
            self._close(outcome.job_id)
        elif outcome.error is not None:
            self._rejected += outcome.outcome == "rejected"
            warn(JobNotLoadedWarning(outcome.error, job_id=outcome.job_id))
            if outcome.outcome == "unavailable":
                self._failures.add(outcome.error)

    def _look_at_running(self, jobs: pa.Table) -> None:
        """Read the jobs that were not final and are not among those listed."""
        for job_id in sorted(set(self._state["running"]) - set(job_ids(jobs))):
            try:
                statuses = self._session.status(job_id)
            except NotFoundError:
                self._close(job_id)
                continue
            if statuses.faults:
                warn(JobNotLoadedWarning(PayloadError(statuses.faults[0].reason), job_id=job_id))
                continue
            self._read.append(statuses.jobs)
            self._note_running(pa.Table.from_batches([statuses.jobs]))

    def _close(self, job_id: int) -> None:
        self._state["open"].pop(str(job_id), None)
        if job_id in self._state["running"]:
            self._state["running"].remove(job_id)

    def _note_running(self, facts: pa.Table) -> None:
        final = set(job_ids(facts.filter(facts.column("is_final"))))
        running = set(self._state.get("running", ())) | set(job_ids(facts))
        self._state["running"] = sorted(running - final)

    def _job_rows(self, jobs: pa.Table, first_seen: Mapping[str, str]) -> pa.Table:
        """Rows of the jobs that were looked at; what was read last of each counts."""
        newest = pa.concat_tables([pa.Table.from_batches(self._read, jobs.schema), jobs])
        firsts = np.unique(newest.column("job_id").to_numpy(), return_index=True)[1]
        facts = self._privacy.facts(newest.take(pa.array(firsts, pa.int64())))
        ids, now = job_ids(facts), datetime.now(UTC)
        exports = [self._exported.get(job_id, (None, None)) for job_id in ids]
        seen = [datetime.fromisoformat(first_seen[str(job_id)]) for job_id in ids]
        rows = as_job_rows(
            facts,
            account=self._account,
            records_exported=pa.array([length for length, _ in exports], pa.int64()),
            is_reconciled=pa.array([is_reconciled for _, is_reconciled in exports], pa.bool_()),
            first_seen_at=pa.array(seen, pa.timestamp("us", "UTC")),
            changed_at=now,
            checked_at=now,
            run_id=self._run_id,
        )
        return rows.cast(schema.JOBS.arrow)

    def _run_row(self, listed: Listed, jobs_changed: int) -> pa.Table:
        traffic = self._session.endpoints.api.traffic
        missing = f"{listed.missing} jobs that the API counts were not listed" if listed.missing else None
        drift = self._session.endpoints.decoder.drift.notes()
        row = {
            "run_id": self._run_id,
            "started_at": self._started_at,
            "finished_at": datetime.now(UTC),
            "status": self._status(listed),
            "account": self._account,
            "jobs_seen": listed.jobs.num_rows,
            "jobs_exported": len(self._exported),
            "jobs_changed": jobs_changed,
            "jobs_rejected": self._rejected,
            "records_written": sum(length for length, _ in self._exported.values()),
            "requests": traffic.requests,
            "retries": traffic.retries,
            "bytes_received": traffic.bytes_received,
            "drift": json.dumps(drift, sort_keys=True) if drift else None,
            "error": missing if self._ending is None else str(self._ending),
            "version": __version__,
            "destination": self._destination,
        }
        return pa.Table.from_pylist([row], schema.SYNC_RUNS.arrow)

    def _status(self, listed: Listed) -> str:
        """As a sync would say it."""
        if self._ending is not None:
            return "stopped" if self._ending.retryable else "failed"
        return "partial" if self._rejected or listed.missing else "complete"


def _of(facts: pa.Table, wanted: tuple[int, ...]) -> pa.RecordBatch:
    """The facts of these jobs in this order."""
    at: Any = pc.index_in(_ids(wanted), value_set=facts.column("job_id").combine_chunks())
    return facts.take(at).combine_chunks().to_batches()[0]


def _ids(values: Iterable[int]) -> pa.Array[Any]:
    return pa.array(values, pa.int64())
