"""`scaling`: how cost grows. In: names of axes, how far to go. Out: tables on stdout, figures in a file."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from ..process import ContenderError
from ..reporting import table, write_json
from ..scaling import AXES, Point, growth, trials
from ..trial import Trial
from .options import json_option

_HEAD = ("wall s", "wall s/ideal", "CPU s", "CPU grows", "us/row", "rows/s", "peak MB", "requests")


@click.command("scaling")
@click.argument("names", metavar="AXIS…", nargs=-1, type=click.Choice([axis.name for axis in AXES]))
@click.option("--up-to", type=float, metavar="N", help="Further, or less far, than usual: 1e7 takes long.")
@json_option
def scaling_command(names: tuple[str, ...], up_to: float | None, json_path: Path | None) -> None:
    """How cost grows along an axis: records, one-job, jobs, small-jobs, latency; all if none is named."""
    figures: dict[str, Any] = {}
    for axis in [axis for axis in AXES if not names or axis.name in names]:
        done: list[tuple[Point, Trial]] = []
        try:
            for point, trial in trials(axis, axis.usual if up_to is None else up_to):
                done.append((point, trial))
                click.echo(f"  {axis.name} {point.at:,.0f}: {trial.wall_s:.2f} s", err=True)
        except ContenderError as error:
            raise click.ClickException(str(error)) from None
        click.echo(f"{axis.about}\n{table([axis.name, *_HEAD], _rows(done))}\n")
        figures[axis.name] = [{"at": point.at, **asdict(trial)} for point, trial in done]
        if json_path is not None:
            write_json(json_path, figures)


def _rows(done: list[tuple[Point, Trial]]) -> list[list[str]]:
    before = [None, *done[:-1]]
    return [_row(point, trial, was) for (point, trial), was in zip(done, before, strict=True)]


def _row(point: Point, trial: Trial, before: tuple[Point, Trial] | None) -> list[str]:
    exponent = before and growth((before[0].at, before[1].cpu_s), (point.at, trial.cpu_s))
    return [
        f"{point.at:,.0f}",
        f"{trial.wall_s:.2f}",
        f"{trial.wall_s / point.ideal_s:.2f}" if point.ideal_s else "-",
        f"{trial.cpu_s:.2f}",
        f"n^{exponent:.2f}" if exponent is not None else "-",
        f"{trial.cpu_s / trial.rows * 1e6:,.1f}",
        f"{trial.rows_a_second:,.0f}",
        f"{trial.peak_mb:,.0f}",
        f"{trial.requests:,}",
    ]
