"""Points in time and time zones as people give them.

In: text, dates, datetimes, names of zones. Out: aware UTC datetimes, `Offsets`.

SQLite has no time zones, MySQL none unless somebody loaded them, and those of other databases may be older or
newer than Python's. So a zone's changes are written into a view; the same figures come out everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from .arguments import kind_of
from .errors import SettingsError

Moment = str | date | datetime

_CHANGES_FROM, _CHANGES_UNTIL = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Changes are known in between; before holds the first offset, and after the last one."""

_DAY_S = 86_400

_EXAMPLES = "write 2026-05-31 or 2026-05-31T12:00:00Z"


def as_instant(value: Moment | None, zone: tzinfo = UTC) -> datetime | None:
    """An aware UTC datetime; a day means its midnight, and without an offset that of ``zone`` is meant.

    Takes what pandas and NumPy have for it, too. Raises `SettingsError` for text that is no ISO 8601 date or
    time, for a missing value (NaT), and for whatever is no point in time, such as a number or a Period.
    """
    if value is None:
        return None
    moment: Any = _of_text(value) if isinstance(value, str) else _of_library(value)
    if not isinstance(moment, date) or moment != moment:  # NaT is a datetime that equals nothing
        hint = "take its start_time" if type(value).__name__ == "Period" else _EXAMPLES
        given = "a number" if isinstance(moment, int | float) and moment == moment else kind_of(value)
        raise SettingsError(f"{given} is no date or time: {hint}")
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, time.min)
    local: datetime = moment
    try:
        return (local.replace(tzinfo=zone) if local.tzinfo is None else local).astimezone(UTC)
    except OverflowError as error:
        raise SettingsError(f"that date is out of range: {_EXAMPLES}") from error


def check_order(since: datetime | None, until: datetime | None) -> None:
    """Raise `SettingsError` where nothing can lie between the two."""
    if since is not None and until is not None and until <= since:
        raise SettingsError("since must be earlier than until")


def _of_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingsError(f"that is not a date or time; {_EXAMPLES}") from error


def _of_library(value: Any) -> Any:
    """What pandas' Timestamp or NumPy's datetime64 is in Python, to the microsecond; others as they are."""
    if type(value).__name__ == "datetime64":
        return value.astype("datetime64[us]").item()
    if hasattr(value, "to_pydatetime") and value == value:
        return value.to_pydatetime(warn=False)
    return value


@dataclass(frozen=True, slots=True)
class Offsets:
    """A zone's offsets. ``changes_s``: when they change, seconds since 1970, ascending.

    ``offsets_s``: one more than there are changes; local time less UTC in seconds, the first one before them.
    """

    changes_s: tuple[int, ...]
    offsets_s: tuple[int, ...]


UTC_OFFSETS = Offsets((), (0,))


@lru_cache(maxsize=16)
def offsets_of(tz: str) -> Offsets:
    """The offsets of an IANA zone such as ``Europe/Berlin``; raises `SettingsError` if there is none."""
    if tz == "UTC":
        return UTC_OFFSETS
    zone = zone_of(tz)
    changes: list[int] = []
    end = int(_CHANGES_UNTIL.timestamp())
    now = int(_CHANGES_FROM.timestamp())
    offsets = [_offset_s(zone, now)]
    while now < end:
        later = min(now + _DAY_S, end)
        if _offset_s(zone, later) != offsets[-1]:
            changes.append(_first_with_other(zone, now, later))
            offsets.append(_offset_s(zone, later))
        now = later
    return Offsets(tuple(changes), tuple(offsets))


def zone_of(tz: str) -> ZoneInfo:
    """The IANA zone of that name; raises `SettingsError` if there is none."""
    if not isinstance(tz, str):
        raise SettingsError(f"a time zone is named by text such as Europe/Berlin, not {kind_of(tz)}")
    try:
        return ZoneInfo(tz)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f"unknown time zone {tz!r}: use a name such as UTC or Europe/Berlin; if this machine knows "
            "none at all, pip install tzdata"
        ) from error


def _offset_s(zone: ZoneInfo, second: int) -> int:
    offset = datetime.fromtimestamp(second, zone).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


def _first_with_other(zone: ZoneInfo, before: int, after: int) -> int:
    """The first second in (before, after] with the offset that holds at ``after``."""
    while after - before > 1:
        middle = (before + after) // 2
        if _offset_s(zone, middle) == _offset_s(zone, after):
            after = middle
        else:
            before = middle
    return after
