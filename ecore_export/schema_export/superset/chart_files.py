"""How Superset spells a chart: what its editor shows, and the query saved with it.

In: a `Chart`. Out: what Superset's ``charts/NAME.yaml`` holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ...schema import Column, Kind
from ..yaml_text import Yaml
from .charts import Chart, Filter, Shape
from .datasets import METRICS, MONEY, SECONDS, SHARE, WHOLE, dataset_uuid, view_called

_VIZ_TYPES: dict[Shape, str] = {
    "number": "big_number_total",
    "bars": "echarts_timeseries_bar",
    "lines": "echarts_timeseries_line",
    "pie": "pie",
    "sums": "table",
    "rows": "table",
}


def chart_file(chart: Chart) -> dict[str, Yaml]:
    """A chart as Superset imports it."""
    return {
        "slice_name": chart.title,
        "description": chart.note,
        "viz_type": _VIZ_TYPES[chart.shape],
        "params": {
            "viz_type": _VIZ_TYPES[chart.shape],
            "adhoc_filters": [*map(_adhoc_filter, chart.filters), *_having_filter(chart)],
            "row_limit": chart.limit,
            **_PARAMS[chart.shape](chart),
        },
        "query_context": json.dumps(_query_context(chart)),
        "cache_timeout": None,
        "uuid": chart.uuid,
        "version": "1.0.0",
        "dataset_uuid": dataset_uuid(chart.view),
    }


def _adhoc_filter(part: Filter) -> Yaml:
    column, operator, value = part
    return {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": column,
        "operator": operator,
        "comparator": value,
    }


def _having_filter(chart: Chart) -> list[Yaml]:
    if not chart.having:
        return []
    return [{"clause": "HAVING", "expressionType": "SQL", "sqlExpression": chart.having}]


def _query_context(chart: Chart) -> dict[str, Yaml]:
    filters: list[Yaml] = [
        {"col": column, "op": operator, "val": value} for column, operator, value in chart.filters
    ]
    columns: list[Yaml] = [*([_time_axis(chart)] if chart.is_over_time else []), *chart.columns]
    query: dict[str, Yaml] = {
        "filters": filters,
        "extras": {
            "having": f"({chart.having})" if chart.having else "",
            "where": "",
            **({"time_grain_sqla": "P1M"} if chart.is_over_time else {}),
        },
        "columns": columns,
        "metrics": chart.metrics or None,
        "orderby": [[name, rises] for name, rises in chart.order],
        "row_limit": chart.limit,
        "post_processing": [],
    }
    return {
        "datasource": {"id": 0, "type": "table"},
        "form_data": {"viz_type": _VIZ_TYPES[chart.shape], "datasource": "0__table"},
        "queries": [query],
        "result_format": "json",
        "result_type": "full",
    }


def _time_axis(chart: Chart) -> Yaml:
    return {
        "timeGrain": "P1M",
        "columnType": "BASE_AXIS",
        "sqlExpression": chart.time,
        "label": chart.time,
        "expressionType": "SQL",
        "isColumnReference": True,
    }


def _number(chart: Chart) -> Mapping[str, Yaml]:
    return {
        "metric": chart.metrics[0],
        "subheader": chart.note,
        "header_font_size": 0.4,
        "subheader_font_size": 0.15,
    }


def _over_time(chart: Chart) -> Mapping[str, Yaml]:
    return {
        "x_axis": chart.time,
        "time_grain_sqla": "P1M",
        "x_axis_sort_asc": True,
        "metrics": chart.metrics,
        "groupby": chart.columns,
        "order_desc": True,
        "truncate_metric": True,
        "show_empty_columns": True,
        "comparison_type": "values",
        "color_scheme": "supersetColors",
        "markerEnabled": chart.shape == "lines",
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "x_axis_time_format": "smart_date",
        "y_axis_format": _axis_format(chart),
        "rich_tooltip": True,
        "tooltipTimeFormat": "%Y-%m-%d",
    }


def _pie(chart: Chart) -> Mapping[str, Yaml]:
    return {
        "groupby": chart.columns,
        "metric": chart.metrics[0],
        "sort_by_metric": True,
        "color_scheme": "supersetColors",
        "show_labels_threshold": 2,
        "show_legend": False,
        "label_type": "key_percent",
        "number_format": ",d",
        "show_labels": True,
        "labels_outside": True,
        "outerRadius": 60,
        "innerRadius": 30,
    }


def _sums(chart: Chart) -> Mapping[str, Yaml]:
    by, rises = chart.order[0]
    return {
        **_table(chart),
        "query_mode": "aggregate",
        "groupby": chart.columns,
        "metrics": chart.metrics,
        "timeseries_limit_metric": by,
        "order_desc": not rises,
    }


def _rows(chart: Chart) -> Mapping[str, Yaml]:
    return {
        **_table(chart),
        "query_mode": "raw",
        "all_columns": chart.columns,
        "order_by_cols": [json.dumps(part) for part in chart.order],
    }


_MANY_ROWS = {"list_name", "list_group", "email_domain", "job_id"}
"""A table by one of these is searched and turned over page by page; another has a few rows."""


def _table(chart: Chart) -> Mapping[str, Yaml]:
    has_many = not _MANY_ROWS.isdisjoint(chart.columns)
    columns = [column for column in view_called(chart.view).columns if column.name in chart.columns]
    return {
        "table_timestamp_format": "%Y-%m-%d",
        "allow_render_html": False,
        "show_cell_bars": False,
        "include_search": has_many,
        "page_length": 20 if has_many else 0,
        "column_config": {column.name: form for column in columns if (form := _column_format(column))},
    }


def _column_format(column: Column) -> Mapping[str, Yaml]:
    if column.name == "month":
        return {"d3TimeFormat": "%Y-%m"}
    if column.kind is Kind.INSTANT:
        return {"d3TimeFormat": "%Y-%m-%d %H:%M"}
    if form := _number_format(column):
        return {"d3NumberFormat": form}
    return {}


def _number_format(column: Column) -> str | None:
    if column.name.endswith("_id"):
        return "d"
    if column.name.endswith("_per_valid"):
        return ",.3f"
    if column.kind is Kind.INT64:
        return WHOLE
    if column.kind is Kind.CREDITS:
        return MONEY
    if column.kind is Kind.FLOAT64:
        return SHARE if column.unit is None else SECONDS
    return None


def _axis_format(chart: Chart) -> str:
    forms = {form for name, _, _, form in METRICS[chart.view] if name in chart.metrics}
    return ".1~%" if forms == {SHARE} else "SMART_NUMBER"


_PARAMS: dict[Shape, Callable[[Chart], Mapping[str, Yaml]]] = {
    "number": _number,
    "bars": _over_time,
    "lines": _over_time,
    "pie": _pie,
    "sums": _sums,
    "rows": _rows,
}
