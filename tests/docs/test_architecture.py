"""The page on the architecture against the code: its files exist, its layers are those enforced."""

from __future__ import annotations

import re
from pathlib import Path

from test_layers import LAYERS, PACKAGE

PAGE = (Path(__file__).parents[2] / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_the_files_named_are_there() -> None:
    named = re.findall(r"`([a-z_/]+\.py)`", PAGE)
    assert len(named) > 20
    assert [name for name in named if not (PACKAGE / name).is_file()] == []


def test_the_layers_drawn_are_those_enforced() -> None:
    drawing = PAGE.partition("```text\n")[2].partition("```")[0]
    names = [line.partition("    ")[0].split() for line in drawing.splitlines()]
    assert tuple(tuple(words) for words in names) == LAYERS


def test_it_fits_on_a_screen() -> None:
    assert len(PAGE.splitlines()) <= 60
