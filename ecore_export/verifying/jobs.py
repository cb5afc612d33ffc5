"""Compares exported jobs with what the API says now: their facts, and their records row by row.

In: jobs of a destination, the API. Out: a `Finding` for every job that differs; nothing is written. A job of
up to 100 records comes whole with its Job status; the facts of larger ones, whose records are read page by
page, are read before.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..api import INLINE_RECORDS
from ..destinations import Destination, count_jobs, read_jobs, read_records
from ..errors import NotFoundError, PayloadError, ReconciliationError
from ..privacy import Privacy
from ..progress import Progress
from ..reading import (
    UNAVAILABLE,
    Failures,
    JobFigures,
    JobNotRead,
    JobsRead,
    Outcome,
    RecordReader,
    Session,
    Spool,
    UnknownJob,
    accept_as_is,
    as_record_rows,
    job_figures,
    refused,
)
from ..reading import job_ids as ids_of
from ..syncing import JOBS_AT_ONCE, AccountGuard
from .facts import read_facts
from .rows import PIECE_ROWS, RowDifferences, compare_records, differing_facts

JOBS_A_LOOK = 900
"""So many jobs, or `PIECE_ROWS` records, are read back from the destination in one query."""

GONE = "job is gone at eCore"
RUNNING = "job is not final at eCore"
ACCEPTED = "not reconciled (accepted)"
RECONCILES = "exported as not reconciled, but it reconciles now"


@dataclass(frozen=True, slots=True)
class Finding:
    """What was found of one job, in words without values.

    ``is_difference`` is false where the destination and the API agree, though something is to be said.
    ``is_accepted``: the job does not add up at eCore, and was exported all the same.
    """

    job_id: int
    reasons: tuple[str, ...]
    is_difference: bool = True
    is_accepted: bool = False


class Check:
    """One look at jobs: ``findings`` by job, and how many ``jobs`` and ``records`` were compared."""

    def __init__(
        self, session: Session, destination: Destination, account: str, privacy: Privacy, progress: Progress
    ) -> None:
        self.findings: dict[int, Finding] = {}
        self.jobs = self.records = 0
        self._session = session
        self._destination = destination
        self._account = account
        self._privacy = privacy
        self._progress = progress
        self._guard = AccountGuard(destination, account, session.endpoints)
        self._known = schema.JOBS.empty()
        self._exported: dict[int, tuple[int, bool | None]] = {}
        self._differing_facts: dict[int, list[str]] = {}
        self._reads: list[JobsRead] = []
        self._failures = Failures(session.endpoints)

    def run(self, jobs: pa.Table, without_records: Collection[int] = ()) -> None:
        """Compare these jobs, in this order; of those ``without_records`` the facts alone.

        ``jobs``: rows with ``job_id``, ``total_records`` and ``records_exported``. Raises as `Export.run`
        when the API does not give some of them, after the others were compared.
        """
        self._progress.begin(len(jobs), pc.sum(jobs.column("records_exported")).as_py() or 0)
        totals = zip(ids_of(jobs), jobs.column("total_records").to_pylist(), strict=True)
        apart = [i for i, total in totals if i in without_records or (total or 0) > INLINE_RECORDS]
        self._read_facts(apart, without_records)
        job_ids = [i for i in ids_of(jobs) if i not in self.findings and i not in without_records]
        for start in range(0, len(job_ids), JOBS_AT_ONCE):
            self._some(job_ids[start : start + JOBS_AT_ONCE])
        if self._failures.last is not None:
            raise self._failures.last

    def _read_facts(self, job_ids: Sequence[int], without_records: Collection[int]) -> None:
        """Compare the facts of jobs apart from their records."""
        wanted = set(job_ids)
        for read in read_facts(self._session, job_ids, count_jobs(self._destination, self._account)):
            if isinstance(read, JobNotRead):
                self._miss(read)
                continue
            found = sorted(wanted.intersection(read.job_ids))
            wanted.difference_update(found)
            self._guard.has_met_known_job |= bool(found)
            self._note_facts(self._rows(found), read.jobs)
            at_fault = {fault.job_id: fault for fault in read.faults}
            for job_id in found:
                if job_id in at_fault:
                    self._miss(refused(PayloadError(at_fault[job_id].reason, job_id=job_id), job_id))
                elif job_id in without_records:
                    self._progress.read(1, 0)
                    self._conclude(job_id, self._facts_reasons(job_id))

    def _rows(self, job_ids: Sequence[int]) -> pa.Table:
        """What is known of these jobs."""
        return read_jobs(self._destination, self._account, job_ids=job_ids)

    def _some(self, job_ids: Sequence[int]) -> None:
        self._known = self._rows(job_ids)
        columns = [self._known.column(name).to_pylist() for name in ("records_exported", "is_reconciled")]
        self._exported = dict(zip(ids_of(self._known), zip(*columns, strict=True), strict=True))
        by_id = {job.job_id: job for job in job_figures(self._known)}
        is_accepted = {job_id: self._exported[job_id][1] is False for job_id in job_ids}
        figures = (_figures(by_id[job_id]) for job_id in job_ids if not is_accepted[job_id])
        as_given = (self._as_given(job_id) for job_id in job_ids if is_accepted[job_id])
        try:
            for outcome in chain(RecordReader(self._session).read(figures), as_given):
                if isinstance(outcome, JobsRead):
                    self._take(outcome)
                else:
                    self._miss(outcome)
        finally:
            self._compare()

    def _as_given(self, job_id: int) -> Outcome:
        """A job that was accepted although it did not add up."""
        try:
            return accept_as_is(self._session, job_id)
        except NotFoundError as error:
            return JobNotRead(job_id, "gone", error=error)
        except ReconciliationError as error:
            return JobNotRead(job_id, "running", error=error)
        except PayloadError as error:
            return refused(error, job_id)
        except UNAVAILABLE as error:
            return JobNotRead(job_id, "unavailable", error=error)

    def _take(self, read: JobsRead) -> None:
        """Put jobs that were read beside others, until it is worth a look at the destination."""
        self._guard.has_met_known_job = True
        self._failures.interrupt()
        if read.facts is not None:
            self._note_facts(self._known, read.facts)
        self._reads.append(read)
        jobs = sum(len(each.job_ids) for each in self._reads)
        if jobs >= JOBS_A_LOOK or sum(map(_rows_of, self._reads)) >= PIECE_ROWS:
            self._compare()

    def _miss(self, outcome: JobNotRead) -> None:
        """Note why there is nothing to compare a job's records with."""
        self._progress.read(1, 0)
        if outcome.outcome == "unavailable":
            assert outcome.error is not None, "an unavailable job has an error"
            self._failures.add(outcome.error)
            return
        if outcome.outcome == "gone":
            self._refuse_other_account()
            self._conclude(outcome.job_id, [GONE])
            return
        if outcome.facts is not None:
            self._note_facts(self._known, outcome.facts)
        reason = f"job is rejected: {outcome.faults[0].reason}" if outcome.faults else RUNNING
        self._conclude(outcome.job_id, [reason, *self._facts_reasons(outcome.job_id)])

    def _refuse_other_account(self) -> None:
        """Raise `AccountMismatchError` if no job was met yet and the newest are gone as well."""
        if not self._guard.has_met_known_job:
            self._guard.check_newest()
            self._guard.has_met_known_job = True

    def _compare(self) -> None:
        """Compare the records of the jobs that were read with those of the destination."""
        reads, self._reads = self._reads, []
        if not reads:
            return
        job_ids = [job_id for read in reads for job_id in read.job_ids]
        rows = max(sum(map(_rows_of, reads)), sum(self._exported[job_id][0] for job_id in job_ids))
        stored = read_records(self._destination, self._account, job_ids=job_ids)
        found = compare_records(chain.from_iterable(map(self._expected, reads)), stored, rows=rows)
        for read in reads:
            for job_id in read.job_ids:
                self._judge(job_id, found.get(job_id, RowDifferences()), reconciles=read.is_reconciled)
            self.records += _rows_of(read)
            self._progress.read(len(read.job_ids), _rows_of(read))
            if isinstance(read.rows, Spool):
                read.rows.close()

    def _expected(self, read: JobsRead) -> Iterator[pa.RecordBatch]:
        """The records of jobs as they would be published now."""
        facts: Any = self._known if read.facts is None else pa.table(read.facts)
        at = pc.index_in(pa.array(read.job_ids, pa.int64()), facts.column("job_id").combine_chunks())
        created_at: Any = facts.column("created_at").combine_chunks().take(at)
        stored = replace(read, rows=map(self._privacy.rows, read.rows))
        for rows in as_record_rows(stored, created_at, account=self._account, run_id=""):
            yield rows.cast(schema.RECORDS.arrow)

    def _judge(self, job_id: int, rows: RowDifferences, *, reconciles: bool) -> None:
        """Say what is to be said of a job whose records were compared."""
        exported, is_reconciled = self._exported[job_id]
        reasons = [*self._facts_reasons(job_id), *rows.reasons()]
        if exported != rows.stored:
            reasons.append(f"records_exported is {exported}, there are {rows.stored}")
        if reconciles and not is_reconciled:
            reasons.append(RECONCILES)
        self._conclude(job_id, reasons, is_accepted=not reconciles)

    def _conclude(self, job_id: int, reasons: list[str], *, is_accepted: bool = False) -> None:
        self.jobs += 1
        said = [*reasons, ACCEPTED] if is_accepted else reasons
        if said:
            self.findings[job_id] = Finding(job_id, tuple(said), bool(reasons), is_accepted)

    def _note_facts(self, known: pa.Table, facts: pa.RecordBatch) -> None:
        differing = differing_facts(known, self._privacy.facts(facts))
        for job_id in ids_of(facts):
            self._differing_facts.pop(job_id, None)
        self._differing_facts |= differing

    def _facts_reasons(self, job_id: int) -> list[str]:
        names = self._differing_facts.get(job_id)
        return [f"facts differ: {', '.join(names)}"] if names else []


def _figures(job: JobFigures) -> JobFigures | UnknownJob:
    """The figures to read a job by: those known if its pages can be read by them, or none."""
    return job if (job.total_records or 0) > INLINE_RECORDS else UnknownJob(job.job_id)


def _rows_of(read: JobsRead) -> int:
    return sum(read.lengths)
