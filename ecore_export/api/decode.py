"""JSON bytes -> Arrow batches of the fixed schema, strictly; what does not fit is explained, never nulled.

In: bodies of List jobs, Job status, Job records and Download results. Out: job facts and record rows as
`pyarrow.RecordBatch`, with `PayloadFault`s for items that cannot be accepted.

The quick way is typed structs, column lists and compiled casts. A body that does not fit is parsed exactly;
`faults` finds the items that are wrong, and the others are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from types import SimpleNamespace
from typing import Any

import msgspec
import pyarrow as pa

from ..errors import MalformedBodyError, PayloadError
from . import faults
from .columns import RECORD_ROWS_ARROW, job_facts, record_rows
from .exact import parse_exact
from .faults import Drift, PayloadFault, shown
from .fields import Shapes, UnusualError

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_QUICK_WAY_FAILED = (
    UnusualError,
    msgspec.MsgspecError,
    UnicodeDecodeError,
    pa.ArrowException,
    ArithmeticError,
    RecursionError,
)
_NOT_ENCODABLE = (msgspec.MsgspecError, TypeError, ValueError, ArithmeticError, RecursionError)


@dataclass(frozen=True, slots=True)
class JobsPage:
    """A page of List jobs. ``count``: jobs in the whole list; ``jobs``: `JOB_FACTS_ARROW`."""

    count: int
    total_pages: int
    number: int
    jobs: pa.RecordBatch
    faults: tuple[PayloadFault, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it holds no job, readable or not."""
        return not self.jobs.num_rows and not self.faults


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """A page of Job records. ``count``: records of the whole job; ``rows``: `RECORD_ROWS_ARROW`."""

    count: int
    rows: pa.RecordBatch
    faults: tuple[PayloadFault, ...] = ()
    total_pages: int = 1
    number: int = 1

    @property
    def is_empty(self) -> bool:
        """Whether it holds no record, readable or not."""
        return not self.rows.num_rows and not self.faults


@dataclass(frozen=True, slots=True)
class StatusBody:
    """The body of one Job status, known to be JSON. ``payload``: its struct; None if it has ``faults``."""

    job_id: int
    body: bytes
    payload: Any
    faults: tuple[PayloadFault, ...] = ()


@dataclass(frozen=True, slots=True)
class Statuses:
    """Several Job status bodies. ``rows`` holds their inline records, ``lengths`` how many of each job.

    A job with a fault is in ``faults`` only, not in ``jobs``.
    """

    jobs: pa.RecordBatch
    rows: pa.RecordBatch
    lengths: tuple[int, ...]
    faults: tuple[PayloadFault, ...] = ()

    def of_job(self, job_id: int) -> Statuses:
        """What one of the jobs without a fault says."""
        place = self.jobs.column("job_id").to_pylist().index(job_id)
        rows = self.rows.slice(sum(self.lengths[:place]), self.lengths[place])
        return Statuses(self.jobs.slice(place, 1), rows, self.lengths[place : place + 1])


class AnotherJobError(MalformedBodyError):
    """A Job status that is another job's. ``answer``: it as it came. Never leaves this package."""

    def __init__(self, answer: StatusBody) -> None:
        super().__init__(f"the API answered for another job than job {answer.job_id}; run again later")
        self.answer = answer


def rows_of(pages: Sequence[RecordsPage]) -> pa.RecordBatch:
    """The records of pages, one page after the other, as one batch of `RECORD_ROWS_ARROW`."""
    if len(pages) == 1:
        return pages[0].rows
    table = pa.Table.from_batches([page.rows for page in pages], RECORD_ROWS_ARROW).combine_chunks()
    return table.to_batches()[0] if table.num_rows else _NO_ROWS


# Not from lists: Arrow imports pandas to look at its first one.
_NO_ROWS = pa.record_batch([pa.nulls(0, field.type) for field in RECORD_ROWS_ARROW], schema=RECORD_ROWS_ARROW)


class Decoder:
    """Reads bodies; remembers what drifted. Safe to use from several threads."""

    def __init__(self) -> None:
        self._shapes = Shapes()
        self.drift = Drift()

    def jobs_page(self, body: bytes) -> JobsPage:
        """A page of List jobs. Raises `MalformedBodyError`, or `PayloadError` if it is no page at all."""
        try:
            page = self._shapes.jobs_page.decode(body)
            facts = job_facts(page.results, self.drift)
            return JobsPage(page.count, page.total_pages, page.current_page, facts)
        except _QUICK_WAY_FAILED:
            exact = self._page(body)
        jobs, found = self._good_jobs(exact["results"])
        facts = job_facts(jobs, self.drift)
        return JobsPage(exact["count"], exact["total_pages"], exact["current_page"], facts, tuple(found))

    def records_page(self, job_id: int, body: bytes) -> RecordsPage:
        """A page of Job records of that job. Raises as `jobs_page`."""
        try:
            page = self._shapes.records_page.decode(body)
            rows = record_rows(page.results, self.drift)
            return RecordsPage(page.count, rows, (), page.total_pages, page.current_page)
        except _QUICK_WAY_FAILED:
            exact = self._page(body)
        records, found = self._good_records(job_id, exact["results"])
        rows = record_rows(records, self.drift)
        return RecordsPage(exact["count"], rows, tuple(found), exact["total_pages"], exact["current_page"])

    def download(self, job_id: int, body: bytes) -> RecordsPage:
        """The JSON form of Download results: every record of that job in one array."""
        try:
            records = self._shapes.records_list.decode(body)
            return RecordsPage(len(records), record_rows(records, self.drift))
        except _QUICK_WAY_FAILED:
            items = parse_exact(body)
        if not isinstance(items, list):
            raise PayloadError(f"download: expected array, got {faults.kind_of(items)}", job_id=job_id)
        records, found = self._good_records(job_id, items)
        return RecordsPage(len(items), record_rows(records, self.drift), tuple(found))

    def status_body(self, job_id: int, body: bytes) -> StatusBody:
        """One Job status, as far as it can be checked alone.

        Raises `MalformedBodyError`; `AnotherJobError` if it is not that job's.
        """
        try:
            payload = self._shapes.job_status.decode(body)
            if payload.id == job_id:
                return StatusBody(job_id, body, payload)
        except _QUICK_WAY_FAILED:
            pass
        item = parse_exact(body)
        # At once, so that the answers that are on their way with the same new field are read quickly.
        payload, found = self._explained_status(job_id, item)
        own_id = item.get("id") if isinstance(item, dict) else None
        if isinstance(own_id, int) and own_id != job_id:
            raise AnotherJobError(StatusBody(job_id, body, None, found))
        return StatusBody(job_id, body, payload, found)

    def statuses(self, bodies: Sequence[StatusBody]) -> Statuses:
        """Many Job status bodies at once: far cheaper than one by one."""
        found = list(chain.from_iterable(body.faults for body in bodies))
        good = [body for body in bodies if body.payload is not None]
        try:
            return self._statuses([body.payload for body in good], found)
        except _QUICK_WAY_FAILED:
            pass
        payloads = []
        for body in good:
            payload, own_found = self._storable(body)
            found += own_found
            if payload is not None:
                payloads.append(payload)
        return self._statuses(payloads, found)

    def statuses_of(self, payload: Mapping[str, Any] | str | bytes) -> Statuses:
        """One Job status that somebody else fetched: its text, or what a JSON parser made of it."""
        if isinstance(payload, str):
            payload = payload.encode("utf-8", "surrogatepass")
        try:
            body = bytes(payload) if isinstance(payload, bytes) else _ENCODER.encode(payload)
            item = parse_exact(body)
        except (MalformedBodyError, *_NOT_ENCODABLE) as error:
            raise PayloadError("payload: not JSON") from error
        own_id = item.get("id") if isinstance(item, dict) else None
        return self.statuses([self.status_body(own_id if isinstance(own_id, int) else 0, body)])

    def _statuses(self, payloads: Sequence[Any], found: Sequence[PayloadFault]) -> Statuses:
        rows = record_rows(list(chain.from_iterable(job.records for job in payloads)), self.drift)
        lengths = tuple(len(job.records) for job in payloads)
        return Statuses(job_facts(payloads, self.drift), rows, lengths, tuple(found))

    def _storable(self, body: StatusBody) -> tuple[Any, Sequence[PayloadFault]]:
        """The payload of a job, if every column can hold what it says; else it as it is explained."""
        try:
            record_rows(body.payload.records, Drift())
            job_facts([body.payload], Drift())
            return body.payload, ()
        except _QUICK_WAY_FAILED:
            return self._explained_status(body.job_id, parse_exact(body.body))

    def _page(self, body: bytes) -> dict[str, Any]:
        page = parse_exact(body)
        if reasons := faults.envelope_reasons(page):
            raise PayloadError(reasons[0])
        self._admit("envelope", page)
        return dict(page)

    def _good_jobs(self, items: Sequence[Any]) -> tuple[list[Any], list[PayloadFault]]:
        good, found = [], []
        for item in items:
            if reasons := faults.job_reasons(item):
                found += [faults.fault(reason, item) for reason in reasons]
            else:
                self._admit("job", item)
                good.append(_job_payload(item))
        return good, found

    def _good_records(self, job_id: int, items: Sequence[Any]) -> tuple[list[Any], list[PayloadFault]]:
        good, found = [], []
        for item in items:
            if reasons := faults.record_reasons(item):
                found += [faults.fault(reason, item, job_id=job_id) for reason in reasons]
            else:
                self._admit("record", item)
                good.append(SimpleNamespace(**faults.tidy(item, "record")))
        return good, found

    def _explained_status(self, job_id: int, item: Any) -> tuple[Any, tuple[PayloadFault, ...]]:
        """A Job status that was parsed exactly: its payload, or why there is none."""
        reasons = faults.job_reasons(item)
        if not reasons and not isinstance(item.get("records"), list):
            reasons = ["job.records: missing" if "records" not in item else "job.records: expected array"]
        if not reasons and item["id"] != job_id:
            reasons = ["job.id: another job's id"]
        if reasons:
            raw = faults.to_raw(item)
            return None, tuple(PayloadFault(job_id, 0, reason, raw) for reason in reasons)
        self._admit("job", item)
        records, found = self._good_records(job_id, item["records"])
        job = _job_payload(item)
        job.records = records
        return (None, tuple(found)) if found else (job, ())

    def _admit(self, kind: str, item: dict[str, Any]) -> None:
        unknown = faults.unknown_fields(kind, item)
        for name in unknown:
            self.drift.note(f"{kind}.{shown(name)}: unknown field")
        self._shapes.admit(kind, unknown)
        for name in faults.too_fine(item):
            self.drift.note(f"{kind}.{name}: finer than a microsecond, cut")


def _job_payload(item: dict[str, Any]) -> SimpleNamespace:
    """A job that took the slow way, with the attributes of its struct."""
    fields = faults.tidy(item, "job")
    fields["total_credits_charged"] = msgspec.Raw(str(fields["total_credits_charged"]).encode())
    return SimpleNamespace(**fields)
