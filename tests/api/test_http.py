"""One request in, its parsed body or the right error out; the token goes nowhere else."""

import gzip
import json
import logging
import pickle
import re
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scripted_api import (
    TOKEN,
    KeepingServer,
    RawServer,
    Reply,
    Script,
    http_bytes,
    http_client_of,
    json_reply,
    kept_open,
    page_json,
    page_of_the_job,
    raw_server,
    record_json,
    settings,
)

import ecore_export
from ecore_export import errors
from ecore_export.api import Api, clients, exchange, failures, http, pause
from ecore_export.api.exact import parse_exact

PATH = "email-validation/jobs/"


@pytest.fixture(autouse=True)
def waits(monkeypatch):
    """Waits are noted, not slept: the clock is put forward instead."""
    asked: list[float] = []
    lock = threading.Lock()

    def sleep(_self, seconds):
        with lock:
            asked.append(seconds)

    monkeypatch.setattr(Api, "_sleep", sleep)
    monkeypatch.setattr(Api, "_clock", staticmethod(lambda: sum(asked)))
    return asked


def get(script, *, path=PATH, params=None, parse=parse_exact, **options):
    attempts = options.pop("attempts", 8)
    opened = Api(settings(attempts=attempts), http_client=http_client_of(script.handle), **options)
    try:
        return opened.get(path, params or {}, parse)
    finally:
        opened.close()


def status(code, **headers):
    return json_reply({"detail": "…"}, code, **headers)


# --- what an answer becomes -------------------------------------------------------------------------------


def test_a_request_goes_while_another_ones_answer_is_parsed_and_never_beside_more_than_the_workers():
    script, asked_again = Script(json_reply({})), threading.Event()
    under_way, most, lock = [0], [0], threading.Lock()

    def handle(*request):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            if len(script.requests) == 1:
                asked_again.set()
        reply = script.handle(*request)
        with lock:
            under_way[0] -= 1
        return reply

    with (
        closing(Api(settings(workers=1), http_client=http_client_of(handle))) as api,
        ThreadPoolExecutor(4) as executor,
    ):
        found = [executor.submit(api.get, PATH, {}, lambda _body: asked_again.wait(10)) for _ in range(8)]
        assert [each.result() for each in found] == [True] * 8
    assert most == [1]


def test_a_good_answer_is_parsed_and_took_one_request():
    script = Script(json_reply({"count": 3}))
    assert get(script, params={"page": 2, "page_size": 100}) == {"count": 3}
    ((method, path, query, _),) = script.requests
    assert (method, path, query) == (
        "GET",
        "/backend/api/v1/email-validation/jobs/",
        "page=2&page_size=100",
    )


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (301, errors.RedirectError),
        (302, errors.RedirectError),
        (307, errors.RedirectError),
        (308, errors.RedirectError),
        (400, errors.BadRequestError),
        (401, errors.AuthenticationError),
        (402, errors.BadRequestError),
        (403, errors.AuthenticationError),
        (404, errors.NotFoundError),
        (405, errors.BadRequestError),
        (410, errors.BadRequestError),
        (422, errors.BadRequestError),
    ],
)
def test_a_final_status_is_its_error_after_one_request(code, error):
    script = Script(status(code))
    with pytest.raises(error) as raised:
        get(script)
    assert type(raised.value) is error
    assert raised.value.status == code
    assert not raised.value.retryable
    assert len(script.requests) == 1


@pytest.mark.parametrize("code", [408, 500, 502, 503, 504, 599])
def test_a_server_fault_is_tried_again_until_the_attempts_are_spent(code, waits):
    script = Script(status(code))
    with pytest.raises(errors.ServerError) as raised:
        get(script, attempts=5)
    assert raised.value.status == code
    assert raised.value.retryable
    assert len(script.requests) == 5
    assert len(waits) == 4


@pytest.mark.parametrize(
    "fault",
    [
        status(500),
        Reply(is_broken_off=True),
        Reply(200, b"<!doctype html><title>Maintenance</title>"),
        Reply(200, b'{"count": 3, "resu'),
        Reply(200, b""),
        Reply(200, b"\xff\xfe\x00"),
        Reply(204, b""),
        Reply(200, b"not gzip", {"Content-Encoding": "gzip"}),
    ],
    ids=["500", "broken off", "html", "half json", "empty", "not utf-8", "204", "bad gzip"],
)
def test_a_passing_fault_is_tried_again(fault, waits):
    script = Script(fault, fault, json_reply([1]))
    assert get(script) == [1]
    assert len(script.requests) == 3
    assert len(waits) == 2


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Reply(200, b"<html>"), errors.MalformedBodyError),
        (Reply(is_broken_off=True), errors.NetworkError),
        (Reply(204, b""), errors.MalformedBodyError),
    ],
)
def test_a_lasting_fault_is_its_error(fault, error):
    with pytest.raises(error) as raised:
        get(Script(fault), attempts=3)
    assert raised.value.retryable


def test_json_that_is_no_json_payload_is_not_tried_again():
    def parse(_body):
        raise errors.PayloadError("page: expected object, got array")

    script = Script(json_reply([]))
    with pytest.raises(errors.PayloadError):
        get(script, parse=parse)
    assert len(script.requests) == 1


def test_a_compressed_answer_is_read():
    body = gzip.compress(b'{"a": 1}')
    assert get(Script(Reply(200, body, {"Content-Encoding": "gzip"}))) == {"a": 1}


def on_the_wire(body, *headers):
    """An HTTP answer as it is sent, without a length unless a header says so."""
    return "\r\n".join(["HTTP/1.1 200 OK", *headers, "Connection: close", "", ""]).encode() + body


JSON = json.dumps({"text": "ä" * 300_000}).encode()
PACKED = gzip.compress(JSON)


def in_chunks(body):
    """As `Transfer-Encoding: chunked` has it."""
    parts = [body[start : start + 1000] for start in range(0, len(body), 1000)]
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in [*parts, b""])


@pytest.mark.parametrize(
    "answer",
    [
        on_the_wire(JSON, f"Content-Length: {len(JSON)}"),
        on_the_wire(JSON),
        on_the_wire(in_chunks(JSON), "Transfer-Encoding: chunked"),
        on_the_wire(PACKED, "Content-Encoding: gzip", f"Content-Length: {len(PACKED)}"),
        on_the_wire(in_chunks(PACKED), "Content-Encoding: gzip", "Transfer-Encoding: chunked"),
    ],
    ids=["with a length", "until it closes", "chunked", "gzip", "chunked gzip"],
)
def test_a_body_is_read_however_it_is_sent(answer):
    with raw_server(lambda _: answer) as server:
        wire = Api(settings(server.base_url))
        assert wire.get(PATH, {}, bytes) == JSON
        assert 0 < wire.traffic.bytes_received <= len(answer)
        wire.close()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"SSH-2.0-OpenSSH_9.6\r\n",
        on_the_wire(JSON[:-1], f"Content-Length: {len(JSON)}"),
        on_the_wire(in_chunks(JSON)[:-9], "Transfer-Encoding: chunked"),
        on_the_wire(PACKED[:-9], "Content-Encoding: gzip", f"Content-Length: {len(PACKED)}"),
    ],
    ids=["nothing", "half a head", "no HTTP", "less than its length", "no last chunk", "less gzip"],
)
def test_half_an_answer_is_tried_again(answer, waits):
    with raw_server(lambda _: answer) as server:
        wire = Api(settings(server.base_url, attempts=3))
        with pytest.raises((errors.NetworkError, errors.MalformedBodyError)) as raised:
            wire.get(PATH, {}, parse_exact)
        wire.close()
        assert raised.value.retryable
        assert len(server.requests) == 3


def test_nobody_listening_is_a_network_error(waits):
    with raw_server(lambda _: b"") as server:
        base_url = server.base_url
    opened = Api(settings(base_url, attempts=2))
    with pytest.raises(errors.NetworkError, match=r"127\.0\.0\.1"):
        opened.get(PATH, {}, parse_exact)
    opened.close()


# --- waiting ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seconds", [0, 1, 17, 120])
def test_a_429_is_waited_out_as_long_as_the_server_asks(seconds, waits):
    script = Script(status(429, Retry_After=str(seconds)), json_reply({}))
    assert get(script) == {}
    assert sum(waits) == seconds


def test_a_date_in_retry_after_is_waited_for(waits):
    then = datetime.now(UTC) + timedelta(seconds=60)
    script = Script(status(429, Retry_After=format_datetime(then, usegmt=True)), json_reply({}))
    assert get(script) == {}
    assert sum(waits) == pytest.approx(60, abs=2)


def test_a_date_in_the_past_is_no_wait(waits):
    script = Script(status(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), json_reply({}))
    assert get(script) == {}
    assert waits == []


@pytest.mark.parametrize("asked", ["121", "86400", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_longer_wait_is_the_daily_cap_at_once(asked, waits):
    script = Script(status(429, Retry_After=asked))
    with pytest.raises(errors.DailyCapError) as raised:
        get(script)
    assert raised.value.status == 429
    assert raised.value.retryable
    assert raised.value.retry_after_s > 120
    assert waits == []
    assert len(script.requests) == 1


@pytest.mark.parametrize("headers", [{}, {"Retry_After": "soon"}, {"Retry_After": "-5"}])
def test_429s_without_a_time_are_the_daily_cap_when_nothing_gets_through_for_some_seconds(headers, waits):
    script = Script(status(429, **headers))
    with pytest.raises(errors.DailyCapError):
        get(script, attempts=2)
    assert pause.CAP_AFTER_S <= sum(waits) <= 2 * pause.CAP_AFTER_S
    assert len(script.requests) < 10


def test_a_spent_cap_is_spent_for_all_that_wait_and_not_for_ever(monkeypatch):
    script = Script(json_reply({}))
    with closing(Api(settings(), http_client=http_client_of(script.handle))) as opened:
        opened._pause.hold(60)
        monkeypatch.setattr(Api, "_sleep", lambda api, _seconds: api._pause.limited(0, 86_400))
        with pytest.raises(errors.DailyCapError):
            opened.get(PATH, {}, parse_exact)
        assert script.requests == []
        monkeypatch.setattr(Api, "_sleep", lambda *_: None)
        assert opened.get(PATH, {}, parse_exact) == {}


@pytest.mark.parametrize("between", [status(500), Reply(200, b"<html>"), json_reply({})])
def test_what_got_through_between_429s_shows_that_the_cap_is_not_spent(between, monkeypatch):
    monkeypatch.setattr(pause, "CAP_AFTER_S", 0.0)
    script = Script(*[reply for _ in range(6) for reply in (status(429), between)], json_reply({}))
    with closing(Api(settings(), http_client=http_client_of(script.handle))) as opened:
        for _ in range(7):
            assert opened.get(PATH, {}, parse_exact) == {}
    assert len(script.replies) == 1


class VirtualTime:
    """Time for so many threads that goes on only when all of them sleep: to the one that wakes first."""

    def __init__(self, threads):
        self.now, self._awake, self._sleeping = 0.0, threads, []
        self._changed = threading.Condition()

    def sleep(self, seconds):
        with self._changed:
            mine = self.now + seconds, threading.get_ident()
            self._sleeping.append(mine)
            self._awake -= 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._awake and mine == min(self._sleeping))
            self._sleeping.remove(mine)
            self._awake += 1
            self.now = mine[0]

    def over(self):
        with self._changed:
            self._awake -= 1
            self._changed.notify_all()


@pytest.mark.parametrize("workers", [1, 8])
@pytest.mark.parametrize("headers", [{}, {"Retry_After": "1"}], ids=["no time", "a second"])
@pytest.mark.parametrize("latency_s", [0.005, 0.4])
def test_a_rate_limit_is_no_daily_cap_and_everything_arrives(workers, headers, latency_s, monkeypatch):
    """As with nginx's ``limit_req`` at 15 a second: one each 67 ms gets through, the others are a 429."""
    time_, lock, free_at, passed = VirtualTime(workers), threading.Lock(), [0.0], []
    monkeypatch.setattr(Api, "_sleep", lambda _self, seconds: time_.sleep(seconds))
    monkeypatch.setattr(Api, "_clock", staticmethod(lambda: time_.now))

    def limited(_method, _path, query, _headers):
        with lock:
            is_free = time_.now >= free_at[0]
            if is_free:
                free_at[0] = time_.now + 1 / 15
                passed.append(query)
        time_.sleep(latency_s)
        return json_reply({}) if is_free else status(429, **headers)

    pages = list(range(150))

    def work():
        while pages:
            with suppress(IndexError):
                opened.get(PATH, {"page": pages.pop()}, parse_exact)
        time_.over()

    with closing(Api(settings(), http_client=http_client_of(limited))) as opened:
        threads = [threading.Thread(target=work) for _ in range(workers)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(passed) == sorted(f"page={page}" for page in range(150))
    assert time_.now < 3 * 150 * max(1 / 15, latency_s / workers)
    assert opened.traffic.retries < 75


def test_endless_short_429_end_as_the_daily_cap():
    script = Script(status(429, Retry_After="0"))
    with pytest.raises(errors.DailyCapError):
        get(script, attempts=6)
    assert len(script.requests) == 6


def test_a_server_that_is_down_may_say_for_how_long(waits):
    assert get(Script(status(503, Retry_After="7"), json_reply({}))) == {}
    assert waits == [7]


def test_backoff_grows_with_jitter_up_to_a_limit(waits):
    with pytest.raises(errors.ServerError):
        get(Script(status(500)), attempts=9)
    ceilings = [0.25, 0.5, 1, 2, 4, 8, 8, 8]
    assert len(waits) == len(ceilings)
    for wait, ceiling in zip(waits, ceilings, strict=True):
        assert ceiling / 2 <= wait <= ceiling


def test_a_request_gets_no_further_attempt_after_its_time(monkeypatch):
    monkeypatch.setattr(http, "REQUEST_BUDGET_S", 100.0)
    script = Script(status(503, Retry_After="110"))
    with pytest.raises(errors.ServerError):
        get(script)
    assert len(script.requests) == 1


@hypothesis_settings(deadline=None)
@given(st.text(st.characters(min_codepoint=32, max_codepoint=255)) | st.from_regex(r"[0-9:, A-Za-z+-]{0,40}"))
def test_no_retry_after_breaks_anything(text):
    wait = failures.retry_after_s(text, datetime.now(UTC))
    assert wait is None or wait >= 0


# --- counting, budget, stopping ---------------------------------------------------------------------------


def test_attempts_retries_and_bytes_are_counted():
    script = Script(status(500), Reply(is_broken_off=True), json_reply([1, 2]))
    opened = Api(settings(), http_client=http_client_of(script.handle))
    opened.get(PATH, {}, parse_exact)
    opened.get(PATH, {}, parse_exact)
    opened.close()
    assert opened.traffic.requests == 4
    assert opened.traffic.retries == 2
    assert opened.traffic.bytes_received == len(status(500).body) + 2 * len(b"[1, 2]")


def test_the_budget_counts_attempts_and_is_never_exceeded():
    script = Script(status(500), status(500), json_reply({}))
    opened = Api(settings(), http_client=http_client_of(script.handle), max_requests=4)
    opened.get(PATH, {}, parse_exact)
    opened.get(PATH, {}, parse_exact)
    with pytest.raises(errors.RequestBudgetError) as raised:
        opened.get(PATH, {}, parse_exact)
    opened.close()
    assert raised.value.retryable
    assert len(script.requests) == opened.traffic.requests == 4


def test_the_budget_ends_retries():
    script = Script(status(500))
    with pytest.raises(errors.RequestBudgetError):
        get(script, max_requests=2)
    assert len(script.requests) == 2


def test_after_its_minutes_no_request_begins(monkeypatch):
    now = [1_000.0]
    monkeypatch.setattr(Api, "_clock", staticmethod(lambda: now[0]))
    script = Script(json_reply({}))
    opened = Api(settings(), http_client=http_client_of(script.handle), max_minutes=0.5)
    opened.get(PATH, {}, parse_exact)
    now[0] += 29
    opened.get(PATH, {}, parse_exact)
    now[0] += 1
    with pytest.raises(errors.TimeBudgetError, match=r"the 0\.5 minutes of this run are over") as raised:
        opened.get(PATH, {}, parse_exact)
    opened.close()
    assert raised.value.retryable
    assert len(script.requests) == 2


@pytest.mark.parametrize(
    "refusal", [status(429, Retry_After="100"), status(503, Retry_After="100"), status(500)]
)
def test_no_wait_goes_on_after_its_minutes(refusal, monkeypatch):
    monkeypatch.undo()
    begun = time.monotonic()
    with pytest.raises(errors.TimeBudgetError):
        get(Script(refusal), max_minutes=0.002)
    assert time.monotonic() - begun < 5


def test_once_stopped_no_request_is_sent():
    stopping = threading.Event()
    stopping.set()
    script = Script(json_reply({}))
    with pytest.raises(errors.StoppedError):
        get(script, stopping=stopping)
    assert script.requests == []


def test_stopping_ends_a_wait_at_once(monkeypatch):
    monkeypatch.undo()
    stopping = threading.Event()

    class Limited(Script):
        def handle(self, *request):
            threading.Timer(0.05, stopping.set).start()
            return super().handle(*request)

    script = Limited(status(429, Retry_After="100"))
    begun = time.monotonic()
    with pytest.raises(errors.StoppedError):
        get(script, stopping=stopping)
    assert time.monotonic() - begun < 5
    assert len(script.requests) == 1


def test_many_threads_share_one_api():
    script = Script(json_reply({}))
    opened = Api(settings(), http_client=http_client_of(script.handle))
    threads = [
        threading.Thread(target=lambda: [opened.get(PATH, {}, parse_exact) for _ in range(20)])
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    opened.close()
    assert opened.traffic.requests == len(script.requests) == 160


# --- what is sent, and where ------------------------------------------------------------------------------


def test_every_request_carries_the_token_and_says_who_asks():
    script = Script(json_reply({}))
    get(script)
    headers = {name.lower(): value for name, value in script.requests[0][3].items()}
    assert headers["authorization"] == f"Token {TOKEN}"
    assert headers["accept"] == "application/json"
    assert re.fullmatch(
        rf"ecore-export/{re.escape(ecore_export.__version__)} python/3\.\d+\.\d+\S*", headers["user-agent"]
    )


def test_a_redirect_is_not_followed():
    def redirect(_head):
        return http_bytes(b"", "302 Found", f"Location: {elsewhere.base_url}")

    with raw_server(lambda _: http_bytes(b"{}")) as elsewhere, raw_server(redirect) as server:
        opened = Api(settings(server.base_url))
        with pytest.raises(errors.RedirectError):
            opened.get(PATH, {}, parse_exact)
        opened.close()
        assert len(server.requests) == 1
        assert elsewhere.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_loopback_is_never_asked_through_a_proxy(host, variable, monkeypatch):
    with (
        raw_server(lambda _: http_bytes(b'{"by": "proxy"}')) as proxy,
        raw_server(lambda _: http_bytes(b'{"by": "server"}')) as server,
    ):
        monkeypatch.setenv(variable, f"http://127.0.0.1:{proxy.port}")
        opened = Api(settings(server.base_url.replace("127.0.0.1", host)))
        assert opened.get(PATH, {}, parse_exact) == {"by": "server"}
        opened.close()
        assert proxy.requests == []


def test_only_get_is_ever_sent():
    with raw_server(lambda _: http_bytes(b"", "500 Fault")) as server:
        opened = Api(settings(server.base_url, attempts=3))
        with pytest.raises(errors.ServerError):
            opened.get(PATH, {"page": 1}, parse_exact)
        opened.close()
        assert [head.split(b" ")[0] for head in server.requests] == [b"GET"] * 3


# --- secrets ----------------------------------------------------------------------------------------------

BODY_SECRET = "jane.doe@example.com"


@pytest.mark.parametrize("code", [200, 204, 302, 400, 401, 403, 404, 408, 429, 500])
def test_neither_token_nor_body_is_in_any_error_or_log(code, caplog):
    caplog.set_level(logging.DEBUG)
    page = http_bytes(f"<html>{BODY_SECRET}</html>".encode(), f"{code} Whatever")
    with raw_server(lambda _: page) as server:
        opened = Api(settings(server.base_url, attempts=2))
        with pytest.raises(errors.ApiError) as raised:
            opened.get(PATH, {}, parse_exact)
        opened.close()
    text = "".join(traceback.format_exception(raised.value))
    chain, error = [], raised.value
    while error is not None:
        chain += [str(error), repr(error), repr(vars(error))]
        error = error.__cause__ or error.__context__
    for shown in (text, caplog.text, *chain):
        assert TOKEN not in shown
    assert BODY_SECRET not in text
    assert BODY_SECRET not in caplog.text
    assert BODY_SECRET not in str(raised.value)


def test_the_token_shows_in_no_repr_and_is_not_pickled():
    made = settings()
    opened = Api(made)
    assert TOKEN not in repr(made) + str(made) + repr(made.token) + str(made.token) + f"{made.token}"
    assert TOKEN not in repr(opened) + repr(vars(opened)) + repr(vars(opened._exchange)) + repr(
        vars(opened._exchange._client)
    )
    opened.close()
    with pytest.raises(TypeError):
        pickle.dumps(made)


def test_a_body_that_drips_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr(exchange, "REQUEST_LIMIT_S", 0.3)

    def dripping(server, connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b" ")
            time.sleep(0.01)

    monkeypatch.setattr(RawServer, "_serve", dripping)
    with raw_server(lambda _: b"") as server, closing(Api(settings(server.base_url, attempts=2))) as wire:
        with pytest.raises(errors.NetworkError, match="took too long"):
            wire.get("jobs/", {}, bytes)
        assert wire.traffic.requests == 2


# --- connections ------------------------------------------------------------------------------------------


def test_threads_share_connections():
    asked = []
    with raw_server(lambda head: asked.append(head) or http_bytes(b"{}")) as server:
        wire = Api(settings(server.base_url))
        for _ in range(20):
            thread = threading.Thread(target=wire.get, args=("jobs/", {}, bytes))
            thread.start()
            thread.join()
        assert len(asked) == 20
        wire.close()
        with pytest.raises(RuntimeError, match="closed"):
            wire.get("jobs/", {}, bytes)


@pytest.mark.parametrize("again_s", [0.0, 0.02])
def test_an_answer_that_comes_twice_is_no_answer_to_the_next_request(again_s):
    with (
        closing(KeepingServer(page_of_the_job, again_s=again_s)) as server,
        closing(Api(settings(server.base_url))) as wire,
    ):
        found = []
        for job_id in range(1, 6):
            page = wire.get(f"{PATH}{job_id}/records/", {"page": 1}, parse_exact)
            found.append(page["results"][0]["id"])
            time.sleep(0.05)
        assert found == [1, 2, 3, 4, 5]


def test_answers_that_are_the_same_by_right_are_taken():
    def answer(head):
        return kept_open(page_json([] if b"?status=" in head else [record_json(1)]))

    with closing(KeepingServer(answer)) as server, closing(Api(settings(server.base_url))) as wire:
        for params in (
            {"status": "Processing"},
            {"status": "Failed"},
            {},
            {},
            {"status": "Failed"},
            {"page": 1},
        ):
            wire.get(PATH, params, parse_exact)
        assert (wire.traffic.requests, wire.traffic.retries) == (6, 0)


def test_a_connection_that_the_server_has_closed_costs_no_request_of_the_budget():
    with (
        raw_server(lambda _: kept_open({})) as server,  # says nothing of hanging up
        closing(Api(settings(server.base_url), max_requests=3)) as wire,
    ):
        for _ in range(3):
            wire.get(PATH, {}, parse_exact)
            time.sleep(0.05)
        assert (len(server.requests), wire.traffic.requests, wire.traffic.retries) == (3, 3, 0)


def test_closing_ends_who_waits_for_an_answer():
    begun, going_on = threading.Event(), threading.Event()

    def slow(_):
        begun.set()
        going_on.wait(10)
        return http_bytes(b"{}")

    with raw_server(slow) as server:
        wire = Api(settings(server.base_url))
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(wire.get, "jobs/", {}, bytes)
            begun.wait(10)
            wire.close()
            with pytest.raises(RuntimeError, match="closed"):
                waiting.result(10)
        going_on.set()


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ("https://api.example/v1/", "https://api.example/v1/"),
        ("https://bücher.example:8443/äpi/v1/", "https://xn--bcher-kva.example:8443/%C3%A4pi/v1/"),
        ("http://[::1]:8000/a%20b/", "http://[::1]:8000/a%20b/"),
    ],
)
def test_a_base_url_goes_over_the_wire_in_ascii(given, sent):
    assert str(clients.base_url(settings(given))) == sent


@pytest.mark.parametrize(
    "host",
    [
        *("foo|bar.example", "a{b}.example", "a..example", "ﬁ.example", "a b.example", "%41.example"),
        *("a..b", "a" * 64, f"{'a' * 64}.example"),
    ],
)
def test_a_host_that_is_none_is_a_settings_error(host):
    with pytest.raises(errors.SettingsError, match="ECORE_BASE_URL"):
        Api(settings(f"https://{host}/v1/"))


@pytest.mark.parametrize("proxy", ["http://a..b:1", f"http://{'a' * 64}.example:1"])
def test_a_proxy_whose_host_is_none_is_a_settings_error(proxy, monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with (
        closing(Api(settings("https://api.example/v1/", attempts=1))) as wire,
        pytest.raises(errors.SettingsError, match="invalid host in the URL of the proxy"),
    ):
        wire.get(PATH, {}, parse_exact)


def test_a_proxy_that_refuses_is_said_so(monkeypatch):
    with raw_server(lambda _: http_bytes(b"", "502 Bad Gateway")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with (
            closing(Api(settings("https://api.example/v1/", attempts=1))) as wire,
            pytest.raises(errors.NetworkError, match=r"the proxy refuses to lead there \(502\)"),
        ):
            wire.get(PATH, {}, parse_exact)
