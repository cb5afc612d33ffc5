"""Credits of jobs: charged at first, given back, and what remains, on exact decimals.

In: job rows. Out: three sums. Called by `demo`. The API tells the net alone (API reference, Credits): a
Processed job's rate is its net divided by its Valid addresses, and the rate of 1 credit is assumed where none
of them was; a Failed job was refunded in full.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

_USUAL_RATE = Decimal(1)
_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Credits:
    """Sums in credits: ``net`` = ``charged`` - ``refunded``."""

    charged: Decimal
    refunded: Decimal

    @property
    def net(self) -> Decimal:
        """What the jobs cost in the end."""
        return self.charged - self.refunded


def credits_of(jobs: Iterable[Mapping[str, Any]]) -> Credits:
    """The sums over rows of `schema.JOBS`; a running job counts as charged and not refunded yet."""
    charged = refunded = _ZERO
    for job in jobs:
        net = job["total_credits_charged"] or _ZERO
        upfront = _upfront(job, net)
        charged += upfront
        refunded += upfront - net
    return Credits(charged, refunded)


def _upfront(job: Mapping[str, Any], net: Decimal) -> Decimal:
    if not job["is_final"]:
        return net
    if job["status"] == "Processed" and job["valid_count"]:
        return net * Decimal(job["total_records"]) / Decimal(job["valid_count"])
    return net or _USUAL_RATE * Decimal(job["total_records"] or 0)
