"""The documentation site builds without a warning, and its reference pages leave nothing out."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_runs import environment
from doc_blocks import PAGES, ROOT

import ecore_export
from ecore_export import errors
from ecore_export.cli.app import app
from ecore_export.cli.exit_codes import exit_code
from ecore_export.schema import ALL_TABLES

DOCS = ROOT / "docs"


def text_of(page: str) -> str:
    return (DOCS / page).read_text("utf-8")


def first_cells(page: str) -> Iterator[tuple[str, str]]:
    """The first two cells of every row whose first cell is code."""
    yield from re.findall(r"^\| `(\w+)` \| ([^|]*?) \|", text_of(page), re.MULTILINE)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as CI builds it."""
    pytest.importorskip("sphinx", reason="Sphinx is not installed: pip install '.[docs]'")
    tmp_path = tmp_path_factory.mktemp("site")
    told = subprocess.run(
        [sys.executable, "-m", "sphinx", "--quiet", "--fail-on-warning", "--keep-going", DOCS, tmp_path],
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stderr  # which holds what Jupyter's kernels say, too
    return tmp_path


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_built_reference_leaves_nothing_out(site: Path) -> None:
    commands, api, dictionary = (
        (site / f"{page}.html").read_text("utf-8") for page in ("cli", "python-api", "data-dictionary")
    )
    for command in app.commands.values():
        assert f'id="ecore-export-{command.name}"' in commands
        for option in (option for parameter in command.params for option in parameter.opts):
            assert not option.startswith("--") or option in commands, f"{command.name} {option}"
    assert "``" not in api, "a docstring is no reStructuredText: write no letter right after a closing quote"
    public = set(ecore_export.__all__) - {"__version__"}
    assert [name for name in sorted(public) if f'id="ecore_export.{name}"' not in api] == []
    columns = {column.name for table in ALL_TABLES for column in table.columns}
    assert [name for name in sorted(columns) if f">{name}<" not in dictionary] == []


@pytest.mark.slow
@pytest.mark.xdist_group("site")
def test_the_notebooks_are_shown_with_their_tables_and_plots(site: Path) -> None:
    for notebook in sorted((DOCS / "notebooks").glob("*.ipynb")):
        page = (site / "notebooks" / f"{notebook.stem}.html").read_text("utf-8")
        assert "<table" in page
        plots = re.findall(r'<img [^>]*src="\.\./_images/[^>]*>', page)
        texts = [cell["metadata"]["mystnb"]["image"]["alt"] for cell in _cells_with_plots(notebook)]
        assert len(plots) == len(texts) > 0
        shown = [html.unescape(text) for plot in plots for text in re.findall(r'alt="([^"]*)"', plot)]
        assert shown == texts
        assert f'href="notebooks/{notebook.stem}.html"' in (site / "notebooks.html").read_text("utf-8")


def _cells_with_plots(notebook: Path) -> list[dict[str, Any]]:
    return [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["metadata"]]


def test_every_page_is_in_the_navigation() -> None:
    entries = re.findall(
        r"^[\w-]+$", "\n".join(re.findall(r"```{toctree}(.*?)```", text_of("index.md"), re.S)), re.M
    )
    assert {path.stem for path in PAGES} - set(entries) == {"index"}


def test_every_variable_that_the_package_reads_is_in_the_settings() -> None:
    sources = (path.read_text("utf-8") for path in Path(ecore_export.__file__).parent.rglob("*.py"))
    read = {name for source in sources for name in re.findall(r"\bECORE_[A-Z_]+", source)}
    assert {name for name, _ in first_cells("settings.md")} == read


def test_every_error_s_exit_code_is_as_documented() -> None:
    groups = {errors.EcoreError, errors.ApiError}
    kinds = {
        name: kind
        for name, kind in vars(errors).items()
        if isinstance(kind, type) and issubclass(kind, errors.EcoreError) and kind not in groups
    }
    documented = dict(first_cells("exit-codes.md"))
    assert documented.keys() == kinds.keys()
    for name, kind in kinds.items():
        error = kind.__new__(kind)
        assert documented[name].startswith(str(exit_code(error))), name
