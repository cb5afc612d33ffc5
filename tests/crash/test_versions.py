"""A destination of another version: a sync migrates an older one, and refuses a newer one, untouched."""

from __future__ import annotations

import hashlib
import json
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import duckdb
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from deltalake import DeltaTable, QueryBuilder, write_deltalake

from ecore_export import schema
from ecore_export.views import VIEWS

from .killable_sync import Supervisor
from .outside_readers import connect_mysql, path_of, read_outside
from .places import Places
from .test_kills import LONG_FORM, SEED, noting
from .trial import CHANGED_JOBS, Trial, running_trial

LACKING = "email_domain"
"""What the made-up older version does not have yet."""

pytestmark = pytest.mark.timeout(0 if LONG_FORM else 300)


@pytest.fixture(scope="module")
def changed_jobs(places: Places, supervisor: Supervisor) -> Iterator[Trial]:
    with running_trial(CHANGED_JOBS, places, supervisor) as running:
        yield running


def execute(url: str, statement: str) -> None:
    """Change a database with its own means."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(path_of(url))) as connection, connection:
            connection.execute(statement)
    elif url.startswith("duckdb"):
        with duckdb.connect(path_of(url)) as connection:
            connection.execute(statement)
    elif url.startswith("mysql"):
        with connect_mysql(url) as connection, connection.cursor() as cursor:
            cursor.execute(statement)
            connection.commit()
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute(statement)


def set_version(url: str, version: int) -> None:
    if url.startswith("delta"):
        rows = pa.table({"name": ["schema_version"], "value": [str(version)]}, schema=schema.META.arrow)
        where = "name = 'schema_version'"
        write_deltalake(f"{url.partition(':')[2]}/ecore_meta", rows, mode="overwrite", predicate=where)
        return
    if not url.startswith("parquet"):
        execute(url, f"UPDATE ecore_meta SET value = '{version}' WHERE name = 'schema_version'")
        return
    about = path_of(url) / "_ecore.json"
    entries = json.loads(about.read_text())
    entries["meta"]["schema_version"] = str(version)
    about.write_text(json.dumps(entries))


def make_older(url: str) -> None:
    set_version(url, schema.SCHEMA_VERSION - 1)
    if url.startswith("delta"):
        table = DeltaTable(f"{url.partition(':')[2]}/records")
        rows = pa.table(QueryBuilder().register("t", table).execute("SELECT * FROM t"))
        write_deltalake(table, rows.drop_columns([LACKING]), mode="overwrite", schema_mode="overwrite")
        return
    if not url.startswith("parquet"):
        for view in VIEWS:  # those of the older version did without the column
            execute(url, f"DROP VIEW IF EXISTS {view.name}")
        execute(url, f"ALTER TABLE records DROP COLUMN {LACKING}")
        return
    for path in (path_of(url) / "records").rglob("*.parquet"):
        metadata = pq.read_metadata(path).metadata
        older = pq.ParquetFile(path).read().drop_columns([LACKING])
        pq.write_table(older.replace_schema_metadata({"ecore.jobs": metadata[b"ecore.jobs"]}), path)


def test_an_older_one_is_migrated_whatever_befalls_the_sync(changed_jobs: Trial) -> None:
    trial = changed_jobs
    url = trial.fresh()
    make_older(url)
    undisturbed = trial.sync(url)
    assert undisturbed.code == 0, undisturbed
    trial.check_healed(url, dead=0)
    steps = undisturbed.steps
    for step in random.Random(SEED).sample(range(1, steps + 1), min(LONG_FORM or 1, steps)):
        url = trial.fresh()
        make_older(url)
        with noting(f"killed before step {step} of {steps}: {url}"):
            trial.sync(url, at_step=step)
            trial.check_left(url)
            trial.heal(url)
            trial.check_tidy(url)


def test_a_newer_one_is_refused_and_left_as_it_was(changed_jobs: Trial) -> None:
    trial = changed_jobs
    url = trial.fresh()
    set_version(url, schema.SCHEMA_VERSION + 1)
    before, files_before = read_outside(url), digests(url)
    refused = trial.sync(url)
    assert refused.code == 1
    assert "upgrade ecore-export" in refused.stderr
    assert (read_outside(url), digests(url)) == (before, files_before)


def digests(url: str) -> dict[str, str]:
    """Of every file of a destination that consists of files; lock files are nobody's data."""
    if url.startswith(("postgresql", "mysql", "delta:s3")):
        return {}
    files = (path for path in path_of(url).parent.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
