"""Is this the token of the account whose jobs the destination knows? Asked before anything is written.

In: what the API says of jobs. Out: nothing, or an `AccountMismatchError`.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from ..api import Endpoints
from ..destinations import Destination, count_jobs, read_jobs, read_runs
from ..errors import AccountMismatchError, NotFoundError
from ..reading import job_ids

NEWEST_ASKED = 5
FEW_DELETIONS, DELETED_SHARE = 5, 0.05
"""More deletions than this many, and than this share of the known jobs, look like another account's token."""


class AccountGuard:
    """What one run has seen of the account so far. All methods raise `AccountMismatchError`.

    ``was_empty``: no job of the account was known at first. ``has_met_known_job``: whoever meets one says so.
    """

    def __init__(
        self, destination: Destination, account: str, endpoints: Endpoints, *, accept_deletions: bool = False
    ) -> None:
        self._destination = destination
        self._account = account
        self._endpoints = endpoints
        self._accept_deletions = accept_deletions
        self._known_at_start = count_jobs(destination, account)
        self._deleted = 0
        self.was_empty = not self._known_at_start and not len(
            read_jobs(destination, account, columns=["job_id"])
        )
        self.has_met_known_job = False

    def check_list(self, first_page: pa.RecordBatch, count: int) -> None:
        """Before the first write: is this the account whose jobs the destination knows?

        ``count``: how many jobs the API has.
        """
        if not self._known_at_start:
            self.check_label(first_page)
            return
        self._check_vanished(self._known_at_start - count)
        ids = job_ids(first_page)
        if not len(read_jobs(self._destination, self._account, job_ids=ids, columns=["job_id"])):
            self.check_newest()

    def check_label(self, facts: pa.RecordBatch) -> None:
        """Before the first job of a label is written: is this an account that another label has?

        A job's UUID is its own everywhere.
        """
        if not self.was_empty:
            return
        ids, uuids = job_ids(facts), set(facts.column("job_uuid").to_pylist())
        labels = set(read_runs(self._destination).column("account").to_pylist())
        for label in sorted(map(str, labels - {self._account})):
            known = read_jobs(self._destination, label, job_ids=ids, columns=["job_uuid"])
            if not uuids.isdisjoint(known.column("job_uuid").to_pylist()):
                raise AccountMismatchError(
                    "the jobs of this token are in the destination already, as those of the account "
                    f"{label}: say --account {label}, or take that label out with `ecore-export forget`"
                )

    def check_deletions(self, more: int) -> None:
        """So many more known jobs are gone, before they are marked so."""
        self._deleted += more
        self._check_vanished(self._deleted)
        if not self.has_met_known_job:
            self.check_newest()

    def check_newest(self) -> None:
        """Read the newest known jobs: are all of them gone?"""
        if self._accept_deletions:
            return
        columns = ["job_id", "created_at", "deleted_at"]
        known = read_jobs(self._destination, self._account, columns=columns)
        newest = known.filter(pc.is_null(known.column("deleted_at"))).sort_by(
            [("created_at", "descending"), ("job_id", "descending")]
        )
        ids = job_ids(newest.slice(0, NEWEST_ASKED))
        if ids and not any(self._exists(job_id) for job_id in ids):
            raise AccountMismatchError(
                f"none of the newest {len(ids)} known jobs exists any more: this token seems to belong to "
                "another eCore account. Check ECORE_API_TOKEN, give each account a destination or an "
                "--account label of its own, or say --accept-deletions"
            )

    def _check_vanished(self, vanished: int) -> None:
        limit = max(FEW_DELETIONS, DELETED_SHARE * self._known_at_start)
        if vanished > limit and not self._accept_deletions:
            raise AccountMismatchError(
                f"{vanished} of {self._known_at_start} known jobs have vanished: is this the token of "
                "another eCore account? Check ECORE_API_TOKEN, or say --accept-deletions if they were deleted"
            )

    def _exists(self, job_id: int) -> bool:
        try:
            self._endpoints.job_status(job_id)
        except NotFoundError:
            return False
        return True
