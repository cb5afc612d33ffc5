"""`sandbox`: the local eCore API on a port, until a signal ends it."""

from __future__ import annotations

import shlex
import threading

import click


@click.command("sandbox")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8765,
    show_default=True,
    metavar="N",
    help="0: any free one.",
)
@click.option(
    "--jobs", type=click.IntRange(min=0), default=300, show_default=True, metavar="N", help="How many jobs."
)
@click.option(
    "--seed", type=int, default=7, show_default=True, metavar="N", help="The same seed gives the same data."
)
@click.option(
    "--token", default="sandbox-token", show_default=True, help="A made-up token; opens nothing else."
)
@click.option("--fault", "faults", multiple=True, metavar="FAULT", help="What goes wrong; may be repeated.")
@click.option(
    "--advance-after-reads",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="N",
    help="A running job moves on after so many reads.",
)
def sandbox_command(
    port: int, jobs: int, seed: int, token: str, faults: tuple[str, ...], advance_after_reads: int
) -> None:
    """Serve a made-up eCore API on this machine.

    Until Ctrl-C. The same as the demo uses, over HTTP on 127.0.0.1.

    \b
    A FAULT is KIND, KIND:PROBABILITY or KIND:NAME=VALUE,…:
      500:0.1                  one answer in ten is a server fault
      429:every=50             every fiftieth is too many
      slow:delay=2             answers take two seconds
      reset, truncate, html, broken-json, redirect

    \b
    Example, in two terminals:
      ecore-export sandbox --fault 500:0.1
      eval the two export lines it prints; then ecore-export sync parquet:warehouse
    """
    from ...sandbox import Sandbox, parse_fault, serve

    made_up = Sandbox(
        seed,
        jobs,
        token=token,
        advance_after_reads=advance_after_reads,
        faults=[parse_fault(text) for text in faults],
    )
    with serve(made_up, port) as address:
        click.echo(f"export ECORE_BASE_URL={shlex.quote(address.base_url)}")
        click.echo(f"export ECORE_API_TOKEN={shlex.quote(token)}")
        threading.Event().wait()
