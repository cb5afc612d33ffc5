"""`run` and `list`: contenders side by side. In: names of cases. Out: tables on stdout, figures in a file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from ..cases import CASES, Case, case
from ..comparing import rounds
from ..process import ContenderError
from ..reporting import as_json, comparison, write_json
from ..trial import Trial
from .options import json_option


@click.command("list")
def list_command() -> None:
    """Name the cases and who takes part."""
    for one in CASES:
        length = " (long)" if one.is_long else ""
        click.echo(f"{one.name:20} {one.about}{length}: {', '.join(c.name for c in one.contenders)}")


@click.command("run")
@click.argument("names", metavar="CASE…", nargs=-1)
@click.option("--pairs", type=click.IntRange(min=1), metavar="N", help="Rounds; by default as the case says.")
@click.option("--only", metavar="A,B", help="These contenders alone.")
@click.option("--against", metavar="NAME", help="Ratios to this contender.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Another number of jobs.")
@click.option("--records", type=click.IntRange(min=1), metavar="N", help="Another number of records each.")
@json_option
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
        chosen = _chosen(name, only, against)
        chosen = replace(chosen, jobs=jobs or chosen.jobs, records=records or chosen.records)
        try:
            done = rounds(chosen, pairs or chosen.pairs, _tell)
        except ContenderError as error:
            raise click.ClickException(str(error)) from None
        click.echo(comparison(chosen, done) + "\n")
        figures.append(as_json(chosen, done))
        if json_path is not None:
            write_json(json_path, {"cases": figures})


def _chosen(name: str, only: str | None, against: str | None) -> Case:
    try:
        chosen = case(name) if only is None else case(name).only(only.split(","))
    except KeyError as error:
        raise click.UsageError(str(error.args[0])) from None
    if against and against not in [contender.name for contender in chosen.contenders]:
        raise click.UsageError(f"{against} does not take part in {name}")
    return replace(chosen, against=against or chosen.against)


def _tell(trial: Trial) -> None:
    click.echo(
        f"  {trial.contender}: {trial.wall_s:.2f} s, CPU {trial.cpu_s:.2f} s, {trial.peak_mb:.0f} MB, "
        f"{trial.rows:,} rows",
        err=True,
    )
