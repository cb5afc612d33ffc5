"""A destination of version 0.1 is opened, synced and read as if this version had written it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted_api import TOKEN

from ecore_export import read_table, read_view
from ecore_export.cli import main
from ecore_export.views.columns import VIEWS

from .account import ERASED, NEW, REJECTED, at_first, at_last, later, served
from .places import WRITTEN, copy_files, held, load_mysql, load_postgresql

EXPECTED = json.loads((WRITTEN / "expected.json").read_text())
PARTIAL = 3


@pytest.fixture(params=["parquet", "delta", "sqlite", "duckdb", "postgresql", "mysql"])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a copy of what 0.1 wrote."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("postgres_url")
        load_postgresql(url)
        return url
    if request.param == "mysql":
        url = request.getfixturevalue("mysql_url")
        load_mysql(url)
        return url
    return copy_files(request.param, tmp_path)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    """The account as the old version saw it last, on a port that the command is pointed at."""
    account = at_first()
    later(account)
    with served(account) as base_url:
        monkeypatch.setenv("ECORE_BASE_URL", base_url)
        monkeypatch.setenv("ECORE_API_TOKEN", TOKEN)
        yield account


def test_what_an_earlier_version_wrote_is_read_to_the_last_value(old: str) -> None:
    assert json.loads(json.dumps(held(old), default=str)) == EXPECTED
    empty = {view.name for view in VIEWS if not len(read_view(old, view.name))}
    assert empty == {"repeat_validations", "verdict_changes", "list_decay"}, (
        "no address or list of that account was validated twice"
    )


def test_a_sync_with_nothing_new_leaves_it_as_it_is(old: str, api: object) -> None:
    assert main(["sync", old]) == PARTIAL
    assert json.loads(json.dumps(held(old), default=str)) == EXPECTED


def test_its_lists_have_groups_once_a_rule_is_given(old: str, api: object) -> None:
    names = set(read_view(old, "list_quality")["list_name"])
    assert len(read_table(old, "list_groups")) == 0
    assert main(["forget", old, "--account", "default", "--dry-run"]) == 0
    assert main(["sync", old, "--group", "^."]) == PARTIAL
    groups = read_table(old, "list_groups").set_index("list_name")["list_group"].to_dict()
    assert groups.keys() >= names
    assert all(group == name[0] for name, group in groups.items())
    assert set(read_view(old, "stale_lists")["list_group"]) == set(groups.values())


def test_verify_finds_no_difference(old: str, api: object, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", old]) == 0
    assert "no differences" in capsys.readouterr().out


def test_it_goes_on_from_there_and_keeps_erased_addresses_out(old: str, api: object) -> None:
    at_last(api)  # type: ignore[arg-type]
    assert main(["sync", old]) == PARTIAL
    after = held(old)
    assert [job["job_id"] for job in after["jobs"]] == [*(job["job_id"] for job in EXPECTED["jobs"]), NEW]
    new = [row for row in after["records"] if row["job_id"] == NEW]
    assert len(new) == 5
    assert [row for row in after["records"] if row["email"] == ERASED] == []
    assert [row for row in after["records"] if row["job_id"] != NEW] == EXPECTED["records"]
    assert not [row for row in after["records"] if row["job_id"] == REJECTED]


def test_a_refetch_rewrites_nothing(old: str, api: object) -> None:
    assert main(["sync", "--refetch", "--full", old]) == PARTIAL
    assert json.loads(json.dumps(held(old), default=str)) == EXPECTED
