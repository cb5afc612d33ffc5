"""JSON bytes -> Arrow batches of the fixed schema, strictly; what does not fit is explained, never nulled.

In: bodies of List jobs, Job status, Job records and Download results. Out: job facts and record rows as
`pyarrow.RecordBatch`, with `Fault`s for items that cannot be accepted. Called by `client` and `sync`.

The quick way is typed structs, column lists and compiled casts. A body that does not fit takes the slow way
through `explain`, which finds the items at fault and keeps the others.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from . import explain, schema
from .errors import MalformedBodyError, PayloadError
from .explain import Fault
from .payloads import LENIENT_NULLS, JobPayload, RecordPayload, Shapes

JOB_FACTS_ARROW = pa.schema(
    [schema.JOBS.frame_arrow.field(n) for n in ("job_id", *(c.name for c in schema.JOB_FACTS))]
)
"""What a job's payload says, and what follows from it: job_id and the business columns."""

RECORD_ROWS_ARROW = pa.schema(
    [
        schema.RECORDS.frame_arrow.field(name)
        for name in (
            "record_id",
            "ec_id",
            "email",
            "email_hash",
            "email_domain",
            "status",
            "validator_used",
            "is_cached",
            "error_message",
            "processed_at",
        )
    ]
)
"""What a record's payload says, and what follows from it."""

_INSTANT = schema.Kind.INSTANT.arrow
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_QUICK_WAY_FAILED = (
    msgspec.MsgspecError,
    UnicodeDecodeError,
    pa.ArrowException,
    ArithmeticError,
    RecursionError,
)
_NOT_ENCODABLE = (msgspec.MsgspecError, TypeError, ValueError, ArithmeticError, RecursionError)
_EARLIEST, _LATEST = (
    (datetime.fromisoformat(f"{moment}+00:00") - datetime(1970, 1, 1, tzinfo=UTC))
    // timedelta(microseconds=1)
    for moment in ("0001-01-01T00:00:00", "9999-12-31T23:59:59.999999")
)
"""What `datetime` can hold, in microseconds since 1970; Arrow also reads the years 0 and 10000."""


@dataclass(frozen=True, slots=True)
class JobsPage:
    """A page of List jobs. ``count``: jobs in the whole list; ``jobs``: `JOB_FACTS_ARROW`."""

    count: int
    total_pages: int
    jobs: pa.RecordBatch
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class RecordsPage:
    """A page of Job records. ``count``: records of the whole job; ``rows``: `RECORD_ROWS_ARROW`."""

    count: int
    rows: pa.RecordBatch
    faults: tuple[Fault, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether it holds no record, readable or not."""
        return not self.rows.num_rows and not self.faults


@dataclass(frozen=True, slots=True)
class StatusBody:
    """The body of one Job status, known to be JSON. ``payload``: its struct, if it fits at once."""

    job_id: int
    body: bytes
    payload: Any


@dataclass(frozen=True, slots=True)
class Statuses:
    """Several Job status bodies. ``rows`` holds their inline records, ``lengths`` how many of each job.

    A job with a fault is in ``faults`` only, not in ``jobs``.
    """

    jobs: pa.RecordBatch
    rows: pa.RecordBatch
    lengths: tuple[int, ...]
    faults: tuple[Fault, ...] = ()


class Drift:
    """What the API sent that its reference does not know, and how often. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._notes: Counter[str] = Counter()

    def note(self, text: str) -> None:
        """Count one more of this kind."""
        with self._lock:
            self._notes[text] += 1

    def notes(self) -> dict[str, int]:
        """Every kind of drift with how often it was met."""
        with self._lock:
            return dict(self._notes)


class Decoder:
    """Reads bodies; remembers what drifted. Safe to use from several threads."""

    def __init__(self) -> None:
        self._shapes = Shapes()
        self.drift = Drift()

    def jobs_page(self, body: bytes) -> JobsPage:
        """A page of List jobs. Raises `MalformedBodyError`, or `PayloadError` if it is no page at all."""
        try:
            page = self._shapes.jobs_page.decode(body)
            return JobsPage(page.count, page.total_pages, self._job_facts(page.results))
        except _QUICK_WAY_FAILED:
            page = self._page(body)
        jobs, faults = self._good_jobs(page["results"])
        return JobsPage(page["count"], page["total_pages"], self._job_facts(jobs), tuple(faults))

    def records_page(self, job_id: int, body: bytes) -> RecordsPage:
        """A page of Job records of that job. Raises as `jobs_page`."""
        try:
            page = self._shapes.records_page.decode(body)
            return RecordsPage(page.count, self._record_rows(page.results))
        except _QUICK_WAY_FAILED:
            page = self._page(body)
        records, faults = self._good_records(job_id, page["results"])
        return RecordsPage(page["count"], self._record_rows(records), tuple(faults))

    def download(self, job_id: int, body: bytes) -> RecordsPage:
        """The JSON form of Download results: every record of that job in one array."""
        try:
            records = self._shapes.records_list.decode(body)
            return RecordsPage(len(records), self._record_rows(records))
        except _QUICK_WAY_FAILED:
            items = explain.parse_exact(body)
        if not isinstance(items, list):
            raise PayloadError(f"download: expected array, got {explain.kind_of(items)}", job_id=job_id)
        records, faults = self._good_records(job_id, items)
        return RecordsPage(len(items), self._record_rows(records), tuple(faults))

    def status_body(self, job_id: int, body: bytes) -> StatusBody:
        """One Job status, as far as it can be checked alone. Raises `MalformedBodyError`."""
        try:
            return StatusBody(job_id, body, self._shapes.job_status.decode(body))
        except _QUICK_WAY_FAILED:
            explain.parse_exact(body)
            return StatusBody(job_id, body, None)

    def statuses(self, bodies: Sequence[StatusBody]) -> Statuses:
        """Many Job status bodies at once: far cheaper than one by one."""
        payloads = [body.payload for body in bodies]
        if all(body.payload and body.payload.id == body.job_id for body in bodies):
            try:
                return self._statuses(payloads)
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
            body = payload if isinstance(payload, bytes) else _ENCODER.encode(payload)
            item = explain.parse_exact(body)
        except (MalformedBodyError, *_NOT_ENCODABLE) as error:
            raise PayloadError("payload: not JSON") from error
        own_id = item.get("id") if isinstance(item, dict) else None
        return self.statuses([self.status_body(own_id if isinstance(own_id, int) else 0, body)])

    def _statuses(self, payloads: Sequence[Any], faults: tuple[Fault, ...] = ()) -> Statuses:
        rows = self._record_rows(list(chain.from_iterable(job.records for job in payloads)))
        return Statuses(self._job_facts(payloads), rows, tuple(len(job.records) for job in payloads), faults)

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
            self.drift.note(f"{kind}.{_shown(name)}: unknown field")
        self._shapes.admit(kind, unknown)
        for name in explain.too_fine(item):
            self.drift.note(f"{kind}.{name}: finer than a microsecond, cut")

    def _job_facts(self, jobs: Sequence[Any]) -> pa.RecordBatch:
        """Job payloads as `JOB_FACTS_ARROW`."""
        instants = {
            name: _instants([getattr(job, name) for job in jobs])
            for name in ("credits_charged_at", "created_at", "started_at", "completed_at")
        }
        columns: dict[str, Any] = {
            "job_id": [job.id for job in jobs],
            "job_uuid": [job.uuid for job in jobs],
            "is_final": [job.status in schema.FINAL_STATUSES for job in jobs],
            "other_count": [
                job.total_records - job.valid_count - job.invalid_count - job.unknown_count for job in jobs
            ],
            "processed_count": [self._processed_count(job.results_summary) for job in jobs],
            "total_credits_charged": [self._credits(bytes(job.total_credits_charged)) for job in jobs],
            **instants,
            "queue_seconds": _seconds(instants["created_at"], instants["started_at"]),
            "processing_seconds": _seconds(instants["started_at"], instants["completed_at"]),
        }
        for name in _COPIED_JOB_FIELDS:
            columns[name] = [getattr(job, name) for job in jobs]
        self._note_job_drift(columns)
        return pa.record_batch(
            [
                columns[field.name]
                if isinstance(columns[field.name], pa.Array)
                else pa.array(columns[field.name], field.type)
                for field in JOB_FACTS_ARROW
            ],
            schema=JOB_FACTS_ARROW,
        )

    def _record_rows(self, records: Sequence[Any]) -> pa.RecordBatch:
        """Record payloads as `RECORD_ROWS_ARROW`."""
        emails = [record.email for record in records]
        statuses = pa.array([record.status for record in records], pa.string())
        self._note_statuses("record", statuses, schema.RECORD_STATUSES)
        return pa.record_batch(
            [
                pa.array([record.id for record in records], pa.int64()),
                pa.array([record.ec_id for record in records], pa.string()),
                pa.array(emails, pa.string()),
                pa.nulls(len(emails), pa.string()),
                pa.array([_domain(email) for email in emails], pa.string()),
                statuses,
                pa.array([record.validator_used for record in records], pa.string()),
                pa.array([record.is_cached for record in records], pa.bool_()),
                pa.array([record.error_message for record in records], pa.string()),
                _instants([record.processed_at for record in records]),
            ],
            schema=RECORD_ROWS_ARROW,
        )

    def _note_job_drift(self, columns: dict[str, Any]) -> None:
        self._note_statuses("job", pa.array(columns["status"], pa.string()), schema.JOB_STATUSES)
        for name in LENIENT_NULLS:
            values = columns[name]
            if values.null_count if isinstance(values, pa.Array) else None in values:
                self.drift.note(f"job.{name}: null, which the reference does not promise")

    def _note_statuses(self, kind: str, statuses: pa.Array[Any], known: tuple[str, ...]) -> None:
        for status in pc.unique(statuses).to_pylist():
            if status is not None and status not in known:
                self.drift.note(f"{kind}.status: unknown value {_shown(status)}")

    def _processed_count(self, summary: str | None) -> int | None:
        if summary is None:
            return None
        processed, slash, total = summary.partition("/")
        if slash and processed.isdecimal() and total.isdecimal() and len(processed) < 19:
            return int(processed)
        self.drift.note("job.results_summary: not of the form processed/total")
        return None

    def _credits(self, number: bytes) -> Decimal:
        if number[:1] not in b"-0123456789":
            raise msgspec.ValidationError("credits are not a number")
        exact = Decimal(number.decode("ascii"))
        rounded = explain.to_six_places(exact)
        if rounded != exact:
            self.drift.note("job.total_credits_charged: more than 6 decimals, rounded half-even")
        return rounded


@dataclass(frozen=True, slots=True)
class _Status:
    """A job that took the slow way, shaped like a Job status struct."""

    job: JobPayload
    records: list[RecordPayload]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.job, name)


_COPIED_JOB_FIELDS = (
    "list_name",
    "status",
    "total_records",
    "valid_count",
    "invalid_count",
    "unknown_count",
    "duration",
    "results_summary",
)


def _job_payload(item: dict[str, Any]) -> JobPayload:
    fields = explain.tidy(item, "job")
    fields.pop("records", None)
    fields["total_credits_charged"] = msgspec.Raw(str(fields["total_credits_charged"]).encode())
    return JobPayload(**fields)


def _domain(email: str) -> str | None:
    _, at, domain = email.rpartition("@")
    return domain.lower() if at and domain else None


def _instants(texts: list[str | None]) -> pa.Array[Any]:
    instants = pa.array(texts, pa.string()).cast(_INSTANT)
    earliest, latest = pc.min_max(instants.cast(pa.int64())).values()
    if earliest.is_valid and not _EARLIEST <= earliest.as_py() <= latest.as_py() <= _LATEST:
        raise pa.ArrowInvalid("an instant before the year 1 or after 9999")
    return instants


def _seconds(begin: pa.Array[Any], end: pa.Array[Any]) -> pa.Array[Any]:
    # Unsafe, as Arrow refuses microseconds beyond 2**53 (285 years), which lose nothing that shows.
    elapsed = pc.subtract(end, begin).cast(pa.int64()).cast(pa.float64(), safe=False)
    return pc.divide(elapsed, 1e6)


def _shown(text: str) -> str:
    """A name or value of the payload, fit for a report: short, ASCII and never an address."""
    return ascii(text[:40]) if "@" not in text else "'…@…'"
