"""JSON bytes -> Arrow batches of the fixed schema, strictly; what does not fit is explained, never nulled.

In: bodies of List jobs, Job status, Job records and Download results. Out: job facts and record rows as
`pyarrow.RecordBatch`, with `Fault`s for items that cannot be accepted. Called by `client` and `sync`.

The quickest way is compiled code of our own (`scanning`), the next one typed structs, column lists and
compiled casts. A body that does not fit takes the slow way through `explain`, which finds the items at fault
and keeps the others.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from . import explain
from .columns import RECORD_ROWS_ARROW, job_facts, note_record_statuses, record_rows
from .drift import Drift, shown
from .errors import MalformedBodyError, PayloadError
from .explain import Fault
from .payloads import JobPayload, RecordPayload, Shapes
from .scanning import bare_array, parted, scanned_rows

if TYPE_CHECKING:
    from .record_scanner import Scanned

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_QUICK_WAY_FAILED = (
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
    jobs: pa.RecordBatch
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """A page of Job records. ``count``: records of the whole job; ``records``: its own, as they were read."""

    count: int
    records: Scanned | pa.RecordBatch
    faults: tuple[Fault, ...] = ()

    @property
    def rows(self) -> pa.RecordBatch:
        """The records as `RECORD_ROWS_ARROW`; `rows_of` makes those of many pages for less."""
        return rows_of([self])

    @property
    def num_rows(self) -> int:
        """How many rows there are."""
        return self.records.num_rows if isinstance(self.records, pa.RecordBatch) else self.records.rows

    @property
    def size_bytes(self) -> int:
        """The memory that the records take."""
        if isinstance(self.records, pa.RecordBatch):
            return self.records.get_total_buffer_size()
        return self.records.size_bytes

    @property
    def is_empty(self) -> bool:
        """Whether it holds no record, readable or not."""
        return not self.num_rows and not self.faults


def rows_of(pages: Sequence[RecordsPage]) -> pa.RecordBatch:
    """The records of pages, one page after the other, as one batch of `RECORD_ROWS_ARROW`."""
    scanned = [page.records for page in pages if not isinstance(page.records, pa.RecordBatch)]
    if scanned and len(scanned) == len(pages):
        return scanned_rows(scanned)
    batches = [
        page.records if isinstance(page.records, pa.RecordBatch) else scanned_rows([page.records])
        for page in pages
    ]
    table = pa.Table.from_batches(batches, RECORD_ROWS_ARROW).combine_chunks()
    return table.to_batches()[0] if table.num_rows else pa.RecordBatch.from_pylist([], RECORD_ROWS_ARROW)


@dataclass(frozen=True, slots=True)
class StatusBody:
    """The body of one Job status, known to be JSON.

    ``payload``: its struct, if it fits at once; without its records where those are ``scanned``.
    """

    job_id: int
    body: bytes
    payload: Any
    scanned: Scanned | None = None

    @property
    def inline_records(self) -> int:
        """How many records it holds; only where there is a ``payload``."""
        return len(self.payload.records) if self.scanned is None else self.scanned.rows


@dataclass(frozen=True, slots=True)
class Statuses:
    """Several Job status bodies. ``rows`` holds their inline records, ``lengths`` how many of each job.

    A job with a fault is in ``faults`` only, not in ``jobs``.
    """

    jobs: pa.RecordBatch
    rows: pa.RecordBatch
    lengths: tuple[int, ...]
    faults: tuple[Fault, ...] = ()


class Decoder:
    """Reads bodies; remembers what drifted. Safe to use from several threads."""

    def __init__(self) -> None:
        self._shapes = Shapes()
        self.drift = Drift()

    def jobs_page(self, body: bytes) -> JobsPage:
        """A page of List jobs. Raises `MalformedBodyError`, or `PayloadError` if it is no page at all."""
        try:
            page = self._shapes.jobs_page.decode(body)
            return JobsPage(page.count, page.total_pages, job_facts(page.results, self.drift))
        except _QUICK_WAY_FAILED:
            page = self._page(body)
        jobs, faults = self._good_jobs(page["results"])
        return JobsPage(page["count"], page["total_pages"], job_facts(jobs, self.drift), tuple(faults))

    def records_page(self, job_id: int, body: bytes) -> RecordsPage:
        """A page of Job records of that job. Raises as `jobs_page`."""
        try:
            if (scanned := self._scanned_page(body)) is not None:
                return scanned
            page = self._shapes.records_page.decode(body)
            return RecordsPage(page.count, record_rows(page.results, self.drift))
        except _QUICK_WAY_FAILED:
            page = self._page(body)
        records, faults = self._good_records(job_id, page["results"])
        return RecordsPage(page["count"], record_rows(records, self.drift), tuple(faults))

    def download(self, job_id: int, body: bytes) -> RecordsPage:
        """The JSON form of Download results: every record of that job in one array."""
        try:
            if (array := bare_array(body)) is not None:
                note_record_statuses(array.statuses(), self.drift)
                return RecordsPage(array.rows, array)
            records = self._shapes.records_list.decode(body)
            return RecordsPage(len(records), record_rows(records, self.drift))
        except _QUICK_WAY_FAILED:
            items = explain.parse_exact(body)
        if not isinstance(items, list):
            raise PayloadError(f"download: expected array, got {explain.kind_of(items)}", job_id=job_id)
        records, faults = self._good_records(job_id, items)
        return RecordsPage(len(items), record_rows(records, self.drift), tuple(faults))

    def status_body(self, job_id: int, body: bytes) -> StatusBody:
        """One Job status, as far as it can be checked alone. Raises `MalformedBodyError`."""
        try:
            if (scanned := self._scanned_status(job_id, body)) is not None:
                return scanned
            return StatusBody(job_id, body, self._shapes.job_status.decode(body))
        except _QUICK_WAY_FAILED:
            explain.parse_exact(body)
            return StatusBody(job_id, body, None)

    def statuses(self, bodies: Sequence[StatusBody]) -> Statuses:
        """Many Job status bodies at once: far cheaper than one by one."""
        if all(body.payload and body.payload.id == body.job_id for body in bodies):
            try:
                return self._whole_statuses(bodies)
            except _QUICK_WAY_FAILED:
                pass
        good, faults = [], []
        for body in bodies:
            job, found = self._explained_status(body)
            faults += found
            if job is not None:
                good.append(job)
        return self._statuses(good, tuple(faults))

    def statuses_of(self, payload: Mapping[str, Any] | str | bytes) -> Statuses:
        """One Job status that somebody else fetched: its text, or what a JSON parser made of it."""
        if isinstance(payload, str):
            payload = payload.encode("utf-8", "surrogatepass")
        try:
            body = bytes(payload) if isinstance(payload, bytes) else _ENCODER.encode(payload)
            item = explain.parse_exact(body)
        except (MalformedBodyError, *_NOT_ENCODABLE) as error:
            raise PayloadError("payload: not JSON") from error
        own_id = item.get("id") if isinstance(item, dict) else None
        return self.statuses([self.status_body(own_id if isinstance(own_id, int) else 0, body)])

    def _scanned_page(self, body: bytes) -> RecordsPage | None:
        """A page of Job records whose array is scanned, and whose envelope is as it should be."""
        page = parted(body, b"results")
        if page is None:
            return None
        try:
            count = self._shapes.page_around_records.decode(page.rest).count
        except msgspec.MsgspecError:
            return None
        note_record_statuses(page.records.statuses(), self.drift)
        return RecordsPage(count, page.records)

    def _scanned_status(self, job_id: int, body: bytes) -> StatusBody | None:
        """A Job status whose inline records are scanned, and whose other fields are as they should be."""
        job = parted(body, b"records")
        if job is None:
            return None
        try:
            payload = self._shapes.job_around_records.decode(job.rest)
        except msgspec.MsgspecError:
            return None
        return StatusBody(job_id, body, payload, job.records)

    def _whole_statuses(self, bodies: Sequence[StatusBody]) -> Statuses:
        """Bodies that all fit at once."""
        arrays = [body.scanned for body in bodies if body.scanned is not None]
        if arrays and len(arrays) == len(bodies):
            note_record_statuses({status for array in arrays for status in array.statuses()}, self.drift)
            facts = job_facts([body.payload for body in bodies], self.drift)
            return Statuses(facts, scanned_rows(arrays), tuple(array.rows for array in arrays))
        decode = self._shapes.job_status.decode
        return self._statuses([decode(b.body) if b.scanned is not None else b.payload for b in bodies])

    def _statuses(self, payloads: Sequence[Any], faults: tuple[Fault, ...] = ()) -> Statuses:
        rows = record_rows(list(chain.from_iterable(job.records for job in payloads)), self.drift)
        return Statuses(
            job_facts(payloads, self.drift), rows, tuple(len(job.records) for job in payloads), faults
        )

    def _page(self, body: bytes) -> dict[str, Any]:
        page = explain.parse_exact(body)
        if reasons := explain.envelope_reasons(page):
            raise PayloadError(reasons[0])
        self._admit("envelope", page)
        return dict(page)

    def _good_jobs(self, items: Sequence[Any]) -> tuple[list[JobPayload], list[Fault]]:
        good, faults = [], []
        for item in items:
            if reasons := explain.job_reasons(item):
                faults += [explain.fault(reason, item) for reason in reasons]
            else:
                self._admit("job", item)
                good.append(_job_payload(item))
        return good, faults

    def _good_records(self, job_id: int, items: Sequence[Any]) -> tuple[list[RecordPayload], list[Fault]]:
        good, faults = [], []
        for item in items:
            if reasons := explain.record_reasons(item):
                faults += [explain.fault(reason, item, job_id=job_id) for reason in reasons]
            else:
                self._admit("record", item)
                good.append(RecordPayload(**explain.tidy(item, "record")))
        return good, faults

    def _explained_status(self, body: StatusBody) -> tuple[_Status | None, list[Fault]]:
        item = explain.parse_exact(body.body)
        reasons = explain.job_reasons(item)
        if not reasons and not isinstance(item.get("records"), list):
            reasons = ["job.records: missing" if "records" not in item else "job.records: expected array"]
        if not reasons and item["id"] != body.job_id:
            reasons = ["job.id: another job's id"]
        if reasons:
            return None, [Fault(body.job_id, 0, reason, explain.to_raw(item)) for reason in reasons]
        self._admit("job", item)
        records, faults = self._good_records(body.job_id, item["records"])
        return (None, faults) if faults else (_Status(_job_payload(item), records), [])

    def _admit(self, kind: str, item: dict[str, Any]) -> None:
        unknown = explain.unknown_fields(kind, item)
        for name in unknown:
            self.drift.note(f"{kind}.{shown(name)}: unknown field")
        self._shapes.admit(kind, unknown)
        for name in explain.too_fine(item):
            self.drift.note(f"{kind}.{name}: finer than a microsecond, cut")


@dataclass(frozen=True, slots=True)
class _Status:
    """A job that took the slow way, shaped like a Job status struct."""

    job: JobPayload
    records: list[RecordPayload]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.job, name)


def _job_payload(item: dict[str, Any]) -> JobPayload:
    fields = explain.tidy(item, "job")
    fields.pop("records", None)
    fields["total_credits_charged"] = msgspec.Raw(str(fields["total_credits_charged"]).encode())
    return JobPayload(**fields)
