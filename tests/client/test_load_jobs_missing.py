"""`load_jobs` looks for jobs that the list does not give, and warns of those that stay missing."""

import json
import warnings

import pytest
from scripted_api import NOT_FOUND, TOKEN, Account, http_client_of, json_reply

from ecore_export import Client
from ecore_export.errors import IncompleteDataWarning


def client_of(account):
    return Client(
        token=TOKEN, base_url="http://localhost/backend/api/v1/", http_client=http_client_of(account.handle)
    )


def distort(account, change):
    answer = account._answer
    account._answer = lambda target: change(target, answer(target))


def test_a_job_at_the_edge_of_a_page_is_found_with_pages_of_another_size():
    account = Account.of_sizes(*(0,) * 150)

    def hide(target, reply):
        page = json.loads(reply.body)
        if "page_size=100" in target:
            page["results"] = [job for job in page["results"] if job["id"] != 51]
        return json_reply(page)

    distort(account, hide)
    with client_of(account) as client, warnings.catch_warnings():
        warnings.simplefilter("error")
        jobs = client.load_jobs()
    assert jobs["job_id"].tolist() == list(range(150, 0, -1))


def test_jobs_that_stay_missing_are_told_with_their_number():
    account = Account.of_sizes(*(0,) * 150)
    distort(account, lambda target, reply: reply if "page=1&" in target else NOT_FOUND)
    with client_of(account) as client, pytest.warns(IncompleteDataWarning, match="50 jobs that the API"):
        assert len(client.load_jobs()) == 100
