"""The period that a view is read for.

In: two instants, either of which may be missing. Out: a `Period`. Called by `destinations` and
`dialects`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from .. import schema
from ..errors import SettingsError
from ..instants import Moment, as_instant
from .declared import View
from .zones import zone_of


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` (inclusive) to ``until`` (exclusive); None: without end on that side."""

    since: datetime | None = None
    until: datetime | None = None

    def rows(self, rows: pa.Table, instant: str) -> pa.Table:
        """The rows whose ``instant`` lies in the period; a missing one lies in none but all time."""
        for bound, lies_in in ((self.since, pc.greater_equal), (self.until, pc.less)):
            if bound is not None:
                limit: Any = pa.scalar(bound, schema.Kind.INSTANT.arrow)
                rows = rows.filter(lies_in(rows[instant], limit))
        return rows


ALWAYS = Period()


def period_of(since: Moment | None, until: Moment | None, tz: str) -> Period:
    """The period between two days or times, by the clock of ``tz`` where they name no offset.

    Raises `SettingsError` for text that is no time, a zone nobody knows, and if nothing lies in between.
    """
    period = Period(as_instant(since, zone_of(tz)), as_instant(until, zone_of(tz)))
    if period.since is not None and period.until is not None and period.since >= period.until:
        raise SettingsError("nothing lies between --since and --until: the first has to be earlier")
    return period


def check_period(view: View, period: Period) -> None:
    """Raise `SettingsError` where a view that knows no period is asked for one."""
    if period != ALWAYS and view.instant is None:
        raise SettingsError(f"{view.name} tells how things are now: it takes no --since and no --until")
