"""``python -m benchmarks``: the commands under one name. In: arguments. Out: tables on stdout, JSON files."""

from __future__ import annotations

import click

from .commands.memory import memory_command
from .commands.quick import ceiling_command, guard_command
from .commands.run import list_command, run_command
from .commands.scaling import scaling_command


@click.group()
def main() -> None:
    """Measure ecore-export beside the bare floor, plain pandas and dlt."""


for command in (list_command, run_command, memory_command, scaling_command, ceiling_command, guard_command):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="python -m benchmarks")
