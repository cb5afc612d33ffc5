"""How a load comes along: a bar on a terminal or under a notebook's cell, once it has taken two seconds.

In: the endpoints that a load calls. Out: the same, counted, and a bar that is gone when the load ends.

A thread of its own draws at a steady pace: a page costs an addition, a load that is over soon costs a thread,
and one that nobody looks at costs nothing. Nothing is imported before there is something to draw. In a
notebook the bar is an HTML element: rich needs ipywidgets there, and warns where it is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from html import escape
from threading import Event, Thread
from typing import Any, Protocol

from ..api import Endpoints
from .counts import CountedEndpoints, Counts

SHOWN_AFTER_S = 2.0
"""A load that is over sooner shows nothing."""

REDRAWN_EVERY_S = 0.2


class Bar(Protocol):
    """Shows how far a load has come. It is made, drawn and closed by one thread."""

    def draw(self, share: float | None, text: str) -> None:
        """Show the share that is done, None where nobody can know it, and what there is so far."""

    def close(self) -> None:
        """Take it away."""


@contextmanager
def shown_load(endpoints: Endpoints, counts: Counts, *, progress: bool | None) -> Iterator[Endpoints]:
    """The endpoints to load through, while a bar shows what they bring.

    ``progress``: whether there is one; None: in a notebook, and where stderr is a terminal.
    """
    make_bar = _bar_for(progress)
    if make_bar is None:
        yield endpoints
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
        yield CountedEndpoints(endpoints.api, endpoints.decoder, counts)
    finally:
        over.set()
        drawing.join()


def _draw_until(over: Event, make_bar: Callable[[], Bar], counts: Counts) -> None:
    """Draw a bar from two seconds on until the load is over."""
    if over.wait(SHOWN_AFTER_S):
        return
    with suppress(OSError, ValueError):  # stderr went away, which is no reason to trouble the load
        bar = make_bar()
        try:
            bar.draw(*counts.standing())
            while not over.wait(REDRAWN_EVERY_S):
                bar.draw(*counts.standing())
        finally:
            bar.close()


def _bar_for(progress: bool | None) -> Callable[[], Bar] | None:
    """What shows a load here; None: nothing does."""
    if progress is False:
        return None
    if _is_notebook():
        return _NotebookBar
    if progress or (sys.stderr is not None and sys.stderr.isatty()):
        return _TerminalBar
    return None


def _is_notebook() -> bool:
    """Whether this is a kernel: IPython on a terminal has none, and nobody imports it but a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


class _TerminalBar:
    def __init__(self) -> None:
        from rich import progress
        from rich.console import Console

        self._progress = progress.Progress(
            progress.TextColumn("loading"),
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
    def __init__(self) -> None:
        from IPython import display

        untyped: Any = display
        self._handle = untyped.display(_html(None, ""), raw=True, display_id=True)

    def draw(self, share: float | None, text: str) -> None:
        self._handle.update(_html(share, text), raw=True)

    def close(self) -> None:
        self._handle.update({"text/plain": "", "text/html": ""}, raw=True)


def _html(share: float | None, text: str) -> dict[str, str]:
    """The bar as a browser draws it, and as text where there is none."""
    value = "" if share is None else f' value="{share:.3f}"'
    percent = "" if share is None else f" ({share:.0%})"
    return {
        "text/html": f"<progress{value}></progress> loading: {escape(text)}",
        "text/plain": f"loading: {text}{percent}",
    }
