"""What a notebook gets: DataFrames whose columns and dtypes never change, complete or with a warning."""

import json
from datetime import UTC, date, datetime

import httpx
import numpy as np
import pandas as pd
import pytest
from scripted_api import TOKEN, Account, http_client_of, json_reply, page_json, record_json

from ecore_export import schema
from ecore_export.api import Api
from ecore_export.client import Client
from ecore_export.errors import (
    AuthenticationError,
    IncompleteDataWarning,
    NotFoundError,
    PayloadError,
    ReconciliationError,
    ServerError,
    SettingsError,
    WaitTimeoutError,
)
from ecore_export.job_loader import poll_interval_s
from ecore_export.loading import flatten_job, load_job, load_jobs, load_records
from ecore_export.sandbox import JobSpec, Sandbox

BACKENDS = ("numpy_nullable", "pyarrow")

EXAMPLE = json.loads("""
{"id": 42, "uuid": "f8a1c3e5-9b2d-4e6f-a8c1-0d3e5f7a9b2d", "list_name": "Q1 Leads", "status": "Processed",
 "total_records": 250, "valid_count": 178, "invalid_count": 49, "unknown_count": 23,
 "total_credits_charged": 178.0, "credits_charged_at": "2026-05-06T11:42:08.913Z",
 "created_at": "2026-05-06T11:41:55.001Z", "started_at": "2026-05-06T11:42:01.220Z",
 "completed_at": "2026-05-06T11:43:17.880Z", "duration": "1m 16s", "results_summary": "250/250",
 "records": [{"id": 9881, "ec_id": null, "email": "jane@acme.com", "status": "Valid",
              "validator_used": "ZeroBounce", "is_cached": false, "error_message": null,
              "processed_at": "2026-05-06T11:42:31.412Z"}]}
""")


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


@pytest.fixture
def client_of():
    """Makes a client of an account."""
    opened = []

    def make(api, token=TOKEN, **options):
        opened.append(
            Client(
                token,
                base_url="http://localhost/backend/api/v1/",
                http_client=http_client_of(api.handle),
                **options,
            )
        )
        return opened[-1]

    yield make
    for client in opened:
        client.close()


def ids(frame, column="record_id"):
    return frame[column].tolist()


# --- load_jobs --------------------------------------------------------------------------------------------


def test_all_jobs_come_newest_first_with_a_request_per_hundred(client_of):
    account = Account.of_sizes(*(0,) * 250)
    jobs = client_of(account, account="mine").load_jobs()
    assert ids(jobs, "job_id") == list(range(250, 0, -1))
    assert account.requests == [f"jobs/?page={n}&page_size=100" for n in (1, 2, 3)]
    assert list(jobs.columns) == list(schema.JOBS.names)
    assert set(jobs["account"]) == {"mine"}
    exported = ["records_exported", "is_reconciled", "first_seen_at", "changed_at", "checked_at", "run_id"]
    assert jobs[exported].isna().all(axis=None)


def test_an_account_without_jobs_gives_an_empty_frame(client_of):
    assert len(client_of(Account()).load_jobs()) == 0


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-05-02", None, range(2880, 1440, -1)),
        ("2026-05-02T23:58:00Z", None, (2880, 2879)),
        ("2026-05-03T01:58:00+02:00", None, (2880, 2879)),
        (date(2026, 5, 2), date(2026, 5, 3), range(2880, 1440, -1)),
        (None, "2026-05-01T00:02", (2, 1)),
        (datetime(2026, 5, 1, 0, 1, tzinfo=UTC), datetime(2026, 5, 1, 0, 3), (3, 2)),  # noqa: DTZ001
        ("2027-01-01", None, ()),
    ],
)
def test_since_is_inclusive_and_until_exclusive(since, until, expected, client_of):
    jobs = client_of(Account.of_sizes(*(0,) * 2880)).load_jobs(since=since, until=until)
    assert ids(jobs, "job_id") == list(expected)


def test_since_lists_no_further_than_it_reaches(client_of):
    account = Account.of_sizes(*(0,) * 1000)
    client_of(account).load_jobs(since="2026-05-01T15:00")
    assert len(account.requests) == 2


def test_a_status_is_the_api_s_own_filter(client_of):
    account = Account.of_sizes(*(0,) * 5)
    account.job(3)["status"] = "Failed"
    assert ids(client_of(account).load_jobs(status="Failed"), "job_id") == [3]
    assert account.requests == ["jobs/?page=1&page_size=100&status=Failed"]


def test_dates_that_are_none_are_a_settings_error(client_of):
    with pytest.raises(SettingsError):
        client_of(Account()).load_jobs(since="last week")


def test_jobs_created_while_listing_show_once_and_the_list_is_read_again(client_of):
    account = Account.of_sizes(*(0,) * 250)
    new = iter(range(251, 253))

    def before(target):
        if "page=2&" in target and (job_id := next(new, None)):
            account.add(job_id)

    account.before = before
    jobs = ids(client_of(account).load_jobs(), "job_id")
    assert len(jobs) == len(set(jobs))
    assert set(jobs) == set(range(1, 253))


def test_a_job_deleted_while_listing_hides_no_other(client_of):
    account = Account.of_sizes(*(0,) * 250)

    def before(target):
        if "page=2&" in target and len(account.jobs) == 250:
            account.delete(200)

    account.before = before
    assert set(ids(client_of(account).load_jobs(), "job_id")) >= set(range(1, 251)) - {200}


def test_a_list_that_never_holds_still_warns(client_of):
    account = Account.of_sizes(*(0,) * 150)
    account.before = lambda target: (
        json_reply(page_json(account.jobs[100:], count=152, number=2, pages=2))
        if "page=2&" in target
        else json_reply(page_json(account.jobs[:100], count=152, number=1, pages=2))
    )
    with pytest.warns(IncompleteDataWarning, match="2 jobs that the API counts were not listed"):
        jobs = client_of(account).load_jobs()
    assert len(jobs) == 150


def test_a_job_that_cannot_be_read_is_an_error_and_never_left_out(client_of):
    account = Account.of_sizes(0, 0)
    account.job(1)["created_at"] = "2026-05-06T11:41:55"
    with pytest.raises(PayloadError, match=r"job 1: job\.created_at: expected an offset"):
        client_of(account).load_jobs()


# --- load_job, load_records -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 100])
def test_a_job_of_up_to_a_hundred_records_takes_one_request(size, client_of):
    account = Account.of_sizes(size)
    job, records = client_of(account).load_job(1)
    assert account.requests == ["jobs/1/"]
    assert ids(job, "job_id") == [1]
    assert ids(records) == [r["id"] for r in account.records[1]]
    assert (list(job.columns), list(records.columns)) == ([*schema.JOBS.names], [*schema.RECORDS.names])


def test_a_larger_job_takes_a_page_per_thousand_more(client_of):
    account = Account.of_sizes(1, 2500)
    job, records = client_of(account).load_job(2)
    assert len(account.requests) == 4
    assert ids(records) == [r["id"] for r in account.records[2]]
    assert set(records["job_id"]) == {2}
    assert set(records["job_created_at"]) == {job["created_at"][0]}
    assert records["run_id"].isna().all()


def test_records_of_many_jobs_stand_together_in_one_frame(client_of):
    account = Account.of_sizes(3, 150, 0, 2500, 100)
    records = client_of(account).load_records([4, 1, 3, 2, 4, 5])
    by_job = {job_id: ids(rows) for job_id, rows in records.groupby("job_id")}
    assert by_job == {j: [r["id"] for r in account.records[j]] for j in (1, 2, 4, 5)}
    assert (records["job_id"].diff().fillna(0) != 0).sum() == 3
    created = dict(zip(records["job_id"], records["job_created_at"], strict=True))
    assert {j: at.isoformat() for j, at in created.items()} == {
        j: account.job(j)["created_at"].replace(".000Z", "+00:00") for j in by_job
    }


@pytest.mark.parametrize("named", [1, [1], (1,), np.int64(1), np.array([1]), pd.Series([1], dtype="Int64")])
def test_jobs_are_named_by_any_kind_of_number(named, client_of):
    account = Account.of_sizes(3)
    assert len(client_of(account).load_records(named)) == 3


def test_no_jobs_have_no_records(client_of):
    account = Account()
    assert list(client_of(account).load_records([]).columns) == list(schema.RECORDS.names)
    assert account.requests == []


def test_an_unknown_job_is_not_found(client_of):
    client = client_of(Account.of_sizes(2))
    with pytest.raises(NotFoundError, match="job 7 does not exist") as raised:
        client.load_job(7)
    assert raised.value.status == 404
    with pytest.raises(NotFoundError, match="job 7 does not exist"):
        client.load_records([1, 7])


def test_records_that_do_not_add_up_are_an_error(client_of):
    account = Account.of_sizes(2, 3)
    account.records[2].pop()
    client = client_of(account)
    for load in (client.load_job, client.load_records):
        with pytest.raises(ReconciliationError, match="job 2: records do not add up: 2 unique ids read"):
            load(2)


@pytest.mark.parametrize("size", [5, 150])
@pytest.mark.parametrize("status", ["Processed", "Processing"])
@pytest.mark.filterwarnings("ignore::ecore_export.IncompleteDataWarning")
def test_a_record_that_cannot_be_read_is_an_error_and_never_left_out(size, status, client_of):
    account = Account.of_sizes(size)
    account.job(1)["status"] = status
    account.records[1][-1]["email"] = None
    client = client_of(account)
    for load in (client.load_job, client.load_records):
        with pytest.raises(PayloadError, match=r"record\.email: expected string, got null"):
            load(1)


@pytest.mark.parametrize("size", [5, 150])
def test_a_running_job_is_given_as_far_as_it_is_with_a_warning(size, client_of):
    account = Account.of_sizes(size)
    account.job(1)["status"] = "Processing"
    account.records[1] = account.records[1][: size - 2]
    client = client_of(account)
    with pytest.warns(IncompleteDataWarning, match="job 1 is not final"):
        job, records = client.load_job(1)
    assert (ids(job, "status"), len(records)) == (["Processing"], size - 2)
    with pytest.warns(IncompleteDataWarning, match="job 1 is not final"):
        assert len(client.load_records(1)) == size - 2


def test_a_fault_of_the_api_is_its_error(client_of):
    account = Account.of_sizes(5)
    account.before = lambda _: json_reply({}, 500)
    client = client_of(account)
    for load in (client.load_job, client.load_records, lambda _: client.load_jobs()):
        with pytest.raises(ServerError):
            load(1)


def test_a_wrong_token_is_refused(client_of):
    with pytest.raises(AuthenticationError):
        client_of(Account(), token="another-token").load_jobs()


@pytest.mark.parametrize("backend", BACKENDS)
def test_empty_frames_have_the_dtypes_of_full_ones(backend, client_of):
    account = Account.of_sizes(0, 150)
    client = client_of(account, dtype_backend=backend)
    full_jobs, full = client.load_jobs(), client.load_records(2)
    empty_jobs, none = client.load_jobs(until="1999-01-01"), client.load_records([])
    job, of_empty_job = client.load_job(1)
    flat_job, flat = flatten_job({**account.job(1), "records": []}, dtype_backend=backend)
    assert (len(empty_jobs), len(none), len(of_empty_job), len(flat)) == (0, 0, 0, 0)
    for frame in (empty_jobs, job, flat_job):
        pd.testing.assert_series_equal(frame.dtypes, full_jobs.dtypes)
    for frame in (none, of_empty_job, flat):
        pd.testing.assert_series_equal(frame.dtypes, full.dtypes)


def test_default_frames_can_be_computed_with(client_of):
    jobs = client_of(Account.of_sizes(5, 10)).load_jobs()
    assert str(jobs["total_credits_charged"].dtype) == "Float64"
    assert jobs["total_credits_charged"].cumsum().tolist() == [4.0, 6.0]
    assert (jobs["total_credits_charged"] / jobs["valid_count"]).tolist() == [1.0, 1.0]


# --- wait_for_job -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("records", "seconds"), [(0, 3), (1_000, 3), (1_001, 15.1), (50_000, 20), (150_000, 30), (10**9, 30)]
)
def test_polling_is_slower_for_larger_jobs(records, seconds):
    assert poll_interval_s(records) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize("outcome", ["Processed", "Failed"])
def test_waiting_polls_until_the_job_is_final(outcome):
    sandbox = Sandbox.with_jobs([JobSpec(20, status="Uploading", outcome=outcome)], advance_after_reads=1)
    client = Client(
        sandbox.token,
        base_url="http://localhost/backend/api/v1/",
        http_client=httpx.Client(transport=sandbox.transport()),
    )
    waits, states = [], []
    client._sleep = waits.append
    job = client.wait_for_job(1, on_poll=lambda state: states.append(state["status"]))
    client.close()
    assert states == ["Uploading", "Processing", "Processing", "Processing", outcome]
    assert waits == [3.0] * 4
    assert ids(job, "status") == [outcome]


def test_a_final_job_is_not_waited_for(client_of):
    account = Account.of_sizes(5)
    client_of(account).wait_for_job(1)
    assert account.requests == ["jobs/1/"]


def test_waiting_no_longer_than_told(client_of):
    account = Account.of_sizes(5)
    account.job(1)["status"] = "Processing"
    client = client_of(account)
    client._sleep = None
    with pytest.raises(WaitTimeoutError, match="job 1 is still Processing after 2 s"):
        client.wait_for_job(1, timeout_s=2)
    with pytest.raises(TimeoutError):
        client.wait_for_job(1, timeout_s=0)


def test_waiting_for_an_unknown_job_is_not_found(client_of):
    with pytest.raises(NotFoundError):
        client_of(Account()).wait_for_job(5)


def test_the_sandbox_client_needs_no_token_and_no_time():
    with Client.sandbox(seed=7, jobs=30) as client:
        jobs = client.load_jobs()
        running = jobs.loc[~jobs["is_final"], "job_id"]
        assert len(jobs) == 30
        assert len(running) == 4
        assert client.wait_for_job(running.iloc[0])["is_final"].tolist() == [True]


# --- flatten_job ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("form", [lambda p: p, json.dumps, lambda p: json.dumps(p).encode()])
def test_a_payload_is_flattened_in_any_form_with_a_warning_of_what_is_missing(form, backend):
    with pytest.warns(IncompleteDataWarning, match="249 of the 250 records of job 42 are not inline"):
        job, records = flatten_job(form(EXAMPLE), dtype_backend=backend)
    assert (list(job.columns), list(records.columns)) == ([*schema.JOBS.names], [*schema.RECORDS.names])
    assert (ids(job, "queue_seconds"), ids(job, "processing_seconds")) == ([6.219], [76.66])
    assert [float(value) for value in job["total_credits_charged"]] == [178.0]
    assert (ids(records), ids(records, "email"), ids(records, "job_id")) == ([9881], ["jane@acme.com"], [42])
    assert records["job_created_at"][0] == job["created_at"][0] == pd.Timestamp("2026-05-06T11:41:55.001Z")


def test_a_complete_payload_is_flattened_without_a_warning():
    job, records = flatten_job({**EXAMPLE, "total_records": 1}, account="mine")
    assert set(job["account"]) == set(records["account"]) == {"mine"}


def test_a_running_payload_warns():
    with pytest.warns(IncompleteDataWarning, match="job 42 is not final"):
        flatten_job({**EXAMPLE, "total_records": 1, "status": "Processing"})


def test_a_warning_points_at_the_caller():
    with pytest.warns(IncompleteDataWarning) as caught:
        flatten_job(EXAMPLE)
    assert {warning.filename for warning in caught} == {__file__}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"status": None}, "job 42: job.status: expected string, got null"),
        ({"records": [record_json(1, is_cached="no")]}, "record.is_cached: expected boolean, got string"),
        ({"records": None}, "job.records: expected array"),
    ],
)
def test_a_payload_that_is_not_as_promised_is_an_error(change, reason):
    with pytest.raises(PayloadError, match=reason):
        flatten_job({**EXAMPLE, **change})


# --- one call ---------------------------------------------------------------------------------------------


def test_one_call_each_opens_and_closes_a_client():
    account = Account.of_sizes(2, 150)
    options = {
        "token": TOKEN,
        "base_url": "http://localhost/backend/api/v1/",
        "http_client": http_client_of(account.handle),
        "dtype_backend": "pyarrow",
    }
    assert len(load_jobs(**options)) == 2
    assert len(load_job(2, **options)[1]) == 150
    assert len(load_records([1, 2], **options)) == 152


def test_a_client_without_a_token_says_where_to_get_one():
    with pytest.raises(SettingsError, match="ECORE_API_TOKEN"):
        Client()


def test_a_client_shows_no_token():
    client = Client(TOKEN)
    assert TOKEN not in repr(client) + repr(vars(client))
    client.close()
    client.close()
