"""The named cases: how much work, where it goes, who does it. In: nothing. Out: `Case` values."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

Counts = Literal["records", "jobs", "requests", "nothing"]
Place = Literal["parquet", "delta", "postgres"]


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do: an API, and a ``target``.

    That is a folder that does not exist yet, ``delta:`` and such a folder, or a libpq URL.
    """

    base_url: str
    target: str
    jobs: int
    records: int

    @property
    def destination(self) -> str:
        """The target, as ecore-export writes it."""
        if self.target.startswith("postgresql:"):
            return self.target.replace("postgresql:", "postgresql+psycopg:", 1)
        return self.target if self.target.startswith("delta:") else f"parquet:{self.target}"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the work. ``command``: gives its command line.

    ``files`` (a pattern that goes on from the target) or ``table`` must then hold as many rows as ``counts``
    says there are. ``after``: the contender whose target it goes on with.
    """

    name: str
    command: Callable[[Work], list[str]]
    files: str = ""
    table: str = ""
    counts: Counts = "records"
    after: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """So many ``jobs`` of so many ``records``; ratios are to the contender ``against``."""

    name: str
    about: str
    jobs: int
    records: int
    contenders: tuple[Contender, ...]
    against: str
    pairs: int = 5
    place: Place = "parquet"
    latency_ms: float = 0.0

    def only(self, names: list[str]) -> Case:
        """The case with these contenders alone; the ratios are to the last of them where the other is out."""
        kept = tuple(contender for contender in self.contenders if contender.name in names)
        if unknown := set(names) - {contender.name for contender in kept}:
            raise KeyError(f"{self.name} has no {', '.join(sorted(unknown))}")
        return replace(
            self, contenders=kept, against=self.against if self.against in names else kept[-1].name
        )


def script(
    place: str, name: str, *, files: str = "", counts: Counts = "records", after: str = ""
) -> Contender:
    """A function of the folder ``contenders``, as ``module:function``."""

    def command(work: Work) -> list[str]:
        given = (work.base_url, work.target, str(work.jobs), str(work.records))
        return [sys.executable, "-m", "benchmarks.contenders", place, *given]

    return Contender(name, command, files, "records" if counts == "records" else "jobs", counts, after)


def ours(name: str, *options: str, counts: Counts = "records", after: str = "") -> Contender:
    """The command that users run."""

    def command(work: Work) -> list[str]:
        return [sys.executable, "-m", "ecore_export", "sync", work.destination, "--json", *options]

    return Contender(name, command, f"/{counts}/**/*.parquet", counts, counts, after)


def reading(name: str, *command: str) -> Contender:
    """A view, or the report, as users ask for it: to nowhere, or the temporary folder."""

    def line(work: Work) -> list[str]:
        return [sys.executable, "-m", "ecore_export", command[0], work.destination, *command[1:]]

    return Contender(name, line, counts="nothing", after="fill")


def _python(name: str, *arguments: str) -> Contender:
    return Contender(name, lambda _work: [sys.executable, *arguments], counts="nothing")


OURS = ours("ours")
VIEWS = (
    *("credit_events", "daily_credit_usage", "monthly_statement", "account_summary", "list_quality"),
    *("daily_list_quality", "list_decay", "stale_lists", "validator_mix", "daily_validator_mix"),
    *("job_turnaround", "latest_email_status", "repeat_validations", "repeat_costs", "verdict_changes"),
    *("domain_quality", "daily_domain_quality", "error_reasons", "data_freshness"),
)
READING = (
    script("past:fill", "fill", files="/records/**/*.parquet"),
    *(reading(name, "view", name, "--format", "parquet", "-o", "/dev/null") for name in VIEWS),
    reading("report", "report", "-o", f"{tempfile.gettempdir()}/ecore-bench-report.html"),
)
FLOOR = script("floor:to_parquet", "floor", files="/records.parquet")
FLOOR_TO_POSTGRES = script("floor:to_postgres", "floor")
PANDAS = script("plain:to_parquet", "pandas", files="/records.parquet")
DLT = script("dlt_pipelines:rest", "dlt", files="/bench/records/*.parquet")
BEST_DLT = script("dlt_pipelines:loader", "dlt-best", files="/bench/records/*.parquet")
TO_PARQUET = (OURS, FLOOR, PANDAS, DLT, BEST_DLT)
TO_POSTGRES = (
    OURS,
    FLOOR_TO_POSTGRES,
    script("plain:to_postgres", "to_sql"),
    *(replace(contender, table="bench.records") for contender in (DLT, BEST_DLT)),
)
GETS = script("gets:one_by_one", "gets", counts="requests")
EIGHT_GETS = script("gets:eight_in_flight", "gets-8", counts="requests")
NOTHING_NEW = (
    ours("list-jobs", "--no-records", counts="jobs"),
    script("history:mark_exported", "mark", files="/jobs/**/*.parquet", counts="jobs", after="list-jobs"),
    ours("no-op", counts="jobs", after="list-jobs"),
)
TWICE = (OURS, ours("again", "--refetch", after="ours"))
LOAD = tuple(
    script(f"frame:{backend}", backend, counts="nothing") for backend in ("numpy_nullable", "pyarrow")
)
START = (
    _python("--help", "-m", "ecore_export", "--help"),
    _python("import", "-c", "import ecore_export"),
    _python("python", "-c", "pass"),
)

CASES = (
    Case("parquet-1x1m", "one big job to Parquet", 1, 1_000_000, TO_PARQUET, "floor"),
    Case("parquet-1000x1000", "many jobs to Parquet", 1_000, 1_000, TO_PARQUET, "floor"),
    Case("gets-20000x50", "small jobs, beside their bare requests", 20_000, 50, (OURS, GETS), "gets", 3),
    Case(
        "latency-50ms",
        "pages at 50 ms latency, beside eight bare requests in flight",
        *(1, 1_000_000, (OURS, EIGHT_GETS), "gets-8", 3),
        latency_ms=50.0,
    ),
    Case("postgres-1000x1000", "many jobs to PostgreSQL", 1_000, 1_000, TO_POSTGRES, "floor", 5, "postgres"),
    Case("noop-parquet", "nothing new in Parquet", 1_000_000, 50, NOTHING_NEW, "no-op", 1),
    Case("noop-delta", "nothing new in Delta", 1_000_000, 50, NOTHING_NEW, "no-op", 1, "delta"),
    Case("noop-postgres", "nothing new in PostgreSQL", 1_000_000, 50, NOTHING_NEW, "no-op", 1, "postgres"),
    Case("views-parquet", "every view and the report over a folder", 10_000, 1_000, READING, "fill", 1),
    Case("views-postgres", "the same in PostgreSQL", 10_000, 1_000, READING, "fill", 1, "postgres"),
    Case("start", "what a command costs before it does anything", 1, 1, START, "python", 9),
    Case("memory-parquet", "one huge job to Parquet", 1, 10_000_000, (OURS,), "ours", 1),
    Case("memory-delta", "one huge job to Delta, and again", 1, 5_000_000, TWICE, "ours", 1, "delta"),
    Case("memory-postgres", "one huge job to PostgreSQL", 1, 10_000_000, (OURS,), "ours", 1, "postgres"),
    Case("load-records", "load_records beside its frame", 1, 1_000_000, LOAD, "pyarrow", 1),
)
MEMORY = ("memory-parquet", "memory-delta", "memory-postgres", "load-records")


def case(name: str) -> Case:
    """The case of that name; raises `KeyError`, which names those there are."""
    for found in CASES:
        if found.name == name:
            return found
    raise KeyError(f"no case {name}: {', '.join(found.name for found in CASES)}")
