"""The charts as Vega-Lite specifications, without data: the browser adds what the filters leave.

Out: one specification a chart, by name.

Colours are names of CSS properties (``page/report.css``), so that dark mode and print need no second drawing.
They are those of Okabe and Ito, which stay apart for the colour-blind.
"""

from __future__ import annotations

from typing import Any

import altair as alt

_ROWS = alt.NamedData(name="rows")
_LEGEND = alt.Legend(orient="top", direction="horizontal")
_LINES = alt.Legend(orient="top", direction="horizontal", symbolType="stroke", symbolStrokeWidth=2.5)
_DASHES = [[1, 0], [6, 3], [2, 2]]
_FIVE_DASHES = [[1, 0], [8, 3], [2, 3], [10, 3, 2, 3], [4, 6]]

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
"""Named outright, as Vega has to measure its letters; the page's own."""

CREDITS = {"charged": "var(--charged)", "refunded": "var(--refunded)", "net": "var(--net)"}
VERDICTS = {
    "invalid": "var(--invalid)",
    "unknown": "var(--unknown)",
    "other": "var(--other)",
    "valid": "var(--valid)",
}
LOOK = "var(--bad)"
"""Of what somebody should look at, as of findings."""
ANSWERS = {"asked anew": "var(--anew)", "from cache": "var(--cached)"}
SEEN = {"known before": "var(--repeat)", "new": "var(--first)"}
ENDS = {"processed": "var(--processed)", "failed": "var(--failed)"}


def charts(unit: str) -> dict[str, Any]:
    """The specifications, as JSON can hold them. ``unit``: of what was spent, credits or a currency."""
    drawn: dict[str, Any] = {
        "credits": _credits(unit),
        "cumulative": _cumulative(unit),
        "accounts": _accounts(unit),
        "repeats": _repeats(unit),
        "lists": _verdicts("list"),
        "decay": _decay(),
        "domains": _verdicts("domain"),
        "validators": _validators(),
        "turnaround": _turnaround(),
    }
    return {name: _themed(chart).to_dict() for name, chart in drawn.items()}


def _credits(unit: str) -> Any:
    """Charges up, refunds down, and what is left as a line; a mark above what stands out."""
    base = alt.Chart(_ROWS).encode(
        _periods(),
        alt.Y("credits:Q", title=unit),
        _colour("kind", CREDITS),
        tooltip=["period:N", "kind:N", alt.Tooltip("credits:Q", title=unit, format=",.2~f")],
    )
    bars = base.mark_bar().transform_filter("datum.kind == 'charged' || datum.kind == 'refunded'")
    net = base.mark_line(point=alt.OverlayMarkDef(size=22, filled=True), strokeWidth=2)
    seen = alt.condition("datum.unusual", alt.value(1), alt.value(0))  # an empty layer would have no extent
    unusual = (
        alt.Chart(_ROWS)
        .mark_point(shape="triangle-down", size=90, filled=True, yOffset=-9, color=LOOK)
        .encode(_periods(), alt.Y("credits:Q"), opacity=seen, tooltip=["period:N", "unusual:N"])
        .transform_filter("datum.kind == 'charged'")
    )
    return alt.layer(bars, net.transform_filter("datum.kind == 'net'"), unusual)


def _cumulative(unit: str) -> Any:
    dashes = alt.Scale(domain=list(CREDITS), range=_DASHES)
    return (
        alt.Chart(_ROWS)
        .mark_line(strokeWidth=2.5)
        .encode(
            _periods(),
            alt.Y("credits:Q", title=f"{unit} since the start"),
            _colour("kind", CREDITS, _LINES),
            alt.StrokeDash("kind:N", scale=dashes, title=None, legend=_LINES),
            tooltip=["period:N", "kind:N", alt.Tooltip("credits:Q", title=unit, format=",.2~f")],
        )
    )


def _accounts(unit: str) -> Any:
    """What each account paid in the end, and what came back: together what was charged."""
    return (
        alt.Chart(_ROWS)
        .mark_bar()
        .encode(
            alt.X("credits:Q", title=unit, axis=alt.Axis(tickCount=5)),
            alt.Y("account:N", sort=None, title=None),
            _colour("kind", {name: CREDITS[name] for name in ("net", "refunded")}),
            alt.Order("place:Q"),
            tooltip=["account:N", "kind:N", alt.Tooltip("credits:Q", title=unit, format=",.2~f")],
        )
    )


def _repeats(unit: str) -> Any:
    """What each month paid for addresses known before, and for new ones."""
    return (
        alt.Chart(_ROWS)
        .mark_bar()
        .encode(
            alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            alt.Y("credits:Q", title=f"net {unit}"),
            _colour("kind", SEEN),
            alt.Order("place:Q"),
            tooltip=["month:N", "kind:N", alt.Tooltip("credits:Q", title=unit, format=",.2~f")],
        )
    )


def _verdicts(named: str) -> Any:
    """A bar for each name, of the shares of the verdicts on its addresses."""
    return (
        alt.Chart(_ROWS)
        .mark_bar()
        .encode(
            alt.X(
                "share:Q",
                title="share of the addresses",
                axis=alt.Axis(format="%", tickCount=5),
                scale=alt.Scale(domain=[0, 1]),
            ),
            alt.Y(f"{named}:N", sort=None, title=None),
            _colour("verdict", VERDICTS),
            alt.Order("place:Q"),
            tooltip=[
                f"{named}:N",
                "verdict:N",
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip("addresses:Q", format=","),
            ],
        )
    )


def _decay() -> Any:
    """A line for each list, told apart by its dashes, as colours have other meanings."""
    shares = alt.Axis(format="%", tickCount=5)
    dashes = alt.Scale(range=_FIVE_DASHES)
    dots = alt.OverlayMarkDef(size=22, color=VERDICTS["valid"])
    return (
        alt.Chart(_ROWS)
        .mark_line(color=VERDICTS["valid"], strokeWidth=2, point=dots)
        .encode(
            alt.X("month:O", title=None, axis=alt.Axis(labelAngle=0, labelOverlap=True)),
            alt.Y("share:Q", title="share of Valid addresses", axis=shares, scale=alt.Scale(zero=False)),
            alt.StrokeDash("list:N", title=None, legend=_LINES, sort=None, scale=dashes),
            tooltip=[
                "list:N",
                "month:N",
                alt.Tooltip("share:Q", format=".1%"),
                alt.Tooltip("addresses:Q", format=","),
            ],
        )
    )


def _validators() -> Any:
    return (
        alt.Chart(_ROWS)
        .mark_bar()
        .encode(
            alt.X("records:Q", title="addresses answered", axis=alt.Axis(tickCount=5)),
            alt.Y("validator:N", sort=None, title=None),
            _colour("answer", ANSWERS),
            alt.Order("place:Q"),
            tooltip=[
                "validator:N",
                "answer:N",
                alt.Tooltip("records:Q", format=","),
                alt.Tooltip("share:Q", format=".1%"),
            ],
        )
    )


def _turnaround() -> Any:
    return (
        alt.Chart(_ROWS)
        .mark_bar()
        .encode(
            alt.X(
                "time:O",
                sort=None,
                title="from creation to completion",
                axis=alt.Axis(labelAngle=-40, labelOverlap=False),
            ),
            alt.Y("jobs:Q", title="jobs", axis=alt.Axis(tickMinStep=1)),
            _colour("end", ENDS),
            alt.Order("place:Q"),
            tooltip=["time:N", "end:N", alt.Tooltip("jobs:Q", format=",")],
        )
    )


def _periods() -> alt.X:
    # Ordinal, not temporal: a browser would move days by its own time zone.
    return alt.X(
        "period:O",
        sort=None,
        title=None,
        axis=alt.Axis(labelAngle=0, labelOverlap="greedy", labelSeparation=8),
    )


def _colour(field: str, colours: dict[str, str], legend: alt.Legend = _LEGEND) -> alt.Color:
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    return alt.Color(f"{field}:N", scale=scale, title=None, legend=legend)


def _themed(chart: Any) -> Any:
    """As wide as the page, in the page's own colours and letters."""
    ink, faint = "var(--ink)", "var(--line)"
    return (
        chart.properties(width="container", height=260)
        .configure(background="transparent", font=FONT, aria=False)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=ink,
            titleColor=ink,
            gridColor=faint,
            domainColor=faint,
            tickColor=faint,
            labelFontSize=12,
            titleFontSize=12,
            titleFontWeight="normal",
        )
        .configure_axisX(grid=False)
        .configure_legend(labelColor=ink, labelFontSize=12, symbolType="square", symbolSize=120)
    )
