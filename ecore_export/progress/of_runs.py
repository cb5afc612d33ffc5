"""How a sync or a verification comes along: a bar on a terminal, log lines (at debug) elsewhere.

In: what it tells. Out: stderr.
"""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import rich.progress

LOG = logging.getLogger("ecore_export")


class Progress:
    """Is told how a sync comes along; this one says nothing. Override what you want to hear."""

    def listed(self, jobs: int, total: int) -> None:
        """So many jobs of the list have been read; ``total``: as the API counts them."""

    def begin(self, jobs: int, records: int) -> None:
        """So many jobs with so many records are to be exported."""

    def exported(self, jobs: int, records: int) -> None:
        """So many more were read and handed on to the destination."""


@contextmanager
def shown_run(doing: str = "exporting") -> Iterator[Progress]:
    """A bar if stderr is a terminal, gone when the block ends; ``doing`` is what it says."""
    if not sys.stderr.isatty():
        yield _Logged()
        return
    with _bar() as bar:
        yield _Drawn(bar, doing)


class _Logged(Progress):
    """For whoever asks for it with ``--log-level debug``."""

    def listed(self, jobs: int, total: int) -> None:
        LOG.debug("%d of %d jobs listed", jobs, total)

    def begin(self, jobs: int, records: int) -> None:
        LOG.debug("%d jobs with %d records to export", jobs, records)

    def exported(self, jobs: int, records: int) -> None:
        LOG.debug("%d more jobs with %d records exported", jobs, records)


class _Drawn(Progress):
    """Jobs while they are listed, then records while they are exported."""

    def __init__(self, bar: rich.progress.Progress, doing: str) -> None:
        self._bar, self._doing = bar, doing
        self._task = bar.add_task("listing", total=None, jobs="", rate="")
        self._jobs = self._jobs_done = self._records_done = 0
        self._began = time.monotonic()

    def listed(self, jobs: int, total: int) -> None:
        self._bar.update(self._task, total=total, completed=jobs, jobs=f"{jobs:,} jobs")

    def begin(self, jobs: int, records: int) -> None:
        self._jobs, self._began = jobs, time.monotonic()
        self._jobs_done = self._records_done = 0
        # reset() forgets the fields that it is not given.
        self._bar.reset(self._task, total=records, description=self._doing, jobs=f"0/{jobs:,} jobs", rate="")

    def exported(self, jobs: int, records: int) -> None:
        self._jobs_done += jobs
        self._records_done += records
        rate = self._records_done / max(time.monotonic() - self._began, 0.001)
        self._bar.update(
            self._task,
            completed=self._records_done,
            jobs=f"{self._jobs_done:,}/{self._jobs:,} jobs",
            rate=f"{self._records_done:,} records, {rate:,.0f}/s",
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
