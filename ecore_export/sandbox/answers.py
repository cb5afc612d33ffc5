"""The four answers the connector reads: List jobs, Job status, Job records, Download results.

In: the world, a job as seen, a request whose token is good. Out: a 200, or `RefusedError`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from .jobs import STATUSES, job_fields
from .paging import bad_request, envelope, read_choice, read_page
from .records import RESULTS, count_with, positions_with, records_at
from .wire import Request, Response, body_response, json_response
from .world import Seen, World

INLINE_RECORDS = 100
_CSV_COLUMNS = ("Email", "Status", "Validator", "Cached", "Processed At")
_CSV_FIELDS = ("email", "status", "validator_used", "is_cached", "processed_at")
_CHUNK_RECORDS = 10_000


def list_jobs(world: World, request: Request) -> Response:
    """List jobs, newest first."""
    status = read_choice(request, "status", (*STATUSES, "All"), "Invalid status filter.")
    page = read_page(request, default_size=20, max_size=100)
    count, seen = world.page(None if status == "All" else status, page.start, page.stop)
    return json_response(200, envelope(request, page, count, [job_fields(*each) for each in seen]))


def job_status(seen: Seen, request: Request) -> Response:
    """Job status with the first 100 records inline."""
    total = seen.job.spec.total_records
    records = list(records_at(*seen, range(min(total, INLINE_RECORDS))))
    return json_response(200, {**job_fields(*seen), "records": records})


def job_records(seen: Seen, request: Request) -> Response:
    """Job records, ascending by id; with a status filter in another, equally constant order."""
    status = read_choice(request, "status", ("Pending", *RESULTS, "All"), "Invalid status filter.")
    page = read_page(request, default_size=100, max_size=1000)
    wanted = None if status == "All" else status
    records = records_at(*seen, positions_with(*seen, wanted, page.start, page.stop))
    return json_response(200, envelope(request, page, count_with(*seen, wanted), list(records)))


def download(seen: Seen, request: Request) -> Response:
    """Download results, as CSV or JSON."""
    kind = read_choice(request, "format", ("csv", "json"), "Invalid format.") or "csv"
    if seen.job.status(seen.stage) != "Processed":
        raise bad_request("Job is not yet complete.")
    records = records_at(*seen, range(seen.job.spec.total_records))
    attachment = f'attachment; filename="job_{seen.job.id}.{kind}"'
    body, content_type = (
        (_csv(records), "text/csv") if kind == "csv" else (_json(records), "application/json")
    )
    return body_response(200, body, content_type, Content_Disposition=attachment)


def _csv(records: Iterable[dict[str, Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(_CSV_COLUMNS)
    writer.writerows([record[name] for name in _CSV_FIELDS] for record in records)
    return text.getvalue().encode()


def _json(records: Iterator[dict[str, Any]]) -> bytes:
    """One array, encoded a chunk at a time: a dict per record of a huge job would take gigabytes."""
    chunks = iter(lambda: list(islice(records, _CHUNK_RECORDS)), [])
    return b"[" + b",".join(msgspec.json.encode(chunk)[1:-1] for chunk in chunks) + b"]"
