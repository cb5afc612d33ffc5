"""The directive ``click-commands``: what every command of a click group says of itself, a section a command.

In: ``module:group`` and the program's name. Out: sections, written as Markdown. Called by Sphinx for cli.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from importlib import import_module

import click
from docutils.nodes import Node
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class ClickCommands(SphinxDirective):
    """Takes two arguments, such as ``ecore_export.cli.app:app ecore-export``."""

    required_arguments = 2

    def run(self) -> list[Node]:
        """The group first, then its commands in its own order."""
        module, _, name = self.arguments[0].partition(":")
        group: click.Group = getattr(import_module(module), name)
        context = click.Context(group, info_name=self.arguments[1], **group.context_settings)
        lines = [*_section(group, context)]
        for command_name in group.list_commands(context):
            command = group.commands[command_name]
            lines += _section(command, click.Context(command, parent=context, info_name=command_name))
        return self.parse_text_to_nodes("\n".join(lines), allow_section_headings=True)


def _section(command: click.Command, context: click.Context) -> Iterator[str]:
    """Title, usage, help and options of one command, as lines of Markdown."""
    yield f"## {context.command_path}"
    yield from _literal(command.get_usage(context).removeprefix("Usage: "))
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        yield from _paragraph(paragraph)
    for parameter in command.params:
        record = parameter.get_help_record(context)
        if isinstance(parameter, click.Option) and record is not None:
            form, meaning = record
            yield f"- `{form}`: {meaning.replace('  [', ' [')}"
    yield ""


def _paragraph(text: str) -> Iterator[str]:
    """A paragraph of a help text; one that click keeps as it is (``\\b``) stays so here."""
    if not text.startswith("\b\n"):
        yield from (text, "")
        return
    kept = text.removeprefix("\b\n")
    heading, _, rest = kept.partition("\n")
    if heading.endswith(":"):
        yield from (heading, "")
        kept = inspect.cleandoc(f"\n{rest}")
    yield from _literal(kept)


def _literal(text: str) -> Iterator[str]:
    yield from ("```text", text, "```", "")


def setup(app: Sphinx) -> dict[str, bool]:
    """What Sphinx calls first."""
    app.add_directive("click-commands", ClickCommands)
    return {"parallel_read_safe": True}
