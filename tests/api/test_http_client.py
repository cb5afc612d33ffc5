"""The caller's own `httpx.Client`: all of it counts but what would send the token elsewhere."""

import ssl
import threading
from contextlib import closing
from urllib.parse import parse_qs

import httpx
import pytest
from scripted_api import TOKEN, Account, http_bytes, http_client_of, raw_server, settings
from tls_server import TlsServer, make_certificate

import ecore_export as ee
from ecore_export.api import Api
from ecore_export.api.exact import parse_exact
from ecore_export.errors import SettingsError
from ecore_export.sandbox import BASE_PATH, JobSpec, Sandbox, serve

LOCAL = {"token": TOKEN, "base_url": "http://localhost" + BASE_PATH}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(Api, "_sleep", lambda *_: None)


def mocked(account):
    """A client whose answers are made as httpx's documentation shows it, all at once."""

    def answer(request):
        path, _, query = request.url.raw_path.decode().partition("?")
        reply = account.handle(request.method, path, query, request.headers)
        return httpx.Response(reply.status, headers=reply.headers, content=reply.body)

    return httpx.Client(transport=httpx.MockTransport(answer))


def get(http_client, base_url="http://localhost" + BASE_PATH, params=None, **options):
    with closing(Api(settings(base_url, attempts=1, **options), http_client=http_client)) as api:
        return api.get("email-validation/jobs/", params or {}, parse_exact)


# --- where it may be given --------------------------------------------------------------------------------


def test_every_load_function_takes_one_and_leaves_it_open():
    http_client = mocked(Account.of_sizes(2, 150, 1_200))
    assert len(ee.load_jobs(http_client=http_client, **LOCAL)) == 3
    assert len(ee.load_job(2, http_client=http_client, **LOCAL)[1]) == 150
    assert len(ee.load_records([1, 3], http_client=http_client, **LOCAL)) == 1_202
    with ee.Client(http_client=http_client, **LOCAL) as client:
        assert client.wait_for_job(1)["job_id"].tolist() == [1]
    assert not http_client.is_closed


@pytest.mark.parametrize("form", ["parquet:{}/w", "sqlite:///{}/w.db"])
def test_sync_takes_one_and_leaves_it_open(form, tmp_path):
    http_client = mocked(Account.of_sizes(0, 2, 150, 1_200))
    result = ee.sync(form.format(tmp_path), http_client=http_client, **LOCAL)
    assert (result.status, result.records_written) == ("complete", 1_352)
    assert not http_client.is_closed


@pytest.mark.parametrize("given", ["https://proxy.example", httpx.Client, httpx.AsyncClient(), {}])
def test_what_is_no_client_is_refused(given, tmp_path):
    with pytest.raises(SettingsError, match=r"^http_client is an httpx\.Client, not "):
        ee.load_jobs(http_client=given, **LOCAL)
    with pytest.raises(SettingsError, match=r"^http_client is an httpx\.Client, not "):
        ee.sync(f"parquet:{tmp_path / 'w'}", http_client=given, **LOCAL)


def test_the_sandbox_is_a_transport():
    sandbox = Sandbox(sizes=[3, 150])
    with httpx.Client(transport=sandbox.transport()) as http_client:
        given = {"http_client": http_client, "token": sandbox.token, "base_url": LOCAL["base_url"]}
        assert len(ee.load_records([1, 2], **given)) == 153


def test_a_client_that_is_closed_is_said_so():
    http_client = http_client_of(Account().handle)
    http_client.close()
    with pytest.raises(RuntimeError, match="closed"):
        get(http_client)


# --- what of it counts ------------------------------------------------------------------------------------


def test_its_headers_and_cookies_count_and_ours_come_on_top():
    asked = []

    def note(request):
        asked.append(request)
        return httpx.Response(200, json={}, headers={"Set-Cookie": "session=2; Path=/"})

    http_client = httpx.Client(
        transport=httpx.MockTransport(note),
        base_url="https://elsewhere.example/v9/",
        params={"page": "7", "status": "Failed"},
        headers={
            "X-Team": "data",
            "Authorization": "Basic x",
            "Accept": "text/html",
            "Accept-Encoding": "br",
        },
        cookies={"session": "1"},
        auth=("user", "password"),
    )
    get(http_client, params={"page": 2, "page_size": 100})
    (request,) = asked
    assert str(request.url) == f"http://localhost{BASE_PATH}email-validation/jobs/?page=2&page_size=100"
    assert request.headers.get_list("authorization") == [f"Token {TOKEN}"]
    assert request.headers.get_list("accept") == ["application/json"]
    assert request.headers.get_list("accept-encoding") == ["gzip"]
    assert request.headers["x-team"] == "data"
    assert request.headers["cookie"] == "session=1"
    assert request.headers["user-agent"].startswith("ecore-export/")
    assert http_client.headers["authorization"] == "Basic x"
    assert http_client.params == httpx.QueryParams({"page": "7", "status": "Failed"})


def test_its_user_agent_counts_if_it_has_one():
    asked = []

    def note(request):
        asked.append(request.headers["user-agent"])
        return httpx.Response(200, json={})

    get(httpx.Client(transport=httpx.MockTransport(note), headers={"User-Agent": "our-job/1"}))
    assert asked == ["our-job/1"]


def test_its_hooks_are_called_and_may_read_the_answer():
    seen = []

    def read(response):
        response.read()
        seen.append(response.status_code)

    account = Account.of_sizes(150)
    http_client = http_client_of(account.handle)
    http_client.event_hooks = {"request": [lambda request: seen.append(request.method)], "response": [read]}
    assert len(ee.load_records(1, http_client=http_client, **LOCAL)) == 150
    assert seen == ["GET", 200] * len(account.requests)


@pytest.mark.parametrize(
    ("status", "error"), [(401, ee.AuthenticationError), (404, ee.NotFoundError), (500, ee.ServerError)]
)
def test_a_hook_that_raises_for_a_status_changes_no_error(status, error):
    def answer(_request):
        return httpx.Response(status, stream=httpx.ByteStream(b'{"detail": "no"}'))

    hooks = {"response": [lambda response: response.raise_for_status()]}
    with pytest.raises(error) as raised:
        get(httpx.Client(transport=httpx.MockTransport(answer), event_hooks=hooks))
    assert raised.value.status == status


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("tls"))


def test_its_authorities_and_its_certificate_count_in_a_real_handshake(certificate):
    with closing(TlsServer(certificate, wants_certificate=True)) as server:
        base_url = f"https://localhost:{server.port}/"
        trusting = ssl.create_default_context(cafile=certificate)
        with httpx.Client(verify=trusting) as without, pytest.raises(ee.NetworkError):
            get(without, base_url)
        assert server.requests == []
        showing = ssl.create_default_context(cafile=certificate)
        showing.load_cert_chain(certificate)
        with httpx.Client(verify=showing) as http_client:
            assert get(http_client, base_url) == {"by": "server"}
        told = pytest.raises(ee.ApiError, match=r"certificate.*verify=")
        with httpx.Client() as untrusting, told as raised:
            get(untrusting, base_url)
        assert type(raised.value) is ee.ApiError


def test_its_proxy_is_asked_even_for_loopback():
    with raw_server(lambda _: http_bytes(b'{"by": "proxy"}')) as proxy:
        with httpx.Client(proxy=f"http://127.0.0.1:{proxy.port}") as http_client:
            assert get(http_client, "http://127.0.0.1:1/api/") == {"by": "proxy"}
        (head,) = proxy.requests
    assert head.startswith(b"GET http://127.0.0.1:1/api/email-validation/jobs/ HTTP/1.1\r\n")


def test_a_small_pool_means_fewer_in_flight_and_no_error():
    sandbox = Sandbox.with_jobs([JobSpec(120)] * 40, token=TOKEN)
    handle, lock, under_way, most = sandbox.handle, threading.Lock(), [0], [0]

    def counted(*request):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        try:
            return handle(*request)
        finally:
            with lock:
                under_way[0] -= 1

    sandbox.handle = counted
    limits, impatient = httpx.Limits(max_connections=2), httpx.Timeout(5, pool=0.001)
    with serve(sandbox) as address, httpx.Client(limits=limits, timeout=impatient) as http_client:
        given = {"token": TOKEN, "base_url": address.base_url, "workers": 8, "http_client": http_client}
        assert len(ee.load_records(range(1, 41), **given)) == 40 * 120
    assert most[0] <= 2


def test_timeout_s_bounds_its_requests():
    going_on = threading.Event()

    def silent(_head):
        going_on.wait(10)

    with raw_server(silent) as server, httpx.Client(timeout=None) as http_client:
        with pytest.raises(ee.NetworkError, match="took too long"):
            get(http_client, server.base_url, timeout_s=0.2)
        going_on.set()


# --- where the token goes ---------------------------------------------------------------------------------


@pytest.mark.parametrize("status", ["301 Moved Permanently", "302 Found", "307 Temporary Redirect"])
def test_no_other_host_sees_the_token_whatever_it_was_made_with(status):
    with raw_server(lambda _: http_bytes(b"{}")) as elsewhere:
        location = f"Location: http://localhost:{elsewhere.port}/"
        with raw_server(lambda _: http_bytes(b"", status, location)) as server:
            http_client = httpx.Client(
                follow_redirects=True,
                auth=("user", "password"),
                base_url=f"http://localhost:{elsewhere.port}/",
            )
            with http_client, pytest.raises(ee.RedirectError):
                get(http_client, server.base_url)
            (head,) = server.requests
        assert elsewhere.requests == []
    assert head.lower().count(b"authorization") == 1
    assert f"Token {TOKEN}".encode() in head


def test_an_answer_that_asks_for_another_authentication_gets_no_other():
    class Twice(httpx.Auth):
        def auth_flow(self, request):
            request.headers["Authorization"] = "Basic dXNlcjpwYXNzd29yZA=="
            yield request

    challenge = http_bytes(b'{"detail": "Invalid token."}', "401 Unauthorized", "WWW-Authenticate: Basic")
    with raw_server(lambda _: challenge) as server:
        with httpx.Client(auth=Twice()) as http_client, pytest.raises(ee.AuthenticationError):
            get(http_client, server.base_url)
        assert len(server.requests) == 1
        assert b"Basic" not in server.requests[0]


def test_the_query_is_ours_alone():
    account = Account.of_sizes(*[0] * 120)
    account.job(3)["status"] = "Failed"
    http_client = mocked(account)
    http_client.params = {"status": "Failed", "page_size": "5"}
    assert len(ee.load_jobs(http_client=http_client, **LOCAL)) == 120
    assert all("status" not in parse_qs(asked.partition("?")[2]) for asked in account.requests)
