"""Reading jobs' records: each job whole and reconciled with the API's own counters, or not at all.

``stream`` reads many jobs concurrently; ``settling`` reads one again that did not add up; ``collected`` and
``spool`` hold rows meanwhile, in flat memory; ``reconcile`` decides; ``outcomes`` is what comes out.
"""

from .outcomes import UNAVAILABLE, JobNotRead, JobsRead, Outcome
from .reconcile import JobFigures, job_figures
from .settling import Wire, accept_as_is, settle
from .stream import RecordReader

__all__ = [
    "UNAVAILABLE",
    "JobFigures",
    "JobNotRead",
    "JobsRead",
    "Outcome",
    "RecordReader",
    "Wire",
    "accept_as_is",
    "job_figures",
    "settle",
]
