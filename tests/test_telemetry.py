"""What OpenTelemetry is told in a process that has it; a process that has not is told, and loads, nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_runs import settings_for
from doc_blocks import ROOT, blocks
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from scripted_api import Account, Reply
from sync_truth import Warehouse
from tool_environment import tool_python

from ecore_export import telemetry
from ecore_export.sandbox import Sandbox, serve

pytestmark = pytest.mark.thorough


class Collected:
    """What came to a provider."""

    def __init__(self) -> None:
        self._spans, self._reader = InMemorySpanExporter(), InMemoryMetricReader()
        self.tracers = TracerProvider()
        self.tracers.add_span_processor(SimpleSpanProcessor(self._spans))
        self.meters = MeterProvider(metric_readers=[self._reader])

    def spans(self) -> dict[str, ReadableSpan]:
        """The last span of each name."""
        return {span.name: span for span in self._spans.get_finished_spans()}

    def counters(self) -> dict[str, int]:
        data: Any = self._reader.get_metrics_data()
        found = [m for r in data.resource_metrics for scope in r.scope_metrics for m in scope.metrics]
        return {m.name: sum(point.value for point in m.data.data_points) for m in found}

    def told(self) -> str:
        return "\n".join(span.to_json() for span in self._spans.get_finished_spans())


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collected]:
    """A provider for one test: the process's own can be set once only."""
    found = Collected()
    monkeypatch.setattr(trace, "get_tracer", found.tracers.get_tracer)
    monkeypatch.setattr(metrics, "get_meter", found.meters.get_meter)
    yield found
    found.meters.shutdown()


def test_a_run_its_stages_and_a_failed_request_are_spans_of_one_trace(
    collected: Collected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "SLOW_S", 1_000.0)
    account = Account.of_sizes(3, 120, 4)
    account.before = lambda target: Reply(500) if target == "jobs/3/" else None
    result = Warehouse(f"parquet:{tmp_path}/w", account.handle).sync()
    spans = collected.spans()
    run = spans["ecore.sync"]
    assert set(spans) == {
        *("ecore.sync", "ecore.discover", "ecore.export", "ecore.publish"),
        "GET email-validation/jobs/{id}/",
    }
    assert {span.context.trace_id for span in spans.values()} == {run.context.trace_id}
    assert spans["ecore.publish"].parent.span_id == spans["ecore.export"].context.span_id
    failed = spans["GET email-validation/jobs/{id}/"]
    assert dict(failed.attributes) == {
        "http.request.method": "GET",
        "url.template": "email-validation/jobs/{id}/",
        "error.type": "ServerError",
        "http.response.status_code": 500,
    }
    assert failed.end_time > failed.start_time
    assert run.attributes["ecore.status"] == result.status == "stopped"
    assert run.attributes["ecore.run_id"] == result.run_id
    assert (run.attributes["error.type"], run.status.is_ok) == ("ServerError", False)
    assert run.attributes["ecore.records_written"] == 123


def test_requests_retries_records_and_rejects_are_counted(collected: Collected, tmp_path: Path) -> None:
    account = Account.of_sizes(3, 120, 4)
    account.job(3)["valid_count"] += 1
    failing = iter([Reply(500)])
    account.before = lambda target: next(failing, None) if target == "jobs/1/" else None
    result = Warehouse(f"parquet:{tmp_path}/w", account.handle).sync()
    assert collected.counters() == {
        "ecore.requests": result.requests,
        "ecore.retries": 1,
        "ecore.jobs": 2,
        "ecore.records": 123,
        "ecore.rejects": 1,
    }


def test_a_slow_request_is_a_span(
    collected: Collected, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "SLOW_S", -1.0)
    Warehouse(f"parquet:{tmp_path}/w", Account.of_sizes(120).handle).synced()
    assert {"GET email-validation/jobs/", "GET email-validation/jobs/{id}/records/"} <= set(collected.spans())
    assert all(span.status.is_unset for span in collected.spans().values())


def test_no_address_list_name_url_or_text_of_an_error_is_told(collected: Collected, tmp_path: Path) -> None:
    account = Account.of_sizes(3, 120)
    account.job(1)["list_name"] = "Secret list of person9@example.com"
    account.records[2][5]["email"] = 7
    account.before = lambda target: Reply(500) if target == "jobs/1/" else None
    Warehouse(f"parquet:{tmp_path}/w", account.handle).sync()
    told = collected.told()
    assert "ecore.sync" in told
    for secret in ("person", "example.com", "Secret", "http:", "https:", str(tmp_path), "localhost"):
        assert secret not in told, secret


def test_an_error_that_is_raised_marks_the_run(collected: Collected, tmp_path: Path) -> None:
    (tmp_path / "w").write_text("in the way")
    with pytest.raises(Exception, match="w"):
        Warehouse(f"parquet:{tmp_path}/w", Account.of_sizes(3).handle).sync()
    assert collected.spans()["ecore.sync"].attributes["error.type"] == "DestinationError"
    assert not collected.spans()["ecore.sync"].events


def test_a_process_without_opentelemetry_does_not_load_it() -> None:
    script = (
        "import sys, httpx, tempfile, ecore_export as ee\n"
        "from ecore_export.sandbox import Sandbox\n"
        "made_up = Sandbox(sizes=[3])\n"
        "client = httpx.Client(transport=made_up.transport())\n"
        "ee.sync('parquet:' + tempfile.mkdtemp() + '/w', token=made_up.token, http_client=client)\n"
        "print(*[name for name in sys.modules if name.startswith('opentelemetry')])\n"
    )
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert told.stdout.split() == []


@pytest.mark.slow
def test_the_launcher_of_the_page_brings_spans(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    (line,) = [b.text for b in blocks(ROOT / "docs" / "operations.md", "sh")]
    python = tool_python(request, "telemetry", [str(ROOT), "opentelemetry-distro", "opentelemetry-sdk"])
    made_up = Sandbox(sizes=[20, 7])
    with serve(made_up) as address:
        told = subprocess.run(
            ["bash", "-c", line],
            cwd=tmp_path,
            env={**settings_for(address.base_url, made_up), "PATH": f"{python.parent}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            check=False,
        )
    assert told.returncode == 0, told.stderr
    assert '"name": "ecore.sync"' in told.stdout
    assert made_up.token not in told.stdout + told.stderr
