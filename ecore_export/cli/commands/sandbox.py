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
    help="0 for any free one.",
)
@click.option(
    "--jobs", type=click.IntRange(min=0), default=300, show_default=True, metavar="N", help="Number of jobs."
)
@click.option(
    "--seed", type=int, default=7, show_default=True, metavar="N", help="The same seed gives the same data."
)
@click.option("--token", default="sandbox-token", show_default=True, help="The token it accepts.")
@click.option("--fault", "faults", multiple=True, metavar="FAULT", help="Fault to inject; may be repeated.")
@click.option(
    "--advance-after-reads",
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    metavar="N",
    help="A running job advances after N reads.",
)
def sandbox_command(
    port: int, jobs: int, seed: int, token: str, faults: tuple[str, ...], advance_after_reads: int
) -> None:
    """Serve a made-up eCore API on this machine.

    The API of the demo, over HTTP on 127.0.0.1, until Ctrl-C.

    \b
    A FAULT is KIND, KIND:PROBABILITY or KIND:NAME=VALUE,…:
      500:0.1                  one response in ten is a server error
      429:every=50             every fiftieth is Too Many Requests
      slow:delay=2             responses take two seconds
      reset, truncate, html, broken-json, redirect

    \b
    Example, in two terminals:
      ecore-export sandbox --fault 500:0.1
      run the two export lines it prints, then ecore-export sync parquet:warehouse
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
