"""Made-up people: their addresses, and what a validator says of them at any time.

In: a `Crowd`, people who came to a list together, and an instant. Out: `Bands`, the verdicts on all of them
without making any. People are ranked: first those that are Unknown for good, then those that are Valid until
their time comes (the highest ranks first), at last those that never were Valid. So how many have which
verdict follows from a few boundaries, and the verdict on one of them from its rank.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import NamedTuple

from .seeded import mix

RESULTS = ("Valid", "Invalid", "Unknown", "Error")
VALID, INVALID, UNKNOWN, ERROR = range(4)

DAY_US = 86_400_000_000
_MILLION = 1_000_000
_FIRST = ("jane", "amir", "li", "maria", "tom", "noor", "ivan", "ana", "kofi", "yuki", "omar", "eva", "raj")
_LAST = ("doe", "silva", "nowak", "haddad", "chen", "okafor", "berg", "rossi", "sato", "kaya", "lopez")
_UNICODE = ("zoë", "jürgen", "anaïs", "анна", "李雷", "søren", "josé")
_USUAL = ("example.com", "example.org", "example.net", "mail.example", "acme.example", "shop.test")


class Band(NamedTuple):
    """Neighbouring ranks, up to ``stop``, with the same answer. ``result`` is an index into `RESULTS`."""

    stop: int
    result: int
    is_cached: bool = False


Bands = tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Crowd:
    """People who came to a list together, and how many of them were good when they came.

    Who has a rank is person ``first_person`` + rank. Ranks below ``unknown`` are Unknown, those from there to
    ``good`` are Valid ``since_us``; ``fades`` of a million of these stop being so each day. ``has_ids``:
    whether their owner knows them by an ``ec_id``.
    """

    first_person: int
    size: int
    unknown: int
    good: int
    since_us: int = 0
    fades: int = 0
    has_ids: bool = False

    def good_at(self, at_us: int) -> int:
        """The rank behind the last one that is not Invalid at an instant."""
        faded = min(_MILLION, self.fades * max(0, (at_us - self.since_us) // DAY_US))
        return self.good - (self.good - self.unknown) * faded // _MILLION

    def verdicts(self, at_us: int, *parts: int) -> Bands:
        """What a validator says of them. A few servers, drawn from ``parts``, answer unlike themselves."""
        unknown, good = self.unknown, self.good_at(at_us)
        bands = banded((unknown, UNKNOWN), (good, VALID), (self.size, INVALID))
        for width, start, stop, result in (
            (unknown // 5, 0, unknown, VALID),
            ((good - unknown) // 100, unknown, good, UNKNOWN),
        ):
            first = start + mix(result, *parts) % max(1, stop - start - width)
            bands = overlaid(bands, first, (Band(first + width, result),))
        return bands


@dataclass(frozen=True, slots=True)
class Part:
    """The people of one crowd that a job asks for, from rank 0 on, and the answers it will get."""

    crowd: Crowd
    bands: Bands

    @property
    def size(self) -> int:
        """How many they are."""
        return self.bands[-1].stop

    def done(self, share: tuple[int, int]) -> list[int]:
        """How many of each band, from its start, have their answer when ``share`` of the job is done."""
        starts = (0, *(band.stop for band in self.bands))
        of, whole = share
        return [(band.stop - start) * of // whole for start, band in zip(starts, self.bands, strict=False)]


def banded(*bands: tuple[int, int] | tuple[int, int, bool]) -> Bands:
    """Bands as given, but for those that end no later than one before them."""
    found: list[Band] = []
    for band in bands:
        if band[0] > (found[-1].stop if found else 0):
            found.append(Band(*band))
    return tuple(found)


def overlaid(below: Bands, start: int, above: Bands) -> Bands:
    """``below``, but from ``start`` to the end of ``above`` as that has it."""
    if not above or above[-1].stop <= start:
        return below
    return banded(*cut(below, start), *above, *below)


def cut(bands: Bands, stop: int) -> Bands:
    """The bands of the ranks below ``stop``."""
    return banded(*(band._replace(stop=min(band.stop, stop)) for band in bands))


def address(person: int, drawn: int, standing: int) -> str:
    """The address of a person, one of a kind. ``standing``: the verdict on them when they came."""
    first = _FIRST[drawn % 13] if (drawn >> 40) % 100 else _UNICODE[drawn % 7]
    domain = _DOMAINS[standing][(drawn >> 16) % 1000]
    return f"{first}.{_LAST[(drawn >> 8) % 11]}{person}@{domain}"


def _among_usual(**permille: int) -> tuple[str, ...]:
    """A thousand domains to draw from: so many of those named, with a dot for the underscore."""
    named = chain.from_iterable(repeat(name.replace("_", "."), times) for name, times in permille.items())
    return tuple(islice(chain(named, _USUAL * 200), 1000))


_DOMAINS = (
    _among_usual(trash_invalid=1, expired_test=1, catchall_example=2),
    _among_usual(trash_invalid=350, expired_test=200),
    _among_usual(catchall_example=600),
)
"""By standing. Two domains are bad and one accepts everything: the people there mostly never were Valid."""
