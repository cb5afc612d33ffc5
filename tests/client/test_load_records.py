"""`load_records`: jobs named in any way, and one bad job that does not lose the others."""

import doctest
import json
import re
import warnings
from datetime import date

import pandas as pd
import pyarrow as pa
import pytest
from scripted_api import TOKEN, Account, http_client_of, json_reply

import ecore_export as ee
from ecore_export import schema
from ecore_export.api import Api


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


def options(account):
    return {
        "token": TOKEN,
        "base_url": "http://localhost/backend/api/v1/",
        "http_client": http_client_of(account.handle),
    }


def jobs_of(records):
    return sorted(set(records["job_id"]))


# --- which jobs -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_a_frame_of_jobs_names_them_by_its_column(backend):
    with ee.Client.sandbox(jobs=20, dtype_backend=backend) as client:
        jobs = client.load_jobs(status="Processed").head(4)
        by_frame, by_column = client.load_records(jobs), client.load_records(jobs["job_id"])
        by_ids = client.load_records(jobs["job_id"].tolist())
        arrow = client.load_records(pa.table({"job_id": jobs["job_id"].tolist()}))
    assert jobs_of(by_frame) == sorted(jobs["job_id"])
    for other in (by_column, by_ids, arrow):
        pd.testing.assert_frame_equal(by_frame, other)


def test_a_frame_of_no_jobs_has_no_records_and_the_same_dtypes():
    with ee.Client.sandbox(jobs=20) as client:
        jobs = client.load_jobs()
        none = client.load_records(jobs.head(0))
        full = client.load_records(jobs["job_id"].iloc[-1])
    assert (len(none), list(none.columns)) == (0, list(schema.RECORDS.names))
    pd.testing.assert_series_equal(none.dtypes, full.dtypes)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"id": [1]}),
        pd.DataFrame([[1, 1]], columns=["job_id", "job_id"]),
        pd.DataFrame({"job_id": ["x@example.com"]}),
        pd.DataFrame({"job_id": [1, None]}),
        pa.table({"id": [1]}),
    ],
)
def test_a_frame_that_names_no_jobs_is_refused(frame):
    with ee.Client.sandbox(jobs=1) as client, pytest.raises(ee.SettingsError) as told:
        client.load_records(frame)
    assert "job" in str(told.value)
    assert "example.com" not in str(told.value)


# --- since=, until=, list_name= ----------------------------------------------------------------------------


def named_account():
    """Jobs a minute apart from 2026-05-01, the third one running."""
    account = Account.of_sizes(3, 150, 2, 4, 1)
    names = {1: "May Newsletter", 2: "newsletter", 3: "newsletter", 4: "Leads", 5: None}
    for job_id, name in names.items():
        account.job(job_id)["list_name"] = name
    account.job(3)["status"] = "Processing"
    account.job(4)["status"] = "Failed"
    return account


@pytest.mark.parametrize(
    ("bounds", "loaded"),
    [
        ({"list_name": re.compile("newsletter", re.IGNORECASE)}, [1, 2]),
        ({"list_name": re.compile("newsletter")}, [2]),
        ({"list_name": re.compile("^May")}, [1]),
        ({"list_name": "newsletter"}, [2]),
        ({"list_name": "Leads"}, [4]),
        ({"list_name": ""}, []),
        ({"since": "2026-05-01"}, [1, 2, 4, 5]),
        ({"since": "2026-05-01T00:01", "until": "2026-05-01T00:04"}, [2, 4]),
        ({"until": "2026-05-01T00:02"}, [1, 2]),
        ({"until": "2026-05-01T00:02", "list_name": re.compile("May")}, [1]),
        ({"since": date(2026, 5, 2)}, []),
        ({"list_name": "no such list"}, []),
    ],
)
@pytest.mark.filterwarnings("ignore:jobs left out as they are not final")
def test_the_final_jobs_that_fit_all_bounds_are_loaded(bounds, loaded):
    account = named_account()
    records = ee.load_records(**bounds, **options(account))
    assert jobs_of(records) == loaded
    by_id = ee.load_records(list(records["job_id"].drop_duplicates()), **options(account))
    pd.testing.assert_frame_equal(records, by_id)


def test_jobs_that_fit_and_are_not_final_are_told():
    with pytest.warns(ee.IncompleteDataWarning, match="not final yet: 1;") as told:
        ee.load_records(list_name="newsletter", **options(named_account()))
    assert {each.filename for each in told} == {__file__}


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_no_job_that_fits_gives_an_empty_frame_with_the_dtypes_of_a_full_one(backend):
    with ee.Client.sandbox(jobs=20, dtype_backend=backend) as client:
        none = client.load_records(list_name="no such list")
        no_jobs = client.load_jobs(list_name="no such list")
        jobs = client.load_jobs()
        full = client.load_records(jobs["job_id"].iloc[-1])
    assert (len(none), len(no_jobs)) == (0, 0)
    pd.testing.assert_series_equal(none.dtypes, full.dtypes)
    pd.testing.assert_series_equal(no_jobs.dtypes, jobs.dtypes)


def test_jobs_are_listed_by_their_lists_name():
    account = named_account()
    assert ee.load_jobs(list_name="newsletter", **options(account))["job_id"].tolist() == [3, 2]
    pattern = re.compile("news", re.IGNORECASE)
    assert ee.load_jobs(list_name=pattern, **options(account))["job_id"].tolist() == [3, 2, 1]
    assert ee.load_jobs(list_name=pattern, status="Processing", **options(account))["job_id"].tolist() == [3]
    assert ee.load_jobs(list_name=re.compile(""), **options(account))["job_id"].tolist() == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("ids", "bounds", "told"),
    [
        ([1], {"since": "2026-05-01"}, "not by both"),
        (1, {"until": "2026-05-01"}, "not by both"),
        ([], {"list_name": "x"}, "not by both"),
        (None, {}, "a job id is a whole number such as 42, not None"),
        (None, {"list_name": b"x"}, "list_name is a list's name, or a pattern such as .*, not a bytes"),
        (None, {"list_name": re.compile(b"x")}, "list_name is .* not a Pattern"),
        (None, {"list_name": ["x"]}, "list_name is .* not a list"),
        (None, {"since": "2026-05-02", "until": "2026-05-01"}, "since must be earlier"),
        (None, {"since": "May"}, "is not a date"),
    ],
)
def test_jobs_named_twice_or_not_at_all_or_by_what_is_no_bound_are_refused(ids, bounds, told):
    account = Account.of_sizes(1)
    with pytest.raises(ee.SettingsError, match=told):
        ee.load_records(ids, **bounds, **options(account))
    assert account.requests == []


def test_a_bad_job_among_those_that_fit_is_left_out_where_asked():
    account = named_account()
    account.records[2].pop()
    with pytest.warns(ee.JobNotLoadedWarning, match="job 2 is left out"):
        records = ee.load_records(until="2026-05-01T00:02", errors="warn", **options(account))
    assert jobs_of(records) == [1]
    with pytest.raises(ee.ReconciliationError):
        ee.load_records(until="2026-05-01T00:02", **options(account))


# --- status= ----------------------------------------------------------------------------------------------


def account_of_statuses():
    """A small job, a larger one, one of several pages of Valid ones, and a failed one that counts nothing."""
    account = Account.of_sizes(5, 250, 3_100, 120)
    account.records[2][3]["status"] = "Pending"
    account.job(4).update(status="Failed", valid_count=0, invalid_count=0, unknown_count=0)
    return account


@pytest.mark.parametrize("status", schema.RECORD_STATUSES)
def test_records_of_a_status_are_those_that_filtering_all_records_gives(status):
    account = account_of_statuses()
    every = ee.load_records([1, 2, 3, 4], **options(account))
    some = ee.load_records([1, 2, 3, 4], status=status, **options(account))
    expected = every[every["status"] == status].reset_index(drop=True)
    pd.testing.assert_frame_equal(some, expected)
    assert len(some) > 0 or status == "Pending"


def test_only_records_of_the_status_are_asked_for_and_small_jobs_need_no_second_request():
    account = account_of_statuses()
    ee.load_records([1, 3], status="valid", **options(account))
    asked = sorted(account.requests)
    assert asked[:2] == ["jobs/1/", "jobs/3/"]
    assert [target.partition("?")[0] for target in asked[2:]] == ["jobs/3/records/"] * 2
    assert all("status=Valid" in target for target in asked[2:])
    assert account.job(3)["valid_count"] == 1_240


def test_all_is_no_filter():
    account = Account.of_sizes(150)
    every = ee.load_records(1, status="All", **options(account))
    assert len(every) == 150


def test_a_status_goes_with_bounds():
    account = account_of_statuses()
    records = ee.load_records(until="2026-05-01T00:02", status="Error", **options(account))
    assert jobs_of(records) == [1, 2]
    assert set(records["status"]) == {"Error"}


@pytest.mark.parametrize("status", ["Valid", "Invalid", "Unknown"])
def test_a_status_whose_records_are_not_as_many_as_the_job_counts_is_no_answer(status):
    account = Account.of_sizes(250)
    place = next(n for n, each in enumerate(account.records[1]) if each["status"] == status)
    del account.records[1][place]
    with pytest.raises(ee.ReconciliationError, match="do not add up"):
        ee.load_records(1, status=status, **options(account))
    with pytest.warns(ee.JobNotLoadedWarning, match="job 1 is left out"):
        none = ee.load_records(1, status=status, errors="warn", **options(account))
    assert len(none) == 0
    others = next(each for each in ("Valid", "Invalid") if each != status)
    assert len(ee.load_records(1, status=others, **options(account))) > 0


@pytest.mark.parametrize("status", ["Error", "Pending"])
def test_a_status_that_no_job_counts_has_to_agree_with_the_count_of_its_pages(status):
    account = Account.of_sizes(250)
    for each in account.records[1][:3]:
        each["status"] = status

    def one_short(target):
        if target == "jobs/1/":
            return None
        answer = json.loads(account._answer(target).body)
        (answer["results"] if "/records/" in target else answer).pop()
        return json_reply(answer)

    account.before = one_short
    with pytest.raises(ee.ReconciliationError, match="announced with them"):
        ee.load_records(1, status=status, **options(account))


def heeding_no_status(job_status):
    account = Account.of_sizes(250)
    account.job(1)["status"] = job_status
    unheeding = re.compile("&?status=[A-Za-z]+")
    account.before = lambda target: account._answer(unheeding.sub("", target))
    return account


@pytest.mark.parametrize("status", schema.RECORD_STATUSES)
def test_an_api_that_does_not_heed_the_status_is_found_out_and_all_records_are_read(status):
    account = heeding_no_status("Processed")
    every = ee.load_records(1, **options(account))
    some = ee.load_records(1, status=status, **options(account))
    pd.testing.assert_frame_equal(some, every[every["status"] == status].reset_index(drop=True))


def test_an_api_that_does_not_heed_the_status_of_a_failed_job_is_told():
    with pytest.raises(ee.ReconciliationError, match="are of another status"):
        ee.load_records(1, status="Error", **options(heeding_no_status("Failed")))


def test_a_status_of_a_running_job_is_what_there_is_of_it():
    account = Account.of_sizes(250)
    account.job(1)["status"] = "Processing"
    for each in account.records[1][100:]:
        each["status"] = "Pending"
    with pytest.warns(ee.IncompleteDataWarning, match="not final"):
        pending = ee.load_records(1, status="Pending", **options(account))
    assert len(pending) == 150


@pytest.mark.parametrize("status", ["Processed", "", "Vald", 1, ["Valid"], True])
def test_what_is_no_status_of_a_record_is_refused_before_anything_is_asked(status):
    account = Account.of_sizes(1)
    told = "record can have that status: it is one of Pending|the status of a record is one of Pending"
    with pytest.raises(ee.SettingsError, match=told):
        ee.load_records(1, status=status, **options(account))
    assert account.requests == []


# --- errors= ----------------------------------------------------------------------------------------------


def bad_account(bad, size):
    """Four jobs of which the second one is bad, and the first is larger than an inline answer."""
    account = Account.of_sizes(150, size, 3, 0)
    if bad == "gone":
        account.delete(2)
    elif bad == "does not add up":
        account.records[2].pop()
    elif bad == "unreadable":
        account.records[2][-1]["email"] = None
    elif bad == "running and unreadable":
        account.job(2)["status"] = "Processing"
        account.records[2][-1]["email"] = None
    else:
        account.before = lambda target: json_reply({}, 500) if target.startswith("jobs/2/") else None
    return account


BAD = {
    "gone": ee.NotFoundError,
    "does not add up": ee.ReconciliationError,
    "unreadable": ee.PayloadError,
    "running and unreadable": ee.PayloadError,
    "unavailable": ee.ServerError,
}


@pytest.mark.parametrize("size", [5, 150])
@pytest.mark.parametrize("bad", BAD)
def test_one_bad_job_is_left_out_with_a_warning_and_the_others_come(bad, size):
    account = bad_account(bad, size)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        records = ee.load_records([1, 2, 3, 4], errors="warn", **options(account))
    assert {job: len(rows) for job, rows in records.groupby("job_id")} == {1: 150, 3: 3}
    (left_out,) = [each for each in told if each.category is ee.JobNotLoadedWarning]
    assert (left_out.message.job_id, type(left_out.message.error)) == (2, BAD[bad])
    assert str(left_out.message).startswith("job 2 is left out: ")
    assert str(left_out.message).count("job 2") == 1
    assert issubclass(ee.JobNotLoadedWarning, ee.IncompleteDataWarning)
    assert {each.filename for each in told} == {__file__}


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.filterwarnings("ignore:job 2 is not final")
def test_one_bad_job_is_an_error_otherwise(bad):
    for keywords in ({}, {"errors": "raise"}):
        with pytest.raises(BAD[bad]):
            ee.load_records([1, 2, 3, 4], **keywords, **options(bad_account(bad, 5)))


def test_every_job_left_out_has_its_own_warning_and_no_rows_have_the_promised_dtypes():
    account = Account.of_sizes(3)
    with pytest.warns(ee.JobNotLoadedWarning) as told:
        records = ee.load_records([7, 8, 9], errors="warn", **options(account))
    assert sorted(each.message.job_id for each in told) == [7, 8, 9]
    pd.testing.assert_series_equal(records.dtypes, ee.load_records(1, **options(account)).dtypes)


@pytest.mark.filterwarnings("ignore::ecore_export.JobNotLoadedWarning")
def test_an_api_that_is_down_ends_the_load_and_is_not_asked_for_every_job():
    account = Account.of_sizes(*(3,) * 300)
    account.before = lambda _: json_reply({}, 500)
    with pytest.raises(ee.ServerError):
        ee.load_records(range(1, 301), errors="warn", **options(account))
    # Eight attempts each, of some twenty jobs that were begun when the third one failed.
    assert len(account.requests) < 8 * 30


def test_a_refused_token_is_an_error_however_bad_jobs_are_taken():
    with pytest.raises(ee.AuthenticationError):
        ee.load_records([1], errors="warn", **options(Account.of_sizes(1)) | {"token": "another"})


@pytest.mark.parametrize("errors", ["ignore", "", None, True])
def test_another_word_for_errors_is_refused_in_a_sentence(errors):
    account = Account.of_sizes(1)
    with pytest.raises(ee.SettingsError, match="errors is one of raise, warn, not "):
        ee.load_records([1], errors=errors, **options(account))
    assert account.requests == []


def test_warnings_point_at_the_line_of_whoever_calls():
    account = Account.of_sizes(3)
    account.job(1)["status"] = "Processing"
    with warnings.catch_warnings(record=True) as told, ee.Client(**options(account)) as client:
        warnings.simplefilter("always")
        client.load_records(1)
        client.load_job(1)
        ee.load_job(1, **options(account))
        ee.flatten_job({**account.job(1), "records": []})
    assert [each.filename for each in told] == [__file__] * 5


def test_the_examples_run():
    for load in (ee.Client.load_records, ee.load_jobs, ee.load_job, ee.load_records):
        (example,) = doctest.DocTestFinder().find(load, globs={"Client": ee.Client})
        ran = doctest.DocTestRunner().run(example)
        assert ran.failed == 0
        assert ran.attempted > 0
