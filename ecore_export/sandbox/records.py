"""Made-up records: any page of any job, without making the others.

In: a job, its stage, and which records. Out: records as the API shows them.

A job's counts are chosen first. Its positions are then shuffled into ranks, and the ranks are cut into one
band for each result, so the counters hold exactly and a page costs the same anywhere in the job.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Any

from .jobs import Job, instant
from .seeded import Shuffle, mix

RESULTS = ("Valid", "Invalid", "Unknown", "Error")

_FIRST = ("jane", "amir", "li", "maria", "tom", "noor", "ivan", "ana", "kofi", "yuki", "omar", "eva", "raj")
_LAST = ("doe", "silva", "nowak", "haddad", "chen", "okafor", "berg", "rossi", "sato", "kaya", "lopez")
_UNICODE = ("zoë", "jürgen", "anaïs", "анна", "李雷", "søren", "josé")
_DOMAINS = (
    "example.com",
    "example.org",
    "example.net",
    "mail.example",
    "acme.example",
    "shop.test",
    "no.invalid",
)
_VALIDATORS = {
    "Valid": ("ZeroBounce", "ZeroBounce", "ZeroBounce", "MxProbe"),
    "Invalid": ("SyntaxCheck", "MxProbe", "ZeroBounce", "ZeroBounce"),
    "Unknown": ("ZeroBounce", "ZeroBounce", "CatchAllProbe", "CatchAllProbe"),
}
_ERRORS = ("Batch failed: the validator timed out", "Batch failed: unexpected answer from the validator")


def records_at(job: Job, stage: int, positions: Iterable[int]) -> Iterator[dict[str, Any]]:
    """The records at ``positions`` of ``job``, as Job records shows them."""
    shuffle = Shuffle.drawn(job.spec.total_records, job.key, 20)
    ends, done = list(accumulate(job.planned())), job.done(stage)
    starts, times_us = (0, *ends), (job.started_us(), job.processing_us())
    for position in positions:
        rank = shuffle.rank(position)
        band = bisect_right(ends, rank)
        is_done = rank - starts[band] < done[band]
        yield _record(job, position, RESULTS[band] if is_done else "Pending", times_us)


def positions_with(job: Job, stage: int, status: str | None, start: int, stop: int) -> Iterable[int]:
    """Positions of the records ``start`` to ``stop`` among those with ``status`` (None: all, ascending)."""
    if status is None:
        return range(job.spec.total_records)[start:stop]
    shuffle = Shuffle.drawn(job.spec.total_records, job.key, 20)
    ranks: list[int] = []
    for band in _ranks_with(job, stage, status):
        ranks.extend(band[max(start, 0) : max(stop, 0)])
        start, stop = start - len(band), stop - len(band)
    return shuffle.positions(ranks)


def count_with(job: Job, stage: int, status: str | None) -> int:
    """How many records of ``job`` have ``status`` (None: all of them)."""
    if status is None:
        return job.spec.total_records
    return sum(len(band) for band in _ranks_with(job, stage, status))


def _ranks_with(job: Job, stage: int, status: str) -> Iterator[range]:
    start = 0
    for result, planned, done in zip(RESULTS, job.planned(), job.done(stage), strict=True):
        if status == result:
            yield range(start, start + done)
        elif status == "Pending":
            yield range(start + done, start + planned)
        start += planned


def _record(job: Job, position: int, status: str, times_us: tuple[int, int]) -> dict[str, Any]:
    drawn = mix(job.key + position)
    is_final, is_validated = status != "Pending", status in _VALIDATORS
    return {
        "id": job.first_record_id + position,
        "ec_id": f"C-{position + 1:06}" if job.key % 3 == 0 and drawn % 16 else None,
        "email": _address(job.people + position),
        "status": status,
        "validator_used": _VALIDATORS[status][(drawn >> 8) % 4] if is_validated else None,
        "is_cached": is_validated and (drawn >> 16) % 5 == 0,
        "error_message": _ERRORS[(drawn >> 8) % 2] if status == "Error" else None,
        "processed_at": _processed_at(times_us, drawn) if is_final else None,
    }


def _address(person: int) -> str:
    """The address of a made-up person, one of a kind; people are shared by overlapping lists."""
    drawn = mix(person)
    first = _FIRST[drawn % 13] if (drawn >> 40) % 100 else _UNICODE[drawn % 7]
    return f"{first}.{_LAST[(drawn >> 8) % 11]}{person}@{_DOMAINS[(drawn >> 16) % 7]}"


def _processed_at(times_us: tuple[int, int], drawn: int) -> str:
    started_us, processing_us = times_us
    return instant(started_us + (drawn >> 24) % processing_us, 6 if drawn & 1 else 3)
