"""The SQL for cloud warehouses: a real parser of each reads it, and it runs where an engine can be had."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import sqlglot
from click.testing import CliRunner
from doc_blocks import ROOT
from scripted_api import Account
from sqlglot import ErrorLevel, exp
from sync_truth import Warehouse
from tool_environment import tool_python

from ecore_export import read_view, schema
from ecore_export.cli.app import app
from ecore_export.errors import SettingsError
from ecore_export.schema_export.files import WAREHOUSES, ddl
from ecore_export.schema_export.warehouses import select_in
from ecore_export.views import VIEWS

PAGE = ROOT / "docs" / "warehouses.md"
BY_SQLGLOT = [name for name in WAREHOUSES if name != "motherduck"]
TITLES = {name: name.title() for name in WAREHOUSES} | {
    "bigquery": "BigQuery",
    "clickhouse": "ClickHouse",
    "motherduck": "MotherDuck",
}

MONTHLESS = " EXCEPT (created_month)"
CLICKHOUSE = ["chdb>=4.4", "pyarrow"]
IN_CLICKHOUSE = """
import json, sys
from chdb import session
texts, views = json.load(sys.stdin)
chdb = session.Session()
for text in texts:
    chdb.query(text)
rows = {v: chdb.query(f"SELECT * FROM ecore.{v}", "JSONCompactEachRow").data().splitlines() for v in views}
print(json.dumps({view: [json.loads(row) for row in found] for view, found in rows.items()}))
"""

every_dialect = pytest.mark.parametrize("dialect", BY_SQLGLOT)


def statements(text: str) -> list[str]:
    """The statements of a text, without comments."""
    lines = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    return [one.strip() for one in lines.split(";\n") if one.strip()]


def statements_of_page(dialect: str) -> list[str]:
    """The statements of a warehouse's part of the page."""
    (part,) = re.findall(rf"^## {TITLES[dialect]}$(.*?)(?=^## |\Z)", PAGE.read_text("utf-8"), re.M | re.S)
    return [one for text in re.findall(r"```sql\n(.*?)```", part, re.S) for one in statements(text)]


def parsed(dialect: str) -> Iterator[exp.Expr]:
    for text in statements(ddl(dialect, "ecore")):
        one = sqlglot.parse_one(text, read=dialect, error_level=ErrorLevel.RAISE)
        assert isinstance(one, exp.Create), text
        yield one


@every_dialect
def test_a_table_has_the_columns_of_the_schema_in_their_order(dialect: str) -> None:
    tables = [one for one in parsed(dialect) if one.kind == "TABLE"]
    assert [one.find(exp.Table).sql() for one in tables] == [f"ecore.{t.name}" for t in schema.ALL_TABLES]
    for one, table in zip(tables, schema.ALL_TABLES, strict=True):
        columns = list(one.find_all(exp.ColumnDef))
        assert [column.name for column in columns] == list(table.names)
        if dialect != "clickhouse":
            required = [column.find(exp.NotNullColumnConstraint) is not None for column in columns]
            assert required == [column.required for column in table.columns]


@every_dialect
def test_every_view_is_there_and_gives_its_columns(dialect: str) -> None:
    views = [one for one in parsed(dialect) if one.kind == "VIEW"]
    assert [one.find(exp.Table).name for one in views] == [view.name for view in VIEWS]
    for one, view in zip(views, VIEWS, strict=True):
        assert one.expression.named_selects == list(view.names)
        assert not list(one.find_all(exp.Command))
        again = one.sql(dialect, unsupported_level=ErrorLevel.RAISE)
        assert sqlglot.parse_one(again, read=dialect) == one


@every_dialect
def test_no_warehouse_is_asked_for_a_named_window(dialect: str) -> None:
    window = "past AS (PARTITION BY account ORDER BY job_id), all_of_it AS (PARTITION BY account)"
    text = f"SELECT LAG(status) OVER past AS previous FROM jobs WINDOW {window}"
    (window,) = sqlglot.parse_one(select_in(dialect, text), read=dialect).find_all(exp.Window)
    assert (window.alias, len(window.args["partition_by"]), window.args["order"] is None) == ("", 1, False)


def test_in_t_sql_a_condition_is_no_value_and_a_value_no_condition() -> None:
    text = select_in("fabric", "SELECT a <> b AS is_new, is_final FROM jobs WHERE NOT is_final AND is_cached")
    assert " ".join(text.split()) == (
        "SELECT CAST(CASE WHEN a <> b THEN 1 WHEN NOT ( a <> b ) THEN 0 END AS BIT) AS is_new, "
        "is_final FROM jobs WHERE NOT is_final <> 0 AND is_cached <> 0"
    )
    for one in parsed("fabric"):
        for select in one.find_all(exp.Select):
            values = [column.unalias() for column in select.expressions]
            assert not [
                value for value in values if isinstance(value, (exp.Predicate, exp.Connector, exp.Not))
            ]


def test_a_word_that_a_warehouse_keeps_for_itself_is_quoted() -> None:
    assert '"raw" VARCHAR' in ddl("redshift")
    assert '"My Schema".jobs' in ddl("snowflake", "My Schema")


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_the_statements_of_the_page_are_sql_of_their_warehouse(dialect: str) -> None:
    own = "duckdb" if dialect == "motherduck" else dialect
    found = statements_of_page(dialect)
    assert found
    for text in found:
        if not text.startswith(("COPY INTO", "TRUNCATE", "LOAD DATA")):
            sqlglot.parse_one(text, read=own, error_level=ErrorLevel.RAISE)
        assert "records" in text or re.match("BEGIN|COMMIT|CREATE STAGE", text)


def ways_from_delta() -> dict[str, list[str]]:
    """Of each warehouse, the statements of the part about Delta tables."""
    _, _, part = PAGE.read_text("utf-8").partition("## From Delta tables\n")
    (block,) = re.findall(r"```sql\n(.*?)```", part, re.S)
    named = re.split(r"^-- (\w+)$", block, flags=re.M)[1:]
    return {name.lower(): statements(text) for name, text in zip(named[::2], named[1::2], strict=True)}


def test_the_ways_from_delta_tables_are_sql_of_their_warehouse() -> None:
    found = ways_from_delta()
    assert found.keys() == {*WAREHOUSES} - {"fabric", "redshift"}
    for dialect, texts in found.items():
        for text in texts:
            own = "duckdb" if dialect == "motherduck" else dialect
            if not text.startswith(("CREATE CATALOG INTEGRATION", "CREATE EXTERNAL TABLE")):  # unknown to it
                one = sqlglot.parse_one(text, read=own, error_level=ErrorLevel.RAISE)
                assert not isinstance(one, exp.Command), text


def test_the_command_prints_them_and_says_what_does_not_go_together() -> None:
    run = CliRunner().invoke
    told = run(app, ["schema", "--format", "sql", "--dialect", "bigquery", "--schema", "ecore"])
    assert (told.exit_code, told.stdout) == (0, ddl("bigquery", "ecore"))
    told = run(app, ["schema", "--format", "json", "--schema", "ecore"])
    assert (told.exit_code, "--schema goes with --format sql" in told.output) == (2, True)
    with pytest.raises(SettingsError, match="no schema to choose"):
        ddl("motherduck", "ecore")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A Parquet destination."""
    fill(f"parquet:{tmp_path / 'warehouse'}")
    return tmp_path


def fill(url: str) -> None:
    """Export a running job, a refund that was seen, and a failed job."""
    account = Account.of_sizes(3, 120, 40)
    account.add(4, 20, status="Processing", total_credits_charged=20.0)
    account.add(5, 10, status="Failed", total_credits_charged=0.0)
    warehouse = Warehouse(url, account.handle)
    warehouse.synced()
    account.job(4).update(status="Processed", total_credits_charged=8.123456)
    account.add(6, 7, status="Processing")
    warehouse.synced()


def expected(url: str) -> dict[str, list[list[Any]]]:
    """Every view, as we compute it."""
    found = {}
    for view in VIEWS:
        rows = read_view(url, view.name, dtype_backend="pyarrow")
        found[view.name] = plain(rows.itertuples(index=False))
    return found


def plain(rows: Any) -> list[list[Any]]:
    """Rows in a settled order, their values as JSON has them."""
    return sorted(([_plain(value) for value in row] for row in rows), key=json.dumps)


def _plain(value: Any) -> Any:
    if str(value) in ("None", "<NA>", "NaT", "nan"):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat()[:26].replace(" ", "T").removesuffix("+00:00").removesuffix(".000000")
    return value if isinstance(value, (bool, str)) else round(float(value), 6)


def load(dialect: str) -> list[str]:
    """The page's statements for every table."""
    return [
        re.sub(r"\brecords\b", table.name, text)
        for table in schema.DATA_TABLES
        for text in statements_of_page(dialect)
    ]


def test_duckdb_loads_the_folder_and_answers_as_we_do(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with duckdb.connect() as connection:
        for text in [*statements(ddl("motherduck")), *load("motherduck"), *load("motherduck")]:
            connection.execute(text)
        connection.execute("SET TimeZone = 'UTC'")
        got = {
            view.name: plain(connection.execute(f"SELECT * FROM {view.name}").fetchall()) for view in VIEWS
        }
    assert got == expected(f"parquet:{folder / 'warehouse'}")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_clickhouse_loads_the_folder_and_answers_as_we_do(
    folder: Path, request: pytest.FixtureRequest
) -> None:
    texts = [text.replace("https://my-bucket.s3.amazonaws.com/", f"{folder}/") for text in load("clickhouse")]
    texts = [re.sub(r"\bs3\(", "file(", text) for text in texts]
    make = ["CREATE DATABASE ecore", *statements(ddl("clickhouse", "ecore"))]
    python = tool_python(request, "clickhouse", CLICKHOUSE)
    assert of_engine(python, IN_CLICKHOUSE, [*make, *texts, *texts]) == expected(
        f"parquet:{folder / 'warehouse'}"
    )


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_clickhouse_loads_delta_tables_and_answers_as_we_do(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    fill(f"delta:{tmp_path}")
    by_month = (schema.JOBS, schema.JOB_HISTORY, schema.RECORDS)
    texts = [
        re.sub(r"\brecords\b", table.name, text if table in by_month else text.replace(MONTHLESS, ""))
        for table in schema.DATA_TABLES
        for text in ways_from_delta()["clickhouse"]
    ]
    texts = [
        re.sub(r"deltaLake\('https://[^/]*/ecore/", f"deltaLakeLocal('{tmp_path}/", text) for text in texts
    ]
    make = ["CREATE DATABASE ecore", *statements(ddl("clickhouse", "ecore"))]
    python = tool_python(request, "clickhouse", CLICKHOUSE)
    got = of_engine(python, IN_CLICKHOUSE, [*make, *texts, *texts], cwd=tmp_path)
    assert got == expected(f"delta:{tmp_path}")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_snowflake_s_statements_run_and_answer_as_we_do(folder: Path, request: pytest.FixtureRequest) -> None:
    """In fakesnow, whose COPY reads one folder at a time."""
    copies = [
        f"COPY INTO {table.name} FROM @ecore_files/{part.parent.relative_to(folder / 'warehouse')}/ "
        f"FILES = ('{part.name}') FILE_FORMAT = (TYPE = PARQUET) MATCH_BY_COLUMN_NAME = CASE_INSENSITIVE"
        for table in schema.DATA_TABLES
        for part in sorted((folder / "warehouse" / table.name).rglob("*.parquet"))
    ]
    stage = f"CREATE STAGE ecore_files URL = 'file://{folder}/warehouse/' FILE_FORMAT = (TYPE = PARQUET)"
    python = tool_python(request, "snowflake", ["fakesnow>=0.12.1", "snowflake-connector-python<4"])
    script = """
import json, sys, warnings
warnings.simplefilter("ignore")
import fakesnow, snowflake.connector
texts, views = json.load(sys.stdin)
with fakesnow.patch():
    cursor = snowflake.connector.connect(database="ANALYTICS", schema="ECORE").cursor()
    for text in texts:
        cursor.execute(text)
    rows = {}
    for view in views:
        cursor.execute(f"SELECT * FROM {view}")
        found = cursor.fetchall()
        rows[view] = [[v if isinstance(v, (bool, type(None))) else str(v) for v in row] for row in found]
    print(json.dumps(rows))
"""
    assert of_engine(python, script, [*statements(ddl("snowflake")), stage, *copies]) == expected(
        f"parquet:{folder / 'warehouse'}"
    )


def of_engine(
    python: Path, script: str, texts: list[str], *, cwd: Path | None = None
) -> dict[str, list[list[Any]]]:
    """Every view, as an engine in another environment gives it after these statements."""
    asked = json.dumps([texts, [view.name for view in VIEWS]])
    done = subprocess.run(
        [python, "-c", script], input=asked, capture_output=True, text=True, check=False, cwd=cwd
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[list[Any]]] = json.loads(done.stdout)
    return {view.name: plain(_typed(view, row) for row in found[view.name]) for view in VIEWS}


def _typed(view: schema.Table, row: list[Any]) -> Iterator[Any]:
    """Values as they are, though JSON or a driver gives them as text."""
    for column, value in zip(view.columns, row, strict=True):
        if value is None or column.kind in (schema.Kind.TEXT, schema.Kind.BOOL):
            yield value
        elif column.kind in (schema.Kind.INSTANT, schema.Kind.DATE):
            yield value[:26].replace(" ", "T").removesuffix("+00:00").removesuffix(".000000")
        else:
            yield float(value)
