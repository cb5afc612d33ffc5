"""The jobs of a batch, which the driver looks up once: in the list, or by their ids.

In: options, and the bounds that a query's filters add. Out: job facts. A list that is not whole, and a job
that cannot be had, is an error, or left out with a warning.
"""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ...api import JOB_FACTS_ARROW, Statuses
from ...errors import EcoreError, JobNotLoadedWarning, NotFoundError, PayloadError, ServerError
from ...job_loader import ErrorMode, JobFilter, warn
from ...reading import UNAVAILABLE, Listing, Session, list_all_jobs, ordered_map
from .filters import Bounds


def list_jobs(session: Session, wanted: JobFilter, bounds: Bounds, errors: ErrorMode) -> pa.Table:
    """The jobs of the list that are meant, newest first."""
    listing = list_all_jobs(session.endpoints, since=bounds.since, until=bounds.until, status=None)
    try:
        check_whole(listing)
    except ServerError as error:
        if errors == "raise":
            raise
        warn(str(error))
    facts = wanted.named(pa.Table.from_batches(listing.jobs, JOB_FACTS_ARROW))
    if bounds.job_ids is None:
        return facts
    ids = pa.array(sorted(bounds.job_ids), pa.int64())
    return facts.filter(pc.is_in(facts.column("job_id"), value_set=ids))


def check_whole(listing: Listing) -> None:
    """Raise `ServerError` for a list that does not show all jobs."""
    if listing.missing:
        raise ServerError(
            f"{listing.missing} jobs that the API counts were not listed, after several attempts: "
            "run again later"
        )
    if listing.shrank:
        raise ServerError("jobs kept being deleted while they were listed: run again later")


def jobs_by_id(session: Session, job_ids: Sequence[int], errors: ErrorMode, *, may_be_gone: bool) -> pa.Table:
    """The jobs with these ids, one request each; ``may_be_gone``: one that is not there is no error."""
    answers = ordered_map(
        session.executor, lambda job_id: _asked(session, job_id), job_ids, in_flight=session.in_flight
    )
    found: list[pa.RecordBatch] = []
    for job_id, answer in zip(job_ids, answers, strict=True):
        if isinstance(answer, Statuses):
            found.append(answer.jobs)
        elif isinstance(answer, NotFoundError) and may_be_gone:
            continue
        elif errors == "raise":
            raise answer
        else:
            warn(JobNotLoadedWarning(answer, job_id=job_id))
    return pa.Table.from_batches(found, JOB_FACTS_ARROW)


def _asked(session: Session, job_id: int) -> Statuses | EcoreError:
    """A job's status, or what concerns that job alone."""
    try:
        statuses = session.status(job_id)
    except NotFoundError:
        return NotFoundError(f"job {job_id} does not exist, or belongs to another user (404)", status=404)
    except (PayloadError, *UNAVAILABLE) as error:
        return error
    return PayloadError(statuses.faults[0].reason, job_id=job_id) if statuses.faults else statuses
