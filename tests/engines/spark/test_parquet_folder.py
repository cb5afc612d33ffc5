"""A Parquet destination as Spark reads it: the folders as they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from scripted_api import http_client_of, settings

from ecore_export import schema
from ecore_export.destinations import open_destination, read_jobs, read_records
from ecore_export.sandbox import Sandbox
from ecore_export.syncing import SyncOptions, run_sync

if TYPE_CHECKING:
    from pyspark.sql import SparkSession


@pytest.mark.parametrize("table", [schema.JOBS, schema.RECORDS], ids=lambda table: table.name)
def test_spark_reads_what_was_exported(table: schema.Table, spark: SparkSession, tmp_path: Path) -> None:
    made_up = Sandbox(jobs=60, token=settings().token.reveal())
    opened = open_destination(f"parquet:{tmp_path}/warehouse")
    result = run_sync(settings(), opened, SyncOptions(), http_client=http_client_of(made_up.handle))
    assert (result.status, result.error) == ("complete", None)
    if table is schema.JOBS:
        exported = read_jobs(opened, "default")
    else:
        exported = pa.Table.from_batches(read_records(opened, "default"), table.arrow)
    opened.close()
    read = spark.read.parquet(f"{tmp_path}/warehouse/{table.name}").drop("created_month")
    assert sorted_rows(read.toArrow(), table) == sorted_rows(exported, table)


def sorted_rows(rows: pa.Table, table: schema.Table) -> list[dict[str, object]]:
    """Rows by key, of the schema's own types."""
    types = [(column.name, column.kind.arrow) for column in table.columns]
    assert [(field.name, field.type) for field in rows.schema] == types
    return rows.sort_by([(name, "ascending") for name in table.key]).to_pylist()
