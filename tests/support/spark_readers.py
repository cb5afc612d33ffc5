"""The data source as Spark calls it, without a JVM: readers made on the driver, and pickled for executors.

In: options. Out: rows, and those that the API's own JSON has.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

from pyspark import cloudpickle
from scripted_api import TOKEN
from sync_truth import FINAL, expected_record, read_pages

from ecore_export.integrations.spark import EcoreDataSource
from ecore_export.sandbox import Sandbox

Rows = list[dict[str, Any]]


def reader_of(**options: str) -> Any:
    source = EcoreDataSource(options)
    return source.reader(source.schema())


def stream_of(**options: str) -> Any:
    source = EcoreDataSource(options)
    return source.streamReader(source.schema())


def on_executors(reader: Any, partitions: Any) -> Rows:
    """The rows of all partitions, each read by a reader that was pickled, as on an executor."""
    rows: Rows = []
    for partition in partitions:
        there = pickle.loads(cloudpickle.dumps(reader))
        for batch in there.read(pickle.loads(pickle.dumps(partition))):
            rows += batch.to_pylist()
    return rows


def read(**options: str) -> Rows:
    reader = reader_of(**options)
    return on_executors(reader, reader.partitions())


def true_records(handle: Callable[..., Any], account: str = "default") -> Rows:
    rows: Rows = []
    for job in read_pages(handle, "jobs/", 100):
        if job["status"] in FINAL:
            found = read_pages(handle, f"jobs/{job['id']}/records/", 1000)
            rows += [{**expected_record(job, each, account), "run_id": None} for each in found]
    return by_key(rows)


def by_key(rows: Rows) -> Rows:
    return sorted(rows, key=lambda row: (row["job_id"], row.get("record_id", 0)))


def ids(rows: Rows) -> list[int]:
    return sorted({row["job_id"] for row in rows})


def sandbox(**options: Any) -> Sandbox:
    return Sandbox(token=TOKEN, advance_after_reads=None, **options)
