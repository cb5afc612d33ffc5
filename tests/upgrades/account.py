"""An eCore account at two moments, the same for whoever wrote the old files and for whoever reads them.

Out: an `Account`. It holds what a migration must not lose: a job seen running, whose charge and refund both
show, a job that vanished, one that is rejected, one whose records are not all inline, an erased address, and
text that is not ASCII.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

from scripted_api import Account, record_json, records_json

from ecore_export.sandbox import BASE_PATH

ERASED = "erased@example.com"
REJECTED, RUNNING, LARGE, DELETED, NEW = 4, 3, 2, 5, 6


def at_first() -> Account:
    """The account as the first sync meets it."""
    account = Account()
    people = [
        record_json(
            101, email="müller@example.com", ec_id="0007", processed_at="2026-05-06T11:42:31.412345Z"
        ),
        record_json(102, email=ERASED, ec_id="0008", status="Invalid", validator_used=None),
        record_json(
            103, email="o'neil@example.net", status="Error", error_message='it said "no"; ask others'
        ),
    ]
    account.add(1, people, list_name="Kundenliste Größe 😀", total_credits_charged=1.123456)
    account.add(LARGE, 130, total_credits_charged=123_456_789.123456)
    account.add(
        RUNNING, records_json(RUNNING, 120), status="Processing", total_credits_charged=120, completed_at=None
    )
    account.add(REJECTED, 7, valid_count=7)
    account.add(DELETED, 2)
    return account


def later(account: Account) -> None:
    """What has happened when the second sync comes."""
    job = account.job(RUNNING)
    job.update(status="Processed", total_credits_charged=48.0, completed_at="2026-05-30T11:43:17.880Z")
    account.delete(DELETED)


def at_last(account: Account) -> None:
    """What happened since the old version wrote."""
    account.add(NEW, [*records_json(NEW, 4), record_json(NEW * 1_000_000 + 9, email=ERASED)])


@contextmanager
def served(account: Account) -> Iterator[str]:
    """The account on a port of loopback; gives the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            reply = account.handle("GET", path, query, headers)
            self.send_response(reply.status)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{BASE_PATH}"
        finally:
            server.shutdown()
            thread.join()
