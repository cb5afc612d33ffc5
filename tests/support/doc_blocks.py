"""The documents and their fenced blocks, as tests see them.

In: README.md, CHANGELOG.md and docs/. Out: `Block`s.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").glob("*.md"))
DOCUMENTS = [README, ROOT / "CHANGELOG.md", *PAGES]


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. ``file``: the path in its first line (``# path``), if it is the content of a file.

    ``test``: the test that checks it, where a comment right above it names one (``<!-- tests/… -->``).
    """

    language: str
    text: str
    line: int
    file: str | None
    test: str | None


def blocks(path: Path, *languages: str) -> list[Block]:
    """The fenced blocks of a document, of these languages or of all; directives of the site are none."""
    found = []
    comment = None
    for token in MarkdownIt().parse(path.read_text("utf-8")):
        if token.type == "fence" and not token.info.startswith("{"):
            named = re.match(r"# (\S*[./]\S+|Dockerfile)\n", token.content)
            file = named[1] if named else None
            found.append(Block(token.info.strip(), token.content, (token.map or [0])[0] + 1, file, comment))
        comment = _named_test(token.content) if token.type == "html_block" else None
    return [block for block in found if not languages or block.language in languages]


def file_of(path: Path, name: str) -> str:
    """The text of the block that is the content of a file; there is exactly one."""
    (text,) = (block.text for block in blocks(path) if block.file == name)
    return text


def ids(path: Path) -> str:
    """A document's name in a test's id."""
    return path.name


def _named_test(comment: str) -> str | None:
    named = re.match(r"<!-- (tests/\S+) -->", comment)
    return named[1] if named else None
