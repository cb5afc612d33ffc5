"""Jobs that the API counts and does not list: what the last run found, so that not every run lists them all.

In: the API's count, and how many jobs are known. Out: one entry of the destination about itself, which
`status` and `verify` read, too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..destinations import Destination, read_meta, write_meta

ENTRY = "missing_jobs"
"""Of all accounts in one entry: a label may be as long as the name of an entry."""
LISTED_AGAIN_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Gap:
    """``known`` of the ``counted`` jobs are known, although everything was listed at ``listed_at``."""

    counted: int
    known: int
    listed_at: datetime

    def __str__(self) -> str:
        return (
            f"jobs are missing: the API counts {self.counted:,}, and {self.known:,} are known although all "
            "that it gives was listed; tell eCore's support if this lasts"
        )

    def stands(self, counted: int, known: int, now: datetime) -> bool:
        """Whether nothing has changed since, and it is too early to list everything again.

        A clock that was ahead makes nobody wait longer.
        """
        age = now - self.listed_at
        return (self.counted, self.known) == (counted, known) and timedelta(0) <= age < LISTED_AGAIN_AFTER


def read_gap(destination: Destination, account: str) -> Gap | None:
    """What the last run that compared found missing; None if nothing was."""
    found = _entries(destination).get(account)
    if found is None:
        return None
    return Gap(found["counted"], found["known"], datetime.fromisoformat(found["listed_at"]))


def write_gap(destination: Destination, account: str, gap: Gap | None) -> None:
    """Remember what is missing, or that nothing is; writes only what changes."""
    entries = _entries(destination)
    if gap is None:
        if entries.pop(account, None) is None:
            return
    else:
        listed_at = gap.listed_at.isoformat()
        now = {"counted": gap.counted, "known": gap.known, "listed_at": listed_at}
        if entries.get(account) == now:
            return
        entries[account] = now
    write_meta(destination, {ENTRY: json.dumps(entries, sort_keys=True)})


def _entries(destination: Destination) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = json.loads(read_meta(destination).get(ENTRY, "{}"))
    return entries
