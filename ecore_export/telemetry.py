"""Spans and counters for OpenTelemetry, in a process that has it; in any other nothing is imported or done.

In: what a run, a stage or a request is doing. Out: spans and counters of whatever provider the process has
set up. No attribute holds an address, a list's name, a URL or the text of an error.
"""

from __future__ import annotations

import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from . import __version__

if TYPE_CHECKING:
    from opentelemetry.trace import Span

SLOW_S = 5.0
"""A request that takes longer, with its retries and waits, has a span of its own, as one that fails has."""

_NAME = "ecore_export"


def is_on() -> bool:
    """Whether the process uses OpenTelemetry: then it has imported it, or its launcher has."""
    return "opentelemetry.trace" in sys.modules


def absence() -> str | None:
    """That spans or metrics are asked for in the environment, and OpenTelemetry is not there; else None."""
    asked = {os.environ.get(name, "none") for name in ("OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER")}
    if is_on() or asked <= {"none", ""}:
        return None
    try:
        import opentelemetry.trace  # noqa: F401
    except ModuleNotFoundError:
        return "spans and metrics need the extra telemetry: pip install 'ecore-export[telemetry]'"
    return None


class Stage:
    """A span that is being written, or nothing."""

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    def say(self, **attributes: str | int) -> None:
        """Attributes, below ``ecore.``."""
        if self._span is not None:
            self._span.set_attributes({f"ecore.{name}": value for name, value in attributes.items()})

    def fail(self, kind: str) -> None:
        """Mark it as failed; ``kind``: what failed, as a class is named."""
        if self._span is not None:
            from opentelemetry.trace import StatusCode

            self._span.set_attribute("error.type", kind)
            self._span.set_status(StatusCode.ERROR)


@contextmanager
def stage(name: str, **attributes: str | int) -> Iterator[Stage]:
    """A span for a block, called ``ecore.NAME``."""
    if not is_on():
        yield Stage()
        return
    from opentelemetry import trace

    tracer = trace.get_tracer(_NAME, __version__)
    # An error's text is not recorded: it may name hosts and lists.
    with tracer.start_as_current_span(
        f"ecore.{name}", record_exception=False, set_status_on_exception=False
    ) as span:
        told = Stage(span)
        told.say(**attributes)
        try:
            yield told
        except BaseException as error:
            told.fail(type(error).__name__)
            raise


def count(name: str, number: int) -> None:
    """Add to the counter ``ecore.NAME``."""
    if number and is_on():
        from opentelemetry import metrics

        metrics.get_meter(_NAME, __version__).create_counter(f"ecore.{name}", unit=f"{{{name}}}").add(number)


class Requests:
    """Tells of requests, whatever thread sends them: as part of the span in which this was made."""

    def __init__(self) -> None:
        from opentelemetry import context, metrics, trace

        meter = metrics.get_meter(_NAME, __version__)
        self._tracer = trace.get_tracer(_NAME, __version__)
        self._context = context.get_current()
        self._requests = meter.create_counter("ecore.requests", unit="{request}")
        self._retries = meter.create_counter("ecore.retries", unit="{request}")

    @classmethod
    def here(cls) -> Self | None:
        """Where the process uses OpenTelemetry."""
        return cls() if is_on() else None

    def sent(self) -> None:
        """Another request is sent."""
        self._requests.add(1)

    def sent_again(self) -> None:
        """One of them because an earlier one failed."""
        self._retries.add(1)

    @contextmanager
    def asking(self, path: str) -> Iterator[None]:
        """A span afterwards, if the block fails or takes long."""
        began_ns, began_s = time.time_ns(), time.monotonic()
        try:
            yield
        except Exception as error:
            self._tell(path, began_ns, error)
            raise
        if time.monotonic() - began_s > SLOW_S:
            self._tell(path, began_ns, None)

    def _tell(self, path: str, began_ns: int, error: Exception | None) -> None:
        from opentelemetry.trace import SpanKind

        route = re.sub(r"\d+", "{id}", path)
        span = self._tracer.start_span(
            f"GET {route}", context=self._context, kind=SpanKind.CLIENT, start_time=began_ns
        )
        span.set_attributes({"http.request.method": "GET", "url.template": route})
        if error is not None:
            Stage(span).fail(type(error).__name__)
            if (status := getattr(error, "status", None)) is not None:
                span.set_attribute("http.response.status_code", status)
        span.end()
