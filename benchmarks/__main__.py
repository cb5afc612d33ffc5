"""``python -m benchmarks``: the commands under one name. In: arguments. Out: tables on stdout, JSON files."""

from __future__ import annotations

import signal

import click

from .commands.backfill import backfill_command
from .commands.memory import memory_command
from .commands.quick import ceiling_command, guard_command
from .commands.run import list_command, run_command
from .commands.scaling import scaling_command


@click.group()
def main() -> None:
    """Measure ecore-export beside the bare floor, plain pandas and dlt."""


_COMMANDS = (
    list_command,
    run_command,
    memory_command,
    scaling_command,
    ceiling_command,
    backfill_command,
    guard_command,
)
for command in _COMMANDS:
    main.add_command(command)

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C: databases and folders are removed
    main(prog_name="python -m benchmarks")
