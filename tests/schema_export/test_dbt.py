"""schemas/dbt_sources.yml in a real dbt, over destinations that a sync filled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
import sqlalchemy as sa
from bi_warehouse import fill
from tool_environment import tool_python

from ecore_export.schema import ALL_TABLES
from ecore_export.views.columns import VIEWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

SOURCES = Path(__file__).parents[2] / "schemas" / "dbt_sources.yml"

# From 1.12 on, installing dbt-core downloads a compiled parser from outside the package index.
REQUIREMENTS = ("dbt-core>=1.11,<1.12", "dbt-duckdb>=1.10", "dbt-postgres>=1.10")

PROJECT = {"name": "ecore_test", "version": "1.0.0", "config-version": 2, "profile": "ecore"}
QUIET = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1", "DBT_VERSION_CHECK": "false"}
TIME_LIMIT_S = 240
FRESHNESS = ["source", "freshness"]


RUN = """
import json, sys
from dbt.cli.main import dbtRunner

options = ["--warn-error-options", "{error: [Deprecations]}"]
outcomes = [dbtRunner().invoke([*options, *command]).success for command in json.loads(sys.argv[1])]
print(json.dumps(outcomes))
"""


@dataclass(frozen=True, slots=True)
class Dbt:
    """A dbt project in ``folder`` with our sources, and one model that reads one of them."""

    python: Path
    folder: Path

    def run(self, *commands: list[str]) -> list[bool]:
        """Whether each command succeeded; in one process, because starting dbt takes seconds."""
        done = subprocess.run(
            [self.python, "-c", RUN, json.dumps(commands)],
            cwd=self.folder,
            env=os.environ | QUIET,
            capture_output=True,
            text=True,
            timeout=TIME_LIMIT_S,
            check=True,
        )
        print(done.stdout)
        succeeded: list[bool] = json.loads(done.stdout.splitlines()[-1])
        return succeeded

    def outcomes(self, name: str = "run_results") -> Mapping[str, str]:
        """Node and status of each result of the last command of its kind."""
        results = json.loads((self.folder / "target" / f"{name}.json").read_text("utf-8"))["results"]
        return {result["unique_id"]: result["status"] for result in results}


@pytest.fixture(params=["duckdb", "postgresql"])
def filled(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """A filled destination: its URL, and how dbt connects to it."""
    if request.param == "duckdb":
        fill(url := f"duckdb:///{tmp_path}/ecore.duckdb")
        yield url, {"type": "duckdb", "path": f"{tmp_path}/ecore.duckdb", "threads": 2}
        return
    fill(url := request.getfixturevalue("postgres_url"))
    parts = sa.make_url(url)
    place = {"host": parts.query["host"], "port": parts.port or 5432, "user": parts.username, "password": ""}
    yield url, {"type": "postgres", "dbname": parts.database, "schema": "public", "threads": 2, **place}


@pytest.fixture
def dbt(request: pytest.FixtureRequest, filled: tuple[str, dict[str, Any]], tmp_path: Path) -> Dbt:
    folder = tmp_path / "project"
    (folder / "models").mkdir(parents=True)
    shutil.copy(SOURCES, folder / "models" / "sources.yml")
    model = (
        "select account, sum(credits_net) as net from {{ source('ecore', 'daily_credit_usage') }} group by 1"
    )
    (folder / "models" / "net.sql").write_text(model, "utf-8")
    (folder / "dbt_project.yml").write_text(json.dumps(PROJECT), "utf-8")
    profile = {"ecore": {"target": "test", "outputs": {"test": filled[1]}}}
    (folder / "profiles.yml").write_text(json.dumps(profile), "utf-8")
    return Dbt(tool_python(request, "dbt", REQUIREMENTS), folder)


def test_sources_build_and_their_tests_and_freshness_find_what_is_wrong(
    dbt: Dbt, filled: tuple[str, dict[str, Any]]
) -> None:
    assert dbt.run(["build"], FRESHNESS) == [True, True]
    assert set(dbt.outcomes().values()) == {"pass", "success"}
    assert list(dbt.outcomes("sources").values()) == ["pass"]
    for table in (*ALL_TABLES, *VIEWS):
        assert any(f".source_unique_ecore_{table.name}_" in node for node in dbt.outcomes()), table.name

    execute(filled[0], "UPDATE sync_runs SET finished_at = finished_at - INTERVAL '3 days'")
    execute(filled[0], "UPDATE job_history SET job_id = 999 WHERE account = 'agency' AND job_id = 1")
    execute(filled[0], "UPDATE jobs SET status = 'Paused' WHERE job_id = 7")
    assert dbt.run(["test", "--select", "source:ecore.jobs", "source:ecore.job_history"], FRESHNESS) == [
        False,
        False,
    ]
    found = {node.split(".")[2]: status for node, status in dbt.outcomes().items() if status != "pass"}
    assert found == {
        "source_relationships_ecore_job_history_job_id__job_id__source_ecore_jobs_": "fail",
        "source_accepted_values_ecore_jobs_status__Uploading__Processing__Processed__Failed": "warn",
    }
    assert list(dbt.outcomes("sources").values()) == ["error"]


def execute(url: str, statement: str) -> None:
    """Change a destination behind the exporter's back."""
    if url.startswith("duckdb:"):
        with duckdb.connect(url.removeprefix("duckdb:///")) as file:
            file.execute(statement)
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute(statement)
