"""The API's endpoints as typed calls: one call, one request, one decoded answer.

In: ids and page numbers. Out: the pages of `decode`. Page numbers are always built here: the server's
``next`` is never followed, so the token never goes where a server points. An answer that is not the one asked
for is none: the wire asks again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from ..errors import MalformedBodyError, NotFoundError, PayloadError
from .decode import AnotherJobError, Decoder, JobsPage, RecordsPage, StatusBody
from .http import Api

JOBS_PAGE_SIZE = 100
"""The largest page of List jobs (API reference)."""

RECORDS_PAGE_SIZE = 1000
"""The largest page of Job records (API reference)."""

INLINE_RECORDS = 100
"""How many records Job status holds inline (API reference)."""

DOWNLOAD_BYTES = 1024 * 1024 * 1024
"""The greatest download: one of 200,000 records takes 40 MB."""

_JOBS = "email-validation/jobs/"

Page = TypeVar("Page", JobsPage, RecordsPage)


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
            return self.api.get(_JOBS, params, lambda body: _asked_for(page, self.decoder.jobs_page(body)))
        except NotFoundError as error:
            if page == 1:  # Even an empty list has a first page.
                raise NotFoundError(
                    "there is no eCore API at that address (404); check ECORE_BASE_URL", status=404
                ) from error
            return None
        except PayloadError as error:
            raise PayloadError(f"List jobs, page {page}: {error.reason}") from error

    def job_status(self, job_id: int) -> StatusBody:
        """Job status with the first 100 records inline.

        Another job's, if the API keeps answering so, is a fault when it is decoded. Raises `NotFoundError` if
        the job is gone.
        """
        try:
            return self.api.get(f"{_JOBS}{job_id}/", {}, lambda body: self.decoder.status_body(job_id, body))
        except AnotherJobError as error:
            return error.answer

    def records_page(self, job_id: int, page: int, *, status: str | None = None) -> RecordsPage | None:
        """A page of a job's records, of all or those of a status.

        None past the end, which for page 1 means that the job is gone.
        """
        params: dict[str, str | int] = {"page": page, "page_size": RECORDS_PAGE_SIZE}
        if status is not None:
            params["status"] = status
        try:
            return self.api.get(
                f"{_JOBS}{job_id}/records/",
                params,
                lambda body: _asked_for(page, self.decoder.records_page(job_id, body)),
            )
        except NotFoundError:
            return None

    def download(self, job_id: int) -> RecordsPage:
        """Every record of a Processed job in one answer."""
        return self.api.get(
            f"{_JOBS}{job_id}/download/",
            {"format": "json"},
            lambda body: self.decoder.download(job_id, body),
            most_bytes=DOWNLOAD_BYTES,
        )


def _asked_for(number: int, page: Page) -> Page | None:
    """The page, if it has the number asked for; None past the end, where some servers repeat the last page.

    Raises `MalformedBodyError` for another page, and for an empty one that is not the last.
    """
    if page.number == page.total_pages < number:
        return None
    if page.number != number:
        raise MalformedBodyError(
            f"the API answered with page {page.number} where page {number} was asked for; run again later"
        )
    if page.is_empty and number < page.total_pages:
        raise MalformedBodyError(
            f"the API answered with an empty page {number} of {page.total_pages}; run again later"
        )
    return page
