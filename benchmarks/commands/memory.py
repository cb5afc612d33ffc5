"""`memory`: peaks as the work grows. In: how far to go. Out: tables on stdout, figures in a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from .. import memory
from ..process import ContenderError
from ..reporting import table, write_json
from ..trial import Trial
from .options import json_option


@click.command("memory")
@click.option(
    "--up-to",
    type=click.IntRange(min=memory.SIZES[0]),
    default=1_000_000,
    show_default=True,
    metavar="N",
    help="The most records; 10,000,000 takes many minutes.",
)
@click.option(
    "--part",
    "parts",
    multiple=True,
    type=click.Choice(("parquet", "postgresql", "frame")),
    help="Only this; may be given several times.",
)
@json_option
def memory_command(up_to: int, parts: tuple[str, ...], json_path: Path | None) -> None:
    """Peak memory of exports of one growing job, and of `load_records` beside its frame."""
    figures: dict[str, Any] = {}
    try:
        for part in parts or ("parquet", "postgresql", "frame"):
            figures[part] = _frames(up_to) if part == "frame" else _syncs(part, up_to)
            if json_path is not None:
                write_json(json_path, figures)
    except ContenderError as error:
        raise click.ClickException(str(error)) from None


def _syncs(store: str, up_to: int) -> list[dict[str, Any]]:
    is_postgres = store == "postgresql"
    contenders = memory.TO_POSTGRES if is_postgres else memory.TO_PARQUET
    done: dict[int, dict[str, Trial]] = {}
    for records, trial in memory.syncs(contenders, up_to, is_postgres=is_postgres):
        done.setdefault(records, {})[trial.contender] = trial
    names = [contender.name for contender in contenders]
    rows = [
        [f"{records:,}", *(f"{trials[name].peak_mb:,.0f}" for name in names)]
        for records, trials in done.items()
    ]
    click.echo(f"peak MB, one job to {store}\n{table(['records', *names], rows)}\n")
    return [{"records": n, **asdict(trial)} for n, trials in done.items() for trial in trials.values()]


def _frames(up_to: int) -> list[dict[str, Any]]:
    done = list(memory.loads(up_to))
    head = ["load_records", "backend", "before MB", "peak MB", "after MB", "frame MB", "(peak-before)/frame"]
    click.echo(table(head, list(_frame_rows(done))) + "\n")
    return [{**asdict(loaded), "ratio": loaded.ratio} for loaded in done]


def _frame_rows(done: list[memory.Loaded]) -> Iterator[list[str]]:
    for loaded in done:
        sizes = (loaded.before_mb, loaded.peak_mb, loaded.after_mb, loaded.frame_mb)
        yield [
            f"{loaded.records:,}",
            loaded.backend,
            *(f"{size:,.0f}" for size in sizes),
            f"{loaded.ratio:.2f}",
        ]
