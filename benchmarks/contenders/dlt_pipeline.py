"""A dlt pipeline to the target asked for, its state in a passing folder. Called by the dlt contenders."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dlt

from .asked import Asked


@contextmanager
def pipeline(asked: Asked) -> Iterator[Any]:
    """A pipeline into the data set ``bench``."""
    if is_postgres(asked):
        # dlt wants a host and a password; the host after the question mark, a Unix socket, counts.
        destination = dlt.destinations.postgres(
            asked.target.replace("postgres@", "postgres:none@localhost", 1)
        )
    else:
        destination = dlt.destinations.filesystem(Path(asked.target).absolute().as_uri())
    with tempfile.TemporaryDirectory(prefix="ecore-bench-dlt-") as folder:
        yield dlt.pipeline("bench", pipelines_dir=folder, destination=destination, dataset_name="bench")


def is_postgres(asked: Asked) -> bool:
    """Whether the target is a database."""
    return asked.target.startswith("postgresql:")
