"""The code of docs/spark.md, run as it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from counted_api import CountedApi, counted
from doc_blocks import ROOT, blocks
from scripted_api import TOKEN
from spark_readers import Rows, by_key, true_records

from ecore_export.integrations.spark.options import NAMES
from ecore_export.sandbox import Sandbox

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

PAGE = ROOT / "docs" / "spark.md"


@pytest.fixture(scope="module")
def api() -> Iterator[CountedApi]:
    with counted(Sandbox(jobs=40, token=TOKEN, advance_after_reads=None).handle) as found:
        yield found


def run(api: CountedApi, folder: Path, *, delta: bool) -> dict[str, Any]:
    """The names that the page's Python leaves, with its folders and the API where the test has them."""
    names: dict[str, Any] = {}
    for block in blocks(PAGE, "python"):
        if delta or "deltalake" not in block.text:
            text = block.text.replace('"lake/', f'"{folder}/')
            text = text.replace('.option("table"', f'.option("base_url", "{api.base_url}").option("table"')
            exec(compile(text, PAGE.name, "exec"), names)
    return names


def since_may(api: CountedApi) -> Rows:
    """What the page's records are."""
    first = datetime(2026, 5, 1, tzinfo=UTC)
    rows = [row for row in true_records(api.handle) if row["job_created_at"] >= first]
    assert 0 < len(rows) < len(true_records(api.handle))
    return rows


def test_the_page_s_batch_and_stream_are_the_truth(
    spark: SparkSession, api: CountedApi, tmp_path: Path
) -> None:
    names = run(api, tmp_path, delta=False)
    assert names["jobs"].count() == 40
    written, streamed = (spark.read.parquet(f"{tmp_path}/{name}") for name in ("records", "records_stream"))
    assert written.count() == len(since_may(api))
    assert streamed.count() > written.count()
    assert by_key(names["records"].toArrow().to_pylist()) == since_may(api)


def test_the_page_s_way_to_delta_is_the_truth(spark: SparkSession, api: CountedApi, tmp_path: Path) -> None:
    names = run(api, tmp_path, delta=True)
    assert names["spark"] is spark
    assert by_key(names["again"].toArrow().to_pylist()) == since_may(api)


def test_the_page_has_every_option() -> None:
    rows = [line.split("|")[1] for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    assert sorted(name.strip(" `") for row in rows for name in row.split(",")) == sorted(NAMES)
