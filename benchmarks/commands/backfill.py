"""`backfill`: what a very large first export needs. In: figures of `run`. Out: tables on stdout."""

from __future__ import annotations

import json
from pathlib import Path

import click

from ..backfill import Backfill, backfills
from ..reporting import table

LATENCIES_MS = (10, 50, 200)


@click.command("backfill")
@click.argument("figures", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE")
@click.option("--records", type=float, default=1e9, show_default=True, metavar="N")
@click.option(
    "--quota", type=click.IntRange(min=1), default=100_000, show_default=True, help="Requests a day."
)
def backfill_command(figures: Path, records: float, quota: int) -> None:
    """Requests, hours and disk for N records, from the figures that `run --json FILE` left."""
    try:
        found = list(backfills(json.loads(figures.read_text("utf-8")), int(records)))
    except (KeyError, ValueError) as error:
        raise click.ClickException(f"{figures} does not hold the figures needed: {error}") from None
    head = ["jobs of", "jobs", "requests", *(f"hours at {ms} ms" for ms in LATENCIES_MS), "days by quota"]
    click.echo(
        f"{records:,.0f} records; quota {quota:,} requests a day\n{table(head, _needs(found, quota))}\n"
    )
    head = ["jobs of", "wall us/record", "CPU us/record", "wire GB", "Parquet GB", "PostgreSQL GB"]
    click.echo(table(head, _sizes(found)))


def _needs(found: list[Backfill], quota: int) -> list[list[str]]:
    return [
        [
            f"{one.job_records:,}",
            f"{one.jobs:,}",
            f"{one.requests:,}",
            *(f"{one.hours(ms):,.1f}" for ms in LATENCIES_MS),
            f"{one.requests / quota:,.1f}",
        ]
        for one in found
    ]


def _sizes(found: list[Backfill]) -> list[list[str]]:
    return [
        [
            f"{one.job_records:,}",
            f"{one.parquet.wall_us:.2f}",
            f"{one.parquet.cpu_us:.2f}",
            f"{one.wire_gb:,.0f}",
            f"{one.records * one.parquet.stored_bytes / 1e9:,.0f}",
            "-" if one.postgres is None else f"{one.records * one.postgres.stored_bytes / 1e9:,.0f}",
        ]
        for one in found
    ]
