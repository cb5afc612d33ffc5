"""Arguments are checked, not coerced: each kind of value is understood, or refused in one sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from cli_runs import assert_one_error_line, served

import ecore_export as ee
from ecore_export import arguments
from ecore_export.cli import main
from ecore_export.errors import DestinationError, EcoreError, SettingsError
from ecore_export.sandbox import JobSpec, Sandbox
from ecore_export.settings import load_settings
from ecore_export.syncing import SyncOptions, prune
from ecore_export.times import as_instant

ONE_ID: list[Any] = [
    *(42, 42.0, "42", " 42\n", np.int64(42), np.uint8(42), np.float32(42.0), np.array(42), Decimal("42.0")),
    pa.scalar(42),
]
MANY_IDS: list[Any] = [
    *([42, 43], (42, "43"), {42: 0, 43: 0}.keys(), range(42, 44), iter([42, 43]), [42, 43, 42]),
    *(np.array([42, 43]), np.array([42.0, 43.0]), pd.Series([42, 43]), pd.Series([42.0, 43.0])),
    *(pd.Index([42, 43]), pd.Series(["42", "43"]), pd.Series([42, 43], dtype="Int64")),
    *(pd.Series([42, 43], dtype="int64[pyarrow]"), pa.array([42, 43]), pa.chunked_array([[42], [43]])),
]
NO_ID: list[Any] = [
    *(
        True,
        False,
        42.9,
        None,
        float("nan"),
        float("inf"),
        pd.NA,
        pd.NaT,
        0,
        -1,
        2**63,
        "",
        " ",
        "4 2",
        "42,43",
    ),
    *("-42", "42.0", "zweiundvierzig", "٤٢", b"42", ..., np.bool_(True), Decimal("NaN"), 42j),
    *(np.datetime64("2026-05-01"), dt.date(2026, 5, 1)),
]
NO_IDS: list[Any] = [
    *([[42, 43]], [42, None], [42, 42.5], pd.Series([42, None], dtype="Int64"), pd.Series([42, None])),
    *({"job_id": 42}, pd.DataFrame({"job_id": [42]}), pa.table({"job_id": [42]}), b"42", [b"42"], [True]),
    np.array([[42], [43]]),
]


@pytest.mark.parametrize("value", ONE_ID, ids=repr)
def test_one_job_id_of_any_type_is_that_id(value: Any) -> None:
    assert (arguments.job_id(value), arguments.job_ids(value)) == (42, (42,))
    assert type(arguments.job_id(value)) is int


@pytest.mark.parametrize("value", MANY_IDS, ids=lambda value: type(value).__name__)
def test_job_ids_come_in_any_series_each_once(value: Any) -> None:
    assert arguments.job_ids(value) == (42, 43)


@pytest.mark.parametrize("value", NO_ID, ids=repr)
def test_what_is_no_job_id_is_refused_by_its_kind(value: Any) -> None:
    for check in (arguments.job_id, arguments.job_ids):
        with pytest.raises(SettingsError, match="not "):
            check(value)


@pytest.mark.parametrize("value", NO_IDS, ids=lambda value: type(value).__name__)
def test_what_are_no_job_ids_is_refused(value: Any) -> None:
    with pytest.raises(SettingsError, match="not "):
        arguments.job_ids(value)


def test_a_refused_id_is_not_repeated_as_it_may_be_an_address() -> None:
    with pytest.raises(SettingsError) as told:
        arguments.job_ids(["someone@example.com"])
    assert "example" not in str(told.value)


MAY: list[Any] = [
    *("2026-05-01", " 2026-05-01T00:00:00Z ", dt.date(2026, 5, 1), dt.datetime(2026, 5, 1, tzinfo=dt.UTC)),
    *(pd.Timestamp("2026-05-01"), pd.Timestamp("2026-05-01", tz="UTC"), np.datetime64("2026-05-01")),
    *(np.datetime64("2026-05-01T00:00:00.000000000"), pd.Timestamp("2026-05-01T02:00:00+02:00")),
]
NO_TIME: list[Any] = [
    *(
        pd.NaT,
        np.datetime64("NaT"),
        float("nan"),
        pd.NA,
        pd.Period("2026-05"),
        20260501,
        1.5,
        True,
        "",
        "May",
    ),
    *(dt.time(12), dt.timedelta(1), ["2026-05-01"], "0001-01-01T00:00:00+05:00"),
]


@pytest.mark.parametrize("value", MAY, ids=repr)
def test_a_point_in_time_of_any_type_is_that_instant(value: Any) -> None:
    found = as_instant(value)
    assert found == dt.datetime(2026, 5, 1, tzinfo=dt.UTC)
    assert type(found) is dt.datetime


@pytest.mark.parametrize("value", NO_TIME, ids=repr)
def test_what_is_no_point_in_time_is_refused_wherever_one_is_taken(value: Any, tmp_path: Path) -> None:
    url = f"parquet:{tmp_path}/w"
    with ee.Client.sandbox(jobs=1) as client, closing(ee.open_destination(url)) as place:
        takers: list[Callable[[], Any]] = [
            lambda: client.load_jobs(since=value),
            lambda: client.load_jobs(until=value),
            lambda: SyncOptions(since=value),
            lambda: SyncOptions(until=value),
            lambda: prune(place, value),
            lambda: place.read_view("list_quality", since=value),
        ]
        for take in takers:
            with pytest.raises(SettingsError):
                take()


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with served(
        Sandbox.with_jobs((JobSpec(5), JobSpec(3)), advance_after_reads=None), monkeypatch
    ) as made_up:
        yield made_up


def test_a_text_is_one_job_and_not_its_letters(sandbox: Sandbox) -> None:
    assert set(ee.load_records("2")["job_id"]) == {2}
    assert len(ee.load_records(pd.Series([1.0, 2.0]))) == 8
    job, _ = ee.load_job("2")
    assert job["job_id"].tolist() == [2]


def test_since_not_before_until_is_refused_before_anything_is_asked(sandbox: Sandbox) -> None:
    for until in ("2026-05-01", "2026-04-01"):
        for call in (
            lambda: ee.load_jobs(since="2026-05-01", until=until),  # noqa: B023
            lambda: SyncOptions(since=as_instant("2026-05-01"), until=as_instant(until)),  # noqa: B023
        ):
            with pytest.raises(SettingsError, match="earlier"):
                call()
    assert main(["jobs", "--since", "2026-05-01", "--until", "2026-05-01"]) == 2
    assert not sandbox.request_log


@pytest.mark.parametrize("status", ["processed", "PROCESSED", " Processed "])
def test_a_status_is_found_however_it_is_cased(sandbox: Sandbox, status: str) -> None:
    assert len(ee.load_jobs(status=status)) == 2


@pytest.mark.parametrize("status", ["Done", "", 5, True])
def test_a_status_the_api_does_not_know_is_refused(sandbox: Sandbox, status: Any) -> None:
    with pytest.raises(SettingsError, match="Uploading, Processing"):
        ee.load_jobs(status=status)
    assert not sandbox.request_log


@pytest.mark.parametrize("label", ["", " ", "a ", " a", "a\nb", None, 5, "a" * 300])
def test_a_label_that_cannot_be_read_is_refused(sandbox: Sandbox, tmp_path: Path, label: Any) -> None:
    url = f"parquet:{tmp_path}/w"
    for call in (
        lambda: ee.Client(account=label),
        lambda: ee.sync(url, account=label),
        lambda: ee.flatten_job({}, account=label),
    ):
        with pytest.raises(SettingsError, match="label"):
            call()
    if isinstance(label, str):
        assert main(["sync", url, "--account", label]) == 2
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "options",
    [
        *({"jobs": True}, {"jobs": [1, None]}, {"max_requests": 0}, {"max_requests": 1.5}, {"full": "no"}),
        *({"max_minutes": value} for value in (0, -1, True, "5", float("nan"), float("inf"))),
        *({"dry_run": 1}, {"pii": "mask"}, {"since": pd.NaT}),
        *({"jobs": []}, {"jobs": pd.Series([], dtype="Int64")}),
    ],
    ids=repr,
)
def test_options_of_a_sync_are_checked_before_anything_is_asked(
    sandbox: Sandbox, tmp_path: Path, options: dict[str, Any]
) -> None:
    with pytest.raises(SettingsError):
        ee.sync(f"parquet:{tmp_path}/w", **options)
    assert (list(tmp_path.iterdir()), list(sandbox.request_log)) == ([], [])


@pytest.mark.parametrize("tz", [" ", "", "Mars/Base", 5])
def test_a_zone_nobody_knows_is_refused(tz: Any, tmp_path: Path, sandbox: Sandbox) -> None:
    url = f"sqlite:///{tmp_path}/w.db"
    ee.sync(url)
    jobs = ee.load_jobs()
    for call in (
        lambda: ee.credit_usage(jobs, tz=tz),
        lambda: ee.read_view(url, "list_quality", tz=tz),
        lambda: ee.sync(url, tz=tz),
    ):
        with pytest.raises(SettingsError, match="time zone"):
            call()


@pytest.mark.parametrize("freq", ["X", "d", None, 5, ["D"]])
def test_a_period_nobody_knows_is_refused(freq: Any, sandbox: Sandbox) -> None:
    with pytest.raises(SettingsError, match="freq"):
        ee.credit_usage(ee.load_jobs(), freq=freq)


@pytest.mark.parametrize(
    "options",
    [
        *({"workers": 0}, {"workers": 2.5}, {"workers": True}, {"workers": "many"}, {"timeout_s": -1}),
        *({"timeout_s": 0}, {"timeout_s": float("nan")}, {"timeout_s": "soon"}, {"timeout_s": [5]}),
        *({"attempts": 0}, {"attempts": 1.5}),
    ],
    ids=repr,
)
def test_settings_that_make_no_sense_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(SettingsError):
        load_settings(token="t", environ={}, **options)


@pytest.mark.parametrize("timeout_s", [-1, float("nan"), float("inf"), "5", True])
def test_a_wait_that_makes_no_sense_is_refused(timeout_s: Any) -> None:
    with ee.Client.sandbox(jobs=1) as client, pytest.raises(SettingsError, match="timeout_s"):
        client.wait_for_job(1, timeout_s=timeout_s)


@pytest.mark.parametrize("backend", ["foo", None, 5, ""])
def test_a_dtype_backend_nobody_knows_is_refused_before_anything_is_asked(
    sandbox: Sandbox, backend: Any, tmp_path: Path
) -> None:
    for call in (
        lambda: ee.Client(dtype_backend=backend),
        lambda: ee.flatten_job({}, dtype_backend=backend),
        lambda: ee.read_view(f"parquet:{tmp_path}", "list_quality", dtype_backend=backend),
    ):
        with pytest.raises(SettingsError, match="dtype_backend"):
            call()
    assert not sandbox.request_log


@pytest.mark.thorough
@pytest.mark.parametrize("scheme", ["parquet:{}/w", "sqlite:///{}/w.db", "duckdb:///{}/w.duckdb"])
def test_a_mistyped_place_or_label_is_told_and_no_good_news(
    sandbox: Sandbox, tmp_path: Path, scheme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    url, mistyped = scheme.format(tmp_path), scheme.format(f"{tmp_path}").replace("/w", "/v")
    ee.sync(url, account="prod")
    for account, place in (("prdo", url), ("", url), ("prod", mistyped)):
        with pytest.raises(DestinationError):
            ee.read_view(place, "list_quality", account=account)
        with pytest.raises(EcoreError):
            ee.write_report(place, tmp_path / "r.html", account=account)
        for command in (
            ["verify", place],
            ["view", place, "list_quality"],
            ["report", place, "-o", str(tmp_path / "r.html")],
            ["rejects", place],
            ["status", place],
        ):
            assert main([*command, "--account", account]) == 1
            told = capsys.readouterr().err
            assert_one_error_line(told)
            assert ("'prod'" in told) == (place == url)
    assert not (tmp_path / "r.html").exists()
    assert main(["status", url, "--account", "prod"]) == 0


@pytest.mark.parametrize(
    "empty", [[], (), set(), np.array([], int), pd.Series([], dtype="Int64"), pa.array([])]
)
def test_an_empty_list_of_jobs_does_not_mean_all_jobs(empty: Any, tmp_path: Path, sandbox: Sandbox) -> None:
    with pytest.raises(SettingsError, match="the list of jobs is empty"):
        ee.sync(f"parquet:{tmp_path}/w", jobs=empty)
    assert (list(tmp_path.iterdir()), list(sandbox.request_log)) == ([], [])


@pytest.mark.parametrize("given", ["", ",", "0", "-1", "42.9", "x", "1,,2", "99999999999999999999"])
def test_the_command_line_takes_the_same_job_ids(given: str, tmp_path: Path, sandbox: Sandbox) -> None:
    url = f"parquet:{tmp_path}/w"
    for command in (["job", "--", given], ["records", "--", given], ["sync", url, f"--jobs={given}"]):
        assert main(command) == 2
    assert (list(tmp_path.iterdir()), list(sandbox.request_log)) == ([], [])
