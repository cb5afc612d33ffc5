"""How an object shows itself: in one line, and as a table in a notebook.

In: its name and what there is to say of it. Out: text; HTML in which data are text, never markup.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape


def as_line(name: str, facts: Mapping[str, object]) -> str:
    """``Name(fact=value, …)``, as Python writes a call."""
    return f"{name}({', '.join(f'{fact}={value!r}' for fact, value in facts.items())})"


def as_table(name: str, facts: Mapping[str, object]) -> str:
    """A heading and a row for each fact."""
    rows = "".join(
        f'<tr><th style="text-align: left">{escape(fact.replace("_", " "))}</th>'
        f'<td style="text-align: left">{escape(_cell(value))}</td></tr>'
        for fact, value in facts.items()
    )
    return f"<table><caption><b>{escape(name)}</b></caption><tbody>{rows}</tbody></table>"


def _cell(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)
