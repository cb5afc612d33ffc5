"""Every block of the README and the site is run: commands and Python against the sandbox, as a reader would.

Files that a page shows (units, workflows) are checked in ``test_schedule_page``.
"""

from __future__ import annotations

import doctest
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from cli_runs import settings_for
from doc_blocks import PAGES, README, ROOT, Block, blocks, ids
from doc_session import Step, follow, steps_of

from ecore_export.sandbox import Fault, Sandbox, serve

RUN = ("console", "sh", "python")
"""The languages of blocks that are run; any other block is a file, or names the test that checks it."""

BESIDE = {"erase.md": {"addresses.txt": "jane@example.com\nomar@example.org\n"}}
"""Files that a page takes for granted."""


def to_run(path: Path) -> list[Block]:
    """Blocks that a reader runs, in their order."""
    return [block for block in blocks(path, *RUN) if block.file is None and block.test is None]


FOLLOWED = [path for path in (README, *PAGES) if to_run(path)]


def miscount(payload: object) -> None:
    """Job 40 does not add up, wherever it shows."""
    for job in payload.get("results", [payload]) if isinstance(payload, dict) else []:
        if job.get("id") == 40 and "valid_count" in job:
            job["valid_count"] -= 1
            job["invalid_count"] += 1


@pytest.fixture
def sandbox(request: pytest.FixtureRequest) -> Iterator[tuple[Sandbox, str]]:
    """An account of 60 jobs, on a port; for the page on trouble there is some."""
    trouble = [Fault("mutate", mutate=miscount)] if request.node.callspec.id == "recover.md" else []
    made_up = Sandbox(jobs=60, advance_after_reads=None, faults=trouble)
    with serve(made_up) as address:
        yield made_up, address.base_url


def is_as_shown(shown: str, output: str) -> bool:
    """Whether an output is what the document shows; ``…`` stands for anything, blanks are alike."""
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(shown.replace("…", "..."), output, flags)


@pytest.mark.slow
@pytest.mark.parametrize("path", FOLLOWED, ids=ids)
def test_a_page_can_be_followed_from_top_to_bottom(
    path: Path, sandbox: tuple[Sandbox, str], tmp_path: Path
) -> None:
    for name, text in BESIDE.get(path.name, {}).items():
        (tmp_path / name).write_text(text)
    steps = [step for block in to_run(path) for step in steps_of(block)]
    made_up, base_url = sandbox
    outcomes = follow(steps, tmp_path, settings_for(base_url, made_up))
    for step, outcome, after in zip(steps, outcomes, [*steps[1:], Step(0, "", "")], strict=True):
        told = f"{path.name}:{step.line}: {step.command}{outcome.output}{outcome.errors}"
        assert not step.shown or is_as_shown(step.shown, outcome.output), told
        assert outcome.code == 0 or after.command == "echo $?\n", f"exit code {outcome.code}, {told}"


@pytest.mark.parametrize("path", [README, *PAGES], ids=ids)
def test_no_block_is_left_unchecked(path: Path) -> None:
    for block in blocks(path):
        is_checked = block.language in RUN or block.file or block.test
        assert is_checked, f"{path.name}:{block.line}: run it, or name the test that checks it above it"


@pytest.mark.parametrize("path", [README, *PAGES], ids=ids)
def test_extras_that_are_named_exist(path: Path) -> None:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    named = re.findall(r"(?:pip install .*?)\[([\w,]+)\]", path.read_text("utf-8"))
    assert {extra for names in named for extra in names.split(",")} <= set(known)


def test_it_is_noticed_what_a_step_prints_and_how_it_ends(tmp_path: Path) -> None:
    block = Block("console", "$ printf 'a\\nb\\n'\na\n…\n$ false\n$ echo $?\n1\n", 1, None, None)
    steps = list(steps_of(block))
    outcomes = follow(steps, tmp_path, {})
    assert [outcome.code for outcome in outcomes] == [0, 1, 0]
    assert is_as_shown(steps[0].shown, outcomes[0].output)
    assert is_as_shown(steps[2].shown, outcomes[2].output)
    assert not is_as_shown("a\nc\n", outcomes[0].output)
