"""The paths of the requests that all records take. Called by the contenders that only fetch."""

from __future__ import annotations

from collections.abc import Iterator

from .asked import PAGE, Asked


def paths(asked: Asked) -> Iterator[str]:
    """One path a request: Job status where it holds all records, else pages of Job records."""
    for job_id in range(1, asked.jobs + 1):
        path = f"email-validation/jobs/{job_id}/"
        if asked.is_inline:
            yield path
        else:
            yield from (f"{path}records/?page={n}&page_size={PAGE}" for n in range(1, asked.pages + 1))
