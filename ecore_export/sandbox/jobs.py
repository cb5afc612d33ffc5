"""Made-up jobs: what a test or the demo asks for, and the fields the API would show of it.

In: a `JobSpec`, the seed, the stage a job has reached. Out: the fields of List jobs and Job status, without
records. Nothing here changes: a `Job` at a stage always looks the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from ..errors import SettingsError
from .people import ERROR, INVALID, UNKNOWN, VALID, Crowd, Part, banded
from .seeded import mix, pick

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


@dataclass(frozen=True, slots=True)
class JobSpec:
    """What is asked of one job; what is None follows from the seed.

    ``status``: where it starts. Uploading and Processing move on to ``outcome`` (Processed or Failed); any
    other value stays as it is, also one the reference does not know. ``counts``: (valid, invalid, unknown)
    once Processed, the rest ends in Error. ``rate``: credits per address. ``parts``: who is in it, with the
    answers on them; left out, or where ``counts`` are given, they are people drawn for this job.
    """

    total_records: int
    status: str = "Processed"
    outcome: str = "Processed"
    counts: tuple[int, int, int] | None = None
    rate: Decimal = Decimal(1)
    list_name: str | None = None
    created_at: datetime | None = None
    parts: tuple[Part, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what could not add up, with `SettingsError`."""
        if self.total_records < 0 or (self.counts and sum(self.counts) > self.total_records):
            raise SettingsError(
                "counts of a job must not exceed its total_records, which must not be negative"
            )


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

    def parts(self) -> tuple[Part, ...]:
        """Who is in the job, and the answers that are, or would be in the end."""
        total = self.spec.total_records
        if not total:
            return ()
        if self.spec.parts and self.spec.counts is None:
            return self.spec.parts
        valid, invalid, unknown = self.spec.counts or self._drawn_counts()
        good, bad = unknown + valid, unknown + valid + invalid
        crowd = Crowd(self.people, total, unknown, good, has_ids=self.key % 3 == 0)
        # Of each answer the first fifth comes from the cache.
        fifths = ((unknown // 5, UNKNOWN), (unknown + valid // 5, VALID), (good + invalid // 5, INVALID))
        ends = ((unknown, UNKNOWN), (good, VALID), (bad, INVALID))
        pairs = (((*fifth, True), end) for fifth, end in zip(fifths, ends, strict=True))
        return (Part(crowd, banded(*(band for pair in pairs for band in pair), (total, ERROR))),)

    def _drawn_counts(self) -> tuple[int, int, int]:
        """Valid, Invalid and Unknown records; the rest is Error, in one job of four."""
        total = self.spec.total_records
        error = total * (mix(self.key, 1) % 20) // 1000 if mix(self.key, 2) % 4 == 0 else 0
        unknown = (total - error) * (30 + mix(self.key, 3) % 90) // 1000
        valid = (total - error - unknown) * (600 + mix(self.key, 4) % 350) // 1000
        return valid, total - error - unknown - valid, unknown

    def share(self, stage: int) -> tuple[int, int]:
        """The share of the records that have their answer at ``stage``, as a fraction."""
        return (mix(self.key, 5) % 10, 10) if self.status(stage) == "Failed" else (stage, FINAL)

    def counts(self, stage: int) -> list[int]:
        """How many records are Valid, Invalid, Unknown and Error at ``stage``."""
        counts, share = [0, 0, 0, 0], self.share(stage)
        for part in self.parts():
            for band, done in zip(part.bands, part.done(share), strict=True):
                counts[band.result] += done
        return counts

    def started_us(self) -> int:
        """When a worker picks the job up, in microseconds since 1970."""
        return self.created_us + 800_000 + mix(self.key, 6) % 30_000_000

    def processing_us(self) -> int:
        """How long the job is processed, in microseconds."""
        return 1_500_000 + self.spec.total_records * (50_000 + mix(self.key, 7) % 250_000)


def job_fields(job: Job, stage: int) -> dict[str, Any]:
    """One element of List jobs (API reference, List jobs): Job status without its records."""
    valid, invalid, unknown, error = job.counts(stage)
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
        "total_credits_charged": float(job.spec.rate * _charged_records(job, stage, valid)),
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


def moment(microseconds: int) -> datetime:
    """The instant, aware, of microseconds since 1970."""
    return _EPOCH.replace(tzinfo=UTC) + timedelta(microseconds=microseconds)


def duration_text(elapsed_us: int) -> str:
    """What the API calls duration: cut to seconds, such as ``1m 16s`` for 76.66 s."""
    minutes, seconds = divmod(elapsed_us // 1_000_000, 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours}h {minutes}m {seconds}s" if hours else f"{minutes}m {seconds}s" if minutes else f"{seconds}s"
    )


def _charged_records(job: Job, stage: int, valid: int) -> int:
    """Records paid for: all while the job runs, none if it crashed, in the end the Valid ones."""
    if stage < FINAL:
        return job.spec.total_records
    return 0 if job.status(stage) == "Failed" else valid


def _drawn_name(job: Job) -> str:
    return f"{pick(_NAMES, job.key, 11)} {job.id}"
