"""What `pip install .` builds is pure Python: it needs no compiler and fits every machine."""

from __future__ import annotations

import subprocess
import tomllib
import zipfile
from pathlib import Path

import pytest
from tool_environment import tool_python

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.xdist_group("hatchling")
def test_the_wheel_is_pure(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    requires = PROJECT["build-system"]["requires"]
    build = f"from hatchling.build import build_wheel; print(build_wheel({str(tmp_path)!r}))"
    command = [tool_python(request, "hatchling", requires), "-c", build]
    subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert wheel.name.endswith("-py3-none-any.whl")
    names = [Path(name) for name in zipfile.ZipFile(wheel).namelist()]
    assert Path("ecore_export/api/decode.py") in names
    assert not {".so", ".pyd", ".pyx", ".c"} & {name.suffix for name in names}
