"""Reading jobs' records: each job whole and reconciled with the API's own counters, or not at all.

``session`` reaches the API; ``records`` reads many jobs concurrently; ``reread`` reads one again that did not
add up; ``pages`` gathers them to jobs, in flat memory; ``reconcile`` decides; ``outcomes`` is what comes out.
"""

from .listing import (
    ATTEMPTS,
    Listing,
    created_within,
    list_all_jobs,
    other_page_size,
    pages_of,
    reaches_back_to,
    shrank,
)
from .outcomes import (
    UNAVAILABLE,
    Failures,
    JobNotRead,
    JobsRead,
    Outcome,
    as_job_rows,
    as_record_rows,
    job_ids,
    refused,
)
from .pages import Spool
from .reconcile import JobFigures, RecordOwners, UnknownJob, job_figures, only_status, parted
from .records import RecordReader
from .reread import accept_as_is, read_one
from .session import Session, ordered_map

__all__ = [
    "ATTEMPTS",
    "UNAVAILABLE",
    "Failures",
    "JobFigures",
    "JobNotRead",
    "JobsRead",
    "Listing",
    "Outcome",
    "RecordOwners",
    "RecordReader",
    "Session",
    "Spool",
    "UnknownJob",
    "accept_as_is",
    "as_job_rows",
    "as_record_rows",
    "created_within",
    "job_figures",
    "job_ids",
    "list_all_jobs",
    "only_status",
    "ordered_map",
    "other_page_size",
    "pages_of",
    "parted",
    "reaches_back_to",
    "read_one",
    "refused",
    "shrank",
]
