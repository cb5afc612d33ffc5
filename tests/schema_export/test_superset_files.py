"""The dashboard's files agree with each other and with the views, before any Superset reads them."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml

from ecore_export.cli import main
from ecore_export.schema_export.superset import superset_files
from ecore_export.views.columns import VIEWS

FILES = {path: yaml.safe_load(text) for path, text in superset_files().items()}
CHARTS = {path: file for path, file in FILES.items() if path.startswith("charts/")}
DATASETS = {file["uuid"]: file for path, file in FILES.items() if path.startswith("datasets/")}
DASHBOARD = FILES["dashboards/ecore.yaml"]

every_chart = pytest.mark.parametrize("path", CHARTS)


def names_of(dataset: dict[str, Any]) -> set[str]:
    columns = {column["column_name"] for column in dataset["columns"]}
    return columns | {metric["metric_name"] for metric in dataset["metrics"]}


ADDRESSES = ("email", "email_hash")


def test_a_dataset_has_the_columns_of_its_view_and_none_has_addresses() -> None:
    views = {view.name: view for view in VIEWS}
    for dataset in DATASETS.values():
        view = views[dataset["table_name"]]
        described = {
            column["column_name"]: column["description"]
            for column in dataset["columns"]
            if "expression" not in column
        }
        assert described == {
            column.name: column.description for column in view.columns if column.name not in ADDRESSES
        }


def test_what_each_view_answers_is_there_but_for_single_addresses() -> None:
    shown = {dataset["table_name"] for dataset in DATASETS.values()}
    over_all_time = {"list_quality", "validator_mix"}  # their days are there instead
    assert {view.name for view in VIEWS} - shown == {"latest_email_status"} | over_all_time


@every_chart
def test_the_query_saved_with_a_chart_asks_for_what_the_chart_shows(path: str) -> None:
    chart = CHARTS[path]
    params, (query,) = chart["params"], json.loads(chart["query_context"])["queries"]
    columns = [part if isinstance(part, str) else part["sqlExpression"] for part in query["columns"]]
    shown = params.get("all_columns") or [params.get("x_axis"), *params.get("groupby", [])]
    assert columns == [name for name in shown if name]
    assert (query.get("metrics") or []) == (
        params.get("metrics") or [params.get("metric")] * ("metric" in params)
    )
    filters = {(part["col"], part["op"]) for part in query["filters"]}
    plain = [part for part in params["adhoc_filters"] if part["clause"] == "WHERE"]
    assert filters == {(part["subject"], part["operator"]) for part in plain}
    used = {*columns, *(query.get("metrics") or []), *(column for column, _ in filters)}
    assert used <= names_of(DATASETS[chart["dataset_uuid"]])


def test_the_layout_holds_every_chart_once_and_filters_know_their_dataset() -> None:
    parts = [part for part in DASHBOARD["position"].values() if isinstance(part, dict)]
    shown = [part["meta"]["uuid"] for part in parts if part["type"] == "CHART"]
    assert sorted(shown) == sorted(chart["uuid"] for chart in CHARTS.values())
    placed = [name for part in parts if part["type"] == "ROW" for name in part["children"]]
    assert sorted(placed) == sorted(part["id"] for part in parts if part["type"] == "CHART")
    for found in DASHBOARD["metadata"]["native_filter_configuration"]:
        for target in found["targets"]:
            assert not target or target["datasetUuid"] in DATASETS


def test_a_filter_acts_upon_the_charts_whose_view_has_its_column() -> None:
    parts = [part for part in DASHBOARD["position"].values() if isinstance(part, dict)]
    views = {chart["uuid"]: DATASETS[chart["dataset_uuid"]] for chart in CHARTS.values()}
    placed = {
        part["meta"]["chartId"]: views[part["meta"]["uuid"]] for part in parts if part["type"] == "CHART"
    }
    for found in DASHBOARD["metadata"]["native_filter_configuration"]:
        reached = placed.keys() - set(found["scope"]["excluded"])
        column = found["targets"][0].get("column", {}).get("name")
        if column:
            assert reached == {number for number, view in placed.items() if column in names_of(view)}
        else:
            assert all(placed[number]["main_dttm_col"] for number in reached)
        assert reached


def test_everything_belongs_to_the_one_connection_which_has_no_password() -> None:
    connection = FILES["databases/ecore.yaml"]
    assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {connection["uuid"]}
    assert "//ecore_reader@" in connection["sqlalchemy_uri"]


def test_the_zip_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("one.zip", "two.zip"):
        assert main(["schema", "--superset", str(tmp_path / name)]) == 0
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as packed:
        assert packed.namelist() == sorted(f"ecore/{path}" for path in superset_files())


def test_a_zip_that_cannot_be_written_is_one_error_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["schema", "--superset", str(tmp_path / "missing" / "x.zip")]) == 2
    assert "the dashboard cannot be written" in capsys.readouterr().err
