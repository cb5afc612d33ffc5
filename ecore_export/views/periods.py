"""The lengths of time that figures can be added up over, by pandas' names for them.

In: ``freq`` as people pass it. Out: the first day of a day's period, in DuckDB's SQL.

pandas names a period by its end (``ME``, ``W-SUN``) or its start (``MS``); here both mean the period, which
is always named by its first day.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ..arguments import kind_of
from ..errors import SettingsError

Freq = Literal[
    "D",
    "W",
    "M",
    "Q",
    "Y",
    "W-MON",
    "W-TUE",
    "W-WED",
    "W-THU",
    "W-FRI",
    "W-SAT",
    "W-SUN",
    "MS",
    "ME",
    "QS",
    "QE",
    "YS",
    "YE",
]
"""The usual spellings, for editors and type checkers; ``QE-JAN``, ``YS-APR`` and their kin are taken, too."""

_UNITS = {"D": "day", "W": "week", "M": "month", "Q": "quarter", "Y": "year"}
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SPELLING = re.compile(r"(D|W|MS|ME|M|QS|QE|Q|YS|YE|Y)(?:-([A-Z]{3}))?")


@dataclass(frozen=True, slots=True)
class Length:
    """A unit of time that begins ``shift`` days (of a week) or months earlier than the calendar's."""

    unit: str
    shift: int = 0

    def first_day(self, day: str) -> str:
        """The first day of the period that a day lies in, in DuckDB's SQL."""
        step = f"INTERVAL {self.shift} {'DAY' if self.unit == 'week' else 'MONTH'}"
        if not self.shift:
            return f"CAST(date_trunc('{self.unit}', {day}) AS DATE)"
        return f"CAST(date_trunc('{self.unit}', {day} + {step}) - {step} AS DATE)"


def length_of(freq: object) -> Length:
    """The length of time; raises `SettingsError` for what is none."""
    given = getattr(freq, "freqstr", freq)  # an offset of pandas
    found = _SPELLING.fullmatch(given) if isinstance(given, str) else None
    if found is not None:
        name, anchor = found.groups()
        unit = _UNITS[name[0]]
        if anchor is None:
            return Length(unit)
        if unit == "week" and anchor in _WEEKDAYS:
            return Length(unit, 6 - _WEEKDAYS.index(anchor))
        if unit in ("quarter", "year") and anchor in _MONTHS:
            begins = _MONTHS.index(anchor) + (0 if name.endswith("S") else 1)
            return Length(unit, -begins % (3 if unit == "quarter" else 12))
    shown = repr(freq) if isinstance(freq, str) else kind_of(freq)
    raise SettingsError(
        "freq is one of D, W, M, Q, Y, or a name that pandas has for them such as ME, MS, QE, YE, W-SUN or "
        f"YE-JUN, not {shown}"
    )
