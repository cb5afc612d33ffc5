"""Made-up jobs: what a test or the demo asks for, and the fields the API would show of it.

In: a `JobSpec`, the seed, the stage a job has reached. Out: the fields of List jobs and Job status, without
records. Nothing here changes: a `Job` at a stage always looks the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from ..errors import SettingsError
from .seeded import Shuffle, mix, pick

STATUSES = ("Uploading", "Processing", "Processed", "Failed")

UPLOADING, PROCESSING, FINAL = 0, 1, 4
"""Stages of a job: it is Uploading, then Processing for three stages (1, 2, 3), then in its outcome."""

_STAGE_OF = {"Uploading": UPLOADING, "Processing": PROCESSING}
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive on purpose: the text gets its Z below, and faster so

_NAMES = (
    "Q1 Leads",
    "Newsletter 📬",
    "Trade fair visitors",
    "Kund:innen Österreich",
    "Café ☕ sign-ups",
    "顧客リスト",
    "Webinar «Deliverability»",
    "Webshop, customers",
    "Рассылка",
    "CRM export 🧾 full",
    "Trial users",
    'Partners "gold"',
)


_EDGES = (0, 1, 99, 100, 101, 1000, 1001)
_TYPICAL = (30_000, *(5_000,) * 3, *(1_200,) * 10, *(300,) * 19, *(50,) * 60)
_RUNNING = ("Processing", "Processing", "Uploading", "Uploading")
"""Sizes and statuses of the demo's jobs: from an empty list to tens of thousands of addresses."""


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What is asked of one job; what is None follows from the seed.

    ``status``: where it starts. Uploading and Processing move on to ``outcome`` (Processed or Failed); any
    other value stays as it is, also one the reference does not know. ``counts``: (valid, invalid, unknown)
    once Processed, the rest ends in Error. ``rate``: credits per address.
    """

    total_records: int
    status: str = "Processed"
    outcome: str = "Processed"
    counts: tuple[int, int, int] | None = None
    rate: Decimal = Decimal(1)
    list_name: str | None = None
    created_at: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse what could not add up, with `SettingsError`."""
        if self.total_records < 0 or (self.counts and sum(self.counts) > self.total_records):
            raise SettingsError(
                "counts of a job must not exceed its total_records, which must not be negative"
            )


def demo_jobs(seed: int, count: int) -> Iterator[JobSpec]:
    """``count`` jobs, some 700 records each on average; of many, the last four are still running."""
    shuffle = Shuffle.drawn(len(_EDGES) + len(_TYPICAL), seed, 30)
    running = _RUNNING if count > 2 * len(_RUNNING) else ()
    for index in range(count - len(running)):
        status = "Failed" if mix(seed, 31, index) % 33 == 0 else "Processed"
        yield JobSpec(_size(seed, index, shuffle.rank(index % shuffle.size)), status=status, rate=Decimal(1))
    for index, status in enumerate(running):
        outcome = "Failed" if index == 1 else "Processed"
        yield JobSpec(120 + mix(seed, 32, index) % 400, status=status, outcome=outcome)


def _size(seed: int, index: int, rank: int) -> int:
    """Records of a job: one of the edges as it is, or something within a quarter of a typical size."""
    if rank < len(_EDGES):
        return _EDGES[rank]
    typical = _TYPICAL[rank - len(_EDGES)]
    return typical * 3 // 4 + mix(seed, 33, index) % (typical // 2)


@dataclass(frozen=True, slots=True)
class Job:
    """A job with its place in the world. ``key``: drawn from the seed and the id, all else follows."""

    id: int
    key: int
    people: int
    first_record_id: int
    created_us: int
    spec: JobSpec

    @property
    def first_stage(self) -> int:
        """The stage this job starts in."""
        return _STAGE_OF.get(self.spec.status, FINAL)

    def status(self, stage: int) -> str:
        """The job's status at ``stage``."""
        if stage < FINAL:
            return "Uploading" if stage == UPLOADING else "Processing"
        return self.spec.outcome if self.spec.status in _STAGE_OF else self.spec.status

    def planned(self) -> tuple[int, int, int, int]:
        """Records that are, or would be in the end, Valid, Invalid, Unknown and Error."""
        total = self.spec.total_records
        if self.spec.counts is not None:
            return (*self.spec.counts, total - sum(self.spec.counts))
        error = total * (mix(self.key, 1) % 20) // 1000 if mix(self.key, 2) % 4 == 0 else 0
        unknown = (total - error) * (30 + mix(self.key, 3) % 90) // 1000
        valid = (total - error - unknown) * (600 + mix(self.key, 4) % 350) // 1000
        return valid, total - error - unknown - valid, unknown, error

    def done(self, stage: int) -> tuple[int, int, int, int]:
        """Of `planned`, how many are so at ``stage``; the others are Pending."""
        status = self.status(stage)
        if status == "Failed":
            tenths = mix(self.key, 5) % 10
            valid, invalid, unknown, error = (count * tenths // 10 for count in self.planned())
        elif stage < FINAL:
            valid, invalid, unknown, error = (count * stage // FINAL for count in self.planned())
        else:
            return self.planned()
        return valid, invalid, unknown, error

    def started_us(self) -> int:
        """When a worker picks the job up, in microseconds since 1970."""
        return self.created_us + 800_000 + mix(self.key, 6) % 30_000_000

    def processing_us(self) -> int:
        """How long the job is processed, in microseconds."""
        return 1_500_000 + self.spec.total_records * (50_000 + mix(self.key, 7) % 250_000)


def job_fields(job: Job, stage: int) -> dict[str, Any]:
    """One element of List jobs (API reference, List jobs): Job status without its records."""
    valid, invalid, unknown, error = job.done(stage)
    started_us, elapsed_us = job.started_us(), job.processing_us() * stage // FINAL
    return {
        "id": job.id,
        "uuid": str(UUID(int=mix(job.key, 8) << 64 | mix(job.key, 9), version=4)),
        "list_name": job.spec.list_name or _drawn_name(job),
        "status": job.status(stage),
        "total_records": job.spec.total_records,
        "valid_count": valid,
        "invalid_count": invalid,
        "unknown_count": unknown,
        "total_credits_charged": float(job.spec.rate * _charged_records(job, stage)),
        # As in the reference's own example, the charge may come before or after the start.
        "credits_charged_at": instant(job.created_us + 20_000 + mix(job.key, 10) % 25_000_000, 6),
        "created_at": instant(job.created_us, 6),
        "started_at": instant(started_us) if stage > UPLOADING else None,
        "completed_at": instant(started_us + elapsed_us) if stage == FINAL else None,
        "duration": duration_text(elapsed_us),
        "results_summary": f"{valid + invalid + unknown + error}/{job.spec.total_records}",
    }


def instant(microseconds: int, digits: int = 3) -> str:
    """ISO text in UTC of a time since 1970; ``digits`` of the second, 3 or 6."""
    spec = "microseconds" if digits == 6 else "milliseconds"
    return (_EPOCH + timedelta(microseconds=microseconds)).isoformat(timespec=spec) + "Z"


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of an aware ``moment``."""
    return (moment - _EPOCH.replace(tzinfo=UTC)) // timedelta(microseconds=1)


def duration_text(elapsed_us: int) -> str:
    """What the API calls duration: cut to seconds, such as ``1m 16s`` for 76.66 s."""
    minutes, seconds = divmod(elapsed_us // 1_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours}h {minutes}m {seconds}s" if hours else f"{minutes}m {seconds}s" if minutes else f"{seconds}s"
    )


def _charged_records(job: Job, stage: int) -> int:
    """Records paid for: all while the job runs, none if it crashed, in the end the Valid ones."""
    if stage < FINAL:
        return job.spec.total_records
    return 0 if job.status(stage) == "Failed" else job.done(stage)[0]


def _drawn_name(job: Job) -> str:
    return f"{pick(_NAMES, job.key, 11)} {job.id}"
