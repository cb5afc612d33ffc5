"""The dashboard: its tabs and what stands above them, where each chart is, which filters act upon which.

In: the charts of `charts`. Out: what Superset's ``dashboards/ecore.yaml`` holds.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..yaml_text import Yaml
from .charts import LISTS, OPERATIONS, QUALITY, REPEATS, SPEND, Chart, Rows, chart
from .datasets import dataset_uuid, view_called

_TITLE = "eCore: credits and list quality"
_ABOVE = ("ROOT_ID", "GRID_ID")
_TABS_ID = "TABS-questions"

FRESHNESS = chart(
    "rows",
    "freshness_in_words",
    "May I trust these figures?",
    "data_freshness",
    columns="account last_complete_at last_run still_to_come adding_up",
    order="last_complete_at",
    height=20,
    limit=100,
)
"""Above the tabs, so that it is always seen."""

TABS: dict[str, Rows] = {
    "Spend": SPEND,
    "Quality over time": QUALITY,
    "Lists": LISTS,
    "Repeats": REPEATS,
    "Validators and jobs": OPERATIONS,
}

CHARTS = (FRESHNESS, *(chart for rows in TABS.values() for row in rows for chart in row))
"""All of them; their number in the files is their place here."""


def dashboard_file() -> dict[str, Yaml]:
    """The dashboard as Superset imports it."""
    return {
        "dashboard_title": _TITLE,
        "description": None,
        "css": "",
        "slug": "ecore",
        "uuid": "b66a24e6-93e5-520e-8974-afc380f46b8d",
        "position": _position(),
        "metadata": {
            "native_filter_configuration": _filters(),
            "color_scheme": "supersetColors",
            "refresh_frequency": 0,
            "cross_filters_enabled": False,
            "timed_refresh_immune_slices": [],
            "expanded_slices": {},
            "label_colors": {},
        },
        "version": "1.0.0",
        "published": True,
    }


def _position() -> dict[str, Yaml]:
    parts: dict[str, Yaml] = {"DASHBOARD_VERSION_KEY": "v2"}
    parts["ROOT_ID"] = {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]}
    parts["HEADER_ID"] = {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": _TITLE}}
    tabs = [f"TAB-{number}" for number in range(1, len(TABS) + 1)]
    parts["GRID_ID"] = {
        "type": "GRID",
        "id": "GRID_ID",
        "children": ["ROW-freshness", _TABS_ID],
        "parents": _ABOVE[:1],
    }
    parts |= _row("ROW-freshness", (FRESHNESS,), _ABOVE)
    parts[_TABS_ID] = _part("TABS", _TABS_ID, tabs, _ABOVE, {})
    for tab, (title, rows) in zip(tabs, TABS.items(), strict=True):
        names = [f"ROW-{tab}-{number}" for number in range(1, len(rows) + 1)]
        parts[tab] = _part("TAB", tab, names, (*_ABOVE, _TABS_ID), {"text": title})
        for name, charts in zip(names, rows, strict=True):
            parts |= _row(name, charts, (*_ABOVE, _TABS_ID, tab))
    return parts


def _row(name: str, charts: Sequence[Chart], above: Sequence[str]) -> dict[str, Yaml]:
    children = [f"CHART-{chart.name}" for chart in charts]
    row = _part("ROW", name, children, above, {"background": "BACKGROUND_TRANSPARENT"})
    return {name: row} | {f"CHART-{chart.name}": _placed(chart, (*above, name)) for chart in charts}


def _placed(chart: Chart, above: Sequence[str]) -> Yaml:
    meta: dict[str, Yaml] = {
        "chartId": CHARTS.index(chart) + 1,
        "uuid": chart.uuid,
        "sliceName": chart.title,
        "width": chart.width,
        "height": chart.height,
    }
    return _part("CHART", f"CHART-{chart.name}", [], above, meta)


def _part(kind: str, name: str, children: Sequence[str], above: Sequence[str], meta: dict[str, Yaml]) -> Yaml:
    return {"type": kind, "id": name, "children": children, "parents": above, "meta": meta}


def _filters() -> list[Yaml]:
    return [
        _filter("time", "Period", "filter_time", {}, lambda chart: chart.time is not None)
        | {"description": "Charts that show all time say so."},
        _filter(
            "grain",
            "Time grain",
            "filter_timegrain",
            {"datasetUuid": dataset_uuid("daily_credit_usage")},
            lambda chart: chart.is_over_time,
        )
        | {"description": "Of the charts over time: a month unless chosen otherwise."},
        _choice("account", "Account", "data_freshness"),
        _choice("list_group", "List group", "stale_lists") | {"cascadeParentIds": ["NATIVE_FILTER-account"]},
        _choice("list_name", "List", "daily_list_quality") | {"cascadeParentIds": ["NATIVE_FILTER-account"]},
    ]


def _choice(column: str, title: str, view: str) -> dict[str, Yaml]:
    """A filter by a column's values, on the charts whose view has the column."""
    target: dict[str, Yaml] = {"datasetUuid": dataset_uuid(view), "column": {"name": column}}
    found = _filter(
        column, title, "filter_select", target, lambda chart: column in view_called(chart.view).names
    )
    controls = {
        "enableEmptyFilter": False,
        "defaultToFirstItem": False,
        "multiSelect": True,
        "searchAllOptions": False,
        "inverseSelection": False,
    }
    return found | {"controlValues": controls}


def _filter(
    name: str, title: str, kind: str, target: dict[str, Yaml], acts_on: Callable[[Chart], bool]
) -> dict[str, Yaml]:
    excluded = [number for number, chart in enumerate(CHARTS, 1) if not acts_on(chart)]
    return {
        "id": f"NATIVE_FILTER-{name}",
        "name": title,
        "type": "NATIVE_FILTER",
        "filterType": kind,
        "targets": [target],
        "controlValues": {"enableEmptyFilter": False},
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": excluded},
        "description": "",
    }
