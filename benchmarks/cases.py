"""The named cases: how much work, where it goes, who does it. Called by `run`, `memory` and `scaling`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, get_args

from .lineup import (
    BEST_DLT_TO_PARQUET,
    BEST_DLT_TO_POSTGRES,
    CREDITS,
    DLT_TO_PARQUET,
    DLT_TO_POSTGRES,
    FLOOR_TO_PARQUET,
    FLOOR_TO_POSTGRES,
    GETS,
    GETS_AT_ONCE,
    LIST_JOBS,
    MARK_EXPORTED,
    NO_OP,
    OURS,
    OURS_REFETCH,
    PANDAS,
    TO_SQL,
    Contender,
)

Store = Literal["parquet", "sqlite", "duckdb", "postgresql"]


@dataclass(frozen=True, slots=True)
class Case:
    """So many ``jobs`` of so many ``records`` into ``store``; ratios are to the contender ``against``.

    ``is_long``: it takes many minutes, and is run only when asked for by name.
    """

    name: str
    about: str
    jobs: int
    records: int
    contenders: tuple[Contender, ...]
    against: str
    store: Store = "parquet"
    latency_ms: float = 0.0
    pairs: int = 5
    is_long: bool = False

    def only(self, names: list[str]) -> Case:
        """The case with these contenders alone, and those whose place they go on with."""
        by_name = {contender.name: contender for contender in self.contenders}
        if unknown := set(names) - by_name.keys():
            raise KeyError(f"{self.name} has no {', '.join(sorted(unknown))}: {', '.join(by_name)}")
        wanted = set(names)
        wanted |= {by_name[name].after for name in names if by_name[name].after}
        kept = tuple(contender for contender in self.contenders if contender.name in wanted)
        against = self.against if self.against in wanted else kept[-1].name
        return replace(self, contenders=kept, against=against)


_TO_PARQUET = (OURS, FLOOR_TO_PARQUET, PANDAS, DLT_TO_PARQUET, BEST_DLT_TO_PARQUET)
_TO_POSTGRES = (OURS, FLOOR_TO_POSTGRES, TO_SQL, DLT_TO_POSTGRES, BEST_DLT_TO_POSTGRES)

CASES = (
    Case("parquet-1x1m", "one big job to Parquet", 1, 1_000_000, _TO_PARQUET, "floor"),
    Case("parquet-1000x1000", "many jobs to Parquet", 1_000, 1_000, _TO_PARQUET, "floor"),
    Case(
        "gets-20000x50",
        "small jobs, read inline, beside their requests alone",
        *(20_000, 50),
        (OURS, GETS, FLOOR_TO_PARQUET),
        "gets",
        pairs=3,
    ),
    Case("postgres-1000x1000", "many jobs to PostgreSQL", 1_000, 1_000, _TO_POSTGRES, "floor", "postgresql"),
    Case(
        "refetch-postgres",
        "--refetch of unchanged records in PostgreSQL beside their first load",
        *(1_000, 1_000),
        (OURS, OURS_REFETCH),
        "ours",
        "postgresql",
    ),
    Case(
        "refetch-parquet",
        "--refetch of unchanged records in Parquet beside their first load",
        *(1_000, 1_000),
        (OURS, OURS_REFETCH),
        "ours",
    ),
    Case(
        "latency-50ms",
        "pages at 50 ms latency, beside eight requests in flight",
        *(1, 1_000_000),
        (OURS, GETS_AT_ONCE),
        "gets-8",
        latency_ms=50.0,
        pairs=3,
    ),
    Case(
        "credits-10m",
        "a month of credits asked of the export by DuckDB, beside that export",
        *(10_000, 1_000),
        (OURS, CREDITS),
        "ours",
        pairs=1,
        is_long=True,
    ),
    *(
        Case(
            f"noop-1m-{store}",
            f"a sync of {store} with nothing new, beside listing all those jobs",
            *(1_000_000, 50),
            (LIST_JOBS, MARK_EXPORTED, NO_OP),
            "list-jobs",
            store,
            pairs=1,
            is_long=True,
        )
        for store in get_args(Store)
    ),
)


def case(name: str) -> Case:
    """The case of that name; raises `KeyError`, which names those there are."""
    for found in CASES:
        if found.name == name:
            return found
    raise KeyError(f"no case {name}: {', '.join(found.name for found in CASES)}")
