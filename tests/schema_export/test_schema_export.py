"""What derives from the schema runs in real databases and validators, and ``schemas/`` is in step with it."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ecore_export import schema
from ecore_export.errors import SettingsError
from ecore_export.schema import Kind
from ecore_export.schema_export.files import (
    DIALECTS,
    TABLES_AND_VIEWS,
    arrow_schema_text,
    data_dictionary,
    ddl,
    json_schema,
    render,
    schema_files,
    write_schema_files,
)
from ecore_export.schema_export.yaml_text import yaml_text
from ecore_export.views.columns import VIEWS

SCHEMAS = Path(__file__).parents[2] / "schemas"
REFRESH = "run `ecore-export schema --write schemas`"

SAMPLES = {
    Kind.TEXT: "text",
    Kind.INT64: 2**53 + 1,
    Kind.FLOAT64: 76.66,
    Kind.BOOL: True,
    Kind.CREDITS: "178.000000",
    Kind.INSTANT: "2026-05-06T11:42:08.913000Z",
    Kind.DATE: "2026-05-06",
}

DUCKDB_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.INT64: "BIGINT",
    Kind.FLOAT64: "DOUBLE",
    Kind.BOOL: "BOOLEAN",
    Kind.CREDITS: "DECIMAL(28,6)",
    Kind.INSTANT: "TIMESTAMP WITH TIME ZONE",
    Kind.DATE: "DATE",
}

every_table = pytest.mark.parametrize("table", TABLES_AND_VIEWS, ids=lambda table: table.name)


def sample_row(table: schema.Table) -> dict[str, object]:
    return {column.name: SAMPLES[column.kind] for column in table.columns}


def is_valid(table: schema.Table, row: object) -> bool:
    return jsonschema.Draft202012Validator(json_schema(table)).is_valid(row)


@every_table
def test_the_json_schema_is_one(table):
    jsonschema.Draft202012Validator.check_schema(json_schema(table))


@every_table
def test_a_row_validates_also_with_every_nullable_column_null(table):
    assert is_valid(table, sample_row(table))
    nulls = {column.name: SAMPLES[column.kind] if column.required else None for column in table.columns}
    assert is_valid(table, nulls)


@every_table
def test_a_row_with_a_null_key_a_missing_or_an_unknown_column_does_not_validate(table):
    row = sample_row(table)
    assert not is_valid(table, row | {table.key[0]: None})
    assert not is_valid(table, {name: value for name, value in row.items() if name != table.names[-1]})
    assert not is_valid(table, row | {"no_such_column": 1})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("job_id", "42"),
        ("job_id", 2**63),
        ("is_final", 1),
        ("list_name", 5),
        ("total_credits_charged", 178.0),
        ("total_credits_charged", "1.0000001"),
        ("total_credits_charged", "NaN"),
        ("created_at", "2026-05-06T11:42:08.913"),
        ("created_at", "2026-05-06T13:42:08.913+02:00"),
        ("queue_seconds", "76"),
    ],
)
def test_a_wrong_value_does_not_validate(name, wrong):
    assert not is_valid(schema.JOBS, sample_row(schema.JOBS) | {name: wrong})


@pytest.mark.parametrize("text", ["9999999999999999999999.999999", "-0.000001", "178", "178.5"])
def test_decimal_text_of_up_to_28_digits_is_valid_for_credits(text):
    assert is_valid(schema.JOBS, sample_row(schema.JOBS) | {"total_credits_charged": text})


def test_json_holds_the_json_schema_of_every_table_in_one_document():
    document = json.loads(render("json"))
    jsonschema.Draft202012Validator.check_schema(document)
    assert document["$defs"] == {table.name: json_schema(table) for table in TABLES_AND_VIEWS}


def test_the_sqlite_ddl_runs_and_gives_the_declared_columns():
    database = sqlite3.connect(":memory:")
    try:
        database.executescript(ddl("sqlite"))
        for table in schema.ALL_TABLES:
            info = database.execute(f"PRAGMA table_info({table.name})").fetchall()
            found = [(name, bool(not_null), bool(key)) for _, name, _, not_null, _, key in info]
            assert found == [(c.name, c.required, c.name in table.key) for c in table.columns]
    finally:
        database.close()


def test_the_duckdb_ddl_runs_and_gives_the_declared_columns_and_exact_types():
    import duckdb

    with duckdb.connect() as database:
        database.execute(ddl("duckdb"))
        for table in schema.ALL_TABLES:
            info = database.execute(f"PRAGMA table_info('{table.name}')").fetchall()
            found = [(name, kind, bool(not_null)) for _, name, kind, not_null, *_ in info]
            assert found == [(c.name, DUCKDB_TYPES[c.kind], c.required) for c in table.columns]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_ddl_of_every_dialect_creates_every_table_and_column(dialect):
    text = ddl(dialect)
    for table in TABLES_AND_VIEWS:
        kind = "TABLE" if table in schema.ALL_TABLES else "VIEW"
        assert f"CREATE {kind} {table.name} " in text.replace("IF NOT EXISTS ", "").replace('"', "")
        assert all(name in text for name in table.names)


def test_the_ddl_can_name_the_schema_the_tables_and_views_go_to():
    text = ddl("postgresql", "analytics")
    assert "CREATE TABLE analytics.jobs " in text
    assert "CREATE VIEW analytics.job_turnaround AS" in text
    assert "FROM analytics.jobs\n" in text


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_the_views_of_the_sqlite_and_duckdb_ddl_have_the_declared_columns_and_types(view):
    import duckdb

    with contextlib.closing(sqlite3.connect(":memory:")) as database:
        database.executescript(ddl("sqlite"))
        found = database.execute(f"SELECT * FROM {view.name}").description
        assert tuple(name for name, *_ in found) == view.names
    with duckdb.connect() as database:
        database.execute(ddl("duckdb"))
        info = database.execute(f"PRAGMA table_info('{view.name}')").fetchall()
        assert [(name, kind) for _, name, kind, *_ in info] == [
            (c.name, DUCKDB_TYPES[c.kind]) for c in view.columns
        ]


def test_the_data_dictionary_tells_what_each_view_answers():
    text = data_dictionary()
    assert all(view.question in text for view in VIEWS)


def test_the_ddl_does_not_depend_on_the_process():
    code = "from ecore_export.schema_export.files import DIALECTS, ddl; print(*map(ddl, DIALECTS))"
    here = " ".join(map(ddl, DIALECTS)) + "\n"
    for seed in ("1", "2"):
        env = os.environ | {"PYTHONHASHSEED": seed}
        elsewhere = subprocess.run(
            [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True
        )
        assert elsewhere.stdout == here


def test_a_schema_for_duckdb_is_refused():
    with pytest.raises(SettingsError, match="no schema to choose"):
        ddl("duckdb", "analytics")


def test_an_unknown_dialect_is_refused_with_the_known_ones():
    with pytest.raises(
        SettingsError, match="no DDL for 'oracle'; the dialects are sqlite, postgresql, duckdb"
    ):
        ddl("oracle")


def test_an_unknown_format_is_refused_with_the_known_ones():
    with pytest.raises(
        SettingsError, match="no schema format 'xml'; the formats are json, sql, arrow, markdown"
    ):
        render("xml")


def test_the_data_dictionary_describes_every_column_in_the_section_of_its_table():
    _, *sections = data_dictionary().split("\n## ")
    by_name = {section.partition("\n")[0]: section for section in sections}
    for table in TABLES_AND_VIEWS:
        section = by_name[table.name]
        assert table.description in section
        for column in table.columns:
            (line,) = [line for line in section.splitlines() if line.startswith(f"| `{column.name}` |")]
            cells = [cell.strip() for cell in line.strip("|").split(" | ")]
            null = "no" if column.required else "yes"
            source = f"`{column.source}`" if column.source else ""
            assert cells == [
                f"`{column.name}`",
                column.kind.value,
                null,
                column.unit or "",
                source,
                column.description,
            ]


def test_the_arrow_text_gives_every_column_with_its_type():
    lines = arrow_schema_text(schema.JOBS).splitlines()
    assert lines[0] == "jobs"
    assert "  job_id: int64 not null" in lines
    assert "  total_credits_charged: decimal128(28, 6)" in lines
    assert "  completed_at: timestamp[us, tz=UTC]" in lines
    assert len(lines) == 1 + len(schema.JOBS.columns)


@pytest.mark.parametrize("form", ["json", "sql", "arrow", "markdown", "dbt"])
def test_every_format_names_every_table_and_ends_in_one_newline(form):
    text = render(form, "sqlite")
    assert all(table.name in text for table in TABLES_AND_VIEWS)
    assert text == text.strip() + "\n"


def test_every_file_in_schemas_is_in_step_with_the_schema():
    stale = [
        name
        for name, content in schema_files().items()
        if not (SCHEMAS / name).is_file() or (SCHEMAS / name).read_bytes() != content.encode()
    ]
    assert not stale, f"stale or missing in schemas/: {', '.join(stale)}; {REFRESH}"


def test_there_is_no_superfluous_file_in_schemas():
    known = {*schema_files(), "openapi.yaml"}
    superfluous = sorted(path.name for path in SCHEMAS.iterdir() if path.name not in known)
    assert not superfluous, f"superfluous in schemas/: {', '.join(superfluous)}; delete them, then {REFRESH}"


def test_writing_the_schema_files_twice_gives_the_same_and_leaves_other_files_alone(tmp_path):
    folder = tmp_path / "new" / "schemas"
    paths = write_schema_files(folder)
    (folder / "openapi.yaml").write_text("mine")
    first = {path: path.read_bytes() for path in paths}
    assert write_schema_files(folder) == paths
    assert {path: path.read_bytes() for path in paths} == first
    assert {path.name for path in paths} == set(schema_files())
    assert (folder / "openapi.yaml").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path):
    (tmp_path / "schemas").write_text("a file, not a folder")
    with pytest.raises(SettingsError, match="schema files cannot be written"):
        write_schema_files(tmp_path / "schemas")


def test_the_schema_of_a_row_is_built_anew_so_a_caller_may_change_it():
    before = copy.deepcopy(json_schema(schema.JOBS))
    json_schema(schema.JOBS)["properties"]["job_id"]["type"] = "string"
    assert json_schema(schema.JOBS) == before


def test_the_dbt_sources_hold_every_table_and_view_with_its_columns_and_key():
    (source,) = yaml.safe_load(render("dbt"))["sources"]
    declared = {table["name"]: table for table in source["tables"]}
    assert list(declared) == [table.name for table in (*schema.ALL_TABLES, *VIEWS)]
    for table in (*schema.ALL_TABLES, *VIEWS):
        columns = {column["name"]: column for column in declared[table.name]["columns"]}
        assert {name: column["description"] for name, column in columns.items()} == {
            column.name: column.description for column in table.columns
        }
        required = {name for name, column in columns.items() if "not_null" in column.get("data_tests", [])}
        assert required == {column.name for column in table.columns if column.required}
        (key,) = declared[table.name]["data_tests"]
        assert all(name in key["unique"]["arguments"]["column_name"] for name in table.key)


PRINTABLE = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")) | st.sampled_from("\n\t"))


@settings(max_examples=40)
@given(
    st.dictionaries(
        PRINTABLE,
        st.recursive(
            st.none() | st.booleans() | st.integers() | PRINTABLE,
            lambda inner: st.lists(inner) | st.dictionaries(PRINTABLE, inner),
            max_leaves=20,
        ),
        min_size=1,
    )
)
def test_yaml_reads_back_as_what_was_written(document):
    assert yaml.safe_load(yaml_text(document, "a comment\nof two lines")) == document
