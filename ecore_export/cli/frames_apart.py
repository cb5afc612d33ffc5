"""Keeps pandas out of a process that makes no frames: a fifth of a second, and 33 MB, for each command.

In: nothing. Out: a PyArrow that has looked for pandas in vain. Called by `asked`. PyArrow looks when it
converts its first list, to see whether that is a Series, and again whenever a frame is wanted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class _NoPandas(MetaPathFinder):
    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError("no frames are wanted", name=name)
        return None


def keep_pandas_out() -> None:
    """Only where this process is ours alone: PyArrow takes no Series for what it is afterwards."""
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(finder)
