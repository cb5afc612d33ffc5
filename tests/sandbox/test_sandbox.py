"""The sandbox answers as the API reference promises, with data that a seed decides."""

import csv
import http.client
import io
import json
import re
import subprocess
import sys
import threading
import tracemalloc
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ecore_export.errors import SettingsError
from ecore_export.sandbox import BASE_PATH, Fault, JobSpec, Sandbox, parse_fault, serve

ROOT = Path(__file__).parents[2]
TOKEN = {"Authorization": "Token sandbox-token"}
JOBS = BASE_PATH + "email-validation/jobs/"
RESERVED = re.compile(r"(^|\.)(example\.(com|org|net)|example|test|invalid)$")


def get(sandbox, path="", query="", headers=TOKEN):
    response = sandbox.handle("GET", JOBS + path, query, headers)
    return response.status, json.loads(response.body)


def read_all(sandbox, path, page_size, query=""):
    items, page = [], 1
    while True:
        status, envelope = get(sandbox, path, f"page={page}&page_size={page_size}{query}")
        assert status == 200
        items += envelope["results"]
        if page == envelope["total_pages"]:
            assert envelope["count"] == len(items)
            return items
        page += 1


# --- data -------------------------------------------------------------------------------------------------


def run_python(code):
    command = [sys.executable, "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT).stdout.strip()


def test_the_same_seed_gives_the_same_bytes_in_another_process():
    code = (
        "import hashlib, ecore_export.sandbox as s; x = s.Sandbox(3, 40); h = hashlib.sha256();"
        f"[h.update(x.handle('GET', {JOBS!r} + p, 'page_size=100', {TOKEN!r}).body)"
        " for p in ['', '30/', '5/records/', '40/records/']]; print(h.hexdigest())"
    )
    assert run_python(code) == run_python(code) != ""


def test_another_seed_gives_other_data():
    assert get(Sandbox(1, 20), "7/")[1]["uuid"] != get(Sandbox(2, 20), "7/")[1]["uuid"]


def test_importing_the_sandbox_loads_no_heavy_library_and_no_http_client():
    heavy = "{'numpy', 'pandas', 'pyarrow', 'httpx'}"
    assert run_python(f"import sys, ecore_export.sandbox; print({heavy} & sys.modules.keys())") == "set()"


@pytest.mark.parametrize("seed", [0, 7, 99])
def test_the_demo_has_jobs_of_every_size_and_state_over_about_eighteen_months(seed):
    jobs = read_all(Sandbox(seed), "", 100)
    sizes = [job["total_records"] for job in jobs]
    assert len(jobs) == 300
    assert 150_000 < sum(sizes) < 250_000
    assert {0, 1, 99, 100, 101, 1000, 1001} <= set(sizes)
    assert max(sizes) > 20_000
    assert {job["status"] for job in jobs} == {"Uploading", "Processing", "Processed", "Failed"}
    created = [datetime.fromisoformat(job["created_at"]) for job in jobs]
    assert 530 < (created[0] - created[-1]).days < 560
    assert created == sorted(created, reverse=True)
    assert any(not job["list_name"].isascii() for job in jobs)


@pytest.mark.parametrize("status", ["Uploading", "Processing", "Processed", "Failed"])
@pytest.mark.parametrize("total", [0, 1, 2, 99, 100, 101, 997, 2500])
def test_counters_are_exactly_the_tallies_of_the_records(total, status):
    for seed in range(4):
        sandbox = Sandbox.with_jobs([JobSpec(total, status=status)], seed=seed, advance_after_reads=None)
        job, records = get(sandbox, "1/")[1], read_all(sandbox, "1/records/", 1000)
        tally = Counter(record["status"] for record in records)
        assert len(records) == total == job["total_records"]
        counters = (job["valid_count"], job["invalid_count"], job["unknown_count"])
        assert counters == (tally["Valid"], tally["Invalid"], tally["Unknown"])
        assert job["results_summary"] == f"{total - tally['Pending']}/{total}"
        assert job["records"] == records[:100]


def test_pages_of_any_size_give_the_same_records():
    sandbox = Sandbox(sizes=[1001])
    assert read_all(sandbox, "1/records/", 7) == read_all(sandbox, "1/records/", 1000)


@pytest.mark.parametrize("status", ["Processing", "Processed", "Failed"])
def test_status_filters_split_the_records_without_loss(status):
    sandbox = Sandbox.with_jobs([JobSpec(1234, status=status)], advance_after_reads=None)
    everything = read_all(sandbox, "1/records/", 1000, "&status=All")
    parts = []
    for wanted in ("Pending", "Valid", "Invalid", "Unknown", "Error"):
        part = read_all(sandbox, "1/records/", 100, f"&status={wanted}")
        assert {record["status"] for record in part} <= {wanted}
        parts += part
    assert sorted(parts, key=lambda record: record["id"]) == everything


def test_records_are_plausible_and_of_reserved_domains_only():
    jobs = [JobSpec(800, counts=(500, 150, 100)) for _ in range(24)]
    sandbox = Sandbox.with_jobs(jobs)
    records = [
        record for job_id in sandbox.job_ids for record in read_all(sandbox, f"{job_id}/records/", 1000)
    ]
    assert len({record["id"] for record in records}) == len(records)
    for record in records:
        assert RESERVED.search(record["email"].rpartition("@")[2])
        assert record["email"] == record["email"].strip().lower()
        assert (record["error_message"] is not None) == (record["status"] == "Error")
        assert datetime.fromisoformat(record["processed_at"]).utcoffset() is not None
    assert any(not record["email"].isascii() for record in records)
    assert len({record["validator_used"] for record in records}) >= 4
    assert {len(record["processed_at"]) for record in records} == {24, 27}
    assert {record["is_cached"] for record in records} == {True, False}
    assert {record["ec_id"] is None for record in records} == {True, False}


@pytest.mark.thorough
def test_a_job_never_holds_an_address_twice_but_lists_overlap():
    sandbox = Sandbox(sizes=[20_000] * 6)
    lists = [
        {r["email"] for r in read_all(sandbox, f"{job_id}/records/", 1000)} for job_id in sandbox.job_ids
    ]
    assert [len(addresses) for addresses in lists] == [20_000] * 6
    assert len(set.union(*lists)) < 120_000


def test_a_page_of_a_million_records_needs_the_memory_of_a_page():
    sandbox = Sandbox(sizes=[1_000_000])
    tracemalloc.start()
    try:
        for query in ("page=1000&page_size=1000", "page=500&page_size=1000&status=Valid"):
            status, envelope = get(sandbox, "1/records/", query)
            assert (status, len(envelope["results"])) == (200, 1000)
        assert tracemalloc.get_traced_memory()[1] < 8_000_000
    finally:
        tracemalloc.stop()


def test_twenty_thousand_jobs_can_be_listed_to_the_last_page():
    sandbox = Sandbox(sizes=[50] * 20_000)
    assert get(sandbox, "", "page=200&page_size=100")[1]["results"][-1]["id"] == 1


# --- as the reference says --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Token wrong"}, {"Authorization": "Bearer sandbox-token"}]
)
def test_a_bad_token_is_refused(headers):
    assert get(Sandbox(sizes=[1]), "", headers=headers) == (401, {"detail": "Invalid token."})


def test_header_names_may_be_of_any_case():
    assert get(Sandbox(sizes=[1]), headers={"AUTHORIZATION": "Token sandbox-token"})[0] == 200


@pytest.mark.parametrize(
    "path", ["2/", "2/records/", "2/download/", "abc/", "1", "1/records", "1/other/", "-1/"]
)
def test_what_is_not_there_is_a_404_and_so_is_a_path_without_its_slash(path):
    assert get(Sandbox(sizes=[1]), path) == (404, {"detail": "Not found."})


@pytest.mark.parametrize("path", ["", "1/records/"])
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "ten", "", "%D9%A1"])
@pytest.mark.parametrize("name", ["page", "page_size"])
def test_paging_out_of_range_is_a_400(path, name, value):
    status, body = get(Sandbox(sizes=[1]), path, f"{name}={value}")
    assert (status, list(body)) == (400, ["error"])


@pytest.mark.parametrize(("path", "limit", "default"), [("", 100, 20), ("1/records/", 1000, 100)])
def test_page_sizes_have_the_references_limits_and_defaults(path, limit, default):
    sandbox = Sandbox(sizes=[1500] + [0] * 150)
    assert len(get(sandbox, path)[1]["results"]) == default
    assert len(get(sandbox, path, f"page_size={limit}")[1]["results"]) == limit
    assert get(sandbox, path, f"page_size={limit + 1}")[0] == 400


@pytest.mark.parametrize("path", ["", "1/records/"])
@pytest.mark.parametrize("status", ["Done", "processed", ""])
def test_an_unknown_status_filter_is_a_400(path, status):
    assert get(Sandbox(sizes=[1]), path, f"status={status}") == (400, {"error": "Invalid status filter."})


def test_a_page_past_the_end_is_a_404_but_an_empty_list_has_a_first_page():
    sandbox = Sandbox(sizes=[0])
    assert get(sandbox, "1/records/")[1] == {
        "count": 0, "total_pages": 1, "current_page": 1, "next": None, "previous": None, "results": []
    }  # fmt: skip
    assert get(sandbox, "1/records/", "page=2") == (404, {"detail": "Invalid page."})
    assert get(sandbox, "", "page=2")[0] == 404
    assert get(Sandbox(sizes=[]))[0] == 200


def test_next_and_previous_are_absolute_and_keep_the_other_parameters():
    headers = {**TOKEN, "Host": "127.0.0.1:9"}
    envelope = get(Sandbox(sizes=[5]), "1/records/", "page=2&page_size=2&status=All", headers)[1]
    address = f"http://127.0.0.1:9{JOBS}1/records/?page={{}}&page_size=2&status=All"
    assert (envelope["next"], envelope["previous"]) == (address.format(3), address.format(1))
    assert (envelope["count"], envelope["total_pages"], envelope["current_page"]) == (5, 3, 2)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"])
def test_anything_but_get_is_a_405_that_says_so(method):
    response = Sandbox(sizes=[1]).handle(method, JOBS, "", TOKEN)
    assert (response.status, response.headers["Allow"]) == (405, "GET")


def test_jobs_are_listed_newest_first_by_creation():
    days = [datetime(2026, 1, day, tzinfo=UTC) for day in (5, 3, 9)]
    sandbox = Sandbox.with_jobs([JobSpec(1, created_at=day) for day in days])
    assert [job["id"] for job in get(sandbox)[1]["results"]] == [3, 1, 2]
    assert "records" not in get(sandbox)[1]["results"][0]


def test_downloads_hold_every_record_as_csv_or_json():
    sandbox = Sandbox(sizes=[250])
    records = read_all(sandbox, "1/records/", 1000)
    assert get(sandbox, "1/download/", "format=json") == (200, records)
    response = sandbox.handle("GET", JOBS + "1/download/", "", TOKEN)
    rows = list(csv.DictReader(io.StringIO(response.body.decode(), newline="")))
    assert response.headers["Content-Type"] == "text/csv"
    assert list(rows[0]) == ["Email", "Status", "Validator", "Cached", "Processed At"]
    assert [row["Email"] for row in rows] == [record["email"] for record in records]
    assert get(sandbox, "1/download/", "format=xml")[0] == 400


@pytest.mark.parametrize("total", [0, 10_000, 10_001])
def test_a_json_download_is_whole_at_the_seams_of_its_chunks(total):
    assert len(get(Sandbox(sizes=[total]), "1/download/", "format=json")[1]) == total


@pytest.mark.parametrize("status", ["Uploading", "Processing", "Failed"])
def test_only_processed_jobs_can_be_downloaded(status):
    sandbox = Sandbox.with_jobs([JobSpec(5, status=status)])
    assert get(sandbox, "1/download/") == (400, {"error": "Job is not yet complete."})


# --- a world that moves -----------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", ["Processed", "Failed"])
def test_a_job_moves_on_as_it_is_looked_at_and_only_gains(outcome):
    sandbox = Sandbox.with_jobs([JobSpec(200, status="Uploading", outcome=outcome)], advance_after_reads=2)
    seen = [get(sandbox, "1/")[1] for _ in range(9)]
    running = ["Uploading"] * 2 + ["Processing"] * 6
    assert [job["status"] for job in seen] == [*running, outcome]
    assert seen[0]["results_summary"] == "0/200"
    assert seen[0]["started_at"] is seen[7]["completed_at"] is None
    assert seen[8]["completed_at"] > seen[8]["started_at"] > seen[8]["created_at"]
    if outcome == "Processed":
        assert [job["valid_count"] for job in seen] == sorted(job["valid_count"] for job in seen)


def test_a_listing_is_a_look_at_every_job_on_it():
    sandbox = Sandbox.with_jobs([JobSpec(5, status="Processing")], advance_after_reads=1)
    assert [get(sandbox)[1]["results"][0]["status"] for _ in range(4)] == ["Processing"] * 3 + ["Processed"]
    assert get(sandbox, "", "status=Processing")[1]["count"] == 0


def test_all_is_charged_at_first_and_what_is_not_valid_is_refunded_in_the_end():
    specs = [
        JobSpec(10, status="Processing", outcome=outcome, counts=(3, 4, 2), rate=Decimal("0.1"))
        for outcome in ("Processed", "Failed")
    ]
    sandbox = Sandbox.with_jobs(specs, advance_after_reads=None)
    assert [get(sandbox, f"{i}/")[1]["total_credits_charged"] for i in (1, 2)] == [1.0, 1.0]
    sandbox.advance(1)
    sandbox.advance(2)
    assert [get(sandbox, f"{i}/")[1]["total_credits_charged"] for i in (1, 2)] == [0.3, 0.0]


def test_a_settled_record_keeps_its_result_while_its_job_moves_on():
    sandbox = Sandbox.with_jobs([JobSpec(500, status="Processing")], advance_after_reads=None)
    before = read_all(sandbox, "1/records/", 1000)
    sandbox.advance(1)
    after = read_all(sandbox, "1/records/", 1000)
    assert all(old == new for old, new in zip(before, after, strict=True) if old["status"] != "Pending")
    assert {record["status"] for record in before} >= {"Pending", "Valid"}
    assert "Pending" not in {record["status"] for record in after}


def test_jobs_can_be_added_deleted_and_changed():
    sandbox = Sandbox(sizes=[5, 5])
    assert sandbox.add_job(7, list_name="New") == 3
    assert get(sandbox)[1]["results"][0]["list_name"] == "New"
    sandbox.delete_job(2)
    assert list(sandbox.job_ids) == [3, 1]
    assert get(sandbox, "2/")[0] == 404
    sandbox.change_job(1, counts=(1, 0, 0))
    assert get(sandbox, "1/")[1]["valid_count"] == 1
    assert sandbox.add_job(1) == 4
    with pytest.raises(KeyError):
        sandbox.advance(2)


def test_a_status_the_reference_does_not_know_is_shown_under_no_filter_only():
    sandbox = Sandbox.with_jobs([JobSpec(5, status="Archived")], advance_after_reads=1)
    assert get(sandbox)[1]["results"][0]["status"] == "Archived"
    assert get(sandbox, "", "status=Processed")[1]["count"] == 0


def test_specs_that_cannot_add_up_are_refused():
    with pytest.raises(SettingsError):
        JobSpec(5, counts=(3, 2, 1))
    with pytest.raises(SettingsError):
        Sandbox(sizes=[1]).change_job(1, total_records=9)


def test_the_request_log_holds_what_was_asked_within_its_bound():
    sandbox = Sandbox(sizes=[1], log_size=2)
    for query in ("page=1", "page=2", "page=3"):
        get(sandbox, "", query)
    assert list(sandbox.request_log) == [("GET", JOBS, "page=2"), ("GET", JOBS, "page=3")]


def test_many_threads_share_a_sandbox_without_losing_a_look():
    sandbox = Sandbox.with_jobs([JobSpec(10, status="Uploading")] * 5, advance_after_reads=100)
    threads = [
        threading.Thread(target=lambda: [get(sandbox) for _ in range(50)], daemon=True) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sandbox.request_log) == 400
    assert {job["status"] for job in get(sandbox)[1]["results"]} == {"Processed"}


# --- faults -----------------------------------------------------------------------------------------------


def faulty(*faults, sizes=(5,)):
    return Sandbox(sizes=sizes, faults=faults)


def test_a_status_fault_strikes_as_often_as_asked_and_may_say_when_to_return():
    sandbox = faulty(Fault(503, times=2, retry_after=7))
    responses = [sandbox.handle("GET", JOBS, "", TOKEN) for _ in range(3)]
    assert [response.status for response in responses] == [503, 503, 200]
    assert responses[0].headers["Retry-After"] == "7"
    assert sandbox.faults.struck == 2


def test_a_fault_strikes_only_the_requests_it_matches_and_of_those_every_nth():
    sandbox = faulty(Fault(500, path=r"/records/\?page=", every=3))
    assert [get(sandbox, "1/records/", "page=1")[0] for _ in range(6)] == [200, 200, 500, 200, 200, 500]
    assert get(sandbox)[0] == 200


def test_a_probable_fault_strikes_about_as_often_and_the_same_way_for_a_seed():
    first, again = (faulty(Fault(500, probability=0.1)) for _ in range(2))
    statuses = [get(first)[0] for _ in range(400)]
    assert statuses == [get(again)[0] for _ in range(400)]
    assert 20 < statuses.count(500) < 65


def test_bodies_can_be_cut_broken_or_not_json_at_all():
    sandbox = faulty(Fault("truncate", times=1), Fault("broken-json", times=1), Fault("html", times=1))
    cut, broken, page = (sandbox.handle("GET", JOBS, "", TOKEN) for _ in range(3))
    assert cut.is_broken_off
    assert not broken.is_broken_off
    with pytest.raises(json.JSONDecodeError):
        json.loads(broken.body)
    assert (page.status, page.headers["Content-Type"].split(";")[0]) == (200, "text/html")


def test_answers_can_be_late_missing_or_elsewhere():
    sandbox = faulty(Fault("slow", delay_s=9, times=1), Fault("reset", times=1), Fault("redirect", times=1))
    late, missing, elsewhere = (sandbox.handle("GET", JOBS, "", TOKEN) for _ in range(3))
    assert (late.status, late.delay_s) == (200, 9)
    assert missing.is_broken_off
    assert (elsewhere.status, elsewhere.headers["Location"]) == (302, "https://elsewhere.example/")


def test_payloads_can_be_changed_in_place_or_replaced():
    sandbox = faulty(Fault("mutate", times=1, mutate=lambda payload: payload.update(count=99)))
    sandbox.faults.add(Fault("mutate", mutate=lambda payload: [payload["count"]]))
    assert get(sandbox)[1]["count"] == 99
    assert get(sandbox) == (200, [1])
    sandbox.faults.clear()
    assert get(sandbox)[1]["count"] == 1


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("500", Fault(500)),
        ("500:0.1", Fault(500, probability=0.1)),
        ("429:every=50,retry-after=2", Fault(429, every=50, retry_after="2")),
        ("truncate:0.05", Fault("truncate", probability=0.05)),
        ("slow:delay=2.5,times=3,path=page=2", Fault("slow", delay_s=2.5, times=3, path="page=2")),
    ],
)
def test_faults_are_parsed_from_text(text, fault):
    assert parse_fault(text) == fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "200",
        "600",
        "boom",
        "mutate",
        "500:often",
        "500:2",
        "500:-0.1",
        "500:nan",
        "500:every=0",
        "500:x=1",
        "slow:delay=nan",
        "500:path=(",
        "429:every=1.5",
        "500:times=-1",
    ],
)
def test_faults_that_make_no_sense_are_refused(text):
    with pytest.raises(SettingsError):
        parse_fault(text)


# --- on a port --------------------------------------------------------------------------------------------


@pytest.fixture
def connect():
    """Opens connections to an address, and closes them."""
    opened = []

    def _connect(address):
        opened.append(http.client.HTTPConnection("127.0.0.1", urlsplit(address.base_url).port, timeout=30))
        return opened[-1]

    yield _connect
    for connection in opened:
        connection.close()


def test_a_served_sandbox_answers_many_requests_on_one_connection(connect):
    sandbox = Sandbox(sizes=[250])
    with serve(sandbox) as address:
        connection = connect(address)
        connection.connect()
        socket_before = connection.sock
        for _ in range(3):
            connection.request("GET", JOBS + "1/records/?page=2", headers=TOKEN)
            envelope = json.loads(connection.getresponse().read())
            assert envelope["previous"].startswith(address.base_url)
        assert connection.sock is socket_before
    assert address.base_url == f"http://127.0.0.1:{address.port}{BASE_PATH}"


@pytest.mark.parametrize("kind", ["reset", "truncate"])
def test_on_the_wire_a_connection_really_breaks_off(connect, kind):
    with serve(faulty(Fault(kind))) as address:
        connection = connect(address)
        connection.request("GET", JOBS, headers=TOKEN)
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            connection.getresponse().read()


@pytest.mark.parametrize("method", ["POST", "HEAD", "MOVE"])
def test_on_the_wire_a_request_with_a_body_does_not_confuse_the_next_one(connect, method):
    with serve(Sandbox(sizes=[1])) as address:
        connection = connect(address)
        connection.request(method, JOBS, body=b"GET / HTTP/1.1\r\n\r\n", headers=TOKEN)
        response = connection.getresponse()
        assert (response.status, response.getheader("Allow")) == (405, "GET")
        response.read()
        connection.request("GET", JOBS, headers=TOKEN)
        assert connection.getresponse().status == 200


def test_closing_a_served_sandbox_ends_idle_and_slow_connections_and_all_threads(connect):
    before = set(threading.enumerate())
    sandbox = faulty(Fault("slow", delay_s=3600, every=2))
    with serve(sandbox) as address:
        idle, slow = connect(address), connect(address)
        idle.request("GET", JOBS, headers=TOKEN)
        idle.getresponse().read()
        slow.request("GET", JOBS, headers=TOKEN)
    assert set(threading.enumerate()) <= before


def test_a_port_that_is_taken_is_refused_in_words():
    sandbox = Sandbox(sizes=[])
    with serve(sandbox) as address, pytest.raises(SettingsError, match="port"), serve(sandbox, address.port):
        pass
