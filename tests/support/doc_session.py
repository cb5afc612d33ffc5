"""A document as a person follows it: its commands and its Python, one after another, in one shell.

In: blocks. Out: what each step printed, and its exit code. What cannot or must not be done in a test does
nothing here: `UNTOUCHED`.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cli_runs import TIME_LIMIT_S, environment
from doc_blocks import Block

UNTOUCHED = ("pip", "pytest", "sleep", "curl", "datasette")

OF_A_TERMINAL = re.compile(r"^ecore-export: (?!error: |warning: (?!partial: )).*\n?", re.MULTILINE)
"""Lines on stderr that only a log gets, not a terminal: the closing line of a run."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command. ``shown``: the output under it in the document; empty if none is shown."""

    line: int
    command: str
    shown: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a step. ``output``: as a terminal would show it."""

    output: str
    errors: str
    code: int


def steps_of(block: Block) -> Iterator[Step]:
    """The steps of a block: each ``$`` line of a console, a shell block as a whole, Python as a program."""
    if block.language == "console":
        for typed, shown in re.findall(r"^\$ ((?:.*\\\n)*.*\n)((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
            yield Step(block.line, typed, shown)
    elif block.language == "sh":
        yield Step(block.line, block.text, "")
    elif block.language == "python":
        yield Step(block.line, f"python -W error - <<'END OF BLOCK'\n{block.text}END OF BLOCK\n", "")


def follow(steps: Sequence[Step], folder: Path, settings: Mapping[str, str]) -> list[Outcome]:
    """Take the steps in one shell that starts in ``folder``."""
    told = folder / ".told"
    told.mkdir()
    script = [_preparation(folder)]
    for number, step in enumerate(steps):
        place = shlex.quote(f"{told}/{number}")
        script.append(f"{{ {_typed(step.command)}}} >{place}.out 2>{place}.err")
        script.append(f"code=$?; echo $code >{place}.code; (exit $code)")
    subprocess.run(
        ["bash", "-c", "\n".join(script)],
        cwd=folder,
        env=environment(**settings),
        stdin=subprocess.DEVNULL,
        timeout=4 * TIME_LIMIT_S,
        check=False,
    )
    return [_outcome(told, number) for number in range(len(steps))]


def _preparation(folder: Path) -> str:
    """The names under which a reader calls Python and this package, and what does nothing here."""
    for name, command in (("python", ""), ("python3", ""), ("ecore-export", " -m ecore_export")):
        program = folder / ".bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)}{command} "$@"\n')
        program.chmod(0o700)
    nothing = "; ".join(f"{name}() {{ :; }}" for name in UNTOUCHED)
    return f"PATH={shlex.quote(str(folder / '.bin'))}:$PATH; {nothing}"


def _typed(command: str) -> str:
    """A command with what a reader replaces: secrets (``…``) are set already, and it is installed here."""
    if re.fullmatch(r"export ECORE_\w+=…\n", command):
        return ":\n"
    return command.replace("/opt/ecore-export/bin/", "").replace("/opt/ecore-export", "opt")


def _outcome(told: Path, number: int) -> Outcome:
    output, errors = ((told / f"{number}.{kind}").read_text("utf-8") for kind in ("out", "err"))
    code = int((told / f"{number}.code").read_text())
    return Outcome(output + OF_A_TERMINAL.sub("", errors), errors, code)
