"""An answer that is not the one asked for is none: it is asked for again, and never taken for data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from scripted_api import Reply, Script, http_client_of, job_json, json_reply, page_json, record_json, settings

from ecore_export.api import Api
from ecore_export.api.decode import Decoder
from ecore_export.api.endpoints import Endpoints
from ecore_export.errors import MalformedBodyError

ATTEMPTS = 3
Opened = Callable[..., tuple[Endpoints, Script]]


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[Opened]:
    """Endpoints of an API that gives these replies, one after the other, the last one for ever."""
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)
    apis: list[Api] = []

    def make(*replies: Reply) -> tuple[Endpoints, Script]:
        script = Script(*replies)
        apis.append(Api(settings(attempts=ATTEMPTS), http_client=http_client_of(script.handle)))
        return Endpoints(apis[-1], Decoder()), script

    yield make
    for api in apis:
        api.close()


def jobs(number: int, pages: int, *job_ids: int) -> Reply:
    return json_reply(page_json([job_json(each) for each in job_ids], number=number, pages=pages))


def records(number: int, pages: int, *record_ids: int) -> Reply:
    return json_reply(page_json([record_json(each) for each in record_ids], number=number, pages=pages))


def of_jobs(endpoints: Endpoints, number: int) -> Any:
    page = endpoints.jobs_page(number)
    return page and page.jobs.column("job_id").to_pylist()


def of_records(endpoints: Endpoints, number: int) -> Any:
    page = endpoints.records_page(7, number)
    return page and page.rows.column("record_id").to_pylist()


BOTH = pytest.mark.parametrize(
    ("reply", "ids"), [(jobs, of_jobs), (records, of_records)], ids=["jobs", "records"]
)
Pages = Callable[..., Reply]
Ids = Callable[[Endpoints, int], Any]
OTHER = pytest.mark.parametrize(
    "given", [(1, 3, 5), (3, 3, 5), (2, 3)], ids=["an earlier one", "a later one", "an empty one"]
)


@BOTH
@OTHER
def test_another_page_or_an_empty_one_before_the_last_is_asked_for_again(
    given: tuple[int, ...], reply: Pages, ids: Ids, opened: Opened
) -> None:
    endpoints, script = opened(reply(*given), reply(2, 3, 6))
    assert ids(endpoints, 2) == [6]
    assert len(script.requests) == 2


@BOTH
@OTHER
def test_the_wrong_page_for_ever_is_an_error(
    given: tuple[int, ...], reply: Pages, ids: Ids, opened: Opened
) -> None:
    endpoints, script = opened(reply(*given))
    with pytest.raises(MalformedBodyError, match=r"page \d"):
        ids(endpoints, 2)
    assert len(script.requests) == ATTEMPTS


@BOTH
def test_the_last_page_in_the_place_of_one_past_the_end_is_the_end(
    reply: Pages, ids: Ids, opened: Opened
) -> None:
    endpoints, script = opened(reply(3, 3, 5))
    assert ids(endpoints, 4) is None
    assert len(script.requests) == 1


@BOTH
def test_an_empty_list_has_an_empty_first_page(reply: Pages, ids: Ids, opened: Opened) -> None:
    endpoints, _ = opened(reply(1, 1))
    assert ids(endpoints, 1) == []


def status(job_id: int) -> Reply:
    return json_reply(job_json(job_id) | {"records": []})


def test_the_status_of_another_job_is_asked_for_again(opened: Opened) -> None:
    endpoints, script = opened(status(8), status(7))
    assert endpoints.job_status(7).payload.id == 7
    assert len(script.requests) == 2


def test_the_status_of_another_job_for_ever_is_a_fault_of_the_job_asked_for(opened: Opened) -> None:
    endpoints, script = opened(status(8))
    statuses = endpoints.decoder.statuses([endpoints.job_status(7)])
    assert [(fault.job_id, fault.reason) for fault in statuses.faults] == [(7, "job.id: another job's id")]
    assert statuses.jobs.num_rows == 0
    assert len(script.requests) == ATTEMPTS
