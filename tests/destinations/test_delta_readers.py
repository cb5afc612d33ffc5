"""What others read of the tables, each with its own means: the same rows, values and types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import delta_readers
import pyarrow as pa
import pytest
from delta_truth import assert_is_truth, write_hostile
from tool_environment import tool_python

from ecore_export import schema

# in an environment of their own: DuckDB 2 has no wheel of the extension
DUCKDB = ["duckdb==1.5.5", "duckdb-extensions==1.5.5", "duckdb-extension-delta==1.5.5", "pyarrow", "pytz"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("readers") / "warehouse"
    write_hostile(place)
    return place


@pytest.mark.parametrize("reader", sorted(delta_readers.READERS))
def test_reads_what_was_written(
    reader: str, place: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    python = tool_python(request, "duckdb-delta", DUCKDB) if reader == "duckdb" else sys.executable
    for table in (schema.JOBS, schema.RECORDS):
        file = tmp_path / f"{table.name}.arrow"
        subprocess.run([python, delta_readers.__file__, reader, place / table.name, file], check=True)
        with pa.OSFile(str(file)) as source, pa.ipc.open_file(source) as rows:
            assert_is_truth(rows.read_all(), table)
