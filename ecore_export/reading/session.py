"""A session with the API: connections and threads, opened in one place and given back at the end.

In: settings. Out: what the API says of one job, and the means to ask for many at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar

from ..api import RECORDS_PAGE_SIZE, Api, Decoder, Endpoints, Statuses
from ..errors import PayloadError
from ..settings import Settings
from ..threads import check_threads
from .pages import Pages, Spool

if TYPE_CHECKING:
    import httpx

A = TypeVar("A")
R = TypeVar("R")

PARSING = 4
"""A thread more for so many workers: while one parses its answer, another one has its place on the wire."""
IN_FLIGHT_PER_WORKER = 2
"""Requests begun and not yet consumed, for each that is on its way: workers never wait for the consumer."""


@dataclass(frozen=True, slots=True)
class Session:
    """How to reach the API: its endpoints, a pool of threads, and how many requests are begun at once.

    Use it as a context manager, or close it. Leaving it names the system's limit on threads, where that is
    why something failed.
    """

    endpoints: Endpoints
    executor: ThreadPoolExecutor
    in_flight: int

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        http_client: httpx.Client | None = None,
        max_requests: int | None = None,
        max_minutes: float | None = None,
        stopping: threading.Event | None = None,
    ) -> Self:
        """A session of its own; arguments as for `Api`. No thread is started before it is needed."""
        api = Api(
            settings,
            http_client=http_client,
            max_requests=max_requests,
            max_minutes=max_minutes,
            stopping=stopping,
        )
        threads = settings.workers + settings.workers // PARSING
        executor = ThreadPoolExecutor(threads, thread_name_prefix="ecore-fetch")
        return cls(Endpoints(api, Decoder()), executor, settings.workers * IN_FLIGHT_PER_WORKER)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        try:
            if isinstance(error, RuntimeError):
                check_threads(error)
        finally:
            self.close()

    def close(self) -> None:
        """Give back threads and connections. Closing twice is harmless."""
        self.executor.shutdown(cancel_futures=True)
        self.endpoints.api.close()

    def status(self, job_id: int) -> Statuses:
        """One job's status. Raises `NotFoundError` if the job is gone."""
        return self.endpoints.decoder.statuses([self.endpoints.job_status(job_id)])

    def pages(self, job_id: int, rows: int, *, status: str | None = None) -> Pages:
        """All pages of a job's records, as many as ``rows`` rows or the API's own count need.

        ``status``: only the records that have it, as the API sees them.
        Stops at one past the end: where figures are wrong, it does not ask for millions of pages.
        """
        pages = Pages()
        first = self.endpoints.records_page(job_id, 1, status=status)
        pages.add(first)
        last = page_count(max(rows, first.count if first else 0))

        def read(page: int) -> Any:
            return self.endpoints.records_page(job_id, page, status=status)

        for page in ordered_map(self.executor, read, range(2, last + 1), in_flight=self.in_flight):
            if page is None or page.is_empty:
                break
            pages.add(page)
        return pages

    def records_as_given(self, job_id: int, rows: int, *, status: str | None = None) -> Spool:
        """All records of a job, each once, whether they add up or not; ``rows``, ``status`` as for `pages`.

        Raises `PayloadError` if one of them cannot be read.
        """
        pages = self.pages(job_id, rows, status=status)
        if pages.faults:
            raise PayloadError(pages.faults[0].reason, job_id=job_id)
        return pages.add_up()[0]


def page_count(rows: int) -> int:
    """How many pages hold so many rows; the first one is always asked for."""
    return max(1, -(-rows // RECORDS_PAGE_SIZE))


def ordered_map(
    executor: Executor, function: Callable[[A], R], arguments: Iterable[A], *, in_flight: int
) -> Iterator[R]:
    """Like `map`, computed ahead by at most ``in_flight`` calls; what is not consumed bounds what is begun.

    The first error is raised in its place. On an error, or when the caller stops early, calls that have not
    begun are cancelled.
    """
    stream = iter(arguments)
    window: deque[Future[R]] = deque()
    try:
        window.extend(executor.submit(function, a) for a in islice(stream, in_flight))
        while window:
            result = window.popleft().result()
            window.extend(executor.submit(function, a) for a in islice(stream, 1))
            yield result
    finally:
        for future in window:
            future.cancel()
