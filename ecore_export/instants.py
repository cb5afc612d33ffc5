"""Points in time as people give them. In: text, dates, datetimes. Out: aware UTC datetimes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo

from .errors import SettingsError

Moment = str | date | datetime


def as_instant(value: Moment | None, zone: tzinfo = UTC) -> datetime | None:
    """An aware UTC datetime; a day means its midnight, and without an offset that of ``zone`` is meant.

    Raises `SettingsError` for text that is no ISO 8601 date or time.
    """
    if value is None:
        return None
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise SettingsError(
                f"{value!r} is not a date or time; write 2026-05-31 or 2026-05-31T12:00:00Z"
            ) from error
    if not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    return (value.replace(tzinfo=zone) if value.tzinfo is None else value).astimezone(UTC)
