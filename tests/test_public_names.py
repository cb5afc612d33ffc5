"""The public names: what ``import ecore_export`` promises, pinned so that none appears or goes unnoticed."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from types import ModuleType

import pytest

import ecore_export
from ecore_export import errors

PUBLIC = {
    "AccountMismatchError",
    "ApiError",
    "AuthenticationError",
    "BadRequestError",
    "Client",
    "DailyCapError",
    "DestinationBusyError",
    "DestinationError",
    "DestinationVersionError",
    "DriftWarning",
    "EcoreError",
    "IncompleteDataWarning",
    "JobNotLoadedWarning",
    "MalformedBodyError",
    "NetworkError",
    "NotFoundError",
    "PayloadError",
    "Progress",
    "ReconciliationError",
    "RedirectError",
    "RequestBudgetError",
    "SCHEMA_VERSION",
    "ServerError",
    "SettingsError",
    "StoppedError",
    "SyncOptions",
    "SyncResult",
    "TimeBudgetError",
    "WaitTimeoutError",
    "__version__",
    "credit_events",
    "credit_usage",
    "account_summary",
    "daily_domain_quality",
    "daily_list_quality",
    "daily_validator_mix",
    "list_decay",
    "monthly_statement",
    "repeat_costs",
    "stale_lists",
    "data_freshness",
    "domain_quality",
    "error_reasons",
    "flatten_job",
    "job_turnaround",
    "latest_email_status",
    "list_quality",
    "load_job",
    "load_jobs",
    "load_records",
    "open_destination",
    "read_table",
    "read_view",
    "repeat_validations",
    "sync",
    "to_arrow",
    "validator_mix",
    "verdict_changes",
    "write_excel",
    "write_report",
}
"""All of ``ecore_export.__all__``."""


def test_the_public_names_are_these() -> None:
    assert set(getattr(ecore_export, "__all__", ())) == PUBLIC


def test_nothing_else_looks_public() -> None:
    loose = {
        name
        for name, value in vars(ecore_export).items()
        if not name.startswith("_") and not isinstance(value, ModuleType)
    }
    assert loose - PUBLIC - {"annotations"} == set()


def test_the_names_are_shown() -> None:
    assert set(dir(ecore_export)) >= PUBLIC


def test_every_public_name_is_there_and_explained() -> None:
    unexplained = [name for name in PUBLIC if not inspect.getdoc(getattr(ecore_export, name))]
    assert [name for name in unexplained if name != "__version__"] == []


def test_every_error_and_warning_is_public() -> None:
    ours = {name for name, kind in vars(errors).items() if inspect.isclass(kind)}
    assert ours <= PUBLIC


def test_a_name_that_nobody_knows_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = ecore_export.no_such_name


def test_importing_the_package_loads_nothing_heavy() -> None:
    heavy = {"pandas", "pyarrow", "httpx", "sqlalchemy", "numpy", "click"}
    script = f"import sys, ecore_export; print(*sorted({heavy!r} & sys.modules.keys()))"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_every_error_stands_in_the_tree_under_its_parent() -> None:
    tree = {}
    branch: list[str] = []
    for line in inspect.getdoc(errors).splitlines():
        if drawn := re.fullmatch(r"([\s│├└─]*)(\w+Error)\b.*", line):
            branch[len(drawn[1]) // 4 - 1 :] = [drawn[2]]  # four characters a level, and four for the block
            tree[drawn[2]] = branch[-2] if len(branch) > 1 else "Exception"
    real = {
        name: next((b.__name__ for b in error.__bases__ if issubclass(b, errors.EcoreError)), "Exception")
        for name, error in vars(errors).items()
        if inspect.isclass(error) and issubclass(error, errors.EcoreError)
    }
    assert tree == real
