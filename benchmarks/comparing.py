"""Runs a case's contenders in turn, again and again, and compares them pair by pair.

In: a `Case`. Out: its trials, round by round, and ratios with their spread. Called by `run`.

What disturbs a shared machine comes and goes over minutes: neighbours in time see the same disturbance, so a
ratio within one round moves far less than the figures it is made of.
"""

from __future__ import annotations

import shutil
import statistics
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path

from .cases import Case, Store
from .lineup import Work
from .postgres import Postgres, running_postgres
from .serving import Serving, serving
from .trial import Trial, try_once

Round = dict[str, Trial]
"""A trial of each contender, by its name, one right after the other."""


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure that was taken several times."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        """Median, least and most."""
        found = sorted(values)
        return cls(statistics.median(found), found[0], found[-1])


def rounds(case: Case, pairs: int, told: Callable[[Trial], None]) -> list[Round]:
    """Every contender in turn, ``pairs`` times over; ``told`` hears of each trial."""
    database = running_postgres() if case.store == "postgresql" else nullcontext()
    with serving(case.jobs, case.records, case.latency_ms) as api, database as postgres:
        return [_round(case, api, postgres, told) for _ in range(pairs)]


def ratios(
    done: list[Round], contender: str, against: str, figure: Callable[[Trial], float]
) -> Spread | None:
    """One contender's figure over the other's in the same round; None where that cannot be divided."""
    pairs = [(figure(one[contender]), figure(one[against])) for one in done]
    return None if any(base <= 0 for _, base in pairs) else Spread.of(value / base for value, base in pairs)


def _round(case: Case, api: Serving, postgres: Postgres | None, told: Callable[[Trial], None]) -> Round:
    found: Round = {}
    with _places(case.store, postgres) as new_place:
        places: dict[str, str] = {}
        for contender in case.contenders:
            target = places[contender.name] = places[contender.after] if contender.after else new_place()
            work = Work(api.base_url, target, case.jobs, case.records)
            found[contender.name] = try_once(contender, work, api, postgres)
            told(found[contender.name])
    return found


@contextmanager
def _places(store: Store, postgres: Postgres | None) -> Iterator[Callable[[], str]]:
    """Gives new targets, and removes them all in the end."""
    folder = Path(tempfile.mkdtemp(prefix="ecore-bench-"))
    urls: list[str] = []

    def new() -> str:
        if postgres is None:
            place = folder / f"place-{len(list(folder.iterdir()))}"
            return str(place) if store == "parquet" else f"{store}:///{place}"
        urls.append(postgres.new_database())
        return urls[-1]

    try:
        yield new
    finally:
        for url in urls:
            assert postgres is not None
            postgres.drop(url)
        shutil.rmtree(folder, ignore_errors=True)
