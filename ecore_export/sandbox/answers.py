"""The four answers the connector reads: List jobs, Job status, Job records, Download results.

In: the world, a job as seen, a request whose token is good. Out: a 200, or `RefusedError` with the response
to send instead. Query parameters are checked as the reference states them. Requests and responses are plain
data: what `service` answers and `server` carries.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any
from urllib.parse import parse_qs, urlencode

import msgspec

from .jobs import STATUSES, job_fields
from .people import RESULTS
from .records import count_with, positions_with, records_at
from .world import Seen, World

INLINE_RECORDS = 100
_CSV_COLUMNS = ("Email", "Status", "Validator", "Cached", "Processed At")
_CSV_FIELDS = ("email", "status", "validator_used", "is_cached", "processed_at")
_CHUNK_RECORDS = 10_000


@dataclass(frozen=True, slots=True)
class Request:
    """What arrives. ``path`` and ``query`` are still percent-encoded; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def target(self) -> str:
        """Path and query as in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back. ``delay_s``: how long, in seconds, the caller has to wait before it arrives.

    ``status`` 0: the connection is closed without an answer.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    delay_s: float = 0.0

    @property
    def is_broken_off(self) -> bool:
        """Whether the connection ends before all is sent: no answer, or less than Content-Length says."""
        return self.status == 0 or len(self.body) < int(self.headers["Content-Length"])

    def with_body(self, body: bytes, content_type: str = "application/json") -> Response:
        """The same answer with another body, its length stated truly."""
        headers = {**self.headers, "Content-Type": content_type, "Content-Length": str(len(body))}
        return replace(self, body=body, headers=headers)


def body_response(status: int, body: bytes, content_type: str, **headers: str) -> Response:
    """A response with a body; ``headers`` with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, named, b"").with_body(body, content_type)


def json_response(status: int, payload: Any, **headers: str) -> Response:
    """A response in JSON, UTF-8, non-ASCII characters as they are."""
    return body_response(status, msgspec.json.encode(payload), "application/json", **headers)


class RefusedError(Exception):
    """The request is answered with an error; ``response`` is that answer. Never leaves the sandbox."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


def list_jobs(world: World, request: Request) -> Response:
    """List jobs, newest first."""
    status = _read_choice(request, "status", (*STATUSES, "All"), "Invalid status filter.")
    page = _read_page(request, default_size=20, max_size=100)
    count, seen = world.page(None if status == "All" else status, page.start, page.stop)
    return json_response(200, _envelope(request, page, count, [job_fields(*each) for each in seen]))


def job_status(seen: Seen, request: Request) -> Response:
    """Job status with the first 100 records inline."""
    total = seen.job.spec.total_records
    records = list(records_at(*seen, range(min(total, INLINE_RECORDS))))
    return json_response(200, {**job_fields(*seen), "records": records})


def job_records(seen: Seen, request: Request) -> Response:
    """Job records, ascending by id; with a status filter in another, equally constant order."""
    status = _read_choice(request, "status", ("Pending", *RESULTS, "All"), "Invalid status filter.")
    page = _read_page(request, default_size=100, max_size=1000)
    wanted = None if status == "All" else status
    records = records_at(*seen, positions_with(*seen, wanted, page.start, page.stop))
    return json_response(200, _envelope(request, page, count_with(*seen, wanted), list(records)))


def download(seen: Seen, request: Request) -> Response:
    """Download results, as CSV or JSON."""
    kind = _read_choice(request, "format", ("csv", "json"), "Invalid format.") or "csv"
    if seen.job.status(seen.stage) != "Processed":
        raise _bad_request("Job is not yet complete.")
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


@dataclass(frozen=True, slots=True)
class _Page:
    """Which page of a list is asked for."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """Index of its first item."""
        return (self.number - 1) * self.size

    @property
    def stop(self) -> int:
        """Index behind its last item."""
        return self.number * self.size


def _bad_request(message: str) -> RefusedError:
    """A 400, to be raised."""
    return RefusedError(json_response(400, {"error": message}))


def _read_choice(request: Request, name: str, choices: Sequence[str], message: str) -> str | None:
    """The parameter ``name``; None when it is not given."""
    value = _parameters(request).get(name)
    if value is not None and value not in choices:
        raise _bad_request(message)
    return value


def _read_page(request: Request, *, default_size: int, max_size: int) -> _Page:
    """The parameters ``page`` and ``page_size``."""
    given = _parameters(request)
    size = _integer(given, "page_size", default_size)
    if size > max_size:
        raise _bad_request(f"page_size must be an integer from 1 to {max_size}.")
    return _Page(_integer(given, "page", 1), size)


def _envelope(request: Request, page: _Page, count: int, results: Sequence[Any]) -> dict[str, Any]:
    """A page of a list of ``count`` items; past the end it is refused, but an empty list has a page 1."""
    total_pages = max(1, -(-count // page.size))
    if page.number > total_pages:
        raise RefusedError(json_response(404, {"detail": "Invalid page."}))
    return {
        "count": count,
        "total_pages": total_pages,
        "current_page": page.number,
        "next": _link(request, page.number + 1) if page.number < total_pages else None,
        "previous": _link(request, page.number - 1) if page.number > 1 else None,
        "results": results,
    }


def _parameters(request: Request) -> dict[str, str]:
    """Each parameter's last value, as Django takes it."""
    return {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items()}


def _integer(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not re.fullmatch(r"0*[1-9][0-9]{0,98}", text, re.ASCII):
        raise _bad_request(f"{name} must be an integer of at least 1.")
    return int(text)


def _link(request: Request, number: int) -> str:
    query = urlencode({**_parameters(request), "page": str(number)})
    return f"http://{request.headers.get('host', 'localhost')}{request.path}?{query}"
