"""``python -m benchmarks``: run, guard, memory and list. In: arguments. Out: tables on stdout."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import click

from . import guard
from .cases import CASES, MEMORY, Case, case
from .process import ContenderError
from .trials import Round, Spread, Trial, ratios, rounds

COLUMNS: tuple[tuple[str, Callable[[Trial], float], str], ...] = (
    ("wall s", lambda trial: trial.wall_s, ".2f"),
    ("CPU s", lambda trial: trial.cpu_s, ".2f"),
    ("API's CPU s", lambda trial: trial.api_s, ".2f"),
    ("peak MB", lambda trial: trial.peak_mb, ",.0f"),
    ("requests", lambda trial: trial.requests, ",.0f"),
    ("rows", lambda trial: trial.rows, ",.0f"),
    ("stored MB", lambda trial: trial.stored_mb, ",.1f"),
)
at_least_1 = click.IntRange(min=1)


@click.group()
def main() -> None:
    """Measure ecore-export beside the bare floor, plain pandas and dlt."""


@main.command("list")
def list_command() -> None:
    """Name the cases and who takes part."""
    for one in CASES:
        size = f"{one.jobs:,} x {one.records:,}"
        click.echo(f"{one.name:20} {size:15} {one.about}: {', '.join(c.name for c in one.contenders)}")


@main.command("run")
@click.argument("names", metavar="CASE…", nargs=-1, required=True)
@click.option("--pairs", type=at_least_1, metavar="N", help="Rounds; by default as the case says.")
@click.option("--jobs", type=at_least_1, metavar="N", help="Another number of jobs.")
@click.option("--records", type=at_least_1, metavar="N", help="Another number of records each.")
@click.option("--only", metavar="A,B", help="These contenders alone.")
@click.option("--json", "path", type=click.Path(path_type=Path), metavar="FILE", help="Also write figures.")
def run_command(names: tuple[str, ...], only: str | None, path: Path | None, **sizes: int | None) -> None:
    """Run cases: every contender in turn, round by round, then medians and ratios."""
    try:
        chosen = [case(name) if only is None else case(name).only(only.split(",")) for name in names]
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from None
    figures = [_measured(one, **sizes) for one in chosen]
    if path is not None:
        path.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


@main.command("memory")
@click.option("--records", type=at_least_1, metavar="N", help="Another number of records.")
def memory_command(records: int | None) -> None:
    """Peaks: one job of millions of records to Parquet, Delta, PostgreSQL, and load_records of 1,000,000."""
    for name in MEMORY:
        _measured(case(name), records=records)


@main.command("guard")
@click.option("--limit", type=float, default=guard.LIMIT, show_default=True)
@click.option("--pairs", type=at_least_1, default=3, show_default=True, metavar="N")
@click.option("--records", type=at_least_1, default=300_000, show_default=True, metavar="N")
def guard_command(limit: float, pairs: int, records: int) -> None:
    """Fail if a sync costs more, beside the least it can cost, than the limit allows."""
    for spread in guard.verdicts(limit, pairs, records):
        click.echo(f"CPU of a sync: {spread} times the floor, limit {limit:.2f}")
    if spread.median > limit:
        raise click.ClickException("dearer than the limit, however often it was measured")


def _measured(
    one: Case, *, pairs: int | None = None, jobs: int | None = None, records: int | None = None
) -> dict[str, Any]:
    """Run a case in this size and print its table. Out: every figure."""
    one = replace(one, jobs=jobs or one.jobs, records=records or one.records)
    try:
        done = rounds(one, pairs or one.pairs, _tell)
    except ContenderError as error:
        raise click.ClickException(str(error)) from None
    click.echo(_comparison(one, done) + "\n")
    return {"case": one.name, "rounds": [{name: asdict(t) for name, t in found.items()} for found in done]}


def _tell(trial: Trial) -> None:
    click.echo(f"  {trial.contender}: {trial.wall_s:.2f} s, CPU {trial.cpu_s:.2f} s", err=True)


def _comparison(one: Case, done: list[Round]) -> str:
    """A case's table: medians, and ratios of each contender to the one it is held against."""
    head = ["", *(title for title, _, _ in COLUMNS), f"CPU / {one.against}", f"wall / {one.against}"]
    title = f"{one.name}: {one.about} ({one.jobs:,} jobs x {one.records:,} records; {len(done)} rounds)"
    rows = [_row(one, done, contender.name) for contender in one.contenders]
    said = [f"{trial.contender}: {trial.said}" for trial in done[-1].values() if trial.said]
    return "\n".join((title, _table([head, *rows]), *said))


def _row(one: Case, done: list[Round], name: str) -> list[str]:
    medians = [
        format(Spread.of(figure(found[name]) for found in done).median, form) for _, figure, form in COLUMNS
    ]
    figures: tuple[Callable[[Trial], float], ...] = (lambda t: t.cpu_s, lambda t: t.wall_s)
    return [name, *medians, *(str(ratios(done, name, one.against, figure)) for figure in figures)]


def _table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of a Markdown table, each column as wide as it has to be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        f"| {' | '.join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))} |"
        for row in rows
    ]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: databases and folders are removed
    main(prog_name="python -m benchmarks")
