"""A job's records are read whole and reconciled with the job's own counters, or not at all."""

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from choosing import examples
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scripted_api import Account, Reply, http_client_of, json_reply, record_json, records_json, settings

from ecore_export.api import Api
from ecore_export.api.columns import RECORD_ROWS_ARROW
from ecore_export.api.decode import Decoder
from ecore_export.api.endpoints import Endpoints
from ecore_export.errors import (
    AuthenticationError,
    DailyCapError,
    NotFoundError,
    PayloadError,
    ReconciliationError,
    RequestBudgetError,
    ServerError,
)
from ecore_export.reading import (
    JobNotRead,
    JobsRead,
    RecordReader,
    Session,
    UnknownJob,
    accept_as_is,
    job_figures,
    read_one,
    records,
)
from ecore_export.reading.pages import Pages, Spool
from ecore_export.reading.session import ordered_map


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


@pytest.fixture
def wired():
    """Makes a `Session` to an account."""
    opened = []

    def make(account, *, workers=4, **options):
        executor = ThreadPoolExecutor(workers)
        api = Api(settings(attempts=2), http_client=http_client_of(account.handle), **options)
        opened.append((executor, api))
        return Session(Endpoints(api, Decoder()), executor, 2 * workers)

    yield make
    for executor, api in opened:
        executor.shutdown(cancel_futures=True)
        api.close()


def figures(account, *job_ids):
    """What the account's list says of these jobs, all of them unless named."""
    body = json.dumps(
        {"count": 0, "total_pages": 1, "current_page": 1, "next": None, "previous": None}
        | {"results": account.jobs[::-1]}
    )
    jobs = job_figures(Decoder().jobs_page(body.encode()).jobs)
    return [job for job in jobs if not job_ids or job.job_id in job_ids]


def read(session, jobs):
    return list(RecordReader(session).read(jobs))


def ids_by_job(outcomes):
    """The record ids of every job that was read, in the order they came."""
    found = {}
    for outcome in outcomes:
        if isinstance(outcome, JobsRead):
            table = pa.Table.from_batches(outcome.rows, RECORD_ROWS_ARROW)
            assert sum(outcome.lengths) == len(table)
            ids, start = table.column("record_id").to_pylist(), 0
            for job_id, length in zip(outcome.job_ids, outcome.lengths, strict=True):
                assert job_id not in found
                found[job_id] = ids[start : start + length]
                start += length
    return found


def true_ids(account):
    return {job_id: [r["id"] for r in found] for job_id, found in account.records.items()}


def drained(outcomes, error):
    """What comes out before this error."""
    seen = []
    try:
        for outcome in outcomes:
            seen.append(outcome)  # noqa: PERF402 - a list() would lose what came before the error
    except error:
        return seen
    raise AssertionError(f"no {error.__name__}")


def not_read(outcomes):
    return {o.job_id: o for o in outcomes if isinstance(o, JobNotRead)}


# --- many jobs --------------------------------------------------------------------------------------------

EDGES = (0, 1, 99, 100, 101, 250, 999, 1000, 1001, 2000, 2001, 3500)


def test_jobs_of_every_size_are_read_whole(wired):
    account = Account.of_sizes(*EDGES, *(7,) * 120, *EDGES)
    outcomes = read(wired(account), figures(account))
    assert ids_by_job(outcomes) == true_ids(account)
    assert sorted(job_id for outcome in outcomes for job_id in outcome.job_ids) == sorted(account.records)
    assert all(outcome.is_reconciled for outcome in outcomes)


def test_a_small_job_takes_one_request_and_a_large_one_a_request_per_thousand(wired):
    account = Account.of_sizes(100, 2001)
    read(wired(account), figures(account))
    assert sorted(account.requests) == [
        "jobs/1/",
        *(f"jobs/2/records/?page={page}&page_size=1000" for page in (1, 2, 3)),
    ]


@given(st.lists(st.sampled_from([0, 1, 3, 100, 101, 1001]), max_size=12), st.data())
@hypothesis_settings(deadline=None, max_examples=examples(30))
def test_any_mix_of_jobs_is_read_whatever_the_order_of_records(sizes, data):
    account = Account.of_sizes(*sizes)
    for found in account.records.values():
        data.draw(st.randoms(use_true_random=False)).shuffle(found)
    with ThreadPoolExecutor(3) as executor:
        api = Api(settings(), http_client=http_client_of(account.handle))
        outcomes = read(Session(Endpoints(api, Decoder()), executor, 5), figures(account))
        api.close()
    assert ids_by_job(outcomes) == {job_id: sorted(ids) for job_id, ids in true_ids(account).items()}


def test_no_more_requests_are_begun_than_are_in_flight(wired):
    account = Account.of_sizes(*(3,) * 50, 30_000)
    outcomes = RecordReader(wired(account, workers=2)).read(figures(account))
    assert account.requests == []
    next(outcomes)
    assert len(account.requests) <= 50 + 4 + 1
    outcomes.close()


def test_the_rows_can_be_read_twice(wired):
    account = Account.of_sizes(5, 1500)
    for outcome in read(wired(account), figures(account)):
        assert ids_by_job([outcome]) == ids_by_job([outcome])


# --- pages that repeat, shift or contradict ---------------------------------------------------------------


def serve_pages(account, job_id, *readings):
    """Lets the pages of a job show other records at each reading; the last reading stays."""
    rounds = list(readings)

    def before(target):
        if target.startswith(f"jobs/{job_id}/records/?page=1&"):
            account.records[job_id] = rounds.pop(0) if len(rounds) > 1 else rounds[0]

    account.before = before


def test_identical_repeats_fall_away(wired):
    account = Account.of_sizes(1500)
    found = account.records[1]
    pages = {1: found[:1000], 2: found[900:]}

    def before(target):
        if "records" in target:
            number = int(target.split("page=")[1].split("&")[0])
            return json_reply(
                {"count": 1500, "total_pages": 2, "current_page": number, "next": None, "previous": None}
                | {"results": pages[number]}
            )

    account.before = before
    outcomes = read(wired(account), figures(account))
    assert ids_by_job(outcomes) == {1: [r["id"] for r in found]}
    assert len(account.requests) == 2


def test_repeats_in_a_small_job_are_read_again(wired):
    account = Account.of_sizes(3)
    truth = account.records[1]
    account.records[1] = [truth[0], truth[0], truth[1]]

    def before(target):
        if len(account.requests) == 2:
            account.records[1] = truth

    account.before = before
    assert ids_by_job(read(wired(account), figures(account))) == true_ids(account)


def test_pages_that_shift_are_read_again_until_they_settle(wired):
    account = Account.of_sizes(2500)
    truth = account.records[1]
    moved = [*truth[1:1001], truth[0], *truth[1001:]]
    shifted = [*truth[:999], *truth[998:-1]]
    serve_pages(account, 1, shifted, moved, truth)
    assert ids_by_job(read(wired(account), figures(account))) == {1: [r["id"] for r in truth]}
    assert not any("download" in target for target in account.requests)


def test_a_repeat_with_other_values_is_never_chosen_from(wired):
    account = Account.of_sizes(1500)
    truth = account.records[1]
    differing = [*truth[:1000], truth[0] | {"ec_id": "other"}, *truth[1001:]]
    serve_pages(account, 1, differing, differing, truth)
    outcomes = read(wired(account), figures(account))
    (only,) = outcomes
    assert None in pa.Table.from_batches(only.rows).column("ec_id").to_pylist()
    assert "other" not in pa.Table.from_batches(only.rows).column("ec_id").to_pylist()


def test_a_record_on_no_page_is_found_in_the_download(wired):
    account = Account.of_sizes(1500)
    truth = account.records[1]
    torn = [*truth[:700], truth[0], *truth[701:]]
    serve_pages(account, 1, torn)

    def before(target, pages=account.before):
        if "download" in target:
            return json_reply(truth)
        return pages(target)

    account.before = before
    assert ids_by_job(read(wired(account), figures(account))) == {1: [r["id"] for r in truth]}
    assert sum("download" in target for target in account.requests) == 1


def test_what_never_settles_is_rejected_with_the_figures(wired):
    account = Account.of_sizes(1500)
    account.records[1] = account.records[1][:-1]
    (outcome,) = read(wired(account), figures(account))
    assert outcome.outcome == "rejected"
    (fault,) = outcome.faults
    assert fault.reason == (
        "records do not add up: 1499 unique ids read, 1499 announced with them, 1500 in total_records"
    )
    assert isinstance(outcome.error, ReconciliationError)
    assert outcome.error.job_id == 1


@pytest.mark.parametrize("size", [50, 1500])
def test_counters_that_disagree_are_rejected_with_the_figures(size, wired):
    account = Account.of_sizes(size)
    account.job(1)["valid_count"] += 2
    account.job(1)["invalid_count"] -= 1
    (outcome,) = read(wired(account), figures(account))
    fifth = size // 5
    assert outcome.faults[0].reason == (
        f"tallies do not add up: Valid {2 * fifth} read, {2 * fifth + 2} counted; "
        f"Invalid {fifth} read, {fifth - 1} counted"
    )
    assert outcome.facts.column("valid_count").to_pylist() == [2 * fifth + 2]


def test_a_count_that_differs_between_pages_is_not_accepted(wired):
    account = Account.of_sizes(1500)

    def before(target):
        if "page=2&" in target:
            reply = account._answer(target)
            return Reply(200, reply.body.replace(b'"count": 1500', b'"count": 1501'))

    account.before = before
    outcomes = read(wired(account), figures(account))
    assert any("download" in target for target in account.requests)
    assert ids_by_job(outcomes) == true_ids(account)


def test_a_job_that_changed_since_it_was_listed_is_read_as_it_is_now(wired):
    account = Account.of_sizes(1500, 50)
    jobs = figures(account)
    account.records[1].append(record_json(1_999_999, status="Valid"))
    account.records[2].append(record_json(2_999_999, status="Valid"))
    for job_id in (1, 2):
        account.job(job_id)["total_records"] += 1
        account.job(job_id)["valid_count"] += 1
    outcomes = read(wired(account), jobs)
    assert ids_by_job(outcomes) == true_ids(account)
    assert all(outcome.facts is not None for outcome in outcomes)


def test_a_job_too_large_for_a_download_is_rejected_without_one(wired, monkeypatch):
    monkeypatch.setattr("ecore_export.reading.reread.LARGEST_DOWNLOAD", 1499)
    account = Account.of_sizes(1500)
    account.records[1].pop()
    assert not_read(read(wired(account), figures(account)))[1].outcome == "rejected"
    assert not any("download" in target for target in account.requests)


@pytest.mark.parametrize("past_the_end", ["404", "an empty page"])
def test_an_absurd_total_does_not_ask_for_a_million_pages(past_the_end, wired):
    account = Account.of_sizes(120, 3)
    account.job(1)["total_records"] = 10**12
    answer = account._answer

    def before(target):
        if "records" in target and "page=1&" not in target and past_the_end == "an empty page":
            return Reply(200, answer("jobs/2/records/?page=1&page_size=1000").body.split(b"[")[0] + b"[]}")

    account.before = before
    outcomes = read(wired(account), figures(account))
    assert not_read(outcomes)[1].outcome == "rejected"
    assert "1000000000000 in total_records" in not_read(outcomes)[1].faults[0].reason
    assert set(ids_by_job(outcomes)) == {2}
    assert len(account.requests) < 60


# --- Failed, running, vanished ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [40, 1500])
def test_for_a_failed_job_the_ids_suffice(size, wired):
    account = Account.of_sizes(size)
    account.job(1).update(status="Failed", valid_count=0, invalid_count=0, unknown_count=0)
    assert ids_by_job(read(wired(account), figures(account))) == true_ids(account)


@pytest.mark.parametrize("size", [40, 1500])
def test_a_failed_job_with_missing_ids_is_rejected_without_a_download(size, wired):
    account = Account.of_sizes(size)
    account.job(1)["status"] = "Failed"
    account.records[1].pop()
    (outcome,) = read(wired(account), figures(account))
    assert outcome.outcome == "rejected"
    assert not any("download" in target for target in account.requests)


@pytest.mark.parametrize("size", [40, 1500])
def test_a_job_that_vanished_is_gone_and_the_others_are_read(size, wired):
    account = Account.of_sizes(3, size, 3)
    jobs = figures(account)
    account.delete(2)
    outcomes = read(wired(account), jobs)
    assert not_read(outcomes)[2].outcome == "gone"
    assert isinstance(not_read(outcomes)[2].error, NotFoundError)
    assert set(ids_by_job(outcomes)) == {1, 3}


def test_a_job_that_vanishes_between_its_pages_is_gone(wired):
    account = Account.of_sizes(2500)
    jobs = figures(account)
    account.before = lambda target: account.delete(1) and None if "page=2&" in target else None
    assert not_read(read(wired(account, workers=1), jobs))[1].outcome == "gone"


@pytest.mark.parametrize("size", [40, 1500])
def test_a_job_that_is_not_final_after_all_is_told_so(size, wired):
    account = Account.of_sizes(size, 3)
    jobs = figures(account)
    account.job(1)["status"] = "Processing"
    account.records[1] = account.records[1][: size // 2]
    outcomes = read(wired(account), jobs)
    assert not_read(outcomes)[1].outcome == "running"
    assert not_read(outcomes)[1].facts.column("status").to_pylist() == ["Processing"]
    assert set(ids_by_job(outcomes)) == {2}


# --- faults -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "at"), [(40, 7), (1500, 7), (1500, 1300)])
def test_one_faulty_record_rejects_its_job_and_no_other(size, at, wired):
    account = Account.of_sizes(3, size, 3)
    account.records[2][at]["is_cached"] = None
    outcomes = read(wired(account), figures(account))
    (fault,) = not_read(outcomes)[2].faults
    assert fault.reason == "record.is_cached: expected boolean, got null"
    assert (fault.job_id, fault.record_id) == (2, account.records[2][at]["id"])
    assert isinstance(not_read(outcomes)[2].error, PayloadError)
    assert set(ids_by_job(outcomes)) == {1, 3}


def test_nothing_but_faulty_jobs_is_nothing_but_rejects(wired):
    account = Account.of_sizes(3, 4)
    for found in account.records.values():
        found[0]["email"] = None
    outcomes = read(wired(account), figures(account))
    assert {job_id: o.outcome for job_id, o in not_read(outcomes).items()} == {1: "rejected", 2: "rejected"}


@pytest.mark.parametrize("size", [40, 1500])
def test_a_job_the_api_fails_to_give_is_unavailable_and_the_others_are_read(size, wired):
    account = Account.of_sizes(3, size, 3)
    account.before = lambda target: json_reply({}, 500) if target.startswith("jobs/2/") else None
    outcomes = read(wired(account), figures(account))
    assert not_read(outcomes)[2].outcome == "unavailable"
    assert isinstance(not_read(outcomes)[2].error, ServerError)
    assert set(ids_by_job(outcomes)) == {1, 3}


def test_a_failed_page_fails_its_job_and_never_shortens_it(wired):
    account = Account.of_sizes(5000, 1500)
    account.before = lambda target: json_reply({}, 500) if "jobs/1/records/?page=3&" in target else None
    outcomes = read(wired(account, workers=1), figures(account))
    assert not_read(outcomes)[1].outcome == "unavailable"
    assert set(ids_by_job(outcomes)) == {2}


@pytest.mark.parametrize("size", [40, 1500])
def test_a_page_that_is_no_page_rejects_its_job(size, wired):
    account = Account.of_sizes(size, 3)
    account.before = lambda target: json_reply([1]) if target.startswith("jobs/1/") else None
    outcomes = read(wired(account), figures(account))
    assert not_read(outcomes)[1].outcome == "rejected"
    assert set(ids_by_job(outcomes)) == {2}


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (json_reply({}, 429, Retry_After="86400"), DailyCapError),
        (json_reply({"detail": "Invalid token."}, 401), AuthenticationError),
    ],
)
@pytest.mark.parametrize("small", [3, 1200])
def test_what_was_complete_comes_out_before_what_ends_the_run(reply, error, small, wired):
    account = Account.of_sizes(*(small,) * 10)
    account.before = lambda target: reply if target.startswith("jobs/7/") else None
    seen = drained(RecordReader(wired(account, workers=2)).read(figures(account)), error)
    assert set(ids_by_job(seen)) == {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("small", [3, 1200])
def test_what_was_complete_comes_out_before_a_job_that_cannot_be_had(small, wired):
    account = Account.of_sizes(*(small,) * 10)
    account.before = lambda target: json_reply({}, 500) if target.startswith("jobs/7/") else None
    seen = []
    for outcome in RecordReader(wired(account, workers=2)).read(figures(account)):
        if isinstance(outcome, JobNotRead):
            break  # where the API is down, nobody asks for more
        seen.append(outcome)
    assert set(ids_by_job(seen)) == {1, 2, 3, 4, 5, 6}


def test_jobs_do_not_wait_for_others_for_long_where_answers_come_slowly(wired, monkeypatch):
    monkeypatch.setattr(records, "PATIENCE_S", 0.0)
    account = Account.of_sizes(*(3,) * 20)
    outcomes = RecordReader(wired(account, workers=1)).read(figures(account))
    next(outcomes)
    assert len(account.requests) < 10
    outcomes.close()


@pytest.mark.parametrize("budget", range(0, 13, 3))
def test_a_budget_gives_what_it_is_worth(budget, wired):
    account = Account.of_sizes(*(1200,) * 6)
    reader = RecordReader(wired(account, workers=1, max_requests=budget))  # several vie for the last ones
    outcomes = reader.read(figures(account))
    seen = list(outcomes) if budget == 12 else drained(outcomes, RequestBudgetError)
    assert len(account.requests) == budget
    assert len(ids_by_job(seen)) == budget // 2


# --- read_one, accept -------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [0, 1, 100])
def test_reading_a_small_job_alone_takes_one_request(size, wired):
    account = Account.of_sizes(size)
    outcome = read_one(wired(account), 1)
    assert ids_by_job([outcome]) == true_ids(account)
    assert account.requests == ["jobs/1/"]


def test_reading_an_unknown_job_alone_says_it_is_gone(wired):
    assert read_one(wired(Account()), 5).outcome == "gone"


@pytest.mark.parametrize("size", [40, 1500])
def test_accepting_takes_each_record_once_and_says_it_does_not_add_up(size, wired):
    account = Account.of_sizes(size)
    account.records[1].append(account.records[1][0])
    account.job(1)["valid_count"] += 5
    outcome = accept_as_is(wired(account), 1)
    assert not outcome.is_reconciled
    assert len(ids_by_job([outcome])[1]) == size


def test_accepting_what_adds_up_is_no_exception_to_the_rule(wired):
    account = Account.of_sizes(1500)
    assert accept_as_is(wired(account), 1).is_reconciled


def test_what_cannot_be_stored_cannot_be_accepted(wired):
    account = Account.of_sizes(40)
    account.records[1][3]["email"] = None
    with pytest.raises(PayloadError):
        accept_as_is(wired(account), 1)


def test_what_is_gone_cannot_be_accepted(wired):
    with pytest.raises(NotFoundError):
        accept_as_is(wired(Account()), 1)


# --- many rows --------------------------------------------------------------------------------------------


@pytest.fixture
def little_memory(monkeypatch):
    """Rows go to a file after a few, and pages are looked at one by one."""
    monkeypatch.setattr("ecore_export.reading.pages.MEMORY_ROWS", 10)
    monkeypatch.setattr("ecore_export.reading.pages.Spool", partial(Spool, memory_rows=10))
    monkeypatch.setattr("ecore_export.reading.pages.CHUNK_ROWS", 1)


def page_of(records, count=None):
    envelope = {"count": len(records) if count is None else count, "total_pages": 1, "current_page": 1}
    body = envelope | {"next": None, "previous": None, "results": records}
    return Decoder().records_page(1, json.dumps(body).encode())


@pytest.mark.parametrize("order", ["ascending", "pages reversed", "shuffled"])
@pytest.mark.parametrize("overlap", [0, 1, 30])
@pytest.mark.usefixtures("little_memory")
def test_rows_beyond_memory_are_whole_and_each_once(order, overlap):
    records = records_json(1, 500)
    if order == "shuffled":
        np.random.default_rng(7).shuffle(records)
    pages = [page_of(records[max(0, start - overlap) : start + 50], 500) for start in range(0, 500, 50)]
    gathered = Pages()
    for page in reversed(pages) if order == "pages reversed" else pages:
        gathered.add(page)
    rows, found = gathered.add_up()
    assert (found.ids, found.count, found.tallies) == (500, 500, (200, 100, 100))
    for _ in range(2):
        ids = [i for batch in rows for i in batch.column("record_id").to_pylist()]
        assert sorted(ids) == sorted(r["id"] for r in records)
    rows.close()


@pytest.mark.usefixtures("little_memory")
def test_rows_beyond_memory_that_contradict_each_other_do_not_add_up():
    records = records_json(1, 100)
    gathered = Pages()
    gathered.add(page_of(records, 100))
    gathered.add(page_of([records[3] | {"ec_id": "other"}], 100))
    _, found = gathered.add_up()
    assert found.count != 100


@pytest.mark.usefixtures("little_memory")
def test_a_job_beyond_memory_is_read_like_any_other(wired):
    account = Account.of_sizes(5200)
    assert ids_by_job(read(wired(account), figures(account))) == true_ids(account)


def test_a_spool_keeps_few_rows_in_memory_and_the_rest_in_a_file_nobody_sees(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    schema = pa.schema([("a", pa.int64())])
    spool = Spool(schema, memory_rows=10)
    batches = [pa.record_batch({"a": list(range(n, n + 4))}, schema=schema) for n in range(0, 40, 4)]
    for batch in batches:
        spool.append(batch)
    assert list(tmp_path.iterdir()) == []
    for _ in range(3):
        assert [n for batch in spool for n in batch.column("a").to_pylist()] == list(range(40))
    assert spool.rows == 40
    spool.close()
    spool.close()


def test_a_spool_that_was_left_halfway_starts_again():
    schema = pa.schema([("a", pa.int64())])
    spool = Spool(schema, memory_rows=0)
    for n in range(5):
        spool.append(pa.record_batch({"a": [n]}, schema=schema))
    assert next(iter(spool)).column("a").to_pylist() == [0]
    assert [n for batch in spool for n in batch.column("a").to_pylist()] == [0, 1, 2, 3, 4]
    spool.close()


def test_an_empty_spool_is_empty():
    assert list(Spool(RECORD_ROWS_ARROW)) == []


# --- ordered_map ------------------------------------------------------------------------------------------


@given(st.integers(0, 40), st.integers(1, 9))
@hypothesis_settings(deadline=None, max_examples=examples(40))
def test_results_come_in_the_order_of_the_arguments(count, in_flight):
    with ThreadPoolExecutor(3) as executor:
        assert list(ordered_map(executor, lambda n: n * n, range(count), in_flight=in_flight)) == [
            n * n for n in range(count)
        ]


def test_an_error_comes_in_its_place_and_cancels_what_has_not_begun():
    begun = []

    def work(n):
        begun.append(n)
        if n == 3:
            raise NotFoundError("gone")
        return n

    with ThreadPoolExecutor(1) as executor:
        got = drained(ordered_map(executor, work, range(1000), in_flight=4), NotFoundError)
    assert got == [0, 1, 2]
    assert len(begun) <= 3 + 4 + 1


def test_figures_without_a_status_make_the_reader_ask_for_it(wired):
    account = Account.of_sizes(5, 1500)
    unread = [UnknownJob(job_id) for job_id in (2, 1)]
    outcomes = read(wired(account), unread)
    assert ids_by_job(outcomes) == true_ids(account)
    assert all(outcome.facts is not None for outcome in outcomes)
