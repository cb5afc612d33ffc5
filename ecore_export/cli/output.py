"""Where data go, and as what.

In: ``-o`` and ``--format``. Out: an `Output`: bytes on stdout, or in a file that is replaced in one step. A
file is begun before anything is asked, so that a wrong path costs nothing; it may hold addresses, so only its
owner can read it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import click

FORMATS = ("table", "csv", "jsonl", "parquet", "xlsx")
_BINARY = {"parquet": "Parquet", "xlsx": "Excel"}

_BY_SUFFIX = {
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".parquet": "parquet",
    ".xlsx": "xlsx",
}

_Command = TypeVar("_Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Output:
    """What is written where. ``path``: None for stdout."""

    form: str
    path: Path | None
    on_terminal: bool

    @contextmanager
    def sink(self) -> Iterator[BinaryIO]:
        """Where to write; a file appears under its name when the block ends well, or not at all."""
        if self.path is None:
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        elif self.path.exists() and not self.path.is_file():
            with _special(self.path) as sink:
                yield sink
        else:
            with _replacing(self.path.resolve()) as sink:
                yield sink


def chosen_output(
    form: str | None, path: Path | None, *, is_terminal: bool, for_excel: bool = False
) -> Output:
    """Without ``form`` it goes by the file's ending, else it is a table on a terminal and CSV in a pipe.

    ``for_excel``: CSV as Excel opens it, also on a terminal.
    """
    if path is not None and str(path) == "-":
        path = None
    on_terminal = is_terminal and path is None
    if form is None:
        form = _form_of(path) if path else "table" if on_terminal and not for_excel else "csv"
    if form in _BINARY and on_terminal:
        raise click.UsageError(f"{_BINARY[form]} is not for terminals: use -o FILE or a pipe")
    if for_excel and form != "csv":
        raise click.UsageError("--excel goes with CSV; an Excel file is -o FILE.xlsx, without --excel")
    if form == "xlsx":
        from ..excel import check_installed

        check_installed()
    if for_excel:
        form = "csv for Excel"
    return Output(form, path, on_terminal)


def _form_of(path: Path) -> str:
    """The format that the file's ending names; CSV if it has none."""
    suffix = path.suffix.lower()
    if suffix and suffix not in _BY_SUFFIX:
        raise click.UsageError(
            f"unknown format {suffix}: use .csv, .jsonl, .parquet or .xlsx, or give --format"
        )
    return _BY_SUFFIX.get(suffix, "csv")


def output_options(command: _Command) -> _Command:
    """--format, --excel and -o; the command gets them as ``output``."""

    def taken(ctx: click.Context, _param: click.Parameter, path: Path | None) -> Output:
        is_terminal = sys.stdout.isatty()
        form, for_excel = ctx.params.pop("form"), ctx.params.pop("for_excel")
        return chosen_output(form, path, is_terminal=is_terminal, for_excel=for_excel)

    output = click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path, dir_okay=False),
        callback=taken,
        metavar="FILE",
        help="Write to this file, replaced atomically.",
    )
    form = click.option(
        "--format",
        "form",
        type=click.Choice(FORMATS),
        is_eager=True,
        help="Default: by the file's extension; else table on a terminal, csv in a pipe.",
    )
    excel = click.option(
        "--excel",
        "for_excel",
        is_flag=True,
        is_eager=True,
        help="CSV that Excel opens with a double click.",
    )
    return form(excel(output(command)))


@contextmanager
def _special(path: Path) -> Iterator[BinaryIO]:
    """A device or a named pipe: written to as it is."""
    from ..destinations import writing

    with writing(path), path.open("wb") as sink:
        yield sink


@contextmanager
def _replacing(path: Path) -> Iterator[BinaryIO]:
    from ..destinations import replacing

    with replacing(path) as sink:
        yield sink
