"""A load that takes long shows how far it has come, where somebody looks; no other load shows anything."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
import threading
from importlib.util import find_spec

import httpx
import pytest
from cli_runs import TIME_LIMIT_S, environment

import ecore_export as ee
from ecore_export.api import Api
from ecore_export.api.decode import Decoder
from ecore_export.api.endpoints import Endpoints
from ecore_export.client import Client
from ecore_export.errors import NotFoundError
from ecore_export.progress import bars as load_progress
from ecore_export.progress import shown_load, shown_sync
from ecore_export.progress.of_loads import CountedEndpoints, JobsListed, RecordsRead
from ecore_export.sandbox import BASE_PATH, JobSpec, Sandbox
from ecore_export.settings import Secret, Settings

pytestmark = pytest.mark.thorough

SIZES = (0, 1, 100, 101, 1_001, 2_500)

HELD = """
import sys
import httpx
from ecore_export.progress import bars as load_progress
from ecore_export.client import Client
from ecore_export.sandbox import BASE_PATH, JobSpec, Sandbox

load_progress.SHOWN_AFTER_S = {shown_after_s}
made_up = Sandbox(jobs=[JobSpec(2_500), JobSpec(50)])

def hold(request):
    if b"page=3&" in request.url.query:
        sys.stdin.readline()  # goes on when it is told to

http_client = httpx.Client(transport=made_up.transport(), event_hooks={{"request": [hold]}})
with Client(
    made_up.token,
    base_url="http://localhost" + BASE_PATH,
    http_client=http_client,
    workers=1,
    progress={progress},
) as client:
    _, records = client.load_job(1)
    print(len(records))
"""
"""A program that loads a job, and waits before the last of its three pages."""


def program(progress=None, shown_after_s=0.0):
    return [sys.executable, "-W", "error", "-c", HELD.format(progress=progress, shown_after_s=shown_after_s)]


def read_until(descriptor, wanted):
    """What a terminal is sent until it shows ``wanted``, or all of it if it never does."""
    seen = b""
    while wanted is None or wanted not in seen:
        try:
            more = os.read(descriptor, 65_536)
        except OSError:  # Linux: the other side is closed
            break
        if not more:
            break
        seen += more
    return seen.decode()


@pytest.fixture
def on_terminal():
    """Starts a program whose stderr is a terminal; gives the process and the terminal's other side."""
    ours, theirs = pty.openpty()
    started = []

    def start(command):
        env = environment(TERM="xterm", COLUMNS="100")
        process = subprocess.Popen(
            command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=theirs, text=True
        )
        os.close(theirs)
        started.append(process)
        return process, ours

    yield start
    for process in started:
        process.kill()
        process.wait(TIME_LIMIT_S)
        process.stdin.close()
        process.stdout.close()
    os.close(ours)


def endpoints_of(made_up, counts):
    settings = Settings(Secret(made_up.token), base_url=f"http://localhost{BASE_PATH}")
    return CountedEndpoints(
        Api(settings, http_client=httpx.Client(transport=made_up.transport())), Decoder(), counts
    )


@pytest.fixture
def bars(monkeypatch):
    """What bars drew, first what they are for, in work that shows one at once; None for closing it."""
    drawn = []

    class Recorded:
        def __init__(self, doing):
            drawn.append(doing)

        def draw(self, share, text):
            drawn.append((share, text))

        def close(self):
            drawn.append(None)

    monkeypatch.setattr(load_progress, "SHOWN_AFTER_S", 0.0)
    monkeypatch.setattr(load_progress, "_TerminalBar", Recorded)
    return drawn


# --- where it shows ---------------------------------------------------------------------------------------


def test_a_terminal_shows_a_bar_while_it_loads_and_nothing_of_it_afterwards(on_terminal):
    process, terminal = on_terminal(program())
    shown = read_until(terminal, b"2,000 of 2,500 records")
    assert "loading" in shown
    assert "━" in shown
    process.stdin.write("\n")
    process.stdin.flush()
    rest = read_until(terminal, None)
    assert process.wait(TIME_LIMIT_S) == 0
    assert process.stdout.read() == "2500\n"
    erased = rest.rpartition("\x1b[2K")[2]
    assert "loading" not in erased
    assert "Error" not in shown + rest


@pytest.mark.parametrize("command", [program(shown_after_s=60.0), program(progress=False)])
def test_a_short_load_and_one_without_progress_send_a_terminal_nothing(command, on_terminal):
    process, terminal = on_terminal(command)
    process.stdin.write("\n")
    process.stdin.close()
    assert read_until(terminal, None) == ""
    assert process.wait(TIME_LIMIT_S) == 0


def test_a_pipe_gets_nothing_unless_a_bar_is_asked_for():
    quiet, asked = (
        subprocess.run(
            program(progress), env=environment(), input="\n", capture_output=True, text=True, check=True
        )
        for progress in (None, True)
    )
    assert (quiet.stdout, quiet.stderr) == ("2500\n", "")
    assert asked.stdout == "2500\n"
    assert "loading" in asked.stderr


def test_a_notebook_shows_a_bar_under_the_cell_and_clears_it():
    import nbformat
    from nbclient import NotebookClient

    class Recording(NotebookClient):
        def process_message(self, message, cell, cell_index):
            if message["msg_type"] in ("display_data", "update_display_data"):
                said.append((message["msg_type"], cell_index, message["content"]["data"]))
            return super().process_message(message, cell, cell_index)

    said = []
    # Instead of a line from the test, the program waits for its own bar.
    waiting = HELD.format(shown_after_s=0.0, progress=None).replace("sys.stdin.readline()", "drawn.wait(60)")
    watched = """
import threading
from ecore_export.progress import bars as load_progress

drawn = threading.Event()

class Watched(load_progress._NotebookBar):
    def draw(self, share, text):
        super().draw(share, text)
        if text.startswith("2,000"):
            drawn.set()

load_progress._NotebookBar = Watched
"""
    cells = [nbformat.v4.new_code_cell(source) for source in (watched, waiting)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    Recording(notebook, timeout=TIME_LIMIT_S, kernel_name="python3").execute(env=environment())
    kinds, places, data = zip(*said, strict=True)
    assert kinds[0] == "display_data"
    assert set(kinds[1:]) == {"update_display_data"}
    assert set(places) == {1}
    assert any(
        '<progress value="0.800">' in html and "2,000 of 2,500 records" in html
        for html in (part["text/html"] for part in data)
    )
    assert data[-1] == {"text/plain": "", "text/html": ""}
    left, printed = notebook.cells[1].outputs
    assert left.data == {"text/plain": "", "text/html": ""}
    assert (printed.name, printed.text) == ("stdout", "2500\n")


def test_a_notebook_needs_no_widgets():
    assert find_spec("ipywidgets") is None, "the test above no longer shows that the bar does without"


# --- when it shows, and what it costs ---------------------------------------------------------------------


def test_it_waits_two_seconds_before_it_draws(monkeypatch):
    waits = []

    class Told:
        def wait(self, seconds):
            waits.append(seconds)
            return True

    load_progress._draw_until(Told(), pytest.fail, JobsListed(is_whole=True))
    assert waits == [2.0]


def test_where_nobody_looks_the_endpoints_stay_the_same_and_no_thread_starts():
    made_up = Sandbox(jobs=1)
    endpoints = endpoints_of(made_up, JobsListed(is_whole=True))
    before = threading.active_count()
    for progress in (None, False):
        with shown_load(endpoints, JobsListed(is_whole=True), progress=progress) as given:
            assert given is endpoints
            assert threading.active_count() == before


def test_a_short_load_imports_nothing_to_draw_with():
    script = (
        "import sys; sys.modules['rich'] = sys.modules['IPython'] = None  # importing them fails\n"
        "import ecore_export as ee\n"
        "with ee.Client.sandbox(jobs=3, progress=True) as client: print(len(client.load_jobs()))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], env=environment(), capture_output=True, text=True, check=True
    )
    assert (told.stdout, told.stderr) == ("3\n", "")


def test_a_load_that_fails_takes_its_bar_away(bars):
    with Client.sandbox(jobs=1, progress=True) as client:
        with pytest.raises(NotFoundError):
            client.load_job(99)
        assert "ecore-export-progress" not in {thread.name for thread in threading.enumerate()}
    assert bars == [] or bars[-1] is None


def test_a_terminal_that_goes_away_does_not_disturb_the_load(monkeypatch):
    class Gone:
        def __init__(self, _doing):
            raise BrokenPipeError

    monkeypatch.setattr(load_progress, "SHOWN_AFTER_S", 0.0)
    monkeypatch.setattr(load_progress, "_TerminalBar", Gone)
    with Client.sandbox(jobs=3, progress=True) as client:
        assert len(client.load_jobs()) == 3


# --- a sync ----------------------------------------------------------------------------------------------


def test_a_sync_shows_a_bar_as_a_load_does(bars, tmp_path, monkeypatch):
    monkeypatch.setattr(load_progress, "REDRAWN_EVERY_S", 0.001)
    made_up = Sandbox(jobs=40)
    with httpx.Client(transport=made_up.transport()) as http_client:
        keywords = {"token": made_up.token, "http_client": http_client}
        ee.sync(f"parquet:{tmp_path}/w", progress=True, **keywords)
        shown = list(bars)
        ee.sync(f"parquet:{tmp_path}/silent", progress=False, **keywords)
        ee.sync(f"parquet:{tmp_path}/none", **keywords)
    assert bars == shown, "none where it is not wanted, nor where nobody looks"
    assert (shown[0], shown[-1]) == ("exporting", None)
    assert any(drawn[1].endswith("jobs") for drawn in shown[1:-1])


def test_a_sync_stands_where_its_records_do():
    with shown_sync(True) as told:
        assert told.standing() == (None, "")
        told.listed(100, 250)
        assert told.standing() == (None, "100 of 250 jobs listed")
        told.begin(3, 2_000)
        told.read(1, 1_500)
        assert told.standing() == (0.75, "1,500 of 2,000 records, 1 of 3 jobs")
        told.read(2, 600)
        assert told.standing()[0] == 1.0
        told.begin(0, 0)
        assert told.standing() == (1.0, "0 of 0 records, 0 of 0 jobs")


def test_progress_of_one_s_own_is_told(tmp_path):
    class Mine(ee.Progress):
        records = 0

        def exported(self, jobs, records):
            self.records += records

    mine, made_up = Mine(), Sandbox(jobs=20)
    with httpx.Client(transport=made_up.transport()) as http_client:
        url = f"parquet:{tmp_path}/w"
        result = ee.sync(url, token=made_up.token, http_client=http_client, progress=mine)
    assert mine.records == result.records_written > 0


# --- what it counts ---------------------------------------------------------------------------------------


def test_all_jobs_are_counted_by_the_api_s_own_count():
    counts = JobsListed(is_whole=True)
    endpoints = endpoints_of(Sandbox(jobs=250), counts)
    assert counts.standing() == (None, "0 jobs")
    told = []
    for page in (1, 2, 3, 1):  # the list is read again
        endpoints.jobs_page(page)
        told.append(counts.standing())
    assert told == [
        (0.4, "100 of 250 jobs"),
        (0.8, "200 of 250 jobs"),
        (1.0, "250 of 250 jobs"),
        (0.4, "100 of 250 jobs"),
    ]


def test_the_end_of_a_part_of_the_list_is_not_known():
    counts = JobsListed(is_whole=False)
    endpoints_of(Sandbox(jobs=250), counts).jobs_page(1)
    assert counts.standing() == (None, "100 jobs")


def test_records_of_several_jobs_add_up_to_all_of_them(bars, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "ecore_export.job_loader.RecordsRead", lambda jobs: seen.append(RecordsRead(jobs)) or seen[0]
    )
    with Client.sandbox(jobs=[JobSpec(size) for size in SIZES], progress=True) as client:
        records = client.load_records(range(1, len(SIZES) + 1))
    assert len(records) == sum(SIZES)
    assert seen[0].standing() == (1.0, f"{sum(SIZES):,} records, {len(SIZES)} of {len(SIZES)} jobs")


def test_records_of_one_job_are_counted_once_although_it_is_read_again():
    counts = RecordsRead(jobs=1)
    endpoints = endpoints_of(Sandbox(jobs=[JobSpec(2_500)]), counts)
    assert counts.standing() == (0, "records")
    endpoints.job_status(1)
    assert counts.standing() == (0, "0 of 2,500 records")
    told = []
    for page in (1, 3, 2, 1):
        endpoints.records_page(1, page)
        told.append(counts.standing())
    assert [share for share, _ in told] == [0.4, 0.6, 1.0, 0.4]
    endpoints.download(1)
    assert counts.standing() == (1.0, "2,500 of 2,500 records")


def test_every_endpoint_is_counted():
    assert {name for name in vars(Endpoints) if not name.startswith("_")} - {
        "api",
        "decoder",
    } <= vars(CountedEndpoints).keys()
