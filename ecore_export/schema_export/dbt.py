"""The destination for dbt: every table and view as sources, and a package with a model for each view.

In: the tables of `schema`, the views of `views`. Out: the text of ``dbt_sources.yml``, which goes into the
``models`` of a dbt project (dbt 1.10.5 or newer, which reads a test's ``arguments``); the files of a folder
that `dbt build` builds as it is, or that a project has among its packages. A model is the view's own text;
only the tables in it are dbt's sources. Tests see that keys are unique, and that figures add up.
"""

# ruff: noqa: S608 - what is put into a statement here are names of the fixed schema
from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from ..errors import SettingsError
from ..schema import (
    ALL_TABLES,
    JOB_HISTORY,
    JOB_STATUSES,
    JOBS,
    LIST_GROUPS,
    RECORD_STATUSES,
    RECORDS,
    REJECTS,
    SYNC_RUNS,
    Column,
    Table,
)
from ..times import offsets_of
from ..views import VIEWS, WORDS, Tables, View, definition
from . import warehouses
from .yaml_text import Yaml, yaml_text

_SOURCES_COMMENT = """\
Tables and views of ecore-export as dbt sources. Written by `ecore-export schema`; do not edit.
Copy it into the models of your dbt project. They are looked for in the target's schema, or in the one that
the variable ecore_schema names. Freshness is meant for a sync every day."""

_FRESHNESS: Yaml = {
    "loaded_at_field": "finished_at",
    "freshness": {
        "warn_after": {"count": 26, "period": "hour"},
        "error_after": {"count": 50, "period": "hour"},
        "filter": "status = 'complete'",
    },
}
"""A day, and two hours for the sync to take. Only runs can tell: what did not change is not rewritten."""

_OPEN_SETS = {(JOBS.name, "status"): JOB_STATUSES, (RECORDS.name, "status"): RECORD_STATUSES}

_OF_A_JOB = (JOB_HISTORY.name, RECORDS.name)

_PACKAGE_COMMENT = "Written by `ecore-export schema --dbt`; write it anew after an upgrade."

_PROJECT: dict[str, Yaml] = {
    "name": "ecore",
    "version": "1.0.0",
    "config-version": 2,
    "profile": "ecore",
    "require-dbt-version": ">=1.10.5",
    "models": {"ecore": {"+materialized": "view"}},
}

_TABLES = (JOBS, JOB_HISTORY, RECORDS, SYNC_RUNS, REJECTS, LIST_GROUPS)
"""Those with data; what a destination knows of itself is in no model."""

_SOURCE = "ecore_source_"
"""Before a table's name while sqlglot, which knows no Jinja, reads the text."""

_SUMS: dict[str, tuple[str, str, str, str]] = {
    "credit_events_add_up_to_jobs": (
        "{{ ref('credit_events') }}",
        "sum(credits)",
        "{{ source('ecore', 'jobs') }}",
        "sum(coalesce(total_credits_charged, 0))",
    ),
    "monthly_statement_adds_up_to_credit_events": (
        "{{ ref('monthly_statement') }}",
        "sum(credits_net)",
        "{{ ref('credit_events') }}",
        "sum(credits)",
    ),
    "repeat_costs_add_up_to_repeat_validations": (
        "(select * from {{ ref('repeat_costs') }} where repeats > 0) costs",
        "sum(repeats) + sum(repeat_credits)",
        "{{ ref('repeat_validations') }}",
        "count(*) + sum(credits)",
    ),
    "verdict_changes_add_up_to_repeat_validations": (
        "{{ ref('verdict_changes') }}",
        "sum(repeats)",
        "{{ ref('repeat_validations') }}",
        "count(*)",
    ),
    "domain_quality_adds_up_to_records": (
        "{{ ref('domain_quality') }}",
        "sum(records)",
        "{{ source('ecore', 'records') }}",
        "count(*)",
    ),
    "daily_list_quality_adds_up_to_list_quality": (
        "{{ ref('daily_list_quality') }}",
        "sum(total_records) + sum(credits_net)",
        "{{ ref('list_quality') }}",
        "sum(total_records) + sum(credits_net)",
    ),
}
"""By a test's name: two relations, and the figure that is the same in both for every account."""


def dbt_sources(tables: Sequence[Table] = (*ALL_TABLES, *VIEWS)) -> str:
    """One source, ``ecore``.

    Tests: keys are unique, required columns are not null, records and history belong to a known job, and (as
    a warning, because the sets are open) statuses are known ones.
    """
    source: Yaml = {
        "name": "ecore",
        "description": "eCore email-validation jobs, exported by ecore-export.",
        "schema": "{{ var('ecore_schema', target.schema) }}",
        "tables": [_described(table) for table in tables],
    }
    return yaml_text({"version": 2, "sources": [source]}, _SOURCES_COMMENT)


def _described(table: Table) -> Yaml:
    """A table, as a source or a model has it: its columns, and tests of its key and of them."""
    config: dict[str, Yaml] = {"config": _FRESHNESS} if table is SYNC_RUNS else {}
    return {
        "name": table.name,
        "description": table.description,
        **config,
        "data_tests": [{"unique": {"arguments": {"column_name": _key_as_text(table)}}}],
        "columns": [_column(table, column) for column in table.columns],
    }


def _key_as_text(table: Table) -> str:
    """An SQL expression of one text per key; dbt itself tests single columns only."""
    if len(table.key) == 1:
        return table.key[0]
    return " || '/' || ".join(_part_as_text(table.column(name)) for name in table.key)


def _part_as_text(column: Column) -> str:
    text = f"cast({column.name} as varchar)"
    return text if column.required else f"coalesce({text}, '')"


def _column(table: Table, column: Column) -> Yaml:
    tests: Sequence[Yaml] = list(_tests(table, column))
    declared: dict[str, Yaml] = {"name": column.name, "description": column.description}
    return declared | ({"data_tests": tests} if tests else {})


def _tests(table: Table, column: Column) -> Iterator[Yaml]:
    if column.required:
        yield "not_null"
    if statuses := _OPEN_SETS.get((table.name, column.name)):
        yield {"accepted_values": {"arguments": {"values": list(statuses)}, "config": {"severity": "warn"}}}
    if table.name in _OF_A_JOB and column.name == "job_id":
        yield {"relationships": {"arguments": {"to": "source('ecore', 'jobs')", "field": "job_id"}}}


def _dbt_package(dialect: str) -> dict[str, str]:
    """Path and text of every file of the package, its models in SQL of ``dialect``; days are those of UTC."""
    models: dict[str, Yaml] = {"version": 2, "models": list(map(_described, VIEWS))}
    files = {
        "dbt_project.yml": yaml_text(_PROJECT, _PACKAGE_COMMENT),
        "models/sources.yml": dbt_sources(_TABLES),
        "models/models.yml": yaml_text(models, _PACKAGE_COMMENT),
    }
    files |= {f"models/{view.name}.sql": _model(view, dialect) for view in VIEWS}
    return files | {f"tests/{name}.sql": _same_sums(*sums) for name, sums in _SUMS.items()}


def write_dbt_package(folder: Path, dialect: str) -> list[Path]:
    """Write the package into ``folder``, made if need be; other files there stay. Gives the paths written.

    A second call changes nothing. Raises `SettingsError` if the folder cannot be written, and for a warehouse
    where sqlglot is missing.
    """
    files = _dbt_package(dialect)
    try:
        for name, content in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(content, encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"the dbt package cannot be written to {folder}: {error.strerror}") from error
    return [folder / name for name in files]


def _model(view: View, dialect: str) -> str:
    dialect = "duckdb" if dialect == "motherduck" else dialect
    words = WORDS[dialect] if dialect in WORDS else warehouses.WAREHOUSE_WORDS[dialect]
    text = definition(view, Tables(words, _named), offsets_of("UTC"))
    if dialect not in WORDS:
        text = warehouses.select_in(dialect, text)
    return re.sub(rf"{_SOURCE}(\w+)", r"{{ source('ecore', '\1') }}", text) + "\n"


def _named(table: Table) -> str:
    return f"{_SOURCE}{table.name}"


def _same_sums(first: str, figure: str, second: str, other: str) -> str:
    return f"""\
select a.account, a.figure, b.figure as other_figure
from (select account, {figure} as figure from {first} group by account) a
full outer join (select account, {other} as figure from {second} group by account) b on a.account = b.account
where coalesce(a.figure, 0) <> coalesce(b.figure, 0)
"""
