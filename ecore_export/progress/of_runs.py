"""How a sync or a verification comes along: a bar on a terminal, a line a minute in a log.

In: what it tells, from several threads. Out: stderr.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING, Any

from .bars import drawn, share_of

if TYPE_CHECKING:
    import rich.progress

LOG = logging.getLogger("ecore_export")

LINE_EVERY_S = 60.0
"""A run in a log says so often how far it is; one that is over sooner says nothing."""


class Progress:
    """Is told how a sync comes along; this one says nothing. Override what you want to hear.

    What is exported is told by a thread of its own.

    >>> class Printed(Progress):
    ...     def exported(self, jobs, records):
    ...         print(f"{jobs} jobs with {records} records")
    >>> Printed().exported(2, 350)
    2 jobs with 350 records
    """

    def began(self, run_id: str | None, account: str, requests: Callable[[], int]) -> None:
        """A run began, by this id in `schema.SYNC_RUNS`; ``requests``: how many it has sent so far."""

    def listed(self, jobs: int, total: int) -> None:
        """So many jobs of the list have been read; ``total``: as the API counts them."""

    def begin(self, jobs: int, records: int) -> None:
        """So many jobs with so many records are to be exported."""

    def read(self, jobs: int, records: int) -> None:
        """So many more were read, or found not to be had; nobody can see them yet."""

    def exported(self, jobs: int, records: int) -> None:
        """So many more are in the destination now, for everybody to see."""


@contextmanager
def shown_run(doing: str = "exporting") -> Iterator[Progress]:
    """A bar on a terminal, gone when the block ends; else a line a minute. ``doing``: what it says."""
    if not sys.stderr.isatty():
        logged = _Logged(doing)
        with _repeating(logged.say):
            yield logged
        return
    with _bar() as bar:
        yield _Drawn(bar, doing)


@contextmanager
def shown_sync(progress: Progress | bool | None) -> Iterator[Progress]:
    """What to tell: ``progress`` itself, or what shows a bar as a load does (`bars.drawn`)."""
    if progress is None or isinstance(progress, bool):
        counts = _Counted()
        with drawn(counts, "exporting", progress=progress) as is_shown:
            yield counts if is_shown else Progress()
    else:
        yield progress


class _Counted(Progress):
    """Adds up how far a sync is; what is read counts, as it is published a little later."""

    def __init__(self) -> None:
        self._listed: tuple[int, int] | None = None
        self._open: tuple[int, int] | None = None
        self._jobs = self._records = 0

    def listed(self, jobs: int, total: int) -> None:
        self._listed = jobs, total

    def begin(self, jobs: int, records: int) -> None:
        self._open = jobs, records
        self._jobs = self._records = 0

    def read(self, jobs: int, records: int) -> None:
        self._jobs += jobs
        self._records += records

    def standing(self) -> tuple[float | None, str]:
        """The share of the records to export, and how many; before that, how many jobs are listed."""
        if self._open is None:
            return None, "{:,} of {:,} jobs listed".format(*self._listed) if self._listed else ""
        jobs, records = self._open
        done = f"{self._records:,} of {records:,} records, {self._jobs:,} of {jobs:,} jobs"
        return share_of(self._records, records), done


@contextmanager
def _repeating(say: Callable[[], None]) -> Iterator[None]:
    """Until the block ends, a thread says it every minute: also while nothing comes from the API."""
    over = Event()

    def repeat() -> None:
        while not over.wait(LINE_EVERY_S):
            say()

    talking = Thread(target=repeat, name="ecore-export-progress", daemon=True)
    talking.start()
    try:
        yield
    finally:
        over.set()
        talking.join()


class _Logged(Progress):
    """Adds up, for the line a minute; each single step for whoever asks for it with ``--log-level debug``."""

    def __init__(self, doing: str) -> None:
        self._doing, self._began = doing, time.monotonic()
        self._about: dict[str, Any] = {}
        self._requests: Callable[[], int] = lambda: 0
        self._listed = self._total = 0
        self._open: tuple[int, int] | None = None
        self._read, self._exported = [0, 0], [0, 0]

    def began(self, run_id: str | None, account: str, requests: Callable[[], int]) -> None:
        self._about = {"run_id": run_id, "account": account} if run_id else {"account": account}
        self._requests = requests

    def listed(self, jobs: int, total: int) -> None:
        self._listed, self._total = jobs, total
        LOG.debug("%d of %d jobs listed", jobs, total, extra=self._about)

    def begin(self, jobs: int, records: int) -> None:
        self._open, self._read, self._exported = (jobs, records), [0, 0], [0, 0]
        LOG.debug("%d jobs with %d records to export", jobs, records, extra=self._about)

    def read(self, jobs: int, records: int) -> None:
        self._read = [self._read[0] + jobs, self._read[1] + records]
        LOG.debug("%d more jobs with %d records read", jobs, records, extra=self._about)

    def exported(self, jobs: int, records: int) -> None:
        self._exported = [self._exported[0] + jobs, self._exported[1] + records]
        LOG.debug("%d more jobs with %d records exported", jobs, records, extra=self._about)

    def say(self) -> None:
        """How far it is, in one line."""
        requests, seconds = self._requests(), time.monotonic() - self._began
        (jobs, records), text = self._standing()
        figures = {"jobs": jobs, "records": records, "requests": requests, "seconds": round(seconds, 1)}
        asked = f"{requests:,} request{'' if requests == 1 else 's'}"
        LOG.info("%s; %s, %.0f s", text, asked, seconds, extra=self._about | figures)

    def _standing(self) -> tuple[list[int], str]:
        """Jobs and records that are done with, and what there is to say of them."""
        if self._open is None:
            listed = f"listing: {self._listed:,} of {self._total:,} jobs"
            return [0, 0], listed if self._listed else f"{self._doing}: no answer yet"
        jobs, records = self._open
        read = f"{self._read[0]:,} of {jobs:,} jobs and {self._read[1]:,} of {records:,} records read"
        if self._doing != "exporting":
            return self._read, f"{self._doing}: {read}"
        return self._exported, f"exporting: {read}, {self._exported[0]:,} jobs exported"


class _Drawn(Progress):
    """Jobs while they are listed, then records while they are read."""

    def __init__(self, bar: rich.progress.Progress, doing: str) -> None:
        self._bar, self._doing = bar, doing
        self._task = bar.add_task("listing", total=None, jobs="", rate="")
        self._jobs = self._jobs_read = self._records_read = self._jobs_exported = 0
        self._began = time.monotonic()

    def listed(self, jobs: int, total: int) -> None:
        self._bar.update(self._task, total=total, completed=jobs, jobs=f"{jobs:,} jobs")

    def begin(self, jobs: int, records: int) -> None:
        self._jobs, self._began = jobs, time.monotonic()
        self._jobs_read = self._records_read = self._jobs_exported = 0
        # reset() forgets the fields that it is not given.
        self._bar.reset(self._task, total=records, description=self._doing, jobs=f"0/{jobs:,} jobs", rate="")

    def read(self, jobs: int, records: int) -> None:
        self._jobs_read += jobs
        self._records_read += records
        self._draw()

    def exported(self, jobs: int, records: int) -> None:
        self._jobs_exported += jobs
        self._draw()

    def _draw(self) -> None:
        rate = self._records_read / max(time.monotonic() - self._began, 0.001)
        exported = f" read, {self._jobs_exported:,} exported" if self._jobs_exported else ""
        self._bar.update(
            self._task,
            completed=self._records_read,
            jobs=f"{self._jobs_read:,}/{self._jobs:,} jobs{exported}",
            rate=f"{self._records_read:,} records, {rate:,.0f}/s",
        )


def _bar() -> rich.progress.Progress:
    from rich import progress
    from rich.console import Console

    return progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.TextColumn("{task.fields[jobs]}"),
        progress.TextColumn("{task.fields[rate]}"),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
