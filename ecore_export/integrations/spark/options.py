"""What ``option(...)`` may say: checked once, by whoever calls ``load()``.

In: Spark's options, all of them text. Out: one frozen `Options`, or a `SettingsError` that says what to
write.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import get_args

from ... import schema
from ...arguments import account_label, job_ids, one_of, whole_number
from ...client import DEFAULT_ACCOUNT
from ...errors import SettingsError
from ...job_loader import ErrorMode, JobFilter
from ...privacy import MODES, PiiMode

TABLES = {table.name: table for table in (schema.JOBS, schema.RECORDS)}

_ANY_JOB = JobFilter(None, None, None, None)
_NOT_FOR_STREAMS = ("job_ids", "push_down")
_FOR_STREAMS = ("jobs_per_batch",)


@dataclass(frozen=True, slots=True)
class Options:
    """The options of one load. ``wanted``: ``since``, ``until`` and ``list_name`` together.

    ``requests_at_once``: over all executors; None: as many as a client's ``workers``. ``partitions``: so many
    at most; None: as many as requests at once. ``jobs_per_batch``: of a stream; None: all there are.
    """

    table: str
    wanted: JobFilter
    job_ids: tuple[int, ...] | None
    columns: tuple[str, ...]
    account: str
    pii: PiiMode
    errors: ErrorMode
    base_url: str | None
    requests_at_once: int | None
    partitions: int | None
    jobs_per_batch: int | None
    push_down: bool

    @property
    def declared(self) -> schema.Table:
        """The table's columns."""
        return TABLES[self.table]

    @property
    def has_filter(self) -> bool:
        """Whether the list decides which jobs are meant, and not their ids alone."""
        return self.wanted != _ANY_JOB

    def check_batch(self) -> None:
        """Refuse what only a stream has."""
        if self.jobs_per_batch is not None:
            raise SettingsError(f"{_FOR_STREAMS[0]} is for streams: leave it out, or use readStream")

    def check_stream(self) -> None:
        """Refuse what only a batch has."""
        for name in _NOT_FOR_STREAMS:
            if getattr(self, name):
                raise SettingsError(f"{name} is not for streams: leave it out, or use read")


NAMES = (
    "table",
    "since",
    "until",
    "list_name",
    *(field.name for field in fields(Options) if field.name not in ("table", "wanted")),
)


def read_options(given: Mapping[str, str]) -> Options:
    """The options as they are meant. Raises `SettingsError` for what is none, and for a token."""
    _check_names(given)
    table = given.get("table")
    one_of("the option table", table, TABLES)
    wanted = JobFilter.of(
        since=given.get("since"), until=given.get("until"), list_name=given.get("list_name")
    )
    named = given.get("job_ids")
    if named is not None and wanted != _ANY_JOB:
        raise SettingsError("jobs are named by job_ids, or by since, until and list_name, not by both")
    pii, errors = given.get("pii", "keep"), given.get("errors", "raise")
    one_of("the option pii", pii, MODES)
    one_of("the option errors", errors, get_args(ErrorMode))
    options = Options(
        table=str(table),
        wanted=wanted,
        job_ids=None if named is None else job_ids(named.split(",")),
        columns=_columns(TABLES[str(table)], given.get("columns")),
        account=account_label(given.get("account", DEFAULT_ACCOUNT)),
        pii=pii,  # type: ignore[arg-type]
        errors=errors,  # type: ignore[arg-type]
        base_url=given.get("base_url"),
        requests_at_once=_count("requests_at_once", given),
        partitions=_count("partitions", given),
        jobs_per_batch=_count("jobs_per_batch", given),
        push_down=_flag("push_down", given),
    )
    return options


def _check_names(given: Mapping[str, str]) -> None:
    for name in given:
        if re.search("token|secret|password|key", name, re.IGNORECASE):
            raise SettingsError(
                f"{name} is no option, as everybody who sees a plan or Spark's UI could read it: set "
                "ECORE_API_TOKEN or ECORE_API_TOKEN_FILE in the environment that the driver starts in"
            )
        if name.lower() not in NAMES:
            raise SettingsError(f"there is no option {name!r}; the options are {', '.join(NAMES)}")


def _columns(table: schema.Table, text: str | None) -> tuple[str, ...]:
    if text is None:
        return table.names
    chosen = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    return check_columns(table, chosen)


def check_columns(table: schema.Table, chosen: tuple[str, ...]) -> tuple[str, ...]:
    """These columns, if the table has them all."""
    if unknown := [name for name in chosen if name not in table.names]:
        raise SettingsError(
            f"{table.name} has no column {unknown[0]!r}; its columns are {', '.join(table.names)}"
        )
    return chosen


def _count(name: str, given: Mapping[str, str]) -> int | None:
    text = given.get(name)
    if text is None:
        return None
    is_number = re.fullmatch(r"\s*[0-9]{1,9}\s*", text)
    return whole_number(f"the option {name}", int(text) if is_number else text)


def _flag(name: str, given: Mapping[str, str]) -> bool:
    text = given.get(name, "false").strip().lower()
    one_of(f"the option {name}", text, ("true", "false"))
    return text == "true"
