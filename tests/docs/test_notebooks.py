"""The notebooks run from top to bottom, without a token or a network, and really show something."""

from __future__ import annotations

import base64
from pathlib import Path
from struct import unpack

import nbformat
import pytest
from cli_runs import environment
from doc_blocks import ROOT
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))
CELL_LIMIT_S = 120

PLOTS = {"01_quickstart": 2, "02_credit_use": 3, "03_list_quality": 4, "04_warehouse": 3}
PLOTS |= {"05_what_repeats_cost": 3, "06_newsletters": 1}
"""How many plots each notebook draws."""

every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def outputs_of(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def png_size(data):
    """Width and height of a PNG image (PNG specification, 11.2.2)."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    return unpack(">II", data[16:24])


def test_there_are_notebooks():
    assert {path.stem for path in NOTEBOOKS} == PLOTS.keys()


@every_notebook
def test_a_notebook_is_stored_without_output(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.kernelspec.name == "python3"
    assert notebook.metadata.language_info == {"name": "python"}
    assert all(set(cell.metadata) <= {"mystnb"} for cell in notebook.cells)


@every_notebook
def test_every_plot_has_a_text_for_who_cannot_see_it(path):
    cells = nbformat.read(path, as_version=4).cells
    texts = {cell.id: cell.metadata["mystnb"]["image"]["alt"] for cell in cells if cell.metadata}
    assert texts.keys() == {cell.id for cell in cells if "plt.show()" in cell.source}
    assert all(len(text) > 30 and text.endswith(".") for text in texts.values())
    assert len(set(texts.values())) == PLOTS[path.stem]


@pytest.mark.slow
@every_notebook
def test_a_notebook_runs_without_a_complaint_and_draws_its_plots(path, tmp_path):
    notebook = nbformat.read(path, as_version=4)
    place = {"metadata": {"path": str(tmp_path)}}
    # Nobody listens on this proxy: a request to another host fails.
    settings = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9"}
    settings |= {"PYTHONWARNINGS": "default", "TMPDIR": f"{tmp_path}", "IPYTHONDIR": f"{tmp_path}/.ipython"}
    NotebookClient(notebook, timeout=CELL_LIMIT_S, kernel_name="python3", resources=place).execute(
        env=environment(**settings)
    )
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    outputs = outputs_of(notebook)
    assert [output for output in outputs if output.output_type in ("stream", "error")] == []
    images = [o.data["image/png"] for o in outputs if "image/png" in o.get("data", {})]
    assert len(images) == PLOTS[path.stem]
    for image in images:
        width, height = png_size(base64.b64decode(image))
        assert width > 600
        assert height > 300
    assert sum("text/html" in output.get("data", {}) for output in outputs) >= 2, "tables, as HTML"
    assert {path.name for path in tmp_path.iterdir()} == {".ipython"}, "it leaves nothing behind"


@every_notebook
def test_links_between_notebooks_lead_somewhere(path):
    text = Path(path).read_text("utf-8")
    for link in (part.partition(")")[0] for part in text.split("](")[1:]):
        assert "://" in link or (path.parent / link).is_file(), link
