"""What httpx does not bound by itself: a whole request, a silent read when stopping, a body."""

import gc
import gzip
import json
import threading
import time
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import httpx
import pytest
from scripted_api import (
    KeepingServer,
    RawServer,
    Reply,
    Script,
    http_bytes,
    http_client_of,
    json_reply,
    kept_open,
    page_of_the_job,
    raw_server,
    settings,
)
from tls_server import TlsServer, make_certificate

from ecore_export import errors
from ecore_export.api import Api, clients, exchange
from ecore_export.api.exact import parse_exact

PATH = "email-validation/jobs/"
MIB = 1024 * 1024
JSON = json.dumps({"text": "ä" * 30_000}).encode()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


def asked(server_or_script, *, attempts=2, **options):
    """What a request to a `RawServer` or a `Script` gives."""
    is_served = isinstance(server_or_script, RawServer)
    given = {} if is_served else {"http_client": http_client_of(server_or_script.handle)}
    base = {"base_url": server_or_script.base_url} if is_served else {}
    with closing(Api(settings(**base, attempts=attempts), **given)) as api:
        return api.get(PATH, {}, bytes, **options)


def packed(body):
    return Reply(200, body, {"Content-Encoding": "gzip"})


# --- the body ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pieces", [1, 2, 7])
def test_a_body_of_several_gzip_members_is_read_whole(pieces):
    step = -(-len(JSON) // pieces)
    members = b"".join(gzip.compress(JSON[at : at + step]) for at in range(0, len(JSON), step))
    assert asked(Script(packed(members))) == JSON
    with raw_server(lambda _: http_bytes(members, "200 OK", "Content-Encoding: gzip")) as server:
        assert asked(server) == JSON


@pytest.mark.parametrize(
    "body",
    [
        gzip.compress(JSON)[:-9],
        gzip.compress(JSON)[:-1],
        gzip.compress(JSON)[:40],
        gzip.compress(JSON) + gzip.compress(JSON)[:-5],
        gzip.compress(JSON) + b"garbage",
        gzip.compress(JSON)[:-8] + b"\0" * 8,
        b"\x1f\x8bnope",
        JSON,
    ],
    ids=[
        "cut",
        "a byte short",
        "almost nothing",
        "second cut",
        "more behind it",
        "checksum",
        "none",
        "plain",
    ],
)
def test_gzip_that_is_cut_short_or_broken_is_noticed_and_asked_for_again(body):
    script = Script(packed(body), packed(body), packed(gzip.compress(b"[]")))
    assert asked(script, attempts=3) == b"[]"
    with pytest.raises(errors.NetworkError, match="decompressed"):
        asked(Script(packed(body)))


def test_a_compression_that_nobody_asked_for_is_told_as_what_it_is():
    with pytest.raises(errors.NetworkError, match="compressed in a way that nobody asked for"):
        asked(Script(Reply(200, b"...", {"Content-Encoding": "br"})))


def bomb(mib):
    """So many MiB of blanks, a thousandth of that as gzip."""
    packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    block = packing.compress(b" " * (16 * MIB)) + packing.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + block * (mib // 16)


def test_a_gzip_bomb_is_an_answer_too_large_and_takes_no_memory():
    body = bomb(2048)
    assert len(body) < 3 * MIB
    with raw_server(lambda _: http_bytes(body, "200 OK", "Content-Encoding: gzip")) as server:
        tracemalloc.start()
        try:
            with pytest.raises(errors.PayloadError, match="larger than 8 MiB, the limit"):
                asked(server, most_bytes=8 * MIB)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
        assert len(server.requests) == 1
    assert peak < 40 * MIB


@pytest.mark.parametrize("body", [b"x" * 101, gzip.compress(b"x" * 101)], ids=["plain", "gzip"])
def test_a_body_may_be_as_large_as_the_limit_and_no_larger(body):
    headers = {"Content-Encoding": "gzip"} if body[:1] == b"\x1f" else {}
    script = Script(Reply(200, body, headers))
    assert len(asked(script, most_bytes=101)) == 101
    with pytest.raises(errors.PayloadError, match="larger than"):
        asked(script, most_bytes=100)


def test_a_body_that_came_all_at_once_has_a_limit_too():
    mocked = httpx.Client(transport=httpx.MockTransport(lambda _: httpx.Response(200, content=b"x" * 101)))
    with closing(Api(settings(), http_client=mocked)) as api:
        assert len(api.get(PATH, {}, bytes, most_bytes=101)) == 101
        with pytest.raises(errors.PayloadError, match="larger than"):
            api.get(PATH, {}, bytes, most_bytes=100)


def test_the_limits_are_generous():
    from ecore_export.api import http
    from ecore_export.api.endpoints import DOWNLOAD_BYTES

    assert (http.PAGE_BYTES, DOWNLOAD_BYTES) == (256 * MIB, 1024 * MIB)


def test_of_an_error_s_body_only_the_beginning_is_read():
    script = Script(Reply(500, bomb(2048), {"Content-Encoding": "gzip"}))
    tracemalloc.start()
    try:
        with pytest.raises(errors.ServerError):
            asked(script, attempts=1)
        assert tracemalloc.get_traced_memory()[1] < 20 * MIB
    finally:
        tracemalloc.stop()


# --- connections ------------------------------------------------------------------------------------------


def test_a_connection_that_dies_under_a_request_is_tried_again_and_counted():
    class Dying(KeepingServer):
        """Hangs up on each second request of a connection, without an answer."""

        def _keep(self, connection):
            with connection:
                for answer in (kept_open({}), b""):
                    head = connection.recv(65536)
                    if not head:
                        return
                    self.requests.append(head)
                    connection.sendall(answer)

    with (
        closing(Dying(lambda _: b"")) as server,
        closing(Api(settings(server.base_url, workers=1))) as api,
    ):
        for _ in range(4):
            assert api.get(PATH, {}, parse_exact) == {}
        assert len(server.requests) == api.traffic.requests == 7
        assert api.traffic.retries == 3


def chunked(head):
    """An answer as short as one without a length can be: its end shows only once it has come."""
    body = page_of_the_job(head).partition(b"\r\n\r\n")[2]
    return b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


@pytest.mark.parametrize("answer", [page_of_the_job, chunked])
@pytest.mark.parametrize("is_read_by_a_hook", [False, True])
def test_an_answer_that_came_twice_is_refused_however_it_is_read(answer, is_read_by_a_hook):
    hooks = {"response": [lambda response: response.read()]} if is_read_by_a_hook else {}
    first = [True]

    def twice_at_first(head):
        return answer(head) * (1 + bool(first and first.pop()))

    with (
        closing(KeepingServer(twice_at_first)) as server,
        httpx.Client(event_hooks=hooks) as http_client,
        closing(Api(settings(server.base_url), http_client=http_client)) as api,
    ):
        for job_id in range(1, 6):
            page = api.get(f"{PATH}{job_id}/records/", {"page": 1}, parse_exact)
            assert page["results"][0]["id"] == job_id
        assert api.traffic.retries == 1


def test_the_last_of_several_retry_after_counts():
    def answer(request):
        pairs = [("Retry-After", "5"), ("Retry-After", "86400")]
        return httpx.Response(429, headers=pairs, stream=httpx.ByteStream(b""))

    mocked = httpx.Client(transport=httpx.MockTransport(answer))
    with closing(Api(settings(), http_client=mocked)) as api, pytest.raises(errors.DailyCapError):
        api.get(PATH, {}, bytes)


def test_our_client_keeps_no_cookie_and_reads_no_netrc(monkeypatch, tmp_path):
    (tmp_path / ".netrc").write_text("default login user password secret\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with raw_server(lambda _: http_bytes(b"{}", "200 OK", "Set-Cookie: session=1")) as server:
        with closing(Api(settings(server.base_url))) as api:
            for _ in range(2):
                api.get(PATH, {}, parse_exact)
        assert len(server.requests) == 2
        for head in server.requests:
            assert b"cookie" not in head.lower()
            assert b"Basic" not in head


def test_clients_share_what_they_trust_and_speak_tls_1_2_at_least(monkeypatch):
    made = []
    monkeypatch.setattr(httpx, "create_ssl_context", lambda **_: made.append(1) or _context())
    clients._trusted.cache_clear()
    for _ in range(3):
        clients.new_client(settings("https://api.example/")).close()
    assert made == [1]
    assert clients._trusted(True, None, None).minimum_version.name == "TLSv1_2"
    clients._trusted.cache_clear()


def _context():
    import ssl

    return ssl.create_default_context()


# --- stopping, and the longest a request may take ---------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def silent(request, certificate, monkeypatch):
    """A server that takes requests and says nothing more, at the beginning or in the middle of a body."""
    going_on, came = threading.Event(), threading.Event()

    def say(connection):
        connection.recv(65536)
        if "body" in request.param:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n[")
        came.set()
        going_on.wait(20)

    monkeypatch.setattr(RawServer, "_serve", lambda _self, connection: say(connection))
    if "tls" in request.param:
        # Trusted on loopback, where nothing in the environment counts.
        import ssl

        trusting = ssl.create_default_context(cafile=certificate)
        monkeypatch.setattr(clients, "_trusted", lambda *_: trusting)
        server = TlsServer(certificate)
        url = server.base_url.replace("http://", "https://")
    else:
        server = RawServer(lambda _: b"")
        url = server.base_url
    yield url, came
    going_on.set()
    server.close()


@pytest.mark.parametrize("silent", ["plain", "plain, body", "tls", "tls, body"], indirect=True)
def test_stopping_ends_a_silent_read_within_a_second(silent):
    url, came = silent
    stopping = threading.Event()
    with (
        closing(Api(settings(url, timeout_s=30.0), stopping=stopping)) as api,
        ThreadPoolExecutor(1) as pool,
    ):
        waiting = pool.submit(api.get, PATH, {}, bytes)
        assert came.wait(10)
        begun = time.monotonic()
        stopping.set()
        with pytest.raises(errors.StoppedError):
            waiting.result(10)
        assert time.monotonic() - begun < 1
        assert api.traffic.requests == 1


def test_a_callers_client_stops_at_the_next_chunk():
    stopping, begun = threading.Event(), threading.Event()

    def dripping():
        yield b"["
        begun.set()
        stopping.wait(10)
        while True:
            yield b" "

    mocked = httpx.Client(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, stream=Dripping(dripping())))
    )
    with (
        closing(Api(settings(), http_client=mocked, stopping=stopping)) as api,
        ThreadPoolExecutor(1) as pool,
    ):
        waiting = pool.submit(api.get, PATH, {}, bytes)
        assert begun.wait(10)
        stopping.set()
        with pytest.raises(errors.StoppedError):
            waiting.result(10)


class Dripping(httpx.SyncByteStream):
    def __init__(self, chunks):
        self._chunks = chunks

    def __iter__(self):
        return self._chunks


def test_who_waits_for_a_connection_of_a_small_pool_sends_nothing_once_stopped():
    stopping, begun, going_on = threading.Event(), threading.Event(), threading.Event()

    def slow(_head):
        begun.set()
        going_on.wait(10)
        return http_bytes(b"{}")

    with raw_server(slow) as server, httpx.Client(limits=httpx.Limits(max_connections=1)) as small:
        with (
            closing(Api(settings(server.base_url), http_client=small, stopping=stopping)) as api,
            ThreadPoolExecutor(4) as pool,
        ):
            waiting = [pool.submit(api.get, PATH, {}, bytes) for _ in range(4)]
            assert begun.wait(10)
            stopping.set()
            going_on.set()
            for each in waiting:
                with pytest.raises(errors.StoppedError):
                    each.result(10)
        assert len(server.requests) == 1


def test_a_head_that_drips_for_ever_is_given_up(monkeypatch):
    monkeypatch.setattr(exchange, "REQUEST_LIMIT_S", 0.3)

    def dripping(_server, connection):
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while True:
            connection.sendall(b"x")
            time.sleep(0.01)

    monkeypatch.setattr(RawServer, "_serve", dripping)
    with raw_server(lambda _: b"") as server, pytest.raises(errors.NetworkError, match="took too long"):
        asked(server, attempts=1)


def test_a_client_that_is_thrown_away_leaves_no_thread():
    with closing(KeepingServer(lambda _: kept_open({}))) as server:
        api = Api(settings(server.base_url))
        api.get(PATH, {}, parse_exact)
        watching = api._exchange._watch._thread
        assert watching.is_alive()
        api._exchange._client.close()
        del api
        gc.collect()
        watching.join(5)
        assert not watching.is_alive()


# --- who refuses ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "is_the_api"),
    [
        (b'{"detail": "You do not have permission."}', True),
        (b"<html>Blocked by policy</html>", False),
        (b"", False),
        (b'{"error": "blocked"}', False),
        (b'["detail"]', False),
        (b"\xff\xfe", False),
        (b"[" * 100_000, False),
    ],
)
def test_a_403_is_the_token_s_only_if_it_is_the_api_s(body, is_the_api):
    with pytest.raises(errors.ApiError) as raised:
        asked(Script(Reply(403, body)))
    assert type(raised.value) is (errors.AuthenticationError if is_the_api else errors.BadRequestError)
    assert raised.value.status == 403
    assert ("token" in str(raised.value)) == is_the_api
    assert ("firewall or proxy" in str(raised.value)) != is_the_api
    assert not raised.value.retryable


def test_a_refused_proxy_password_is_a_person_s_affair(monkeypatch):
    with raw_server(lambda _: http_bytes(b"", "407 Proxy Authentication Required")) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:wr0ng@127.0.0.1:{proxy.port}")
        with closing(Api(settings("https://api.example/"))) as api, pytest.raises(errors.ApiError) as raised:
            api.get(PATH, {}, bytes)
        assert len(proxy.requests) == 1
    assert type(raised.value) is errors.ApiError
    assert not raised.value.retryable
    assert "407" in str(raised.value)
    assert "wr0ng" not in str(raised.value)
    with pytest.raises(errors.ApiError, match="proxy refuses its user or password") as raised:
        asked(Script(json_reply({}, 407)))
    assert not raised.value.retryable
