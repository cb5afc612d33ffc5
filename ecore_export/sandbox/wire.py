"""A request and a response, as plain data: what `service` answers and `server` carries.

In and out: nothing but values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import msgspec


@dataclass(frozen=True, slots=True)
class Request:
    """What arrives. ``path`` and ``query`` are still percent-encoded; header names are in lower case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]

    @property
    def target(self) -> str:
        """Path and query as in the request line."""
        return f"{self.path}?{self.query}" if self.query else self.path


@dataclass(frozen=True, slots=True)
class Response:
    """What is sent back. ``delay_s``: how long, in seconds, the caller has to wait before it arrives.

    ``status`` 0: the connection is closed without an answer.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    delay_s: float = 0.0

    @property
    def is_broken_off(self) -> bool:
        """Whether the connection ends before all is sent: no answer, or less than Content-Length says."""
        return self.status == 0 or len(self.body) < int(self.headers["Content-Length"])

    def with_body(self, body: bytes, content_type: str = "application/json") -> Response:
        """The same answer with another body, its length stated truly."""
        headers = {**self.headers, "Content-Type": content_type, "Content-Length": str(len(body))}
        return replace(self, body=body, headers=headers)


def body_response(status: int, body: bytes, content_type: str, **headers: str) -> Response:
    """A response with a body; ``headers`` with underscores for hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(status, named, b"").with_body(body, content_type)


def json_response(status: int, payload: Any, **headers: str) -> Response:
    """A response in JSON, UTF-8, non-ASCII characters as they are."""
    return body_response(status, msgspec.json.encode(payload), "application/json", **headers)
