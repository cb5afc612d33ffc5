"""The API's endpoints as typed calls: one call, one request, one decoded answer.

In: ids and page numbers. Out: the pages of `decode`. Called by `reading`, `client` and `sync`.
Page numbers are always built here: the server's ``next`` is never followed, so the token never goes where a
server points.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from .api import Api
from .decode import Decoder, JobsPage, RecordsPage, StatusBody
from .errors import NotFoundError, PayloadError

JOBS_PAGE_SIZE = 100
"""The largest page of List jobs (API reference)."""

RECORDS_PAGE_SIZE = 1000
"""The largest page of Job records (API reference)."""

INLINE_RECORDS = 100
"""How many records Job status holds inline (API reference)."""

_JOBS = "email-validation/jobs/"


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Typed calls over one `Api`. Safe to use from several threads."""

    api: Api
    decoder: Decoder

    def jobs_page(
        self, page: int, *, status: str | None = None, page_size: int = JOBS_PAGE_SIZE
    ) -> JobsPage | None:
        """A page of List jobs, newest first; None past the end.

        Raises `NotFoundError` for page 1: then the address is wrong.
        """
        params: dict[str, str | int] = {"page": page, "page_size": page_size}
        if status is not None:
            params["status"] = status
        try:
            return self.api.get(_JOBS, params, self.decoder.jobs_page)
        except NotFoundError as error:
            if page == 1:  # Even an empty list has a first page.
                raise NotFoundError(
                    "there is no eCore API at that address (404); check ECORE_BASE_URL", status=404
                ) from error
            return None
        except PayloadError as error:
            raise PayloadError(f"List jobs, page {page}: {error.reason}") from error

    def job_status(self, job_id: int) -> StatusBody:
        """Job status with the first 100 records inline. Raises `NotFoundError` if the job is gone."""
        return self.api.get(f"{_JOBS}{job_id}/", {}, lambda body: self.decoder.status_body(job_id, body))

    def many_job_statuses(self) -> AbstractContextManager[None]:
        """To call `job_status` many times within, one after the other, for less."""
        return self.api.keeping_turn(f"{_JOBS}0/")

    def records_page(self, job_id: int, page: int) -> RecordsPage | None:
        """A page of a job's records; None past the end, which for page 1 means that the job is gone."""
        params: dict[str, str | int] = {"page": page, "page_size": RECORDS_PAGE_SIZE}
        try:
            return self.api.get(
                f"{_JOBS}{job_id}/records/", params, lambda body: self.decoder.records_page(job_id, body)
            )
        except NotFoundError:
            return None

    def download(self, job_id: int) -> RecordsPage:
        """Every record of a Processed job in one answer."""
        return self.api.get(
            f"{_JOBS}{job_id}/download/", {"format": "json"}, lambda body: self.decoder.download(job_id, body)
        )
