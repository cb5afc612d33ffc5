"""The traps of delta-rs: what it would do to whoever uses it without care, and does not do here."""

from __future__ import annotations

import dataclasses
import json
import multiprocessing
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from deltalake import DeltaTable
from destination_rows import (
    CREATED,
    LOCK_S,
    SEEN,
    history_row,
    make_job,
    publication,
    publish,
    read_job_rows,
    read_record_rows,
    reject_row,
    to_table,
)

from ecore_export import schema
from ecore_export.destinations import Erasure, open_destination, prune_records, write_rejects
from ecore_export.destinations.delta import failures
from ecore_export.destinations.delta.destination import DeltaDestination
from ecore_export.destinations.delta.read import of_jobs
from ecore_export.destinations.delta.tables import FENCE, StoredTable
from ecore_export.destinations.delta.url import Place
from ecore_export.errors import DestinationError

ADDRESS = "jane.1@example.com"
RUNS = max(10, int(os.environ.get("ECORE_TEST_KILLS", "0")))
"""Of processes, every other of which would abort if it read in the way that delta-rs suggests."""


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "warehouse"


@pytest.fixture
def destination(place: Path) -> Iterator[DeltaDestination]:
    with closing(DeltaDestination(f"delta:{place}")) as opened:
        opened.ensure_schema()
        yield opened


ONE_RUN = """
import sys
from destination_rows import make_job, publish
from ecore_export import read_table, read_view
from ecore_export.destinations import open_destination
url, number = sys.argv[1], int(sys.argv[2])
destination = open_destination(url)
with destination.lock(60):
    destination.ensure_schema()
publish(destination, make_job(number, 200), make_job(0, 10, version=f"v{number}"))
assert len(read_view(url, "validator_mix"))
assert len(read_table(url, "records"))
"""


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_each_of_many_runs_that_write_and_read_ends_with_exit_code_0(place: Path) -> None:
    """To read by PyArrow what delta-rs hands it aborts every other process that has written."""

    def run(number: int) -> int:
        command = [sys.executable, "-c", ONE_RUN, f"delta:{place}", str(number)]
        path = os.pathsep.join(filter(None, sys.path))
        return subprocess.run(command, env={**os.environ, "PYTHONPATH": path}, check=False).returncode

    assert run(1) == 0
    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, range(2, RUNS + 1))) == [0] * (RUNS - 1)
    with closing(open_destination(f"delta:{place}")) as found:
        assert len(read_record_rows(found)) == RUNS * 200 + 10


def test_a_forked_child_is_told_instead_of_hanging(destination: DeltaDestination) -> None:
    context = multiprocessing.get_context("fork")
    answers = context.Queue()

    def child() -> None:
        try:
            destination.schema_version()
        except DestinationError as error:
            answers.put(str(error))

    process = context.Process(target=child)
    process.start()
    assert "by spawn" in answers.get(timeout=30)
    process.join(30)
    assert process.exitcode == 0


def test_a_null_that_must_not_be_is_told_without_the_row(destination: DeltaDestination) -> None:
    job = make_job(1, 2)
    job.records[1]["status"] = None
    table = pa.Table.from_pylist(job.records, schema.RECORDS.frame_arrow)
    broken = dataclasses.replace(publication(job), records=lambda: iter(table.to_batches()))
    with pytest.raises(DestinationError, match=r"records\.status is null") as caught:
        destination.publish(broken)
    assert "@" not in str(caught.value)
    assert read_record_rows(destination) == []


def test_an_error_that_prints_rows_is_not_shown(destination: DeltaDestination, place: Path) -> None:
    """delta-rs prints the rows that do not fit the condition under which they are written."""
    stored = StoredTable(Place.of(f"delta:{place}"), schema.RECORDS)
    (batch,) = publication(make_job(1, 2)).records()
    with pytest.raises(DestinationError) as caught:
        stored.replace(stored.present(), of_jobs("default", [2]), [batch])
    assert "@" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_panic_is_an_error_like_others(
    destination: DeltaDestination, place: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = Place.of(f"delta:{place}")
    with pytest.raises(DestinationError, match="a panic"), failures.translated(found):
        DeltaTable(str(place / "jobs")).vacuum(retention_hours=10**18)


def test_properties_of_our_own_are_kept(destination: DeltaDestination, place: Path) -> None:
    """delta-rs refuses those that it does not know, unless it is told not to."""
    stored = StoredTable(Place.of(f"delta:{place}"), schema.JOBS)
    assert stored.present().fence == 0
    stored.set_property(stored.present(), FENCE, "5")
    assert DeltaTable(str(place / "jobs")).metadata().configuration[FENCE] == "5"
    assert stored.present().fence == 5


def test_nothing_is_merged(
    destination: DeltaDestination, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`merge` of delta-rs takes memory for all that it meets: a job is replaced, whatever is done."""
    monkeypatch.setattr(DeltaTable, "merge", lambda *_, **__: pytest.fail("merged"))
    old = make_job(1, 3, list_name=f"for {ADDRESS}")
    publish(destination, old, make_job(2, 2), history=[history_row(old.row, SEEN)])
    changed = make_job(1, 4, version="v2", created_at=CREATED - timedelta(days=60))
    publish(destination, changed, history=[history_row(changed.row, SEEN + timedelta(hours=1))])
    write_rejects(destination, to_table(schema.REJECTS, [reject_row(1, "status: null")]))
    with destination.lock(LOCK_S):
        destination.erase(Erasure.of((ADDRESS,)), schema.SUPPRESSIONS.empty())
        prune_records(destination, CREATED)
        destination.compact()
    commits = [each for t in schema.ALL_TABLES for each in DeltaTable(str(place / t.name)).history()]
    assert {"WRITE", "DELETE"} <= {commit["operation"] for commit in commits}
    assert "MERGE" not in {commit["operation"] for commit in commits}


@pytest.mark.parametrize(
    ("protocol", "configuration"),
    [
        ({"minReaderVersion": 2, "minWriterVersion": 5}, {"delta.columnMapping.mode": "name"}),
        (
            {
                "minReaderVersion": 3,
                "minWriterVersion": 7,
                "readerFeatures": ["deletionVectors"],
                "writerFeatures": ["deletionVectors", "changeDataFeed"],
            },
            {"delta.enableDeletionVectors": "true"},
        ),
    ],
    ids=["column mapping", "deletion vectors"],
)
def test_what_would_be_read_wrongly_is_refused(
    place: Path, protocol: dict[str, Any], configuration: dict[str, str]
) -> None:
    """Another program has switched it on in one of the tables."""
    with closing(DeltaDestination(f"delta:{place}")) as before:
        before.ensure_schema()
    log = place / "jobs" / "_delta_log"
    first = [json.loads(line) for line in (log / f"{0:020}.json").read_text().splitlines()]
    (metadata,) = (line for line in first if "metaData" in line)
    columns = json.loads(metadata["metaData"]["schemaString"])
    for n, column in enumerate(columns["fields"]):
        column["metadata"] = {
            "delta.columnMapping.id": n,
            "delta.columnMapping.physicalName": column["name"],
        }
    metadata["metaData"]["schemaString"] = json.dumps(columns)
    metadata["metaData"]["configuration"] |= configuration
    (log / f"{1:020}.json").write_text(f"{json.dumps({'protocol': protocol})}\n{json.dumps(metadata)}\n")
    with closing(DeltaDestination(f"delta:{place}")) as destination:
        for use in (read_job_rows, lambda opened: publish(opened, make_job(1, 2))):
            with pytest.raises(DestinationError, match="column mapping or deletion vectors"):
                use(destination)


SETTINGS = """
import os, time
from pathlib import Path
before = set(os.environ)
from ecore_export.destinations.delta.failures import driver
driver()
time.sleep(0.5)  # each thread gives itself its name
workers = sum(name.read_text().startswith("tokio") for name in Path("/proc/self/task").glob("*/comm"))
print(workers, sorted({name for name in os.environ if "TOKIO" in name} - before))
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="the names of threads: needs Linux's /proc")
@pytest.mark.parametrize(("asked", "workers"), [({}, 1), ({"TOKIO_WORKER_THREADS": "3"}, 3)])
def test_it_has_one_thread_unless_asked_for_more(asked: dict[str, str], workers: int) -> None:
    """By itself one a core, of which each holds tens of megabytes; nobody else's setting is touched."""
    command = [sys.executable, "-c", SETTINGS]
    done = subprocess.run(command, env={**os.environ, **asked}, capture_output=True, text=True, check=True)
    assert done.stdout == f"{workers} []\n"


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit])
def test_what_is_no_panic_stays_what_it_is(place: Path, error: type[BaseException]) -> None:
    with pytest.raises(error), failures.translated(Place.of(f"delta:{place}")):
        raise error
