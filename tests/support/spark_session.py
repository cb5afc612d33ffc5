"""A Spark session with executors of its own on this machine, started as a user would, by environment.

In: how many executors. Out: a session whose UI is on a port of loopback and whose event log is in a folder.
As a script: ``python spark_session.py EXECUTORS FOLDER BASE_URL TOKEN`` reads all records, warm, and prints
the seconds and the rows.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Any

import pyspark
from pyspark.sql import SparkSession

REQUESTS_AT_ONCE = 4


def start_spark(executors: int, folder: Path, token: str) -> SparkSession:
    """Executors of one core and 1 GiB each. The JVM, once started, keeps the environment it has now."""
    (folder / "events").mkdir()
    os.environ |= {
        "PYSPARK_PYTHON": sys.executable,
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_WORKER_DIR": str(folder / "work"),
        "SPARK_LOCAL_DIRS": str(folder / "local"),
        "ECORE_API_TOKEN": token,
        "ECORE_ATTEMPTS": "3",
    }
    session = (
        SparkSession.builder.master(f"local-cluster[{executors},1,1024]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.port", "0")
        .config("spark.eventLog.enabled", "true")
        .config("spark.eventLog.compress", "false")
        .config("spark.eventLog.dir", f"file://{folder}/events")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.warehouse.dir", str(folder / "warehouse"))
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.python.filterPushdown.enabled", "true")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    del os.environ["ECORE_API_TOKEN"], os.environ["ECORE_ATTEMPTS"]
    return session


def executor_pids() -> list[int]:
    """The executors that this process has started."""
    found, todo = list[int](), [os.getpid()]
    while todo:
        parent = todo.pop()
        for folder in Path("/proc").glob(f"{parent}/task/*/children"):
            todo += map(int, folder.read_text().split())
        command = Path(f"/proc/{parent}/cmdline").read_bytes()
        if b"CoarseGrainedExecutorBackend" in command:
            found.append(parent)
    return found


def all_up(session: SparkSession, executors: int) -> None:
    """Wait until every executor has had something to do."""

    def slowly(batches: Any) -> Any:
        time.sleep(1.0)
        yield from batches

    while len(executor_pids()) < executors:
        time.sleep(0.1)
    session.range(0, executors * 10, 1, executors).mapInArrow(slowly, "id long").count()


def _main() -> None:
    executors, folder, base_url, token = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4]
    from ecore_export.integrations.spark import EcoreDataSource

    session = start_spark(executors, folder, token)
    session.dataSource.register(EcoreDataSource)
    all_up(session, executors)
    options = {"table": "records", "base_url": base_url, "requests_at_once": str(REQUESTS_AT_ONCE)}
    few = {**options, "job_ids": "1,2,3,4,5,6,7,8"}
    for _ in range(2):  # each executor's Python imports what it needs
        session.read.format("ecore").options(**few).load().count()
    began = time.monotonic()
    rows = session.read.format("ecore").options(**options).load().count()
    print(f"{time.monotonic() - began:.2f} {rows}")
    session.stop()


if __name__ == "__main__":
    _main()
