"""A bar on a terminal or under a notebook's cell, for work that has taken two seconds; gone when it ends.

In: what says how far the work is. Out: the bar.

A thread of its own draws at a steady pace: work that is over soon costs a thread, and work that nobody looks
at costs nothing. Nothing is imported before there is something to draw. In a notebook the bar is an HTML
element: rich needs ipywidgets there, and warns where it is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from functools import partial
from html import escape
from threading import Event, Thread
from typing import Any, Protocol

SHOWN_AFTER_S = 2.0
"""Work that is over sooner shows nothing."""

REDRAWN_EVERY_S = 0.2


class Standing(Protocol):
    """Knows how far the work has come."""

    def standing(self) -> tuple[float | None, str]:
        """The share that is done, None if nobody can know it, and what there is so far."""


class Bar(Protocol):
    """Shows how far work has come. It is made, drawn and closed by one thread."""

    def draw(self, share: float | None, text: str) -> None:
        """Show the share that is done, None where nobody can know it, and what there is so far."""

    def close(self) -> None:
        """Take it away."""


@contextmanager
def drawn(counts: Standing, doing: str, *, progress: bool | None) -> Iterator[bool]:
    """Show a bar until the block ends; says whether one is. ``doing``: the word before it.

    ``progress``: whether there is one; None: in a notebook, and where stderr is a terminal.
    """
    make_bar = _bar_for(progress, doing)
    if make_bar is None:
        yield False
        return
    over = Event()
    # The context knows which cell runs: what the thread displays belongs to it.
    drawing = Thread(
        target=copy_context().run,
        args=(_draw_until, over, make_bar, counts),
        name="ecore-export-progress",
        daemon=True,
    )
    drawing.start()
    try:
        yield True
    finally:
        over.set()
        drawing.join()


def share_of(done: int, total: int) -> float:
    """Never more than all of it: a list may grow while it is read."""
    return min(done / total, 1.0) if total else 1.0


def _draw_until(over: Event, make_bar: Callable[[], Bar], counts: Standing) -> None:
    """Draw a bar from two seconds on until the work is over."""
    if over.wait(SHOWN_AFTER_S):
        return
    with suppress(OSError, ValueError):  # stderr went away, which is no reason to trouble the work
        bar = make_bar()
        try:
            bar.draw(*counts.standing())
            while not over.wait(REDRAWN_EVERY_S):
                bar.draw(*counts.standing())
        finally:
            bar.close()


def _bar_for(progress: bool | None, doing: str) -> Callable[[], Bar] | None:
    """What makes a bar here; None: nothing does."""
    if progress is False:
        return None
    if _is_notebook():
        return partial(_NotebookBar, doing)
    if progress or (sys.stderr is not None and sys.stderr.isatty()):
        return partial(_TerminalBar, doing)
    return None


def _is_notebook() -> bool:
    """Whether this is a kernel: IPython on a terminal has none, and nobody imports it but a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


class _TerminalBar:
    def __init__(self, doing: str) -> None:
        from rich import progress
        from rich.console import Console

        self._progress = progress.Progress(
            progress.TextColumn(doing),
            progress.BarColumn(),
            progress.TextColumn("{task.description}", markup=False),
            progress.TimeRemainingColumn(),
            # Whoever asks for a bar gets one, also where stderr does not pass for a terminal.
            console=Console(stderr=True, force_terminal=True),
            auto_refresh=False,
            transient=True,
        )
        self._task = self._progress.add_task("", total=None)

    def draw(self, share: float | None, text: str) -> None:
        total = None if share is None else 1.0
        self._progress.update(self._task, completed=share or 0.0, total=total, description=text)
        self._progress.start()  # the first time; then it does nothing
        self._progress.refresh()

    def close(self) -> None:
        self._progress.stop()


class _NotebookBar:
    def __init__(self, doing: str) -> None:
        from IPython import display

        untyped: Any = display
        self._doing = doing
        self._handle = untyped.display(_html(doing, None, ""), raw=True, display_id=True)

    def draw(self, share: float | None, text: str) -> None:
        self._handle.update(_html(self._doing, share, text), raw=True)

    def close(self) -> None:
        self._handle.update({"text/plain": "", "text/html": ""}, raw=True)


def _html(doing: str, share: float | None, text: str) -> dict[str, str]:
    """The bar as a browser draws it, and as text where there is none."""
    value = "" if share is None else f' value="{share:.3f}"'
    percent = "" if share is None else f" ({share:.0%})"
    return {
        "text/html": f"<progress{value}></progress> {escape(doing)}: {escape(text)}",
        "text/plain": f"{doing}: {text}{percent}",
    }
