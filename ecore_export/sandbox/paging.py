"""Query parameters checked as the reference states them, and the envelope of a page.

In: a request. Out: a slice to answer with, or `RefusedError` with the response to send instead.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode

from .wire import Request, Response, json_response


class RefusedError(Exception):
    """The request is answered with an error; ``response`` is that answer. Never leaves the sandbox."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status)
        self.response = response


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a list is asked for."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """Index of its first item."""
        return (self.number - 1) * self.size

    @property
    def stop(self) -> int:
        """Index behind its last item."""
        return self.number * self.size


def bad_request(message: str) -> RefusedError:
    """A 400, to be raised."""
    return RefusedError(json_response(400, {"error": message}))


def read_choice(request: Request, name: str, choices: Sequence[str], message: str) -> str | None:
    """The parameter ``name``; None when it is not given."""
    value = _parameters(request).get(name)
    if value is not None and value not in choices:
        raise bad_request(message)
    return value


def read_page(request: Request, *, default_size: int, max_size: int) -> Page:
    """The parameters ``page`` and ``page_size``."""
    given = _parameters(request)
    size = _integer(given, "page_size", default_size)
    if size > max_size:
        raise bad_request(f"page_size must be an integer from 1 to {max_size}.")
    return Page(_integer(given, "page", 1), size)


def envelope(request: Request, page: Page, count: int, results: Sequence[Any]) -> dict[str, Any]:
    """A page of a list of ``count`` items; past the end it is refused, but an empty list has a page 1."""
    total_pages = max(1, -(-count // page.size))
    if page.number > total_pages:
        raise RefusedError(json_response(404, {"detail": "Invalid page."}))
    return {
        "count": count,
        "total_pages": total_pages,
        "current_page": page.number,
        "next": _link(request, page.number + 1) if page.number < total_pages else None,
        "previous": _link(request, page.number - 1) if page.number > 1 else None,
        "results": results,
    }


def _parameters(request: Request) -> dict[str, str]:
    """Each parameter's last value, as Django takes it."""
    return {name: values[-1] for name, values in parse_qs(request.query, keep_blank_values=True).items()}


def _integer(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not re.fullmatch(r"0*[1-9][0-9]{0,98}", text, re.ASCII):
        raise bad_request(f"{name} must be an integer of at least 1.")
    return int(text)


def _link(request: Request, number: int) -> str:
    query = urlencode({**_parameters(request), "page": str(number)})
    return f"http://{request.headers.get('host', 'localhost')}{request.path}?{query}"
