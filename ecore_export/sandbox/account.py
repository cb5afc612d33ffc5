"""The made-up account: clients' lists that come back every month, and what becomes of the people on them.

In: a seed, how many jobs, the time it is. Out: a `JobSpec` for each job, oldest first. Sends are planned
first, list by list, and then taken in the order of time: who joined, who was taken off, and whose verdict the
validator still has in its cache follows from what was sent before. The story is told by `_PLANS`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count, islice
from typing import NamedTuple

from .jobs import JobSpec, microseconds, moment
from .people import DAY_US, ERROR, Band, Bands, Crowd, Part, cut, overlaid
from .seeded import mix

CACHE_DAYS = 30
_MINUTE_US = 60_000_000
_SPAN_DAYS = 545
_SHARES = 12


@dataclass(frozen=True, slots=True)
class _Plan:
    """A list that comes back each month, named ``NAME 2026-03``.

    ``size``: people at first, give or take a quarter. ``day`` of the month it is sent, or a few days later.
    Of a thousand people, ``fades`` turn from Valid to Invalid in a month; with each send ``joins`` come, and
    if it ``changes``, a twelfth of those at first goes. ``every``: months from one send to the next.
    ``is_cleaned``: whether Invalid ones are left out the next time. ``is_sent_twice``: the same again within
    the week. ``stopped``: months without it until now. ``gathers``: who is on any list of this client.
    """

    name: str
    size: int
    months: int
    day: int
    joins: int = 110
    changes: bool = True
    fades: int = 15
    every: int = 1
    is_cleaned: bool = True
    is_sent_twice: bool = False
    stopped: int = 0
    gathers: str = ""


_PLANS = (
    # The one that rots: old, nobody joins, and what is Invalid is sent again the next month.
    _Plan("Délice old prospects", 1100, 18, 3, joins=0, changes=False, fades=39, is_cleaned=False),
    # The client who validates everything twice in a week.
    _Plan("Birke newsletter", 650, 12, 9, is_sent_twice=True),
    _Plan("Café ☕ guests", 420, 14, 16, is_cleaned=False),
    _Plan("Acme newsletter", 1400, 18, 5),
    _Plan("Birke Kund:innen", 380, 8, 18, is_sent_twice=True),
    _Plan("Acme customers", 850, 18, 12, fades=10),
    _Plan("Acme CRM export 🧾", 0, 18, 25, every=3, gathers="Acme "),
    _Plan("Délice newsletter", 800, 15, 8, joins=150),
    _Plan("Fjord members", 560, 18, 14, fades=8, every=2),
    _Plan("東京 顧客リスト", 450, 12, 7),
    _Plan("Acme trial users", 260, 12, 20, joins=150, fades=30),
    _Plan("Iris donors", 700, 11, 10, stopped=4),
    _Plan("Fjord newsletter 📬", 720, 10, 6),
    _Plan("Garten webshop, customers", 500, 11, 22, is_cleaned=False),
    _Plan("Iris newsletter", 1000, 7, 13, joins=200),
    _Plan("Луна рассылка", 320, 9, 11, is_cleaned=False, fades=20),
    _Plan("Garten newsletter", 410, 9, 4),
    _Plan('Helios partners "gold"', 150, 8, 15, joins=90),
    _Plan("Helios webinar «Deliverability»", 210, 6, 21, joins=200),
    _Plan("Juno members", 300, 18, 23, every=3),
    _Plan("Juno vouchers", 180, 6, 17, joins=150, fades=25),
    _Plan("Kiosk readers", 60, 7, 19),
    _Plan("Luz clientes", 640, 18, 24, every=6),
    _Plan("Mühle Gäste", 130, 18, 26),
)
_UPLOADS = (1001, 0, 100, 27_000, 101, 99, 1, 1000, *(300, 120, 60, 900) * 6)
_UPLOAD_NAMES = ("Q1 Leads", "Trade fair visitors", "Partner list, bought", "Café ☕ sign-ups")
_EXACT = (0, 1, 99, 100, 101, 1000, 1001)
"""What came once: sizes (those at the edges of pages exactly, others about), and names."""

_RUNNING = ("Processing", "Processing", "Uploading", "Uploading")


def account_jobs(seed: int, number: int, now: datetime) -> Iterator[JobSpec]:
    """``number`` jobs until ``now``, some 700 records each on average; of many, the last four still run."""
    running = len(_RUNNING) if number > 2 * len(_RUNNING) else 0
    uploads = number // 12
    sends = [*_monthly(seed, number - running - uploads, now), *_uploads(seed, uploads, running, now)]
    people = _People(100_000 + mix(seed, 50) % 800_000, {})
    for send in sorted(sends, key=lambda send: send.at_us):
        yield _spec(send, people)


@dataclass(slots=True)
class _Member:
    """A crowd on a list. ``kept``: ranks that are not taken off. ``answers``: what the validator said last,
    all asked ``asked_us``, but for those from ``failed`` on for whom it had no answer."""

    crowd: Crowd
    kept: int
    asked_us: int = 0
    answers: Bands = ()
    failed: range = range(0)


@dataclass(slots=True)
class _List:
    """A list of the account. ``key``: drawn for it, all else of it follows."""

    name: str
    key: int
    plan: _Plan
    members: list[_Member] = field(default_factory=list)


class _Send(NamedTuple):
    """A list sent for validation. ``is_again``: as it was the last time, with nobody new."""

    at_us: int
    list: _List
    label: str
    status: str = "Processed"
    outcome: str = "Processed"
    is_again: bool = False


@dataclass(slots=True)
class _People:
    """Everybody so far, on which list, and the number of the next one."""

    next_person: int
    lists: dict[str, _List]


def _monthly(seed: int, number: int, now: datetime) -> list[_Send]:
    """The newest sends of as many lists as it takes; beyond those planned come further ones like them."""
    sends: list[_Send] = []
    for index in count():
        if len(sends) >= number:
            return sends
        again, place = divmod(index, len(_PLANS))
        plan = _PLANS[place]
        name = f"{plan.name} {again + 1}" if again else plan.name
        found = _sends(_List(name, mix(seed, 51, index), plan), len(sends), now)
        sends += list(islice(found, number - len(sends)))
    return sends


def _sends(found: _List, planned: int, now: datetime) -> Iterator[_Send]:
    """A list's sends, newest first. One of about forty crashes and is sent again two hours later."""
    plan, months = found.plan, 0
    for back in range(plan.stopped, plan.stopped + plan.months + 1):
        year, month = divmod(now.year * 12 + now.month - 1 - back, 12)
        day = plan.day + mix(found.key, 52, back) % 3
        at_us = microseconds(now.replace(year=year, month=month + 1, day=day, hour=6, minute=0, second=0))
        at_us += mix(found.key, 53, back) % (600 * _MINUTE_US)
        if at_us > microseconds(now) - DAY_US * 5 or months == plan.months:
            continue
        months += 1
        if (month + 1) % plan.every:
            continue
        label = f"{found.name} {year}-{month + 1:02}"
        if plan.is_sent_twice:
            yield _Send(at_us + DAY_US * (3 + month % 3), found, label, is_again=True)
        if (planned + months) % 40 == 7:
            yield _Send(at_us + 120 * _MINUTE_US, found, label, is_again=True)
            yield _Send(at_us, found, label, status="Failed")
        else:
            yield _Send(at_us, found, label)


def _uploads(seed: int, number: int, running: int, now: datetime) -> Iterator[_Send]:
    """What came once, denser towards now, and at last the jobs that still run."""
    now_us = microseconds(now)
    for index in range(number):
        size = _UPLOADS[index % len(_UPLOADS)]
        ago_us = _SPAN_DAYS * DAY_US * (1 + mix(seed, 54, index) % 1000) ** 2 // 1001**2
        label = f"{_UPLOAD_NAMES[index % len(_UPLOAD_NAMES)]} {index + 1}"
        yield _upload(seed, index, now_us - ago_us - 60 * _MINUTE_US, size, label)
    for index, status in enumerate(_RUNNING[:running]):
        size = 200 + mix(seed, 55, index) % 200
        at_us = now_us - (running - index) * 7 * _MINUTE_US
        send = _upload(seed, number + index, at_us, size, "API Upload")
        yield send._replace(status=status, outcome="Failed" if index == 1 else "Processed")


def _upload(seed: int, index: int, at_us: int, size: int, label: str) -> _Send:
    plan = _Plan(label, size, 1, 1, changes=False, is_cleaned=False)
    return _Send(at_us, _List(f"upload {index}", mix(seed, 56, index), plan), label)


def _spec(send: _Send, people: _People) -> JobSpec:
    """The job of a send, which changes what is known of the people in it."""
    found = people.lists.setdefault(send.list.name, send.list)
    members = found.members
    if found.plan.gathers:
        others = (each for each in people.lists.values() if each.name.startswith(found.plan.gathers))
        members = [member for each in others for member in each.members]
    elif not send.is_again or not members:
        _renew(found, send.at_us, people)
    key = mix(found.key, 57, send.at_us)
    asked = [_asked(member, send, mix(key, number)) for number, member in enumerate(members)]
    parts = tuple(part for part in asked if part.bands)
    return JobSpec(
        sum(part.size for part in parts),
        status=send.status,
        outcome=send.outcome,
        list_name=send.label,
        created_at=moment(send.at_us),
        parts=parts,
    )


def _renew(found: _List, at_us: int, people: _People) -> None:
    """Take off who left, and who is known to be Invalid if that is done here; let newcomers in."""
    plan, size = found.plan, found.plan.size
    if size not in _EXACT:
        size = size * 3 // 4 + mix(found.key, 58) % max(1, size // 2)
    if found.members:
        sizes = [size * plan.joins // 1000]
        del found.members[: plan.changes]
    else:
        sizes = [size // _SHARES] * (_SHARES - 1) if plan.changes else []
        sizes.append(size - sum(sizes))
    for member in found.members:
        if plan.is_cleaned and member.answers:
            member.kept = min(member.kept, member.crowd.good_at(member.asked_us))
    for number, share in enumerate(sizes):
        if share:
            key = mix(found.key, 59, at_us, number)
            found.members.append(_Member(_crowd(found, key, share, at_us, people.next_person), share))
            people.next_person += share


def _crowd(found: _List, key: int, size: int, at_us: int, first_person: int) -> Crowd:
    """Newcomers to a list: of those of a single upload, more are bad."""
    unknown = size * (25 + mix(key, 1) % 40) // 1000
    bad = 150 + mix(key, 2) % 250 if found.plan.months == 1 else 60 + mix(key, 2) % 80
    good = size - size * bad // 1000
    # For a thousand people a month, or for a million a day.
    fades = found.plan.fades * 1000 // 30
    has_ids = found.key % 3 == 0
    return Crowd(first_person, size, min(unknown, good), good, at_us, fades, has_ids)


def _asked(member: _Member, send: _Send, key: int) -> Part:
    """What the validator answers: from its cache, where it answered within `CACHE_DAYS`, or anew.

    A crashed job leaves nothing in the cache.
    """
    answers = member.crowd.verdicts(send.at_us, key)
    is_known = bool(member.answers) and send.at_us - member.asked_us < CACHE_DAYS * DAY_US
    if is_known:
        cached = tuple(band._replace(is_cached=True) for band in member.answers)
        answers = overlaid(cached, member.failed.start, cut(answers, member.failed.stop))
    failed = range(0)
    if mix(key, 60) % 24 == 0:
        start = mix(key, 61) % member.kept
        failed = range(start, min(member.kept, start + 1 + member.kept // 50))
    if send.status == "Processed":
        member.answers, member.failed = answers, failed
        member.asked_us = member.asked_us if is_known else send.at_us
    answers = overlaid(answers, failed.start, (Band(failed.stop, ERROR),))
    return Part(member.crowd, cut(answers, member.kept))
