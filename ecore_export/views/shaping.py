"""Arrow tables brought into a view's shape: its columns, types and order of rows.

In: rows as they were computed. Out: rows as `declared` has them. Called by `credit_rows`, `job_rows`,
`record_rows` and, for rows that a database computed, `destinations`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SettingsError
from .declared import View
from .zones import Offsets

WIDE = pa.decimal128(38, 6)
"""For sums of credits: ten digits more than one amount has."""

_RANK = "ecore_rank"
_SECOND_US, _DAY_US = 1_000_000, 86_400_000_000


def shaped(view: View, rows: pa.Table) -> pa.Table:
    """The rows with the view's columns and types, all nullable, ordered by its key, nulls last."""
    with fitting():
        table = rows.select(view.names).cast(view.frame_arrow)
    return table.sort_by([(name, "ascending") for name in view.key])


@contextmanager
def fitting() -> Iterator[None]:
    """Where figures may be too large for their type."""
    try:
        yield
    except (pa.ArrowInvalid, ArithmeticError):
        # Not chained: Arrow's message quotes the value.
        raise SettingsError(
            "credits of more than 22 digits before the point cannot be shown: look at the jobs with the "
            "largest total_credits_charged"
        ) from None


def days_of(instants: Any, offsets: Offsets) -> Any:
    """The day of each instant by the clock of a zone."""
    since_epoch = pc.fill_null(instants.cast(pa.int64()), 0).to_numpy()
    changes = np.array(offsets.changes_s, np.int64) * _SECOND_US
    offset = np.array(offsets.offsets_s, np.int64)[np.searchsorted(changes, since_epoch, side="right")]
    days = (since_epoch + offset * _SECOND_US) // _DAY_US
    return pc.if_else(pc.is_valid(instants), pa.array(days, pa.int32()).cast(pa.date32()), None)


def newest_of_each(rows: pa.Table, keys: Sequence[str], order: Sequence[str]) -> pa.Table:
    """Of the rows with equal ``keys`` the one that is largest by ``order``, null being smallest."""
    places = pc.sort_indices(rows, sort_keys=[(name, "descending") for name in order]).to_numpy()
    ranks = np.empty(len(rows), np.int64)
    ranks[places] = np.arange(len(rows))
    ranked = rows.select(list(keys)).append_column(_RANK, pa.array(ranks))
    first = ranked.group_by(list(keys)).aggregate([(_RANK, "min")])[f"{_RANK}_min"]
    return rows.take(pa.array(places[first.to_numpy()]))


def ratio(part: Any, whole: Any) -> Any:
    """Quotients as doubles; null where ``whole`` is 0."""
    divisor: Any = whole.cast(pa.float64(), safe=False)
    divisor = pc.if_else(pc.equal(divisor, pa.scalar(0.0)), None, divisor)
    return pc.divide(part.cast(pa.float64(), safe=False), divisor)


def count_of(rows: pa.Table, flags: Any) -> int:
    """How many rows a mask selects; null does not."""
    return int(pc.sum(flags).as_py() or 0) if len(rows) else 0
