"""What a type checker finds in a user's script: wrong keywords, views and ids, and nothing in a right one."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import ecore_export
from ecore_export.client import Client
from ecore_export.loading import ClientOptions
from ecore_export.sandbox import Sandbox, SandboxOptions
from ecore_export.syncing.options import SyncKeywords, SyncOptions

GOOD = """
import datetime
import re
import numpy as np
import ecore_export as ee
jobs = ee.load_jobs(since="2026-01-01", workers=4, account="emea")
job, records = ee.load_job(42, dtype_backend="pyarrow")
records = ee.load_records([42, 43], progress=False)
records = ee.load_records(jobs["job_id"])
records = ee.load_records(jobs, errors="warn")
records = ee.load_records(since="2026-05-01", until=datetime.date(2026, 6, 1), list_name=re.compile("news"))
jobs = ee.load_jobs(list_name="Q1 Leads", workers=2, status="Processed")
valid = ee.load_records(jobs, status="Valid")
records = ee.load_records(np.int64(42))
result = ee.sync("parquet:warehouse", since=datetime.date(2026, 1, 1), jobs=[42, 43], pii="hash", tz="UTC")
status: str = result.status
ee.sync("parquet:warehouse", progress=False)
ee.write_excel({"jobs": jobs}, "jobs.xlsx", tz="Europe/Berlin")
names: list[str] = ee.to_arrow(jobs).column_names
quality = ee.read_view("parquet:warehouse", "list_quality", tz="UTC")
stored = ee.read_table("parquet:warehouse", "jobs", since="2026-01-01", columns=["job_id"])
usage = ee.credit_usage(jobs, freq="W")
usage = ee.credit_usage(jobs, "QE", tz="Europe/Berlin")
with ee.Client.sandbox(seed=7, jobs=20, token="other") as client:
    client.wait_for_job(1, timeout_s=3.0)
"""

BAD = """
import ecore_export as ee
ee.load_jobs(sinc="2026-01-01")  # call-arg
ee.load_jobs(workers="four")  # arg-type
ee.load_job(42, acount="emea")  # call-arg
ee.load_job("42")  # arg-type
ee.load_records(["42"])  # list-item
ee.load_records([42], dtype_backend="polars")  # arg-type
ee.load_records([42], errors="ignore")  # arg-type
ee.load_records([42], eror="warn")  # call-arg
ee.load_records(sinc="2026-05-01")  # call-arg
ee.load_records(list_name=42)  # arg-type
ee.load_records(42, status="Processed")  # arg-type
ee.load_jobs(status="Valid")  # arg-type
ee.load_jobs(list_name=b"Q1")  # arg-type
ee.sync("parquet:warehouse", sinc="2026-01-01")  # call-arg
ee.sync("parquet:warehouse", pii="hashed")  # arg-type
ee.sync("parquet:warehouse", progress="no")  # arg-type
ee.to_arrow("parquet:warehouse")  # arg-type
ee.write_excel(ee.load_jobs(), "jobs.xlsx", zone="UTC")  # call-arg
ee.sync("parquet:warehouse", jobs="42")  # arg-type
ee.read_view("parquet:warehouse", "list_qualty")  # arg-type
ee.read_table("parquet:warehouse", "job")  # arg-type
ee.read_table("parquet:warehouse", "jobs", sinc="2026-01-01")  # call-arg
ee.Client.sandbox(seeds=7)  # call-arg
ee.Client().wait_for_job("42")  # arg-type
ee.credit_usage(ee.load_jobs(), freq="monthly")  # arg-type
"""
"""Each line with the code of the error that mypy reports there."""


def test_mypy_finds_in_a_script_what_is_wrong_and_only_that(tmp_path: Path) -> None:
    for name, text in {"good.py": GOOD, "bad.py": BAD}.items():
        (tmp_path / name).write_text(text)
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "good.py", "bad.py"],
        cwd=tmp_path,
        env=os.environ | {"MYPYPATH": str(Path(ecore_export.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(r"^(good|bad)\.py:(\d+): error: .*\[([a-z-]+)\]$", checked.stdout, re.MULTILINE)
    marked = [
        ("bad", str(number), line.rpartition("# ")[2])
        for number, line in enumerate(BAD.splitlines(), 1)
        if "# " in line
    ]
    assert sorted(set(found)) == sorted(marked), checked.stdout + checked.stderr


@pytest.mark.parametrize(
    ("keywords", "accepted", "elsewhere"),
    [
        (ClientOptions, Client, set()),
        (SandboxOptions, Sandbox, {"seed"}),
        (SyncKeywords, SyncOptions, {"since", "until"}),
    ],
)
def test_typed_keywords_are_those_that_are_accepted(
    keywords: Any, accepted: Callable[..., object], elsewhere: set[str]
) -> None:
    assert keywords.__optional_keys__ == inspect.signature(accepted).parameters.keys() - elsewhere
    assert not keywords.__required_keys__


def test_typed_keywords_of_a_sync_have_the_types_of_its_options() -> None:
    """``jobs`` alone is wider: one id will do."""
    fields = {field.name: str(field.type) for field in dataclasses.fields(SyncOptions)}
    given = {name: hint.__forward_arg__ for name, hint in SyncKeywords.__annotations__.items()}
    assert {name: hint for name, hint in given.items() if name != "jobs"} == {
        name: fields[name] for name in given if name != "jobs"
    }
