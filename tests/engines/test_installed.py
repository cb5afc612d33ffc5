"""What a run of the tests leaves out for want of an engine."""

from __future__ import annotations

from pathlib import Path

import pytest
from engines import is_installed

HERE = Path(__file__).parent
FOLDERS = sorted(path.parent.name for path in HERE.glob("*/requirements.txt"))


@pytest.mark.parametrize("engine", FOLDERS)
def test_an_engine_s_tests_are_run(engine: str) -> None:
    if not is_installed(engine):
        pytest.skip(f"{engine} is not installed here: bash .ci/engines {engine}")
    assert list((HERE / engine).glob("test_*.py"))
