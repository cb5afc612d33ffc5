"""Engines of a gigabyte, each with tests in a folder of `tests/engines` named after it.

In: an engine's name. Out: what is imported of it, and whether it is there.
"""

from __future__ import annotations

from importlib.util import find_spec

ENGINES = {"spark": "pyspark", "airflow": "airflow", "dagster": "dagster", "prefect": "prefect"}


def is_installed(engine: str) -> bool:
    """Whether this environment has the engine. A folder of tests of the same name is none: it has no file."""
    spec = find_spec(ENGINES[engine])
    return spec is not None and spec.origin is not None
