"""Every public name explains itself by an example, and every example runs."""

from __future__ import annotations

import doctest
import inspect
import sys
import warnings
from pathlib import Path
from typing import Any

import httpx
import pytest

import ecore_export as ee
from ecore_export.sandbox import Sandbox

CONSTANTS = {"SCHEMA_VERSION", "__version__"}
METHODS = {
    f"Client.{name}": method
    for name, method in inspect.getmembers(ee.Client)
    if not name.startswith("_") and callable(method)
}
EXPLAINED = {name: getattr(ee, name) for name in sorted(set(ee.__all__) - CONSTANTS)} | METHODS

FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """A folder with a warehouse, and the names that an example may take for granted."""
    folder = tmp_path_factory.mktemp("examples")
    made_up = Sandbox(jobs=20)
    with httpx.Client(transport=made_up.transport()) as http_client:
        ee.sync(f"parquet:{folder}/warehouse", token=made_up.token, http_client=http_client)
    with ee.Client.sandbox(jobs=20) as client:
        jobs = client.load_jobs()
        records = client.load_records(jobs.tail(4))
    return folder, {"ee": ee, "jobs": jobs, "records": records}


@pytest.mark.parametrize("name", EXPLAINED)
def test_every_public_name_has_a_docstring_with_an_example(name: str) -> None:
    text = inspect.getdoc(EXPLAINED[name]) or ""
    assert len(text.splitlines()[0]) > 10, name
    assert ">>> " in text, f"{name} shows no example"


@pytest.mark.parametrize("name", EXPLAINED)
@pytest.mark.filterwarnings("ignore::ecore_export.IncompleteDataWarning")
def test_the_example_of_a_public_name_runs(
    name: str, exported: tuple[Path, dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, names = exported
    monkeypatch.chdir(folder)
    monkeypatch.delenv("ECORE_API_TOKEN", raising=False)
    thing = inspect.unwrap(EXPLAINED[name])
    module = sys.modules[thing.__module__]
    own = {key: names[key].copy() for key in ("jobs", "records")}  # an example may add columns
    given = vars(module) | names | own
    (example,) = (
        found
        for found in doctest.DocTestFinder(recurse=False).find(thing, name, globs=given)
        if found.examples
    )
    told: list[str] = []
    with warnings.catch_warnings():  # one of them sets a filter
        ran = doctest.DocTestRunner(optionflags=FLAGS).run(example, out=told.append)
    assert ran.failed == 0, "".join(told)
    assert ran.attempted > 0


def test_only_public_names_are_shown() -> None:
    assert dir(ee) == sorted(ee.__all__)


def test_a_client_shows_where_it_asks_and_never_its_token() -> None:
    with ee.Client("s3cret-t0ken", account="<b>emea", base_url="https://api.example.com/v1/") as client:
        for shown in (repr(client), str(client), client._repr_html_()):
            assert "api.example.com" in shown
            assert "s3cret" not in shown
        assert "account='<b>emea'" in repr(client)
        assert "&lt;b&gt;emea" in client._repr_html_()
        assert "<b>emea" not in client._repr_html_()


def test_a_result_shows_its_figures_and_no_password(tmp_path: Path) -> None:
    made_up = Sandbox(jobs=20)
    with httpx.Client(transport=made_up.transport()) as http_client:
        result = ee.sync(f"sqlite:///{tmp_path}/w.db", token=made_up.token, http_client=http_client)
    assert repr(result).startswith("SyncResult(status='complete', destination='sqlite:///")
    assert f"jobs_exported={result.jobs_exported}" in repr(result)
    assert "jobs_rejected" not in repr(result), "nothing is said of what did not happen"
    assert made_up.token not in repr(result) + result._repr_html_()
    assert f'<td style="text-align: left">{result.records_written:,}</td>' in result._repr_html_()


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("parquet:w", "ParquetDestination('parquet:w')"),
        ("duckdb:///w.duckdb", "DuckDBDestination('duckdb:///w.duckdb')"),
        ("postgresql+psycopg://me:s3cret@h/d", "SQLDestination('postgresql+psycopg://me:***@h/d')"),
    ],
)
def test_a_destination_shows_its_url_without_a_password(
    url: str, shown: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    destination = ee.open_destination(url)
    assert repr(destination) == shown
    destination.close()
    assert list(tmp_path.iterdir()) == []
