"""The views of a destination: which ones it should have, which are out of date, and how one is computed.

In: the destination's entries about itself, a view's name, the time zone asked for. Out: a `ViewPlan`; the
view's rows where no database computes them.

A view is ours if its entry is there. It is written before the view is made, because some databases commit
each CREATE: after a sync that died in between, the next would else take the view for somebody else's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import DestinationError
from ..times import Moment, offsets_of
from ..views import (
    VIEWS,
    Period,
    Tables,
    View,
    check_period,
    definition,
    find_view,
    fingerprint,
    period_of,
)
from .contract import Destination
from .state import MODE_ENTRY, read_meta, write_meta

if TYPE_CHECKING:
    import pyarrow as pa

    from ..views import RowSource

TZ_ENTRY = "views_tz"
DEFAULT_TZ = "UTC"


@dataclass(frozen=True, slots=True)
class ViewPlan:
    """The views of a destination. ``texts``: the SELECT of each, by name; ``tz``: of their days."""

    tz: str
    texts: Mapping[str, str]

    def stale(self, entries: Mapping[str, str], present: Collection[str]) -> list[str]:
        """Names of the views that are missing or were made from another definition."""
        return [
            name
            for name, text in self.texts.items()
            if name not in present or entries.get(_entry(name)) != fingerprint(text)
        ]

    def claims(
        self, entries: Mapping[str, str], stale: Collection[str], taken: Collection[str]
    ) -> dict[str, str]:
        """Entries that say that these views are ours, to be written before any is made.

        ``taken``: names of all tables and views. Raises `DestinationError` if one is somebody else's.
        """
        claims = {_entry(name): "" for name in stale if _entry(name) not in entries}
        foreign = sorted(name for name in stale if _entry(name) in claims and name in taken)
        if foreign:
            raise DestinationError(
                f"there is a table or view {foreign[0]} already that ecore-export did not make: rename it, "
                "choose another schema (--schema) or database, or sync with --no-views"
            )
        return claims

    def entries(self, stale: Collection[str]) -> dict[str, str]:
        """Entries to be written together with these views."""
        return {TZ_ENTRY: self.tz} | {_entry(name): fingerprint(self.texts[name]) for name in stale}


def plan_views(tables: Tables, entries: Mapping[str, str], tz: str | None) -> ViewPlan:
    """The views as they should be, with days of ``tz``, or else of the zone kept in ``entries``."""
    tz = chosen_tz(entries, tz)
    offsets = offsets_of(tz)
    return ViewPlan(tz, {view.name: definition(view, tables, offsets) for view in VIEWS})


def chosen_tz(entries: Mapping[str, str], tz: str | None) -> str:
    """The time zone asked for, or else the destination's, or else UTC."""
    return tz if tz is not None else entries.get(TZ_ENTRY) or DEFAULT_TZ


def _entry(name: str) -> str:
    return f"view:{name}"


def asked_view(
    destination: Destination,
    name: str,
    tz: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> tuple[View, str, Period]:
    """The view of that name, the zone of its days, and its period as instants; raises `SettingsError`."""
    view = find_view(name)
    entries = read_meta(destination) if tz is None or view.needs_addresses else {}
    tz = chosen_tz(entries, tz)
    period = period_of(since, until, tz)
    check_period(view, period)
    if (note := _emptiness(view, entries)) is not None and note not in destination.notes:
        destination.notes.append(note)
    return view, tz, period


def why_empty(destination: Destination, name: str) -> str | None:
    """Why a view has no rows whatever was exported; None where it may have some."""
    view = find_view(name)
    return _emptiness(view, read_meta(destination)) if view.needs_addresses else None


def _emptiness(view: View, entries: Mapping[str, str]) -> str | None:
    if not view.needs_addresses or entries.get(MODE_ENTRY) != "drop":
        return None
    return (
        f"{view.name} is empty: it takes addresses or their hashes, and this destination keeps neither "
        "(--pii drop); export to another one with --pii hash to have it"
    )


def compute_view(destination: Destination, source: RowSource, name: str, **asked: Any) -> pa.Table:
    """`Destination.read_view` where no database is: DuckDB computes it from the rows of ``source``."""
    return stream_view(destination, source, name, **asked).read_all()


def stream_view(
    destination: Destination,
    source: RowSource,
    name: str,
    *,
    tz: str | None = None,
    since: Moment | None = None,
    until: Moment | None = None,
) -> pa.RecordBatchReader:
    """`Streaming.stream_view` where no database is."""
    import pyarrow as pa

    from ..views import stream  # a sync needs none of it

    view, tz, period = asked_view(destination, name, tz, since, until)
    batches = stream(view, source, offsets=offsets_of(tz), period=period)
    return pa.RecordBatchReader.from_batches(view.frame_arrow, batches)


def remember_tz(destination: Destination, tz: str | None) -> None:
    """`Destination.ensure_views` where there can be none: the time zone of their days is kept."""
    entries = read_meta(destination)
    tz = chosen_tz(entries, tz)
    offsets_of(tz)  # raises if there is no such zone
    if entries.get(TZ_ENTRY) != tz:
        write_meta(destination, {TZ_ENTRY: tz})
