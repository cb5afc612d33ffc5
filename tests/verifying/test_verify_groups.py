"""`verify` compares the groups of lists with the rule in force, in every destination, and sets them right."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from backends import on_a_folder_and_a_database
from cli_runs import served
from scripted_api import Account, http_client_of, record_json, settings

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import (
    Destination,
    Selection,
    open_destination,
    read_arrow,
    read_runs,
    write_meta,
)
from ecore_export.errors import DestinationBusyError
from ecore_export.grouping import group_rows
from ecore_export.sandbox import Sandbox
from ecore_export.syncing import ListAstray, SyncOptions, list_groups, run_sync
from ecore_export.verifying import VerifyResult, verify

pytestmark = pytest.mark.thorough

RULE = r"^(.+) \d{4}-\d{2}$"
NAMES = ("News 2026-01", "News 2026-02", "Fair", "who@example.org 2026-01")
RIGHT = {"News 2026-01": "News", "News 2026-02": "News", "Fair": "Fair"}
ASTRAY = ListAstray("News 2026-01", "Wrong", "News")


@pytest.fixture
def api() -> Account:
    """A job for each name, number 1 the first."""
    account = Account()
    for number, name in enumerate(NAMES, 1):
        created = f"2026-03-{number:02}T08:00:00.000Z"
        account.add(number, [record_json(number)], list_name=name, created_at=created)
    return account


@pytest.fixture
def sqlite(tmp_path: Path, api: Account) -> Destination:
    opened = open_destination(f"sqlite:///{tmp_path / 'ecore.db'}")
    sync(opened, api)
    return opened


def sync(destination: Destination, api: Account) -> None:
    options = SyncOptions(group=RULE)
    assert run_sync(settings(), destination, options, http_client=http_client_of(api.handle)).error is None


def look(destination: Destination, api: Account, **options: Any) -> VerifyResult:
    return verify(settings(), destination, http_client=http_client_of(api.handle), **options)


def plant(destination: Destination, groups: Mapping[str, str], account: str = "default") -> None:
    rows = [{"account": account, "list_name": name, "list_group": group} for name, group in groups.items()]
    with destination.lock(60.0):
        destination.merge(schema.LIST_GROUPS, pa.Table.from_pylist(rows, schema.LIST_GROUPS.arrow))


def groups(destination: Destination) -> dict[str, str]:
    rows = read_arrow(destination, schema.LIST_GROUPS, Selection("default")).to_pylist()
    return {row["list_name"]: row["list_group"] for row in rows}


@on_a_folder_and_a_database
def test_a_group_that_the_rule_does_not_give_is_told_and_set_right(
    destination: Destination, api: Account
) -> None:
    sync(destination, api)
    assert look(destination, api).lists == []
    plant(destination, {ASTRAY.list_name: ASTRAY.list_group})
    plant(destination, {"Fair": "Of others"}, account="other")
    seen = look(destination, api)
    assert (seen.lists, seen.findings, seen.agrees) == ([ASTRAY], [], False)
    assert groups(destination) == RIGHT | {"News 2026-01": "Wrong"}, "without fix nothing is written"
    fixed = look(destination, api, fix=True)
    assert (fixed.lists, fixed.lists_fixed, fixed.agrees) == ([ASTRAY], {"News 2026-01"}, True)
    assert groups(destination) == RIGHT
    again = look(destination, api)
    assert (again.lists, again.agrees) == ([], True)


def test_a_list_without_its_row_is_its_own_group_until_it_is_fixed(
    sqlite: Destination, api: Account, tmp_path: Path
) -> None:
    connection = sqlite3.connect(tmp_path / "ecore.db")
    with connection:
        connection.execute("DELETE FROM list_groups")
    connection.close()
    seen = look(sqlite, api)
    assert seen.lists == [ListAstray(name, name, "News") for name in NAMES[:2]]
    assert look(sqlite, api, fix=True).agrees
    assert groups(sqlite) == dict.fromkeys(NAMES[:2], "News")


def test_lists_that_were_not_sorted_by_the_rule_in_force_are_all_told(
    sqlite: Destination, api: Account
) -> None:
    write_meta(sqlite, {"list_groups_rule:default": "^(.)"})
    seen = look(sqlite, api)
    assert {found.list_name: found.expected for found in seen.lists} == {
        "News 2026-01": "N",
        "News 2026-02": "N",
        "Fair": "F",
    }
    assert look(sqlite, api, fix=True).agrees
    assert set(groups(sqlite).values()) == {"N", "F"}


def test_a_rule_that_was_taken_back_leaves_each_list_for_itself(sqlite: Destination, api: Account) -> None:
    write_meta(sqlite, {"list_groups_rule:default": ""})
    seen = look(sqlite, api, fix=True)
    assert [(found.list_name, found.expected) for found in seen.lists] == [(name, name) for name in NAMES[:2]]
    assert groups(sqlite) == {name: name for name in RIGHT}


def test_of_named_jobs_the_lists_alone_are_looked_at_and_set_right(sqlite: Destination, api: Account) -> None:
    plant(sqlite, {"News 2026-01": "Wrong", "Fair": "Wrong", "Waits for its job": "Wrong"})
    names = [found.list_name for found in look(sqlite, api).lists]
    assert names == ["Fair", "News 2026-01", "Waits for its job"]
    assert [found.list_name for found in look(sqlite, api, job_ids=[1, 2]).lists] == ["News 2026-01"]
    assert look(sqlite, api, job_ids=[1, 2], fix=True).agrees
    assert [found.list_name for found in look(sqlite, api).lists] == ["Fair", "Waits for its job"]


def test_a_name_that_can_have_no_row_is_never_shown(sqlite: Destination, api: Account) -> None:
    assert len(group_rows("default", pa.chunked_array([list(NAMES)]), RULE)) == len(NAMES) - 1
    plant(sqlite, {NAMES[3]: "Wrong", "Fair": "Wrong"})
    shown = json.dumps(look(sqlite, api).as_dict())
    assert "Fair" in shown
    assert "@" not in shown


def test_jobs_and_lists_that_differ_are_repaired_together(sqlite: Destination, api: Account) -> None:
    plant(sqlite, {ASTRAY.list_name: ASTRAY.list_group})
    api.jobs[-1]["list_name"] = "News 2026-04"
    runs = len(read_runs(sqlite))
    fixed = look(sqlite, api, fix=True)
    assert ([found.job_id for found in fixed.findings], fixed.lists) == ([1], [ASTRAY])
    assert fixed.agrees
    assert groups(sqlite) == RIGHT | {"News 2026-04": "News"}
    assert len(read_runs(sqlite)) == runs + 1


def test_setting_right_needs_the_lock(
    sqlite: Destination, api: Account, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(sqlite, {ASTRAY.list_name: ASTRAY.list_group})
    monkeypatch.setattr(list_groups, "LOCK_TIMEOUT_S", 0.0)
    other = open_destination(f"sqlite:///{tmp_path / 'ecore.db'}")
    with other.lock(60.0):
        held = look(sqlite, api, fix=True)
    other.close()
    assert isinstance(held.error, DestinationBusyError)
    assert (held.lists, held.lists_fixed, held.agrees) == ([ASTRAY], frozenset(), False)


def test_the_command_says_which_lists_and_its_exit_code_is_1_until_they_are_fixed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = f"parquet:{tmp_path / 'warehouse'}"
    with served(Sandbox(sizes=[3]), monkeypatch):
        assert main(["sync", url, "--group", "^(.)"]) == 0
        opened = open_destination(url)
        (name,) = groups(opened)
        plant(opened, {name: "Wrong"})
        opened.close()
        capsys.readouterr()
        assert main(["verify", url]) == 1
        line = f"list {name!r}: in the group 'Wrong', the rule gives {name[0]!r}"
        end = "1 job with 3 records checked in 1 request: 1 list in another group than the rule gives"
        assert capsys.readouterr().out.splitlines() == [line, end]
        assert main(["verify", url, "--fix", "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["lists"] == [
            {"list_name": name, "list_group": "Wrong", "expected": name[0], "is_fixed": True}
        ]
        assert (told["agrees"], told["lists_differing"], told["lists_fixed"]) == (True, 1, 1)
        assert main(["verify", url]) == 0
        assert capsys.readouterr().out.endswith(": no differences\n")
