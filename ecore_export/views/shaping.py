"""Arrow tables brought into a view's shape: its columns, types and order of rows.

In: rows that a database computed, instants. Out: rows as `columns` has them, days.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ..errors import SettingsError
from .columns import View
from .zones import Offsets

_SECOND_US, _DAY_US = 1_000_000, 86_400_000_000


def shaped(view: View, rows: pa.Table) -> pa.Table:
    """The rows with the view's columns and types, all nullable, ordered by its key, nulls last."""
    try:
        table = rows.select(view.names).cast(view.frame_arrow)
    except pa.ArrowInvalid:
        raise figures_too_large() from None  # not chained: Arrow's message quotes the value
    return table.sort_by([(name, "ascending") for name in view.key])


def figures_too_large() -> SettingsError:
    """What to say where figures do not fit their type."""
    return SettingsError(
        "figures of the view do not fit their columns, such as credits of more than 22 digits before the "
        "point: look at the jobs with the largest total_credits_charged and counters"
    )


def days_of(instants: Any, offsets: Offsets) -> Any:
    """The day of each instant by the clock of a zone."""
    since_epoch = pc.fill_null(instants.cast(pa.int64()), 0).to_numpy()
    changes = np.array(offsets.changes_s, np.int64) * _SECOND_US
    offset = np.array(offsets.offsets_s, np.int64)[np.searchsorted(changes, since_epoch, side="right")]
    days = (since_epoch + offset * _SECOND_US) // _DAY_US
    return pc.if_else(pc.is_valid(instants), pa.array(days, pa.int32()).cast(pa.date32()), None)
