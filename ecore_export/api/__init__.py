"""The wire: a path and parameters in, a parsed body or an error of `errors` out.

``http``: authentication, retries, budgets, status -> error; ``exchange``: one request over an
`httpx.Client` and its whole answer; ``clients``: the client of our own; ``pause``: what all requests wait
for after 429 and 503.
"""

from .columns import JOB_FACTS_ARROW, RECORD_ROWS_ARROW
from .decode import Decoder, JobsPage, RecordsPage, StatusBody, Statuses, rows_of
from .endpoints import INLINE_RECORDS, JOBS_PAGE_SIZE, RECORDS_PAGE_SIZE, Endpoints
from .faults import PayloadFault
from .http import Api

__all__ = [
    "INLINE_RECORDS",
    "JOBS_PAGE_SIZE",
    "JOB_FACTS_ARROW",
    "RECORDS_PAGE_SIZE",
    "RECORD_ROWS_ARROW",
    "Api",
    "Decoder",
    "Endpoints",
    "JobsPage",
    "PayloadFault",
    "RecordsPage",
    "StatusBody",
    "Statuses",
    "rows_of",
]
