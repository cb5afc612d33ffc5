"""What a command may do to a process of its own, and a library may not: to start quickly, in little memory.

In: nothing. Out: other settings of Python and PyArrow.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


def settle_in() -> None:
    """Before anything is imported."""
    _fill_closed_streams()
    # Arrow's own allocator keeps a third more memory than an export needs; read when Arrow is imported.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    # Modules and row data hold no cycles worth a look at every 700 objects: 3 to 5 % of a sync's CPU time.
    gc.set_threshold(100_000, 20, 20)


def _fill_closed_streams() -> None:
    """Put something in the place of closed streams (``>&-``), which the next file opened would take.

    What is said on a closed stderr is lost; writing to a closed stdout fails, as nobody gets the data.
    """
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number that is free
    if sys.stdin is None:
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - open as long as the process
    if sys.stdout is None:
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", encoding="utf-8", closefd=False)  # noqa: SIM115


class _NoPandas(MetaPathFinder):
    def find_spec(
        self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name == "pandas":
            raise ModuleNotFoundError("no frames are wanted", name=name)
        return None


def keep_pandas_out() -> None:
    """For commands that make no frames: saves a fifth of a second and 33 MB.

    PyArrow imports pandas when it converts its first list, to see whether that is a Series, and tries again
    whenever a frame is wanted. What was kept out meanwhile is no Series to it.
    """
    if "pandas" in sys.modules:
        return
    import pyarrow as pa

    finder = _NoPandas()
    sys.meta_path.insert(0, finder)
    try:
        pa.array([])
    finally:
        sys.meta_path.remove(finder)
