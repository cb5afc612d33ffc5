"""What the documents say is true: tests they name exist, links lead somewhere, commands and code run."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from doc_blocks import DOCUMENTS, README, ROOT, blocks, ids

from ecore_export.cli.app import app

PLACEHOLDERS = {"DEST": "parquet:w", "ID": "42", "ADDRESS": "jane@example.com", "[DIR]": "demo"}
"""Words that stand for something in a command that is spoken of."""


def names_of_tests(path: Path) -> set[str]:
    """Names of the tests in a module as pytest has them, without their parameters."""
    names = set()
    for node in ast.parse(path.read_text("utf-8")).body:
        inside = node.body if isinstance(node, ast.ClassDef) else [node]
        prefix = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        names |= {prefix + part.name for part in inside if isinstance(part, ast.FunctionDef)}
    return {name for name in names if name.rpartition("::")[2].startswith("test_")}


def commands(path: Path) -> Iterator[list[str]]:
    """Every command line of ours, in blocks and in running text; there, a lone name asks for its help."""
    text = path.read_text("utf-8")
    quoted = re.findall(r"`(ecore-export [^`]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S))
    spoken_of = [f"{line} --help" if line.count(" ") == 1 else line for line in quoted]
    lines = "\n".join(block.text for block in blocks(path, "sh", "console")).replace("\\\n", " ").splitlines()
    yield from commands_in([*lines, *spoken_of])


def commands_in(lines: list[str]) -> Iterator[list[str]]:
    """The arguments of every command of ours in these lines of a shell."""
    for line in lines:
        for part in re.split(r"&&|\|\||[|;<>]", line.removeprefix("$ ")):
            if part.split()[:1] == ["ecore-export"]:
                yield shlex.split(part, comments=True)[1:]


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[list[str]], None]:
    """Parses a command line as the command would, and runs nothing; raises what click raises."""
    monkeypatch.setenv("ECORE_DESTINATION", "parquet:w")
    (tmp_path / "ecore.toml").touch(0o600)
    (tmp_path / "ecore.toml").write_text("destination = 'parquet:w'\n[acme]\n")
    monkeypatch.setenv("ECORE_CONFIG", str(tmp_path / "ecore.toml"))
    for command in (app, *app.commands.values()):
        monkeypatch.setattr(command, "callback", lambda **_: None)

    def parse(words: list[str]) -> None:
        app.main([PLACEHOLDERS.get(word, word) for word in words], "ecore-export", standalone_mode=False)

    return parse


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_every_test_that_is_named_exists(path: Path) -> None:
    named = re.findall(r"tests/([\w/]+\.py)((?:::\w+)*)", path.read_text("utf-8"))
    for module, name in named:
        assert (ROOT / "tests" / module).is_file(), module
        assert not name or name[2:] in names_of_tests(ROOT / "tests" / module), f"{module}{name}"
    assert path.name != "reliability.md" or len(named) > 60


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_every_link_within_the_project_leads_somewhere(path: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", path.read_text("utf-8")):
        if "://" not in link:
            place, _, heading = link.partition("#")
            target = path.parent / place if place else path
            assert target.exists(), link
            assert not heading or heading in headings(target), link


def headings(path: Path) -> set[str]:
    """The anchors of a document's headings."""
    titles = re.findall(r"^#+ (.+)$", path.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("path", DOCUMENTS, ids=ids)
def test_every_command_that_is_shown_can_be_typed(path: Path, typed: Callable[[list[str]], None]) -> None:
    for words in commands(path):
        try:
            typed(words)
        except click.ClickException as error:
            pytest.fail(f"ecore-export {shlex.join(words)}: {error.format_message()}")


def test_every_example_of_the_help_can_be_typed(typed: Callable[[list[str]], None]) -> None:
    helped = "\n".join(command.help or "" for command in app.commands.values())
    examples = list(commands_in([line.strip() for line in helped.splitlines()]))
    assert len(examples) > 20
    for words in examples:
        typed(words)


def test_commands_are_found_and_parsed(typed: Callable[[list[str]], None]) -> None:
    assert len(list(commands(README))) >= 3
    for wrong in (["sync", "parquet:w", "--no-such"], ["no-such"], ["sync", "parquet:w", "--pii", "some"]):
        with pytest.raises(click.ClickException):
            typed(wrong)


def test_every_option_that_the_documents_name_exists() -> None:
    help_texts = [CliRunner().invoke(app, [name, "--help"]).output for name in ("", *app.commands) if name]
    known = set(
        re.findall(r"--[a-z][a-z-]+", "\n".join([*help_texts, CliRunner().invoke(app, ["-h"]).output]))
    )
    for path in DOCUMENTS:
        named = re.findall(r"`(--[a-z][a-z-]+)", path.read_text("utf-8"))
        assert set(named) <= known, path.name


def test_the_first_shell_block_of_the_readme_is_two_commands() -> None:
    first = blocks(README, "sh")[0].text
    assert len(first.splitlines()) == 2
    assert all(line.startswith("pip install ") for line in first.splitlines())
