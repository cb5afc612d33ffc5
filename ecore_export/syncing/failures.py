"""Jobs that the API fails to give: they do not keep the others, unless it is the API that fails.

In: errors and successes, as they come. Out: the error that ends the run, now or later.
"""

from __future__ import annotations

from ..api import Endpoints
from ..errors import EcoreError

FAILURES_IN_A_ROW = 3
"""After so many jobs in a row that cannot be had, the list is asked whether the API answers at all."""
FAILURES_A_RUN = 20
"""After so many jobs that cannot be had the run ends: each costs minutes of patience."""


class Failures:
    """What failed so far. ``last`` is the error that the run ends with, if it gets to its end."""

    def __init__(self, endpoints: Endpoints) -> None:
        self.last: EcoreError | None = None
        self._endpoints = endpoints
        self._in_a_row = self._in_all = 0

    def add(self, error: EcoreError) -> None:
        """One more job failed; raises the error that ends the run if it is not the job that is at fault."""
        self.last = error
        self._in_a_row += 1
        self._in_all += 1
        if self._in_all == FAILURES_A_RUN:
            raise error
        if self._in_a_row == FAILURES_IN_A_ROW:
            self._endpoints.jobs_page(1)
            self._in_a_row = 0

    def interrupt(self) -> None:
        """A job could be had."""
        self._in_a_row = 0
