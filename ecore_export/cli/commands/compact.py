"""`compact`: make the many small files of a destination few. Out: how many there were and are."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from ..messages import plural, tell_outcome
from ..options import destination_argument, json_option, opened_export


@click.command("compact")
@destination_argument()
@json_option
def compact_command(destination: str, schema_name: str | None, as_json: bool) -> None:
    """Make small files of Delta tables few.

    A sync does so by itself where a month has many small files. Rows stay as they are. Files of versions
    older than seven days go: these can no longer be read. Other destinations keep their files at a good
    size: there it does nothing.

    \b
    Example:
      ecore-export compact delta:warehouse
    """
    from ...destinations import Compacted, Compacting

    with opened_export(destination, schema_name) as found:
        done = found.compact() if isinstance(found, Compacting) else Compacted()
        needs_it = isinstance(found, Compacting)
    if as_json:
        tell_outcome(json.dumps(asdict(done)))
    elif needs_it:
        files = f"{plural(done.files_before, 'file')} before, {done.files_after:,} now"
        tell_outcome(f"{files}; removed {plural(done.files_removed, 'file')} of old versions")
    else:
        tell_outcome("nothing to do: this kind of destination keeps its files at a good size by itself")
