"""Who takes part: the command line of each contender, and where its rows can be counted afterwards.

In: nothing. Out: `Contender` values. Called by `cases`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Counts = Literal["records", "jobs", "requests"]


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to do: an API, and a ``target``.

    That is a folder that does not exist yet, the URL of an SQLite or DuckDB file, or a libpq URL.
    """

    base_url: str
    target: str
    jobs: int
    records: int

    @property
    def is_database(self) -> bool:
        """Whether the target is a database, and no folder."""
        return self.target.startswith(("postgresql:", "sqlite:", "duckdb:"))

    @property
    def destination(self) -> str:
        """The target, as ecore-export writes it."""
        if self.is_database:
            return self.target.replace("postgresql:", "postgresql+psycopg:", 1)
        return f"parquet:{self.target}"


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to do the work. ``command``: gives its command line.

    ``rows_in``: files below the target, or a table, that must hold as many rows as ``counts`` says there are;
    for requests nothing is stored. ``after``: the contender whose target it goes on with.
    """

    name: str
    command: Callable[[Work], list[str]]
    rows_in: str = ""
    counts: Counts = "records"
    after: str = ""


def script(name: str, rows_in: str = "", *, label: str = "", counts: Counts = "records") -> Contender:
    """A contender of the folder ``contenders``."""

    def command(work: Work) -> list[str]:
        return [
            *(sys.executable, "-m", f"benchmarks.contenders.{name}"),
            *("--base-url", work.base_url, "--target", work.target),
            *("--jobs", str(work.jobs), "--records", str(work.records)),
        ]

    return Contender(label or name, command, rows_in, counts)


def afterwards(name: str, *, label: str = "", counts: Counts = "records", after: str = "") -> Contender:
    """A script of the folder ``contenders`` that works on what ours left."""

    def command(work: Work) -> list[str]:
        return [sys.executable, "-m", f"benchmarks.contenders.{name}", work.destination]

    return Contender(label or name, command, _in_ours(counts), counts, after)


def ours(label: str, *options: str, counts: Counts = "records", after: str = "") -> Contender:
    """The command that users run."""

    def command(work: Work) -> list[str]:
        return [sys.executable, "-m", "ecore_export", "sync", work.destination, "--json", *options]

    return Contender(label, command, _in_ours(counts), counts, after)


def _in_ours(counts: Counts) -> str:
    """Where our rows are, in a folder or a database."""
    return f"{counts}/**/*.parquet|{counts}"


OURS = ours("ours")
OURS_REFETCH = ours("ours-refetch", "--refetch", after="ours")
LIST_JOBS = ours("list-jobs", "--no-records", counts="jobs")
MARK_EXPORTED = afterwards("mark_exported", counts="jobs", after="list-jobs")
NO_OP = ours("no-op", counts="jobs", after="list-jobs")
FLOOR_TO_PARQUET = script("floor_parquet", "records.parquet", label="floor")
FLOOR_TO_POSTGRES = script("floor_postgres", "records", label="floor")
PANDAS = script("plain_pandas", "records.parquet", label="pandas")
TO_SQL = script("plain_to_sql", "records", label="to_sql")
DLT_TO_PARQUET = script("dlt_rest", "bench/records/*.parquet", label="dlt")
DLT_TO_POSTGRES = script("dlt_rest", "bench.records", label="dlt")
BEST_DLT_TO_PARQUET = script("dlt_loader", "bench/records/*.parquet", label="dlt-best")
BEST_DLT_TO_POSTGRES = script("dlt_loader", "bench.records", label="dlt-best")
GETS = script("gets", counts="requests")
GETS_AT_ONCE = script("gets_at_once", label="gets-8", counts="requests")
CREDITS = afterwards("month_of_credits", label="month", after="ours")
