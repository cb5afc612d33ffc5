"""`ceiling` and `guard`: seconds, not minutes. In: nothing much. Out: a table, a verdict as exit code."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path

import click

from ..ceiling import SECONDS, ceilings
from ..reporting import table, write_json
from .options import json_option


@click.command("ceiling")
@click.option("--seconds", type=float, default=SECONDS, show_default=True, help="For each kind of answer.")
@json_option
def ceiling_command(seconds: float, json_path: Path | None) -> None:
    """What the benchmark's own server gives to a raw socket that looks at nothing."""
    done = list(ceilings(seconds))
    head = ["one connection", "kB", "requests/s", "MB/s", "server CPU us/request"]
    rows = [
        [
            one.answer,
            f"{one.size_bytes / 1000:.0f}",
            f"{one.requests_a_second:,.0f}",
            f"{one.mb_a_second:,.0f}",
            f"{one.server_us:,.0f}",
        ]
        for one in done
    ]
    click.echo(table(head, rows))
    if json_path is not None:
        write_json(json_path, {"ceilings": [asdict(one) for one in done]})


@click.command("guard")
@click.option("--limit", type=float, help="Another limit than those that are kept.")
@click.option("--repetitions", type=click.IntRange(min=1), default=7, show_default=True, metavar="N")
@click.option("--records", type=click.IntRange(min=1), default=300_000, show_default=True, metavar="N")
def guard_command(limit: float | None, repetitions: int, records: int) -> None:
    """Fail if the way from a body to a stored row has become dearer, beside the least it can cost."""
    from .. import guard  # heavy, which would show in the peaks of the other commands

    most = guard.LIMIT if limit is None else limit
    measured = {"from body to row": (most, partial(guard.measure, repetitions, records))}
    most = guard.UNUSUAL_LIMIT if limit is None else limit
    for name in guard.UNUSUAL:
        measured[f"of pages with {name}"] = most, partial(guard.unusual, name, repetitions, records)
    for what, (most, taken) in measured.items():
        for spread in guard.verdicts(most, taken):
            found = f"{spread.median:.2f} times ({spread.low:.2f} to {spread.high:.2f})"
            click.echo(f"CPU {what}, beside the least it can be: {found}, limit {most:.2f}")
        if spread.median > most:
            raise click.ClickException("dearer than the limit, however often it was measured")
