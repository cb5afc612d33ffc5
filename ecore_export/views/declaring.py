"""How a view is declared: its name, columns, key and question, as `schema` declares a table.

Out: `View`, and what its columns are made with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..schema import JOBS, Column, Kind, Table


@dataclass(frozen=True)
class View(Table):
    """One view. ``key``: what tells its rows apart, null included. ``question``: one that it answers."""

    question: str = ""
    instant: str | None = None
    """What lies in a period when only that is asked for; None: the view knows no period."""
    needs_addresses: bool = False
    """Without addresses or their hashes, as in the privacy mode ``drop``, it has no rows."""


def of(table: Table, *names: str) -> tuple[Column, ...]:
    """Columns of a table as they are there, the API's field left out."""
    return tuple(replace(table.column(name), source=None) for name in names)


def count(name: str, description: str, unit: str, *, required: bool = True) -> Column:
    """A number of things."""
    return Column(name, Kind.INT64, description, required=required, unit=unit)


def credits(name: str, description: str) -> Column:
    """An exact amount; there always is one."""
    return Column(name, Kind.CREDITS, description, required=True, unit="credits")


def flag(name: str, description: str) -> Column:
    """Whether something is so."""
    return Column(name, Kind.BOOL, description, required=True)


def double(name: str, description: str, unit: str | None = None) -> Column:
    """A rate, or another figure that need not be exact."""
    return Column(name, Kind.FLOAT64, description, unit=unit)


def instant(name: str, description: str, *, required: bool = False) -> Column:
    """An instant in UTC."""
    return Column(name, Kind.INSTANT, description, required=required)


MONTH = Column("month", Kind.DATE, "The month's first day, in the views' time zone.", required=True)
LIST_GROUP = Column(
    "list_group",
    Kind.TEXT,
    "The group of the list, as list_groups has it by the rule of `ecore-export sync --group`; without a row "
    "there, the list's own name.",
)
ACCOUNT = JOBS.column("account")
