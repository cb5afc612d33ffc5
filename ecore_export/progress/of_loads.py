"""How a load comes along: a bar on a terminal or under a notebook's cell, once it has taken two seconds.

In: the endpoints that a load calls. Out: the same, and the figures of what they answered; and a bar that is
gone when the load ends. Answers come from many threads.

A thread of its own draws at a steady pace: a page costs an addition, a load that is over soon costs a thread,
and one that nobody looks at costs nothing. Nothing is imported before there is something to draw. In a
notebook the bar is an HTML element: rich needs ipywidgets there, and warns where it is missing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from html import escape
from threading import Event, Lock, Thread
from typing import Any, Protocol

from ..api import JOBS_PAGE_SIZE, Endpoints, JobsPage, RecordsPage, StatusBody

SHOWN_AFTER_S = 2.0
"""A load that is over sooner shows nothing."""

REDRAWN_EVERY_S = 0.2


class Counts:
    """Is told of every answer, and says how far the load has come; override what is counted."""

    __slots__ = ()

    def listed(self, page: int, answer: JobsPage) -> None:
        """A page of List jobs came."""

    def looked_at(self, status: StatusBody) -> None:
        """A Job status came, with its inline records."""

    def read(self, job_id: int, page: int, answer: RecordsPage) -> None:
        """A page of records came, or (page 0) all of them in one answer."""

    def standing(self) -> tuple[float | None, str]:
        """The share of the load that is done, None if nobody can know it, and what there is so far."""
        return None, ""


@dataclass(slots=True)
class JobsListed(Counts):
    """Jobs as they are listed. ``is_whole``: whether all that the API counts are wanted."""

    is_whole: bool
    _jobs: int = field(default=0, init=False)
    _total: int = field(default=0, init=False)

    def listed(self, page: int, answer: JobsPage) -> None:
        """Count its jobs; the list begins anew with page 1. Pages come one after another."""
        self._jobs = (0 if page == 1 else self._jobs) + answer.jobs.num_rows
        self._total = answer.count

    def standing(self) -> tuple[float | None, str]:
        """Jobs of all jobs."""
        if not (self.is_whole and self._total):
            return None, f"{self._jobs:,} jobs"
        return _share(self._jobs, self._total), f"{self._jobs:,} of {self._total:,} jobs"


@dataclass(slots=True)
class RecordsRead(Counts):
    """Records as they are read, of so many ``jobs``; how many records those have shows on the way.

    So the share is that of the jobs, each as far as its records are there.
    """

    jobs: int
    _announced: dict[int, int] = field(default_factory=dict, init=False)
    _got: dict[int, int] = field(default_factory=dict, init=False)
    _lock: Lock = field(default_factory=Lock, init=False)

    def looked_at(self, status: StatusBody) -> None:
        """A job whose records are all inline is done with."""
        if status.payload is None:
            return
        with self._lock:
            self._announced[status.job_id] = status.payload.total_records
            if len(status.payload.records) == status.payload.total_records:
                self._got[status.job_id] = status.payload.total_records

    def read(self, job_id: int, page: int, answer: RecordsPage) -> None:
        """Count its records; a job begins anew with page 1."""
        with self._lock:
            self._announced[job_id] = answer.count
            before = self._got.get(job_id, 0) if page > 1 else 0
            self._got[job_id] = before + answer.rows.num_rows

    def standing(self) -> tuple[float | None, str]:
        """Records so far; of one job, of how many; of several, in how many jobs."""
        with self._lock:
            shares = [_share(got, self._announced[job]) for job, got in self._got.items()]
            records, announced = sum(self._got.values()), sum(self._announced.values())
        if self.jobs == 1:
            return sum(shares), f"{records:,} of {announced:,} records" if announced else "records"
        done = sum(share == 1.0 for share in shares)
        return sum(shares) / max(self.jobs, 1), f"{records:,} records, {done:,} of {self.jobs:,} jobs"


@dataclass(frozen=True, slots=True)
class CountedEndpoints(Endpoints):
    """Endpoints that tell ``counts`` what they answer."""

    counts: Counts

    def jobs_page(
        self, page: int, *, status: str | None = None, page_size: int = JOBS_PAGE_SIZE
    ) -> JobsPage | None:
        """As `Endpoints.jobs_page`."""
        answer = Endpoints.jobs_page(self, page, status=status, page_size=page_size)
        if answer is not None:
            self.counts.listed(page, answer)
        return answer

    def job_status(self, job_id: int) -> StatusBody:
        """As `Endpoints.job_status`."""
        answer = Endpoints.job_status(self, job_id)
        self.counts.looked_at(answer)
        return answer

    def records_page(self, job_id: int, page: int, *, status: str | None = None) -> RecordsPage | None:
        """As `Endpoints.records_page`."""
        answer = Endpoints.records_page(self, job_id, page, status=status)
        if answer is not None:
            self.counts.read(job_id, page, answer)
        return answer

    def download(self, job_id: int) -> RecordsPage:
        """As `Endpoints.download`."""
        answer = Endpoints.download(self, job_id)
        self.counts.read(job_id, 0, answer)
        return answer


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


def _share(done: int, total: int) -> float:
    """Never more than all of it: a list may grow while it is read."""
    return min(done / total, 1.0) if total else 1.0


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
