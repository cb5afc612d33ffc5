"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

json_option = click.option(
    "--json",
    "json_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write every figure to FILE.",
)
