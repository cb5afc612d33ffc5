"""A bucket in memory that speaks what delta-rs uses of the XML API of Google Cloud Storage, and of Amazon S3.

In: nothing. Out: a bucket over loopback, and what its users have in their environment. Google's own emulators
lack the conditional PUT. It stands for Google; for Amazon only as a store that does not heed conditions
(``is_deaf``), as some that call themselves compatible. Signatures are not looked at.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import RLock
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

BUCKET = "warehouses"

IN_USE: dict[str, str] = {}
"""What is in the environment of the tests while Google's stub runs."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Bucket:
    """Objects by name, each with its generation."""

    is_deaf: bool = False
    objects: dict[str, tuple[bytes, int]] = field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def get(self, name: str, span: str | None) -> Answer:
        if name not in self.objects:
            return Answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        content, generation = self.objects[name]
        headers = {
            "ETag": _etag(content),
            "x-goog-generation": str(generation),
            "Last-Modified": formatdate(generation, usegmt=True),
        }
        if span is None:
            return Answer(200, content, headers)
        first, _, last = span.removeprefix("bytes=").partition("-")
        start = int(first) if first else max(0, len(content) - int(last))
        stop = min(int(last) + 1, len(content)) if first and last else len(content)
        shown = f"bytes {start}-{stop - 1}/{len(content)}"
        return Answer(206, content[start:stop], headers | {"Content-Range": shown})

    def put(self, name: str, content: bytes, headers: Mapping[str, str]) -> Answer:
        """Write an object, unless it is there and must not be, or is not the one that is to be replaced."""
        wanted = headers.get("x-goog-if-generation-match")
        must_be_new = wanted == "0" or headers.get("If-None-Match") == "*"
        with self.lock:
            there = self.objects.get(name)
            is_refused = there if must_be_new else wanted and (there is None or str(there[1]) != wanted)
            if is_refused and not self.is_deaf:
                return Answer(412, b"<Error><Code>PreconditionFailed</Code></Error>")
            self.objects[name] = (content, generation := next(self.numbers))
        return Answer(200, b"", {"ETag": _etag(content), "x-goog-generation": str(generation)})

    def delete(self, name: str) -> Answer:
        return Answer(204 if self.objects.pop(name, None) else 404)

    def delete_all(self, order: bytes) -> Answer:
        """As Amazon has it: all that an XML document names."""
        names = [each.text or "" for each in ElementTree.fromstring(order).findall(".//{*}Key")]
        for name in names:
            self.delete(name)
        done = "".join(f"<Deleted><Key>{escape(name)}</Key></Deleted>" for name in names)
        return Answer(200, f"<DeleteResult>{done}</DeleteResult>".encode())

    def list(self, query: Mapping[str, str]) -> Answer:
        prefix, delimiter, after = (query.get(each, "") for each in ("prefix", "delimiter", "start-after"))
        names = sorted(name for name in self.objects.copy() if name.startswith(prefix) and name > after)
        cut = {name: name.find(delimiter, len(prefix)) if delimiter else -1 for name in names}
        folders = sorted({name[: end + 1] for name, end in cut.items() if end >= 0})
        items = "".join(map(self._item, (name for name, end in cut.items() if end < 0)))
        items += "".join(
            f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>" for folder in folders
        )
        return Answer(200, f"<ListBucketResult>{items}</ListBucketResult>".encode())

    def _item(self, name: str) -> str:
        content, generation = self.objects[name]
        return (
            f"<Contents><Key>{escape(name)}</Key><Size>{len(content)}</Size><ETag>{_etag(content)}</ETag>"
            f"<LastModified>2026-01-01T00:00:{generation % 60:02}.000Z</LastModified></Contents>"
        )

    def begin_upload(self) -> Answer:
        upload = str(next(self.numbers))
        self.uploads[upload] = {}
        result = (
            f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        )
        return Answer(200, result.encode())

    def put_part(self, query: Mapping[str, str], content: bytes) -> Answer:
        self.uploads[query["uploadId"]][int(query["partNumber"])] = content
        return Answer(200, b"", {"ETag": _etag(content)})

    def end_upload(self, name: str, query: Mapping[str, str], order: bytes) -> Answer:
        parts = self.uploads.pop(query["uploadId"])
        numbers = [int(each.text or 0) for each in ElementTree.fromstring(order).findall(".//{*}PartNumber")]
        done = self.put(name, b"".join(parts[number] for number in numbers), {})
        tag = escape(done.headers["ETag"])
        return Answer(
            200,
            f"<CompleteMultipartUploadResult><ETag>{tag}</ETag></CompleteMultipartUploadResult>".encode(),
            done.headers,
        )

    def answer(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Answer:
        parts = urlsplit(target)
        query = {key: values[0] for key, values in parse_qs(parts.query, keep_blank_values=True).items()}
        bucket, _, name = unquote(parts.path).removeprefix("/").partition("/")
        if bucket != BUCKET:
            return Answer(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        if method == "POST" and "delete" in query:
            return self.delete_all(body)
        if method == "POST":
            return self.begin_upload() if "uploads" in query else self.end_upload(name, query, body)
        if method == "PUT":
            return self.put_part(query, body) if "uploadId" in query else self.put(name, body, headers)
        if method == "DELETE":
            return self.delete(name)
        return self.get(name, headers.get("Range")) if name else self.list(query)


def _etag(content: bytes) -> str:
    return f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'


class Handler(BaseHTTPRequestHandler):
    """Hands requests to the bucket of its server."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer leaves in one piece
    bucket: Bucket

    def pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        answer = self.bucket.answer(self.command, self.path, self.headers, body)
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else answer.body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = pass_on  # noqa: N815 - as the base class names them

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


class Server(ThreadingHTTPServer):
    daemon_threads, request_queue_size = True, 64


@contextmanager
def served(*options: str) -> Iterator[str]:
    """The bucket in a process of its own, as delta-rs lets no thread run while it lists; its endpoint."""
    command = [sys.executable, __file__, *options]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def names_in(endpoint: str) -> list[str]:
    """All objects that are there."""
    with urllib.request.urlopen(f"{endpoint}/{BUCKET}?list-type=2", timeout=30) as answer:
        return [each.text for each in ElementTree.parse(answer).findall(".//{*}Key")]


@contextmanager
def running_google() -> Iterator[str]:
    """A bucket of Google's, and in the environment a service account that leads there; its endpoint."""
    account = {"client_email": "", "private_key": "", "private_key_id": "", "disable_oauth": True}
    with tempfile.TemporaryDirectory() as folder, served() as endpoint:
        key = Path(folder, "account.json")
        key.write_text(json.dumps(account | {"gcs_base_url": endpoint}))
        IN_USE.update(GOOGLE_SERVICE_ACCOUNT=str(key), GOOGLE_ALLOW_HTTP="true")
        os.environ.update(IN_USE)
        try:
            yield endpoint
        finally:
            IN_USE.clear()


def main() -> None:
    """Print the endpoint, then serve for ever. ``--deaf``: heed no condition."""
    Handler.bucket = Bucket(is_deaf="--deaf" in sys.argv)
    with Server(("127.0.0.1", 0), Handler) as server:
        print(f"http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
