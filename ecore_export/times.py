"""Points in time as people give them. In: text, dates, datetimes. Out: aware UTC datetimes."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from typing import Any

from .arguments import kind_of
from .errors import SettingsError

Moment = str | date | datetime

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
        raise SettingsError("nothing lies between since and until: the first has to be earlier")


def _of_text(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise SettingsError(f"{text!r} is not a date or time; {_EXAMPLES}") from error


def _of_library(value: Any) -> Any:
    """What pandas' Timestamp or NumPy's datetime64 is in Python, to the microsecond; others as they are."""
    if type(value).__name__ == "datetime64":
        return value.astype("datetime64[us]").item()
    if hasattr(value, "to_pydatetime") and value == value:
        return value.to_pydatetime(warn=False)
    return value
