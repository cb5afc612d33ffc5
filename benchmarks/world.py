"""What the benchmark's account holds: any number of alike jobs, whose bodies are put together from templates.

In: how many jobs, how many records each. Out: JSON bodies, and the figures they must add up to.

A record takes about 230 bytes, and looks like people's: some addresses, identifiers and list names are not
ASCII, some error messages hold quotation marks, backslashes and line breaks, and every record has a field
that the API reference does not know. Records come in blocks of 1000, each made from one of 64 templates and a
number of six digits of its own: a page is the pieces of a template joined by that number, which costs a small
part of what a client spends on it.
"""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache

BLOCK = 1000
"""Records that share a template; also the largest page of Job records (API reference)."""
INLINE = 100
"""Records that Job status holds inline (API reference)."""
LARGEST_KEY = 999_999
VARIANTS = 64
"""Blocks in a row that differ in more than their number, so that what is stored compresses no better than
real records do: 64,000 rows are more than a Parquet page holds."""

_HOLE = b"\xff"
"""Stands for a block's number in a template: never part of UTF-8."""
_STATUSES = ("Valid", "Invalid", "Unknown", "Error")
_SHARES = (68, 19, 9, 4)
_SYLLABLES = [*(consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"), "né", "lü", "sø"]
_VALIDATORS = (b"ZeroBounce", b"NeverBounce", b"Syntax", b"MxLookup")
_DOMAINS = tuple(
    domain.encode()
    for domain in ("example.com", "example.org", "example.net", "shop.test", "corp.example", "bücher.example")
)
_ID_WORDS = tuple(word.encode() for word in ("c", "crm", "lead", "Kraków", "東京"))
_LIST_NAMES = tuple(
    json.dumps(name, ensure_ascii=False)[1:-1].encode()
    for name in ("Q1 leads", "Käufer (Frühjahr)", 'Łódź "expo"', "顧客リスト", "Trial users")
)
_ERRORS = tuple(
    json.dumps(text, ensure_ascii=ascii_only).encode()
    for text, ascii_only in (
        ('upstream said "mailbox busy"', False),
        ("timed out after 30 s\nbatch will not be retried", False),
        ("cannot open C:\\mx\\queue", False),
        ("Zeitüberschreitung, später erneut", False),
        ("réponse inattendue…", True),
        ("connection reset", False),
    )
)
_BEGIN_S, _PERIOD_S = int(datetime(2025, 7, 1, tzinfo=UTC).timestamp()), 364 * 86_400


@dataclass(frozen=True)
class World:
    """An account of ``jobs`` jobs, ids from 1, with ``records`` records each, all Processed."""

    jobs: int
    records: int

    def __post_init__(self) -> None:
        if self.jobs * self._blocks > LARGEST_KEY + 1:
            raise ValueError("too many: at most 1,000,000 blocks of 1000 records")

    def prepare(self) -> None:
        """Make every template now, so that nobody waits for one who happens to come first."""
        for key in range(min(VARIANTS, self.jobs * self._blocks)):
            job_id, page = key // self._blocks + 1, key % self._blocks + 1
            self.records_page(job_id, page, BLOCK)
            self.job_status(job_id)

    @cached_property
    def tallies(self) -> tuple[int, int, int]:
        """Valid, Invalid and Unknown records of every job."""
        whole, rest = divmod(self.records, BLOCK)
        valid, invalid, unknown = (
            whole * _layout().count(name) + _layout()[:rest].count(name) for name in _STATUSES[:3]
        )
        return valid, invalid, unknown

    def jobs_page(self, page: int, size: int) -> bytes | None:
        """A page of List jobs, newest first; None past the end."""
        newest = self.jobs - (page - 1) * size
        if newest < 1 and page > 1:
            return None
        ids = range(newest, max(newest - size, 0), -1)
        return _envelope(self.jobs, page, size, b",".join(self._job(job_id) + b"}" for job_id in ids))

    def no_jobs(self, page: int, size: int) -> bytes | None:
        """A page of an empty list: no job is uploading, processing or failed."""
        return _envelope(0, 1, size, b"") if page == 1 else None

    def job_status(self, job_id: int) -> bytes | None:
        """Job status with its first records inline; None for a job that does not exist."""
        if not 1 <= job_id <= self.jobs:
            return None
        records = self._records(job_id, 0, min(INLINE, self.records))
        return self._job(job_id) + b',"records":[' + records + b"]}"

    def records_page(self, job_id: int, page: int, size: int) -> bytes | None:
        """A page of Job records; None past the end and for a job that does not exist."""
        start = (page - 1) * size
        if not 1 <= job_id <= self.jobs or (start >= self.records and page > 1):
            return None
        stop = min(start + size, self.records)
        return _envelope(self.records, page, size, self._records(job_id, start, stop))

    @property
    def _blocks(self) -> int:
        return max(1, -(-self.records // BLOCK))

    def _job(self, job_id: int) -> bytes:
        """A job without its closing brace."""
        created_s = _BEGIN_S + _PERIOD_S * job_id // (self.jobs + 1)
        created, completed = _instant(created_s, job_id), _instant(created_s + 76, job_id)
        valid, invalid, unknown = self.tallies
        return _JOB % (
            *(
                job_id,
                job_id,
                _LIST_NAMES[job_id % len(_LIST_NAMES)],
                job_id % 97,
                self.records,
                valid,
                invalid,
                unknown,
                valid,
            ),
            *(created, created, created, completed),
            *(self.records, self.records),
        )

    def _records(self, job_id: int, start: int, stop: int) -> bytes:
        """The records from ``start`` to ``stop``, with commas between them."""
        parts = []
        for block in range(start // BLOCK, max(stop - 1, start) // BLOCK + 1):
            key, begin = (job_id - 1) * self._blocks + block, block * BLOCK
            pieces = _pieces(key % VARIANTS, max(start - begin, 0), min(stop - begin, BLOCK))
            parts.append((b"%06d" % key).join(pieces))
        return b",".join(parts)


_JOB = (
    b'{"id":%d,"uuid":"f8a1c3e5-9b2d-4e6f-a8c1-%012d","list_name":"%b %d","status":"Processed",'
    b'"total_records":%d,"valid_count":%d,"invalid_count":%d,"unknown_count":%d,'
    b'"total_credits_charged":%d.0,"credits_charged_at":"%b","created_at":"%b",'
    b'"started_at":"%b","completed_at":"%b","duration":"1m 16s","results_summary":"%d/%d"'
)
_RECORD = (
    b'{"id":1%b%03d,"ec_id":%b,"email":"%b%03d%b@%b","status":"%b","validator_used":"%b",'
    b'"is_cached":%b,"error_message":%b,"processed_at":"2026-05-06T11:%02d:%02d.%bZ","risk_score":0.%02d}'
)


def _instant(seconds: int, job_id: int) -> bytes:
    at = time.gmtime(seconds)
    return b"%d-%02d-%02dT%02d:%02d:%02d.%06dZ" % (*at[:6], job_id % 1_000_000)


def _envelope(count: int, page: int, size: int, results: bytes) -> bytes:
    pages = max(1, -(-count // size))
    head = b'{"count":%d,"total_pages":%d,"current_page":%d,"next":null,"previous":null,"results":['
    return b"".join((head % (count, pages, page), results, b"]}"))


@lru_cache(maxsize=1)
def _layout() -> tuple[str, ...]:
    """The status of each record of a block: the same in every block, without a pattern."""
    return tuple(random.Random(7).choices(_STATUSES, _SHARES, k=BLOCK))  # noqa: S311 - data, not a secret


@lru_cache(maxsize=VARIANTS)
def _templates(variant: int) -> tuple[bytes, ...]:
    """The records of a block, with holes for its number."""
    draw = random.Random(variant)  # noqa: S311 - data, not a secret
    return tuple(_template(draw, index, status) for index, status in enumerate(_layout()))


def _template(draw: random.Random, index: int, status: str) -> bytes:
    ec_id = b'"%b-%b%03d"' % (draw.choice(_ID_WORDS), _HOLE, index) if draw.random() < 0.7 else b"null"
    return _RECORD % (
        *(_HOLE, index, ec_id),
        *("".join(draw.choices(_SYLLABLES, k=3)).encode(), index, _HOLE, draw.choice(_DOMAINS)),
        *(status.encode(), draw.choice(_VALIDATORS), draw.choice((b"true", b"false"))),
        draw.choice(_ERRORS) if status == "Error" else b"null",
        *(draw.randrange(60), draw.randrange(60), _HOLE, draw.randrange(100)),
    )


@lru_cache(maxsize=4 * VARIANTS)
def _pieces(variant: int, start: int, stop: int) -> tuple[bytes, ...]:
    """What stands between the block's number in its records from ``start`` to ``stop``."""
    return tuple(b",".join(_templates(variant)[start:stop]).split(_HOLE))
