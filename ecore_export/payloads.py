"""The API's payloads as typed structs: what a body must look like, and the quick way to read one.

In: body bytes. Out: `msgspec` structs, or a refusal that `explain` puts into words. Called by `decode`.

The structs are strict: a missing key, a wrong type and an unknown key are all refused. Unknown keys that have
been reported once are then let through (`Shapes.admit`), so that a field the API adds costs one slow page.
Where the API reference promises a value, null is a wrong type. Four job fields are read leniently, because
they may have nothing to say before a job has started; a null there is reported as drift.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

Int64 = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
LARGEST_COUNT = 2**60
"""Counts beyond this are no counts; below it their sums and differences fit 64 bits."""
Count = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_COUNT)]


class RecordPayload(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """One record, as in Job records (API reference)."""

    id: Int64
    ec_id: str | None
    email: str
    status: str
    validator_used: str | None
    is_cached: bool
    error_message: str | None
    processed_at: str | None


class JobPayload(msgspec.Struct, forbid_unknown_fields=True):
    """One job, as in List jobs (API reference); instants are text until Arrow casts them."""

    id: Int64
    uuid: str
    list_name: str | None
    status: str
    total_records: Count
    valid_count: Count
    invalid_count: Count
    unknown_count: Count
    total_credits_charged: msgspec.Raw
    credits_charged_at: str | None
    created_at: str
    started_at: str | None
    completed_at: str | None
    duration: str | None
    results_summary: str | None


TAKEN_OUT = -80_204_016_050_603
"""Stands for an array of records taken out of a body (`scanning`): a number that no API sends there."""

LENIENT_NULLS = ("list_name", "credits_charged_at", "duration", "results_summary")
"""Job fields that the reference gives a type without 'or null', where null is kept and reported."""


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """The envelope of List jobs and Job records, without its ``results``."""

    count: Count
    total_pages: Count
    current_page: Count
    next: str | None
    previous: str | None


class Shapes:
    """Decoders for every kind of body, and the unknown keys they let through by now."""

    def __init__(self) -> None:
        self._admitted: dict[str, frozenset[str]] = dict.fromkeys(("envelope", "job", "record"), frozenset())
        self._build()

    def admit(self, kind: str, names: frozenset[str]) -> None:
        """Let unknown keys of an ``envelope``, ``job`` or ``record`` through from now on.

        Not those that `msgspec` takes for no name: control characters, quotes, backslashes, lone surrogates.
        """
        names = frozenset(n for n in names if n.isprintable() and not {'"', "\\"} & set(n))
        if not names <= self._admitted[kind]:
            self._admitted[kind] |= names
            self._build()

    def _build(self) -> None:
        record: Any = _widened(RecordPayload, self._admitted["record"])
        job: Any = _widened(JobPayload, self._admitted["job"])
        status = _widened(JobPayload, self._admitted["job"], records=list[record])
        envelope = self._admitted["envelope"]
        self.jobs_page = _decoder(_widened(Envelope, envelope, results=list[job]))
        self.records_page = _decoder(_widened(Envelope, envelope, results=list[record]))
        self.records_list = _decoder(list[record])
        self.job_status = _decoder(status)
        self.page_around_records = _decoder(_widened(Envelope, envelope, results=Literal[TAKEN_OUT]))
        job_around_records = _widened(JobPayload, self._admitted["job"], records=Literal[TAKEN_OUT])
        self.job_around_records = _decoder(job_around_records)


def _decoder(shape: Any) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(shape)


def _widened(base: type, names: frozenset[str], **fields: Any) -> Any:
    """``base``, with further keys that may be there and are not looked at."""
    if not names and not fields:
        return base
    extra = {f"unknown_{i}": name for i, name in enumerate(sorted(names))}
    return msgspec.defstruct(
        f"Widened{base.__name__}",
        [
            *fields.items(),
            *((name, Any, msgspec.UNSET) for name in extra),
        ],
        bases=(base,),
        rename=extra,
        forbid_unknown_fields=True,
        kw_only=True,
    )
