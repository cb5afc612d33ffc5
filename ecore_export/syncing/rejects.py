"""The open rejects of one account: what could not be accepted, tried again, and taken in after all.

In: faults and job ids. Out: rows of `schema.REJECTS` in the destination.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pyarrow as pa

from .. import schema
from ..api import PayloadFault
from ..destinations import Destination, read_rejects, write_rejects
from ..privacy import Privacy
from .changes import Stamp

RETRIES_A_RUN = 20
PATIENCE = timedelta(hours=1)
"""For so long a rejected job is tried in every run; later the pauses grow with the age of the reject."""

Row = dict[str, Any]


class Rejects:
    """What is open, kept in step with the destination."""

    def __init__(self, destination: Destination, stamp: Stamp, privacy: Privacy) -> None:
        self._privacy = privacy
        self._destination = destination
        self._stamp = stamp
        self._open: dict[tuple[int, str], Row] = {
            (row["job_id"], row["reason"]): row
            for row in read_rejects(destination, stamp.account).to_pylist()
        }
        self.rejected_now: set[int] = set()

    @property
    def job_ids(self) -> set[int]:
        """Jobs with an open reject; 0 stands for those whose id could not be read."""
        return {job_id for job_id, _ in self._open}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, faults: Iterable[PayloadFault]) -> None:
        """Reject jobs for these faults; what was open of those jobs for other reasons is resolved."""
        kinds: dict[tuple[int, str], list[PayloadFault]] = {}
        for fault in faults:
            kinds.setdefault((fault.job_id, fault.reason), []).append(fault)
        if not kinds:
            return
        job_ids = {job_id for job_id, _ in kinds}
        self.rejected_now |= job_ids
        outdated = [key for key in self._open if key[0] in job_ids and key not in kinds]
        self._write([*self._resolved(outdated), *(self._row(key, kinds[key]) for key in kinds)])

    def resolve(self, job_ids: Iterable[int]) -> None:
        """These jobs were taken in."""
        taken = set(job_ids) - self.rejected_now
        self._write(list(self._resolved([key for key in self._open if key[0] in taken])))

    def resolve_listed(self, job_ids: Iterable[int]) -> None:
        """The list reads well again for these jobs: what it was that could not be read is no reject any more.

        Whatever else they were rejected for stays open.
        """
        well = set(job_ids) - self.rejected_now
        keys = [key for key, row in self._open.items() if key[0] in well and _is_of_list(row)]
        self._write(list(self._resolved(keys)))

    def is_due(self, job_id: int) -> bool:
        """Whether a job with open rejects is worth another look in this run.

        Always in the first hour; later after a pause as long as the time from the first look to the last.
        """
        rows = [row for (owner, _), row in self._open.items() if owner == job_id]
        first = min(row["rejected_at"] for row in rows)
        last = max(_started_at(row["run_id"]) for row in rows)
        pause: timedelta = max(last - first - PATIENCE, timedelta(0))
        # A look that lies in the future was taken while a clock was ahead: it makes nobody wait.
        return not timedelta(0) <= self._stamp.at - last < pause

    def _resolved(self, keys: list[tuple[int, str]]) -> Iterator[Row]:
        for key in keys:
            yield {**self._open.pop(key), "resolved_at": self._stamp.at}

    def _row(self, key: tuple[int, str], faults: list[PayloadFault]) -> Row:
        before = self._open.get(key)
        self._open[key] = {
            "account": self._stamp.account,
            "job_id": key[0],
            "record_id": before["record_id"] if before else faults[0].record_id,
            "reason": key[1],
            "occurrences": len(faults),
            "raw": self._privacy.raw(faults[0].raw),
            "rejected_at": before["rejected_at"] if before else self._stamp.at,
            "resolved_at": None,
            "run_id": self._stamp.run_id,
        }
        return self._open[key]

    def _write(self, rows: list[Row]) -> None:
        if rows:
            write_rejects(self._destination, pa.Table.from_pylist(rows, schema.REJECTS.arrow))


def _started_at(run_id: str) -> datetime:
    """When a run began: the first 48 bits of a UUIDv7 are milliseconds since 1970 (RFC 9562, 5.7)."""
    return datetime.fromtimestamp((UUID(run_id).int >> 80) / 1000, UTC)


def _is_of_list(row: Row) -> bool:
    """Whether a reject is of a job as the list has it: its example is the whole job, without records."""
    if row["record_id"] or row["raw"] is None or row["reason"].startswith("job.records"):
        return False
    try:
        item = json.loads(row["raw"])
    except ValueError:  # cut at its greatest length, so it held records
        return False
    return isinstance(item, dict) and "records" not in item
