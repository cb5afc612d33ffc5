"""A dbt package: the tables as sources, a model for each view, tests that figures add up.

In: the texts of the views. Out: the files of a folder that `dbt build` builds as it is, or that a project has
among its packages. A model is the view's own text; only the tables in it are dbt's sources.
"""

# ruff: noqa: S608 - what is put into a statement here are names of the fixed schema
from __future__ import annotations

import re
from pathlib import Path

from ..errors import SettingsError
from ..schema import JOB_HISTORY, JOBS, LIST_GROUPS, RECORDS, REJECTS, SYNC_RUNS, Table
from ..times import offsets_of
from ..views import VIEWS, WORDS, Tables, View, definition
from . import warehouses
from .dbt import dbt_sources, described
from .yaml_text import Yaml, yaml_text

_COMMENT = "Written by `ecore-export schema --dbt`; write it anew after an upgrade."

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


def dbt_package(dialect: str) -> dict[str, str]:
    """Path and text of every file of the package, its models in SQL of ``dialect``; days are those of UTC."""
    files = {
        "dbt_project.yml": yaml_text(_PROJECT, _COMMENT),
        "models/sources.yml": dbt_sources(_TABLES),
        "models/models.yml": yaml_text({"version": 2, "models": list(map(described, VIEWS))}, _COMMENT),
    }
    files |= {f"models/{view.name}.sql": _model(view, dialect) for view in VIEWS}
    return files | {f"tests/{name}.sql": _same_sums(*sums) for name, sums in _SUMS.items()}


def write_dbt_package(folder: Path, dialect: str) -> list[Path]:
    """Write `dbt_package` into ``folder``, made if need be; other files there stay. Gives the paths written.

    A second call changes nothing. Raises `SettingsError` if the folder cannot be written, and for a warehouse
    where sqlglot is missing.
    """
    files = dbt_package(dialect)
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
