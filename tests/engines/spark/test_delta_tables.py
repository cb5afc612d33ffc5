"""A Delta destination as Spark reads it without Delta's own jar: the files that the newest version lists."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from delta_readers import plain
from delta_truth import assert_is_truth, write_hostile
from deltalake import DeltaTable

from ecore_export import schema

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("delta") / "warehouse"
    write_hostile(place)
    return place


@pytest.mark.parametrize("table", [schema.JOBS, schema.RECORDS], ids=lambda table: table.name)
def test_spark_reads_what_was_written(table: schema.Table, spark: SparkSession, place: Path) -> None:
    folder = place / table.name
    reader = spark.read.option("basePath", str(folder)).option("recursiveFileLookup", "false")
    found = reader.parquet(*DeltaTable(folder).file_uris())
    assert_is_truth(plain(found.toArrow()), table)
