"""The period that a view is read for.

In: two instants, either of which may be missing. Out: a `Period`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..errors import SettingsError
from ..times import Moment, as_instant
from .columns import View
from .zones import zone_of


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` (inclusive) to ``until`` (exclusive); None: without end on that side."""

    since: datetime | None = None
    until: datetime | None = None


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
