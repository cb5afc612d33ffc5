"""The questions of the Superset dashboard for Datasette: one page a tab, over a SQLite file of a sync.

In: the charts of `superset`. Out: the text of the file that ``datasette FILE.db --metadata`` reads for its
plugin datasette-dashboards. What is in double square brackets counts where the filter it names is set.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ..errors import SettingsError
from ..schema import Column, Kind
from .superset.charts import Chart, Filter, Rows
from .superset.dashboard import FRESHNESS, TABS
from .superset.datasets import METRICS, SHARE, WHOLE, Metric, label_of, view_called
from .yaml_text import Yaml, yaml_text

DATABASE = "ecore"
"""Datasette's name for a file ecore.db."""

_COMMENT = """Written by `ecore-export schema --datasette`; write it anew after an upgrade. Shown by
datasette ecore.db --metadata THIS_FILE
with the plugin datasette-dashboards, under /-/dashboards."""

_FRESHNESS_IN_WORDS = """\
SELECT replace(replace(account, '&', '&amp;'), '<', '&lt;') || ': ' || CASE
    WHEN last_complete_at IS NULL THEN 'no sync has ended completely yet.'
    WHEN julianday('now') - julianday(last_complete_at) < 1.1 THEN 'complete, as of the last day.'
    ELSE 'complete as of ' || substr(last_complete_at, 1, 10) || ', '
      || CAST(julianday('now') - julianday(last_complete_at) AS INTEGER) || ' days ago.' END
  || CASE WHEN last_run_status = 'complete' THEN ' The last run went well.'
    ELSE ' The last run, of ' || substr(last_run_at, 1, 10) || ': ' || last_run_status || '.' END
  || CASE WHEN jobs_in_flight > 0 THEN ' Still running at eCore: ' || jobs_in_flight || '.' ELSE '' END
  || CASE WHEN jobs_waiting > 0 THEN ' Finished, not exported yet: ' || jobs_waiting || '.' ELSE '' END
  || CASE WHEN jobs_unreconciled > 0
    THEN ' Accepted although they do not add up: ' || jobs_unreconciled || '.' ELSE '' END
  || CASE WHEN open_rejects > 0 THEN ' Refused and still open: ' || open_rejects || '.'
    ELSE ' Nothing was refused.' END AS state
FROM data_freshness WHERE TRUE [[ AND account = :account ]] ORDER BY last_complete_at"""

_FILTERS: dict[str, Yaml] = {
    "since": {"name": "From", "type": "date"},
    "until": {"name": "Until (exclusive)", "type": "date"},
    "account": {
        "name": "Account",
        "type": "select",
        "db": DATABASE,
        "query": "SELECT DISTINCT account FROM jobs ORDER BY account",
    },
    "list_group": {
        "name": "List group",
        "type": "select",
        "db": DATABASE,
        "query": "SELECT DISTINCT list_group FROM stale_lists ORDER BY list_group",
    },
    "list_name": {
        "name": "List",
        "type": "select",
        "db": DATABASE,
        "query": "SELECT DISTINCT list_name FROM jobs WHERE list_name IS NOT NULL ORDER BY list_name",
    },
}


def datasette_metadata() -> str:
    """The dashboards as Datasette's metadata."""
    dashboards = {title.lower().replace(" ", "-"): _dashboard(title, rows) for title, rows in TABS.items()}
    return yaml_text({"plugins": {"datasette-dashboards": dashboards}}, _COMMENT)


def write_datasette_metadata(path: Path) -> None:
    """Write `datasette_metadata`; the same every time. Raises `SettingsError` if it cannot be written."""
    try:
        path.write_text(datasette_metadata(), encoding="utf-8", newline="\n")
    except OSError as error:
        raise SettingsError(f"the dashboards cannot be written to {path}: {error.strerror}") from error


def _dashboard(title: str, rows: Rows) -> Yaml:
    charts = [chart for row in rows for chart in row]
    words = {"title": FRESHNESS.title, "db": DATABASE, "library": "table", "display": None}
    layout = [
        [FRESHNESS.name] * 12,
        *([chart.name for chart in row for _ in range(chart.width)] for row in rows),
    ]
    return {
        "title": f"eCore: {title.lower()}",
        "layout": layout,
        "filters": _FILTERS,
        "charts": {FRESHNESS.name: {**words, "query": _FRESHNESS_IN_WORDS}}
        | {chart.name: _chart(chart) for chart in charts},
    }


def _chart(chart: Chart) -> Yaml:
    library, display = _shown(chart)
    return {
        "title": chart.title,
        "db": DATABASE,
        "query": query_of(chart),
        "library": library,
        "display": display,
    }


def query_of(chart: Chart) -> str:
    """The chart's rows in SQLite's SQL: under titles and as a person reads them, but for what Vega draws."""
    drawn = _shown(chart)[0] == "vega-lite"
    known = {column.name: column for column in view_called(chart.view).columns}
    columns = [name if drawn else _readable(known[name]) for name in chart.columns]
    if chart.is_over_time:
        columns.insert(0, f"date({chart.time}, 'start of month') AS month")
    metrics = [f"{m[2]} AS {m[0]}" if drawn else _readable_metric(chart, m) for m in _metrics(chart)]
    keys = [str(place) for place in range(1, len(columns) + 1)] if metrics else []
    parts = [
        f"SELECT {', '.join(columns + metrics)}",
        f"FROM {chart.view} AS shown",
        "WHERE TRUE" + "".join(_condition(part) for part in chart.where) + _optional(chart),
        f"GROUP BY {', '.join(keys)}" if keys else "",
        f"HAVING {chart.having}" if chart.having else "",
        f"ORDER BY {', '.join(_ordered(chart))}" if chart.order else "",
        f"LIMIT {chart.limit}",
    ]
    return "\n".join(part for part in parts if part)


def _ordered(chart: Chart) -> Iterator[str]:
    expressions = {name: expression for name, _, expression, _ in _metrics(chart)}
    for name, rises in chart.order:
        yield f"{expressions.get(name, f'shown.{name}')} {_WAY[rises]}"


def _readable(column: Column) -> str:
    """A column of a table. The plugin takes text for markup, so what could be some is spelled out."""
    name, label = f"shown.{column.name}", label_of(column.name, column.kind)
    if column.kind is Kind.TEXT:
        name = f"replace(replace({name}, '&', '&amp;'), '<', '&lt;')"
    elif column.kind is Kind.INSTANT:
        name = f"strftime('%Y-%m-%d %H:%M', {name})"
    elif column.name == "month":
        name = f"strftime('%Y-%m', {name})"
    elif column.name.endswith("_per_valid"):
        name = f"round({name}, 3)"
    elif column.kind is Kind.CREDITS:
        name = f"round({name}, 2)"
    elif column.kind is Kind.FLOAT64 and column.unit is None:
        name, label = f"round(100 * {name}, 1)", f"{label}, %"
    elif column.kind is Kind.FLOAT64:
        name = f"round({name}, 1)"
    return f'{name} AS "{label}"'


def _readable_metric(chart: Chart, metric: Metric) -> str:
    name, label, expression, form = metric
    if chart.shape == "number":
        figure = f"printf('%,d', round({expression}))"
        if form == SHARE:
            figure = f"printf('%.1f %%', 100 * {expression})"
        return f"iif({expression} IS NULL, '-', {figure}) AS {name}"
    if form == SHARE:
        return f'round(100 * {expression}, 1) AS "{label}, %"'
    return f'{expression if form == WHOLE else f"round({expression}, 2)"} AS "{label}"'


_WAY = {True: "ASC", False: "DESC"}


def _metrics(chart: Chart) -> list[Metric]:
    known = {metric[0]: metric for metric in METRICS[chart.view]}
    return [known[name] for name in chart.metrics]


def _condition(part: Filter) -> str:
    column, operator, value = part
    return f" AND {column} {operator}" + (f" {value}" if value is not None else "")


def _optional(chart: Chart) -> str:
    """What the page's filters add, where they are set and the view has the column."""
    period = (f" [[ AND {chart.time} >= :since ]] [[ AND {chart.time} < :until ]]") if chart.time else ""
    names = view_called(chart.view).names
    chosen = (name for name in ("account", "list_group", "list_name") if name in names)
    return period + "".join(f" [[ AND shown.{name} = :{name} ]]" for name in chosen)


def _shown(chart: Chart) -> tuple[str, Yaml]:
    if chart.shape == "number":
        return "metric", {"field": chart.metrics[0]}
    if chart.is_over_time:
        return "vega-lite", _over_time(chart)
    if chart.shape == "pie":
        color: Yaml = {"field": chart.columns[0], "type": "nominal"}
        theta: Yaml = {"field": chart.metrics[0], "type": "quantitative"}
        return "vega-lite", {
            "mark": {"type": "arc", "tooltip": True},
            "encoding": {"color": color, "theta": theta},
        }
    return "table", None


def _over_time(chart: Chart) -> Yaml:
    metrics = _metrics(chart)
    axis: Yaml = {"format": metrics[0][3], "title": None}
    encoding: dict[str, Yaml] = {
        "x": {"field": "month", "type": "temporal", "title": None},
        "y": {"field": "value", "type": "quantitative", "axis": axis, "stack": None},
        "color": {"field": chart.columns[0] if chart.columns else "figure", "type": "nominal", "title": None},
    }
    if chart.shape == "bars":
        encoding["x"] = {"field": "month", "timeUnit": "utcyearmonth", "type": "ordinal", "title": None}
        encoding["xOffset"] = {"field": "figure"}
    is_line = chart.shape == "lines"
    mark: dict[str, Yaml] = {"type": "line" if is_line else "bar", "tooltip": True, "point": is_line}
    labels = {name: label for name, label, _, _ in metrics}
    return {
        "transform": [
            {"fold": list(labels), "as": ["name", "value"]},
            {"calculate": f"({labels!r})[datum.name]", "as": "figure"},
        ],
        "mark": mark,
        "encoding": encoding,
    }
