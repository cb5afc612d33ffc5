"""The order of DESIGN.md's layout: a module imports only what stands above it, each package has one door."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

import ecore_export

PACKAGE = Path(ecore_export.__file__).parent

LAYERS = (
    ("errors",),
    ("arguments",),
    ("settings", "profiles", "showing", "times", "addresses", "threads", "telemetry"),
    ("schema",),
    ("frames", "privacy", "grouping"),
    ("api",),
    ("sandbox",),
    ("reading",),
    ("progress",),
    ("job_loader",),
    ("client",),
    ("loading",),
    ("views",),
    ("destinations",),
    ("excel",),
    ("schema_export",),
    ("syncing",),
    ("verifying",),
    ("report",),
    ("integrations",),
    ("cli",),
)
"""From the ground up: files and folders may import their own layer and those named before it."""

EXEMPT = ("__init__", "__main__")

LONGEST, SHORT = 300, 60
SHORT_FOR_A_REASON = {
    "destinations.*.views": "the same files in each destination",
    "cli.commands.*": "one file a command",
    "cli.exit_codes": "what schedulers rely on, on one screen",
    "schema_export.yaml_text": "of dbt and Superset alike",
    "showing": "of no layer above it",
    "threads": "of no layer above it",
}
"""Modules below 60 lines, and why they are no part of another."""

DOORS = {
    "httpx": (
        "api.*",
        "sandbox.*",
        "reading.session",
        "client",
        "loading",
        "syncing.*",
        "verifying.*",
        "cli.commands.demo",
    ),
    "tenacity": ("api.http",),
    "msgspec": ("api.*", "sandbox.*"),
    "pandas": ("frames", "client", "loading", "views.*", "destinations.frames", "excel", "report.*"),
    "sqlalchemy": ("destinations.sql.*",),
    "psycopg": ("destinations.sql.*",),
    "pgpq": ("destinations.sql.postgresql_copy",),
    "duckdb": ("destinations.duckdb.*", "views.computing"),
    "deltalake": ("destinations.delta.*",),
    "xlsxwriter": ("excel",),
    "filelock": ("destinations.*",),
    "altair": ("report.*",),
    "jinja2": ("report.*",),
    "vl_convert": ("report.*",),
    "opentelemetry": ("telemetry",),
    "sqlglot": ("schema_export.warehouses",),
    "pyspark": ("integrations.*",),
    "dlt": ("integrations.dlt",),
    "click": ("cli", "cli.*"),
    "rich": ("cli.*", "progress.*"),
    "IPython": ("progress.*",),
}
"""The only modules that may import a third-party package."""

HEAVY = ("pandas", "sqlalchemy", "httpx", "duckdb", "deltalake", "rich", "altair", "jinja2")


def module_name(path: Path) -> str:
    """``destinations/sql.py`` -> ``destinations.sql``, ``destinations/__init__.py`` -> ``destinations``."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
FOLDERS = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}


def layer_of(module: str) -> int:
    """The place in `LAYERS` of a module, or of the longest name there that it extends."""
    top = module.partition(".")[0]
    places = {name: place for place, names in enumerate(LAYERS) for name in names}
    named = [name for name in places if top == name or top.startswith(name + "_")]
    assert named, f"{module} has no place yet: give it one in LAYERS"
    return places[max(named, key=len)]


@cache
def imports_of(path: Path) -> tuple[str, ...]:
    """Absolute names of all that a module imports, wherever in it: ``pandas``, ``ecore_export.schema``."""
    return tuple(_imports_of(path))


def _imports_of(path: Path) -> Iterator[str]:
    here = ("ecore_export", *path.relative_to(PACKAGE).parts)
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = ".".join([*here[: len(here) - node.level], *filter(None, [node.module])])
            yield from (f"{origin if node.level else node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", [name for name in MODULES if name not in EXEMPT])
def test_a_module_imports_only_what_stands_above_it(module: str) -> None:
    place, own = layer_of(module), {name.partition(".")[0] for name in MODULES}
    names = [name.split(".") for name in imports_of(MODULES[module])]
    imported = {parts[1] for parts in names if parts[0] == "ecore_export" and parts[1] in own}
    assert [name for name in imported if layer_of(name) > place] == []


@pytest.mark.parametrize("module", MODULES)
def test_a_folder_is_entered_by_its_door(module: str) -> None:
    """From another folder comes only what its ``__init__`` names in ``__all__``."""
    own = module.partition(".")[0]
    names = [name.split(".")[1:] for name in imports_of(MODULES[module]) if name.startswith("ecore_export.")]
    foreign = [parts for parts in names if len(parts) > 1 and parts[0] in FOLDERS - {own}]
    past = [parts for parts in foreign if len(parts) > 2 or parts[1] not in _offered(parts[0])]
    assert [".".join(parts) for parts in past] == []


def _offered(folder: str) -> list[str]:
    return list(importlib.import_module(f"ecore_export.{folder}").__all__)


def test_no_module_is_long_and_short_ones_have_a_reason() -> None:
    lines = {name: len(path.read_text("utf-8").splitlines()) for name, path in MODULES.items()}
    assert [name for name, count in lines.items() if count > LONGEST] == []
    short = [name for name, count in lines.items() if count < SHORT and not name.endswith(EXEMPT)]
    folders = {name for name, path in MODULES.items() if path.name == "__init__.py"}
    reasons = {name: [key for key in SHORT_FOR_A_REASON if fnmatchcase(name, key)] for name in short}
    assert [name for name, found in reasons.items() if not found and name not in folders] == []
    assert set(SHORT_FOR_A_REASON) == {key for found in reasons.values() for key in found}


@pytest.mark.parametrize("package", DOORS)
def test_a_third_party_package_has_one_door(package: str) -> None:
    users = [
        module
        for module, path in MODULES.items()
        if package in {name.partition(".")[0] for name in imports_of(path)}
    ]
    assert [user for user in users if not any(fnmatchcase(user, door) for door in DOORS[package])] == []


@pytest.mark.parametrize("module", ["ecore_export", "ecore_export.destinations", "ecore_export.schema"])
def test_importing_it_loads_nothing_heavy(module: str) -> None:
    script = f"import sys, {module}; print(*sorted(set({HEAVY!r}) & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []
