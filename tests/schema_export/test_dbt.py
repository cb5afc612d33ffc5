"""dbt sources and the dbt package in a real dbt, over destinations that a sync filled."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import pytest
import sqlalchemy as sa
from bi_roles import OVER_PARQUET, statements
from bi_warehouse import Rows, fill, views_of
from tool_environment import tool_python

from ecore_export.cli import main
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


def test_sources_build_and_their_tests_and_freshness_find_what_is_wrong(
    request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    fill(url := f"duckdb:///{tmp_path}/ecore.duckdb")
    profile = {"type": "duckdb", "path": f"{tmp_path}/ecore.duckdb", "threads": 2}
    dbt = project_of(tmp_path, tool_python(request, "dbt", REQUIREMENTS), profile)
    read_sources(dbt)
    assert dbt.run(["build"], FRESHNESS) == [True, True]
    assert set(dbt.outcomes().values()) == {"pass", "success"}
    assert list(dbt.outcomes("sources").values()) == ["pass"]
    for table in (*ALL_TABLES, *VIEWS):
        assert any(f".source_unique_ecore_{table.name}_" in node for node in dbt.outcomes()), table.name

    execute(url, "UPDATE sync_runs SET finished_at = finished_at - INTERVAL '3 days'")
    execute(url, "UPDATE job_history SET job_id = 999 WHERE account = 'agency' AND job_id = 1")
    execute(url, "UPDATE jobs SET status = 'Paused' WHERE job_id = 7")
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


@pytest.fixture(params=["parquet", "postgresql"])
def tables(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, dict[str, Any]]:
    """A filled destination: its URL, and how dbt connects to its tables, or DuckDB's views of its files."""
    if request.param == "postgresql":
        fill(url := request.getfixturevalue("postgres_url"))
        return url, {**postgres_profile(url), "schema": "analytics"}
    monkeypatch.chdir(tmp_path)
    fill("parquet:warehouse")
    with duckdb.connect("views.duckdb") as file:
        for statement in statements(OVER_PARQUET):
            file.execute(statement.replace("'warehouse/", f"'{tmp_path}/warehouse/"))
    path = f"{tmp_path}/views.duckdb"
    return "parquet:warehouse", {"type": "duckdb", "path": path, "schema": "analytics", "threads": 2}


def test_the_package_builds_the_views_as_models_and_its_tests_find_what_does_not_add_up(
    request: pytest.FixtureRequest, tables: tuple[str, dict[str, Any]], tmp_path: Path
) -> None:
    url, profile = tables
    dialect = "postgresql" if profile["type"] == "postgres" else "duckdb"
    assert main(["schema", "--dbt", str(tmp_path / "ecore"), "--dialect", dialect]) == 0
    dbt = project_of(
        tmp_path,
        tool_python(request, "dbt", REQUIREMENTS),
        profile,
        models={"ecore": {"domain_quality": {"+materialized": "table"}}},
        vars={"ecore_schema": "public" if dialect == "postgresql" else "main"},
    )
    (dbt.folder / "packages.yml").write_text(json.dumps({"packages": [{"local": "../ecore"}]}), "utf-8")
    commands = [["deps"], ["build"]]
    if dialect == "postgresql":  # the sources beside it: the other test reads them in DuckDB
        read_sources(dbt)
        commands.append(FRESHNESS)
    assert dbt.run(*commands) == [True] * len(commands)
    assert set(dbt.outcomes().values()) == {"pass", "success"}
    for name, expected in views_of(url).items():
        found = models_rows(profile, url, name)
        columns = sorted(found[0])
        assert comparable(found, columns) == comparable(expected, columns), name
        assert len(columns) == len(expected[0])

    if dialect == "postgresql":
        execute(url, "DELETE FROM records WHERE account = 'club' AND record_id IN (1001, 1002)")
        assert dbt.run(["test"]) == [False]
        assert [node.split(".")[2] for node, status in dbt.outcomes().items() if status == "fail"] == [
            "domain_quality_adds_up_to_records"
        ]


def project_of(folder: Path, python: Path, profile: Mapping[str, Any], **config: Any) -> Dbt:
    """A dbt project without models in a folder of its own."""
    (folder / "project").mkdir()
    (folder / "project" / "dbt_project.yml").write_text(json.dumps(PROJECT | config), "utf-8")
    outputs = {"ecore": {"target": "test", "outputs": {"test": profile}}}
    (folder / "project" / "profiles.yml").write_text(json.dumps(outputs), "utf-8")
    return Dbt(python, folder / "project")


def read_sources(dbt: Dbt) -> None:
    """Put our sources into a project, and a model that reads one of them."""
    (dbt.folder / "models").mkdir()
    shutil.copy(SOURCES, dbt.folder / "models" / "sources.yml")
    model = (
        "select account, sum(credits_net) as net from {{ source('ecore', 'daily_credit_usage') }} group by 1"
    )
    (dbt.folder / "models" / "net.sql").write_text(model, "utf-8")


def models_rows(profile: Mapping[str, Any], url: str, name: str) -> Rows:
    """What a model holds."""
    if profile["type"] == "duckdb":
        with duckdb.connect(profile["path"], read_only=True) as file:
            return file.sql(f"SELECT * FROM analytics.{name}").to_arrow_table().to_pylist()
    with psycopg.connect(url.replace("+psycopg", ""), row_factory=psycopg.rows.dict_row) as connection:
        return connection.execute(f"SELECT * FROM analytics.{name}").fetchall()


def comparable(rows: Rows, columns: list[str]) -> list[str]:
    """Rows in one order, their numbers to nine places and instants in UTC."""
    return sorted(repr([plain(row[column]) for column in columns]) for row in rows)


def plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    is_number = isinstance(value, float | Decimal | int) and not isinstance(value, bool)
    return round(float(value), 9) if is_number else value


def postgres_profile(url: str) -> dict[str, Any]:
    parts = sa.make_url(url)
    place = {"host": parts.query["host"], "port": parts.port or 5432, "user": parts.username, "password": ""}
    return {"type": "postgres", "dbname": parts.database, "schema": "public", "threads": 2, **place}


def execute(url: str, statement: str) -> None:
    """Change a destination behind the exporter's back."""
    if url.startswith("duckdb:"):
        with duckdb.connect(url.removeprefix("duckdb:///")) as file:
            file.execute(statement)
    else:
        with psycopg.connect(url.replace("+psycopg", "")) as connection:
            connection.execute(statement)
