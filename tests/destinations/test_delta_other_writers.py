"""A store that does not heed the conditions of a write is found out before anything is written there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import bucket_stub
import pytest

from ecore_export import schema
from ecore_export.destinations.delta import other_writers
from ecore_export.destinations.delta.tables import StoredTable
from ecore_export.destinations.delta.url import Place
from ecore_export.errors import DestinationBusyError, DestinationError
from ecore_export.sandbox import JobSpec, Sandbox, serve

FAILED, COMPLETE = 1, 0
URL = f"delta:s3://{bucket_stub.BUCKET}/exports"

pytestmark = pytest.mark.slow


def environ(endpoint: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "any",
        "AWS_SECRET_ACCESS_KEY": "any",
    }


def sync(endpoint: str) -> subprocess.CompletedProcess[str]:
    """By the command, in a process of its own."""
    sandbox = Sandbox.with_jobs([JobSpec(3)], advance_after_reads=None)
    with serve(sandbox) as address:
        api = {"ECORE_BASE_URL": address.base_url, "ECORE_API_TOKEN": sandbox.token}
        return subprocess.run(
            [sys.executable, "-m", "ecore_export", "sync", URL],
            env=os.environ | environ(endpoint) | api,
            capture_output=True,
            text=True,
            check=False,
        )


def test_a_store_where_every_writer_wins_is_refused_and_left_as_it_was() -> None:
    with bucket_stub.served("--deaf") as endpoint:
        done = sync(endpoint)
        assert done.returncode == FAILED, done.stderr
        assert "lets two writers overwrite each other (it ignores If-None-Match)" in done.stderr
        assert "use one that honours conditional writes, such as Amazon S3" in done.stderr
        assert bucket_stub.names_in(endpoint) == []


def test_the_same_store_is_taken_where_it_heeds_them() -> None:
    with bucket_stub.served() as endpoint:
        done = sync(endpoint)
        assert done.returncode == COMPLETE, done.stderr
        names = bucket_stub.names_in(endpoint)
    assert "exports/records/_delta_log/00000000000000000000.json" in names
    assert not [name for name in names if other_writers.PROBE_FOLDER in name]


class TestProbing:
    @pytest.fixture(autouse=True)
    def _forgetful(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(other_writers, "_passed", set())

    @pytest.fixture
    def place(self, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
        options: Sequence[str] = request.param
        with bucket_stub.served(*options) as endpoint:
            for name, value in environ(endpoint).items():
                monkeypatch.setenv(name, value)
            yield Place.of(URL)

    @pytest.mark.parametrize("place", [["--deaf"]], indirect=True)
    def test_finds_out_each_time(self, place: Place) -> None:
        """A race that did not take place says nothing, and is held again."""
        for _ in range(20):
            with pytest.raises(DestinationError, match="overwrite each other"):
                other_writers.check_store(place)

    @pytest.mark.parametrize("place", [[]], indirect=True)
    def test_asks_a_bucket_once(self, place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
        other_writers.check_store(place)
        monkeypatch.setattr(other_writers, "_race", lambda *_: pytest.fail("asked again"))
        other_writers.check_store(Place.of(f"{URL}/elsewhere"))

    def test_says_so_where_it_cannot_find_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(other_writers, "_race", lambda *_: 0)
        with pytest.raises(DestinationBusyError, match="could not be found out"):
            other_writers.check_store(Place.of(URL))

    def test_takes_a_folder_where_nobody_came_at_the_same_time(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(other_writers, "_race", lambda *_: 0)
        other_writers.check_store(Place.of(f"delta:{tmp_path}"))


@pytest.mark.parametrize(
    ("url", "endpoint", "told"),
    [
        ("s3://bucket/x", "AWS_ENDPOINT_URL", "AWS_ALLOW_HTTP=true"),
        ("az://bucket/x", "AZURE_STORAGE_ENDPOINT", "AZURE_ALLOW_HTTP=true"),
    ],
)
def test_an_endpoint_without_tls_is_told_by_the_variable_of_its_store(
    url: str, endpoint: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ALLOW_HTTP", "AZURE_ALLOW_HTTP", "AZURE_STORAGE_USE_EMULATOR"):
        monkeypatch.delenv(name, raising=False)
    keys = {"AZURE_STORAGE_ACCOUNT_NAME": "any", "AZURE_STORAGE_ACCOUNT_KEY": "YW55"}
    for name, value in (environ("") | keys | {endpoint: "http://127.0.0.1:1"}).items():
        if name != "AWS_ALLOW_HTTP":
            monkeypatch.setenv(name, value)
    with pytest.raises(DestinationError, match=told):
        StoredTable(Place.of(f"delta:{url}"), schema.JOBS).snapshot()
