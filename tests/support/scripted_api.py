"""An API whose every answer a test decides, apart from the sandbox: what it gives is as written here.

In: replies, or the JSON of jobs and records. Out: an `httpx.Client` that asks nobody else, or a server on
a port that sends bytes as they are.
"""

from __future__ import annotations

import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import httpx

from ecore_export.sandbox import BASE_PATH
from ecore_export.settings import Secret, Settings

TOKEN = "t0p-s3cret-t0ken"
Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    is_broken_off: bool = False


def json_reply(payload: Any, status: int = 200, **headers: str) -> Reply:
    """``payload`` as JSON; ``headers`` with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, json.dumps(payload).encode(), named)


NOT_FOUND = json_reply({"detail": "Not found."}, 404)


class HandlerTransport(httpx.BaseTransport):
    """Answers by calling ``handle(method, path, query, headers)``, whose answers are as a `Reply` is."""

    def __init__(self, handle: Callable[..., Any]) -> None:
        self._handle = handle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        path, _, query = request.url.raw_path.decode().partition("?")
        reply = self._handle(request.method, path, query, dict(request.headers))
        if reply.is_broken_off:
            raise httpx.RemoteProtocolError("broken off")
        return httpx.Response(reply.status, headers=reply.headers, stream=httpx.ByteStream(reply.body))


def http_client_of(handle: Callable[..., Any]) -> httpx.Client:
    """A client of an API in this process, a `Script.handle`, `Account.handle` or `Sandbox.handle`."""
    return httpx.Client(transport=HandlerTransport(handle))


class Script:
    """Replies in the order given, the last one for ever. ``requests``: (method, path, query, headers)."""

    def __init__(self, *replies: Reply) -> None:
        self.replies = list(replies)
        self.requests: list[tuple[str, str, str, dict[str, str]]] = []
        self._lock = threading.Lock()

    def handle(self, method: str, path: str, query: str, headers: Any) -> Reply:
        with self._lock:
            self.requests.append((method, path, query, dict(headers)))
            return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


def settings(base_url: str = "http://localhost" + BASE_PATH, **changes: Any) -> Settings:
    """Settings for an API in this process, or on loopback."""
    return Settings(Secret(TOKEN), base_url=base_url, **{"timeout_s": 5.0, **changes})


def record_json(record_id: int, **changes: Any) -> Json:
    """One record."""
    return {
        "id": record_id,
        "ec_id": None,
        "email": f"person{record_id}@example.com",
        "status": "Valid",
        "validator_used": "ZeroBounce",
        "is_cached": False,
        "error_message": None,
        "processed_at": "2026-05-06T11:42:31.412Z",
        **changes,
    }


def job_json(job_id: int, records: list[Json] | int = 0, **changes: Any) -> Json:
    """One job without its records; its counters are those of ``records``."""
    found = records_json(job_id, records) if isinstance(records, int) else records
    tallies = [sum(r["status"] == status for r in found) for status in ("Valid", "Invalid", "Unknown")]
    return {
        "id": job_id,
        "uuid": f"f8a1c3e5-9b2d-4e6f-a8c1-{job_id:012x}",
        "list_name": f"List {job_id}",
        "status": "Processed",
        "total_records": len(found),
        "valid_count": tallies[0],
        "invalid_count": tallies[1],
        "unknown_count": tallies[2],
        "total_credits_charged": float(tallies[0]),
        "credits_charged_at": "2026-05-06T11:42:08.913Z",
        "created_at": f"2026-05-{1 + job_id % 28:02d}T11:{job_id // 28 % 60:02d}:55.001Z",
        "started_at": "2026-05-30T11:42:01.220Z",
        "completed_at": "2026-05-30T11:43:17.880Z",
        "duration": "1m 16s",
        "results_summary": f"{len(found)}/{len(found)}",
        **changes,
    }


def records_json(job_id: int, count: int) -> list[Json]:
    """So many records of a job, ids ascending and its own."""
    statuses = ("Valid", "Valid", "Invalid", "Unknown", "Error")
    return [record_json(job_id * 1_000_000 + n, status=statuses[n % 5]) for n in range(1, count + 1)]


def page_json(results: list[Any], *, count: int | None = None, number: int = 1, pages: int = 1) -> Json:
    """The envelope of List jobs and Job records. Its links lead elsewhere: nobody may follow them."""
    return {
        "count": len(results) if count is None else count,
        "total_pages": pages,
        "current_page": number,
        "next": "https://elsewhere.example/next" if number < pages else None,
        "previous": "https://elsewhere.example/previous" if number > 1 else None,
        "results": results,
    }


class Account:
    """An eCore account as JSON: ``jobs`` newest first, ``records`` by job id; a test may change both.

    ``before`` is told every request as "jobs/42/records/?page=1" before it is answered, and may answer.
    """

    def __init__(self, *jobs: tuple[Json, list[Json]]) -> None:
        self.jobs = [job for job, _ in jobs]
        self.records = {job["id"]: found for job, found in jobs}
        self.before: Callable[[str], Reply | None] = lambda _target: None
        self.requests: list[str] = []
        self._lock = threading.RLock()

    @classmethod
    def of_sizes(cls, *sizes: int) -> Account:
        """Jobs with these many records, ids counting up from 1, the last one newest."""
        made = cls()
        for job_id, size in enumerate(sizes, start=1):
            made.add(job_id, size)
        return made

    def add(self, job_id: int, records: int | list[Json] = 0, **changes: Any) -> Json:
        """A job newer than all others."""
        found = records_json(job_id, records) if isinstance(records, int) else records
        job = job_json(job_id, found, **{"created_at": _minute(len(self.jobs)), **changes})
        self.jobs.insert(0, job)
        self.records[job_id] = found
        return job

    def job(self, job_id: int) -> Json:
        """A job, to be changed."""
        return next(job for job in self.jobs if job["id"] == job_id)

    def delete(self, job_id: int) -> Json:
        """Remove a job."""
        job = self.job(job_id)
        self.jobs.remove(job)
        return job

    def handle(self, method: str, path: str, query: str, headers: Any) -> Reply:
        """Answer one request."""
        target = path.removeprefix(BASE_PATH + "email-validation/") + (f"?{query}" if query else "")
        with self._lock:
            self.requests.append(target)
            if headers["authorization"] != f"Token {TOKEN}":
                return json_reply({"detail": "Invalid token."}, 401)
            return self.before(target) or self._answer(target)

    def _answer(self, target: str) -> Reply:
        path, _, query = target.partition("?")
        given = {name: values[-1] for name, values in parse_qs(query).items()}
        if path == "jobs/":
            jobs = [job for job in self.jobs if given.get("status") in (None, job["status"])]
            return _page(jobs, given)
        match = re.fullmatch(r"jobs/(\d+)/(records/|download/)?", path)
        job = next((job for job in self.jobs if match and job["id"] == int(match[1])), None)
        if match is None or job is None:
            return NOT_FOUND
        found = self.records[job["id"]]
        if match[2] == "records/":
            return _page([each for each in found if given.get("status") in (None, each["status"])], given)
        return json_reply(found if match[2] else {**job, "records": found[:100]})


def _minute(number: int) -> str:
    return f"2026-05-{1 + number // 1440:02d}T{number // 60 % 24:02d}:{number % 60:02d}:00.000Z"


def _page(items: list[Json], given: dict[str, str]) -> Reply:
    number, size = int(given["page"]), int(given["page_size"])
    pages = max(1, -(-len(items) // size))
    if number > pages:
        return json_reply({"detail": "Invalid page."}, 404)
    some = items[(number - 1) * size : number * size]
    return json_reply(page_json(some, count=len(items), number=number, pages=pages))


class RawServer:
    """Sends to each connection the bytes that ``answer`` makes of its request, then hangs up.

    None hangs up with a reset, without an answer. ``requests``: the heads that came.
    """

    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self._answer = answer
        self.requests: list[bytes] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}{BASE_PATH}"

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                with connection, suppress(ConnectionError):
                    self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        if not (head := _head(connection)):
            return
        self.requests.append(head)
        answer = self._answer(head)
        if answer is None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        else:
            connection.sendall(answer)


class KeepingServer(RawServer):
    """Keeps its connections open. ``again_s``: how long after the first answer that one is sent once more."""

    def __init__(self, answer: Callable[[bytes], bytes], *, again_s: float | None = None) -> None:
        self._again_s = again_s
        super().__init__(answer)

    def _run(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._keep, args=(connection,), daemon=True).start()

    def _keep(self, connection: socket.socket) -> None:
        with suppress(OSError), self.secured(connection) as secured:
            while head := _head(secured):
                self.requests.append(head)
                answer = self._answer(head)
                secured.sendall(answer or b"")
                if self._again_s is not None and len(self.requests) == 1:
                    time.sleep(self._again_s)
                    secured.sendall(answer or b"")

    def secured(self, connection: socket.socket) -> socket.socket:
        """The connection, where it is to be encrypted."""
        return connection


def page_of_the_job(head: bytes) -> bytes:
    """An answer to a request for a job's records: one record, whose id is the job's."""
    return kept_open(page_json([record_json(int(head.split(b"/jobs/")[1].split(b"/")[0]))]))


def kept_open(payload: Any) -> bytes:
    """An answer after which the connection stays open."""
    body = json.dumps(payload).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)


def _head(connection: socket.socket) -> bytes:
    """The head of the next request; nothing if no further one comes."""
    head = b""
    while b"\r\n\r\n" not in head:
        if not (received := connection.recv(65536)):
            return b""
        head += received
    return head


@contextmanager
def raw_server(answer: Callable[[bytes], bytes | None]) -> Iterator[RawServer]:
    """A `RawServer` for the length of a block."""
    server = RawServer(answer)
    try:
        yield server
    finally:
        server.close()


def http_bytes(body: bytes, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """An HTTP/1.1 answer; ``length``: the Content-Length it claims, if not the true one."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body
