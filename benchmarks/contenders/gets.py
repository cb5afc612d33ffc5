"""Nothing but the requests: what the wire costs by itself. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx

from ..cases import Work

INLINE = 100
PAGE = 1000


def connection(work: Work) -> httpx.Client:
    """A client as a careful script would make it."""
    headers = {"Authorization": "Token benchmark"}
    return httpx.Client(base_url=work.base_url, headers=headers, trust_env=False)


def paths(work: Work) -> Iterator[tuple[int, str]]:
    """A job and a path for each request: Job status where it holds all records, else pages of Job records."""
    for job_id in range(1, work.jobs + 1):
        path = f"email-validation/jobs/{job_id}/"
        if work.records <= INLINE:
            yield job_id, path
            continue
        for number in range(1, -(-work.records // PAGE) + 1):
            yield job_id, f"{path}records/?page={number}&page_size={PAGE}"


def one_by_one(work: Work) -> None:
    """Read every answer once, over one connection."""
    with connection(work) as http:
        for _, path in paths(work):
            http.get(path).raise_for_status()


def eight_in_flight(work: Work) -> None:
    """Read every answer once, eight threads sharing a client."""
    with connection(work) as http, ThreadPoolExecutor(8) as executor:
        for _ in executor.map(lambda asked: http.get(asked[1]).raise_for_status(), paths(work)):
            pass
