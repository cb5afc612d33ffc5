"""The API over a pool of threads, for as long as a run takes. In: settings. Out: a `Wire`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..api import Api, Decoder, Endpoints
from ..reading import Wire
from ..settings import Settings
from ..threads import naming_the_limit

if TYPE_CHECKING:
    import httpx

IN_FLIGHT_PER_WORKER = 2
"""Requests begun and not yet consumed, for each that is on its way: workers never wait for the consumer."""


@contextmanager
def session(
    settings: Settings,
    *,
    http_client: httpx.Client | None = None,
    max_requests: int | None = None,
    stopping: threading.Event | None = None,
) -> Iterator[Wire]:
    """Connections and threads, given back at the end. Arguments as for `Api`."""
    api = Api(settings, http_client=http_client, max_requests=max_requests, stopping=stopping)
    executor = ThreadPoolExecutor(settings.workers, thread_name_prefix="ecore-fetch")
    try:
        with naming_the_limit():
            yield Wire(Endpoints(api, Decoder()), executor, settings.workers * IN_FLIGHT_PER_WORKER)
    finally:
        executor.shutdown(cancel_futures=True)
        api.close()
