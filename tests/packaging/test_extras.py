"""What the base installation pulls in, and what is said where an extra is missing."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS = PROJECT["optional-dependencies"]

FOR_DEVELOPERS = {"all", "bench", "dev", "docs", "notebooks", "test"}
"""Extras that bring others, or what our own code never asks for."""
NEEDS_NOTHING = {"duckdb"}

NEED_IT = {
    "delta": ("deltalake", "import ecore_export as ee; ee.read_view('delta:{folder}/delta', 'list_quality')"),
    "dlt": ("dlt", "import ecore_export.integrations.dlt"),
    "excel": (
        "xlsxwriter",
        "import pandas; from ecore_export.excel import write_excel\n"
        "write_excel(pandas.DataFrame({{'a': [1]}}), '{folder}/jobs.xlsx')",
    ),
    "mysql": ("pymysql", "import ecore_export as ee; ee.open_destination('mysql+pymysql://u@127.0.0.1/d')"),
    "postgresql": (
        "psycopg",
        "import ecore_export as ee; ee.open_destination('postgresql+psycopg://u@127.0.0.1/d')",
    ),
    "report": (
        "altair",
        "import ecore_export as ee; ee.write_report('parquet:{folder}/warehouse', '{folder}/report.html')",
    ),
    "spark": ("pyspark", "import ecore_export.integrations.spark"),
    "telemetry": (
        "opentelemetry",
        "from ecore_export import SettingsError; from ecore_export.telemetry import absence\n"
        "raise SettingsError(absence())",
    ),
    "warehouses": (
        "sqlglot",
        "from ecore_export.schema_export import render; render('sql', 'bigquery')",
    ),
}
"""Of each extra: a package that is missing, and what needs it."""

WITHOUT = """
import sys

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "{package}":
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
"""


def packages_of(requirements: list[str]) -> set[str]:
    """These packages and all that they need in turn, as far as they are installed."""
    found: set[str] = set()
    to_see = [(Requirement(text), "") for text in requirements]
    while to_see:
        wanted, extra = to_see.pop()
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": extra}):
            continue
        name = canonicalize_name(wanted.name)
        if name in found:
            continue
        found.add(name)
        try:
            needed = requires(wanted.name) or []
        except PackageNotFoundError:
            continue
        to_see += [(Requirement(text), one) for text in needed for one in ("", *wanted.extras)]
    return found


def test_every_extra_has_its_row() -> None:
    assert NEED_IT.keys() | FOR_DEVELOPERS | NEEDS_NOTHING == EXTRAS.keys()


def test_the_base_installation_pulls_in_none_of_the_extras() -> None:
    base = packages_of(PROJECT["dependencies"])
    assert {"httpx", "pandas", "pyarrow", "duckdb"} <= base
    assert len(base) < 45, sorted(base)
    brought = {canonicalize_name(Requirement(text).name) for extra in NEED_IT for text in EXTRAS[extra]}
    assert base & (brought | {"opentelemetry-sdk", "apache-airflow", "dagster", "prefect"}) == set()


@pytest.mark.parametrize("extra", NEED_IT)
def test_an_extra_that_is_missing_is_one_sentence_that_names_it(extra: str, tmp_path: Path) -> None:
    package, code = NEED_IT[extra]
    script = WITHOUT.format(package=package) + code.format(folder=tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    told = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "OTEL_TRACES_EXPORTER": "console"},
        capture_output=True,
        text=True,
        check=False,
    )
    last = told.stderr.strip().splitlines()[-1]
    assert told.returncode == 1
    assert re.match(r"ecore_export\.errors\.\w*(Settings|Destination)Error: ", last), told.stderr[-2000:]
    assert f"pip install 'ecore-export[{extra}]'" in last
