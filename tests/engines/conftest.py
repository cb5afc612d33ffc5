"""Tests beside engines of a gigabyte: `bash .ci/engines` runs each folder in an environment of its own.

Where an engine is not installed its folder is not collected, and `test_installed` says so. What the tests of
a folder need is in its ``requirements.txt``; `tests/conftest.py` is not there when `.ci/engines` runs them.
No folder here has an ``__init__.py``: it would be taken for the engine.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from engines import ENGINES, is_installed

HERE = Path(__file__).parent


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    is_engine = collection_path.parent == HERE and collection_path.name in ENGINES
    return True if is_engine and not is_installed(collection_path.name) else None


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting and no proxy of whoever runs the tests reaches them."""
    for name in list(os.environ):
        if name.startswith("ECORE_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
