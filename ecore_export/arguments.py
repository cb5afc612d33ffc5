"""Arguments as people pass them: checked and brought into one form, or refused by their kind, never guessed.

In: job ids, labels, filters and counts, as they come out of a notebook or a DataFrame. Out: plain values.
Everything refused is a `SettingsError` that names the kind of what was given and never the value, which may
be an address from the wrong column.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal, get_args

from .errors import SettingsError

MOST_JOB_ID = 2**63 - 1

JobStatus = Literal["Uploading", "Processing", "Processed", "Failed"]
"""What List jobs can be filtered by (API reference)."""

RecordStatus = Literal["Pending", "Valid", "Invalid", "Unknown", "Error"]
"""What Job records can be filtered by (API reference)."""

LONGEST_LABEL = 200


def job_id(value: object) -> int:
    """One job id: a whole number from 1 of any type, such as 42, 42.0, NumPy's, or the text "42"."""
    plain = _plain(value)
    if isinstance(plain, str):
        text = plain.strip()
        plain = int(text) if re.fullmatch(r"[0-9]{1,19}", text) else plain
    elif isinstance(plain, float | Decimal) and math.isfinite(plain) and plain == int(plain):
        plain = int(plain)
    if isinstance(plain, int) and not isinstance(plain, bool) and 1 <= plain <= MOST_JOB_ID:
        return plain
    raise SettingsError(f"a job id is a whole number such as 42, not {kind_of(value)}")


def job_ids(value: object) -> tuple[int, ...]:
    """Job ids, each once, in the order given: one id, or a list, column or other series of them.

    A lone text is one id. Raises `SettingsError` for anything else, a frame or a list of lists among it.
    """
    if hasattr(value, "columns") or isinstance(value, Mapping | bytes | bytearray | memoryview):
        raise SettingsError(f"job ids are a list or a column such as jobs['job_id'], not {kind_of(value)}")
    is_one = isinstance(value, str) or not isinstance(value, Iterable) or _is_scalar(value)
    given = [value] if is_one else list(value)  # type: ignore[call-overload]
    return tuple(dict.fromkeys(job_id(each) for each in given))


def job_ids_named(value: object) -> tuple[int, ...]:
    """Job ids as `job_ids` takes them, or those in the column ``job_id`` of a frame or an Arrow table."""
    columns = getattr(value, "column_names", getattr(value, "columns", None))
    if columns is None:
        return job_ids(value)
    if list(columns).count("job_id") != 1:
        raise SettingsError("jobs come in a frame with one column job_id, and this one has none or several")
    return job_ids(value["job_id"])  # type: ignore[index]


def account_label(value: object) -> str:
    """A label that can be told from every other one when read: text without blanks at its ends."""
    if not isinstance(value, str):
        raise SettingsError(f"the label of an account is text, not {kind_of(value)}")
    if not value:
        raise SettingsError("the label of the account is empty: leave it out, or give it a name")
    if value != value.strip() or not value.isprintable():
        raise SettingsError("the label of the account begins or ends with a blank, or holds a line break")
    if len(value) > LONGEST_LABEL:
        raise SettingsError(f"the label of the account is longer than {LONGEST_LABEL} characters")
    return value


def status_filter(value: object) -> str | None:
    """A job's status as the API spells it, however its letters are cased; None for all."""
    return _status("job", value, get_args(JobStatus))


def record_status_filter(value: object) -> str | None:
    """A record's status as the API spells it, however its letters are cased; None for all."""
    return _status("record", value, get_args(RecordStatus))


def name_filter(value: object) -> str | re.Pattern[str] | None:
    """What a list's name has to equal, or a pattern to be found in it; None for any name."""
    is_pattern = isinstance(value, re.Pattern) and isinstance(value.pattern, str)
    if value is None or isinstance(value, str) or is_pattern:
        return value  # type: ignore[return-value]
    raise SettingsError(
        f"list_name is a list's name, or a pattern such as re.compile('newsletter'), not {kind_of(value)}"
    )


def whole_number(name: str, value: object, *, least: int = 1) -> int:
    """A count of at least ``least``."""
    plain = _plain(value)
    if isinstance(plain, float) and math.isfinite(plain) and plain == int(plain):
        plain = int(plain)
    if isinstance(plain, int) and not isinstance(plain, bool) and plain >= least:
        return plain
    raise SettingsError(f"{name} is a whole number of at least {least}, not {kind_of(value)}")


def seconds(name: str, value: object) -> float:
    """A length of time in seconds: zero or more, and not without end."""
    plain = _plain(value)
    is_number = isinstance(plain, int | float) and not isinstance(plain, bool)
    if is_number and 0 <= plain < math.inf:
        return float(plain)
    raise SettingsError(f"{name} is a number of seconds, zero or more, not {kind_of(value)}")


def minutes(name: str, value: object) -> float:
    """A length of time in minutes: more than none, and not without end."""
    plain = _plain(value)
    if isinstance(plain, int | float) and not isinstance(plain, bool) and 0 < plain < math.inf:
        return float(plain)
    raise SettingsError(f"{name} is a number of minutes above zero, such as 30 or 0.5")


def one_of(name: str, value: object, choices: Collection[str]) -> None:
    """Refuse what is none of the choices."""
    if not (isinstance(value, str) and value in choices):
        shown = repr(value) if isinstance(value, str) else kind_of(value)
        raise SettingsError(f"{name} is one of {', '.join(choices)}, not {shown}")


def flag(name: str, value: object) -> None:
    """Refuse what is neither true nor false: the text "no" would be taken for yes."""
    if not isinstance(_plain(value), bool):
        raise SettingsError(f"{name} is True or False, not {kind_of(value)}")


def kind_of(value: object) -> str:
    """What sort of value that is, in words."""
    plain = _plain(value)
    if type(plain).__name__ in ("NAType", "NaTType") or (isinstance(plain, float) and math.isnan(plain)):
        return "a missing value"
    match plain:
        case None:
            return "None"
        case bool():
            return "True or False"
        case int():
            return "a number out of range"
        case float() | Decimal():
            return "a number with a fraction, or without end"
        case str():
            return "text that says something else" if plain.strip() else "empty text"
    return f"a {type(plain).__name__}"


def _status(of: str, value: object, choices: Sequence[str]) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        by_letters = {status.lower(): status for status in choices}
        given = value.strip().lower()
        if given in by_letters:
            return by_letters[given]
        if given == "all":  # the API's own word for no filter
            return None
        raise SettingsError(f"no {of} can have that status: it is one of {', '.join(choices)}")
    raise SettingsError(f"the status of a {of} is one of {', '.join(choices)}, not {kind_of(value)}")


def _is_scalar(value: object) -> bool:
    """Whether that is a number of NumPy, or an array that holds just one and has no length."""
    return getattr(value, "ndim", None) == 0


def _plain(value: object) -> Any:
    """A number of NumPy, or a scalar of Arrow, as Python's own."""
    if _is_scalar(value) and hasattr(value, "item"):
        return value.item()
    return value.as_py() if hasattr(value, "as_py") else value
