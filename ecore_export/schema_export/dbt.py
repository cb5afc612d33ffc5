"""The destination as dbt sources: every table and view, with freshness and tests.

In: the tables of `schema`, the views of `views`. Out: the text of ``dbt_sources.yml``, which goes into the
``models`` of a dbt project (dbt 1.10.5 or newer, which reads a test's ``arguments``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ..schema import (
    ALL_TABLES,
    JOB_HISTORY,
    JOB_STATUSES,
    JOBS,
    RECORD_STATUSES,
    RECORDS,
    SYNC_RUNS,
    Column,
    Table,
)
from ..views import VIEWS
from .yaml_text import Yaml, yaml_text

_COMMENT = """Tables and views of ecore-export as dbt sources. Written by `ecore-export schema`; do not edit.
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


def dbt_sources(tables: Sequence[Table] = (*ALL_TABLES, *VIEWS)) -> str:
    """One source, ``ecore``.

    Tests: keys are unique, required columns are not null, records and history belong to a known job, and (as
    a warning, because the sets are open) statuses are known ones.
    """
    source: Yaml = {
        "name": "ecore",
        "description": "eCore email-validation jobs, exported by ecore-export.",
        "schema": "{{ var('ecore_schema', target.schema) }}",
        "tables": [described(table) for table in tables],
    }
    return yaml_text({"version": 2, "sources": [source]}, _COMMENT)


def described(table: Table) -> Yaml:
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
