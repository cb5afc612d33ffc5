"""What a chart of the dashboard is, and the few words that declare one.

In: names of columns and metrics. Out: a `Chart`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from uuid import uuid5

from ..yaml_text import Yaml
from .datasets import NAMESPACE, TIME

Shape = Literal["number", "bars", "lines", "pie", "sums", "rows"]
Filter = tuple[str, str, Yaml]
"""Column, Superset's operator, value."""

LARGE = 100
"""Addresses from which on a list or domain is ranked: chance alone can make a smaller one look bad."""
_RANKED = f"Those of {LARGE} addresses or more, as chance alone can make small ones look bad."

_MOST_ROWS, _MOST_POINTS = 1000, 10_000
_OVER_TIME = ("bars", "lines")


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One chart of the dashboard, over one view.

    ``columns``: those shown by ``rows``; else those that ``metrics`` are summed by. ``order``:
    column or metric, and whether it rises. ``having``: SQL that sums must fulfil to be shown.
    """

    name: str
    title: str
    view: str
    shape: Shape
    width: int
    height: int
    columns: tuple[str, ...]
    metrics: tuple[str, ...]
    order: tuple[tuple[str, bool], ...]
    where: tuple[Filter, ...]
    having: str
    limit: int
    note: str | None

    @property
    def uuid(self) -> str:
        """The same in every version, so that an import finds what is there."""
        return str(uuid5(NAMESPACE, f"chart/{self.name}"))

    @property
    def time(self) -> str | None:
        """The column that the dashboard's period acts upon."""
        return TIME.get(self.view)

    @property
    def is_over_time(self) -> bool:
        """Whether the dashboard's time grain acts upon it."""
        return self.shape in _OVER_TIME

    @property
    def filters(self) -> tuple[Filter, ...]:
        """Its own, and the place for the dashboard's period."""
        period: tuple[Filter, ...] = ((self.time, "TEMPORAL_RANGE", "No filter"),) if self.time else ()
        return (*period, *self.where)


Rows = tuple[tuple[Chart, ...], ...]
"""The charts of a tab, row by row."""


def chart(
    shape: Shape,
    name: str,
    title: str,
    view: str,
    *,
    columns: str = "",
    metrics: str = "",
    order: str = "",
    where: tuple[Filter, ...] = (),
    large: str = "",
    width: int = 12,
    height: int = 50,
    limit: int | None = None,
    note: str | None = None,
) -> Chart:
    """A chart whose names are words of one text; in ``order`` what begins with ``-`` falls.

    ``large``: the column that must add up to `LARGE` for a row to be shown.
    """
    return Chart(
        name=name,
        title=title,
        view=view,
        shape=shape,
        width=width,
        height=height,
        columns=tuple(columns.split()),
        metrics=tuple(metrics.split()),
        order=tuple((word.removeprefix("-"), not word.startswith("-")) for word in order.split()),
        where=where,
        having=f"SUM({large}) >= {LARGE}" if large else "",
        limit=limit or (_MOST_POINTS if shape in _OVER_TIME else _MOST_ROWS),
        note=" ".join(filter(None, (note, _RANKED if large else None))) or None,
    )
