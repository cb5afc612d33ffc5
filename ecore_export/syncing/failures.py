"""Jobs that the API fails to give: one does not keep the others, several in a row mean that the API fails.

In: errors and successes, as they come. Out: the error that ends the run, now or later. Called by `discover`
and `export`.
"""

from __future__ import annotations

from ..errors import EcoreError

FAILURES_IN_A_ROW = 3
"""After so many jobs in a row that the API fails to give, it is the API that fails."""


class Failures:
    """What failed so far. ``last`` is the error that the run ends with, if it gets to its end."""

    def __init__(self) -> None:
        self.last: EcoreError | None = None
        self._in_a_row = 0

    def add(self, error: EcoreError) -> None:
        """One more job failed; raises its error if it is not the job that is at fault."""
        self.last = error
        self._in_a_row += 1
        if self._in_a_row == FAILURES_IN_A_ROW:
            raise error

    def interrupt(self) -> None:
        """A job could be had."""
        self._in_a_row = 0
