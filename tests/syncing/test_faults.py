"""Whatever goes wrong on the wire: in the end the destination has what the API has, once."""

import json
import threading
from contextlib import contextmanager
from dataclasses import replace

import pytest
from backends import on_every_store
from scripted_api import TOKEN, http_bytes, raw_server, settings
from sync_truth import Warehouse, assert_holds

import ecore_export
from ecore_export.api import http, pause
from ecore_export.destinations import open_destination
from ecore_export.errors import (
    AuthenticationError,
    DailyCapError,
    MalformedBodyError,
    NetworkError,
    RedirectError,
    ServerError,
)
from ecore_export.sandbox import Fault, JobSpec, Sandbox, serve
from ecore_export.settings import Secret
from ecore_export.syncing import SyncOptions, run_sync

SIZES = (0, 1, 100, 101, 1001, *(12,) * 15)


pytestmark = pytest.mark.thorough


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch):
    monkeypatch.setattr(http, "FIRST_BACKOFF_S", 0.0)
    monkeypatch.setattr(http, "LONGEST_BACKOFF_S", 0.0)
    for name in ("CAP_AFTER_S", "FIRST_GAP_S", "LONGEST_GAP_S"):
        monkeypatch.setattr(pause, name, 0.0)


class Served(Warehouse):
    """A destination that is filled over HTTP from a sandbox on a port."""

    def __init__(self, url, sandbox, base_url):
        super().__init__(url, sandbox.handle)
        self.sandbox = sandbox
        self.settings = settings(base_url, attempts=12, workers=4, timeout_s=5.0)

    def sync(self, **options):
        opened = open_destination(self.url)
        try:
            return run_sync(self.settings, opened, SyncOptions(**options))
        finally:
            opened.close()

    def holds(self):
        self.sandbox.faults.clear()
        assert_holds(self)


@pytest.fixture
def served(tmp_path):
    """A sandbox of 20 jobs on a port."""
    sandbox = Sandbox.with_jobs([JobSpec(size) for size in SIZES], token=TOKEN)
    with serve(sandbox) as address:
        yield Served(f"parquet:{tmp_path}/warehouse", sandbox, address.base_url)


# --- faults that pass -------------------------------------------------------------------------------------

PASSING = {
    "500s": [Fault(500, probability=0.2)],
    "503s that say for how long": [Fault(503, probability=0.2, retry_after=0)],
    "429s that say for how long": [Fault(429, probability=0.2, retry_after=0)],
    "cut bodies": [Fault("truncate", probability=0.2)],
    "resets": [Fault("reset", probability=0.2)],
    "web pages": [Fault("html", probability=0.2)],
    "half JSON": [Fault("broken-json", probability=0.2)],
    "all at once": [
        Fault(kind, probability=0.06)
        for kind in (500, 502, 503, 504, "truncate", "reset", "html", "broken-json")
    ],
}


@pytest.mark.parametrize("faults", PASSING.values(), ids=PASSING)
def test_faults_that_pass_leave_no_trace_but_retries(faults, served):
    served.sandbox.faults.add(*faults)
    result = served.synced()
    struck = served.sandbox.faults.struck
    assert struck > 3
    assert result.retries == struck
    assert result.requests == len(served.sandbox.request_log)
    served.holds()
    assert served.synced().jobs_changed == 0


def test_an_answer_that_comes_too_late_is_asked_for_again(served):
    served.settings = replace(served.settings, timeout_s=1.0)
    served.sandbox.faults.add(Fault("slow", delay_s=4.0, every=9))
    result = served.synced()
    assert result.retries == served.sandbox.faults.struck > 1
    served.holds()


def test_a_first_fault_on_every_request_leaves_no_trace(served):
    seen, lock = set(), threading.Lock()
    handle = served.sandbox.handle

    def first_fails(method, path, query, headers):
        with lock:
            is_first = (path, query) not in seen
            seen.add((path, query))
        if is_first:
            served.sandbox.faults.add(Fault(500, times=1, path=f"^{path}(\\?{query})?$"))
        return handle(method, path, query, headers)

    served.sandbox.handle = first_fails
    result = served.synced()
    assert result.retries == result.requests / 2 == len(seen)
    served.sandbox.handle = handle
    served.holds()


# --- faults that last -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fault", "error", "status"),
    [
        (Fault(500), ServerError, "stopped"),
        (Fault("reset"), NetworkError, "stopped"),
        (Fault("truncate"), NetworkError, "stopped"),
        (Fault("html"), MalformedBodyError, "stopped"),
        (Fault("broken-json"), MalformedBodyError, "stopped"),
        (Fault(429), DailyCapError, "stopped"),
        (Fault(429, retry_after=86_400), DailyCapError, "stopped"),
        (Fault("redirect"), RedirectError, "failed"),
        (Fault(401), AuthenticationError, "failed"),
        (Fault(403), AuthenticationError, "failed"),
    ],
    ids=lambda value: str(getattr(value, "kind", value)),
)
@pytest.mark.parametrize("where", ["", "jobs/[0-9]+/"], ids=["everywhere", "but not in the list"])
def test_faults_that_last_end_the_run_and_the_next_one_heals(fault, error, status, where, served):
    served.settings = replace(served.settings, attempts=3)
    served.sandbox.faults.add(replace(fault, path=where))
    result = served.sync()
    assert (result.status, type(result.error)) == (status, error)
    assert result.error.retryable == (status == "stopped")
    # An API that cannot be read at all leaves nothing behind at a destination that was never written.
    assert [run["status"] for run in served.runs()] == ([status] if where else [])
    assert len(served.job_ids()) == (len(SIZES) if where else 0)
    assert served.records() == []
    served.sandbox.faults.clear()
    served.synced()
    served.holds()


def test_an_api_that_is_not_there_stops_the_run(served):
    with raw_server(lambda _: b"") as gone:
        served.settings = replace(served.settings, base_url=gone.base_url, attempts=2)
    result = served.sync()
    assert (result.status, type(result.error)) == ("stopped", NetworkError)


def test_an_api_that_never_answers_stops_the_run(served):
    served.settings = replace(served.settings, timeout_s=1.0, attempts=2)
    served.sandbox.faults.add(Fault("slow", delay_s=4.0))
    result = served.sync()
    assert (result.status, type(result.error)) == ("stopped", NetworkError)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        http_bytes(b'{"count": 1', length=500),
        http_bytes(b"\x1f\x8bnope", "200 OK", "Content-Encoding: gzip"),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 9\r\n\r\nabcde",
        None,
    ],
    ids=["nothing", "blank", "no status", "ssh", "short", "bad gzip", "bad chunk", "two lengths", "reset"],
)
def test_an_answer_that_is_no_http_is_a_network_error(answer, served):
    with raw_server(lambda _: answer) as broken:
        served.settings = replace(served.settings, base_url=broken.base_url, attempts=3)
        result = served.sync()
        assert (result.status, type(result.error)) == ("stopped", NetworkError)
        assert len(broken.requests) == 3
        assert TOKEN not in str(result.error)


def test_a_length_that_lies_never_passes_for_a_whole_list(served):
    short = json.dumps(
        {"count": 0, "total_pages": 1, "current_page": 1, "next": None, "previous": None, "results": []}
    ).encode()
    with raw_server(lambda _: http_bytes(short, length=len(short) + 1)) as broken:
        served.settings = replace(served.settings, base_url=broken.base_url, attempts=2)
        assert type(served.sync().error) is NetworkError


# --- a token that expires, a cap that is spent ------------------------------------------------------------


@pytest.mark.parametrize("after", [1, 3, 12])
def test_a_token_that_expires_mid_run_fails_it_and_what_was_published_stays(after, served):
    handle, asked = served.sandbox.handle, []

    def expiring(*request):
        asked.append(request)
        if len(asked) > after:
            served.sandbox.token = "a new one"
        return handle(*request)

    served.sandbox.handle = expiring
    result = served.sync()
    assert (result.status, type(result.error)) == ("failed", AuthenticationError)
    assert len(served.job_ids()) == len(SIZES)
    assert {row["job_id"] for row in served.records()} <= set(served.job_ids())
    published = served.records()
    served.sandbox.handle, served.sandbox.token = handle, TOKEN
    served.synced()
    served.holds()
    assert {row["record_id"] for row in published} <= {row["record_id"] for row in served.records()}


def test_a_new_token_goes_on_where_the_old_one_expired(served):
    served.sandbox.token = "brand-new"
    assert type(served.sync().error) is AuthenticationError
    served.settings = replace(served.settings, token=Secret("brand-new"))
    served.synced()
    served.sandbox.token = TOKEN
    served.holds()


@contextmanager
def daily_cap(sandbox, requests, headers):
    """So many requests are answered, the others get a 429."""
    handle, lock, left = sandbox.handle, threading.Lock(), [requests]

    def capped(*request):
        with lock:
            left[0] -= 1
            if left[0] < 0:
                sandbox.faults.add(Fault(429, times=1, **headers))
            return handle(*request)

    sandbox.handle = capped
    try:
        yield
    finally:
        sandbox.handle = handle
        sandbox.faults.clear()


@pytest.mark.parametrize("headers", [{}, {"retry_after": 40_000}], ids=["no header", "long wait"])
@pytest.mark.parametrize("requests", [4, 11])
def test_a_daily_cap_is_lived_with_day_after_day_until_all_is_exported(requests, headers, served):
    exported = []
    while not exported or exported[-1] < len(SIZES):
        with daily_cap(served.sandbox, requests, headers):
            result = served.sync()
        if result.status != "complete":
            assert type(result.error) is DailyCapError
        exported.append(sum(row["records_exported"] is not None for row in served.jobs().values()))
        assert len(exported) <= len(SIZES), "not even a job a day"
    assert exported == sorted(exported)
    served.synced()
    served.holds()


def test_a_cap_in_the_middle_of_the_listing_is_lived_with(tmp_path):
    sandbox = Sandbox.with_jobs([JobSpec(0)] * 450, token=TOKEN)
    known = []
    with serve(sandbox) as address:
        warehouse = Served(f"parquet:{tmp_path}/warehouse", sandbox, address.base_url)
        for _ in range(3):
            with daily_cap(sandbox, 3, {"retry_after": 40_000}):
                assert warehouse.sync(no_records=True).status in ("stopped", "complete")
            known.append(len(warehouse.job_ids()))
        assert known == [300, 400, 450]
        assert warehouse.synced(no_records=True).requests <= 3


# --- the public call --------------------------------------------------------------------------------------


def test_the_public_call_reads_its_settings_and_raises_what_went_wrong(served, monkeypatch):
    monkeypatch.setenv("ECORE_BASE_URL", served.settings.base_url)
    monkeypatch.setenv("ECORE_API_TOKEN", TOKEN)
    result = ecore_export.sync(served.url, since="2020-01-01", workers=2)
    assert (result.status, result.jobs_exported) == ("complete", len(SIZES))
    served.holds()
    served.sandbox.faults.add(Fault(401))
    with pytest.raises(AuthenticationError):
        ecore_export.sync(served.url)


@pytest.mark.slow
@on_every_store
def test_a_live_account_is_followed_through_faults_to_its_end(destination_url):
    running = [JobSpec(size, status="Uploading") for size in (0, 90, 150, 1100)]
    finished = [JobSpec(size) for size in (*SIZES, *(3,) * 90)]
    sandbox = Sandbox.with_jobs([*running, *finished], token=TOKEN, advance_after_reads=4)
    kinds = (500, "truncate", "reset", "html", "broken-json")
    with serve(sandbox) as address:
        warehouse = Served(destination_url, sandbox, address.base_url)
        sandbox.faults.add(*(Fault(kind, probability=0.04) for kind in kinds))
        for turn in range(6):
            warehouse.synced()
            if turn < 3:
                sandbox.add_job(
                    130 * turn + 90, status="Uploading", outcome="Failed" if turn else "Processed"
                )
        for job_id in sandbox.job_ids:
            sandbox.advance(job_id)
        warehouse.synced()
        warehouse.holds()
