"""Time zones as offsets from UTC over time, for databases that know none, and for all of them alike.

In: the name of a zone. Out: an `Offsets`.

SQLite has no time zones, MySQL none unless somebody loaded them, and those of other databases may be older or
newer than Python's. So the zone's changes are written into the view; the same figures come out everywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ..arguments import kind_of
from ..errors import SettingsError

BEGIN, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
"""Changes are known in between; before holds the first offset, and after the last one."""

_DAY_S = 86_400


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
    end = int(END.timestamp())
    now = int(BEGIN.timestamp())
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
            f"no time zone is called {tz!r}: name one such as UTC or Europe/Berlin; if there is none at all "
            "on this machine, pip install tzdata"
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
