"""How Superset spells a chart: what its editor shows, and the query saved with it.

In: a `Chart`. Out: what Superset's ``charts/NAME.yaml`` holds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from ...schema import Column, Kind
from ..yaml_text import Yaml
from .charts import Chart, Filter, Shape
from .datasets import MONEY, SECONDS, SHARE, dataset_uuid, view_called

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
        "y_axis_format": "SMART_NUMBER",
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
        "show_legend": True,
        "legendType": "scroll",
        "legendOrientation": "top",
        "label_type": "percent",
        "number_format": ",d",
        "show_labels": True,
        "labels_outside": True,
        "outerRadius": 70,
        "innerRadius": 30,
    }


def _sums(chart: Chart) -> Mapping[str, Yaml]:
    by, rises = chart.order[0]
    return {
        **_TABLE,
        "query_mode": "aggregate",
        "groupby": chart.columns,
        "metrics": chart.metrics,
        "timeseries_limit_metric": by,
        "order_desc": not rises,
        "column_config": _column_formats(chart),
    }


def _rows(chart: Chart) -> Mapping[str, Yaml]:
    return {
        **_TABLE,
        "query_mode": "raw",
        "all_columns": chart.columns,
        "order_by_cols": [json.dumps(part) for part in chart.order],
        "column_config": _column_formats(chart),
    }


_TABLE: Mapping[str, Yaml] = {
    "table_timestamp_format": "%Y-%m-%d",
    "allow_render_html": False,
    "show_cell_bars": False,
    "include_search": True,
    "page_length": 20,
}


def _column_formats(chart: Chart) -> Mapping[str, Yaml]:
    columns = [column for column in view_called(chart.view).columns if column.name in chart.columns]
    formats = {column.name: form for column in columns if (form := _format(column))}
    return {name: {"d3NumberFormat": form} for name, form in formats.items()}


def _format(column: Column) -> str | None:
    if column.name.endswith("_id"):
        return "d"
    if column.name.endswith("_per_valid"):
        return ",.3f"
    if column.kind is Kind.CREDITS:
        return MONEY
    if column.kind is Kind.FLOAT64:
        return SHARE if column.unit is None else SECONDS
    return None


_PARAMS: dict[Shape, Callable[[Chart], Mapping[str, Yaml]]] = {
    "number": _number,
    "bars": _over_time,
    "lines": _over_time,
    "pie": _pie,
    "sums": _sums,
    "rows": _rows,
}
