"""One job at a time, read again with patience: for jobs that did not add up at the first reading.

In: a job id. Out: its outcome.

Pages may shift while they are read, and a job may change: so the job's own counters are read first, then all
its pages, up to three times. If that does not help, the JSON download decides, which is one answer.
"""

from __future__ import annotations

from ..api import INLINE_RECORDS, PayloadFault, RecordsPage, Statuses
from ..errors import NotFoundError, PayloadError, ReconciliationError
from .outcomes import JobNotRead, JobsRead, Outcome, refused, rejected
from .pages import Pages, Spool
from .reconcile import JobFigures, disagreement, job_figures, status_disagreement
from .session import Session

ATTEMPTS = 3
LARGEST_DOWNLOAD = 200_000
"""Records of the largest job that is read by its JSON download: one answer of about 40 MB."""


def read_one(
    session: Session, job_id: int, first: Statuses | None = None, *, status: str | None = None
) -> Outcome:
    """The outcome for one job after every honest attempt; never raises for what is this job's own fault.

    ``first``: its Job status, where it was read already. ``status``: the records of that status will do;
    others may be among them, where all came in one answer.
    """
    reason = "not read"
    try:
        for attempt in range(ATTEMPTS + 1):
            statuses, first = first or session.status(job_id), None
            if statuses.faults:
                return rejected(job_id, statuses.faults)
            if not statuses.jobs.column("is_final")[0].as_py():
                return JobNotRead(job_id, "running", facts=statuses.jobs)
            (job,) = job_figures(statuses.jobs)
            if attempt == ATTEMPTS and not _can_download(job):
                break
            faults, rows, disagreed = _candidate(
                session, job, statuses, status=status, by_download=attempt == ATTEMPTS
            )
            if faults:
                return rejected(job_id, faults, statuses.jobs)
            if disagreed is None:
                return JobsRead((job_id,), (rows.rows,), rows, statuses.jobs)
            reason = disagreed
    except NotFoundError as error:
        return JobNotRead(job_id, "gone", error=error)
    except PayloadError as error:
        return refused(error, job_id)
    return refused(ReconciliationError(reason, job_id=job_id), job_id, statuses.jobs)


def accept_as_is(session: Session, job_id: int) -> JobsRead:
    """What the API gives of a job, each record once, whether it adds up or not.

    Raises `NotFoundError` if the job is gone, `PayloadError` if a record cannot be stored at all and
    `ReconciliationError` if the job is still running.
    """
    outcome = read_one(session, job_id)
    if isinstance(outcome, JobsRead):
        return outcome
    if outcome.error is None:
        raise ReconciliationError("it is still running; sync again when it is final", job_id=job_id)
    if not isinstance(outcome.error, ReconciliationError):
        raise outcome.error
    statuses = session.status(job_id)
    if statuses.faults:
        raise PayloadError(statuses.faults[0].reason, job_id=job_id)
    (job,) = job_figures(statuses.jobs)
    rows = session.records_as_given(job_id, job.total_records)
    return JobsRead((job_id,), (rows.rows,), rows, statuses.jobs, is_reconciled=False)


def _can_download(job: JobFigures) -> bool:
    return job.status == "Processed" and INLINE_RECORDS < job.total_records <= LARGEST_DOWNLOAD


def _candidate(
    session: Session, job: JobFigures, statuses: Statuses, *, status: str | None, by_download: bool
) -> tuple[tuple[PayloadFault, ...], Spool, str | None]:
    """One attempt at the records of a job, inline, by pages, or by the download; and why they disagree.

    Pages alone can be of one status.
    """
    is_whole = True
    if by_download:
        pages = Pages()
        pages.add(session.endpoints.download(job.job_id))
    elif statuses.lengths[0] == job.total_records <= INLINE_RECORDS:
        pages = Pages()
        pages.add(RecordsPage(statuses.rows.num_rows, statuses.rows))
    elif status is None:
        pages = session.pages(job.job_id, job.total_records)
    else:
        is_whole, pages = False, session.pages(job.job_id, 0, status=status)
    rows, found = pages.add_up()
    if is_whole or status is None:
        return tuple(pages.faults), rows, disagreement(job, found)
    return tuple(pages.faults), rows, status_disagreement(job, status, rows, found)
