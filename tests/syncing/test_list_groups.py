"""The groups of lists follow the rule and the jobs, in every destination, whatever a run dies upon."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from backends import on_a_folder_and_a_database
from scripted_api import Account, record_json
from sync_truth import Warehouse

import ecore_export as ee
from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import Destination, Publication, open_destination, read_meta
from ecore_export.errors import DestinationError, SettingsError
from ecore_export.syncing import erase, forget, prune

pytestmark = pytest.mark.thorough

RULE = r"^(.+) \d{4}-\d{2}$"
NAMES = ("News 2026-01", "News 2026-02", "Fair", "API Upload", "API Upload")


class Filled(Warehouse):
    """A destination, and an account of a job for each name."""

    def __init__(self, url: str) -> None:
        self.account = Account()
        super().__init__(url, self.account.handle)
        for name in NAMES:
            self.add(name)

    def add(self, name: str | None) -> None:
        job_id = len(self.account.jobs) + 1
        created = f"2026-03-{job_id:02}T08:00:00.000Z"
        self.account.add(job_id, [record_json(job_id * 10)], list_name=name, created_at=created)
        self.account.jobs.sort(key=lambda job: job["created_at"], reverse=True)

    @property
    def groups(self) -> dict[str, str]:
        rows = ee.read_table(self.url, "list_groups")
        return dict(zip(rows["list_name"], rows["list_group"], strict=True))

    def seen(self) -> set[str]:
        return set(ee.read_view(self.url, "stale_lists")["list_group"])


@pytest.fixture
def filled(destination_url: str) -> Filled:
    return Filled(destination_url)


@on_a_folder_and_a_database
def test_a_rule_is_kept_and_another_sorts_all_lists_anew(filled: Filled) -> None:
    filled.synced()
    assert filled.groups == {}
    assert filled.seen() == set(NAMES)
    filled.synced(group=RULE)
    assert filled.groups == {**{name: name for name in NAMES}, NAMES[0]: "News", NAMES[1]: "News"}
    assert filled.seen() == {"News", "Fair", "API Upload"}
    filled.add("News 2026-03")
    filled.add(None)
    filled.synced()
    assert filled.groups["News 2026-03"] == "News"
    assert len(filled.groups) == 5
    (uploads,) = ee.read_view(filled.url, "list_quality").query("list_name == 'API Upload'")["jobs"]
    assert uploads == 2, "uploads without a name are one list"
    filled.synced(group="^.")
    assert set(filled.groups.values()) == {"N", "F", "A"}
    filled.synced(group="")
    assert filled.groups == {name: name for name in filled.groups}
    filled.add("Last 2026-03")
    filled.synced()
    assert "Last 2026-03" not in filled.groups
    assert "Last 2026-03" in filled.seen()


@pytest.fixture(params=["parquet:{}/w", "sqlite:///{}/w.db", "delta:{}/w"])
def small(request: pytest.FixtureRequest, tmp_path: Path) -> Filled:
    return Filled(request.param.format(tmp_path))


def test_each_account_has_its_own_rule_and_forgetting_leaves_nothing_of_it(small: Filled) -> None:
    small.synced(group=RULE)
    other = Filled(small.url)
    for job in other.account.jobs:
        job["uuid"] = f"{job['uuid'][:-1]}z"
    other.synced(account="b", group="^(Fai)")
    rows = ee.read_table(small.url, "list_groups", account="b")
    assert set(rows["list_group"]) == {"News 2026-01", "News 2026-02", "Fai", "API Upload"}
    small.synced()
    assert small.groups["News 2026-01"] in ("News", "News 2026-01")
    small.change_jobs(lambda opened: forget(opened, "b"))
    assert set(ee.read_table(small.url, "list_groups")["account"]) == {"default"}
    opened = open_destination(small.url)
    assert "(Fai)" not in read_meta(opened).values()
    opened.close()


def test_a_run_with_nothing_new_asks_no_more_and_writes_no_group(
    small: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.synced(group=RULE)
    before = small.synced().requests
    merged: list[str] = []
    for kind in _kinds():
        _watch(kind, monkeypatch, merged)
    assert small.synced(group=RULE).requests == before <= 3
    assert "list_groups" not in merged


def _kinds() -> list[Any]:
    from ecore_export.destinations.delta import DeltaDestination
    from ecore_export.destinations.parquet import ParquetDestination
    from ecore_export.destinations.sql import SQLDestination

    return [DeltaDestination, ParquetDestination, SQLDestination]


def _watch(kind: Any, monkeypatch: pytest.MonkeyPatch, merged: list[str]) -> None:
    merge = kind.merge

    def watched(self: Destination, table: schema.Table, rows: Any) -> None:
        merged.append(table.name)
        merge(self, table, rows)

    monkeypatch.setattr(kind, "merge", watched)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_what_a_run_died_upon_the_next_one_makes_good(
    place: int, small: Filled, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It dies before the rule is kept, before the lists are sorted, or before that is kept."""
    small.synced()
    dying = {"n": 0}
    for kind in _kinds():
        merge = kind.merge

        def failing(self: Any, table: schema.Table, rows: Any, merge: Any = merge) -> None:
            is_ours = table is schema.LIST_GROUPS or any(
                str(name).startswith("list_groups") for name in rows.to_pydict().get("name", [])
            )
            dying["n"] += is_ours
            if is_ours and dying["n"] == place:
                raise DestinationError("the disk is gone")
            merge(self, table, rows)

        monkeypatch.setattr(kind, "merge", failing)
    assert small.sync(group=RULE).status == "failed"
    monkeypatch.undo()
    small.synced(**({"group": RULE} if place == 1 else {}))
    assert small.seen() == {"News", "Fair", "API Upload"}


def test_a_list_has_its_group_before_its_job_is_seen(small: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    small.synced(group=RULE)
    small.add("News 2026-03")
    for kind in _kinds():

        def failing(self: Any, publication: Publication) -> None:
            raise DestinationError("the disk is gone")

        monkeypatch.setattr(kind, "publish", failing)
    assert small.sync().status == "failed"
    monkeypatch.undo()
    assert small.groups["News 2026-03"] == "News"
    assert set(small.jobs()) == {1, 2, 3, 4, 5}
    small.synced()
    assert small.seen() == {"News", "Fair", "API Upload"}


def test_another_run_that_changed_the_rule_meanwhile_is_heeded(tmp_path: Path) -> None:
    """Of several writers at once: the one that began first goes on by the newer rule."""
    filled = Filled(f"delta:{tmp_path}/w")
    filled.synced(group=RULE)
    filled.add("News 2026-03")
    handle, changed = filled.account.handle, []

    def meanwhile(*call: Any) -> Any:
        if not changed:
            changed.append(True)
            Warehouse(filled.url, handle).synced(group="^(...)", jobs=(1,))
        return handle(*call)

    assert filled.sync(handler=meanwhile).error is None
    assert set(filled.groups.values()) == {"New", "Fai", "API"}


def test_a_dry_run_keeps_no_rule(small: Filled) -> None:
    small.synced()
    small.sync(group=RULE, dry_run=True)
    small.synced()
    assert small.groups == {}


def test_pruned_records_leave_their_lists_in_their_group_and_no_address_gets_there(small: Filled) -> None:
    small.add("Of ana@example.com 2026-05")
    small.synced(group=RULE)
    assert "Of ana@example.com 2026-05" not in small.groups
    small.change_jobs(lambda opened: prune(opened, "2026-03-03"))  # type: ignore[arg-type]
    small.change_jobs(lambda opened: erase(opened, ["ana@example.com"]))
    small.synced()
    assert {"News", "Fair", "API Upload"} < small.seen()
    assert not any("ana@" in group for group in small.seen())


def test_what_is_no_rule_ends_the_command_before_anything_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECORE_BASE_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("ECORE_API_TOKEN", "token")
    assert main(["sync", f"parquet:{tmp_path}/w", "--group", "("]) == 2
    assert "--group is no regular expression" in capsys.readouterr().err
    monkeypatch.setenv("ECORE_GROUP", "[")
    assert main(["sync", f"parquet:{tmp_path}/w"]) == 2
    assert "ECORE_GROUP: --group is no regular expression" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()
    with pytest.raises(SettingsError, match=r"^group is no regular expression"):
        ee.SyncOptions(group="(?=x)")
