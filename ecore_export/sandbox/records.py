"""Made-up records: any page of any job, without making the others.

In: a job, its stage, and which records. Out: records as the API shows them.

A job's people are in parts, and the answers on each part in bands of neighbouring ranks. The positions of a
part are shuffled into its ranks, so the counters hold exactly and a page costs the same anywhere in the job.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from .jobs import Job, instant
from .people import ERROR, INVALID, RESULTS, UNKNOWN, VALID, Bands, Crowd, address
from .seeded import Shuffle, mix

_VALIDATORS = (
    ("ZeroBounce", "ZeroBounce", "ZeroBounce", "MxProbe"),
    ("SyntaxCheck", "MxProbe", "ZeroBounce", "ZeroBounce"),
    ("ZeroBounce", "ZeroBounce", "CatchAllProbe", "CatchAllProbe"),
)
"""The stages of the cascade that say Valid, Invalid and Unknown."""
_ERRORS = ("Batch failed: the validator timed out", "Batch failed: unexpected answer from the validator")


def records_at(job: Job, stage: int, positions: Iterable[int]) -> Iterator[dict[str, Any]]:
    """The records at ``positions`` of ``job``, as Job records shows them."""
    stretches = list(_stretches(job, stage))
    starts = [stretch.start for stretch in stretches]
    times_us = job.started_us(), job.processing_us()
    first, stop = 0, 0
    for position in positions:
        if not first <= position < stop:
            stretch = stretches[bisect_right(starts, position) - 1]
            first, stop = stretch.start, stretch.start + stretch.shuffle.size
        yield _record(job, position, stretch, stretch.shuffle.rank(position - first), times_us)


def positions_with(job: Job, stage: int, status: str | None, start: int, stop: int) -> Iterator[int]:
    """Positions of the records ``start`` to ``stop`` among those with ``status`` (None: all, ascending)."""
    if status is None:
        yield from range(job.spec.total_records)[start:stop]
        return
    for stretch in _stretches(job, stage):
        for ranks in stretch.ranks_with(status):
            found = stretch.shuffle.positions(ranks[max(start, 0) : max(stop, 0)])
            yield from (stretch.start + position for position in found)
            start, stop = start - len(ranks), stop - len(ranks)


def count_with(job: Job, stage: int, status: str | None) -> int:
    """How many records of ``job`` have ``status`` (None: all of them)."""
    if status is None:
        return job.spec.total_records
    return sum(len(ranks) for each in _stretches(job, stage) for ranks in each.ranks_with(status))


class _Stretch(NamedTuple):
    """A part of a job at a stage. ``stops``: of its bands; ``done``: where in each those end that have their
    answer."""

    start: int
    crowd: Crowd
    bands: Bands
    shuffle: Shuffle
    stops: list[int]
    done: list[int]

    def ranks_with(self, status: str) -> Iterator[range]:
        """The ranks that have ``status``."""
        start = 0
        for (stop, result, _), done in zip(self.bands, self.done, strict=True):
            if RESULTS[result] == status:
                yield range(start, done)
            elif status == "Pending":
                yield range(done, stop)
            start = stop


def _stretches(job: Job, stage: int) -> Iterator[_Stretch]:
    start, share = 0, job.share(stage)
    for number, part in enumerate(job.parts()):
        shuffle = Shuffle.drawn(part.size, job.key, 20, number)
        stops = [band.stop for band in part.bands]
        done = list(map(sum, zip((0, *stops), part.done(share), strict=False)))
        yield _Stretch(start, part.crowd, part.bands, shuffle, stops, done)
        start += part.size


def _record(
    job: Job, position: int, stretch: _Stretch, rank: int, times_us: tuple[int, int]
) -> dict[str, Any]:
    _, crowd, bands, _, stops, done = stretch
    number = bisect_right(stops, rank)
    _, result, is_cached = bands[number]
    is_final = rank < done[number]
    standing = UNKNOWN if rank < crowd.unknown else VALID if rank < crowd.good else INVALID
    person = crowd.first_person + rank
    drawn = mix(person)
    return {
        "id": job.first_record_id + position,
        "ec_id": f"C-{person:06}" if crowd.has_ids and drawn % 16 else None,
        "email": address(person, drawn, standing),
        "status": RESULTS[result] if is_final else "Pending",
        "validator_used": _validator(result, drawn, standing) if is_final else None,
        "is_cached": is_final and is_cached,
        "error_message": _ERRORS[(drawn >> 8) % 2] if is_final and result == ERROR else None,
        "processed_at": _processed_at(times_us, mix(job.key + position)) if is_final else None,
    }


def _validator(result: int, drawn: int, standing: int) -> str | None:
    """Who answered. What once was Valid is well written: the first stage has nothing to say of it."""
    if result == ERROR:
        return None
    skipped = 1 if result == INVALID and standing == VALID else 0
    return _VALIDATORS[result][max(skipped, (drawn >> 8) % 4)]


def _processed_at(times_us: tuple[int, int], drawn: int) -> str:
    started_us, processing_us = times_us
    return instant(started_us + (drawn >> 24) % processing_us, 6 if drawn & 1 else 3)
