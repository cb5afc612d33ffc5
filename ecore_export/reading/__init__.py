"""Reading jobs' records: each job whole and reconciled with the API's own counters, or not at all.

``session`` reaches the API; ``stream`` reads many jobs concurrently; ``settling`` reads one again that did
not add up; ``collected`` and ``spool`` hold rows meanwhile, in flat memory; ``reconcile`` and ``owners``
decide; ``outcomes`` is what comes out.
"""

from .listing import (
    ATTEMPTS,
    created_within,
    list_all_jobs,
    other_page_size,
    pages_of,
    reaches_back_to,
    shrank,
)
from .outcomes import UNAVAILABLE, JobNotRead, JobsRead, Outcome, refused
from .owners import RecordOwners, parted
from .parallel import ordered_map
from .reconcile import JobFigures, UnknownJob, job_figures
from .rows import complete_jobs, complete_records, job_ids
from .session import Session
from .settling import accept_as_is, settle
from .spool import Spool
from .stream import RecordReader

__all__ = [
    "ATTEMPTS",
    "UNAVAILABLE",
    "JobFigures",
    "JobNotRead",
    "JobsRead",
    "Outcome",
    "RecordOwners",
    "RecordReader",
    "Session",
    "Spool",
    "UnknownJob",
    "accept_as_is",
    "complete_jobs",
    "complete_records",
    "created_within",
    "job_figures",
    "job_ids",
    "list_all_jobs",
    "ordered_map",
    "other_page_size",
    "pages_of",
    "parted",
    "reaches_back_to",
    "refused",
    "settle",
    "shrank",
]
