"""Several exports of the same account into the same Delta tables at once, each a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest
from destination_rows import read_job_rows, read_record_rows

from ecore_export.destinations import open_destination, read_history, read_runs
from ecore_export.sandbox import JobSpec, Sandbox, serve

JOBS, WRITERS = 120, 3
REFETCH = ["--full", "--refetch"]
COMPLETE, TRY_LATER = 0, 75


@pytest.mark.slow
@pytest.mark.parametrize(
    ("place", "options"),
    [
        pytest.param("delta", [], id="delta-plain"),
        pytest.param("delta", REFETCH, id="delta-refetch"),
        pytest.param("s3_url", [], id="delta-s3-plain"),
        pytest.param("s3_url", REFETCH, id="delta-s3-refetch"),
        pytest.param("azure_url", REFETCH, id="azure-refetch", marks=pytest.mark.xdist_group("azure")),
    ],
)
def test_nothing_is_lost_and_nothing_doubled(
    place: str, options: list[str], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = f"delta:{tmp_path}/warehouse" if place == "delta" else request.getfixturevalue(place)
    sandbox = Sandbox.with_jobs([JobSpec(n % 7 * 40) for n in range(JOBS)], advance_after_reads=None)
    with serve(sandbox) as address:
        environ = {"ECORE_BASE_URL": address.base_url, "ECORE_API_TOKEN": sandbox.token, "ECORE_WORKERS": "1"}
        command = [sys.executable, "-m", "ecore_export", "sync", url]
        writers = [
            subprocess.Popen(
                [*command, *(options if n else [])],
                env={**os.environ, **environ},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            for n in range(WRITERS)
        ]
        told = [writer.communicate()[1].decode() for writer in writers]
        assert {writer.returncode for writer in writers} <= {COMPLETE, TRY_LATER}, told
        assert COMPLETE in {writer.returncode for writer in writers}, told
    with closing(open_destination(url)) as found:
        check(found)
        assert len(read_runs(found)) == WRITERS


def check(found: object) -> None:
    jobs = read_job_rows(found)
    assert len(jobs) == JOBS
    records = Counter((row["job_id"], row["record_id"]) for row in read_record_rows(found))
    assert set(records.values()) == {1}
    counts = Counter(job_id for job_id, _ in records)
    for job in jobs:
        assert job["records_exported"] == job["total_records"] == counts[job["job_id"]]
    history = read_history(found, "default").to_pylist()
    assert [row["job_id"] for row in history] == [job["job_id"] for job in jobs]
    assert {row["valid_to"] for row in history} == {None}
