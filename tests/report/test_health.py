"""Freshness and completeness: one reading of them for `status` and the report, and the words for it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from backends import on_a_folder_and_a_database
from destination_rows import LOCK_S, make_job, publication, reject_row, run_row, to_table

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import Destination, open_destination, write_meta, write_rejects, write_runs
from ecore_export.report.figures import Health, read_health
from ecore_export.report.freshness import assessments, span

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
MAX_AGE = timedelta(hours=26)
HOUR = timedelta(hours=1)


@pytest.fixture
def parquet(tmp_path: Path) -> Destination:
    return open_destination(f"parquet:{tmp_path / 'warehouse'}")


def health(**changes: Any) -> Health:
    """An account of which all is well."""
    counts = {"jobs_known": 5, "jobs_exported": 5, "records": 1200}
    ended = {"last_complete_at": NOW - 2 * HOUR, "last_run_status": "complete"}
    return Health(**{"account": "default", "now": NOW, **counts, **ended, **changes})


def filled(destination: Destination, *ended_at: datetime) -> None:
    """Two jobs exported, one waiting, one running, one deleted; one reject; complete runs that ended then."""
    listed = [
        make_job(3),
        make_job(4, is_final=False, status="Processing"),
        make_job(5, deleted_at=NOW),
    ]
    runs = [
        run_row(f"run-{number}", status="complete", started_at=at - HOUR, finished_at=at)
        for number, at in enumerate(ended_at)
    ]
    destination.ensure_schema()
    with destination.lock(LOCK_S):
        destination.publish(publication(make_job(1, 3), make_job(2, 2, is_reconciled=False), *listed))
        write_rejects(destination, to_table(schema.REJECTS, [reject_row(3, "status: null")]))
        write_runs(destination, to_table(schema.SYNC_RUNS, runs))


def status_of(url: str, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    assert main(["status", url, "--json"]) == 0
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    return told


@on_a_folder_and_a_database
def test_status_and_report_read_the_same_figures(
    destination: Destination,
    destination_url: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ended = datetime.now(UTC).replace(microsecond=0) - 3 * HOUR
    filled(destination, ended - 24 * HOUR, ended)
    (found,) = read_health(destination, datetime.now(UTC))
    told = status_of(destination_url, capsys)
    assert told["jobs"] == {
        "known": found.jobs_known,
        "exported": found.jobs_exported,
        "waiting": found.jobs_waiting,
        "running": found.jobs_in_flight,
        "deleted": 1,
        "unreconciled": found.jobs_unreconciled,
    }
    assert (found.jobs_known, found.jobs_exported, found.jobs_waiting) == (5, 2, 1)
    assert (told["records_exported"], told["rejects_open"]) == (found.records, found.open_rejects)
    assert datetime.fromisoformat(told["last_complete_at"]) == found.last_complete_at == ended
    assert main(["report", destination_url, "-o", str(tmp_path / "page.html")]) == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert f"2 of 5 known jobs exported, {found.records:,} records." in page
    assert f"({ended:%Y-%m-%d %H:%M} UTC)" in page
    assert all(
        text in page for text in ("1 finished job is not", "1 exported job does not", "1 rejected item")
    )


def test_a_run_from_the_future_makes_no_report_fresh(parquet: Destination) -> None:
    filled(parquet, NOW - 48 * HOUR, NOW + 9_000 * HOUR)
    (found,) = read_health(parquet, NOW)
    assert (found.last_complete_at, found.runs_ahead) == (NOW - 48 * HOUR, 1)
    (assessment,) = assessments([found], MAX_AGE)
    assert assessment.findings[0].text.startswith("Stale: the last complete export ended 2 days before")
    assert "1 complete run ended in the future: a clock was ahead." in [f.text for f in assessment.findings]


def test_jobs_that_the_api_does_not_list_are_in_the_report_too(
    parquet: Destination, capsys: pytest.CaptureFixture[str]
) -> None:
    filled(parquet, NOW)
    gap = {"counted": 9, "known": 4, "listed_at": NOW.isoformat()}
    write_meta(parquet, {"missing_jobs": json.dumps({"default": gap})})
    (found,) = read_health(parquet, NOW)
    assert status_of(parquet.url, capsys)["missing"] == found.missing
    (assessment,) = assessments([found], MAX_AGE)
    said = [finding.text for finding in assessment.findings if not finding.is_good]
    assert any(re.match("Jobs are missing: the API counts 9, and 4 are known", text) for text in said)


def test_other_accounts_are_not_mixed_in(parquet: Destination) -> None:
    filled(parquet, NOW)
    other = run_row("run-b", account="b", status="failed", started_at=NOW)
    write_runs(parquet, to_table(schema.SYNC_RUNS, [other]))
    assert [found.account for found in read_health(parquet, NOW)] == ["b", "default"]
    assert [found.last_run_status for found in read_health(parquet, NOW, "b")] == ["failed"]
    assert read_health(parquet, NOW, "c") == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"last_complete_at": None}, "Not complete: no export has been complete yet."),
        ({"last_complete_at": NOW - timedelta(hours=27)}, "Stale: the last complete export ended 27 hours"),
        ({"last_run_status": "failed"}, "The newest run ended as “failed”."),
        ({"open_rejects": 1}, "1 rejected item is open"),
        ({"open_rejects": 2000}, "2,000 rejected items are open"),
        ({"jobs_unreconciled": 3}, "3 exported jobs do not add up to the counters of eCore"),
        ({"jobs_waiting": 2}, "2 finished jobs are not exported yet"),
        ({"missing": "jobs are missing: 2 of 9"}, "Jobs are missing: 2 of 9."),
    ],
)
def test_what_is_wrong_is_said_in_words_and_first(changes: dict[str, Any], said: str) -> None:
    troubled, well = assessments([health(), health(account="second", **changes)], MAX_AGE)
    assert (troubled.account, troubled.is_good, well.is_good) == ("second", False, True)
    assert troubled.findings[0].text.startswith(said)
    assert [finding.is_good for finding in troubled.findings[:2]] == [False, True]


def test_running_jobs_are_nothing_to_worry_about() -> None:
    (assessment,) = assessments([health(jobs_in_flight=4)], MAX_AGE)
    assert assessment.is_good
    assert any(finding.text.startswith("4 jobs are still running") for finding in assessment.findings)


def test_spans_are_in_words() -> None:
    lengths = [timedelta(seconds=1), timedelta(minutes=119), timedelta(hours=26), timedelta(days=3)]
    assert [span(length) for length in lengths] == ["1 minute", "119 minutes", "26 hours", "3 days"]
