"""Runs a case's contenders in turn, again and again, and compares them pair by pair.

In: a `Case`. Out: its trials, round by round, and ratios with their spread.

What disturbs a shared machine comes and goes over minutes: neighbours in time see the same disturbance, so a
ratio within one round moves far less than the figures it is made of.
"""

from __future__ import annotations

import json
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import process
from .cases import Case, Contender, Work
from .postgres import Postgres, running_postgres
from .server import Serving, serving


@dataclass(frozen=True, slots=True)
class Trial:
    """What a contender cost, and what it left. ``api_s``: CPU time of the benchmark's own API meanwhile.

    ``said``: the JSON that a script of ours wrote to stdout.
    """

    contender: str
    wall_s: float
    cpu_s: float
    api_s: float
    peak_mb: float
    requests: int
    rows: int
    stored_mb: float
    said: dict[str, Any]


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

    def __str__(self) -> str:
        return f"{self.median:.2f} ({self.low:.2f} to {self.high:.2f})"


def rounds(case: Case, pairs: int, told: Callable[[Trial], None] = lambda _trial: None) -> list[Round]:
    """Every contender in turn, ``pairs`` times over; ``told`` hears of each trial."""
    database = running_postgres() if case.place == "postgres" else nullcontext()
    with serving(case.jobs, case.records, case.latency_ms) as api, database as postgres:
        return [_round(case, api, postgres, told) for _ in range(pairs)]


def ratios(done: list[Round], contender: str, against: str, figure: Callable[[Trial], float]) -> Spread:
    """One contender's figure over the other's in the same round."""
    return Spread.of(figure(one[contender]) / figure(one[against]) for one in done)


def try_once(contender: Contender, work: Work, api: Serving) -> Trial:
    """Run a contender. Raises `ContenderError` if it fails, or if what it left is not all there is."""
    before = api.stats()
    cost = process.run(contender.command(work), work.base_url)
    after = api.stats()
    requests = after.requests - before.requests
    rows, size = (requests, 0) if contender.counts == "requests" else _stored(contender, work)
    if rows != (wanted := _expected(contender, work)):
        raise process.ContenderError(f"{contender.name}: {rows} {contender.counts} instead of {wanted}")
    return Trial(
        contender=contender.name,
        wall_s=cost.wall_s,
        cpu_s=cost.cpu_s,
        api_s=after.cpu_s - before.cpu_s,
        peak_mb=cost.peak_mb,
        requests=requests,
        rows=rows,
        stored_mb=size / process.MB,
        said=json.loads(cost.output) if cost.output.startswith('{"frame') else {},
    )


def _expected(contender: Contender, work: Work) -> int:
    """How many rows there have to be; requests without those that list the jobs."""
    if contender.counts == "nothing":
        return 0
    if contender.counts == "requests":
        return work.jobs * max(1, -(-work.records // 1000))
    return work.jobs if contender.counts == "jobs" else work.jobs * work.records


def _stored(contender: Contender, work: Work) -> tuple[int, int]:
    """Rows and bytes where the contender stored them."""
    if contender.counts == "nothing":
        return 0, 0
    counting = [sys.executable, "-m", "benchmarks.counting"]
    if work.target.startswith(("postgresql:", "delta:")):
        command = [*counting, work.target, contender.table]
    else:
        command = [*counting, work.target + contender.files]
    rows, size = json.loads(process.run(command).output)
    return rows, size


def _round(case: Case, api: Serving, postgres: Postgres | None, told: Callable[[Trial], None]) -> Round:
    found: Round = {}
    with _places(postgres, "delta:" if case.place == "delta" else "") as new_place:
        places: dict[str, str] = {}
        for contender in case.contenders:
            target = places[contender.name] = places.get(contender.after) or new_place()
            found[contender.name] = try_once(
                contender, Work(api.base_url, target, case.jobs, case.records), api
            )
            told(found[contender.name])
    return found


@contextmanager
def _places(postgres: Postgres | None, form: str) -> Iterator[Callable[[], str]]:
    """Gives new targets, folders after ``form`` or databases, and removes them all in the end."""
    folder = Path(tempfile.mkdtemp(prefix="ecore-bench-"))
    made: list[str] = []

    def new() -> str:
        made.append(f"{form}{folder}/place-{len(made)}" if postgres is None else postgres.new_database())
        return made[-1]

    try:
        yield new
    finally:
        if postgres is not None:
            for url in made:
                postgres.drop(url)
        shutil.rmtree(folder, ignore_errors=True)
