"""``python -m benchmarks``: parse, call, print. In: arguments. Out: tables on stdout, JSON files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from .cases import CASES, case
from .comparing import rounds
from .process import ContenderError
from .reporting import as_json, comparison, write_json
from .trial import Trial

_json_option = click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Also write every figure to FILE.",
)


@click.group()
def main() -> None:
    """Measure ecore-export beside the bare floor, plain pandas and dlt."""


@main.command("list")
def list_command() -> None:
    """Name the cases and who takes part."""
    for one in CASES:
        length = " (long)" if one.is_long else ""
        click.echo(f"{one.name:20} {one.about}{length}: {', '.join(c.name for c in one.contenders)}")


@main.command("run")
@click.argument("names", metavar="CASE…", nargs=-1)
@click.option("--pairs", type=click.IntRange(min=1), metavar="N", help="Rounds; by default as the case says.")
@click.option("--only", metavar="A,B", help="These contenders alone.")
@click.option("--against", metavar="NAME", help="Ratios to this contender.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Another number of jobs.")
@click.option("--records", type=click.IntRange(min=1), metavar="N", help="Another number of records each.")
@_json_option
def run_command(
    names: tuple[str, ...],
    pairs: int | None,
    only: str | None,
    against: str | None,
    jobs: int | None,
    records: int | None,
    json_path: Path | None,
) -> None:
    """Run cases, all but the long ones if none is named: every contender in turn, then ratios."""
    figures = []
    for name in names or [one.name for one in CASES if not one.is_long]:
        try:
            chosen = case(name) if only is None else case(name).only(only.split(","))
        except KeyError as error:
            raise click.UsageError(str(error.args[0])) from None
        chosen = replace(chosen, against=against or chosen.against)
        chosen = replace(chosen, jobs=jobs or chosen.jobs, records=records or chosen.records)
        try:
            done = rounds(chosen, pairs or chosen.pairs, _tell)
        except ContenderError as error:
            raise click.ClickException(str(error)) from None
        click.echo(comparison(chosen, done) + "\n")
        figures.append(as_json(chosen, done))
        if json_path is not None:
            write_json(json_path, {"cases": figures})


def _tell(trial: Trial) -> None:
    click.echo(
        f"  {trial.contender}: {trial.wall_s:.2f} s, CPU {trial.cpu_s:.2f} s, {trial.peak_mb:.0f} MB, "
        f"{trial.rows:,} rows",
        err=True,
    )


if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
