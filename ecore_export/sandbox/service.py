"""The local eCore API: any request in, the response that the API reference promises out.

In: method, path, query, headers. Out: a `Response`. In process it is an httpx transport
(`Sandbox.transport`), on a port a `server`. It knows the paths that the connector reads, and refuses every
method but GET.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from .account import account_jobs
from .answers import (
    RefusedError,
    Request,
    Response,
    download,
    job_records,
    job_status,
    json_response,
    list_jobs,
)
from .faults import Fault, Faults, apply_fault
from .jobs import JobSpec
from .world import Seen, World

if TYPE_CHECKING:
    import httpx

BASE_PATH = "/backend/api/v1/"
DEFAULT_NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
"""When the world was made, unless told otherwise: fixed, so that a seed always gives the same data."""

_ROUTE = re.compile(re.escape(BASE_PATH) + r"email-validation/jobs/(?:([0-9]{1,99})/(records/|download/)?)?")
_JOB_ANSWERS: dict[str | None, Callable[[Seen, Request], Response]] = {
    None: job_status,
    "records/": job_records,
    "download/": download,
}


class SandboxOptions(TypedDict, total=False):
    """The keywords of `Sandbox` beside its seed."""

    jobs: int | Iterable[JobSpec]
    sizes: Iterable[int] | None
    token: str
    now: datetime
    first_job_id: int
    advance_after_reads: int | None
    faults: Iterable[Fault]
    log_size: int


class Sandbox:
    """A local eCore API with made-up jobs, which may be called from any thread.

    ``seed`` and ``now`` decide the data, ``jobs`` how many there are (or each `JobSpec`, oldest first);
    ``sizes`` is short for finished jobs of these many records. Ids count up from ``first_job_id``. A running
    job moves on a stage (there are four) after every ``advance_after_reads`` answers that show it; None: only
    by `advance`. ``request_log`` holds the last ``log_size`` requests as (method, path, query).
    """

    def __init__(
        self,
        seed: int = 7,
        jobs: int | Iterable[JobSpec] = 300,
        *,
        sizes: Iterable[int] | None = None,
        token: str = "sandbox-token",  # noqa: S107 - opens nothing but the sandbox
        now: datetime = DEFAULT_NOW,
        first_job_id: int = 1,
        advance_after_reads: int | None = 3,
        faults: Iterable[Fault] = (),
        log_size: int = 100_000,
    ) -> None:
        specs = account_jobs(seed, jobs, now) if isinstance(jobs, int) else jobs
        if sizes is not None:
            specs = map(JobSpec, sizes)
        self.token = token
        self.faults = Faults(seed, faults)
        self.request_log: deque[tuple[str, str, str]] = deque(maxlen=log_size)
        self._world = World(seed, specs, now=now, first_job_id=first_job_id, looks=advance_after_reads)

    @classmethod
    def with_jobs(cls, specs: Iterable[JobSpec], **options: Any) -> Sandbox:
        """A sandbox with exactly these jobs, oldest first; ``options`` as for `Sandbox`."""
        return cls(jobs=list(specs), **options)

    @property
    def job_ids(self) -> Sequence[int]:
        """Ids of all jobs, newest first."""
        return self._world.job_ids

    def add_job(self, total_records: int, **fields: Any) -> int:
        """Add a job (fields as in `JobSpec`), newer than all others; returns its id."""
        return self._world.add(JobSpec(total_records, **fields))

    def delete_job(self, job_id: int) -> None:
        """Remove a job: from now on a 404. Raises `KeyError` if there is none."""
        self._world.delete(job_id)

    def change_job(self, job_id: int, **changes: Any) -> None:
        """Change fields of a job's `JobSpec`, all but its total and creation. Raises `KeyError`."""
        self._world.change(job_id, changes)

    def advance(self, job_id: int, stages: int = 4) -> None:
        """Move a running job on, by default to its outcome; a finished one stays. Raises `KeyError`."""
        self._world.advance(job_id, stages)

    def handle(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Response:
        """Answer one request. ``path`` and ``query`` as on the wire, percent-encoded, without the ``?``."""
        lowered = {name.lower(): value for name, value in headers.items()}
        request = Request(method.upper(), path, query, lowered)
        self.request_log.append((request.method, path, query))
        fault = self.faults.next_for(request)
        if fault is None:
            return self._answer(request)
        return apply_fault(fault, lambda: self._answer(request))

    def transport(self) -> httpx.BaseTransport:
        """It, in this process, for an `httpx.Client`: ``httpx.Client(transport=sandbox.transport())``.

        Whatever the host. A delay that a fault asks for is not waited for; where the connection is to break
        off, that is an `httpx.RemoteProtocolError`.
        """
        import httpx

        def answered(request: httpx.Request) -> httpx.Response:
            path, _, query = request.url.raw_path.decode("ascii").partition("?")
            answer = self.handle(request.method, path, query, dict(request.headers))
            if answer.is_broken_off:
                raise httpx.RemoteProtocolError("the connection broke off", request=request)
            return httpx.Response(answer.status, headers=answer.headers, stream=httpx.ByteStream(answer.body))

        return httpx.MockTransport(answered)

    def _answer(self, request: Request) -> Response:
        route = _ROUTE.fullmatch(request.path)
        if route is None:
            return _NOT_FOUND
        if request.headers.get("authorization") != f"Token {self.token}":
            return json_response(401, {"detail": "Invalid token."}, WWW_Authenticate="Token")
        if request.method != "GET":
            detail = f'Method "{request.method}" not allowed.'
            return json_response(405, {"detail": detail}, Allow="GET")
        try:
            return self._read(request, *route.groups())
        except RefusedError as refused:
            return refused.response

    def _read(self, request: Request, job_id: str | None, part: str | None) -> Response:
        if job_id is None:
            return list_jobs(self._world, request)
        seen = self._world.look(int(job_id))
        return _NOT_FOUND if seen is None else _JOB_ANSWERS[part](seen, request)


_NOT_FOUND = json_response(404, {"detail": "Not found."})
