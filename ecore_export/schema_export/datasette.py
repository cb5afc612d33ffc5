"""The questions of the Superset dashboard for Datasette: one page a tab, over a SQLite file of a sync.

In: the charts of `superset`. Out: the text of the file that ``datasette FILE.db --metadata`` reads for its
plugin datasette-dashboards. What is in double square brackets counts where the filter it names is set.
"""

from __future__ import annotations

from pathlib import Path

from ..errors import SettingsError
from .superset.charts import Chart, Filter, Rows
from .superset.dashboard import FRESHNESS, TABS
from .superset.datasets import METRICS, SHARE, Metric, view_called
from .yaml_text import Yaml, yaml_text

DATABASE = "ecore"
"""Datasette's name for a file ecore.db."""

_COMMENT = """Written by `ecore-export schema --datasette`; write it anew after an upgrade. Shown by
datasette ecore.db --metadata THIS_FILE
with the plugin datasette-dashboards, under /-/dashboards."""

_FRESHNESS_IN_WORDS = """\
SELECT account || ': ' || CASE
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
    """The chart's rows in SQLite's SQL: its columns and metrics under their names, shares to four places."""
    columns = list(chart.columns)
    if chart.is_over_time:
        columns.insert(0, f"date({chart.time}, 'start of month') AS month")
    metrics = [f"{_rounded(metric)} AS {metric[0]}" for metric in _metrics(chart)]
    keys = [str(place) for place in range(1, len(columns) + 1)] if metrics else []
    parts = [
        f"SELECT {', '.join(columns + metrics)}",
        f"FROM {chart.view} AS shown",
        "WHERE TRUE" + "".join(_condition(part) for part in chart.where) + _optional(chart),
        f"GROUP BY {', '.join(keys)}" if keys else "",
        f"HAVING {chart.having}" if chart.having else "",
        f"ORDER BY {', '.join(f'{name} {_WAY[rises]}' for name, rises in chart.order)}"
        if chart.order
        else "",
        f"LIMIT {chart.limit}",
    ]
    return "\n".join(part for part in parts if part)


_WAY = {True: "ASC", False: "DESC"}


def _metrics(chart: Chart) -> list[Metric]:
    known = {metric[0]: metric for metric in METRICS[chart.view]}
    return [known[name] for name in chart.metrics]


def _rounded(metric: Metric) -> str:
    _, _, expression, form = metric
    return f"round({expression}, 4)" if form == SHARE else expression


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
