"""Faults on demand: what can go wrong between eCore and us, as often as asked.

In: `Fault`s, made by tests or parsed from text such as ``500:0.1``. Out: responses that are late, cut, wrong
or missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from threading import Lock
from typing import Any

import msgspec

from ..errors import SettingsError
from .answers import Request, Response, body_response, json_response
from .seeded import chance

KINDS = ("truncate", "reset", "html", "broken-json", "slow", "redirect", "mutate")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    ``kind``: an HTTP status of 400 or more, or ``truncate`` (the body ends short of Content-Length),
    ``reset`` (no answer at all), ``html`` (a 200 with a web page), ``broken-json`` (a 200 with half of the
    JSON), ``slow`` (the answer comes after ``delay_s`` seconds), ``redirect`` (302 to another host),
    ``mutate`` (the function ``mutate`` changes the payload of a 200 in place, or returns another one).

    It strikes requests whose path and query match the regular expression ``path``; of those every
    ``every``-th, with ``probability``, at most ``times`` times.
    """

    kind: int | str
    path: str = ""
    probability: float = 1.0
    every: int = 1
    times: int | None = None
    retry_after: int | str | None = None
    delay_s: float = 1.0
    mutate: Callable[[Any], Any] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Refuse nonsense with `SettingsError`."""
        if self.kind not in KINDS and not (isinstance(self.kind, int) and 400 <= self.kind <= 599):
            raise SettingsError(
                f"unknown fault {self.kind!r}; use a status from 400 to 599 or one of {', '.join(KINDS)}"
            )
        if (self.kind == "mutate") != (self.mutate is not None):
            raise SettingsError("the fault mutate, and no other, needs a function to change the payload")
        if not 0 <= self.probability <= 1 or self.every < 1 or (self.times or 0) < 0 or not self.delay_s >= 0:
            raise SettingsError("a fault needs 0 <= probability <= 1, every >= 1, times >= 0, delay >= 0")
        try:
            re.compile(self.path)
        except re.error as error:
            raise SettingsError("the path of a fault is not a regular expression") from error


@dataclass(slots=True)
class _Armed:
    fault: Fault
    matched: int = 0
    struck: int = 0


class Faults:
    """The faults that are armed, in order; the first that strikes a request is the only one."""

    def __init__(self, seed: int, faults: Iterable[Fault] = ()) -> None:
        self._seed, self._lock = seed, Lock()
        self._armed = [_Armed(fault) for fault in faults]

    def add(self, *faults: Fault) -> None:
        """Arm more faults, behind those that are there."""
        with self._lock:
            self._armed.extend(_Armed(fault) for fault in faults)

    def clear(self) -> None:
        """Disarm all."""
        with self._lock:
            self._armed.clear()

    @property
    def struck(self) -> int:
        """How often the armed faults have struck."""
        with self._lock:
            return sum(armed.struck for armed in self._armed)

    def next_for(self, request: Request) -> Fault | None:
        """The fault that strikes ``request``, which counts as one of those it was waiting for."""
        with self._lock:
            for index, armed in enumerate(self._armed):
                if self._strikes(index, armed, request):
                    armed.struck += 1
                    return armed.fault
        return None

    def _strikes(self, index: int, armed: _Armed, request: Request) -> bool:
        fault = armed.fault
        if armed.struck == fault.times or not re.search(fault.path, request.target):
            return False
        armed.matched += 1
        return armed.matched % fault.every == 0 and chance(
            fault.probability, self._seed, 50, index, armed.matched
        )


def apply_fault(fault: Fault, answer: Callable[[], Response]) -> Response:
    """What becomes of a request that ``fault`` strikes; ``answer`` is asked only if the API was reached."""
    match fault.kind:
        case int(status):
            wait = {} if fault.retry_after is None else {"Retry_After": str(fault.retry_after)}
            return json_response(status, {"detail": "Made up by the sandbox."}, **wait)
        case "reset":
            return Response(0, {}, b"")
        case "html":
            page = b"<!doctype html><title>Maintenance</title><p>Back soon.</p>"
            return body_response(200, page, "text/html; charset=utf-8")
        case "redirect":
            return body_response(302, b"", "text/html", Location="https://elsewhere.example/")
        case "broken-json":
            response = answer()
            return response.with_body(response.body[: len(response.body) // 2])
        case "truncate":
            response = answer()
            return replace(response, body=response.body[: len(response.body) // 2])
        case "slow":
            return replace(answer(), delay_s=fault.delay_s)
    return _mutated(fault, answer())


def _mutated(fault: Fault, response: Response) -> Response:
    if (
        fault.mutate is None
        or response.status != 200
        or not response.headers["Content-Type"].endswith("json")
    ):
        return response
    payload = msgspec.json.decode(response.body)
    changed = fault.mutate(payload)
    return response.with_body(msgspec.json.encode(payload if changed is None else changed))


_OPTIONS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "probability": ("probability", float),
    "every": ("every", int),
    "times": ("times", int),
    "path": ("path", str),
    "retry-after": ("retry_after", str),
    "delay": ("delay_s", float),
}


def parse_fault(text: str) -> Fault:
    """The fault that ``text`` names: ``KIND``, ``KIND:PROBABILITY`` or ``KIND:NAME=VALUE,NAME=VALUE``.

    Such as ``500:0.1``, ``429:every=50,retry-after=2``, ``slow:delay=2,path=/records/``. Raises
    `SettingsError` for anything else.
    """
    kind, _, options = text.strip().partition(":")
    given: dict[str, Any] = {}
    for option in filter(None, options.split(",")):
        name, is_named, value = option.partition("=")
        if not is_named:
            name, value = "probability", option
        try:
            field_name, convert = _OPTIONS[name.strip()]
            given[field_name] = convert(value.strip())
        except (KeyError, ValueError) as error:
            raise SettingsError(
                f"invalid fault {text!r} at {option!r}; it should look like 500:0.1 or "
                f"429:every=50, with the options {', '.join(_OPTIONS)}"
            ) from error
    return Fault(int(kind) if kind.isdecimal() else kind, **given)
