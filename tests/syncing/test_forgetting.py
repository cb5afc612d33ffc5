"""A label is taken out whole, on every destination; one eCore account is not exported under two labels."""

import json

import pyarrow as pa
import pytest
from destination_rows import (
    history_row,
    job_row,
    make_job,
    publish,
    read_record_rows,
    reject_row,
    run_row,
    to_table,
)
from scripted_api import Account
from sync_truth import Warehouse, assert_holds

from ecore_export import schema
from ecore_export.cli import main
from ecore_export.destinations import (
    Publication,
    Selection,
    account_labels,
    read_history,
    read_jobs,
    read_records,
    read_rejects,
    read_runs,
    write_rejects,
    write_runs,
)
from ecore_export.errors import AccountMismatchError, SettingsError
from ecore_export.grouping import group_rows
from ecore_export.syncing import forget, labels_twice

pytestmark = pytest.mark.thorough


def fill(destination, account):
    job = job_row(1, account=account)
    row = history_row(job, job["changed_at"])
    destination.publish(
        Publication(account, to_table(schema.JOBS, [job]), to_table(schema.JOB_HISTORY, [row]))
    )
    write_runs(destination, to_table(schema.SYNC_RUNS, [run_row(f"run-{account}", account=account)]))
    write_rejects(destination, to_table(schema.REJECTS, [reject_row(1, "odd", account=account)]))
    destination.merge(schema.LIST_GROUPS, group_rows(account, pa.chunked_array([["Leads 1"]]), r"^\w+"))


def held(destination, account):
    return {
        "jobs": read_jobs(destination, account).num_rows,
        "job_history": read_history(destination, account).num_rows,
        "records": sum(batch.num_rows for batch in read_records(destination, account)),
        "sync_runs": sum(row["account"] == account for row in read_runs(destination).to_pylist()),
        "rejects": read_rejects(destination, account, only_open=False).num_rows,
        "list_groups": destination.count(schema.LIST_GROUPS, Selection(account)),
    }


def test_a_label_is_taken_out_of_every_table_and_the_others_stay(destination):
    publish(destination, make_job(2, 3), make_job(3, 4))
    for account in ("default", "b"):
        fill(destination, account)
    before = held(destination, "default")
    assert before == {
        "jobs": 3,
        "job_history": 1,
        "records": 7,
        "sync_runs": 1,
        "rejects": 1,
        "list_groups": 1,
    }
    expected = {"jobs": 1, "job_history": 1, "records": 0, "sync_runs": 1, "rejects": 1, "list_groups": 1}
    assert forget(destination, "b", dry_run=True) == expected == held(destination, "b")
    assert forget(destination, "b") == expected
    assert set(held(destination, "b").values()) == {0}
    assert held(destination, "default") == before
    assert forget(destination, "default") == before
    assert set(held(destination, "default").values()) == {0}
    assert read_record_rows(destination) == []
    publish(destination, make_job(2, 3))
    assert held(destination, "default")["records"] == 3


def test_a_label_that_is_not_there_is_told(destination):
    fill(destination, "default")
    for dry_run in (True, False):
        with pytest.raises(SettingsError, match="mistyped"):
            forget(destination, "defualt", dry_run=dry_run)
    assert held(destination, "default")["jobs"] == 1


@pytest.fixture(params=["parquet:{}/warehouse", "sqlite:///{}/warehouse.db"])
def warehouse(request, tmp_path):
    made = Warehouse(request.param.format(tmp_path), (account := Account.of_sizes(5, 150, 0)).handle)
    made.account = account
    return made


@pytest.mark.parametrize("options", [{}, {"full": True}, {"jobs": (2,)}, {"no_records": True}])
def test_the_same_account_under_a_second_label_is_refused_before_a_job_is_written(options, warehouse):
    labels = []
    warehouse.synced()
    result = warehouse.sync(account="b", **options)
    assert (result.status, type(result.error)) == ("failed", AccountMismatchError)
    assert "--account default" in str(result.error)
    assert warehouse.job_ids("b") == []
    warehouse.change_jobs(lambda opened: labels.append(account_labels(opened)))
    assert labels == [["default"]], "a label that was refused is no account"
    warehouse.synced()


def test_a_label_that_was_forgotten_can_be_exported_under_another(warehouse):
    warehouse.synced(account="typo")
    warehouse.change_jobs(lambda opened: forget(opened, "typo"))
    warehouse.synced(account="b")
    assert_holds(warehouse, account="b")
    assert warehouse.job_ids("typo") == []


def test_a_destination_that_holds_both_already_keeps_working_and_is_told_of(warehouse):
    warehouse.synced()
    moved = [{**row, "account": "b"} for row in warehouse.jobs().values()]
    warehouse.change_jobs(lambda opened: opened.publish(Publication("b", to_table(schema.JOBS, moved))))
    warehouse.synced(account="b", refetch=True)
    warehouse.synced()
    warehouse.change_jobs(_assert_twice)


def _assert_twice(opened):
    assert labels_twice(opened) == [("b", "default")]


def test_the_command_counts_then_takes_out(warehouse, capsys):
    warehouse.synced(account="b")
    assert main(["forget", warehouse.url, "--account", "b", "--dry-run", "--json"]) == 0
    rows = {"jobs": 3, "job_history": 3, "records": 155, "sync_runs": 1, "rejects": 0}
    rows["list_groups"] = 0
    assert json.loads(capsys.readouterr().out) == {"account": "b", "is_dry_run": True, "rows": rows}
    assert main(["forget", warehouse.url, "--account", "b"]) == 0
    counts = ", ".join(f"{count} in {table}" for table, count in rows.items())
    assert capsys.readouterr().out == f"removed: {counts}\n"
    assert main(["forget", warehouse.url, "--account", "b"]) == 2
    assert "mistyped" in capsys.readouterr().err
